"""Floats and texts as 64-bit integers that every database compares alike."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

import numpy as np

_DOUBLE: Final = struct.Struct("<d")
_INT64: Final = struct.Struct("<q")
_MAGNITUDE: Final = 0x7FFF_FFFF_FFFF_FFFF


def from_float(value: float) -> int:
    """The integer of a float64, such that integers order as floats: -Inf < … < -0.0 < 0.0 < … < Inf < NaN.

    All NaNs become one. The method: the bits of a float64 order as a signed integer when it is positive; when it is
    negative, so do the bits with all but the sign inverted.
    """
    if math.isnan(value):
        return NAN
    bits: int = _INT64.unpack(_DOUBLE.pack(value))[0]
    return bits if bits >= 0 else bits ^ _MAGNITUDE


def to_float(number: int) -> float:
    """The float64 of an integer that `from_float` made."""
    value: float = _DOUBLE.unpack(_INT64.pack(number if number >= 0 else number ^ _MAGNITUDE))[0]
    return value


def to_floats(numbers: Sequence[int]) -> list[float]:
    """The same of many numbers at once."""
    column = np.array(numbers, np.int64)
    bits = np.where(column >= 0, column, column ^ _MAGNITUDE)
    values: list[float] = bits.view(np.float64).tolist()
    return values


NAN: Final = 0x7FF8_0000_0000_0000
"""The integer of NaN."""
NEGATIVE_ZERO: Final = -1
POSITIVE_ZERO: Final = 0
INFINITY: Final = 0x7FF0_0000_0000_0000


def text_hash(text: str) -> int:
    """A signed 64-bit hash of a text: the first 8 bytes of its BLAKE2b, little-endian. Lone surrogates are kept."""
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    number: int = _INT64.unpack(digest)[0]
    return number
