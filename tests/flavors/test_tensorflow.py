"""TensorFlow's models."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from sklearn.datasets import load_iris

import kiseki
from kiseki.base.errors import InvalidParameter, PermissionDenied
from tests.flavors.conftest import mlflow
from tests.flavors.suite import Case, FlavorSuite, quiet, same, unpickled

# Keras' own, with NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")

IRIS, SPECIES = load_iris(return_X_y=True)
IRIS = IRIS.astype(np.float32)
ROWS = IRIS[48:52]


def network() -> Any:
    tf.keras.utils.set_random_seed(7)
    layers = [tf.keras.Input((4,)), tf.keras.layers.Dense(4), tf.keras.layers.Dense(3, activation="softmax")]
    net = tf.keras.Sequential(layers)
    net.compile("adam", "sparse_categorical_crossentropy")
    net.fit(IRIS, SPECIES, epochs=1, verbose=0)
    return net


class Scaled(tf.Module):  # type: ignore[misc]  # TensorFlow's types are not read
    def __init__(self) -> None:
        super().__init__()
        self.factor = tf.Variable(2.0)

    @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32)])  # type: ignore[untyped-decorator]
    def __call__(self, rows: Any) -> Any:
        return {"scaled": rows * self.factor, "sums": tf.reduce_sum(rows, axis=1)}


def predict(model: Any, rows: Any) -> Any:
    return model.predict(rows, verbose=0)


def call(model: Any, rows: Any) -> Any:
    return {name: value.numpy() for name, value in model(tf.constant(rows)).items()}


class TestTensorFlow(FlavorSuite):
    flavor = "tensorflow"
    cases = (
        Case(name="keras", train=network, example=lambda: ROWS, predict=predict, data="data/model.keras"),
        Case(
            name="keras in HDF5",
            train=network,
            example=lambda: ROWS,
            predict=predict,
            arguments={"keras_model_kwargs": {"save_format": "h5"}},
            data="data/model.h5",
        ),
    )


def test_modules_are_saved_models(tmp_path: Path) -> None:
    module = Scaled()
    kiseki.tensorflow.save_model(module, tmp_path / "model", input_example=ROWS)
    with quiet():
        mlflow.tensorflow.save_model(module, str(tmp_path / "theirs"), pip_requirements=["tensorflow"])
        found = mlflow.pyfunc.load_model(str(tmp_path / "model")).predict(ROWS)
        same({name: value.numpy() for name, value in found.items()}, call(module, ROWS))
    for folder in (tmp_path / "model", tmp_path / "theirs"):
        same(call(kiseki.tensorflow.load_model(folder), ROWS), call(module, ROWS))
        same(kiseki.pyfunc.load_model(folder).predict(ROWS), call(module, ROWS))
    # Names of arguments, where no signature says that it is one array.
    same(kiseki.pyfunc.load_model(tmp_path / "theirs").predict({"rows": ROWS}), call(module, ROWS))


def test_tables_and_lists_are_arrays(tmp_path: Path) -> None:
    net = network()
    kiseki.tensorflow.save_model(net, tmp_path / "model")
    model = kiseki.pyfunc.load_model(tmp_path / "model")
    same(model.predict(pd.DataFrame(ROWS)), predict(net, ROWS))
    same(model.predict(ROWS.tolist()), predict(net, ROWS))
    same(model.predict(ROWS, {"batch_size": 1}), predict(net, ROWS))


def test_custom_objects_are_kept_and_pass_the_gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Doubled(tf.keras.layers.Layer):  # type: ignore[misc]
        def call(self, rows: Any) -> Any:
            return rows * 2

    net = tf.keras.Sequential([tf.keras.Input((4,)), Doubled()])
    kiseki.tensorflow.save_model(net, tmp_path / "model", custom_objects={"Doubled": Doubled})
    same(kiseki.pyfunc.load_model(tmp_path / "model").predict(ROWS), ROWS * 2)
    with quiet():
        same(mlflow.pyfunc.load_model(str(tmp_path / "model")).predict(ROWS), ROWS * 2)
    monkeypatch.setenv("KISEKI_ALLOW_PICKLE_DESERIALIZATION", "false")
    with unpickled() as names, pytest.raises(PermissionDenied, match=r"custom_objects\.cloudpickle"):
        kiseki.tensorflow.load_model(tmp_path / "model")
    assert names == []


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match=r"model is of type int; expected a tf\.keras\.Model or a tf\.Module"):
        kiseki.tensorflow.save_model(3, tmp_path / "model")
    with pytest.raises(InvalidParameter, match="save_format in keras_model_kwargs is 'zip'"):
        kiseki.tensorflow.save_model(network(), tmp_path / "model", keras_model_kwargs={"save_format": "zip"})
