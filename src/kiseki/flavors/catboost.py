"""CatBoost's models, in CatBoost's own formats."""

from __future__ import annotations

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

FLAVOR_NAME: Final = "catboost"

FORMATS: Final = ("cbm", "json", "onnx", "coreml")
"""What CatBoost can write and read again; its other formats, such as "cpp" and "pmml", it only writes."""

TYPES: Final = ("CatBoostClassifier", "CatBoostRegressor", "CatBoostRanker", "CatBoost")
"""Classes of models, the more special before the more general."""

_FILE: Final = "model.cb"


def get_default_pip_requirements() -> list[str]:
    """The requirements of a model of this flavor, as they are installed."""
    return [pin("catboost")]


def get_default_conda_env() -> dict[str, Any]:
    """A conda environment with the default requirements."""
    return default_conda_env(get_default_pip_requirements())


def save_model(
    cb_model: Any,
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
    **kwargs: Any,
) -> None:
    """Saves a model of CatBoost as a model's folder.

    Args:
        cb_model: A `catboost.CatBoost`, `CatBoostClassifier`, `CatBoostRegressor` or `CatBoostRanker`.
        path: Where the folder will be; missing or empty.
        conda_env: The environment, as a dictionary or the path of a YAML file.
        code_paths: Files and folders whose modules the model needs.
        mlflow_model: What is known of the model.
        signature: What the model takes and gives; inferred from the input example when None.
        input_example: Input that the model predicts for.
        pip_requirements: The requirements, in place of those found out: lines, or the path of a file.
        extra_pip_requirements: Requirements besides those found out.
        metadata: Kept in the MLmodel.
        extra_files: Kept in the model's folder.
        **kwargs: Further arguments of the model's own `save_model`, such as `format` ("cbm" unless it is given).

    Raises:
        InvalidParameter: The path is taken, CatBoost cannot read the format again, or it is no model of CatBoost.
        MissingDependency: CatBoost is not installed.
    """
    catboost = optional("catboost", "Saving a model of CatBoost")
    kind = next((name for name in TYPES if isinstance(cb_model, getattr(catboost, name))), None)
    if kind is None:
        raise InvalidParameter(
            f"cb_model is of type {type(cb_model).__name__}; expected a model of CatBoost, such as CatBoostClassifier."
        )
    chosen = kwargs.get("format", "cbm")
    if chosen not in FORMATS:
        raise InvalidParameter(f"format is {chosen!r}; CatBoost reads {list(FORMATS)} again, and none of the others.")
    with package(path, mlflow_model, parts=Parts.of(locals()), requirements=["catboost"]) as folder:
        cb_model.save_model(str(folder.path / _FILE), **kwargs)
        folder.add_flavor(
            FLAVOR_NAME,
            data=_FILE,
            model_type=kind,
            save_format=chosen,
            catboost_version=catboost.__version__,
        )
        folder.add_pyfunc("mlflow.catboost", lambda: CatBoostPredictor(cb_model), data=_FILE)


def log_model(
    cb_model: Any,
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
    """Logs a model of CatBoost as a model of the active run, or of none.

    The arguments that `save_model` does not have are those of `kiseki.models.Model.log`.
    """
    return log_flavor(__name__, locals())


def load_model(model_uri: str | Path, dst_path: str | Path | None = None) -> Any:
    """Loads a model of CatBoost that was saved with this flavor, by kiseki or by MLflow.

    Args:
        model_uri: `models:/m-…`, `runs:/<run id>/<path>`, a path, or the URI of a folder in a store.
        dst_path: Where to put what is fetched; a temporary folder when None.

    Raises:
        NotFound: There is no such model, or it is of another flavor.
        IntegrityError: A file is missing or is not what was saved; the message names it.
        InvalidParameter: The installed CatBoost cannot read it.
        MissingDependency: CatBoost is not installed.
    """
    return _read(local_model(model_uri, dst_path))


def _load_pyfunc(path: str) -> CatBoostPredictor:
    """What `kiseki.pyfunc.load_model` calls for a model of this flavor; the path is that of its data."""
    return CatBoostPredictor(_read(Path(path).parent))


class CatBoostPredictor:
    """A model of CatBoost as `kiseki.pyfunc` calls it.

    Args:
        cb_model: The model.
    """

    def __init__(self, cb_model: Any) -> None:
        self.cb_model = cb_model
        self._accepted = AcceptedParams(cb_model.predict)

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """The model's output; params are further arguments of its own `predict`, such as `prediction_type`."""
        return self.cb_model.predict(data, **self._accepted.of(params))

    def get_raw_model(self) -> Any:
        """The model."""
        return self.cb_model


def _read(folder: Path) -> Any:
    facts = Model.load(folder).flavor(FLAVOR_NAME)
    catboost = optional("catboost", "Loading a model of CatBoost")
    add_code(folder, facts.get("code"))
    file = member(folder, facts.get("data", _FILE), "the model")
    kind, chosen = facts.get("model_type"), facts.get("save_format", "cbm")
    if kind not in TYPES or chosen not in FORMATS:
        raise InvalidParameter(
            f"The MLmodel's model_type is {kind!r} and its save_format {chosen!r}; expected one of {list(TYPES)} and one of "
            f"{list(FORMATS)}."
        )
    model = getattr(catboost, kind)()
    try:
        model.load_model(str(file), format=chosen)
    except catboost.CatBoostError as error:
        raise InvalidParameter(
            f"CatBoost {catboost.__version__} cannot read {file.name!r}, which CatBoost "
            f"{facts.get('catboost_version', '(unknown)')} wrote: {error}"
        ) from error
    return model
