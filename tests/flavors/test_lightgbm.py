"""LightGBM's models."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
from sklearn.datasets import load_diabetes, load_iris

from tests.flavors.suite import Case, FlavorSuite

DIABETES, PROGRESSION = load_diabetes(return_X_y=True, as_frame=True)
IRIS, SPECIES = load_iris(return_X_y=True, as_frame=True)
# LightGBM has no names with spaces or brackets.
IRIS = IRIS.rename(columns=lambda name: name.replace(" (cm)", "").replace(" ", "_"))
SMALL = {"n_estimators": 4, "num_leaves": 4, "verbose": -1}


def predict(model: Any, rows: Any) -> Any:
    return model.predict(rows)


def classifier() -> Any:
    return lightgbm.LGBMClassifier(**SMALL).fit(IRIS, SPECIES)


class TestLightGBM(FlavorSuite):
    flavor = "lightgbm"
    cases = (
        Case(
            name="booster",
            train=lambda: lightgbm.train({"num_leaves": 4, "verbose": -1}, lightgbm.Dataset(DIABETES, PROGRESSION), 4),
            example=lambda: DIABETES[:4],
            predict=predict,
            data="model.lgb",
        ),
        Case(
            name="booster of arrays",
            train=lambda: lightgbm.train(
                {"num_leaves": 4, "verbose": -1}, lightgbm.Dataset(DIABETES.to_numpy(), PROGRESSION), 4
            ),
            example=lambda: DIABETES.to_numpy()[:4],
            predict=predict,
            data="model.lgb",
        ),
        Case(name="classifier", train=classifier, example=lambda: IRIS[48:52], predict=predict, data="model.skops"),
        Case(
            name="classifier in cloudpickle",
            train=classifier,
            example=lambda: IRIS[48:52],
            predict=predict,
            arguments={"serialization_format": "cloudpickle"},
            data="model.pkl",
            unpickles=True,
        ),
        Case(
            name="regressor in pickle",
            train=lambda: lightgbm.LGBMRegressor(**SMALL).fit(DIABETES, PROGRESSION),
            example=lambda: DIABETES[:4],
            predict=predict,
            arguments={"serialization_format": "pickle"},
            data="model.pkl",
            unpickles=True,
        ),
        Case(
            name="ranker",
            train=lambda: lightgbm.LGBMRanker(**SMALL).fit(IRIS, SPECIES, group=np.full(15, 10)),
            example=lambda: IRIS[48:52],
            predict=predict,
            # kiseki trusts it without being told, MLflow does not.
            arguments={"skops_trusted_types": ["lightgbm.sklearn.LGBMRanker"]},
            data="model.skops",
        ),
    )
