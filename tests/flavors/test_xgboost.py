"""XGBoost's models."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost
import yaml
from sklearn.datasets import load_diabetes, load_iris

import kiseki
from kiseki.base.errors import InvalidParameter
from tests.flavors.suite import Case, FlavorSuite, same

DIABETES, PROGRESSION = load_diabetes(return_X_y=True, as_frame=True)
IRIS, SPECIES = load_iris(return_X_y=True, as_frame=True)
SMALL: dict[str, Any] = {"n_estimators": 4, "max_depth": 2}


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


def edit(folder: Path, **facts: Any) -> None:
    """Changes facts of the flavor in an MLmodel; None takes one out. Digests go: MLflow writes none."""
    described = yaml.safe_load((folder / "MLmodel").read_text())
    flavor = described["flavors"]["xgboost"] | facts
    described["flavors"]["xgboost"] = {key: value for key, value in flavor.items() if value is not None}
    (folder / "MLmodel").write_text(yaml.safe_dump(described))
    (folder / "SHA256SUMS").unlink()


def test_params_reach_predict(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    model = xgboost.XGBClassifier(**SMALL).fit(IRIS, SPECIES)
    params = {"output_margin": False, "temperature": 1.0}
    signature = kiseki.models.infer_signature(IRIS, model.predict(IRIS), params)
    kiseki.xgboost.save_model(model, tmp_path / "model", signature=signature)
    function = kiseki.pyfunc.load_model(tmp_path / "model")
    with caplog.at_level(logging.WARNING, "kiseki"):
        same(function.predict(IRIS, params={"output_margin": True}), model.predict(IRIS, output_margin=True))
    assert "does not take the params temperature" in caplog.text


def test_a_booster_with_names_predicts_for_arrays(tmp_path: Path) -> None:
    model = booster()
    kiseki.xgboost.save_model(model, tmp_path / "model")
    function = kiseki.pyfunc.load_model(tmp_path / "model")
    expected = model.predict(xgboost.DMatrix(DIABETES))
    same(function.predict(DIABETES.to_numpy()), expected)
    same(function.predict(DIABETES.to_numpy().tolist()), expected)
    # With names, they are compared.
    with pytest.raises(ValueError, match="feature_names mismatch"):
        function.predict(DIABETES[DIABETES.columns[::-1]])


@pytest.mark.parametrize(
    "train",
    [
        lambda table, target: xgboost.train({}, xgboost.DMatrix(table, label=target, enable_categorical=True), 4),
        lambda table, target: xgboost.XGBRegressor(**SMALL, enable_categorical=True).fit(table, target),
    ],
)
def test_categories_come_as_texts(train: Any, tmp_path: Path) -> None:
    group = pd.Categorical(np.where(DIABETES["sex"] > 0, "one", "other"))
    table = DIABETES.assign(sex=group)
    model = train(table, PROGRESSION + np.where(group == "one", 300, 0))
    kiseki.xgboost.save_model(model, tmp_path / "model", input_example=table[:4])
    function = kiseki.pyfunc.load_model(tmp_path / "model")
    expected = function.predict(table)
    assert expected[group == "one"].min() > expected[group == "other"].max()
    same(function.predict(table.astype({"sex": str})), expected)
    # A row alone has one category, which is still that of the training.
    same(function.predict(table[2:3].astype({"sex": str})), expected[2:3])
    # XGBoost takes it for "one".
    with pytest.raises(InvalidParameter, match=r"The column 'sex' has 'a third', .* trained with: 'one', 'other'\."):
        function.predict(table[2:3].assign(sex="a third"))
    assert "pyarrow" in (tmp_path / "model" / "requirements.txt").read_text()


def test_categories_can_be_numbers(tmp_path: Path) -> None:
    table = pd.DataFrame({"age": DIABETES["age"], "group": pd.Categorical(np.where(DIABETES["sex"] > 0, 7, 3))})
    model = xgboost.XGBRegressor(**SMALL, enable_categorical=True).fit(table, PROGRESSION)
    kiseki.xgboost.save_model(model, tmp_path / "model", input_example=table[:4])
    function = kiseki.pyfunc.load_model(tmp_path / "model")
    same(function.predict(table.astype({"group": int})), model.predict(table))
    with pytest.raises(InvalidParameter, match=r"The column 'group' has .*5.*, which is none of the 2 categories"):
        function.predict(table[:1].assign(group=5))


class Cautious(xgboost.XGBRegressor):
    """An estimator of the user's."""


