"""Forecasters of Prophet in its JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

from kiseki.base.errors import InvalidParameter
from kiseki.base.optional import optional
from kiseki.models.code import add_code
from kiseki.models.environment import default_conda_env
from kiseki.models.flavor import log_flavor
from kiseki.models.info import ModelInfo
from kiseki.models.load import local_model
from kiseki.models.members import member
from kiseki.models.mlmodel import Model
from kiseki.models.package import Parts, package
from kiseki.models.params import AcceptedParams
from kiseki.models.requirements import pin
from kiseki.models.signature import ModelSignature

FLAVOR_NAME: Final = "prophet"

_DATA: Final = "model.pr"


def get_default_pip_requirements() -> list[str]:
    """The requirements of a model of this flavor, as they are installed."""
    return [pin("prophet")]


def get_default_conda_env() -> dict[str, Any]:
    """A conda environment with the default requirements."""
    return default_conda_env(get_default_pip_requirements())


def save_model(
    pr_model: Any,
    path: str | Path,
    conda_env: Any = None,
    code_paths: Sequence[str | Path] | None = None,
    mlflow_model: Model | None = None,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    pip_requirements: str | Path | Sequence[str] | None = None,
    extra_pip_requirements: str | Path | Sequence[str] | None = None,
    metadata: dict[str, Any] | None = None,
    extra_files: Sequence[str | Path] | None = None,
) -> None:
    """Saves a forecaster as a model's folder.

    Args:
        pr_model: A `prophet.Prophet` that is fitted.
        path: Where the folder will be; missing or empty.
        conda_env: The environment, as a dictionary or the path of a YAML file.
        code_paths: Files and folders whose modules the model needs.
        mlflow_model: What is known of the model.
        signature: What the model takes and gives; inferred from the input example when None.
        input_example: A table with the column `ds`, the times to forecast, and those of the regressors.
        pip_requirements: The requirements, in place of those found out: lines, or the path of a file.
        extra_pip_requirements: Requirements besides those found out.
        metadata: Kept in the MLmodel.
        extra_files: Kept in the model's folder.

    Raises:
        InvalidParameter: The path is taken, or it is no fitted forecaster of Prophet.
        MissingDependency: Prophet is not installed.
    """
    prophet = optional("prophet", "Saving a model of Prophet")
    if not isinstance(pr_model, prophet.Prophet) or pr_model.history is None:
        raise InvalidParameter(
            f"pr_model is {type(pr_model).__name__}; expected a prophet.Prophet that fit() was called on."
        )
    with package(path, mlflow_model, parts=Parts.of(locals()), requirements=["prophet"]) as folder:
        file = folder.path / _DATA
        # The JSON of a text that is JSON itself, as MLflow reads it.
        text = optional("prophet.serialize", "Saving a model of Prophet").model_to_json(pr_model)
        file.write_text(json.dumps(text), encoding="utf-8")
        kind = type(pr_model).__name__
        folder.add_flavor(FLAVOR_NAME, data=file.name, model_type=kind, prophet_version=prophet.__version__)
        folder.add_pyfunc("mlflow.prophet", lambda: ProphetPredictor(pr_model), data=file.name)


def log_model(
    pr_model: Any,
    artifact_path: str | None = None,
    conda_env: Any = None,
    code_paths: Sequence[str | Path] | None = None,
    registered_model_name: str | None = None,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    await_registration_for: int | None = 300,
    pip_requirements: str | Path | Sequence[str] | None = None,
    extra_pip_requirements: str | Path | Sequence[str] | None = None,
    metadata: dict[str, Any] | None = None,
    extra_files: Sequence[str | Path] | None = None,
    name: str | None = None,
    params: dict[str, Any] | None = None,
    tags: dict[str, Any] | None = None,
    model_type: str | None = None,
    step: int = 0,
    model_id: str | None = None,
    **kwargs: Any,
) -> ModelInfo:
    """Logs a forecaster as a model of the active run, or of none.

    The arguments that `save_model` does not have are those of `kiseki.models.Model.log`.
    """
    return log_flavor(__name__, locals())


def load_model(model_uri: str | Path, dst_path: str | Path | None = None) -> Any:
    """Loads a forecaster that was saved with this flavor, by kiseki or by MLflow.

    Args:
        model_uri: `models:/m-…`, `runs:/<run id>/<path>`, a path, or the URI of a folder in a store.
        dst_path: Where to put what is fetched; a temporary folder when None.

    Raises:
        NotFound: There is no such model, or it is of another flavor.
        IntegrityError: A file is missing or is not what was saved; the message names it.
        InvalidParameter: The installed Prophet cannot read it.
        MissingDependency: Prophet is not installed.
    """
    return _read(local_model(model_uri, dst_path))


def _load_pyfunc(path: str) -> ProphetPredictor:
    """What `kiseki.pyfunc.load_model` calls for a model of this flavor; the path is that of its data."""
    return ProphetPredictor(_read(Path(path).parent))


class ProphetPredictor:
    """A forecaster as `kiseki.pyfunc` calls it.

    Args:
        pr_model: The forecaster.
    """

    def __init__(self, pr_model: Any) -> None:
        self.pr_model = pr_model
        self._accepted = AcceptedParams(pr_model.predict)

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """A table with `ds`, `yhat` and the components of the forecast, and their bounds where uncertainty is sampled.

        Args:
            data: A table with the column `ds`, the times to forecast, and those of the model's regressors.
            params: Further arguments of Prophet's own `predict`.

        Raises:
            InvalidParameter: There is no column `ds`.
        """
        columns = [*getattr(data, "columns", ())]
        if "ds" not in columns:
            given = f"has the columns {columns}" if columns else f"is of type {type(data).__name__}"
            raise InvalidParameter(f"The input {given}; expected a table with the column 'ds', the times to forecast.")
        return self.pr_model.predict(data, **self._accepted.of(params))

    def get_raw_model(self) -> Any:
        """The forecaster."""
        return self.pr_model


def _read(folder: Path) -> Any:
    facts = Model.load(folder).flavor(FLAVOR_NAME)
    prophet = optional("prophet", "Loading a model of Prophet")
    serialize = optional("prophet.serialize", "Loading a model of Prophet")
    add_code(folder, facts.get("code"))
    file = member(folder, facts.get("data", _DATA), "the model")
    try:
        return serialize.model_from_json(json.loads(file.read_text(encoding="utf-8")))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InvalidParameter(
            f"Prophet {prophet.__version__} cannot load {file.name!r}, which Prophet {facts.get('prophet_version')} wrote: "
            f"{type(error).__name__}: {error}. It is damaged, or needs what the model's requirements.txt lists."
        ) from error
