"""Types of data: what a schema says of values that somebody has.

The one inference for signatures of models and for the schemas of datasets. Its results are MLflow's, found by comparing
(tests/unit/types/test_inference.py), except that it also knows Polars, Arrow, tensors of other libraries and all
sparse formats, and that one column of no type leaves the others theirs.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from kiseki.base.errors import InvalidParameter
from kiseki.types import arrow, polars
from kiseki.types.containers import is_a, is_array, is_scalar_array
from kiseki.types.data_types import AnyType, Array, DataType, Object, Property, ValueType
from kiseki.types.schema import ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec
from kiseki.types.specs import array_dtype, dtype_name
from kiseki.types.values import is_missing

_NUMPY: Final = {
    "bool": DataType.boolean,
    "int8": DataType.integer,
    "int16": DataType.integer,
    "int32": DataType.integer,
    "uint8": DataType.integer,
    "uint16": DataType.integer,
    "int64": DataType.long,
    "uint32": DataType.long,
    "float16": DataType.float,
    "float32": DataType.float,
    "float64": DataType.double,
    "str": DataType.string,
    "bytes": DataType.binary,
}
"""The narrowest type that holds all values of a dtype; none holds uint64, complex numbers or durations."""

_PYTHON: Final[dict[type, DataType]] = {
    bool: DataType.boolean,
    int: DataType.long,
    float: DataType.double,
    str: DataType.string,
    bytes: DataType.binary,
    bytearray: DataType.binary,
    dt.datetime: DataType.datetime,
    dt.date: DataType.datetime,
}

_NUMBERS: Final = frozenset({DataType.integer, DataType.long, DataType.float, DataType.double})


class NoType(InvalidParameter):
    """No type of a schema holds the values."""


def infer_schema(data: Any) -> Schema:
    """The schema of data: columns of tables, records, dictionaries, lists and single values, tensors of arrays.

    A column whose values have no common type is of any type, and so is data that is none of these.

    Args:
        data: pandas, Polars or Arrow tables and columns; NumPy arrays, tensors, sparse matrices, dictionaries of arrays;
            dictionaries, lists of dictionaries, lists, or one value.

    Raises:
        InvalidParameter: It is None, or has Pydantic objects, whose types come from the type hint of `predict`.
    """
    if data is None:
        raise InvalidParameter("There is no schema of None. Pass an example of the data.")
    try:
        found = tensor_schema(data) if _is_tensors(data) else _columns_of(data, lenient=True)
    except NoType:
        return Schema([ColSpec(AnyType())])
    return found


def column_schema(table: Any) -> Schema:
    """The columns of a table, or of another value that `infer_schema` reads as columns.

    Raises:
        NoType: A column's values have no common type, two columns have one name, or there is no column.
    """
    return _columns_of(table, lenient=False)


def tensor_schema(arrays: Any) -> Schema:
    """The tensors of an array, or of arrays by name; the first dimension is any number of rows.

    Raises:
        NoType: One has no dimension, or a dtype that NumPy does not have.
    """
    if isinstance(arrays, Mapping):
        return Schema([_tensor(array, str(name)) for name, array in arrays.items()])
    return Schema([_tensor(arrays, None)])


def infer_param_schema(params: Any) -> ParamSchema:
    """The parameters of a prediction, with the values as defaults.

    Args:
        params: Names with values: booleans, numbers, texts, dates, lists of these, or dictionaries.

    Raises:
        InvalidParameter: A value cannot be a parameter; the message names it.
    """
    if not isinstance(params, Mapping):
        raise InvalidParameter(f"Expected parameters to be dict, got {type(params).__name__}.")
    return ParamSchema([_param(str(name), value) for name, value in params.items()])


def numpy_type(dtype: Any) -> DataType:
    """The type of a column with a NumPy dtype.

    Raises:
        NoType: No type holds its values, or they are objects.
    """
    found = DataType.datetime if dtype.kind == "M" else _NUMPY.get(dtype_name(dtype))
    if found is None:
        raise NoType(f"No type of a column holds values of dtype {dtype}.")
    return found


def common_type(values: Iterable[Any]) -> ValueType:
    """The type that all values have which are not missing; any type where all are missing.

    Whole numbers and floats together are doubles. Dictionaries are objects with the keys of all, optional where one
    lacks them.

    Raises:
        NoType: They have several types, or one has none.
    """
    scalars: set[DataType] = set()
    nested: list[ValueType] = []
    lists: list[Any] = []
    objects: list[Mapping[Any, Any]] = []
    nan = False
    for value in values:
        plain = _PYTHON.get(type(value))
        if plain is DataType.double and math.isnan(value):
            nan = True
        elif plain is not None:
            scalars.add(plain)
        elif is_missing(value):
            continue
        elif isinstance(value, Mapping):
            objects.append(value)
        elif isinstance(value, list | tuple):
            lists.append(value)
        elif is_array(value):
            nested.append(_array_type(value))
        elif is_a(value, "pandas.Series", "polars.Series", "pyarrow.Array", "pyarrow.ChunkedArray"):
            nested.append(Array(_column_type(value)[0]))
        else:
            scalars.add(_scalar_type(value))
    if nan and scalars <= _NUMBERS:
        scalars.add(DataType.double)
    if objects:
        nested.append(_object_type(objects))
    if lists:
        items = common_type(chain.from_iterable(lists))
        nested.append(AnyType() if isinstance(items, AnyType) else Array(items))
    if scalars:
        nested.append(_widest(scalars))
    # What is empty tells nothing about the others.
    known = {kind for kind in nested if not isinstance(kind, AnyType)}
    if len(known) > 1:
        raise NoType(f"The values have several types: {', '.join(sorted(map(repr, known)))}.")
    return known.pop() if known else AnyType()


def _is_tensors(data: Any) -> bool:
    if isinstance(data, Mapping):
        return bool(data) and all(isinstance(key, str) and is_array(value) for key, value in data.items())
    return is_array(data)


def _columns_of(data: Any, *, lenient: bool) -> Schema:
    if is_a(data, "pandas.DataFrame"):
        return _schema_of(((name, data.iloc[:, at]) for at, name in enumerate(data.columns)), lenient)
    if is_a(data, "polars.DataFrame"):
        return _schema_of(((name, data.get_column(name)) for name in data.columns), lenient)
    if is_a(data, "pyarrow.Table", "pyarrow.RecordBatch"):
        return _schema_of(zip(data.schema.names, data.columns, strict=True), lenient)
    if is_a(data, "pandas.Series", "polars.Series"):
        name = data.name if data.name != "" else None
        kind, complete = _column_type(data)
        return Schema([ColSpec(kind, _plain_name(name), complete or name is None)])
    if is_a(data, "pyarrow.Array", "pyarrow.ChunkedArray"):
        return Schema([ColSpec(_column_type(data)[0])])
    if isinstance(data, Mapping):
        return _schema_of(((key, _Cells([value])) for key, value in _text_keys(data).items()), lenient)
    if isinstance(data, list | tuple):
        if data and all(isinstance(row, Mapping) for row in data):
            return _schema_of(_columns_of_records(data), lenient)
        return Schema([ColSpec(common_type(data))])
    return Schema([ColSpec(common_type([data]))])


class _Cells(list[Any]):
    """The values of a column that no library has made."""


def _columns_of_records(rows: Sequence[Mapping[Any, Any]]) -> Iterable[tuple[str, _Cells]]:
    names = dict.fromkeys(chain.from_iterable(_text_keys(row) for row in rows))
    return ((name, _Cells(row.get(name) for row in rows)) for name in names)


def _schema_of(columns: Iterable[tuple[Any, Any]], lenient: bool) -> Schema:
    specs: list[ColSpec | TensorSpec] = []
    for name, column in columns:
        try:
            kind, complete = _column_type(column)
        except NoType:
            if not lenient:
                raise
            kind, complete = AnyType(), True
        specs.append(ColSpec(kind, _plain_name(name), complete))
    if not specs:
        raise NoType("A table without columns has no schema.")
    if len({spec.name for spec in specs}) < len(specs):
        raise NoType("Two columns have one name.")
    return Schema(specs)


def _column_type(column: Any) -> tuple[ValueType, bool]:
    """The type of a column, and whether no value of it is missing."""
    if is_a(column, "pandas.Series"):
        return _pandas_type(column), not bool(column.isna().any())
    if is_a(column, "polars.Series"):
        return _known(polars.value_type(column.dtype), column.dtype), column.null_count() == 0
    if is_a(column, "pyarrow.Array", "pyarrow.ChunkedArray"):
        return _known(arrow.value_type(column.type), column.type), column.null_count == 0
    return common_type(column), not any(_has_gap(value) for value in column)


def _has_gap(value: Any) -> bool:
    """Whether a cell is missing, or is a list with a value that is."""
    return is_missing(value) or (isinstance(value, list) and any(map(is_missing, value)))


def _pandas_type(series: Any) -> ValueType:
    dtype = series.dtype
    if is_a(dtype, "pandas.CategoricalDtype"):
        if not len(series):
            raise NoType("An empty column of categories has no type.")
        return _pandas_type(dtype.categories.to_series())
    if is_a(dtype, "pandas.ArrowDtype"):
        return _known(arrow.value_type(dtype.pyarrow_dtype), dtype)
    # Other extension types tell the NumPy type that they hold: Int64, boolean.
    plain = getattr(dtype, "numpy_dtype", dtype)
    if getattr(dtype, "kind", "") == "M":
        return DataType.datetime
    if plain.kind != "O" or is_a(dtype, "pandas.PeriodDtype", "pandas.IntervalDtype"):
        return numpy_type(plain)
    return common_type(series.tolist()) if len(series) else DataType.string


def _array_type(array: Any) -> ValueType:
    dtype = _numpy_dtype(array)
    if dtype.kind == "O":
        return common_type([array.tolist()])
    kind: ValueType = numpy_type(dtype)
    for _ in array.shape:
        kind = Array(kind)
    return kind


def _scalar_type(value: Any) -> DataType:
    if is_a(value, "numpy.generic") or is_scalar_array(value):
        return numpy_type(_numpy_dtype(value))
    found = next((kind for cls, kind in _PYTHON.items() if isinstance(value, cls)), None)
    if found is None:
        if hasattr(type(value), "__pydantic_fields__"):
            raise InvalidParameter(
                f"The example has a Pydantic object ({type(value).__name__}), whose types come from the type hint of "
                "predict(): write `def predict(self, model_input: list[...])` with the class, and leave the signature out."
            )
        raise NoType(f"No type of a schema holds values of the class {type(value).__name__}.")
    return found


def _object_type(rows: Sequence[Mapping[Any, Any]]) -> ValueType:
    keys = dict.fromkeys(chain.from_iterable(_text_keys(row) for row in rows))
    if not keys:
        return AnyType()
    return Object([
        Property(key, common_type(row.get(key) for row in rows), all(row.get(key) is not None for row in rows))
        for key in keys
    ])  # fmt: skip


def _widest(kinds: set[DataType]) -> DataType:
    if len(kinds) == 1:
        return next(iter(kinds))
    if not kinds <= _NUMBERS:
        raise NoType(f"The values have several types: {', '.join(sorted(kind.name for kind in kinds))}.")
    return DataType.long if kinds == {DataType.integer, DataType.long} else DataType.double


def _tensor(array: Any, name: str | None) -> TensorSpec:
    dtype = _numpy_dtype(array)
    if not len(array.shape) or dtype.kind == "V":
        raise NoType("An array without dimensions, or of records, is no tensor.")
    plain = array_dtype(dtype)
    return TensorSpec(plain, (-1, *array.shape[1:]), name)


def _numpy_dtype(array: Any) -> Any:
    """The NumPy dtype of an array or scalar, of whichever library.

    Raises:
        NoType: It is one that NumPy does not have, such as bfloat16.
    """
    import numpy as np

    if isinstance(array.dtype, np.dtype):
        return array.dtype
    # PyTorch prints torch.float32, the others have the plain name.
    name = str(getattr(array.dtype, "name", array.dtype)).rpartition(".")[2]
    try:
        return np.dtype(name)
    except TypeError:
        raise NoType(f"NumPy has no dtype {array.dtype}.") from None


def _param(name: str, value: Any) -> ParamSpec:
    listed = value.tolist() if is_array(value) and len(value.shape) == 1 else value
    shape = (-1,) if isinstance(listed, list) else None
    try:
        kind: Any = numpy_type(value.dtype) if shape and is_array(value) else common_type(listed if shape else [value])
        reason = f"its type is {kind!r}"
    except NoType as error:
        kind, reason = None, str(error)
    if shape and not listed:
        kind = DataType.string
    if isinstance(kind, DataType) or (isinstance(kind, Object) and shape is None):
        return ParamSpec(name, kind, value, shape)
    raise InvalidParameter(
        f"Parameter {name!r} is {repr(value)[:200]}: expected a boolean, number, text or date, a list of these, or a dictionary, "
        f"and {reason}."
    )


def _known(kind: ValueType | None, dtype: Any) -> ValueType:
    if kind is None:
        raise NoType(f"No type of a column holds values of {dtype}.")
    return kind


def _text_keys(row: Mapping[Any, Any]) -> Mapping[str, Any]:
    if not all(isinstance(key, str) for key in row):
        raise NoType("The keys of a dictionary are texts.")
    return row


def _plain_name(name: Any) -> Any:
    if isinstance(name, tuple):
        return tuple(_plain_name(level) for level in name)
    if is_a(name, "numpy.generic"):
        return name.item()
    return name if name is None or isinstance(name, str | int | float) else str(name)
