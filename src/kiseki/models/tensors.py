"""Arrays against the tensors of a signature."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from kiseki.base.errors import InvalidParameter
from kiseki.models.cells import column_of
from kiseki.models.rows import Rows
from kiseki.types.casts import Refused, cast, cast_values
from kiseki.types.containers import TENSORS, as_numpy, is_a, is_sparse
from kiseki.types.data_types import DataType
from kiseki.types.schema import Schema
from kiseki.types.specs import TensorSpec, dtype_name

_SHOWN: Final = 20


class Tensors:
    """The tensors that a signature asks for; made once for a model and then asked for each prediction.

    Args:
        schema: A schema of tensors.
    """

    def __init__(self, schema: Schema) -> None:
        self._specs = [spec for spec in schema.inputs if isinstance(spec, TensorSpec)]
        self._named = schema.has_input_names()

    def arrays(self, data: Any, *, text: bool = False) -> Any:
        """The data as a `numpy.ndarray`, or as a dictionary of arrays where the tensors have names.

        An array that is as the signature says is returned itself. Sparse matrices stay sparse.

        Args:
            data: Arrays, tensors of other libraries, sparse matrices, nested lists, tables; by name a dictionary, a table
                with these columns, or a list of dictionaries, one a row.
            text: Whether the values come from JSON, whose numbers have no types.

        Raises:
            InvalidParameter: An array is missing, or has another shape or dtype; the message says which was expected.
        """
        if not self._named:
            return self._one(self._specs[0], data.rows if isinstance(data, Rows) else data, text)
        given = self._by_name(data)
        names = [spec.name for spec in self._specs]
        if lacking := [name for name in names if name not in given]:
            extra = [name for name in given if name not in set(names)]
            also = f" Note that there were extra inputs: {extra[:_SHOWN]}." if extra else ""
            raise InvalidParameter(f"Model is missing inputs {lacking[:_SHOWN]}.{also}")
        return {spec.name: self._one(spec, given[spec.name], text) for spec in self._specs}

    def _by_name(self, data: Any) -> Mapping[Any, Any]:
        if isinstance(data, Mapping):
            return data
        if isinstance(data, Rows) and data.names is not None:
            return dict(zip(data.names, map(list, zip(*data.rows, strict=True)), strict=True))
        if is_a(data, "pandas.DataFrame"):
            return dict(data.items())
        if is_a(data, "polars.DataFrame"):
            return {name: data.get_column(name) for name in data.columns}
        if is_a(data, "pyarrow.Table", "pyarrow.RecordBatch"):
            return dict(zip(data.schema.names, data.columns, strict=True))
        if isinstance(data, list) and data and all(isinstance(row, Mapping) for row in data):
            names = data[0].keys()
            if any(row.keys() != names for row in data):
                raise InvalidParameter(
                    "The rows have different names; each needs a value for every input of the signature."
                )
            return {name: [row[name] for row in data] for name in names}
        if len(self._specs) == 1:
            return {self._specs[0].name: data}
        raise InvalidParameter(
            f"The signature has the tensors {[spec.name for spec in self._specs][:_SHOWN]}, and the data is of the class "
            f"{type(data).__name__}. Pass a dictionary with an array for each name."
        )

    def _one(self, spec: TensorSpec, given: Any, text: bool) -> Any:
        called = "input" if spec.name is None else f"input {spec.name!r}"
        array, typed = _array(given, called, spec, text)
        shape = array.shape
        if len(shape) != len(spec.shape) or any(
            length not in (-1, have) for length, have in zip(spec.shape, shape, strict=True)
        ):
            raise InvalidParameter(f"Shape of {called} {tuple(shape)} does not match expected shape {spec.shape}.")
        if array.dtype == spec.type:
            return array
        try:
            if is_sparse(array):
                # Only the values that are there are looked at; the others are zeros in every dtype.
                cast(array.data, spec.type)
                return array.astype(spec.type)
            return cast(array, spec.type) if typed and not text else cast_values(array, spec.type)
        except Refused as refused:
            raise InvalidParameter(
                f"dtype of {called} {dtype_name(array.dtype)} does not match expected dtype {dtype_name(spec.type)}. "
                f"{refused.told(dtype_name(spec.type))}."
            ) from None


def _array(given: Any, called: str, spec: TensorSpec, text: bool) -> tuple[Any, bool]:
    """The data as an array, and whether its dtype is the caller's choice rather than found from Python's values."""
    import numpy as np

    if isinstance(given, np.ndarray) or is_sparse(given):
        return given, True
    if is_a(given, *TENSORS):
        return as_numpy(given), True
    if is_a(given, "pandas.DataFrame", "polars.DataFrame"):
        return given.to_numpy(), True
    if is_a(given, "pyarrow.Table", "pyarrow.RecordBatch") and given.num_columns == 1:
        given = given.column(0)
    if is_a(given, "pyarrow.Table", "pyarrow.RecordBatch"):
        return np.column_stack([column.to_numpy() for column in given.columns]), True
    if is_a(given, "pyarrow.Array", "pyarrow.ChunkedArray"):
        given = _stored(given)
        if _is_list(given.type):
            return _of_lists(given, called, spec), False
    if is_a(given, "pandas.Series", "polars.Series", "pyarrow.Array", "pyarrow.ChunkedArray"):
        # A table has no columns of 32 bits unless somebody took care; MLflow rounds here, too.
        return _cells(given.to_numpy(), called), False
    if isinstance(given, Mapping) or given is None or (isinstance(given, str | bytes) and spec.type.kind not in "US"):
        raise InvalidParameter(
            f"The signature asks for {spec!r}, and the {called} is of the class {type(given).__name__}. Pass an array."
        )
    try:
        return _listed(given, spec.type, text), False
    except Refused as refused:
        raise InvalidParameter(
            f"The {called} has a value that is not of the dtype {dtype_name(spec.type)}. "
            f"{refused.told(dtype_name(spec.type))}."
        ) from None
    except (ValueError, TypeError, OverflowError) as error:
        raise InvalidParameter(f"The {called} is no array of {spec!r}: {error}.") from None


def _of_lists(column: Any, called: str, spec: TensorSpec) -> Any:
    """A column of lists, of equal lengths and in any depth, as one array of the shape that is asked for."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rows, shape, values = len(column), [], column
    while _is_list(values.type):
        if pa.types.is_fixed_size_list(values.type):
            lengths = {values.type.list_size} if values.null_count == 0 else {values.type.list_size, None}
        else:
            lengths = set(pc.unique(pc.list_value_length(values)).to_pylist())
        if len(lengths) > 1 or None in lengths:
            found = sorted(f"{length}" for length in lengths)[:_SHOWN]
            raise InvalidParameter(f"The lists of {called} have different lengths: {', '.join(found)}.")
        shape.append(lengths.pop() if lengths else 0)
        values = values.flatten()
    array = values.to_numpy(zero_copy_only=False)
    # Tables often have the values of a row in one list, whatever their shape.
    asked = spec.shape[1:]
    flat = len(shape) == 1 and len(asked) > 1 and asked.count(-1) <= 1
    try:
        return array.reshape(rows, *(asked if flat else shape))
    except ValueError:
        raise InvalidParameter(
            f"A row of {called} has {math.prod(shape)} values, which are no array of {spec!r}."
        ) from None


