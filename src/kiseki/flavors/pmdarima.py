"""Forecasters of pmdarima, which has no other format than pickle for them."""

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
from kiseki.models.pickles import dump_pickle, load_pickle, modules_in
from kiseki.models.plain import plain
from kiseki.models.requirements import pin
from kiseki.models.signature import ModelSignature

FLAVOR_NAME: Final = "pmdarima"

_DATA: Final = "model.pmd"
_INSTEAD: Final = (
    "log a Python function that forecasts with the orders and coefficients: pmdarima has no format besides pickle"
)


def get_default_pip_requirements() -> list[str]:
    """The requirements of a model of this flavor, as they are installed."""
    return [pin("pmdarima")]


def get_default_conda_env() -> dict[str, Any]:
    """A conda environment with the default requirements."""
    return default_conda_env(get_default_pip_requirements())


def save_model(
    pmdarima_model: Any,
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
        pmdarima_model: A fitted `ARIMA`, `AutoARIMA`, or `Pipeline` of pmdarima.
        path: Where the folder will be; missing or empty.
        conda_env: The environment, as a dictionary or the path of a YAML file.
        code_paths: Files and folders whose modules the model needs.
        mlflow_model: What is known of the model.
        signature: What the model takes and gives; inferred from the input example when None.
        input_example: A table of one row with the column `n_periods`; see `PmdarimaPredictor.predict`.
        pip_requirements: The requirements, in place of those found out: lines, or the path of a file.
        extra_pip_requirements: Requirements besides those found out.
        metadata: Kept in the MLmodel.
        extra_files: Kept in the model's folder.

    Raises:
        InvalidParameter: The path is taken, or it is no forecaster of pmdarima.
        MissingDependency: pmdarima is not installed.
    """
    pmdarima = optional("pmdarima", "Saving a model of pmdarima")
    pipeline = optional("pmdarima.pipeline", "Saving a model of pmdarima")
    kinds = pmdarima.ARIMA, pmdarima.AutoARIMA, pipeline.Pipeline
    if not isinstance(pmdarima_model, kinds):
        raise InvalidParameter(
            f"pmdarima_model is of type {type(pmdarima_model).__name__}; expected an ARIMA, an AutoARIMA or a Pipeline of "
            "pmdarima."
        )
    with package(path, mlflow_model, parts=Parts.of(locals()), requirements=["pmdarima"]) as folder:
        file = folder.path / _DATA
        dump_pickle(pmdarima_model, file, by_value=False)
        folder.refer_to(modules_in(file))
        kind = type(pmdarima_model).__name__
        folder.add_flavor(FLAVOR_NAME, data=file.name, model_type=kind, pmdarima_version=pmdarima.__version__)
        folder.add_pyfunc("mlflow.pmdarima", lambda: PmdarimaPredictor(pmdarima_model), data=file.name)


def log_model(
    pmdarima_model: Any,
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
        PermissionDenied: It is to be unpickled, and KISEKI_ALLOW_PICKLE_DESERIALIZATION is false.
        InvalidParameter: The installed pmdarima cannot read it.
        MissingDependency: pmdarima is not installed.
    """
    return _read(local_model(model_uri, dst_path))


def _load_pyfunc(path: str) -> PmdarimaPredictor:
    """What `kiseki.pyfunc.load_model` calls for a model of this flavor; the path is that of its data."""
    return PmdarimaPredictor(_read(Path(path).parent))


class PmdarimaPredictor:
    """A forecaster as `kiseki.pyfunc` calls it.

    Args:
        pmdarima_model: The forecaster.
    """

    def __init__(self, pmdarima_model: Any) -> None:
        self.pmdarima_model = pmdarima_model

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """A table with the column `yhat`, and `yhat_lower` and `yhat_upper` where an interval is asked for.

        Args:
            data: A table of one row. `n_periods` is the number of steps to forecast; optional are `X`, a list of the
                regressors for each step, `return_conf_int`, whether an interval is asked for, and `alpha`, which makes it one of
                100 * (1 - alpha) percent; 0.05 when left out. Other columns are not used.
            params: What the columns may say, for those that are not there.

        Raises:
            InvalidParameter: It is no such table.
        """
        pandas = optional("pandas", "Predicting with a model of pmdarima")
        asked = {"return_conf_int": False, "alpha": 0.05, **(params or {}), **_row(data)}
        periods = asked.get("n_periods")
        if isinstance(periods, bool) or not isinstance(periods, int) or periods < 1:
            raise InvalidParameter(
                f"The provided `n_periods` value {periods!r} must be an integer, and at least 1; it is the number of steps to "
                "forecast."
            )
        alpha = asked["alpha"]
        if isinstance(alpha, bool) or not isinstance(alpha, int | float) or not 0 < alpha < 1:
            raise InvalidParameter(f"The provided `alpha` value {alpha!r} must be a number between 0 and 1.")
        interval = bool(asked["return_conf_int"])
        found = self.pmdarima_model.predict(n_periods=periods, X=asked.get("X"), return_conf_int=interval, alpha=alpha)
        if not interval:
            return pandas.DataFrame({"yhat": found})
        forecast = pandas.DataFrame({"yhat": found[0]})
        forecast[["yhat_lower", "yhat_upper"]] = found[1]
        return forecast

    def get_raw_model(self) -> Any:
        """The forecaster."""
        return self.pmdarima_model


def _row(data: Any) -> dict[str, Any]:
    """What the one row of a table says, as plain values."""
    if not hasattr(data, "columns"):
        raise InvalidParameter(
            f"The input is of type {type(data).__name__}; expected a table of one row with the column `n_periods`."
        )
    if len(data) != 1:
        raise InvalidParameter(
            f"The provided prediction pd.DataFrame contains {len(data)} rows. Only 1 row should be supplied."
        )
    if "n_periods" not in data.columns:
        raise InvalidParameter(
            f"The provided prediction configuration pd.DataFrame columns ({[*data.columns]}) do not contain the required column "
            "`n_periods` for specifying future prediction periods to generate."
        )
    row: dict[str, Any] = plain(data)[0]
    return row


def _read(folder: Path) -> Any:
    facts = Model.load(folder).flavor(FLAVOR_NAME)
    optional("pmdarima", "Loading a model of pmdarima")
    add_code(folder, facts.get("code"))
    return load_pickle(member(folder, facts.get("data", _DATA), "the model"), _INSTEAD)
