"""A model of the real mlflow that answers what it was called with, to see what mlflow makes of inputs."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import scipy.sparse as sp

REFUSED = "refused"


class Answer:
    """What it is called with, which the scoring server would have to write as JSON and so is kept here, too."""

    calls: ClassVar[list[tuple[Any, Any]]] = []

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        self.calls[:] = [(data, params)]
        return data, params


def _load_pyfunc(_path: str) -> Answer:
    return Answer()


class Echo:
    """The real mlflow's `PyFuncModel` around a function that answers its input and parameters.

    Args:
        folder: Where the model is saved.
    """

    def __init__(self, folder: Path) -> None:
        import mlflow

        with quiet():
            # This module is the model: mlflow asks `_load_pyfunc` for it.
            mlflow.pyfunc.save_model(folder, loader_module=__name__, pip_requirements=[])
            self.model = mlflow.pyfunc.load_model(str(folder))

    def sign(self, inputs: str | None, params: str | None = None) -> None:
        """Gives the model a signature: JSON of its inputs, and of its parameters."""
        from mlflow.models import ModelSignature
        from mlflow.types import ParamSchema, Schema

        self.model.metadata.signature = ModelSignature(
            inputs=Schema.from_json(inputs) if inputs else None,
            outputs=Schema.from_json('[{"type": "any"}]'),
            params=ParamSchema.from_json(params) if params else None,
        )

    def unsign(self) -> None:
        """Takes the signature away."""
        self.model.metadata.signature = None

    def inputs(self, data: Any) -> str:
        """What the model is called with, described; `REFUSED` when mlflow refuses the data."""
        return described(self._answer(data)[0])

    def params(self, params: Any) -> Any:
        """The parameters that the model is called with; `REFUSED` when mlflow refuses them."""
        return self._answer([1], params)[1]

    def request(self, body: bytes, content_type: str) -> tuple[str, Any]:
        """What the model is called with by mlflow's scoring server; `REFUSED` when that refuses the request."""
        from mlflow.pyfunc import scoring_server

        Answer.calls.clear()
        text = body if "parquet" in content_type else body.decode()
        with quiet(), suppress(Exception):
            scoring_server.invocations(text, content_type, self.model, self.model.metadata.get_input_schema())
        return (described(Answer.calls[0][0]), Answer.calls[0][1] or {}) if Answer.calls else (REFUSED, {})

    def _answer(self, data: Any, params: Any = None) -> Any:
        with quiet():
            try:
                return self.model.predict(data, params)
            except Exception:
                return REFUSED, REFUSED


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps mlflow's log and warnings to itself."""
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)


def described(data: Any) -> str:
    """Data with its classes, dtypes, shapes and values, in a line."""
    if isinstance(data, pd.DataFrame):
        columns = [f"{name}: {data.dtypes.iloc[at]}" for at, name in enumerate(data.columns)]
        return f"frame {', '.join(columns)} {cells(data)}"
    if isinstance(data, np.ndarray):
        return f"array {data.dtype} {data.tolist()}"
    if isinstance(data, dict):
        return "{" + ", ".join(f"{name!r}: {described(value)}" for name, value in data.items()) + "}"
    if sp.issparse(data):
        return f"sparse {data.format} {data.dtype} {data.toarray().tolist()}"
    return data if data == REFUSED else f"{type(data).__name__} {data!r}"


def cells(frame: pd.DataFrame) -> list[list[Any]]:
    """The rows of a table, with arrays in them as lists and every missing value as None."""
    columns = [[cell(value) for value in frame.iloc[:, at].tolist()] for at in range(len(frame.columns))]
    return [list(row) for row in zip(*columns, strict=True)]


def cell(value: Any) -> Any:
    """A cell of a table as it is printed."""
    if isinstance(value, np.ndarray) and not value.ndim:
        value = value.item()
    if isinstance(value, list | np.ndarray):
        return [cell(item) for item in value]
    if isinstance(value, dict):
        return {key: cell(item) for key, item in value.items()}
    if isinstance(value, np.generic):
        value = value.item()
    return None if not isinstance(value, str | bytes) and pd.isna(value) else value
