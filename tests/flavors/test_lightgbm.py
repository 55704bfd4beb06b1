"""LightGBM's models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.datasets import load_diabetes, load_iris

import kiseki
from kiseki.base.errors import InvalidParameter, PermissionDenied
from tests.flavors.suite import Case, FlavorSuite, same, unpickled

DIABETES, PROGRESSION = load_diabetes(return_X_y=True, as_frame=True)
IRIS, SPECIES = load_iris(return_X_y=True, as_frame=True)
# LightGBM has no names with spaces or brackets.
IRIS = IRIS.rename(columns=lambda name: name.replace(" (cm)", "").replace(" ", "_"))
SMALL: dict[str, Any] = {"n_estimators": 4, "num_leaves": 4, "verbose": -1}


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


def booster() -> Any:
    return lightgbm.train({"num_leaves": 4, "verbose": -1}, lightgbm.Dataset(DIABETES, PROGRESSION), 4)


def edit(folder: Path, **facts: Any) -> None:
    """Changes facts of the flavor in an MLmodel; None takes one out. Digests go: MLflow writes none."""
    described = yaml.safe_load((folder / "MLmodel").read_text())
    flavor = described["flavors"]["lightgbm"] | facts
    described["flavors"]["lightgbm"] = {key: value for key, value in flavor.items() if value is not None}
    (folder / "MLmodel").write_text(yaml.safe_dump(described))
    (folder / "SHA256SUMS").unlink()


def test_params_reach_predict(tmp_path: Path) -> None:
    model = classifier()
    signature = kiseki.models.infer_signature(IRIS, model.predict(IRIS), {"raw_score": False})
    kiseki.lightgbm.save_model(model, tmp_path / "model", signature=signature)
    function = kiseki.pyfunc.load_model(tmp_path / "model")
    same(function.predict(IRIS), model.predict(IRIS))
    same(function.predict(IRIS, params={"raw_score": True}), model.predict(IRIS, raw_score=True))


@pytest.mark.parametrize(
    "train",
    [
        lambda table, target: lightgbm.train({"verbose": -1}, lightgbm.Dataset(table, target), 4),
        lambda table, target: lightgbm.LGBMRegressor(**SMALL).fit(table, target),
    ],
)
def test_categories_come_as_texts(train: Any, tmp_path: Path) -> None:
    group = pd.Categorical(np.where(DIABETES["sex"] > 0, "one", "other"))
    table = DIABETES.assign(sex=group)
    model = train(table, PROGRESSION + np.where(group == "one", 900, 0))
    kiseki.lightgbm.save_model(model, tmp_path / "model", input_example=table[:4])
    function = kiseki.pyfunc.load_model(tmp_path / "model")
    expected = function.predict(table)
    assert expected[group == "one"].min() > expected[group == "other"].max()
    same(function.predict(table.astype({"sex": str})), expected)
    # A row alone has one category, which is still that of the training.
    same(function.predict(table[2:3].astype({"sex": str})), expected[2:3])


def test_a_booster_is_saved_as_its_own_method_does(tmp_path: Path) -> None:
    model = booster()
    kiseki.lightgbm.save_model(model, tmp_path / "model", num_iteration=2)
    loaded = kiseki.lightgbm.load_model(tmp_path / "model")
    assert loaded.num_trees() == 2
    same(loaded.predict(DIABETES), model.predict(DIABETES, num_iteration=2))
    with pytest.raises(InvalidParameter, match="takes no num_iteration"):
        kiseki.lightgbm.save_model(classifier(), tmp_path / "other", num_iteration=2)


def squares(labels: Any, scores: Any) -> tuple[Any, Any]:
    return scores - labels, np.ones(len(labels))


def test_an_objective_of_the_users_needs_cloudpickle(tmp_path: Path) -> None:
    model = lightgbm.LGBMRegressor(**SMALL, objective=squares).fit(DIABETES, PROGRESSION)
    with pytest.raises(InvalidParameter, match=r"squares.*serialization_format='cloudpickle'"):
        kiseki.lightgbm.save_model(model, tmp_path / "model")
    assert not (tmp_path / "model").exists()
    kiseki.lightgbm.save_model(model, tmp_path / "model", serialization_format="cloudpickle")
    same(kiseki.lightgbm.load_model(tmp_path / "model").predict(DIABETES), model.predict(DIABETES))


class Cautious(lightgbm.LGBMRegressor):
    """An estimator of the user's."""


def test_a_type_of_the_users_is_trusted_when_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = Cautious(**SMALL).fit(DIABETES, PROGRESSION)
    name = f"{Cautious.__module__}.Cautious"
    with pytest.raises(InvalidParameter, match=rf"untrusted types: \['{name}'\].*skops_trusted_types="):
        kiseki.lightgbm.save_model(model, tmp_path / "model")
    kiseki.lightgbm.save_model(model, tmp_path / "model", skops_trusted_types=[name])
    loaded = kiseki.lightgbm.load_model(tmp_path / "model")
    assert type(loaded) is Cautious
    same(loaded.predict(DIABETES), model.predict(DIABETES))
    monkeypatch.setenv("KISEKI_ALLOW_PICKLE_DESERIALIZATION", "false")
    with pytest.raises(PermissionDenied, match=rf"skops would make \['{name}'\]"):
        kiseki.lightgbm.load_model(tmp_path / "model")


def test_a_ranker_needs_no_trust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = lightgbm.LGBMRanker(**SMALL).fit(IRIS, SPECIES, group=np.full(15, 10))
    kiseki.lightgbm.save_model(model, tmp_path / "model")
    monkeypatch.setenv("KISEKI_ALLOW_PICKLE_DESERIALIZATION", "false")
    with unpickled() as names:
        same(kiseki.lightgbm.load_model(tmp_path / "model").predict(IRIS), model.predict(IRIS))
    assert names == []


def test_models_of_older_mlflows_are_loaded(tmp_path: Path) -> None:
    kiseki.lightgbm.save_model(booster(), tmp_path / "one")
    edit(tmp_path / "one", model_class=None, serialization_format=None, skops_trusted_types=None)
    same(kiseki.lightgbm.load_model(tmp_path / "one").predict(DIABETES), booster().predict(DIABETES))
    kiseki.lightgbm.save_model(classifier(), tmp_path / "two", serialization_format="cloudpickle")
    edit(tmp_path / "two", serialization_format=None, skops_trusted_types=None)
    same(kiseki.lightgbm.load_model(tmp_path / "two").predict(IRIS), classifier().predict(IRIS))


@pytest.mark.parametrize("content", [b"", b"not a model", b"tree\nversion=v9\n"])
def test_what_lightgbm_cannot_read_is_said(content: bytes, tmp_path: Path) -> None:
    kiseki.lightgbm.save_model(booster(), tmp_path / "model")
    edit(tmp_path / "model", lgb_version="1.0.0")
    (tmp_path / "model" / "model.lgb").write_bytes(content)
    with pytest.raises(InvalidParameter, match=r"cannot read 'model\.lgb', which LightGBM 1\.0\.0 wrote"):
        kiseki.lightgbm.load_model(tmp_path / "model")


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match=r"lgb_model is of type dict; expected a lightgbm\.Booster"):
        kiseki.lightgbm.save_model({}, tmp_path / "model")
    with pytest.raises(InvalidParameter, match="Unrecognized serialization format: dill"):
        kiseki.lightgbm.save_model(classifier(), tmp_path / "model", serialization_format="dill")  # type: ignore[arg-type]
    assert not (tmp_path / "model").exists()
