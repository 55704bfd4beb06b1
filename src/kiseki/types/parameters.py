"""Values of parameters: what a type accepts, and how JSON has them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from kiseki.base.errors import InvalidParameter
from kiseki.types.casts import Refused
from kiseki.types.containers import is_array
from kiseki.types.data_types import DataType, Object
from kiseki.types.values import checked, class_name


def param_value(name: str, kind: DataType | Object, shape: tuple[int, ...] | None, given: Any) -> Any:
    """A parameter's value as its type has it.

    Whole numbers become floats where floats are expected, floats that are whole become whole numbers (JSON does not tell
    them apart), NumPy's values Python's, texts dates.

    Args:
        name: The parameter, for the message.
        kind: Its type.
        shape: (-1,) for a list of values, None otherwise.
        given: What a caller passes. None is a value of every type but a list or an object.

    Raises:
        InvalidParameter: The type does not accept it.
    """
    expected = repr(kind) if shape is None else f"a list of {kind!r}"
    try:
        if shape is None:
            return _one(kind, given)
        items = given.tolist() if is_array(given) and len(given.shape) == 1 else given
        if not isinstance(items, list):
            raise Refused(class_name(given))
        return [_one(kind, item) for item in items]
    except Refused as refused:
        raise InvalidParameter(f"Parameter {name!r} is {repr(given)[:200]}. {refused.told(expected)}.") from None


def plain_value(value: Any) -> Any:
    """A value as JSON has it: dates and times in ISO 8601."""
    if isinstance(value, list):
        return [plain_value(item) for item in value]
    if isinstance(value, dict):
        return {key: plain_value(item) for key, item in value.items()}
    return value.isoformat() if isinstance(value, dt.date) else value


def _one(kind: DataType | Object, given: Any) -> Any:
    if given is None and isinstance(kind, Object):
        raise Refused("None", "expected a dictionary")
    found = checked(kind, given, text=True)
    # NumPy's times have units that Python's do not have.
    if kind is DataType.datetime and hasattr(found, "dtype"):
        item = found.item()
        return item if isinstance(item, dt.date) else found.astype("datetime64[us]").item()
    return found
