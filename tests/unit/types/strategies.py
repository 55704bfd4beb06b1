"""Types, schemas and values of them, for property tests."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
from hypothesis import strategies as st

from kiseki.types import (
    AnyType,
    Array,
    ColSpec,
    DataType,
    Map,
    Object,
    ParamSchema,
    ParamSpec,
    Property,
    Schema,
    SparkMLVector,
    TensorSpec,
)
from kiseki.types.data_types import ValueType

names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=8)

data_types = st.sampled_from(list(DataType))

value_types: st.SearchStrategy[ValueType] = st.recursive(
    data_types | st.builds(AnyType),
    lambda inner: (
        st.builds(Array, inner)
        | st.builds(Map, inner)
        | st.lists(
            st.builds(Property, names, inner, st.booleans()), min_size=1, max_size=3, unique_by=lambda p: p.name
        ).map(Object)
    ),
    max_leaves=6,
)

# MLflow knows vectors as columns, not as parts of them.
column_types = value_types | st.builds(SparkMLVector)
columns = st.lists(st.builds(ColSpec, column_types, names, st.booleans()), min_size=1, max_size=5)
unnamed_columns = st.lists(st.builds(ColSpec, column_types), min_size=1, max_size=5)

dtypes = st.sampled_from(
    ["bool", "int8", "uint16", "int64", "float32", "float64", "str", "bytes", "object", "datetime64[ns]"]
)
shapes = st.lists(st.integers(-1, 5), max_size=3).map(tuple)


def tensor(name: str | None, dtype: str, shape: tuple[int, ...]) -> TensorSpec:
    return TensorSpec(np.dtype(dtype), shape, name)


tensors = st.lists(st.builds(tensor, names, dtypes, shapes), min_size=1, max_size=3)
one_tensor = st.builds(tensor, st.none(), dtypes, shapes).map(lambda spec: [spec])

inputs: st.SearchStrategy[list[Any]] = st.one_of(columns, unnamed_columns, tensors, one_tensor)
schemas = inputs.map(Schema)

int32s = st.integers(-(2**31), 2**31 - 1)
int64s = st.integers(-(2**63), 2**63 - 1)
times = st.datetimes(dt.datetime.fromisoformat("1700-01-01"), dt.datetime.fromisoformat("2250-01-01"))

VALUES: dict[DataType, st.SearchStrategy[Any]] = {
    DataType.boolean: st.booleans(),
    DataType.integer: int32s,
    DataType.long: int64s,
    DataType.float: st.floats(width=32, allow_nan=False),
    DataType.double: st.floats(allow_nan=False),
    DataType.string: st.text(max_size=5),
    DataType.binary: st.binary(max_size=5),
    DataType.datetime: times,
}
"""Values of each type without parts."""


def values_of(kind: ValueType) -> st.SearchStrategy[Any]:
    """Values that a type accepts."""
    match kind:
        case DataType():
            return VALUES[kind]
        case Array():
            return st.lists(values_of(kind.dtype), max_size=3)
        case Map():
            return st.dictionaries(names, values_of(kind.value_type), max_size=3)
        case Object():
            required = {part.name: values_of(part.dtype) for part in kind.properties if part.required}
            optional = {part.name: values_of(part.dtype) for part in kind.properties if not part.required}
            return st.fixed_dictionaries(required, optional=optional)
        case AnyType():
            return st.none() | st.integers() | st.text(max_size=3)


typed_values = value_types.flatmap(lambda kind: st.tuples(st.just(kind), values_of(kind)))


@st.composite
def param_specs(draw: st.DrawFn) -> ParamSpec:
    kind = draw(data_types.filter(lambda kind: kind is not DataType.binary))
    if draw(st.booleans()):
        return ParamSpec(draw(names), kind, draw(st.lists(VALUES[kind], max_size=3)), (-1,))
    return ParamSpec(draw(names), kind, draw(VALUES[kind]))


param_schemas = st.lists(param_specs(), max_size=4, unique_by=lambda spec: spec.name).map(ParamSchema)
