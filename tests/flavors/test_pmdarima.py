"""Forecasters of pmdarima."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pmdarima
import pytest
from pmdarima.pipeline import Pipeline
from pmdarima.preprocessing import BoxCoxEndogTransformer

import kiseki
from kiseki.base.errors import InvalidParameter
from tests.flavors.suite import Case, FlavorSuite, same

WINE = pmdarima.datasets.load_wineind()[-60:]
MONTHS = pd.Series(WINE, index=pd.date_range("1989-09-01", periods=60, freq="MS"))
SEASONS = np.column_stack([np.sin(np.arange(60) * np.pi / 6), np.cos(np.arange(60) * np.pi / 6)])
NEXT = SEASONS[:3].tolist()
PERIODS = pd.DataFrame({"n_periods": [3]})


def arima() -> Any:
    return pmdarima.ARIMA((1, 0, 0))


def predict(model: Any, asked: Any) -> Any:
    return pd.DataFrame({"yhat": model.predict(n_periods=int(asked["n_periods"].iloc[0]))})


def bounded(model: Any, asked: Any) -> Any:
    found, interval = model.predict(n_periods=3, return_conf_int=True, alpha=asked["alpha"].iloc[0])
    return pd.DataFrame({"yhat": found, "yhat_lower": interval[:, 0], "yhat_upper": interval[:, 1]})


class TestPmdarima(FlavorSuite):
    flavor = "pmdarima"
    cases = (
        Case(
            name="array",
            train=lambda: arima().fit(WINE),
            example=lambda: PERIODS,
            predict=predict,
            data="model.pmd",
            unpickles=True,
        ),
        Case(
            name="times and an interval",
            train=lambda: arima().fit(MONTHS),
            example=lambda: PERIODS.assign(return_conf_int=[True], alpha=[0.2]),
            predict=bounded,
            data="model.pmd",
            unpickles=True,
        ),
        Case(
            name="orders found out",
            train=lambda: pmdarima.AutoARIMA(start_p=0, start_q=0, max_p=1, max_q=0, d=0, seasonal=False).fit(WINE),
            example=lambda: PERIODS,
            predict=predict,
            data="model.pmd",
            unpickles=True,
        ),
        Case(
            name="pipeline",
            train=lambda: Pipeline([("boxcox", BoxCoxEndogTransformer()), ("arima", arima())]).fit(WINE),
            example=lambda: PERIODS,
            predict=predict,
            data="model.pmd",
            unpickles=True,
        ),
        Case(
            name="regressors",
            train=lambda: arima().fit(WINE, X=SEASONS),
            example=lambda: PERIODS.assign(X=[NEXT]),
            predict=lambda model, _: pd.DataFrame({"yhat": model.predict(n_periods=3, X=NEXT)}),
            data="model.pmd",
            unpickles=True,
        ),
    )


@pytest.fixture(scope="module")
def model() -> Any:
    return arima().fit(WINE)


def test_regressors_may_be_arrays(tmp_path: Path) -> None:
    model = arima().fit(WINE, X=SEASONS)
    kiseki.pmdarima.save_model(model, tmp_path / "model")
    asked: dict[str, list[Any]] = {"n_periods": [3], "X": [SEASONS[:3]]}
    found = kiseki.pyfunc.load_model(tmp_path / "model").predict(pd.DataFrame(asked))
    same(found["yhat"].to_numpy(), model.predict(n_periods=3, X=NEXT))


def test_params_stand_for_columns(model: Any, tmp_path: Path) -> None:
    signature = kiseki.models.infer_signature(PERIODS, params={"return_conf_int": False, "alpha": 0.05})
    kiseki.pmdarima.save_model(model, tmp_path / "model", signature=signature)
    function = kiseki.pyfunc.load_model(tmp_path / "model")
    same(function.predict(PERIODS), predict(model, PERIODS))
    found = function.predict(PERIODS, params={"return_conf_int": True, "alpha": 0.2})
    same(found, bounded(model, pd.DataFrame({"alpha": [0.2]})))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (pd.DataFrame({"n_periods": [3, 4]}), r"contains 2 rows\. Only 1 row should be supplied"),
        (pd.DataFrame({"n_periods": []}), r"contains 0 rows\. Only 1 row should be supplied"),
        (pd.DataFrame({"steps": [3]}), r"columns \(\['steps'\]\) do not contain the required column `n_periods`"),
        (pd.DataFrame({"n_periods": [3.0]}), r"`n_periods` value 3\.0 must be an integer"),
        (pd.DataFrame({"n_periods": ["3"]}), "`n_periods` value '3' must be an integer"),
        (pd.DataFrame({"n_periods": [True]}), "`n_periods` value True must be an integer"),
        (pd.DataFrame({"n_periods": [0]}), "`n_periods` value 0 must be an integer, and at least 1"),
        (
            pd.DataFrame({"n_periods": [3], "alpha": ["small"]}),
            "`alpha` value 'small' must be a number between 0 and 1",
        ),
        (pd.DataFrame({"n_periods": [3], "alpha": [1.0]}), r"`alpha` value 1\.0 must be a number between 0 and 1"),
        (np.array([3]), "The input is of type ndarray; expected a table of one row"),
    ],
)
def test_what_is_no_span_is_refused(asked: Any, words: str, model: Any, tmp_path: Path) -> None:
    kiseki.pmdarima.save_model(model, tmp_path / "model")
    with pytest.raises(InvalidParameter, match=words):
        kiseki.pyfunc.load_model(tmp_path / "model").predict(asked)


def test_pipelines_need_not_be_imported(tmp_path: Path) -> None:
    train = (
        "import kiseki, pmdarima\n"
        "model = pmdarima.ARIMA((1, 0, 0)).fit(pmdarima.datasets.load_wineind()[-60:])\n"
        "kiseki.pmdarima.save_model(model, 'model')\n"
    )
    subprocess.run([sys.executable, "-c", train], check=True, cwd=tmp_path)
    same(kiseki.pyfunc.load_model(tmp_path / "model").predict(PERIODS), predict(arima().fit(WINE), PERIODS))


def test_what_is_no_forecaster_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match="pmdarima_model is of type ndarray; expected an ARIMA"):
        kiseki.pmdarima.save_model(WINE, tmp_path / "model")
    assert not (tmp_path / "model").exists()
