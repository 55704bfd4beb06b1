"""Predictions as what scoring clients read.

In JSON, {"predictions": ...}: a table is a list of its rows as objects, and so is a pandas Series, whose values have the
key "0" where it has no name; arrays and lists are lists, dictionaries of arrays objects of lists. JSON has no NaN: it is
null, and so are the infinities. Arrow has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.base.optional import optional
from kiseki.models.plain import plain
from kiseki.types.containers import as_numpy, is_a, is_array, is_sparse

_encoder = msgspec.json.Encoder()


def encode_json(predictions: Any, *, wrapped: bool = True) -> bytes:
    """Predictions as JSON.

    Args:
        predictions: What a model answered.
        wrapped: Whether they stand under "predictions"; answers of chat models do not.

    Raises:
        InvalidParameter: JSON has nothing for them.
    """
    shaped = _table(predictions) if is_a(predictions, "pandas.Series", "polars.Series") else predictions
    found = plain(shaped)
    return _encoder.encode({"predictions": found} if wrapped else found)


def encode_arrow(predictions: Any) -> bytes:
    """Predictions as a stream of Arrow's IPC format: the table that `arrow_table` makes of them.

    Raises:
        InvalidParameter: They are nothing that a table holds.
        MissingDependency: pyarrow is not installed.
    """
    pa = optional("pyarrow", "An answer in Arrow's format")
    try:
        table = arrow_table(predictions)
    except InvalidParameter as error:
        raise InvalidParameter(f"{error} Ask for JSON.") from None
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    found: bytes = sink.getvalue().to_pybytes()
    return found


def arrow_table(predictions: Any) -> Any:
    """Predictions as a `pyarrow.Table`.

    Tables keep their columns. Arrays of one dimension, lists and single values are a column "predictions"; those of two
    have a column for each position, "0", "1" and so on; dictionaries have one for each key.

    Raises:
        InvalidParameter: They are nothing that a table holds.
        MissingDependency: pyarrow is not installed.
    """
    pa = optional("pyarrow", "Predictions as a table of Arrow's")
    try:
        return _arrow_table(predictions, pa)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, ValueError) as error:
        raise InvalidParameter(
            f"The predictions, of the class {type(predictions).__name__}, are no table of Arrow's: {error}."
        ) from None


def _table(series: Any) -> Any:
    """A column as a table of one: the key that MLflow gives its values is the name, or "0"."""
    if is_a(series, "pandas.Series"):
        return series.to_frame(0 if series.name is None else series.name)
    return series.to_frame(series.name or "0")


def _arrow_table(predictions: Any, pa: Any) -> Any:
    if is_a(predictions, "pyarrow.Table"):
        return predictions
    if is_a(predictions, "pyarrow.RecordBatch"):
        return pa.Table.from_batches([predictions])
    if is_a(predictions, "pandas.Series", "polars.Series"):
        predictions = _table(predictions)
    if is_a(predictions, "pandas.DataFrame"):
        return pa.Table.from_pandas(predictions.rename(columns=str), preserve_index=False)
    if is_a(predictions, "polars.DataFrame"):
        return predictions.to_arrow()
    if is_sparse(predictions):
        predictions = predictions.toarray()
    if is_array(predictions):
        return pa.table(_array_columns("predictions", predictions, pa))
    if isinstance(predictions, Mapping):
        columns: dict[str, Any] = {}
        for name, values in predictions.items():
            if is_array(values):
                columns |= _array_columns(str(name), values, pa)
            else:
                columns[str(name)] = pa.array(plain(values if isinstance(values, list | tuple) else [values]))
        return pa.table(columns)
    if isinstance(predictions, list | tuple) and predictions and all(isinstance(row, Mapping) for row in predictions):
        return pa.Table.from_pylist(plain(predictions))
    return pa.table(
        {"predictions": pa.array(plain(predictions if isinstance(predictions, list | tuple) else [predictions]))}
    )


def _array_columns(name: str, array: Any, pa: Any) -> dict[str, Any]:
    import numpy as np

    array = as_numpy(array)
    if array.ndim == 1:
        return {name: pa.array(array if array.dtype.kind not in "OUS" else array.tolist())}
    if array.ndim == 2 and name == "predictions":
        return {str(position): pa.array(np.ascontiguousarray(array[:, position])) for position in range(array.shape[1])}
    return {name: pa.array(array.tolist())}
