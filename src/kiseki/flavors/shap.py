"""Explainers of shap, and explanations as artifacts of a run."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from kiseki.base.errors import InvalidParameter
from kiseki.base.optional import optional
from kiseki.flavors import sklearn
from kiseki.models.code import add_code
from kiseki.models.environment import default_conda_env
from kiseki.models.flavor import log_flavor
from kiseki.models.info import ModelInfo
from kiseki.models.load import local_model
from kiseki.models.members import member
from kiseki.models.mlmodel import Model
from kiseki.models.package import Parts, package
from kiseki.models.pickles import dump_pickle, load_pickle, load_shap, modules_in
from kiseki.models.requirements import pin
from kiseki.models.signature import ModelSignature

FLAVOR_NAME: Final = "shap"

_FILE: Final = "explainer.shap"
_PICKLE: Final = "explainer.pkl"
_UNDERLYING: Final = "underlying_model"
_INSTEAD: Final = "make the explainer anew from the model: shap has no format besides pickle"
_READ_AGAIN: Final = ("Exact", "Kernel", "Linear", "Partition", "Permutation")
"""Explainers, all but the end of their classes' names, that shap can read again of what it writes."""
_FOLDER: Final = "model_explanations_shap"
_BACKGROUND_ROWS: Final = 100
_SHOWN_FEATURES: Final = 20


def get_default_pip_requirements() -> list[str]:
    """The requirements of an explainer, as they are installed."""
    return [pin("shap")]


def get_default_conda_env() -> dict[str, Any]:
    """A conda environment with the default requirements."""
    return default_conda_env(get_default_pip_requirements())


def save_explainer(
    explainer: Any,
    path: str | Path,
    serialize_model_using_mlflow: bool = True,
    conda_env: Any = None,
    code_paths: Sequence[str | Path] | None = None,
    mlflow_model: Model | None = None,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    pip_requirements: str | Path | Sequence[str] | None = None,
    extra_pip_requirements: str | Path | Sequence[str] | None = None,
    metadata: dict[str, Any] | None = None,
) -> None:
    """Saves an explainer as a model's folder.

    Args:
        explainer: A `shap.Explainer`.
        path: Where the folder will be; missing or empty.
        serialize_model_using_mlflow: Whether a model of scikit-learn whose `predict` is explained is kept as a model of its own,
            in `underlying_model`.
        conda_env: The environment, as a dictionary or the path of a YAML file.
        code_paths: Files and folders whose modules the explainer needs.
        mlflow_model: What is known of the explainer.
        signature: What the explainer takes and gives; inferred from the input example when None.
        input_example: Input that the explainer explains.
        pip_requirements: The requirements, in place of those found out: lines, or the path of a file.
        extra_pip_requirements: Requirements besides those found out.
        metadata: Kept in the MLmodel.

    Raises:
        InvalidParameter: The path is taken, it is no explainer, or it cannot be pickled.
        MissingDependency: shap is not installed.
    """
    shap = optional("shap", "Saving an explainer of shap")
    if not isinstance(explainer, shap.Explainer):
        raise InvalidParameter(f"explainer is of type {type(explainer).__name__}; expected a shap.Explainer.")
    estimator = _estimator(explainer) if serialize_model_using_mlflow else None
    underlying = sklearn.FLAVOR_NAME if estimator is not None else "unknown" if serialize_model_using_mlflow else None
    known = ["shap", *([] if estimator is None else ["scikit-learn", "cloudpickle"])]
    with package(path, mlflow_model, parts=Parts.of(locals()), requirements=known) as folder:
        if estimator is not None:
            sklearn.save_model(estimator, folder.path / _UNDERLYING, serialization_format="cloudpickle")
            folder.refer_to({type(estimator).__module__})
        if type(explainer).__name__.removesuffix("Explainer") in _READ_AGAIN:
            file = folder.path / _FILE
            with file.open("wb") as opened:
                explainer.save(opened, **({} if estimator is None else {"model_saver": False}))
        else:
            file = folder.path / _PICKLE
            dump_pickle(explainer, file)
        folder.refer_to(modules_in(file))
        folder.add_flavor(
            FLAVOR_NAME,
            serialized_explainer=file.name,
            shap_version=shap.__version__,
            underlying_model_flavor=underlying,
        )
        folder.add_pyfunc(
            "mlflow.shap",
            lambda: ShapPredictor(explainer),
            model_path=file.name,
            underlying_model_flavor=underlying,
        )


save_model = save_explainer


def log_explainer(
    explainer: Any,
    artifact_path: str | None = None,
    serialize_model_using_mlflow: bool = True,
    conda_env: Any = None,
    code_paths: Sequence[str | Path] | None = None,
    registered_model_name: str | None = None,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    await_registration_for: int | None = 300,
    pip_requirements: str | Path | Sequence[str] | None = None,
    extra_pip_requirements: str | Path | Sequence[str] | None = None,
    name: str | None = None,
    metadata: dict[str, Any] | None = None,
    params: dict[str, Any] | None = None,
    tags: dict[str, Any] | None = None,
    model_type: str | None = None,
    step: int = 0,
    model_id: str | None = None,
) -> ModelInfo:
    """Logs an explainer as a model of the active run, or of none.

    The arguments that `save_explainer` does not have are those of `kiseki.models.Model.log`.
    """
    return log_flavor(__name__, locals())


