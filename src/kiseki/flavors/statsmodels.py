"""Results of fits with statsmodels, which has no other format than pickle for them."""

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
from kiseki.models.pickles import load_pickle, modules_in
from kiseki.models.requirements import pin
from kiseki.models.signature import ModelSignature

FLAVOR_NAME: Final = "statsmodels"
STATSMODELS_DATA_SUBPATH: Final = "model.statsmodels"

_INSTEAD: Final = "log a Python function that predicts with the coefficients: statsmodels has no format besides pickle"


def get_default_pip_requirements() -> list[str]:
    """The requirements of a model of this flavor, as they are installed."""
    return [pin("statsmodels")]


def get_default_conda_env() -> dict[str, Any]:
    """A conda environment with the default requirements."""
    return default_conda_env(get_default_pip_requirements())


def save_model(
    statsmodels_model: Any,
    path: str | Path,
    conda_env: Any = None,
    code_paths: Sequence[str | Path] | None = None,
    mlflow_model: Model | None = None,
    remove_data: bool = False,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    pip_requirements: str | Path | Sequence[str] | None = None,
    extra_pip_requirements: str | Path | Sequence[str] | None = None,
    metadata: dict[str, Any] | None = None,
    extra_files: Sequence[str | Path] | None = None,
) -> None:
    """Saves the results of a fit as a model's folder.

    Args:
        statsmodels_model: What `fit()` of a model of statsmodels gave.
        path: Where the folder will be; missing or empty.
        conda_env: The environment, as a dictionary or the path of a YAML file.
        code_paths: Files and folders whose modules the model needs.
        mlflow_model: What is known of the model.
        remove_data: Leaves the arrays out that have as many rows as the data: the file is small and holds no data of the
            training, and some models cannot predict then. They are gone from `statsmodels_model` afterwards, too.
        signature: What the model takes and gives; inferred from the input example when None.
        input_example: Input that the model predicts for.
        pip_requirements: The requirements, in place of those found out: lines, or the path of a file.
        extra_pip_requirements: Requirements besides those found out.
        metadata: Kept in the MLmodel.
        extra_files: Kept in the model's folder.

    Raises:
        InvalidParameter: The path is taken, or these are no results of statsmodels.
        MissingDependency: statsmodels is not installed.
    """
    statsmodels = optional("statsmodels", "Saving a model of statsmodels")
    if not all(callable(getattr(statsmodels_model, name, None)) for name in ("save", "predict")):
        raise InvalidParameter(
            f"statsmodels_model is of type {type(statsmodels_model).__name__}; expected what fit() of a model of statsmodels "
            "gives, which has save() and predict()."
        )
    with package(path, mlflow_model, parts=Parts.of(locals()), requirements=["statsmodels"]) as folder:
        file = folder.path / STATSMODELS_DATA_SUBPATH
        statsmodels_model.save(str(file), remove_data=remove_data)
        folder.refer_to(modules_in(file))
        folder.add_flavor(FLAVOR_NAME, data=file.name, statsmodels_version=statsmodels.__version__)
        folder.add_pyfunc("mlflow.statsmodels", lambda: StatsmodelsPredictor(statsmodels_model), data=file.name)


def log_model(
    statsmodels_model: Any,
    artifact_path: str | None = None,
    conda_env: Any = None,
    code_paths: Sequence[str | Path] | None = None,
    registered_model_name: str | None = None,
    remove_data: bool = False,
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
    """Logs the results of a fit as a model of the active run, or of none.

    The arguments that `save_model` does not have are those of `kiseki.models.Model.log`.
    """
    return log_flavor(__name__, locals())


def load_model(model_uri: str | Path, dst_path: str | Path | None = None) -> Any:
    """Loads the results of a fit that were saved with this flavor, by kiseki or by MLflow.

    Args:
        model_uri: `models:/m-…`, `runs:/<run id>/<path>`, a path, or the URI of a folder in a store.
        dst_path: Where to put what is fetched; a temporary folder when None.

    Raises:
        NotFound: There is no such model, or it is of another flavor.
        IntegrityError: A file is missing or is not what was saved; the message names it.
        PermissionDenied: They are to be unpickled, and KISEKI_ALLOW_PICKLE_DESERIALIZATION is false.
        InvalidParameter: The installed statsmodels cannot read them.
        MissingDependency: statsmodels is not installed.
    """
    return _read(local_model(model_uri, dst_path))


def _load_pyfunc(path: str) -> StatsmodelsPredictor:
    """What `kiseki.pyfunc.load_model` calls for a model of this flavor; the path is that of its data."""
    return StatsmodelsPredictor(_read(Path(path).parent))


class StatsmodelsPredictor:
    """The results of a fit as `kiseki.pyfunc` calls them.

    Args:
        statsmodels_model: The results.
    """

    def __init__(self, statsmodels_model: Any) -> None:
        self.statsmodels_model = statsmodels_model
        self._accepted = AcceptedParams(statsmodels_model.predict)
        series = import_module("statsmodels.tsa.base.tsa_model").TimeSeriesModel
        self._is_series = isinstance(getattr(statsmodels_model, "model", None), series)

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """The model's output; params are further arguments of its own `predict`.

        Args:
            data: Rows of regressors; for a model of time series one row with the columns `start` and `end`: numbers of
                steps or times, both included.
            params: Params of the signature.

        Raises:
            InvalidParameter: A model of time series is given something else.
        """
        arguments = self._accepted.of(params)
        if not self._is_series:
            return self.statsmodels_model.predict(data, **arguments)
        if not {"start", "end"} <= set(getattr(data, "columns", ())) or len(data) != 1:
            raise InvalidParameter(
                "prediction dataframes for a TimeSeriesModel must have exactly one row and include columns called start and end"
            )
        row = data.iloc[0]
        return self.statsmodels_model.predict(start=row["start"], end=row["end"], **arguments)

    def get_raw_model(self) -> Any:
        """The results."""
        return self.statsmodels_model


def _read(folder: Path) -> Any:
    facts = Model.load(folder).flavor(FLAVOR_NAME)
    optional("statsmodels", "Loading a model of statsmodels")
    add_code(folder, facts.get("code"))
    return load_pickle(member(folder, facts.get("data", STATSMODELS_DATA_SUBPATH), "the model"), _INSTEAD)
