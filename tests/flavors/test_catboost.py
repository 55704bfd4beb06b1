"""CatBoost's models."""

from __future__ import annotations

from typing import Any, Final

import catboost
import numpy as np
from sklearn.datasets import load_diabetes, load_iris

from tests.flavors.suite import Case, FlavorSuite

DIABETES, PROGRESSION = load_diabetes(return_X_y=True, as_frame=True)
IRIS, SPECIES = load_iris(return_X_y=True, as_frame=True)
SMALL: Final = {
    "iterations": 4,
    "depth": 2,
    "verbose": 0,
    "allow_writing_files": False,
    "bootstrap_type": "No",
    "thread_count": 1,
}


def predict(model: Any, rows: Any) -> Any:
    return model.predict(rows)


def regressor() -> Any:
    return catboost.CatBoostRegressor(**SMALL).fit(DIABETES, PROGRESSION)


class TestCatBoost(FlavorSuite):
    flavor = "catboost"
    cases = (
        Case(name="regressor", train=regressor, example=lambda: DIABETES[:4], predict=predict, data="model.cb"),
        Case(
            name="classifier",
            train=lambda: catboost.CatBoostClassifier(**SMALL).fit(IRIS, SPECIES),
            example=lambda: IRIS[48:52],
            predict=predict,
            data="model.cb",
        ),
        Case(
            name="model of arrays",
            train=lambda: catboost.CatBoost(SMALL).fit(DIABETES.to_numpy(), PROGRESSION),
            example=lambda: DIABETES.to_numpy()[:4],
            predict=predict,
            data="model.cb",
        ),
        Case(
            name="ranker",
            train=lambda: catboost.CatBoostRanker(**SMALL).fit(IRIS, SPECIES, group_id=np.arange(150) // 10),
            example=lambda: IRIS[48:52],
            predict=predict,
            data="model.cb",
        ),
        Case(
            name="regressor in JSON",
            train=regressor,
            example=lambda: DIABETES[:4],
            predict=predict,
            arguments={"format": "json"},
            data="model.cb",
        ),
        Case(
            name="regressor in ONNX",
            train=regressor,
            example=lambda: DIABETES[:4],
            predict=predict,
            arguments={"format": "onnx"},
            data="model.cb",
        ),
    )
