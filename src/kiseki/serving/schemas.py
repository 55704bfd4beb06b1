"""The types of a signature as JSON Schema, as OpenAPI 3.1 has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from kiseki.types.data_types import AnyType, Array, DataType, Map, Object, ValueType
from kiseki.types.schema import ParamSchema, Schema
from kiseki.types.specs import ColSpec, ParamSpec, TensorSpec

JsonSchema = dict[str, Any]

_PLAIN: Final[dict[DataType, JsonSchema]] = {
    DataType.boolean: {"type": "boolean"},
    DataType.integer: {"type": "integer", "format": "int32"},
    DataType.long: {"type": "integer", "format": "int64"},
    DataType.float: {"type": "number", "format": "float"},
    DataType.double: {"type": "number", "format": "double"},
    DataType.string: {"type": "string"},
    DataType.binary: {"type": "string", "contentEncoding": "base64"},
    DataType.datetime: {"type": "string", "format": "date-time"},
}
_OF_KIND: Final[dict[str, JsonSchema]] = {
    "b": {"type": "boolean"},
    "i": {"type": "integer"},
    "u": {"type": "integer", "minimum": 0},
    "f": {"type": "number"},
    "U": {"type": "string"},
    "S": {"type": "string"},
    "M": {"type": "string", "format": "date-time"},
}
"""Items of a tensor, by the kind of its NumPy dtype."""


def of_type(kind: ValueType) -> JsonSchema:
    """One value."""
    match kind:
        case DataType():
            return dict(_PLAIN[kind])
        case Array(dtype):
            return {"type": "array", "items": of_type(dtype)}
        case Map(value_type):
            return {"type": "object", "additionalProperties": of_type(value_type)}
        case Object(properties):
            return _object(
                {part.name: of_type(part.dtype) for part in properties},
                [part.name for part in properties if part.required],
            )
        case AnyType():
            return {}


def of_record(schema: Schema) -> JsonSchema:
    """One row of a table, as an object with a property for each column."""
    columns = _columns(schema)
    return _object(
        {str(name): _cell(column) for name, column in zip(schema.input_names(), columns, strict=True)},
        [str(name) for name in schema.required_input_names()],
    )


def of_row(schema: Schema) -> JsonSchema:
    """One row of a table, as an array in the order of the columns."""
    cells = [_cell(column) for column in _columns(schema)]
    return {"type": "array", "prefixItems": cells, "minItems": len(cells), "maxItems": len(cells)}


def of_tensor(spec: TensorSpec) -> JsonSchema:
    """Nested arrays, as many levels as the tensor has dimensions."""
    found: JsonSchema = dict(_OF_KIND.get(spec.type.kind, {}))
    for length in reversed(spec.shape):
        found = {"type": "array", "items": found}
        if length >= 0:
            found |= {"minItems": length, "maxItems": length}
    return found


def of_params(schema: ParamSchema) -> JsonSchema:
    """The parameters of a prediction, none of them required."""
    return _object({spec.name: _param(spec) for spec in schema.params}, [])


def of_predictions(schema: Schema) -> JsonSchema:
    """What a model answers."""
    if schema.is_tensor_spec():
        tensors = [spec for spec in schema.inputs if isinstance(spec, TensorSpec)]
        if not schema.has_input_names():
            return of_tensor(tensors[0])
        return _object({str(spec.name): of_tensor(spec) for spec in tensors}, [str(spec.name) for spec in tensors])
    if schema.has_input_names():
        return {"type": "array", "items": of_record(schema)}
    cells = _columns(schema)
    return {"type": "array", "items": _cell(cells[0]) if len(cells) == 1 else of_row(schema)}


def _columns(schema: Schema) -> Sequence[ColSpec]:
    return [spec for spec in schema.inputs if isinstance(spec, ColSpec)]


def _cell(column: ColSpec) -> JsonSchema:
    found = of_type(column.type)
    return found if column.required or not found else {"anyOf": [found, {"type": "null"}]}


def _param(spec: ParamSpec) -> JsonSchema:
    found = of_type(spec.dtype)
    if spec.shape is not None:
        found = {"type": "array", "items": found}
    default = spec.to_dict()["default"]
    return found if default is None else {**found, "default": default}


def _object(properties: dict[str, JsonSchema], required: list[str]) -> JsonSchema:
    found: JsonSchema = {"type": "object", "properties": properties}
    return {**found, "required": required} if required else found
