"""LightGBM's boosters in its text format, and its estimators with scikit-learn's interface in skops' format."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
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
from kiseki.models.pickles import dump_pickle, load_pickle, modules_in
from kiseki.models.requirements import pin
from kiseki.models.signature import ModelSignature
from kiseki.models.skops import dump_skops, load_skops, modules_in_skops

FLAVOR_NAME: Final = "lightgbm"
SUPPORTED_SERIALIZATION_FORMATS: Final = ("skops", "pickle", "cloudpickle")

Format = Literal["skops", "pickle", "cloudpickle"]

OWN_TYPES: Final = (
    "collections.OrderedDict",
    "lightgbm.basic.Booster",
    "lightgbm.sklearn.LGBMClassifier",
    "lightgbm.sklearn.LGBMRegressor",
)
"""What skops may make for any model of this flavor: plain data, and a booster that reads its own text format."""

RANKER: Final = "lightgbm.sklearn.LGBMRanker"
"""As the types above; MLflow has it named by the user."""

_BOOSTER: Final = "lightgbm.basic.Booster"
_BOOSTER_FILE: Final = "model.lgb"
_INSTEAD: Final = "save it with serialization_format='skops'"


def get_default_pip_requirements(include_cloudpickle: bool = False, include_skops: bool = False) -> list[str]:
    """The requirements of a model of this flavor, as they are installed."""
    further = [*(["cloudpickle"] if include_cloudpickle else []), *(["skops"] if include_skops else [])]
    return [pin(name) for name in ("lightgbm", *further)]


def get_default_conda_env(include_cloudpickle: bool = False, include_skops: bool = False) -> dict[str, Any]:
    """A conda environment with the default requirements."""
    return default_conda_env(get_default_pip_requirements(include_cloudpickle, include_skops))


def save_model(
    lgb_model: Any,
    path: str | Path,
    conda_env: Any = None,
    code_paths: Sequence[str | Path] | None = None,
    mlflow_model: Model | None = None,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    pip_requirements: str | Path | Sequence[str] | None = None,
    extra_pip_requirements: str | Path | Sequence[str] | None = None,
    metadata: dict[str, Any] | None = None,
    serialization_format: Format | None = None,
    skops_trusted_types: Sequence[str] | None = None,
    extra_files: Sequence[str | Path] | None = None,
    **kwargs: Any,
) -> None:
    """Saves a booster or an estimator as a model's folder.

    Args:
        lgb_model: A `lightgbm.Booster`, or an estimator such as `lightgbm.LGBMClassifier`.
        path: Where the folder will be; missing or empty.
        conda_env: The environment, as a dictionary or the path of a YAML file.
        code_paths: Files and folders whose modules the model needs.
        mlflow_model: What is known of the model.
        signature: What the model takes and gives; inferred from the input example when None.
        input_example: Input that the model predicts for.
        pip_requirements: The requirements, in place of those found out: lines, or the path of a file.
        extra_pip_requirements: Requirements besides those found out.
        metadata: Kept in the MLmodel.
        serialization_format: Of an estimator. "skops", which runs no program when it is loaded; "cloudpickle" or "pickle" for
            what skops cannot write, such as one with an objective of the user's. A booster is always LightGBM's text.
        skops_trusted_types: Types that skops may make besides LightGBM's own when the model is loaded.
        extra_files: Kept in the model's folder.
        **kwargs: Further arguments of a booster's own `save_model`, such as `num_iteration`.

    Raises:
        InvalidParameter: The path is taken, the format is unknown or cannot hold the model, or it is no model of LightGBM.
        MissingDependency: LightGBM, or skops or cloudpickle, is not installed.
    """
    lightgbm = optional("lightgbm", "Saving a model of LightGBM")
    chosen = serialization_format or "skops"
    if chosen not in SUPPORTED_SERIALIZATION_FORMATS:
        raise InvalidParameter(
            f"Unrecognized serialization format: {chosen}. Please specify one of the following supported formats: "
            f"{list(SUPPORTED_SERIALIZATION_FORMATS)}."
        )
    is_booster = isinstance(lgb_model, lightgbm.Booster)
    if not is_booster and not _is_estimator(type(lgb_model)):
        raise InvalidParameter(
            f"lgb_model is of type {type(lgb_model).__name__}; expected a lightgbm.Booster or one of LightGBM's estimators, "
            "such as LGBMClassifier."
        )
    if kwargs and not is_booster:
        raise InvalidParameter(f"save_model() of an estimator of LightGBM takes no {', '.join(sorted(kwargs))}.")
    home = f"{type(lgb_model).__module__}.{type(lgb_model).__qualname__}"
    trusted = None if skops_trusted_types is None else [*skops_trusted_types]
    if chosen == "skops":
        own = [*OWN_TYPES, RANKER] if home == RANKER else OWN_TYPES
        trusted = sorted({*own, *(trusted or ())})
    with package(
        path, mlflow_model, parts=Parts.of(locals()), requirements=_distributions(is_booster, chosen)
    ) as folder:
        if is_booster:
            file = folder.path / _BOOSTER_FILE
            lgb_model.save_model(str(file), **kwargs)
            folder.refer_to({type(lgb_model).__module__})
        elif chosen == "skops":
            file = folder.path / "model.skops"
            dump_skops(lgb_model, file, trusted or ())
            folder.refer_to(modules_in_skops(file))
        else:
            file = folder.path / "model.pkl"
            dump_pickle(lgb_model, file, by_value=chosen == "cloudpickle")
            folder.refer_to(modules_in(file))
        folder.add_flavor(
            FLAVOR_NAME,
            data=file.name,
            lgb_version=lightgbm.__version__,
            model_class=home,
            serialization_format=chosen,
            skops_trusted_types=trusted,
        )
        folder.add_pyfunc("mlflow.lightgbm", lambda: LightGBMPredictor(lgb_model), data=file.name)


def log_model(
    lgb_model: Any,
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
    serialization_format: Format | None = None,
    skops_trusted_types: Sequence[str] | None = None,
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
        PermissionDenied: It is to be unpickled, and KISEKI_ALLOW_PICKLE_DESERIALIZATION is false.
        InvalidParameter: The installed LightGBM cannot read it.
        MissingDependency: LightGBM is not installed.
    """
    return _read(local_model(model_uri, dst_path))


