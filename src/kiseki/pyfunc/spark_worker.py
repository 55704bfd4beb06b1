"""What a worker of Spark does for `kiseki.pyfunc.spark_udf`."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.base.optional import optional
from kiseki.pyfunc.batches import BatchPredictor, rows_told, told_in
from kiseki.pyfunc.loading import load_model
from kiseki.pyfunc.piped import Loading, PipedModel
from kiseki.pyfunc.predicting import python_for
from kiseki.pyfunc.results import result
from kiseki.types.containers import is_a

_KEPT: Final = 4
"""So many models stay in a worker."""


class Task(msgspec.Struct, frozen=True):
    """A model, and how it predicts.

    Args:
        name: The folder of the model among the files of Spark's session.
        names: The columns of the signature; None where they have no names.
        env_manager: Where the model runs.
        params: Params of its signature.
        model_config: In place of values that it was saved with.
        variables: Environment variables of the worker.
    """

    name: str
    names: list[str] | None
    env_manager: str
    params: dict[str, Any] | None
    model_config: dict[str, Any] | None
    variables: dict[str, str]


class _Predictor(Protocol):
    def predict(self, table: Any) -> Any:
        """A table of predictions for a table."""


_loaded: dict[bytes, tuple[Task, _Predictor]] = {}


def answer(encoded: bytes, columns: Sequence[Any], wanted: Any) -> Any:
    """The predictions for a batch of rows, of the type that is asked for.

    Args:
        encoded: A `Task`.
        columns: What Spark calls a function with: arrays of Arrow, or columns and tables of pandas.
        wanted: The `pyarrow.DataType` of the result.

    Returns:
        An array of Arrow, or a column or a table of pandas, as the columns are.

    Raises:
        InvalidParameter: The columns are not as the signature says, the model failed, or it answered nothing of the type.
    """
    if encoded not in _loaded:
        while len(_loaded) >= _KEPT:
            _, oldest = _loaded.pop(next(iter(_loaded)))
            if isinstance(oldest, PipedModel):
                oldest.close()
        task = msgspec.msgpack.decode(encoded, type=Task)
        _loaded[encoded] = task, _load(task)
    task, predictor = _loaded[encoded]
    pa = optional("pyarrow", "spark_udf")
    of_arrow = is_a(columns[0], "pyarrow.Array")
    arrays = [column if of_arrow else _of_pandas(column, pa) for column in columns]
    table = _table(arrays, task.names, pa)
    if not table.num_rows:
        found = pa.array([], wanted)
    else:
        with told_in(f"{rows_told(0, table.num_rows)} of a batch"):
            found = result(predictor.predict(table), wanted)
    if of_arrow:
        return found
    # Spark makes a table of pandas of a struct; gaps among whole numbers are to stay gaps.
    return (
        pa.Table.from_struct_array(found).to_pandas(integer_object_nulls=True)
        if pa.types.is_struct(wanted)
        else found.to_pandas(integer_object_nulls=True)
    )


def _load(task: Task) -> _Predictor:
    os.environ.update(task.variables)
    files = optional("pyspark", "spark_udf").SparkFiles
    folder = Path(files.get(task.name))
    if task.env_manager != "local":
        loading = Loading(str(folder), task.params, task.model_config)
        return PipedModel(python_for(folder, task.env_manager, further=["pyarrow"]), task.env_manager, loading)
    try:
        model = load_model(folder, suppress_warnings=True, model_config=task.model_config)
    except ImportError as error:
        raise InvalidParameter(
            f"The Python of a Spark worker, {sys.executable} on {platform.node()}, lacks a library of the model: {error} Or use "
            "env_manager='uv', which makes an environment of the model's own on each machine."
        ) from error
    return BatchPredictor(model, task.params)


def _table(arrays: list[Any], names: list[str] | None, pa: Any) -> Any:
    """The columns by their names: those of a struct, else those of the signature in its order, else their places."""
    if len(arrays) == 1 and pa.types.is_struct(arrays[0].type):
        return pa.RecordBatch.from_struct_array(arrays[0])
    if names is not None:
        arrays = arrays[: len(names)]
    called = [str(place) if names is None else names[place] for place in range(len(arrays))]
    return pa.RecordBatch.from_arrays(arrays, names=called)


def _of_pandas(column: Any, pa: Any) -> Any:
    if is_a(column, "pandas.DataFrame"):
        return pa.Table.from_pandas(column, preserve_index=False).to_struct_array().combine_chunks()
    found = pa.Array.from_pandas(column)
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
