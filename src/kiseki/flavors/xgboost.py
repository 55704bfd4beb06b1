"""XGBoost's boosters and its estimators with scikit-learn's interface, in XGBoost's own formats."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
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

FLAVOR_NAME: Final = "xgboost"

FORMATS: Final = ("ubj", "json")
"""What `model_format` can be. The binary format "xgb" of older versions is read where the installed XGBoost still can."""

Format = Literal["ubj", "json"]

_BOOSTER: Final = "xgboost.core.Booster"


def get_default_pip_requirements() -> list[str]:
    """The requirements of a model of this flavor, as they are installed."""
    return [pin("xgboost")]


def get_default_conda_env() -> dict[str, Any]:
    """A conda environment with the default requirements."""
    return default_conda_env(get_default_pip_requirements())


def save_model(
    xgb_model: Any,
    path: str | Path,
    conda_env: Any = None,
    code_paths: Sequence[str | Path] | None = None,
    mlflow_model: Model | None = None,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    pip_requirements: str | Path | Sequence[str] | None = None,
    extra_pip_requirements: str | Path | Sequence[str] | None = None,
    model_format: Format = "ubj",
    metadata: dict[str, Any] | None = None,
    extra_files: Sequence[str | Path] | None = None,
    **kwargs: Any,
) -> None:
    """Saves a booster or an estimator as a model's folder.

    Args:
        xgb_model: An `xgboost.Booster`, or an estimator such as `xgboost.XGBClassifier`.
        path: Where the folder will be; missing or empty.
        conda_env: The environment, as a dictionary or the path of a YAML file.
        code_paths: Files and folders whose modules the model needs.
        mlflow_model: What is known of the model.
        signature: What the model takes and gives; inferred from the input example when None.
        input_example: Input that the model predicts for.
        pip_requirements: The requirements, in place of those found out: lines, or the path of a file.
        extra_pip_requirements: Requirements besides those found out.
        model_format: "ubj" or "json"; neither runs a program when it is loaded.
        metadata: Kept in the MLmodel.
        extra_files: Kept in the model's folder.
        **kwargs: Further arguments of the model's own `save_model`.

    Raises:
        InvalidParameter: The path is taken, the format is unknown, or it is no model of XGBoost.
        MissingDependency: XGBoost is not installed.
    """
    xgboost = optional("xgboost", "Saving a model of XGBoost")
    if model_format not in FORMATS:
        raise InvalidParameter(f"model_format is {model_format!r}; expected one of {list(FORMATS)}.")
    is_booster = isinstance(xgb_model, xgboost.Booster)
    if not is_booster and not _is_estimator(type(xgb_model)):
        raise InvalidParameter(
            f"xgb_model is of type {type(xgb_model).__name__}; expected an xgboost.Booster or one of XGBoost's estimators, such "
            "as XGBClassifier."
        )
    known = ["xgboost"] if is_booster else ["xgboost", "scikit-learn"]
    with package(path, mlflow_model, parts=Parts.of(locals()), requirements=known) as folder:
        file = folder.path / f"model.{model_format}"
        xgb_model.save_model(str(file), **kwargs)
        home = type(xgb_model)
        folder.refer_to({home.__module__, *(["pyarrow"] if _categories(xgb_model) else [])})
        folder.add_flavor(
            FLAVOR_NAME,
            data=file.name,
            model_class=f"{home.__module__}.{home.__qualname__}",
            model_format=model_format,
            xgb_version=xgboost.__version__,
        )
        folder.add_pyfunc("mlflow.xgboost", lambda: XGBoostPredictor(xgb_model), data=file.name)


def log_model(
    xgb_model: Any,
    artifact_path: str | None = None,
    conda_env: Any = None,
    code_paths: Sequence[str | Path] | None = None,
    registered_model_name: str | None = None,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    await_registration_for: int | None = 300,
    pip_requirements: str | Path | Sequence[str] | None = None,
    extra_pip_requirements: str | Path | Sequence[str] | None = None,
    model_format: Format = "ubj",
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
    """Logs a booster or an estimator as a model of the active run, or of none.

    The arguments that `save_model` does not have are those of `kiseki.models.Model.log`.
    """
    return log_flavor(__name__, locals())


def load_model(model_uri: str | Path, dst_path: str | Path | None = None) -> Any:
    """Loads a booster or an estimator that was saved with this flavor, by kiseki or by MLflow.

    Args:
        model_uri: `models:/m-…`, `runs:/<run id>/<path>`, a path, or the URI of a folder in a store.
        dst_path: Where to put what is fetched; a temporary folder when None.

    Raises:
        NotFound: There is no such model, or it is of another flavor.
        IntegrityError: A file is missing or is not what was saved; the message names it.
        InvalidParameter: The installed XGBoost cannot read it.
        MissingDependency: XGBoost is not installed.
    """
    return _read(local_model(model_uri, dst_path))


def _load_pyfunc(path: str) -> XGBoostPredictor:
    """What `kiseki.pyfunc.load_model` calls for a model of this flavor; the path is that of its data."""
    return XGBoostPredictor(_read(Path(path).parent))


class XGBoostPredictor:
    """A booster or an estimator as `kiseki.pyfunc` calls it.

    XGBoost 3.1 and later keep the names of categories in the model. Columns of a table that have categories may then hold
    texts or numbers, as they come in JSON, and every value is looked up: XGBoost itself takes one that it has not been
    trained with for another. That needs PyArrow, which is among the requirements of such a model.

    Args:
        xgb_model: The model.
    """

    def __init__(self, xgb_model: Any) -> None:
        self.xgb_model = xgb_model
        self._accepted = AcceptedParams(xgb_model.predict)
        self._is_estimator = hasattr(xgb_model, "get_booster")
        self._categories = _categories(xgb_model)

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """The model's output; params are further arguments of its own `predict`.

        Raises:
            InvalidParameter: A column of categories has one that the training did not have.
        """
        arguments = self._accepted.of(params)
        if self._categories and hasattr(data, "iloc"):
            data = _coded(data, self._categories)
        if self._is_estimator:
            return self.xgb_model.predict(data, **arguments)
        if not hasattr(data, "columns"):
            # An array has no names to compare with the model's.
            arguments.setdefault("validate_features", False)
        matrix = import_module("xgboost").DMatrix(data, enable_categorical=True)
        return self.xgb_model.predict(matrix, **arguments)

    def get_raw_model(self) -> Any:
        """The booster or estimator."""
        return self.xgb_model


def _categories(xgb_model: Any) -> dict[str, list[Any]]:
    """The categories of each feature that has some, as far as XGBoost knows them."""
    booster = xgb_model.get_booster() if hasattr(xgb_model, "get_booster") else xgb_model
    if not hasattr(booster, "get_categories") or booster.get_categories().empty() or find_spec("pyarrow") is None:
        return {}
    found = booster.get_categories(export_to_arrow=True).to_arrow()
    return {name: known.to_pylist() for name, known in found if known is not None}


def _coded(table: Any, categories: Mapping[str, list[Any]]) -> Any:
    """A table whose columns of categories have those of the training."""
    types = {}
    for name in table.columns:
        known = categories.get(str(name))
        if known is None:
            continue
        column = table[name]
        others = column[column.notna() & ~column.isin(known)]
        if len(others):
            raise InvalidParameter(
                f"The column {name!r} has {others.iloc[0]!r}, which is none of the {len(known)} categories that the model was "
                f"trained with: {', '.join(map(repr, known[:10]))}{', …' if len(known) > 10 else ''}."
            )
        types[name] = import_module("pandas").CategoricalDtype(known)
    return table.astype(types)


def _is_estimator(kind: type) -> bool:
    # XGBoost has its estimators only where scikit-learn is installed.
    base = getattr(sys.modules.get("xgboost.sklearn"), "XGBModel", None)
    return base is not None and issubclass(kind, base)


def _read(folder: Path) -> Any:
    facts = Model.load(folder).flavor(FLAVOR_NAME)
    xgboost = optional("xgboost", "Loading a model of XGBoost")
    add_code(folder, facts.get("code"))
    # MLflow 1 has models without these keys.
    file = member(folder, facts.get("data", "model.xgb"), "the model")
    model = _class(str(facts.get("model_class", _BOOSTER)))()
    try:
        model.load_model(str(file))
    except (xgboost.core.XGBoostError, ValueError) as error:
        raise InvalidParameter(
            f"XGBoost {xgboost.__version__} cannot read {file.name!r}, which XGBoost {facts.get('xgb_version', '(unknown)')} "
            f"wrote: {str(error).partition('Stack trace')[0].strip()}"
        ) from error
    return model


def _class(name: str) -> Any:
    """The class of a model; one of XGBoost's, or derived from one."""
    module, _, attribute = name.rpartition(".")
    try:
        found = getattr(import_module(module), attribute, None) if module else None
    except ImportError as error:
        raise InvalidParameter(
            f"The model is a {name}, which cannot be imported here: {error}. Install what the model's requirements.txt lists, "
            "or log the model with code_paths that hold the module."
        ) from error
    booster = import_module("xgboost").Booster
    if not isinstance(found, type) or not (issubclass(found, booster) or _is_estimator(found)):
        raise InvalidParameter(f"The MLmodel's model_class is {name!r}, which is no class of models of XGBoost.")
    return found
