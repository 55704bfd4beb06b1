"""What random numbers start from, as far as that can be seen without drawing one.

Only libraries that are loaded already are asked. A generator that was seeded and one that was not look alike, but for some: so
the digest of a generator's state is kept, too. Two processes that have the same digest at the same point were seeded alike.
"""

from __future__ import annotations

import hashlib
import random
import sys
from collections.abc import Mapping
from typing import Any, Final

import msgspec

_TORCH_DEFAULT: Final = 67280421310721
"""What every process of older versions of PyTorch starts from; newer ones start from 64 random bits."""

_GIVEN_BITS: Final = 32
"""A seed of at most so many bits was given by somebody: of 64 random bits, that is one of four billion."""


class Seed(msgspec.Struct, frozen=True, kw_only=True):
    """The generator of a library that all of a process share."""

    seeded: bool | None
    """Whether somebody has seeded it; None where that cannot be known."""
    value: int | None = None
    """With what; None where that cannot be known."""
    state: str | None = None
    """The digest of its state; None where it has none that can be read."""


def current_seeds(variables: Mapping[str, str]) -> dict[str, Seed]:
    """The generators of this process by library; `hash` is the order of sets of texts, which PYTHONHASHSEED fixes."""
    fixed = variables.get("PYTHONHASHSEED", "random")
    found = {
        "hash": Seed(seeded=fixed.isdecimal(), value=int(fixed) if fixed.isdecimal() else None),
        "random": Seed(seeded=None, state=_digest(repr(random.getstate()).encode())),
    }
    for name, look in (("numpy", _numpy), ("torch", _torch), ("tensorflow", _tensorflow)):
        module = sys.modules.get(name)
        if module is not None:
            try:
                seed = look(module)
            except Exception:  # noqa: BLE001 - whatever a version of a library lacks, the run goes on
                seed = Seed(seeded=None)
            found[name] = seed
    return found


def _numpy(numpy: Any) -> Seed:
    # `seed_seq` is what the operating system gave, and gone as soon as somebody calls `numpy.random.seed`.
    seeded = numpy.random.get_bit_generator().seed_seq is None
    name, keys, *rest = numpy.random.get_state()
    return Seed(seeded=seeded, state=_digest(keys.tobytes() + repr((name, rest)).encode()))


def _torch(torch: Any) -> Seed:
    value = int(torch.initial_seed())
    given = True if value.bit_length() <= _GIVEN_BITS else None
    state = _digest(torch.random.get_rng_state().numpy().tobytes())
    return Seed(seeded=False if value == _TORCH_DEFAULT else given, value=value, state=state)


def _tensorflow(_: Any) -> Seed:
    # The public way to the seed draws a number from a generator, and so changes what is computed.
    value = sys.modules["tensorflow.python.eager.context"].global_seed()
    return Seed(seeded=value is not None, value=value)


def _digest(state: bytes) -> str:
    return hashlib.sha256(state).hexdigest()[:16]
