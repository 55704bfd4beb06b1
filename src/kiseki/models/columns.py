"""One column against its type: what it becomes, and whether it is what it has to be already."""

from __future__ import annotations

from typing import Any

from kiseki.models.cells import NULLABLE, column_of, missing
from kiseki.types.casts import Refused, cast, times
from kiseki.types.containers import TENSORS, as_numpy, is_a
from kiseki.types.data_types import AnyType, DataType, ValueType
from kiseki.types.specs import ColSpec
from kiseki.types.values import FLOATS


def expected(kind: ValueType) -> str:
    """What a message calls a column's type: its name, and the dtype by which NumPy knows it."""
    if isinstance(kind, DataType) and kind not in {DataType.string, DataType.binary}:
        return f"{kind.name} ({kind.to_numpy()})"
    return repr(kind)


def settled_dtype(kind: ValueType) -> Any:
    """The dtype of a column that needs no look at its values; what equals no dtype where each has to be looked at."""
    # Not None: NumPy takes that for float64.
    return kind.to_numpy() if isinstance(kind, DataType) and kind not in {DataType.string, DataType.binary} else kind


def conform(spec: ColSpec, column: Any, text: bool) -> Any:
    """The column with the type of the spec; the column itself where it has it."""
    kind = spec.type
    if isinstance(kind, AnyType):
        return _pandas_like(column)
    if is_a(column, "pandas.Series"):
        return _of_series(kind, column, not spec.required)
    if is_a(column, "polars.Series", "pyarrow.Array", "pyarrow.ChunkedArray"):
        column = _plain(column)
    if is_a(column, "numpy.ndarray", *TENSORS):
        array = as_numpy(column)
        if array.dtype.kind != "O" and array.ndim == 1:
            return _of_array_column(kind, array, text)
        column = list(array) if array.ndim > 1 else array.tolist()
    return column_of(kind, column, nullable=not spec.required, text=text)


def _of_series(kind: ValueType, series: Any, nullable: bool) -> Any:
    dtype = series.dtype
    if is_a(dtype, "pandas.CategoricalDtype"):
        # Categories of the right type are what the model was trained with.
        categories = dtype.categories.to_series()
        kept = _of_series(kind, categories, nullable) is categories
        return series if kept else _of_series(kind, series.astype(categories.dtype), nullable)
    if is_a(dtype, "pandas.StringDtype"):
        if kind is DataType.string:
            return series
        if series.notna().any():
            raise Refused(str(dtype), _parsing_advice(kind))
        return column_of(kind, series.tolist(), nullable=nullable)
    if is_a(dtype, "pandas.DatetimeTZDtype") and kind is DataType.datetime:
        return series
    if is_a(dtype, "numpy.dtype"):
        if dtype.kind == "O":
            return _of_objects(kind, series, nullable)
        array = series.to_numpy()
        found = _of_array_column(kind, array, text=False)
        return series if found is array else found
    return _of_extension(kind, series, nullable)


def _of_objects(kind: ValueType, series: Any, nullable: bool) -> Any:
    values = series.tolist()
    found = column_of(kind, values, nullable=nullable)
    # Texts, bytes and nested values that were right are the same objects still.
    unchanged = isinstance(found, list) or getattr(found, "dtype", None) == "O"
    return series if unchanged and all(old is new for old, new in zip(values, found, strict=True)) else found


def _of_extension(kind: ValueType, series: Any, nullable: bool) -> Any:
    """A column of another extension type: Int64, boolean, double[pyarrow]."""
    plain = getattr(series.dtype, "numpy_dtype", None)
    if plain is None or plain.kind == "O":
        return column_of(kind, series.tolist(), nullable=nullable)
    gaps = series.isna()
    if not gaps.any():
        return _of_array_column(kind, series.to_numpy(plain), text=False)
    known = _of_array_column(kind, series[~gaps].to_numpy(plain), text=False)
    if kind in FLOATS:
        return series.to_numpy("float64", na_value=float("nan")).astype(known.dtype)
    if kind is DataType.datetime:
        return times(series.to_numpy(plain))
    if not nullable:
        raise missing(kind, str(series.dtype), int(gaps.to_numpy().argmax()))
    assert isinstance(kind, DataType)
    return series if str(series.dtype) == NULLABLE[kind] else series.astype(NULLABLE[kind])


def _of_array_column(kind: ValueType, array: Any, text: bool) -> Any:
    if not isinstance(kind, DataType):
        raise Refused(str(array.dtype))
    if array.dtype.kind in "US":
        return column_of(kind, array.tolist(), text=text)
    if kind in {DataType.string, DataType.binary}:
        if not len(array):
            return array.astype(object)
        raise Refused(str(array.dtype))
    if array.dtype.kind == "f" and kind in NULLABLE:
        import numpy as np

        if (gaps := np.isnan(array)).any():
            raise missing(kind, str(array.dtype), int(gaps.argmax()))
    return cast(array, kind.to_numpy())


def _plain(column: Any) -> Any:
    """A column of Polars or Arrow as an array where that loses nothing, else as a list."""
    if is_a(column, "polars.Series"):
        numeric = column.dtype.is_numeric() or column.dtype.is_temporal() or str(column.dtype) == "Boolean"
        whole = column.null_count() == 0 or column.dtype.is_float()
        return column.to_numpy() if numeric and whole else column.to_list()
    import pyarrow as pa

    kinds = pa.types
    numeric = kinds.is_primitive(column.type) or kinds.is_boolean(column.type)
    whole = column.null_count == 0 or kinds.is_floating(column.type)
    if not (numeric and whole):
        return column.to_pylist()
    return column.to_numpy() if isinstance(column, pa.ChunkedArray) else column.to_numpy(zero_copy_only=False)


def _pandas_like(column: Any) -> Any:
    return column.to_pandas() if is_a(column, "pyarrow.Array", "pyarrow.ChunkedArray") else column


def _parsing_advice(kind: ValueType) -> str:
    if kind is DataType.datetime:
        return "parse it with pandas.to_datetime()"
    return "convert it with pandas.to_numeric()" if kind in FLOATS or kind in NULLABLE else ""
