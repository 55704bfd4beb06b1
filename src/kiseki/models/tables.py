"""Tables against the columns of a signature: whatever table it is becomes the pandas DataFrame that the model expects."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any, Final, TypeAlias

from kiseki.base.errors import InvalidParameter
from kiseki.base.optional import optional
from kiseki.models.columns import conform, expected, settled_dtype
from kiseki.models.rows import Rows
from kiseki.types.casts import Refused, cast, cast_values
from kiseki.types.containers import TENSORS, as_numpy, is_a, is_array, is_sparse
from kiseki.types.data_types import AnyType, Array, DataType, ValueType
from kiseki.types.schema import Schema
from kiseki.types.specs import ColSpec
from kiseki.types.values import FLOATS

_log = logging.getLogger("kiseki")

Columns: TypeAlias = dict[Any, Any]
"""Columns of any library by name: pandas, Polars or Arrow ones, arrays, lists of values."""

_SHOWN: Final = 20

_COLUMN_CLASSES: Final = ("pandas.Series", "polars.Series", "pyarrow.Array", "pyarrow.ChunkedArray")

_NUMBERS: Final = frozenset({DataType.integer, DataType.long, DataType.float, DataType.double})


class Tables:
    """The columns that a signature asks for.

    Made once for a model and then asked for each prediction; what does not depend on the data is worked out here. It has
    no state that predictions change but one: extra columns are told in the log once.

    Args:
        schema: A schema of columns.
    """

    def __init__(self, schema: Schema) -> None:
        self._pd = optional("pandas", "A model with a signature of columns")
        self._specs = [spec for spec in schema.inputs if isinstance(spec, ColSpec)]
        self._named = schema.has_input_names()
        self._names = schema.input_names()
        self._positions = {name: position for position, name in enumerate(self._names)}
        self._required = [spec.name for spec in self._specs if spec.required]
        self._index = self._pd.Index(self._names)
        self._dtypes = [settled_dtype(spec.type) for spec in self._specs]
        kinds = set(schema.input_types())
        # What all columns of most models are: then a table is one array.
        self._uniform = kinds.pop() if len(kinds) == 1 and kinds <= _NUMBERS else None
        self._is_nested = (
            len(schema.inputs) == 1 and not self._named and not isinstance(schema.inputs[0].type, DataType)
        )
        self._told_extra = False

    def frame(self, data: Any, *, text: bool = False) -> Any:
        """The data as a `pandas.DataFrame` with the signature's columns, in its order and with its types.

        A DataFrame that is so already is returned itself, without a copy. Columns that the signature does not have are
        left out, and so are optional ones that the data does not have.

        Args:
            data: A table of pandas, Polars or Arrow, a dictionary, a list of dictionaries; without names in the signature
                also an array, a list or one value.
            text: Whether the values come from JSON (see `kiseki.types.values.checked`).

        Raises:
            InvalidParameter: A column is missing, or has values that are not of its type; the message names the columns,
                what was given and what is expected.
        """
        if self._uniform in FLOATS and is_a(data, "pyarrow.Table", "pyarrow.RecordBatch") and _is_floats(data):
            # In one piece, as what computes with it wants it; a gap is NaN.
            data = data.to_pandas(ignore_metadata=True)
        if isinstance(data, self._pd.DataFrame):
            return data if self._is_settled(data) else self._of_frame(data)
        if (found := self._of_floats(data, text)) is not None:
            return found
        columns, length = self._columns_of(data)
        self._check_names(list(columns))
        chosen = self._chosen(columns)
        return self._pd.DataFrame(self._converted(chosen, text), index=range(length), copy=False)

    def _is_settled(self, frame: Any) -> bool:
        if self._named and not frame.columns.equals(self._index):
            return False
        return bool(frame.dtypes.tolist() == self._dtypes)

    def _of_frame(self, frame: Any) -> Any:
        if not frame.columns.is_unique:
            twice = frame.columns[frame.columns.duplicated()].unique().tolist()
            raise InvalidParameter(f"Several columns of the data have one name: {twice[:_SHOWN]}. Rename or drop them.")
        names = frame.columns.tolist()
        self._check_names(names)
        dtypes = dict(zip(names, frame.dtypes.tolist(), strict=True))
        chosen = self._chosen(dtypes)
        places = dict(zip(names, range(len(names)), strict=True))
        table = frame if list(chosen) == names else frame.take([places[name] for name in chosen], axis=1)
        settled = self._dtypes if not self._named else [self._dtypes[self._positions[name]] for name in chosen]
        odd = [name for name, dtype in zip(chosen, settled, strict=True) if chosen[name] != dtype]
        if not odd:
            return table
        if (
            self._uniform is not None
            and len(set(chosen.values())) == 1
            and (array := table.to_numpy()).dtype.kind in "iuf"
        ):
            with suppress(Refused):
                return self._pd.DataFrame(
                    cast(array, self._uniform.to_numpy()), columns=table.columns, index=table.index
                )
        given = {name: table[name] for name in odd}
        found = self._converted(given, text=False)
        changed = {name: column for name, column in found.items() if column is not given[name]}
        return _replaced(table, changed) if changed else table

    def _of_floats(self, data: Any, text: bool) -> Any:
        """A table of rows that are all floats; None for any other."""
        if self._uniform not in FLOATS:
            return None
        if isinstance(data, Rows):
            rows, numbers = data.rows, data.numbers
            if (data.names is None) == self._named or (self._named and data.names != self._names):
                return None
        elif isinstance(data, Mapping) or (
            isinstance(data, list) and data and all(isinstance(row, dict) for row in data)
        ):
            records = [data] if isinstance(data, Mapping) else data
            try:
                rows, numbers = [[row[name] for name in self._names] for row in records], False
            except KeyError:
                return None
        else:
            return None
        import numpy as np

        if not numbers and not set(map(type, chain.from_iterable(rows))) <= {float, type(None)}:
            return None
        try:
            # None becomes NaN.
            array = cast_values(np.array(rows, dtype=np.float64), self._uniform.to_numpy())
        except (Refused, ValueError):
            return None
        if array.ndim != 2 or array.shape[1] != len(self._specs):
            return None
        return self._pd.DataFrame(array, columns=self._index, copy=False)

    def _check_names(self, given: list[Any]) -> None:
        if not self._named:
            if len(given) < len(self._specs):
                raise InvalidParameter(
                    f"Model inference is missing inputs. The model signature declares {len(self._specs)} inputs but the "
                    f"provided value only has {len(given)} inputs. They have no names in the signature, so only their "
                    "number can be compared."
                )
            return
        have = set(given)
        extra = [name for name in given if name not in self._positions]
        if lacking := [name for name in self._required if name not in have]:
            also = f" Note that there were extra inputs: {extra[:_SHOWN]}." if extra else ""
            unnamed = bool(given) and given == list(range(len(given)))
            advice = " The data has no column names; pass a DataFrame or a dictionary with them." if unnamed else ""
            raise InvalidParameter(f"Model is missing inputs {lacking[:_SHOWN]}.{also}{advice}")
        if extra and not self._told_extra:
            self._told_extra = True
            _log.warning("The model's signature does not have the columns %s; they are left out.", extra[:_SHOWN])

    def _chosen(self, given: Columns) -> Columns:
        if not self._named:
            return dict(list(given.items())[: len(self._specs)])
        return {name: given[name] for name in self._names if name in given}

    def _converted(self, chosen: Columns, text: bool) -> Columns:
        specs = (
            zip(chosen, self._specs, strict=True) if not self._named else ((spec.name, spec) for spec in self._specs)
        )
        found: Columns = {}
        refusals = []
        for name, spec in specs:
            if name not in chosen:
                continue
            try:
                found[name] = conform(spec, chosen[name], text)
            except Refused as refused:
                refusals.append(f"Incompatible input types for column {name}. {refused.told(expected(spec.type))}.")
        if refusals:
            more = f" And {len(refusals) - _SHOWN} more columns." if len(refusals) > _SHOWN else ""
            raise InvalidParameter(" ".join(refusals[:_SHOWN]) + more)
        return found

    def _columns_of(self, data: Any) -> tuple[Columns, int]:
        """The columns of data that is no DataFrame, and how many rows it has."""
        if is_a(data, "pandas.Series"):
            return {0 if data.name is None else data.name: data.reset_index(drop=True)}, len(data)
        if is_a(data, "polars.DataFrame"):
            return {name: data.get_column(name) for name in data.columns}, data.height
        if is_a(data, "polars.Series"):
            return {data.name or 0: data}, len(data)
        if is_a(data, "pyarrow.Table", "pyarrow.RecordBatch"):
            if len(set(data.schema.names)) < len(data.schema.names):
                raise InvalidParameter(f"Several columns of the data have one name: {data.schema.names[:_SHOWN]}.")
            return dict(zip(data.schema.names, data.columns, strict=True)), data.num_rows
        if isinstance(data, Rows):
            columns = list(map(list, zip(*data.rows, strict=True))) or [[] for _ in data.names or ()]
            return dict(zip(data.names or range(len(columns)), columns, strict=True)), len(data.rows)
        if isinstance(data, Mapping):
            return self._of_mapping(data)
        if is_a(data, "numpy.ndarray", *TENSORS):
            return self._of_list(list(data)) if self._is_nested else _of_array(data)
        if isinstance(data, list | tuple):
            return self._of_list(data)
        if data is None or is_sparse(data) or self._named:
            raise InvalidParameter(
                f"The signature has the columns {self._names[:_SHOWN]}, and the data is of the class {type(data).__name__}. "
                "Pass a pandas, Polars or Arrow table, a dictionary, or a list of dictionaries."
            )
        return {0: [data]}, 1

    def _of_mapping(self, data: Mapping[Any, Any]) -> tuple[Columns, int]:
        kinds = {name: spec.type for name, spec in zip(self._names, self._specs, strict=True)}
        if self._is_nested:
            return {0: [data]}, 1
        if all(_is_one(kinds.get(name, AnyType()), value) for name, value in data.items()):
            return {name: [value] for name, value in data.items()}, 1
        # One value beside columns is every row's.
        lengths = {name: len(value) for name, value in data.items() if not _is_one_beside(kinds.get(name), value)}
        if len(set(lengths.values())) > 1:
            raise InvalidParameter(
                f"The columns have different numbers of rows: {dict(list(lengths.items())[:_SHOWN])}."
            )
        rows = next(iter(lengths.values()), 1)
        return {name: value if name in lengths else [value] * rows for name, value in data.items()}, rows

    def _of_list(self, data: Sequence[Any]) -> tuple[Columns, int]:
        if self._is_nested:
            return {0: list(data)}, len(data)
        if data and all(isinstance(row, Mapping) for row in data):
            names = dict.fromkeys(name for row in data for name in row)
            return {name: [row.get(name) for row in data] for name in names}, len(data)
        if data and all(isinstance(row, list | tuple) or is_array(row) for row in data):
            if len(lengths := {len(row) for row in data}) > 1:
                raise InvalidParameter(f"The rows have different lengths: {sorted(lengths)[:_SHOWN]}.")
            return dict(enumerate(map(list, zip(*data, strict=True)))), len(data)
        return ({0: list(data)} if data or len(self._specs) == 1 else {}), len(data)


def _is_floats(table: Any) -> bool:
    """Whether all columns of a table of Arrow's are floats."""
    import pyarrow as pa

    return all(map(pa.types.is_floating, table.schema.types))


