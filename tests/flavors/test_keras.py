"""Keras 3's models."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris

import kiseki
from kiseki.base.errors import InvalidParameter, PermissionDenied
from kiseki.models.digests import DIGESTS_FILE
from tests.flavors.conftest import mlflow
from tests.flavors.suite import Case, FlavorSuite, files, mlmodel, quiet, same

# Keras' own, with NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")

IRIS, SPECIES = load_iris(return_X_y=True)
IRIS = IRIS.astype(np.float32)
ROWS = IRIS[48:52]


def network() -> Any:
    keras.utils.set_random_seed(7)
    layers = [keras.Input((4,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(3, activation="softmax")]
    net = keras.Sequential(layers)
    net.compile("adam", "sparse_categorical_crossentropy")
    net.fit(IRIS, SPECIES, epochs=1, verbose=0)
    return net


def functional() -> Any:
    keras.utils.set_random_seed(7)
    left, right = keras.Input((2,), name="left"), keras.Input((2,), name="right")
    return keras.Model({"left": left, "right": right}, keras.layers.Dense(1)(keras.layers.concatenate([left, right])))


def predict(model: Any, rows: Any) -> Any:
    return model.predict(rows, verbose=0)


class TestKeras(FlavorSuite):
    flavor = "keras"
    cases = (
        Case(name="sequential", train=network, example=lambda: ROWS, predict=predict, data="data/model.keras"),
        Case(
            name="named inputs",
            train=functional,
            example=lambda: {"left": ROWS[:, :2], "right": ROWS[:, 2:]},
            predict=predict,
            data="data/model.keras",
        ),
    )

    def save_theirs(self, case: Case, path: Path, **arguments: Any) -> Path:
        # MLflow's writes an example before it makes the folder for it.
        return super().save_theirs(case, path, **{**arguments, "input_example": None})

    def test_the_files_are_mlflows(self, case: Case, tmp_path: Path) -> None:
        ours, theirs = self.save(case, tmp_path / "ours"), self.save_theirs(case, tmp_path / "theirs")
        assert files(ours) - {DIGESTS_FILE} == files(theirs)
        expected = mlmodel(theirs)["flavors"]
        expected["keras"]["code"] = None
        assert mlmodel(ours)["flavors"] == expected


def test_what_only_predicts_is_exported(tmp_path: Path) -> None:
    net = network()
    kiseki.keras.save_model(net, tmp_path / "model", save_exported_model=True, input_example=ROWS)
    assert (tmp_path / "model/data/model/saved_model.pb").exists()
    same(kiseki.pyfunc.load_model(tmp_path / "model").predict(ROWS), predict(net, ROWS))
    assert not hasattr(kiseki.keras.load_model(tmp_path / "model"), "fit")
    with quiet():
        same(mlflow.pyfunc.load_model(str(tmp_path / "model")).predict(ROWS), predict(net, ROWS))


def test_tables_and_lists_are_arrays(tmp_path: Path) -> None:
    net = network()
    kiseki.keras.save_model(net, tmp_path / "model")
    model = kiseki.pyfunc.load_model(tmp_path / "model")
    same(model.predict(pd.DataFrame(ROWS)), predict(net, ROWS))
    same(model.predict(ROWS.tolist()), predict(net, ROWS))
    same(model.predict(ROWS, {"batch_size": 1}), predict(net, ROWS))


class Doubled(keras.layers.Layer):  # type: ignore[misc]  # Keras' types are not read
    def call(self, rows: Any) -> Any:
        return rows * 2


def test_layers_of_the_users_are_given_by_name(tmp_path: Path) -> None:
    net = keras.Sequential([keras.Input((4,)), Doubled()])
    kiseki.keras.save_model(net, tmp_path / "model")
    loaded = kiseki.keras.load_model(tmp_path / "model", custom_objects={"Doubled": Doubled})
    same(predict(loaded, ROWS), ROWS * 2)


def test_functions_in_files_are_run_when_asked_for_and_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(lambda rows: rows * 2)])
    kiseki.keras.save_model(net, tmp_path / "model")
    with pytest.raises(InvalidParameter, match=r"Keras cannot load 'model\.keras'.*Lambda"):
        kiseki.keras.load_model(tmp_path / "model")
    trusting = {"safe_mode": False}
    same(predict(kiseki.keras.load_model(tmp_path / "model", load_model_kwargs=trusting), ROWS), ROWS * 2)
    monkeypatch.setenv("KISEKI_ALLOW_PICKLE_DESERIALIZATION", "false")
    with pytest.raises(PermissionDenied, match="Lambda layers"):
        kiseki.keras.load_model(tmp_path / "model", load_model_kwargs=trusting)


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match=r"model is of type int; expected a keras\.Model"):
        kiseki.keras.save_model(3, tmp_path / "model")
