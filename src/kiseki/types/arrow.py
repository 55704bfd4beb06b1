"""Types of Arrow's columns."""

from __future__ import annotations

from typing import Any, Final

from kiseki.types.data_types import AnyType, Array, DataType, Map, Object, Property, ValueType

_ALIASES: Final = {
    DataType.boolean: "bool",
    DataType.integer: "int32",
    DataType.long: "int64",
    DataType.float: "float32",
    DataType.double: "float64",
    DataType.string: "string",
    DataType.binary: "binary",
}


def value_type(given: Any) -> ValueType | None:
    """The type of a column with a `pyarrow.DataType`; None when no type holds its values."""
    import pyarrow as pa

    kinds = pa.types
    if kinds.is_dictionary(given):
        return value_type(given.value_type)
    if kinds.is_map(given):
        inner = value_type(given.item_type)
        return Map(inner) if inner is not None and kinds.is_string(given.key_type) else None
    if kinds.is_list(given) or kinds.is_large_list(given) or kinds.is_fixed_size_list(given):
        inner = value_type(given.value_type)
        return None if inner is None else Array(inner)
    if kinds.is_struct(given):
        parts = [(field.name, value_type(field.type), not field.nullable) for field in given]
        if not parts or any(kind is None for _, kind, _ in parts):
            return None
        return Object([Property(name, kind, required) for name, kind, required in parts if kind is not None])
    if kinds.is_null(given):
        return AnyType()
    return next((kind for test, kind in _tests(kinds) if test(given)), None)


def arrow_type(kind: ValueType) -> Any:
    """The `pyarrow.DataType` of a column of this type; None when it does not say one."""
    import pyarrow as pa

    if isinstance(kind, AnyType):
        return None
    if isinstance(kind, DataType):
        return pa.timestamp("ns") if kind is DataType.datetime else pa.type_for_alias(_ALIASES[kind])
    if isinstance(kind, Array):
        inner = arrow_type(kind.dtype)
        return None if inner is None else pa.list_(inner)
    if isinstance(kind, Map):
        inner = arrow_type(kind.value_type)
        return None if inner is None else pa.map_(pa.string(), inner)
    parts = [(part.name, arrow_type(part.dtype)) for part in kind.properties]
    return None if any(inner is None for _, inner in parts) else pa.struct(parts)


def _tests(kinds: Any) -> list[tuple[Any, DataType]]:
    return [
        (kinds.is_boolean, DataType.boolean),
        (kinds.is_uint32, DataType.long),
        (kinds.is_int64, DataType.long),
        (lambda given: kinds.is_integer(given) and given.bit_width <= 32, DataType.integer),
        (kinds.is_float64, DataType.double),
        (kinds.is_floating, DataType.float),
        (lambda given: kinds.is_string(given) or kinds.is_large_string(given) or kinds.is_string_view(given), DataType.string),
        (lambda given: kinds.is_binary(given) or kinds.is_large_binary(given) or kinds.is_fixed_size_binary(given), DataType.binary),
        (lambda given: kinds.is_timestamp(given) or kinds.is_date(given), DataType.datetime),
    ]  # fmt: skip
