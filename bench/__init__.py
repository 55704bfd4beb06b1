"""The speed benchmark: kiseki beside its peers, same machine, same requests, same durability.

Run it with ``make bench`` or ``python -m bench`` from the root of the repository; ``python -m bench --help`` lists the
choices. Nothing here is part of the distribution, and nothing but NumPy and the standard library is needed to run it.
"""
