"""Results of fits with statsmodels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from sklearn.datasets import load_diabetes

import kiseki
from kiseki.base.errors import InvalidParameter
from tests.flavors.suite import Case, FlavorSuite, same

DIABETES, PROGRESSION = load_diabetes(return_X_y=True, as_frame=True)
REGRESSORS = sm.add_constant(DIABETES)
SUNSPOTS = (
    sm.datasets.sunspots.load_pandas().data["SUNACTIVITY"].set_axis(pd.date_range("1700", periods=309, freq="YS"))
)


def predict(model: Any, rows: Any) -> Any:
    return model.predict(rows)


def forecast(model: Any, span: Any) -> Any:
    return model.predict(start=span["start"].iloc[0], end=span["end"].iloc[0])


class TestStatsmodels(FlavorSuite):
    flavor = "statsmodels"
    cases = (
        Case(
            name="least squares",
            train=lambda: sm.OLS(PROGRESSION, REGRESSORS).fit(),
            example=lambda: REGRESSORS[:4],
            predict=predict,
            data="model.statsmodels",
            unpickles=True,
        ),
        Case(
            name="least squares of arrays",
            train=lambda: sm.OLS(PROGRESSION.to_numpy(), REGRESSORS.to_numpy()).fit(),
            example=lambda: REGRESSORS.to_numpy()[:4],
            predict=predict,
            data="model.statsmodels",
            unpickles=True,
        ),
        Case(
            name="least squares without the data",
            train=lambda: sm.OLS(PROGRESSION, REGRESSORS).fit(),
            example=lambda: REGRESSORS[:4],
            predict=predict,
            arguments={"remove_data": True},
            data="model.statsmodels",
            unpickles=True,
        ),
        Case(
            name="formula",
            train=lambda: smf.glm("target ~ bmi * bp", data=DIABETES.assign(target=PROGRESSION)).fit(),
            example=lambda: DIABETES[["bmi", "bp"]][:4],
            predict=predict,
            data="model.statsmodels",
            unpickles=True,
        ),
        Case(
            name="time series",
            train=lambda: sm.tsa.ARIMA(SUNSPOTS, order=(2, 0, 0)).fit(),
            # What a signature of datetimes makes of its input is in nanoseconds.
            example=lambda: pd.DataFrame({"start": ["2005-01-01"], "end": ["2012-01-01"]}, dtype="datetime64[ns]"),
            predict=forecast,
            data="model.statsmodels",
            unpickles=True,
        ),
        Case(
            name="exponential smoothing",
            train=lambda: sm.tsa.SimpleExpSmoothing(np.asarray(SUNSPOTS), initialization_method="estimated").fit(),
            example=lambda: pd.DataFrame({"start": [300], "end": [312]}),
            predict=forecast,
            data="model.statsmodels",
            unpickles=True,
        ),
    )


def test_params_reach_predict(tmp_path: Path) -> None:
    model = sm.Logit(PROGRESSION > 150, REGRESSORS).fit(disp=False)
    signature = kiseki.models.infer_signature(REGRESSORS, model.predict(REGRESSORS), {"which": "mean"})
    kiseki.statsmodels.save_model(model, tmp_path / "model", signature=signature)
    function = kiseki.pyfunc.load_model(tmp_path / "model")
    same(function.predict(REGRESSORS), model.predict(REGRESSORS))
    same(function.predict(REGRESSORS, params={"which": "linear"}), model.predict(REGRESSORS, which="linear"))


@pytest.mark.parametrize(
    "span",
    [
        pd.DataFrame({"start": [300]}),
        pd.DataFrame({"start": [300, 301], "end": [302, 303]}),
        pd.DataFrame({"start": [], "end": []}),
        np.ones((1, 2)),
    ],
)
def test_a_time_series_is_asked_for_one_span(span: Any, tmp_path: Path) -> None:
    model = sm.tsa.ARIMA(SUNSPOTS, order=(1, 0, 0)).fit()
    kiseki.statsmodels.save_model(model, tmp_path / "model")
    function = kiseki.pyfunc.load_model(tmp_path / "model")
    with pytest.raises(InvalidParameter, match="exactly one row and include columns called start and end"):
        function.predict(span)
    same(function.predict(pd.DataFrame({"start": [305], "end": [311]})), model.predict(start=305, end=311))
    same(function.predict(pd.DataFrame({"start": ["2005"], "end": ["2012"]})), model.predict(start="2005", end="2012"))


def test_data_can_be_left_out(tmp_path: Path) -> None:
    def fit() -> Any:
        return sm.OLS(PROGRESSION, REGRESSORS).fit()

    kiseki.statsmodels.save_model(fit(), tmp_path / "with")
    kiseki.statsmodels.save_model(fit(), tmp_path / "without", remove_data=True)
    sizes = {name: (tmp_path / name / "model.statsmodels").stat().st_size for name in ("with", "without")}
    assert sizes["with"] > DIABETES.size * 8 > sizes["without"]


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match=r"statsmodels_model is of type OLS; expected what fit\(\)"):
        kiseki.statsmodels.save_model(sm.OLS(PROGRESSION, REGRESSORS), tmp_path / "model")
    assert not (tmp_path / "model").exists()
