"""ONNX's models."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest
from onnx import TensorProto, helper
from skl2onnx import to_onnx
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

import kiseki
from kiseki.base.errors import InvalidParameter, MissingDependency
from tests.flavors.conftest import mlflow
from tests.flavors.suite import Case, FlavorSuite, quiet, same

IRIS, SPECIES = load_iris(return_X_y=True)
IRIS = IRIS.astype(np.float32)


def classifier(**options: Any) -> Any:
    return to_onnx(LogisticRegression(max_iter=200).fit(IRIS, SPECIES), IRIS[:1], options=options)


def operator(name: str, kind: int, *shape: int | None) -> Any:
    """A model with two inputs and one output."""
    values = [helper.make_tensor_value_info(one, kind, [*shape]) for one in "abc"]
    graph = helper.make_graph([helper.make_node(name, ["a", "b"], ["c"])], "graph", values[:2], values[2:])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def predict(model: Any, data: Any) -> Any:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    feeds = data if isinstance(data, dict) else {session.get_inputs()[0].name: data}
    names = [one.name for one in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds), strict=True))


class TestOnnx(FlavorSuite):
    flavor = "onnx"
    raw = onnxruntime.InferenceSession
    cases = (
        Case(
            name="classifier",
            train=lambda: classifier(zipmap=False),
            example=lambda: IRIS[48:52],
            predict=predict,
            data="model.onnx",
        ),
        Case(
            name="two inputs",
            train=lambda: operator("Add", TensorProto.FLOAT, None, 2),
            example=lambda: {"a": IRIS[:3, :2], "b": IRIS[:3, 2:]},
            predict=predict,
            arguments={
                "onnx_execution_providers": ["CPUExecutionProvider"],
                "onnx_session_options": {
                    "execution_mode": "sequential",
                    "graph_optimization_level": 99,
                    "intra_op_num_threads": 1,
                    "extra_session_config": {"session.set_denormal_as_zero": "1"},
                },
            },
            data="model.onnx",
        ),
    )

    def test_a_missing_library_is_said(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        # The library of the format is needed to save and to load natively, ONNX Runtime to save and to predict.
        folder = self.save(self.cases[0], tmp_path / "model")
        with monkeypatch.context() as changed:
            changed.setitem(sys.modules, "onnx", None)
            for call in (lambda: self.save(self.cases[0], tmp_path / "other"), lambda: self.ours.load_model(folder)):
                with pytest.raises(MissingDependency, match=r"pip install onnx$"):
                    call()
            kiseki.pyfunc.load_model(folder).predict(self.cases[0].input)
        monkeypatch.setitem(sys.modules, "onnxruntime", None)
        for call in (lambda: self.save(self.cases[0], tmp_path / "other"), lambda: kiseki.pyfunc.load_model(folder)):
            with pytest.raises(MissingDependency, match=r"pip install onnxruntime$"):
                call()
        assert not (tmp_path / "other").exists()


def loaded(model: Any, path: Path, **arguments: Any) -> Any:
    kiseki.onnx.save_model(model, path, **arguments)
    return kiseki.pyfunc.load_model(path)


def test_columns_are_inputs(tmp_path: Path) -> None:
    rows = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    kiseki.onnx.save_model(operator("Add", TensorProto.FLOAT, None), tmp_path / "model")
    found = kiseki.pyfunc.load_model(tmp_path / "model").predict(rows)
    with quiet():
        same(found, mlflow.pyfunc.load_model(str(tmp_path / "model")).predict(rows))
    same(found, pd.DataFrame({"c": np.array([4, 6], np.float32)}))
    # MLflow has no way to say that a column is a matrix of one column.
    matrices = loaded(operator("Add", TensorProto.FLOAT, None, 1), tmp_path / "matrices")
    same(matrices.predict(rows), pd.DataFrame({"c": np.array([4, 6], np.float32)}))


def test_a_table_is_a_matrix_for_a_model_with_one_input(tmp_path: Path) -> None:
    model = loaded(classifier(zipmap=False), tmp_path / "model")
    same(model.predict(pd.DataFrame(IRIS[:3], columns=list("wxyz"))), model.predict(IRIS[:3]))
    same(model.predict(IRIS[:3].astype(np.float64)), model.predict(IRIS[:3]))


def test_texts_are_inputs(tmp_path: Path) -> None:
    model = loaded(operator("StringConcat", TensorProto.STRING, None), tmp_path / "model")
    assert model.predict({"a": np.array(["x", "y"]), "b": np.array(["z", "w"])})["c"].tolist() == ["xz", "yw"]
    rows = pd.DataFrame({"a": ["x", "y"], "b": ["z", "w"]})
    assert model.predict(rows)["c"].tolist() == ["xz", "yw"]


def test_outputs_that_are_maps_stay_maps(tmp_path: Path) -> None:
    found = loaded(classifier(), tmp_path / "model").predict(IRIS[:2])
    assert found["output_label"].tolist() == [0, 0]
    assert [sorted(row) for row in found["output_probability"]] == [[0, 1, 2]] * 2


def test_integers_are_not_made_of_fractions(tmp_path: Path) -> None:
    model = loaded(operator("Add", TensorProto.INT64, None), tmp_path / "model")
    assert model.predict({"a": np.array([1], np.int32), "b": np.array([2], np.int64)})["c"].tolist() == [3]
    with pytest.raises(
        onnxruntime.capi.onnxruntime_pybind11_state.InvalidArgument, match=r"expected: \(tensor\(int64\)\)"
    ):
        model.predict({"a": np.array([1.5], np.float64), "b": np.array([2], np.int64)})


def test_missing_inputs_are_named(tmp_path: Path) -> None:
    model = loaded(operator("Add", TensorProto.FLOAT, None), tmp_path / "model")
    with pytest.raises(InvalidParameter, match=r"inputs are \['a', 'b'\]; \['b'\] are not given"):
        model.predict({"a": np.array([1], np.float32)})
    with pytest.raises(InvalidParameter, match="goes to models with one input alone"):
        model.predict(np.array([1], np.float32))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"speed": 9}, "'speed' in onnx_session_options is no option"),
        ({"execution_mode": "fast"}, "execution_mode in onnx_session_options is 'fast'; expected one of"),
        ({"graph_optimization_level": 7}, "graph_optimization_level in onnx_session_options is 7"),
        ({"intra_op_num_threads": "many"}, "intra_op_num_threads in onnx_session_options cannot be 'many'"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match=words):
        kiseki.onnx.save_model(
            operator("Add", TensorProto.FLOAT, None), tmp_path / "model", onnx_session_options=options
        )
    assert not (tmp_path / "model").exists()


def test_providers_that_are_not_there_are_said(tmp_path: Path) -> None:
    kiseki.onnx.save_model(
        operator("Add", TensorProto.FLOAT, None), tmp_path / "model", onnx_execution_providers=["TPUExecutionProvider"]
    )
    with pytest.raises(InvalidParameter, match=r"to run on one of .'TPUExecutionProvider'."):
        kiseki.pyfunc.load_model(tmp_path / "model")


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match=r"onnx_model is of type int; expected an onnx\.ModelProto"):
        kiseki.onnx.save_model(3, tmp_path / "model")
    with pytest.raises(InvalidParameter, match="There is no file"):
        kiseki.onnx.save_model(tmp_path / "nothing.onnx", tmp_path / "model")
    (tmp_path / "text.onnx").write_text("not a model")
    with pytest.raises(InvalidParameter, match=r"'text\.onnx' is no valid ONNX model"):
        kiseki.onnx.save_model(tmp_path / "text.onnx", tmp_path / "model")
    with pytest.raises(InvalidParameter, match="onnx_model is not a valid ONNX model"):
        kiseki.onnx.save_model(onnx.ModelProto(), tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_a_model_may_be_a_file(tmp_path: Path) -> None:
    onnx.save_model(operator("Add", TensorProto.FLOAT, None), tmp_path / "add.onnx")
    found = loaded(str(tmp_path / "add.onnx"), tmp_path / "model").predict(
        {"a": np.array([1], np.float32), "b": np.array([2], np.float32)}
    )
    assert found["c"].tolist() == [3]
