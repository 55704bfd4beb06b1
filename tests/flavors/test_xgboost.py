"""XGBoost's models."""

from __future__ import annotations

from typing import Any

import numpy as np
import xgboost
from sklearn.datasets import load_diabetes, load_iris

from tests.flavors.suite import Case, FlavorSuite

DIABETES, PROGRESSION = load_diabetes(return_X_y=True, as_frame=True)
IRIS, SPECIES = load_iris(return_X_y=True, as_frame=True)
SMALL = {"n_estimators": 4, "max_depth": 2}


def booster() -> Any:
    return xgboost.train({"max_depth": 2}, xgboost.DMatrix(DIABETES, label=PROGRESSION), 4)


class TestXGBoost(FlavorSuite):
    flavor = "xgboost"
    cases = (
        Case(
            name="booster",
            train=booster,
            example=lambda: DIABETES[:4],
            predict=lambda model, rows: model.predict(xgboost.DMatrix(rows)),
            data="model.ubj",
        ),
        Case(
            name="booster of arrays",
            train=lambda: xgboost.train({}, xgboost.DMatrix(DIABETES.to_numpy(), label=PROGRESSION), 4),
            example=lambda: DIABETES.to_numpy()[:4],
            predict=lambda model, rows: model.predict(xgboost.DMatrix(rows)),
            data="model.ubj",
        ),
        Case(
            name="classifier",
            train=lambda: xgboost.XGBClassifier(**SMALL).fit(IRIS, SPECIES),
            example=lambda: IRIS[48:52],
            predict=lambda model, rows: model.predict(rows),
            data="model.ubj",
        ),
        Case(
            name="regressor in JSON",
            train=lambda: xgboost.XGBRegressor(**SMALL).fit(DIABETES, PROGRESSION),
            example=lambda: DIABETES[:4],
            predict=lambda model, rows: model.predict(rows),
            arguments={"model_format": "json"},
            data="model.json",
        ),
        Case(
            name="forest",
            train=lambda: xgboost.XGBRFRegressor(**SMALL).fit(DIABETES, PROGRESSION),
            example=lambda: DIABETES[:4],
            predict=lambda model, rows: model.predict(rows),
            data="model.ubj",
        ),
        Case(
            name="ranker",
            train=lambda: xgboost.XGBRanker(**SMALL).fit(IRIS, SPECIES, qid=np.arange(150) // 10),
            example=lambda: IRIS[48:52],
            predict=lambda model, rows: model.predict(rows),
            data="model.ubj",
        ),
    )
