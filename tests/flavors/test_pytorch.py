"""PyTorch's modules."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.datasets import load_iris

import kiseki
from kiseki.base.errors import InvalidParameter, PermissionDenied
from kiseki.models import ModelSignature
from kiseki.models.enforcement import Enforcement
from kiseki.types import Schema, TensorSpec
from kiseki.types.inference import infer_schema
from tests.flavors.conftest import mlflow
from tests.flavors.suite import Case, FlavorSuite, mlmodel, quiet, same, unpickled

IRIS, SPECIES = load_iris(return_X_y=True)
IRIS = IRIS.astype(np.float32)
ROWS = IRIS[48:52]


def trained(net: Any) -> Any:
    optimizer = torch.optim.Adam(net.parameters(), lr=0.05)
    inputs, targets = torch.from_numpy(IRIS), torch.from_numpy(SPECIES)
    for _ in range(10):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(inputs), targets).backward()
        optimizer.step()
    return net.eval()


def network() -> Any:
    torch.manual_seed(7)
    return trained(
        torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Dropout(), torch.nn.Linear(8, 3))
    )


def script() -> Any:
    return torch.jit.script(network())


def predict(model: Any, rows: Any) -> Any:
    with torch.no_grad():
        return model(torch.from_numpy(rows)).numpy()


class TestPyTorch(FlavorSuite):
    flavor = "pytorch"
    library = "torch"
    cases = (
        Case(
            name="pickle",
            train=network,
            example=lambda: ROWS,
            predict=predict,
            arguments={"serialization_format": "pickle"},
            data="data/model.pth",
            unpickles=True,
        ),
        Case(
            name="graph",
            train=network,
            example=lambda: ROWS,
            predict=predict,
            arguments={"serialization_format": "pt2", "input_example": ROWS},
            data="data/model.pt2",
            kind=torch.fx.GraphModule,
        ),
    )


def test_a_graph_is_the_default_and_takes_any_number_of_rows(tmp_path: Path) -> None:
    net = network()
    kiseki.pytorch.save_model(net, tmp_path / "model", input_example=torch.from_numpy(ROWS[:1]))
    assert (tmp_path / "model/data/model.pt2").exists()
    model = kiseki.pyfunc.load_model(tmp_path / "model")
    for rows in (IRIS[:1], IRIS[:3], IRIS):
        same(model.predict(rows), predict(net, rows))


def test_the_mode_of_training_is_left_as_it_was(tmp_path: Path) -> None:
    net = network().train()
    kiseki.pytorch.save_model(net, tmp_path / "model", input_example=ROWS)
    assert net.training
    # Without dropout, twice the same.
    model = kiseki.pyfunc.load_model(tmp_path / "model")
    same(model.predict(ROWS), model.predict(ROWS))
    kiseki.pytorch.save_model(net, tmp_path / "pickle", serialization_format="pickle")
    model = kiseki.pyfunc.load_model(tmp_path / "pickle")
    same(model.predict(ROWS), predict(net.eval(), ROWS))
    assert model.get_raw_model().training


def test_no_example_and_no_format_say_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match=r"'pt2' needs an input_example.*serialization_format='pickle'"):
        kiseki.pytorch.save_model(network(), tmp_path / "model")
    with pytest.raises(InvalidParameter, match="needs an input_example that is an array or a tensor"):
        kiseki.pytorch.save_model(network(), tmp_path / "model", input_example="text")
    assert not (tmp_path / "model").exists()


class Branches(torch.nn.Module):  # type: ignore[misc]  # PyTorch's types are not read
    def forward(self, rows: Any) -> Any:
        return rows * 2 if rows.sum() > 0 else rows


def test_what_cannot_be_traced_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match="PyTorch cannot trace Branches with the input example"):
        kiseki.pytorch.save_model(Branches(), tmp_path / "model", input_example=ROWS)
    assert not (tmp_path / "model").exists()


@pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")
def test_scripts_are_torchscripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = script()
    with pytest.raises(InvalidParameter, match="serialization_format='pickle'"):
        kiseki.pytorch.save_model(module, tmp_path / "model", input_example=ROWS)
    kiseki.pytorch.save_model(module, tmp_path / "model", serialization_format="pickle")
    with quiet():
        mlflow.pytorch.save_model(
            module, str(tmp_path / "theirs"), serialization_format="pickle", pip_requirements=["torch"]
        )
        same(predict(mlflow.pytorch.load_model(str(tmp_path / "model")), ROWS), predict(module, ROWS))
    monkeypatch.setenv("KISEKI_ALLOW_PICKLE_DESERIALIZATION", "false")
    for folder in (tmp_path / "model", tmp_path / "theirs"):
        loaded = kiseki.pytorch.load_model(folder)
        assert isinstance(loaded, torch.jit.ScriptModule)
        same(predict(loaded, ROWS), predict(module, ROWS))
        same(kiseki.pyfunc.load_model(folder).predict(ROWS), predict(module, ROWS))


def test_exported_programs_are_saved_as_they_are(tmp_path: Path) -> None:
    net = network()
    program = torch.export.export(net, (torch.from_numpy(ROWS),))
    kiseki.pytorch.save_model(program, tmp_path / "model")
    same(kiseki.pyfunc.load_model(tmp_path / "model").predict(ROWS), predict(net, ROWS))


@pytest.mark.parametrize(("module", "name"), [(pickle, "pickle"), (cloudpickle, "mlflow.pytorch.pickle_module")])
def test_the_module_that_pickled_is_kept(module: Any, name: str, tmp_path: Path) -> None:
    net = network()
    kiseki.pytorch.save_model(net, tmp_path / "model", serialization_format="pickle", pickle_module=module)
    assert (tmp_path / "model/data/pickle_module_info.txt").read_text() == name
    assert mlmodel(tmp_path / "model")["flavors"]["python_function"]["pickle_module_name"] == name
    same(predict(kiseki.pytorch.load_model(tmp_path / "model"), ROWS), predict(net, ROWS))
    with quiet():
        same(predict(mlflow.pytorch.load_model(str(tmp_path / "model")), ROWS), predict(net, ROWS))


def test_a_module_that_the_model_names_is_not_imported_in_strict_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiseki.pytorch.save_model(network(), tmp_path / "model", serialization_format="pickle", pickle_module=cloudpickle)
    (tmp_path / "model/data/pickle_module_info.txt").write_text("hostile")
    (tmp_path / "model/digests.json").unlink(missing_ok=True)
    (tmp_path / "hostile.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("KISEKI_ALLOW_PICKLE_DESERIALIZATION", "false")
    with pytest.raises(PermissionDenied), unpickled() as names:
        kiseki.flavors.pytorch._read(tmp_path / "model")
    assert names == []


class Pair(torch.nn.Module):  # type: ignore[misc]
    def forward(self, left: Any, right: Any) -> Any:
        return {"sum": left + right, "both": (left, right)}


def test_several_inputs_and_outputs_have_names(tmp_path: Path) -> None:
    kiseki.pytorch.save_model(Pair(), tmp_path / "model", serialization_format="pickle")
    model = kiseki.pyfunc.load_model(tmp_path / "model")
    same(model.predict({"left": ROWS, "right": ROWS}), {"sum": ROWS * 2, "both": [ROWS, ROWS]})
    with pytest.raises(InvalidParameter, match="input is of type str"):
        model.predict("text")


def test_tables_give_tables(tmp_path: Path) -> None:
    net = network()
    kiseki.pytorch.save_model(net, tmp_path / "model", serialization_format="pickle")
    rows = pd.DataFrame(IRIS[:2].astype(np.float64), index=[5, 9])
    found = kiseki.pyfunc.load_model(tmp_path / "model").predict(rows)
    same(found, pd.DataFrame(predict(net, IRIS[:2]), index=[5, 9]))
    with quiet():
        same(found, mlflow.pyfunc.load_model(str(tmp_path / "model")).predict(rows))


def test_state_dictionaries_hold_no_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = network().state_dict()
    with kiseki.start_run() as run:
        kiseki.pytorch.log_state_dict(state, "checkpoint")
    monkeypatch.setenv("KISEKI_ALLOW_PICKLE_DESERIALIZATION", "false")
    found = kiseki.pytorch.load_state_dict(f"runs:/{run.info.run_id}/checkpoint")
    assert found.keys() == state.keys()
    assert all(torch.equal(found[key], state[key]) for key in state)
    kiseki.pytorch.save_state_dict({"net": network()}, tmp_path / "state")
    with pytest.raises(InvalidParameter, match="cannot be loaded as tensors and plain values"):
        kiseki.pytorch.load_state_dict(str(tmp_path / "state"))
    with pytest.raises(PermissionDenied):
        kiseki.pytorch.load_state_dict(str(tmp_path / "state"), weights_only=False)
    monkeypatch.delenv("KISEKI_ALLOW_PICKLE_DESERIALIZATION")
    kiseki.pytorch.load_state_dict(str(tmp_path / "state"), weights_only=False)
    with pytest.raises(InvalidParameter, match="state_dict is of type Sequential"):
        kiseki.pytorch.save_state_dict(network(), tmp_path / "other")


def test_what_is_no_module_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match=r"pytorch_model is of type dict; .*save_state_dict\(\)"):
        kiseki.pytorch.save_model({}, tmp_path / "model")
    with pytest.raises(InvalidParameter, match="serialization_format is 'zip'"):
        kiseki.pytorch.save_model(network(), tmp_path / "model", serialization_format="zip")  # type: ignore[arg-type]
    with pytest.raises(InvalidParameter, match="export_model is the format 'pt2'"):
        kiseki.pytorch.save_model(network(), tmp_path / "model", serialization_format="pickle", export_model=True)


def test_a_schema_is_inferred_of_tensors() -> None:
    assert infer_schema(torch.zeros(2, 3)).to_dict() == [
        {"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 3]}}
    ]
    assert infer_schema({"a": torch.zeros(2, dtype=torch.int64)}).to_dict() == [
        {"name": "a", "type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}
    ]
    # NumPy has no such type.
    assert infer_schema(torch.zeros(2, dtype=torch.bfloat16)).to_dict() == [{"type": "any", "required": True}]
    assert infer_schema([torch.zeros(2)]).to_dict() == [{"type": "array", "items": {"type": "float"}, "required": True}]


@pytest.mark.parametrize(
    ("schema", "given"),
    [
        (TensorSpec(np.dtype("float32"), (-1,)), torch.ones(2)),
        (TensorSpec(np.dtype("float64"), (-1, 3)), torch.ones(1, 3, requires_grad=True)),
    ],
)
def test_a_signature_makes_arrays_of_tensors(schema: TensorSpec, given: Any) -> None:
    found = Enforcement(ModelSignature(Schema([schema]))).inputs(given)
    assert (type(found), found.dtype) == (np.ndarray, schema.type)
    np.testing.assert_array_equal(found, np.ones(tuple(given.shape)))