def _stored(column: Any) -> Any:
    """A column in one piece, and what there is below a type of somebody's own, as engines have for tensors."""
    import pyarrow as pa

    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return whole.storage if isinstance(whole, pa.ExtensionArray) else whole


def _is_list(kind: Any) -> bool:
    import pyarrow as pa

    kinds = pa.types
    return bool(kinds.is_list(kind) or kinds.is_large_list(kind) or kinds.is_fixed_size_list(kind))


def _listed(given: Any, dtype: Any, text: bool) -> Any:
    """An array of Python's values."""
    import numpy as np

    if dtype.kind in "OUS":
        # NumPy makes texts of numbers that stand beside texts; as objects they stay what they are.
        found = np.asarray(given, dtype=object)
        return _each(found, DataType.binary) if dtype.kind == "S" and text else found
    found = np.asarray(given)
    if dtype.kind == "M":
        return found.astype("datetime64[ns]") if found.dtype.kind in "iu" else _each(found, DataType.datetime)
    # A gap among floats is NaN; among others it stays what it is, and is refused.
    return np.asarray(given, dtype=dtype) if found.dtype.kind == "O" and dtype.kind == "f" else found


def _each(array: Any, kind: DataType) -> Any:
    """The values as JSON has them for a type: times in ISO 8601, bytes in base64."""
    flat = column_of(kind, array.ravel().tolist(), text=True)
    import numpy as np

    return np.array(flat).reshape(array.shape)


def _cells(array: Any, called: str) -> Any:
    """An array of a table's values; cells that are arrays or lists themselves become further dimensions."""
    import numpy as np

    if array.dtype.kind != "O" or array.ndim != 1 or not len(array) or not isinstance(array[0], list | np.ndarray):
        return array
    try:
        return np.array(array.tolist())
    except ValueError as error:
        raise InvalidParameter(f"The cells of {called} are lists of different shapes ({error}).") from None


def array_of(value: Any) -> Any:
    """A list that JSON has, as the array that NumPy makes of it; other values, and lists of dictionaries, as they are.

    A null among numbers is NaN.
    """
    import numpy as np

    if not isinstance(value, list):
        return value
    try:
        found = np.array(value)
    except ValueError:
        return value
    if found.dtype.kind != "O":
        return found
    classes = set(map(type, found.ravel().tolist()))
    if classes <= {int, float, type(None)}:
        return np.array(value, dtype=np.float64)
    return value if dict in classes else found
