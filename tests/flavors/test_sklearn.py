"""scikit-learn's estimators; what only this flavor has is in tests/unit/flavors."""

from __future__ import annotations

from typing import Any

from sklearn.cluster import KMeans
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.flavors.suite import Case, FlavorSuite

DIABETES, PROGRESSION = load_diabetes(return_X_y=True, as_frame=True)
IRIS, SPECIES = load_iris(return_X_y=True, as_frame=True)


def predict(model: Any, rows: Any) -> Any:
    return model.predict(rows)


class TestSklearn(FlavorSuite):
    flavor = "sklearn"
    package = "scikit-learn"
    cases = (
        Case(
            name="pipeline",
            train=lambda: make_pipeline(StandardScaler(), LogisticRegression()).fit(IRIS, SPECIES),
            example=lambda: IRIS[48:52],
            predict=predict,
            data="model.skops",
        ),
        Case(
            name="regression of arrays",
            train=lambda: LinearRegression().fit(DIABETES.to_numpy(), PROGRESSION),
            example=lambda: DIABETES.to_numpy()[:4],
            predict=predict,
            data="model.skops",
        ),
        Case(
            name="clusters in cloudpickle",
            train=lambda: KMeans(3, random_state=0, n_init=1).fit(IRIS),
            example=lambda: IRIS[48:52],
            predict=predict,
            arguments={"serialization_format": "cloudpickle"},
            data="model.pkl",
            unpickles=True,
        ),
        Case(
            name="regression in pickle",
            train=lambda: LinearRegression().fit(DIABETES, PROGRESSION),
            example=lambda: DIABETES[:4],
            predict=predict,
            arguments={"serialization_format": "pickle"},
            data="model.pkl",
            unpickles=True,
        ),
    )