def _replaced(table: Any, changed: Columns) -> Any:
    found = table.copy(deep=False)
    for name, column in changed.items():
        found[name] = column
    return found


def _of_array(data: Any) -> tuple[Columns, int]:
    array = as_numpy(data)
    if array.ndim == 0:
        return {0: array.reshape(1)}, 1
    if array.ndim == 1:
        return {0: array}, len(array)
    if array.ndim > 2:
        raise InvalidParameter(
            f"The signature has columns, and the array has the shape {array.shape}; expected rows of them."
        )
    return {position: array[:, position] for position in range(array.shape[1])}, len(array)


def _is_one(kind: ValueType, value: Any) -> bool:
    """Whether the value is one of a column's rather than a column."""
    if isinstance(kind, Array):
        if is_array(value):
            depth = 0
            inner: ValueType = kind
            while isinstance(inner, Array):
                depth, inner = depth + 1, inner.dtype
            return len(value.shape) <= depth
        if not isinstance(value, list | tuple):
            return True
        first = next((item for item in value if item is not None), None)
        return first is None or _is_one(kind.dtype, first)
    return not (isinstance(value, list | tuple) or is_array(value) or is_a(value, *_COLUMN_CLASSES))


def _is_one_beside(kind: ValueType | None, value: Any) -> bool:
    return (
        not hasattr(value, "__len__") or isinstance(value, str | bytes | Mapping) or _is_one(kind or AnyType(), value)
    )
