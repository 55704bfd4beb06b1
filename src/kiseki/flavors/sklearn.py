"""scikit-learn's estimators, pipelines and searches, and whatever has their interface."""

from __future__ import annotations

import logging
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
from kiseki.models.mlmodel import PYFUNC, Model
from kiseki.models.package import Parts, package
from kiseki.models.params import AcceptedParams
from kiseki.models.pickles import dump_pickle, is_by_value, load_pickle, modules_in
from kiseki.models.requirements import pin
from kiseki.models.signature import ModelSignature
from kiseki.models.skops import dump_skops, load_skops, modules_in_skops

FLAVOR_NAME: Final = "sklearn"
SERIALIZATION_FORMAT_SKOPS: Final = "skops"
SERIALIZATION_FORMAT_PICKLE: Final = "pickle"
SERIALIZATION_FORMAT_CLOUDPICKLE: Final = "cloudpickle"
SUPPORTED_SERIALIZATION_FORMATS: Final = (
    SERIALIZATION_FORMAT_SKOPS,
    SERIALIZATION_FORMAT_PICKLE,
    SERIALIZATION_FORMAT_CLOUDPICKLE,
)

Format = Literal["skops", "pickle", "cloudpickle"]

_FILES: Final = {"skops": "model.skops", "pickle": "model.pkl", "cloudpickle": "model.pkl"}
_INSTEAD: Final = "save it with serialization_format='skops'"

_log = logging.getLogger("kiseki")


def get_default_pip_requirements(include_cloudpickle: bool = False, include_skops: bool = False) -> list[str]:
    """The requirements of a model of this flavor, as they are installed."""
    return [pin(name) for name in _distributions(include_cloudpickle, include_skops)]


def get_default_conda_env(include_cloudpickle: bool = False, include_skops: bool = False) -> dict[str, Any]:
    """A conda environment with the default requirements."""
    return default_conda_env(get_default_pip_requirements(include_cloudpickle, include_skops))


def save_model(
    sk_model: Any,
    path: str | Path,
    conda_env: Any = None,
    code_paths: Sequence[str | Path] | None = None,
    mlflow_model: Model | None = None,
    serialization_format: Format | None = None,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    pip_requirements: str | Path | Sequence[str] | None = None,
    extra_pip_requirements: str | Path | Sequence[str] | None = None,
    pyfunc_predict_fn: str = "predict",
    metadata: dict[str, Any] | None = None,
    skops_trusted_types: Sequence[str] | None = None,
    extra_files: Sequence[str | Path] | None = None,
) -> None:
    """Saves an estimator as a model's folder.

    Args:
        sk_model: The estimator.
        path: Where the folder will be; missing or empty.
        conda_env: The environment, as a dictionary or the path of a YAML file.
        code_paths: Files and folders whose modules the model needs.
        mlflow_model: What is known of the model.
        serialization_format: "skops", which runs no program when it is loaded, unless it is given types to trust;
            "cloudpickle" or "pickle" for what skops cannot write.
        signature: What the model takes and gives; inferred from the input example when None.
        input_example: Input that the model predicts for.
        pip_requirements: The requirements, in place of those found out: lines, or the path of a file.
        extra_pip_requirements: Requirements besides those found out.
        pyfunc_predict_fn: The method that `kiseki.pyfunc` calls, such as "predict_proba".
        metadata: Kept in the MLmodel.
        skops_trusted_types: Types that skops may make when the model is loaded, such as "my_module.MyTransformer".
        extra_files: Kept in the model's folder.

    Raises:
        InvalidParameter: The path is taken, the format cannot hold the model, or skops would have to trust a type that is
            not named; the message names it.
        MissingDependency: skops or cloudpickle is not installed.
    """
    chosen = serialization_format or SERIALIZATION_FORMAT_SKOPS
    if chosen not in SUPPORTED_SERIALIZATION_FORMATS:
        raise InvalidParameter(
            f"Unrecognized serialization format: {chosen}. Please specify one of the following supported formats: "
            f"{list(SUPPORTED_SERIALIZATION_FORMATS)}."
        )
    sklearn = optional("sklearn", "Saving a scikit-learn model", "scikit-learn")
    known = _distributions(chosen == SERIALIZATION_FORMAT_CLOUDPICKLE, chosen == SERIALIZATION_FORMAT_SKOPS)
    with package(path, mlflow_model, parts=Parts.of(locals()), requirements=known) as folder:
        file = folder.path / _FILES[chosen]
        if chosen == SERIALIZATION_FORMAT_SKOPS:
            dump_skops(sk_model, file, skops_trusted_types or ())
            folder.refer_to(modules_in_skops(file))
        else:
            dump_pickle(sk_model, file, by_value=chosen == SERIALIZATION_FORMAT_CLOUDPICKLE)
            modules = modules_in(file)
            folder.refer_to(modules)
            folder.has_own_code |= is_by_value(modules)
        folder.add_flavor(
            FLAVOR_NAME,
            pickled_model=file.name,
            sklearn_version=sklearn.__version__,
            serialization_format=chosen,
            skops_trusted_types=None if skops_trusted_types is None else [*skops_trusted_types],
        )
        if hasattr(sk_model, pyfunc_predict_fn):
            folder.add_pyfunc(
                "mlflow.sklearn",
                lambda: SklearnPredictor(sk_model, pyfunc_predict_fn),
                model_path=file.name,
                predict_fn=pyfunc_predict_fn,
            )
        else:
            _log.warning(
                "%s has no method %s(), so kiseki.pyfunc cannot load the model.",
                type(sk_model).__name__,
                pyfunc_predict_fn,
            )


