"""Results of fits with statsmodels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf
from sklearn.datasets import load_diabetes

from tests.flavors.suite import Case, FlavorSuite

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
