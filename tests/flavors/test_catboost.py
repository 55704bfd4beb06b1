"""CatBoost's models."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import catboost
import numpy as np
import pytest
import yaml
from sklearn.datasets import load_diabetes, load_iris

import kiseki
from kiseki.base.errors import InvalidParameter
from tests.flavors.suite import Case, FlavorSuite, same

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
            name="model of arrays in CoreML",
            train=lambda: catboost.CatBoostRegressor(**SMALL).fit(DIABETES.to_numpy(), PROGRESSION),
            example=lambda: DIABETES.to_numpy()[:4],
            predict=predict,
            arguments={"format": "coreml"},
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


def edit(folder: Path, **facts: Any) -> None:
    """Changes facts of the flavor in an MLmodel. Digests go: MLflow writes none."""
    described = yaml.safe_load((folder / "MLmodel").read_text())
    described["flavors"]["catboost"] |= facts
    (folder / "MLmodel").write_text(yaml.safe_dump(described))
    (folder / "SHA256SUMS").unlink()


def test_params_reach_predict(tmp_path: Path) -> None:
    model = catboost.CatBoostClassifier(**SMALL).fit(IRIS, SPECIES)
    signature = kiseki.models.infer_signature(IRIS, model.predict(IRIS), {"prediction_type": "Class"})
    kiseki.catboost.save_model(model, tmp_path / "model", signature=signature)
    function = kiseki.pyfunc.load_model(tmp_path / "model")
    same(function.predict(IRIS), model.predict(IRIS))
    same(function.predict(IRIS, params={"prediction_type": "Probability"}), model.predict_proba(IRIS))


def test_categories_are_texts(tmp_path: Path) -> None:
    group = np.where(DIABETES["sex"] > 0, "one", "other")
    table = DIABETES.assign(sex=group)
    model = catboost.CatBoostRegressor(**SMALL, cat_features=["sex"]).fit(table, PROGRESSION)
    kiseki.catboost.save_model(model, tmp_path / "model", input_example=table[:4])
    same(kiseki.pyfunc.load_model(tmp_path / "model").predict(table), model.predict(table))


class Cautious(catboost.CatBoostRegressor):  # type: ignore[misc]  # of no known type
    """A model of the user's."""


def test_a_class_of_the_users_is_saved_as_the_librarys(tmp_path: Path) -> None:
    model = Cautious(**SMALL).fit(DIABETES, PROGRESSION)
    kiseki.catboost.save_model(model, tmp_path / "model")
    loaded = kiseki.catboost.load_model(tmp_path / "model")
    assert type(loaded) is catboost.CatBoostRegressor
    same(loaded.predict(DIABETES), model.predict(DIABETES))


@pytest.mark.parametrize("name", ["cpp", "python", "pmml", "../x"])
def test_a_format_that_cannot_be_read_again_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match=r"format is .*; CatBoost reads"):
        kiseki.catboost.save_model(regressor(), tmp_path / "model", format=name)
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize("facts", [{"model_type": "Pool"}, {"model_type": "os"}, {"save_format": "cpp"}])
def test_what_is_no_model_in_an_mlmodel_is_refused(facts: dict[str, str], tmp_path: Path) -> None:
    kiseki.catboost.save_model(regressor(), tmp_path / "model")
    edit(tmp_path / "model", **facts)
    with pytest.raises(InvalidParameter, match=r"The MLmodel's model_type is .*; expected one of"):
        kiseki.catboost.load_model(tmp_path / "model")


@pytest.mark.parametrize("content", [b"", b"not a model", bytes(1000)])
def test_what_catboost_cannot_read_is_said(content: bytes, tmp_path: Path) -> None:
    kiseki.catboost.save_model(regressor(), tmp_path / "model")
    edit(tmp_path / "model", catboost_version="0.1")
    (tmp_path / "model" / "model.cb").write_bytes(content)
    with pytest.raises(InvalidParameter, match=r"cannot read 'model\.cb', which CatBoost 0\.1 wrote"):
        kiseki.catboost.load_model(tmp_path / "model")


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match="cb_model is of type dict; expected a model of CatBoost"):
        kiseki.catboost.save_model({}, tmp_path / "model")
