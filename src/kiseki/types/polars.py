"""Types of Polars' columns."""

from __future__ import annotations

from typing import Any, Final

from kiseki.types.data_types import AnyType, Array, DataType, Object, Property, ValueType

_NAMES: Final = {
    "Boolean": DataType.boolean,
    "Int8": DataType.integer,
    "Int16": DataType.integer,
    "Int32": DataType.integer,
    "UInt8": DataType.integer,
    "UInt16": DataType.integer,
    "Int64": DataType.long,
    "UInt32": DataType.long,
    "Float16": DataType.float,
    "Float32": DataType.float,
    "Float64": DataType.double,
    "String": DataType.string,
    "Categorical": DataType.string,
    "Enum": DataType.string,
    "Binary": DataType.binary,
    "Date": DataType.datetime,
    "Datetime": DataType.datetime,
}


def value_type(given: Any) -> ValueType | None:
    """The type of a column with a Polars dtype; None when no type holds its values."""
    name = type(given).__name__
    if name in {"List", "Array"}:
        inner = value_type(given.inner)
        return None if inner is None else Array(inner)
    if name == "Struct":
        parts = [(field.name, value_type(field.dtype)) for field in given.fields]
        if not parts or any(kind is None for _, kind in parts):
            return None
        # Polars has no parts that cannot be missing.
        return Object([Property(part, kind, required=False) for part, kind in parts if kind is not None])
    return AnyType() if name == "Null" else _NAMES.get(name)
