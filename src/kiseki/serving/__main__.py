"""`python -m kiseki.serving`, which `kiseki models serve` starts in the environment of a model."""

from kiseki.serving.run import main

if __name__ == "__main__":
    main()