def _load_pyfunc(path: str) -> LightGBMPredictor:
    """What `kiseki.pyfunc.load_model` calls for a model of this flavor; the path is that of its data."""
    return LightGBMPredictor(_read(Path(path).parent))


class LightGBMPredictor:
    """A booster or an estimator as `kiseki.pyfunc` calls it.

    Columns of categories may hold texts, as they come in JSON: LightGBM keeps the names of categories in the model, and
    takes one that it has not been trained with for a missing value.

    Args:
        lgb_model: The model.
    """

    def __init__(self, lgb_model: Any) -> None:
        self.lgb_model = lgb_model
        self._accepted = AcceptedParams(lgb_model.predict)
        booster = getattr(lgb_model, "booster_", lgb_model)
        self._has_categories = bool(booster.pandas_categorical)

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """The model's output; params are further arguments of its own `predict`."""
        if self._has_categories and hasattr(data, "iloc"):
            texts = [name for name, kind in data.dtypes.items() if kind.kind in "OU"]
            data = data.astype(dict.fromkeys(texts, "category"))
        return self.lgb_model.predict(data, **self._accepted.of(params))

    def get_raw_model(self) -> Any:
        """The booster or estimator."""
        return self.lgb_model


def _distributions(is_booster: bool, chosen: Format) -> list[str]:
    further = {"skops": ["skops"], "cloudpickle": ["cloudpickle"], "pickle": []}[chosen]
    return ["lightgbm"] if is_booster else ["lightgbm", "scikit-learn", *further]


def _is_estimator(kind: type) -> bool:
    return issubclass(kind, import_module("lightgbm").LGBMModel)


def _read(folder: Path) -> Any:
    facts = Model.load(folder).flavor(FLAVOR_NAME)
    lightgbm = optional("lightgbm", "Loading a model of LightGBM")
    add_code(folder, facts.get("code"))
    # MLflow 1 has models without these keys.
    file = member(folder, facts.get("data", _BOOSTER_FILE), "the model")
    if facts.get("model_class", _BOOSTER) == _BOOSTER:
        try:
            return lightgbm.Booster(model_file=str(file))
        except lightgbm.basic.LightGBMError as error:
            raise InvalidParameter(
                f"LightGBM {lightgbm.__version__} cannot read {file.name!r}, which LightGBM "
                f"{facts.get('lgb_version', '(unknown)')} wrote: {error}"
            ) from error
    # Before MLflow had a choice, it was cloudpickle.
    if facts.get("serialization_format", "cloudpickle") != "skops":
        return load_pickle(file, _INSTEAD)
    return load_skops(file, facts.get("skops_trusted_types") or [], {*OWN_TYPES, RANKER})
