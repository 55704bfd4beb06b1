"""Conversions of arrays that lose nothing, and the refusal of all others.

An array is converted to another dtype when no value can change by it: to more bits of the same kind, and from whole
numbers to floats that hold them exactly. Booleans are no numbers, floats do not become whole numbers, and texts are not
parsed.
"""

from __future__ import annotations

from typing import Any, Final

_MANTISSA_BITS: Final = {2: 11, 4: 24, 8: 53}
"""Up to which power of two floats of so many bytes hold every whole number."""

_NANOSECOND_YEARS: Final = (1678, 2261)
"""The years that nanoseconds since 1970 reach with 64 bits; NumPy goes round where they end, without saying so."""


class Refused(Exception):
    """A type does not accept a value.

    Args:
        given: What the value is: a class, or a dtype.
        reason: Why, or what would help; "" when the two types say it all.
        where: Which value of a column or list it is; "" for the value itself.
    """

    def __init__(self, given: str, reason: str = "", where: str = "") -> None:
        super().__init__(given, reason, where)
        self.given = given
        self.reason = reason
        self.where = where

    def inside(self, where: str) -> Refused:
        """The same of a value that lies inside of another."""
        return Refused(self.given, self.reason, f"{where}, {self.where}" if self.where else where)

    def told(self, expected: str) -> str:
        """The refusal as a sentence without its end."""
        at = f" ({self.where})" if self.where else ""
        because = f": {self.reason}" if self.reason else ""
        return f"Can not safely convert {self.given} to {expected}{at}{because}"


def cast(array: Any, target: Any) -> Any:
    """The array with another dtype; the array itself when it has that dtype.

    Args:
        array: A `numpy.ndarray`.
        target: A `numpy.dtype`; text and bytes without a length stand for all lengths.

    Raises:
        Refused: A value could change by it.
    """
    import numpy as np

    given = array.dtype
    if given == target or target.kind == "O" or (given.kind == target.kind and target.kind in "US"):
        return array
    if target.kind == "M" and given.kind == "M":
        return times(array).astype(target, copy=False)
    if given.kind == "O":
        return _of_objects(array, target)
    if given.kind in "iu" and target.kind == "f":
        limit = 2 ** _MANTISSA_BITS[target.itemsize]
        if given.itemsize * 8 > _MANTISSA_BITS[target.itemsize] and _beyond(array, limit):
            raise Refused(str(given), f"{_first_beyond(array, limit)} is not exactly a {target}")
        return array.astype(target)
    if given.kind == "b" or target.kind in "USMm" or not np.can_cast(given, target, "safe"):
        raise Refused(str(given), _advice(given, target))
    return array.astype(target)


def cast_values(array: Any, target: Any) -> Any:
    """The array with another dtype, when its own was only chosen to hold Python's or JSON's numbers.

    These have no number of bits: floats are rounded to the target's, whole numbers have to fit, and whole floats are
    whole numbers.

    Raises:
        Refused: A value does not fit, has a fraction, or is no number where one is expected.
    """
    import numpy as np

    given = array.dtype
    if given == target or given.kind not in "iuf" or target.kind not in "iuf":
        return cast(array, target)
    with np.errstate(all="ignore"):
        found = array.astype(target)
        if target.kind == "f":
            kept = np.isfinite(found) | ~np.isfinite(array.astype("f8"))
            reason = f"it does not fit into {target}"
        else:
            kept = (found == array) & ((found < 0) == (array < 0)) if given.kind != "f" else _whole(array, target)
            reason = f"it is not a whole number of {target}"
    if not kept.all():
        raise Refused(str(array[~kept].flat[0]), reason)
    return found


def times(array: Any) -> Any:
    """An array of times with nanoseconds.

    Raises:
        Refused: One lies before 1678 or after 2261.
    """
    import numpy as np

    if array.dtype == np.dtype("datetime64[ns]"):
        return array
    known = array[~np.isnat(array)]
    low, high = _NANOSECOND_YEARS
    years = known.astype("datetime64[Y]").astype("i8") + 1970
    if ((years < low) | (years > high)).any():
        raise Refused(str(array.dtype), f"times reach from the year {low} to {high}")
    return array.astype("datetime64[ns]")


def _of_objects(array: Any, target: Any) -> Any:
    import numpy as np

    classes = set(map(type, array.ravel().tolist()))
    expected: dict[str, set[type]] = {
        "U": {str},
        "S": {bytes},
        "b": {bool},
        "i": {int},
        "u": {int},
        "f": {int, float, type(None)},
    }
    if not classes <= expected.get(target.kind, set()):
        names = sorted(found.__name__ for found in classes)
        raise Refused("object", f"it has values of the classes {names[:5]}")
    if target.kind in "US":
        return array.astype(target)
    return cast_values(array.astype({"b": bool, "f": np.float64}.get(target.kind, np.int64)), target)


def _beyond(array: Any, limit: int) -> bool:
    return bool(array.size) and bool(array.max() > limit or (array.dtype.kind == "i" and array.min() < -limit))


def _first_beyond(array: Any, limit: int) -> Any:
    outside = (array > limit) | (array < -limit) if array.dtype.kind == "i" else array > limit
    return array[outside].flat[0]


def _whole(array: Any, target: Any) -> Any:
    import numpy as np

    limits = np.iinfo(target)
    # The upper limit of 64 bits is no float: the next float above it is, and does not belong.
    return (np.floor(array) == array) & (array >= float(limits.min)) & (array < float(limits.max) + 1)


def _advice(given: Any, target: Any) -> str:
    if given.kind == "f" and target.kind in "iu":
        return f"floats are not cut to whole numbers. Convert them with .astype('{target}') where that is right"
    if given.kind == target.kind or (given.kind in "iu" and target.kind in "iu"):
        return f"values may not fit. Convert them with .astype('{target}') where they do"
    return ""
