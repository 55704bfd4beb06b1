"""Explainers of linear models, whose SHAP values are known, and of trees."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression

import kiseki
from kiseki.base.errors import InvalidParameter
from kiseki.flavors import shap as flavor
from tests.flavors.suite import Case, FlavorSuite, mlmodel, quiet, same

with quiet():
    # matplotlib warns of how shap makes its colours.
    import shap

FEATURES, TARGET = load_diabetes(return_X_y=True, as_frame=True)
ROWS = FEATURES.iloc[:40]
LINEAR = LinearRegression().fit(FEATURES, TARGET)
SOME = ROWS.iloc[:, :4]
SMALL = LinearRegression().fit(SOME, TARGET[:40])


def named(module: Any) -> Any:
    """A module whose functions have names of their own under those of the other flavors."""
    return SimpleNamespace(
        save_model=module.save_explainer,
        log_model=module.log_explainer,
        load_model=module.load_explainer,
        get_default_pip_requirements=module.get_default_pip_requirements,
        get_default_conda_env=module.get_default_conda_env,
    )


class TestShap(FlavorSuite):
    flavor = "shap"
    cases = (
        Case(
            name="function",
            train=lambda: shap.explainers.Exact(SMALL.predict, SOME),
            example=lambda: SOME.iloc[:3],
            predict=lambda explainer, example: explainer(example).values,
            data="explainer.shap",
            unpickles=True,
        ),
        Case(
            name="function-inside",
            train=lambda: shap.explainers.Exact(SMALL.predict, SOME),
            example=lambda: SOME.iloc[:3],
            predict=lambda explainer, example: explainer(example).values,
            arguments={"serialize_model_using_mlflow": False},
            data="explainer.shap",
            unpickles=True,
        ),
        Case(
            name="linear",
            train=lambda: shap.LinearExplainer(LINEAR, ROWS),
            example=lambda: ROWS.iloc[:3],
            predict=lambda explainer, example: explainer(example).values,
            data="explainer.shap",
            unpickles=True,
        ),
    )

    @property
    def ours(self) -> Any:
        return named(flavor)

    @property
    def theirs(self) -> Any:
        return named(super().theirs)


@pytest.fixture(scope="module")
def forest() -> tuple[Any, pd.DataFrame]:
    rows, classes = load_iris(return_X_y=True, as_frame=True)
    return RandomForestClassifier(4, max_depth=3, random_state=0).fit(rows, classes), rows.iloc[::10]


def test_explainers_of_trees(forest: tuple[Any, pd.DataFrame], tmp_path: Path) -> None:
    model, rows = forest
    explainer = shap.TreeExplainer(model)
    flavor.save_explainer(explainer, tmp_path / "model", input_example=rows.iloc[:2])
    expected = explainer(rows).values
    assert expected.shape == (15, 4, 3)
    same(flavor.load_explainer(tmp_path / "model")(rows).values, expected)
    same(kiseki.pyfunc.load_model(tmp_path / "model").predict(rows), expected)


def test_a_method_other_than_predict_is_kept(forest: tuple[Any, pd.DataFrame], tmp_path: Path) -> None:
    model, rows = forest
    explainer = shap.explainers.Exact(model.predict_proba, rows)
    flavor.save_explainer(explainer, tmp_path / "model")
    assert mlmodel(tmp_path / "model")["flavors"]["shap"]["underlying_model_flavor"] == "unknown"
    same(flavor.load_explainer(tmp_path / "model")(rows).values, explainer(rows).values)


def test_an_explainer_requires_what_it_explains(forest: tuple[Any, pd.DataFrame], tmp_path: Path) -> None:
    for name, explainer in (("tree", shap.TreeExplainer(forest[0])), ("linear", shap.LinearExplainer(LINEAR, ROWS))):
        flavor.save_explainer(explainer, tmp_path / name)
        lines = (tmp_path / name / "requirements.txt").read_text().splitlines()
        assert {line.partition("==")[0] for line in lines} >= {"shap", "scikit-learn", "numpy"}


def test_explanations_are_artifacts() -> None:
    with kiseki.start_run():
        uri = flavor.log_explanation(LINEAR.predict, ROWS)
    folder = Path(kiseki.artifacts.download_artifacts(uri))
    assert sorted(file.name for file in folder.iterdir()) == [
        "base_values.npy",
        "shap_values.npy",
        "summary_bar_plot.png",
    ]
    # The values of a linear model are its coefficients times the distances from the mean.
    expected = (ROWS - ROWS.mean()).to_numpy() * LINEAR.coef_
    np.testing.assert_allclose(np.load(folder / "shap_values.npy"), expected, atol=1e-6)
    np.testing.assert_allclose(np.load(folder / "base_values.npy"), LINEAR.predict(ROWS).mean())
    assert (folder / "summary_bar_plot.png").read_bytes().startswith(b"\x89PNG")


def test_explanations_of_several_outputs(forest: tuple[Any, pd.DataFrame]) -> None:
    model, rows = forest
    with kiseki.start_run() as run, quiet():
        uri = flavor.log_explanation(model.predict_proba, rows.to_numpy(), artifact_path="why/classes")
    assert uri == f"{run.info.artifact_uri}/why/classes"
    folder = Path(kiseki.artifacts.download_artifacts(uri))
    assert np.load(folder / "shap_values.npy").shape == (15, 4, 3)
    assert np.load(folder / "base_values.npy").shape == (3,)


def test_anything_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match=r"is of type int; expected a shap\.Explainer"):
        flavor.save_explainer(3, tmp_path / "model")
    with pytest.raises(InvalidParameter, match="expected a DataFrame or an array of rows x features"):
        flavor.log_explanation(LINEAR.predict, [1, 2])
    flavor.save_explainer(shap.explainers.Exact(SMALL.predict, SOME), tmp_path / "model")
    text = (tmp_path / "model" / "MLmodel").read_text()
    (tmp_path / "model" / "MLmodel").write_text(text.replace("flavor: sklearn", "flavor: pytorch"))
    with pytest.raises(InvalidParameter, match="of the flavor 'pytorch'"):
        flavor.load_explainer(tmp_path / "model")