def load_explainer(model_uri: str | Path) -> Any:
    """Loads an explainer that was saved with this flavor, by kiseki or by MLflow.

    Args:
        model_uri: `models:/m-…`, `runs:/<run id>/<path>`, a path, or the URI of a folder in a store.

    Raises:
        NotFound: There is no such model, or it is of another flavor.
        IntegrityError: A file is missing or is not what was saved; the message names it.
        PermissionDenied: It is to be unpickled, and KISEKI_ALLOW_PICKLE_DESERIALIZATION is false.
        InvalidParameter: The installed shap cannot read it, or explains a model of a flavor other than sklearn.
        MissingDependency: shap is not installed.
    """
    return _read(local_model(model_uri))


def log_explanation(predict_function: Callable[[Any], Any], features: Any, artifact_path: str | None = None) -> str:
    """Explains predictions, and stores the explanation as artifacts of the active run.

    SHAP values are estimated by `shap.KernelExplainer`, whose background are the features themselves, or 100 rows of them
    that are drawn at random, the same at each call.

    Args:
        predict_function: A model's `predict`, `predict_proba` or the like.
        features: What is explained, a DataFrame or an array of rows x features.
        artifact_path: The folder; "model_explanations_shap" when None.

    Returns:
        The folder's URI. In it are `base_values.npy`, `shap_values.npy` (rows x features, or rows x features x outputs), both
        in the unit of the predictions, and `summary_bar_plot.png`: the mean of their absolute values for each feature.

    Raises:
        InvalidParameter: The features are no matrix.
        MissingDependency: shap or matplotlib is not installed.
    """
    from kiseki.fluent.artifacts import get_artifact_uri, log_artifacts

    shap = optional("shap", "Explaining predictions")
    figures = optional("matplotlib.figure", "Drawing an explanation")
    if len(getattr(features, "shape", ())) != 2:
        raise InvalidParameter(
            f"features is of type {type(features).__name__}; expected a DataFrame or an array of rows x features."
        )
    background = shap.sample(features, _BACKGROUND_ROWS)
    explainer = shap.KernelExplainer(predict_function, background)
    values = np.asarray(explainer.shap_values(features, silent=True))
    names = [str(name) for name in getattr(features, "columns", range(features.shape[1]))]
    with tempfile.TemporaryDirectory(prefix="kiseki-explanation-") as folder:
        np.save(Path(folder) / "base_values.npy", np.asarray(explainer.expected_value))
        np.save(Path(folder) / "shap_values.npy", values)
        _bar_plot(figures, values, names).savefig(Path(folder) / "summary_bar_plot.png", bbox_inches="tight")
        log_artifacts(folder, artifact_path or _FOLDER)
    return get_artifact_uri(artifact_path or _FOLDER)


def _load_pyfunc(path: str) -> ShapPredictor:
    """What `kiseki.pyfunc.load_model` calls for an explainer; the path is that of its folder."""
    return ShapPredictor(_read(Path(path)))


class ShapPredictor:
    """An explainer as `kiseki.pyfunc` calls it.

    Args:
        explainer: The `shap.Explainer`.
    """

    def __init__(self, explainer: Any) -> None:
        self.explainer = explainer

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """SHAP values, rows x features or rows x features x outputs, in the unit of what the model predicts.

        Args:
            data: A table or an array of rows x features.
            params: Explainers have none.
        """
        return self.explainer(data).values

    def get_raw_model(self) -> Any:
        """The explainer."""
        return self.explainer


def _estimator(explainer: Any) -> Any:
    """The estimator whose `predict` is explained; None for any other function, which MLflow would take for `predict`."""
    function = getattr(getattr(explainer, "model", None), "inner_model", None)
    owner = getattr(function, "__self__", None)
    if owner is None or getattr(function, "__name__", "") != "predict":
        return None
    return (
        owner
        if isinstance(owner, optional("sklearn.base", "Saving an explainer", "scikit-learn").BaseEstimator)
        else None
    )


def _bar_plot(figures: Any, values: Any, names: list[str]) -> Any:
    means = np.abs(values).mean(axis=(0, *range(2, values.ndim)))
    order = np.argsort(means)[-_SHOWN_FEATURES:]
    figure = figures.Figure(figsize=(8, 1 + 0.35 * len(order)))
    axes = figure.add_subplot()
    axes.barh([names[at] for at in order], means[order])
    axes.set_xlabel("mean(|SHAP value|)")
    return figure


def _read(folder: Path) -> Any:
    facts = Model.load(folder).flavor(FLAVOR_NAME)
    optional("shap", "Loading an explainer of shap")
    add_code(folder, facts.get("code"))
    file = member(folder, facts.get("serialized_explainer", _FILE), "the explainer")
    if file.suffix == ".pkl":
        return load_pickle(file, _INSTEAD)
    underlying = facts.get("underlying_model_flavor")
    if underlying in {None, "unknown"}:
        return load_shap(file, _INSTEAD)
    if underlying != sklearn.FLAVOR_NAME:
        raise InvalidParameter(
            f"The explainer explains a model of the flavor {underlying!r}; kiseki reads those of 'sklearn'. Save it with "
            "serialize_model_using_mlflow=False."
        )
    return load_shap(
        file, _INSTEAD, sklearn.load_model(member(folder, _UNDERLYING, "the model that is explained")).predict
    )