def log_model(
    sk_model: Any,
    artifact_path: str | None = None,
    conda_env: Any = None,
    code_paths: Sequence[str | Path] | None = None,
    serialization_format: Format | None = None,
    registered_model_name: str | None = None,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    await_registration_for: int | None = 300,
    pip_requirements: str | Path | Sequence[str] | None = None,
    extra_pip_requirements: str | Path | Sequence[str] | None = None,
    pyfunc_predict_fn: str = "predict",
    metadata: dict[str, Any] | None = None,
    extra_files: Sequence[str | Path] | None = None,
    params: dict[str, Any] | None = None,
    tags: dict[str, Any] | None = None,
    model_type: str | None = None,
    step: int = 0,
    model_id: str | None = None,
    name: str | None = None,
    skops_trusted_types: Sequence[str] | None = None,
    **kwargs: Any,
) -> ModelInfo:
    """Logs an estimator as a model of the active run, or of none.

    The arguments that `save_model` does not have are those of `kiseki.models.Model.log`.
    """
    return log_flavor(__name__, locals())


def load_model(model_uri: str | Path, dst_path: str | Path | None = None) -> Any:
    """Loads an estimator that was saved with this flavor, by kiseki or by MLflow.

    Args:
        model_uri: `models:/m-…`, `runs:/<run id>/<path>`, a path, or the URI of a folder in a store.
        dst_path: Where to put what is fetched; a temporary folder when None.

    Raises:
        NotFound: There is no such model, or it is of another flavor.
        IntegrityError: A file is missing or is not what was saved; the message names it.
        PermissionDenied: It is to be unpickled, and KISEKI_ALLOW_PICKLE_DESERIALIZATION is false.
        InvalidParameter: skops does not trust a type in it.
    """
    folder = local_model(model_uri, dst_path)
    facts = Model.load(folder).flavor(FLAVOR_NAME)
    add_code(folder, facts.get("code"))
    return _read(folder, facts)


def _load_pyfunc(path: str) -> SklearnPredictor:
    """What `kiseki.pyfunc.load_model` calls for a model of this flavor."""
    folder = Path(path)
    model = Model.load(folder)
    return SklearnPredictor(_read(folder, model.flavor(FLAVOR_NAME)), model.flavor(PYFUNC).get("predict_fn", "predict"))


class SklearnPredictor:
    """An estimator as `kiseki.pyfunc` calls it.

    Args:
        sklearn_model: The estimator.
        predict_fn: Its method that predicts.
    """

    def __init__(self, sklearn_model: Any, predict_fn: str = "predict") -> None:
        self.sklearn_model = sklearn_model
        self._function = getattr(sklearn_model, predict_fn)
        self._accepted = AcceptedParams(self._function)
        # A loader asks for the method by the name that the MLmodel has.
        setattr(self, predict_fn, self.predict)

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """The output of the estimator's method; params are its further arguments, as far as it has them."""
        return self._function(data, **self._accepted.of(params))

    def get_raw_model(self) -> Any:
        """The estimator."""
        return self.sklearn_model


def _distributions(cloudpickle: bool, skops: bool) -> list[str]:
    return ["scikit-learn", *(["cloudpickle"] if cloudpickle else []), *(["skops"] if skops else [])]


def _read(folder: Path, facts: dict[str, Any]) -> Any:
    optional("sklearn", "Loading a scikit-learn model", "scikit-learn")
    file = member(folder, facts.get("pickled_model", "model.pkl"), "the estimator")
    if facts.get("serialization_format", SERIALIZATION_FORMAT_PICKLE) != SERIALIZATION_FORMAT_SKOPS:
        return load_pickle(file, _INSTEAD)
    return load_skops(file, facts.get("skops_trusted_types") or [])
