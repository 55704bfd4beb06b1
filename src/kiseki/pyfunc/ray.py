"""Models as functions of Ray Data's batches."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from kiseki.base.errors import InvalidParameter
from kiseki.base.optional import optional
from kiseki.models.load import local_model
from kiseki.pyfunc.batches import BatchPredictor, Keep, rows_told, told_in
from kiseki.pyfunc.loading import load_model
from kiseki.pyfunc.packed import pack, unpack
from kiseki.types.containers import is_a


def ray_udf(
    model_uri: str | Path,
    params: dict[str, Any] | None = None,
    *,
    keep: Keep = (),
    model_config: str | Path | dict[str, Any] | None = None,
) -> type:
    """Returns a class for `Dataset.map_batches`, each of whose actors loads the model once.

        data = ray.data.read_parquet("s3://bucket/rows")
        data.map_batches(kiseki.pyfunc.ray_udf(model_uri, keep=["id"]), concurrency=4).write_parquet("s3://bucket/scores")

    The model travels through Ray's object store, so that only this process needs to reach it; it stays there as long as
    the cluster does. The workers need kiseki and the model's libraries: `runtime_env={"pip":
    kiseki.pyfunc.get_model_dependencies(model_uri)}` of `map_batches` or `ray.init` installs them. Ray has to be started.

    Batches of every `batch_format` are taken, and tables of Arrow come back, with the columns of `predict_batches`. Arrays
    of several dimensions are what NumPy's batches are for.

    Args:
        model_uri: `models:/m-…`, `runs:/<run id>/<path>`, a path, or the URI of a folder in a store.
        params: Params of the signature.
        keep: The columns of the input that stand before the predictions: their names, or "all".
        model_config: As for `load_model`.

    Raises:
        NotFound: There is no such model.
        InvalidParameter: `ray.init()` was not called.
        MissingDependency: Ray is not installed.
    """
    ray = optional("ray", "ray_udf", "ray[data]")
    if not ray.is_initialized():
        raise InvalidParameter("Ray is not started in this process. Call ray.init() first, with the cluster's address.")
    written = io.BytesIO()
    pack(local_model(model_uri), written)
    sent = ray.put(written.getvalue())

    # A class of this function goes to the workers by value, with what it refers to.
    class ModelOnRay:
        def __init__(self) -> None:
            from kiseki.pyfunc.ray import Actor

            self._actor = Actor(ray.get(sent), params, keep, model_config)

        def __call__(self, batch: Any) -> Any:
            return self._actor.predict(batch)

    return ModelOnRay


class Actor:
    """A model in a worker, which answers batches of Ray Data.

    Args:
        packed: The model's folder.
        params: Params of its signature.
        keep: The columns that stand before the predictions.
        model_config: As for `load_model`.
    """

    def __init__(
        self,
        packed: bytes,
        params: dict[str, Any] | None,
        keep: Keep,
        model_config: str | Path | dict[str, Any] | None,
    ) -> None:
        model = load_model(unpack(io.BytesIO(packed)), model_config=model_config)
        self._predictor = BatchPredictor(model, params, keep)

    def predict(self, batch: Any) -> Any:
        """A `pyarrow.Table` of predictions.

        Raises:
            InvalidParameter: As `predict_batches`; rows are counted from the batch's first.
        """
        table = _table(batch)
        if not table.num_rows:
            return self._predictor.empty(table.schema)
        with told_in(f"{rows_told(0, table.num_rows)} of a batch"):
            return self._predictor.predict(table)


def _table(batch: Any) -> Any:
    """A batch of any of Ray's formats as a table of Arrow's."""
    pa = optional("pyarrow", "Batches of Ray")
    if is_a(batch, "pyarrow.Table"):
        return batch
    if is_a(batch, "pandas.DataFrame"):
        return pa.Table.from_pandas(batch, preserve_index=False)
    columns = cast("Mapping[str, Any]", batch)
    return pa.table({name: _column(array, pa) for name, array in columns.items()})


def _column(array: Any, pa: Any) -> Any:
    """A column of arrays, whose first dimension are the rows, as lists of lists on the same memory."""
    if array.ndim == 1:
        return pa.array(array)
    found = pa.array(array.ravel())
    for length in reversed(array.shape[1:]):
        found = pa.FixedSizeListArray.from_arrays(found, length)
    return found