def test_an_estimator_of_the_users_is_loaded_as_what_it_is(tmp_path: Path) -> None:
    model = Cautious(**SMALL).fit(DIABETES, PROGRESSION)
    kiseki.xgboost.save_model(model, tmp_path / "model")
    loaded = kiseki.xgboost.load_model(tmp_path / "model")
    assert type(loaded) is Cautious
    same(loaded.predict(DIABETES), model.predict(DIABETES))


@pytest.mark.filterwarnings("ignore:.*Unknown file format")
def test_a_model_of_mlflow_1_is_a_booster(tmp_path: Path) -> None:
    kiseki.xgboost.save_model(booster(), tmp_path / "model")
    (tmp_path / "model" / "model.ubj").rename(tmp_path / "model" / "model.xgb")
    edit(tmp_path / "model", data=None, model_class=None, model_format=None)
    loaded = kiseki.xgboost.load_model(tmp_path / "model")
    same(loaded.predict(xgboost.DMatrix(DIABETES)), booster().predict(xgboost.DMatrix(DIABETES)))


@pytest.mark.parametrize(
    "name", ["os.system", "subprocess.Popen", "xgboost.core.DMatrix", "xgboost.nothing", "Booster"]
)
def test_a_class_that_is_no_model_is_refused(name: str, tmp_path: Path) -> None:
    kiseki.xgboost.save_model(booster(), tmp_path / "model")
    edit(tmp_path / "model", model_class=name)
    with pytest.raises(InvalidParameter, match=f"'{name}', which is no class of models of XGBoost"):
        kiseki.xgboost.load_model(tmp_path / "model")


def test_a_class_that_is_missing_is_named(tmp_path: Path) -> None:
    kiseki.xgboost.save_model(booster(), tmp_path / "model")
    edit(tmp_path / "model", model_class="no_such_module.Model")
    with pytest.raises(InvalidParameter, match=r"no_such_module\.Model, which cannot be imported here.*code_paths"):
        kiseki.xgboost.load_model(tmp_path / "model")


@pytest.mark.parametrize("content", [b"", b"not a model", b"{", bytes(1000)])
def test_what_xgboost_cannot_read_is_said(content: bytes, tmp_path: Path) -> None:
    kiseki.xgboost.save_model(booster(), tmp_path / "model")
    edit(tmp_path / "model", xgb_version="1.0.0")
    (tmp_path / "model" / "model.ubj").write_bytes(content)
    with pytest.raises(InvalidParameter, match=r"cannot read 'model\.ubj', which XGBoost 1\.0\.0 wrote"):
        kiseki.xgboost.load_model(tmp_path / "model")


def test_a_file_outside_of_the_model_is_refused(tmp_path: Path) -> None:
    kiseki.xgboost.save_model(booster(), tmp_path / "model")
    (tmp_path / "other.ubj").write_bytes((tmp_path / "model" / "model.ubj").read_bytes())
    edit(tmp_path / "model", data="../other.ubj")
    with pytest.raises(InvalidParameter, match=r"other\.ubj"):
        kiseki.xgboost.load_model(tmp_path / "model")


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match=r"xgb_model is of type dict; expected an xgboost\.Booster"):
        kiseki.xgboost.save_model({}, tmp_path / "model")
    with pytest.raises(InvalidParameter, match=r"model_format is '\.\./x'; expected one of \['ubj', 'json'\]"):
        kiseki.xgboost.save_model(booster(), tmp_path / "model", model_format="../x")  # type: ignore[arg-type]
    assert not (tmp_path / "model").exists()
