"""Data as what JSON has: dictionaries, lists, texts, numbers, true, false and null.

Missing values of all kinds become None, dates and times ISO 8601, bytes base64. NaN stays a float: what JSON has for it is
for the writer to decide.
"""

from __future__ import annotations

import base64
import datetime as dt
import decimal
from collections.abc import Mapping
from typing import Any, Final

from kiseki.base.errors import InvalidParameter
from kiseki.types.containers import TENSORS, as_numpy, is_a, is_sparse

_READY: Final = frozenset({str, int, float, bool, type(None)})

TABLES: Final = ("pandas.DataFrame", "polars.DataFrame", "pyarrow.Table", "pyarrow.RecordBatch")
"""Classes of tables."""


def plain(value: Any) -> Any:
    """A value as what JSON has; a table is a list of its rows as dictionaries, an array a list of lists.

    Raises:
        InvalidParameter: It is of a class that JSON has nothing for, or two columns of a table have one name.
    """
    if type(value) in _READY:
        return value
    if isinstance(value, list | tuple):
        # Long lists of numbers and texts are most of what is written.
        return value if set(map(type, value)) <= _READY else [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {_key(key): plain(item) for key, item in value.items()}
    if is_a(value, *TABLES):
        names, columns = columns_of(value)
        if len(set(names)) < len(names):
            raise InvalidParameter(f"Several columns have one name, which JSON objects cannot have: {names[:20]}.")
        keys = [_key(name) for name in names]
        return [dict(zip(keys, row, strict=True)) for row in zip(*columns, strict=True)]
    if is_a(value, "numpy.ndarray", *TENSORS) or is_sparse(value):
        return _array(value)
    if is_a(value, "pandas.Series", "pandas.Index", "polars.Series", "pyarrow.Array", "pyarrow.ChunkedArray"):
        return column(value)
    return _single(value)


def columns_of(table: Any) -> tuple[list[Any], list[list[Any]]]:
    """The names of a table's columns, and the values of each as what JSON has."""
    if is_a(table, "pandas.DataFrame"):
        return table.columns.tolist(), [column(table.iloc[:, at]) for at in range(len(table.columns))]
    if is_a(table, "polars.DataFrame"):
        return list(table.columns), [column(table.get_column(name)) for name in table.columns]
    return list(table.schema.names), [column(values) for values in table.columns]


def column(values: Any) -> list[Any]:
    """The values of one column as what JSON has."""
    listed = values.to_pylist() if is_a(values, "pyarrow.Array", "pyarrow.ChunkedArray") else values.to_list()
    found: list[Any] = plain(listed)
    return found


def _key(key: Any) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, tuple):
        raise InvalidParameter(f"A key of JSON is a text; got {key!r}. Give the columns names of one level.")
    return str(key)


def _array(array: Any) -> Any:
    import numpy as np

    array = array.toarray() if is_sparse(array) else as_numpy(array)
    if array.dtype.kind == "m":
        raise InvalidParameter("JSON has no durations. Convert them to numbers, for example of seconds.")
    if array.dtype.kind == "M":
        texts: Any = np.datetime_as_string(array, unit="auto").astype(object)
        texts[np.isnat(array)] = None
        return texts.tolist()
    return array.tolist() if array.dtype.kind in "biufU" else plain(array.tolist())


def _single(value: Any) -> Any:
    if type(value).__name__ in {"NAType", "NaTType"}:
        return None
    if isinstance(value, dt.date):
        return value.isoformat()
    if is_a(value, "numpy.generic"):
        import numpy as np

        return _array(np.asarray(value))
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, decimal.Decimal):
        return float(value)
    # Subclasses, such as members of enumerations that are texts.
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    if callable(dump := getattr(value, "model_dump", None)):
        return plain(dump(mode="json"))
    raise InvalidParameter(
        f"A value of the class {type(value).__name__} is nothing that JSON has. Convert it to numbers, texts, lists or "
        "dictionaries."
    )
