"""Values of parameters: what a type accepts, and how JSON has them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from kiseki.base.errors import InvalidParameter
from kiseki.types.data_types import AnyType, Array, DataType, Map, Object, ValueType

_INTEGER_BITS: Final = {DataType.integer: 32, DataType.long: 64}


def param_value(name: str, kind: DataType | Object, shape: tuple[int, ...] | None, given: Any) -> Any:
    """A parameter's value as its type has it.

    Whole numbers become floats where floats are expected, NumPy's values Python's, texts dates.

    Args:
        name: The parameter, for the message.
        kind: Its type.
        shape: (-1,) for a list of values, None otherwise.
        given: What a caller passes. None is a value of every type but an object.

    Raises:
        InvalidParameter: The type does not accept it.
    """
    try:
        if shape is None:
            return _value(kind, given)
        items = given.tolist() if hasattr(given, "tolist") and hasattr(given, "ndim") and given.ndim == 1 else given
        if not isinstance(items, list):
            raise _Refused(f"expected a list of {kind!r}, got {_described(given)}")
        return [_value(kind, item) for item in items]
    except _Refused as refused:
        raise InvalidParameter(f"Parameter {name!r} is {repr(given)[:200]}: {refused}.") from None


def plain_value(value: Any) -> Any:
    """A value as JSON has it: dates and times in ISO 8601."""
    if isinstance(value, list):
        return [plain_value(item) for item in value]
    if isinstance(value, dict):
        return {key: plain_value(item) for key, item in value.items()}
    return value.isoformat() if isinstance(value, dt.date) else value


class _Refused(Exception):
    """What a type says of a value that it does not accept."""


def _value(kind: ValueType, given: Any) -> Any:
    match kind:
        case DataType():
            return None if given is None else _scalar(kind, given)
        case Object():
            return _object(kind, given)
        case Array():
            if not isinstance(given, list):
                raise _Refused(f"expected a list, got {_described(given)}")
            return [_value(kind.dtype, item) for item in given]
        case Map():
            if not isinstance(given, Mapping):
                raise _Refused(f"expected a dictionary, got {_described(given)}")
            return {str(key): _value(kind.value_type, item) for key, item in given.items()}
        case AnyType():
            return given


def _object(kind: Object, given: Any) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise _Refused(f"expected a dictionary with the keys {_names(kind)}, got {_described(given)}")
    known = {part.name: part for part in kind.properties}
    if unknown := [str(key) for key in given if key not in known]:
        raise _Refused(f"it has no key {unknown[0]!r}; expected {_names(kind)}")
    if missing := [part.name for part in kind.properties if part.required and part.name not in given]:
        raise _Refused(f"its key {missing[0]!r} is missing")
    found = {}
    for key, item in given.items():
        try:
            found[key] = _value(known[key].dtype, item)
        except _Refused as refused:
            raise _Refused(f"its key {key!r}: {refused}") from None
    return found


def _scalar(kind: DataType, given: Any) -> Any:
    value = given
    if kind is DataType.datetime:
        return _datetime(given)
    if hasattr(given, "item") and getattr(given, "ndim", None) == 0:
        value = given.item()
    if kind is DataType.boolean and isinstance(value, bool):
        return value
    if kind is DataType.string and isinstance(value, str):
        return value
    if isinstance(value, bool):
        raise _Refused(f"expected {kind!r}, got {_described(given)}")
    if kind in _INTEGER_BITS and isinstance(value, int):
        bits = _INTEGER_BITS[kind]
        if not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
            raise _Refused(f"expected {kind!r}, and it does not fit into {bits} bits")
        return value
    if kind in {DataType.float, DataType.double} and isinstance(value, int | float):
        return float(value)
    raise _Refused(f"expected {kind!r}, got {_described(given)}, which is not converted without loss")


def _datetime(given: Any) -> Any:
    if isinstance(given, dt.date):
        return given
    if isinstance(given, str):
        for parse in (dt.date.fromisoformat, dt.datetime.fromisoformat):
            try:
                return parse(given)
            except ValueError:
                continue
        raise _Refused("expected datetime, and the text is no date or time in ISO 8601")
    if getattr(getattr(given, "dtype", None), "kind", "") == "M":
        # Python's datetime ends at microseconds; finer units would come out as plain numbers.
        item = given.item()
        return item if isinstance(item, dt.date) else given.astype("datetime64[us]").item()
    raise _Refused(f"expected datetime, got {_described(given)}")


def _described(given: Any) -> str:
    shape = getattr(given, "shape", None)
    return type(given).__name__ + (f" of shape {shape}" if shape else "")


def _names(kind: Object) -> list[str]:
    return [part.name for part in kind.properties]
