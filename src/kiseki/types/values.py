"""Single values against a type: whether it accepts them, and what they become."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import math
import operator
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from kiseki.types.casts import Refused, cast, cast_values, times
from kiseki.types.containers import as_numpy, is_a, is_array, is_sparse
from kiseki.types.data_types import AnyType, Array, DataType, Map, Object, ValueType

INTEGER_BITS: Final = {DataType.integer: 32, DataType.long: 64}
FLOATS: Final = frozenset({DataType.float, DataType.double})

_FLOAT32_MAX: Final = 3.4028235677973366e38
"""What lies above is infinite as a float of 32 bits."""

_TIME: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)?)(Z|[+-]\d{2}:?\d{2})?", re.ASCII
)
"""A date or time in ISO 8601, with its distance from UTC apart."""


def is_missing(value: Any) -> bool:
    """Whether the value stands for none: None, NaN, pandas' NaT and NA, NumPy's NaT."""
    if value is None or type(value).__name__ in {"NAType", "NaTType"}:
        return True
    if isinstance(value, float):
        return math.isnan(value)
    return is_a(value, "numpy.generic") and str(value) in {"nan", "NaT"}


def checked(kind: ValueType, given: Any, *, text: bool = False) -> Any:
    """A value as its type has it.

    Whole numbers become floats where floats are expected, NumPy's scalars Python's. None stands for a missing value
    and is accepted anywhere but as a required property.

    Args:
        kind: The type.
        given: The value.
        text: Whether it comes from JSON, which has neither dates nor bytes, and floats for whole numbers: ISO 8601
            becomes a time, base64 bytes, 2.0 a whole number.

    Raises:
        Refused: The type does not accept it.
    """
    if given is None:
        return None
    match kind:
        case DataType():
            return _scalar(kind, given, text)
        case Array():
            return _array(kind, given, text)
        case Object():
            return _object(kind, given, text)
        case Map():
            return _map(kind, given, text)
        case AnyType():
            return given


def parse_time(given: str) -> Any:
    """A `numpy.datetime64` in nanoseconds, of UTC where the text says how far from UTC it is.

    Raises:
        Refused: The text is no date or time in ISO 8601, or one that nanoseconds since 1970 cannot reach.
    """
    import numpy as np

    match = _TIME.fullmatch(given)
    if match is None:
        raise _refused(given, "expected a date or time in ISO 8601, such as 2024-05-01 or 2024-05-01T12:00:00Z")
    moment, distance = match.groups()
    try:
        found = times(np.array([moment.replace(",", ".")], dtype="datetime64"))[0]
    except ValueError as error:
        raise _refused(given, f"it is no time ({error})") from None
    if distance in {None, "Z"}:
        return found
    sign = -1 if distance[0] == "+" else 1
    return found + np.timedelta64(sign * (int(distance[1:3]) * 60 + int(distance[-2:])), "m")


def parse_times(given: Sequence[str]) -> Any:
    """An array of `parse_time` of each.

    Raises:
        Refused: One is no time, or says how far from UTC it is.
        ValueError: One is no time.
    """
    import numpy as np

    found = [_TIME.fullmatch(text) for text in given]
    if not all(match is not None and match[2] is None for match in found):
        raise Refused("str")
    return times(np.array([text.replace(",", ".") for text in given], dtype="datetime64"))


def _scalar(kind: DataType, given: Any, text: bool) -> Any:
    if kind is DataType.datetime:
        return _datetime(given, text)
    value = given.item() if is_a(given, "numpy.generic") else given
    if kind is DataType.boolean and isinstance(value, bool):
        return value
    if kind is DataType.string and isinstance(value, str):
        return value
    if kind is DataType.binary:
        return _binary(value, text)
    if isinstance(value, bool):
        raise _refused(given)
    if kind in INTEGER_BITS:
        return _integer(kind, given, value, text)
    if kind in FLOATS and isinstance(value, int | float):
        return _float(kind, value)
    raise _refused(given)


def _integer(kind: DataType, given: Any, value: Any, text: bool) -> int:
    if text and isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int):
        raise _refused(given, "a number with a fraction is not cut" if isinstance(value, float) else "")
    bits = INTEGER_BITS[kind]
    if not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
        raise _refused(given, f"{value} does not fit into {bits} bits")
    return value


def _float(kind: DataType, value: float) -> float:
    try:
        found = float(value)
    except OverflowError:
        raise _refused(value, "it is too large") from None
    if kind is DataType.float and math.isfinite(found) and abs(found) >= _FLOAT32_MAX:
        raise _refused(value, f"{value} does not fit into 32 bits")
    return found


def _binary(value: Any, text: bool) -> bytes:
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    if text and isinstance(value, str):
        try:
            # Encoders break long lines, and MLflow's ends each with a line break.
            return base64.b64decode("".join(value.split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise _refused(value, f"expected bytes in base64 ({error})") from None
    raise _refused(value, "encode text with .encode()" if isinstance(value, str) else "")


def _datetime(given: Any, text: bool) -> Any:
    if isinstance(given, dt.date) or (is_a(given, "numpy.generic") and given.dtype.kind == "M"):
        return given
    if text and isinstance(given, str):
        found = parse_time(given)
        return (
            dt.date.fromisoformat(given) if len(given) == len("2024-05-01") else found.astype("datetime64[us]").item()
        )
    raise _refused(given, "parse text with pandas.to_datetime()" if isinstance(given, str) else "")


def _array(kind: Array, given: Any, text: bool) -> Any:
    if is_array(given) and not is_sparse(given):
        given = as_numpy(given)
        inner: ValueType = kind
        for _ in given.shape:
            if not isinstance(inner, Array):
                raise _refused(given, f"it has {given.ndim} dimensions")
            inner = inner.dtype
        if isinstance(inner, DataType) and given.dtype.kind != "O":
            target = inner.to_numpy()
            return cast_values(given, target) if text else cast(given, target)
        return [checked(kind.dtype, item, text=text) for item in given.tolist()]
    if not isinstance(given, list | tuple):
        raise _refused(given, "expected a list")
    found = []
    for position, item in enumerate(given):
        try:
            found.append(checked(kind.dtype, item, text=text))
        except Refused as refused:
            raise refused.inside(f"its item {position}") from None
    return given if isinstance(given, list) and all(map(operator.is_, found, given)) else found


def _object(kind: Object, given: Any, text: bool) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise _refused(given, "expected a dictionary")
    known = {part.name: part for part in kind.properties}
    if unknown := [key for key in given if key not in known]:
        raise _refused(given, f"its key {unknown[0]!r} is not one of {list(known)[:20]}")
    nothing = {part.name for part in kind.properties if given.get(part.name) is None}
    nothing -= {name for name in given if isinstance(known[name].dtype, AnyType)}
    if missing := [part.name for part in kind.properties if part.required and part.name in nothing]:
        raise _refused(given, f"its required key {missing[0]!r} is missing")
    return _kept(given, {key: _part(known[key].dtype, key, item, text) for key, item in given.items()})


def _map(kind: Map, given: Any, text: bool) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise _refused(given, "expected a dictionary")
    if odd := [key for key in given if not isinstance(key, str)]:
        raise _refused(given, f"its key {odd[0]!r} is no text")
    return _kept(given, {key: _part(kind.value_type, key, item, text) for key, item in given.items()})


def _kept(given: Any, found: dict[str, Any]) -> dict[str, Any]:
    """The dictionary that was given, where nothing in it changed."""
    return given if isinstance(given, dict) and all(map(operator.is_, found.values(), given.values())) else found


def _part(kind: ValueType, key: str, given: Any, text: bool) -> Any:
    try:
        return checked(kind, given, text=text)
    except Refused as refused:
        raise refused.inside(f"its key {key!r}") from None


def _refused(given: Any, reason: str = "") -> Refused:
    return Refused(class_name(given), reason)


def class_name(given: Any) -> str:
    """What a message calls the type of a value: its class, and the dtype and shape of an array."""
    if is_array(given) and hasattr(given, "dtype"):
        return f"{given.dtype} of shape {tuple(given.shape)}"
    return type(given).__name__
