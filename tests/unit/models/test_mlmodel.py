import io
import json
from pathlib import Path

import pytest

from kiseki.__about__ import MLFLOW_VERSION, __version__
from kiseki.base.errors import InvalidParameter, NotFound
from kiseki.models import Model, get_model_info, infer_signature
from kiseki.models.mlmodel import new_model

MLFLOW = """
artifact_path: mlflow-artifacts:/0/models/m-1/artifacts
flavors:
  python_function:
    env: {conda: conda.yaml, virtualenv: python_env.yaml}
    loader_module: mlflow.sklearn
    model_path: model.pkl
    predict_fn: predict
    python_version: 3.11.7
  sklearn: {code: null, pickled_model: model.pkl, serialization_format: cloudpickle, sklearn_version: 1.7.0}
is_signature_from_type_hint: false
metadata: {a: 1}
mlflow_version: 3.1.0
model_id: m-1
model_size_bytes: 882
model_uuid: m-1
prompts: null
databricks_runtime: 15.4
run_id: 5d41402abc4b2a76b9719d911017c592
saved_input_example_info: {artifact_path: input_example.json, type: ndarray, serving_input_path: serving_input_example.json}
signature:
  inputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 1]}}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]'
  params: null
type_hint_from_example: false
utc_time_created: '2026-01-02 03:04:05.678901'
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "model"
    found.mkdir()
    (found / "MLmodel").write_text(MLFLOW)
    (found / "input_example.json").write_text("[[1.5]]")
    (found / "serving_input_example.json").write_text('{"inputs": [[1.5]]}')
    return found


def test_every_key_is_kept(folder: Path, tmp_path: Path) -> None:
    model = Model.load(folder)
    model.save(tmp_path / "MLmodel")
    assert Model.load(tmp_path) == model
    assert model.others == {
        "databricks_runtime": 15.4,
        "is_signature_from_type_hint": False,
        "type_hint_from_example": False,
    }


def test_the_facts_of_a_model(folder: Path) -> None:
    model = Model.load(str(folder / "MLmodel"))
    assert (model.model_id, model.model_uuid, model.run_id) == ("m-1", "m-1", "5d41402abc4b2a76b9719d911017c592")
    assert (model.mlflow_version, model.utc_time_created) == ("3.1.0", "2026-01-02 03:04:05.678901")
    assert (model.metadata, model.model_size_bytes) == ({"a": 1}, 882)
    assert model.flavor("sklearn")["sklearn_version"] == "1.7.0"
    inputs, outputs = model.get_input_schema(), model.get_output_schema()
    assert inputs is not None
    assert inputs.is_tensor_spec()
    assert outputs is not None
    assert model.get_params_schema() is None
    assert model.load_input_example(folder).tolist() == [[1.5]]
    assert model.load_input_example_params(folder) is None
    assert model.get_serving_input(folder) == '{"inputs": [[1.5]]}'
    assert json.loads(model.to_json())["signature"]["params"] is None
    stream = io.StringIO()
    assert model.to_yaml(stream) is None
    assert stream.getvalue() == model.to_yaml()
    assert set(model.get_tags_dict()) == {
        *("artifact_path", "flavors", "mlflow_version", "model_uuid", "run_id", "utc_time_created")
    }


def test_the_info_of_a_model(folder: Path) -> None:
    info = get_model_info(str(folder))
    assert info.model_uri == str(folder)
    assert Model.load(folder).get_model_info().model_uri == "models:/m-1"
    assert Model(run_id="r", artifact_path="a/b").get_model_info().model_uri == "runs:/r/a/b"
    assert info.artifact_path == "mlflow-artifacts:/0/models/m-1/artifacts"
    assert info.signature is not None
    assert info.signature_dict == info.signature.to_dict()
    assert (info.model_id, info.name, info.params, info.tags, info.metrics) == (None, None, None, None, None)


def test_a_new_model_says_who_made_it() -> None:
    model = new_model({"why": "test"})
    facts = model.to_dict()
    assert (facts["mlflow_version"], facts["kiseki_version"]) == (MLFLOW_VERSION, __version__)
    assert facts["metadata"] == {"why": "test"}
    assert len(facts["model_uuid"]) == 32
    assert new_model() != model


def test_flavors_are_added() -> None:
    model = Model().add_flavor("x", a=1).add_flavor("x", b=2)
    assert model.flavors == {"x": {"b": 2}}
    assert Model.from_dict(model.to_dict()) == model


def test_an_unknown_flavor_says_which_there_are(folder: Path) -> None:
    with pytest.raises(NotFound, match=r'does not have the "xgboost" flavor.*kiseki\.sklearn\.load_model'):
        Model.load(folder).flavor("xgboost")


def test_a_model_that_is_kept_elsewhere_says_so() -> None:
    with pytest.raises(NotFound, match="no flavors"):
        Model().flavor("python_function")


def test_a_model_without_example_has_none(tmp_path: Path) -> None:
    model = Model(signature=infer_signature([1.0]))
    assert (model.load_input_example(tmp_path), model.get_serving_input(tmp_path)) == (None, None)


@pytest.mark.parametrize(
    "text",
    [
        "flavors: !!python/object/apply:os.system [true]",
        "- a",
        "3",
        "",
        "flavors: [a]",
        "flavors: {a: 3}",
        'flavors: {}\nsignature: {inputs: \'[{"type": "nonsense"}]\'}',
        "flavors: {}\nsignature: {inputs: 'no json'}",
        "a: [",
    ],
)
def test_what_is_no_mlmodel_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "MLmodel").write_text(text)
    with pytest.raises(InvalidParameter):
        Model.load(tmp_path)


def test_a_folder_without_mlmodel_is_said_to_have_none(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match='Could not find an "MLmodel" configuration file'):
        Model.load(tmp_path)


def test_an_example_outside_of_the_model_is_not_read(folder: Path) -> None:
    model = Model.load(folder)
    assert model.saved_input_example_info is not None
    model.saved_input_example_info["artifact_path"] = "../secret.json"
    model.saved_input_example_info["serving_input_path"] = "../secret.json"
    (folder.parent / "secret.json").write_text("1")
    with pytest.raises(InvalidParameter):
        model.load_input_example(folder)
    with pytest.raises(InvalidParameter):
        model.get_serving_input(folder)
