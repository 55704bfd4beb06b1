"""``python -m bench``."""

if __name__ == "__main__":
    import sys

    # Here and not above, because every client process imports this module again.
    from bench.command import main

    sys.exit(main())
