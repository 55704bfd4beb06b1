"""Forecasters of Prophet."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from prophet import Prophet

import kiseki
from kiseki.base.errors import InvalidParameter
from tests.flavors.suite import Case, FlavorSuite, same

# Prophet calls pandas in ways that the newest pandas warns of.
pytestmark = pytest.mark.filterwarnings("ignore:::prophet")

CO2 = sm.datasets.co2.load_pandas().data["co2"].resample("MS").mean().dropna()[-120:]
HISTORY = pd.DataFrame({"ds": CO2.index, "y": CO2.to_numpy(), "trip": np.arange(len(CO2)) % 3})
FUTURE = pd.DataFrame({"ds": pd.date_range("2002-01-01", periods=4, freq="MS").as_unit("ns"), "trip": [0, 1, 2, 0]})


def trained(**options: Any) -> Any:
    logging.getLogger("cmdstanpy").setLevel(logging.ERROR)
    # What is sampled differs between two predictions.
    return Prophet(**{"uncertainty_samples": 0, "weekly_seasonality": False, "daily_seasonality": False, **options})


def predict(model: Any, times: Any) -> Any:
    return model.predict(times)


class TestProphet(FlavorSuite):
    flavor = "prophet"
    cases = (
        Case(
            name="times",
            train=lambda: trained().fit(HISTORY),
            example=lambda: FUTURE[["ds"]],
            predict=predict,
            data="model.pr",
        ),
        Case(
            name="regressor",
            train=lambda: trained(seasonality_mode="multiplicative").add_regressor("trip").fit(HISTORY),
            example=lambda: FUTURE,
            predict=predict,
            data="model.pr",
        ),
    )


@pytest.fixture(scope="module")
def model() -> Any:
    return trained(uncertainty_samples=50).fit(HISTORY)


def test_bounds_are_forecast(model: Any, tmp_path: Path) -> None:
    kiseki.prophet.save_model(model, tmp_path / "model", input_example=FUTURE[["ds"]])
    function = kiseki.pyfunc.load_model(tmp_path / "model")
    found = function.predict(FUTURE[["ds"]])
    same(found[["ds", "yhat"]], model.predict(FUTURE[["ds"]])[["ds", "yhat"]])
    assert (found["yhat_lower"] < found["yhat_upper"]).all()
    outputs = function.metadata.get_output_schema()
    assert outputs is not None
    assert outputs.input_names() == [*found.columns]


def test_times_may_be_texts(model: Any, tmp_path: Path) -> None:
    kiseki.prophet.save_model(model, tmp_path / "model")
    function = kiseki.pyfunc.load_model(tmp_path / "model")
    texts = pd.DataFrame({"ds": ["2002-01-01", "2002-02-01", "2002-03-01", "2002-04-01"]})
    same(function.predict(texts)["yhat"], model.predict(FUTURE[["ds"]])["yhat"])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (pd.DataFrame({"time": [1]}), r"has the columns \['time'\]; expected a table with the column 'ds'"),
        (np.array(["2002-01-01"]), "is of type ndarray; expected a table with the column 'ds'"),
    ],
)
def test_a_table_without_times_is_refused(data: Any, words: str, model: Any, tmp_path: Path) -> None:
    kiseki.prophet.save_model(model, tmp_path / "model")
    with pytest.raises(InvalidParameter, match=words):
        kiseki.pyfunc.load_model(tmp_path / "model").predict(data)


@pytest.mark.parametrize("given", ["Prophet", Prophet()])
def test_what_is_not_fitted_is_refused(given: Any, tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match=r"expected a prophet\.Prophet that fit\(\) was called on"):
        kiseki.prophet.save_model(given, tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_a_file_of_another_version_is_said(model: Any, tmp_path: Path) -> None:
    kiseki.prophet.save_model(model, tmp_path / "model")
    file = tmp_path / "model" / "model.pr"
    facts = json.loads(json.loads(file.read_text()))
    del facts["growth"]
    file.write_text(json.dumps(json.dumps(facts)))
    (tmp_path / "model" / "SHA256SUMS").unlink()
    with pytest.raises(InvalidParameter, match=r"cannot load 'model\.pr', which Prophet .* wrote: KeyError: 'growth'"):
        kiseki.prophet.load_model(tmp_path / "model")
