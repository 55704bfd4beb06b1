"""Model folders, written by one and read by the other."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.interop.conftest import Run

WAYS = [("mlflow", "kiseki"), ("mlflow", "kiseki alone"), ("kiseki", "mlflow"), ("kiseki alone", "mlflow")]

DATA = """
import numpy as np, pandas as pd
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
x, y = load_iris(return_X_y=True, as_frame=True)
folder = sys.argv[1]
"""

WRITE_SKLEARN = (
    DATA
    + """
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(x, y)
np.save("expected.npy", model.predict_proba(x))
for form in ("skops", "pickle", "cloudpickle"):
    t.sklearn.save_model(
        model, f"{folder}/{form}", serialization_format=form, input_example=x.head(3), pip_requirements=["scikit-learn"],
        metadata={"form": form},
    )
t.sklearn.save_model(
    model, f"{folder}/proba", pyfunc_predict_fn="predict_proba", signature=False, pip_requirements=["scikit-learn"]
)
"""
)

READ_SKLEARN = (
    DATA
    + """
expected = np.load("expected.npy")
for form in ("skops", "pickle", "cloudpickle"):
    np.testing.assert_array_equal(t.sklearn.load_model(f"{folder}/{form}").predict_proba(x), expected)
    loaded = t.pyfunc.load_model(f"{folder}/{form}")
    np.testing.assert_array_equal(loaded.predict(x), expected.argmax(axis=1))
    assert loaded.loader_module == "mlflow.sklearn"
    model = t.models.Model.load(f"{folder}/{form}")
    assert model.metadata == {"form": form}
    assert model.signature == t.models.infer_signature(x.head(3), pd.Series(expected[:3].argmax(axis=1))), model.signature
    pd.testing.assert_frame_equal(model.load_input_example(f"{folder}/{form}"), x.head(3))
    request = model.get_serving_input(f"{folder}/{form}")
    answer = t.models.validate_serving_input(f"{folder}/{form}", request)
    np.testing.assert_array_equal(answer, expected[:3].argmax(axis=1))
    try:
        loaded.predict(x.drop(columns="petal width (cm)"))
    except Exception as error:
        assert "petal width (cm)" in str(error), error
    else:
        raise AssertionError("a column is missing")
np.testing.assert_array_equal(t.pyfunc.load_model(f"{folder}/proba").predict(x), expected)
"""
)


CODE = """
import {tracker}
from {tracker}.models import ModelConfig, set_model
from {tracker}.pyfunc import PythonModel

config = ModelConfig(development_config={{"times": 2}})

class Times(PythonModel):
    def predict(self, context, model_input: list[int], params=None) -> list[int]:
        return [one * config.get("times") for one in model_input]

set_model(Times())
"""

LOADER = """
class Wrapper:
    def __init__(self, path):
        with open(path) as file:
            self.text = file.read()

    def predict(self, data, params=None):
        return [self.text] * len(data)

def _load_pyfunc(path):
    return Wrapper(path)
"""

WRITE_PYTHON = """
import os
from pydantic import BaseModel
from t_helper import VALUE

folder, code = sys.argv[1:3]
PythonModel, save = t.pyfunc.PythonModel, t.pyfunc.save_model
no = {"pip_requirements": ["cloudpickle"]}

class Greeting(PythonModel):
    def load_context(self, context: t.pyfunc.PythonModelContext):
        with open(context.artifacts["greeting"]) as file:
            self.greeting = file.read()

    def predict(self, context, model_input, params=None):
        return [self.greeting, dict(context.model_config), params, len(model_input)]

class Louder(Greeting):
    def load_context(self, context):
        super().load_context(context)
        self.greeting += "!"

class Streaming(PythonModel):
    def predict(self, model_input, params=None):
        return model_input

    def predict_stream(self, model_input, params=None):
        yield from model_input["numbers"]

class Message(BaseModel):
    number: int
    text: str

class Typed(PythonModel):
    def predict(self, context, model_input: list[Message], params=None) -> list[str]:
        return [one.text * one.number for one in model_input]

class Helped(PythonModel):
    def predict(self, context, model_input, params=None):
        import t_helper
        return [t_helper.VALUE + VALUE]

def upper(model_input: list[str]) -> list[str]:
    return [one.upper() for one in model_input]

with open("hello.txt", "w") as file:
    file.write("hello")
given = {"artifacts": {"greeting": "hello.txt"}, "model_config": {"a": 1}}
params = t.models.infer_signature([1.0], params={"times": 2})
save(f"{folder}/greeting", python_model=Greeting(), signature=params, **given, **no)
save(f"{folder}/louder", python_model=Louder(), **given, **no)
save(f"{folder}/streaming", python_model=Streaming(), streamable=True, **no)
save(f"{folder}/typed", python_model=Typed(), **no)
save(f"{folder}/helped", python_model=Helped(), code_paths=["t_helper.py"], **no)
save(f"{folder}/function", python_model=lambda model_input: model_input, **no)
save(f"{folder}/upper", python_model=upper, input_example=["a"], **no)
save(f"{folder}/code", python_model=code, model_config={"times": 3}, **no)
save(f"{folder}/loader", loader_module="t_loader", data_path="hello.txt", code_paths=["t_loader.py"], **no)
for compression in ("gzip", "lzma", "bzip2"):
    os.environ["MLFLOW_LOG_MODEL_COMPRESSION"] = compression
    save(f"{folder}/{compression}", python_model=lambda model_input: model_input, **no)
"""

READ_PYTHON = """
import os
for name in ("hello.txt", "t_helper.py", "t_loader.py"):
    os.rename(name, f"{name}.gone")
folder = sys.argv[1]
load = lambda name, **options: t.pyfunc.load_model(f"{folder}/{name}", **options)
assert load("greeting").predict([1.5]) == ["hello", {"a": 1}, {"times": 2}, 1]
assert load("greeting", model_config={"a": 2}).predict([1.5], params={"times": 5})[1:3] == [{"a": 2}, {"times": 5}]
assert load("louder").predict([1, 2])[::3] == ["hello!", 2]
assert type(load("louder").unwrap_python_model()).__mro__[-2] is t.pyfunc.PythonModel
assert load("streaming").predict([1]) == [1]
assert list(load("streaming").predict_stream({"numbers": [1, 2]})) == [1, 2]
assert load("typed").predict([{"number": 2, "text": "x"}]) == ["xx"]
try:
    load("typed").predict([{"number": "two", "text": "x"}])
except Exception as error:
    assert "valid integer" in str(error), error
else:
    raise AssertionError("a number is a text")
assert load("helped").predict([1]) == [6]
assert load("function").predict([1, 2]) == [1, 2]
assert load("upper").predict(["a", "b"]) == ["A", "B"]
assert load("upper").metadata.signature.inputs.to_dict() == [{"type": "string", "required": True}]
assert load("code").predict([1, 2]) == [3, 6]
assert load("code", model_config={"times": 4}).predict([1, 2]) == [4, 8]
assert load("loader").predict([1, 2]) == ["hello", "hello"]
for compression in ("gzip", "lzma", "bzip2"):
    assert load(compression).predict([1, 2]) == [1, 2]
for name in ("hello.txt", "t_helper.py", "t_loader.py"):
    os.rename(f"{name}.gone", name)
"""


def written(folder: Path, tracker: str) -> Path:
    """The files that the models are made of."""
    (folder / "t_helper.py").write_text("VALUE = 3\n")
    (folder / "t_loader.py").write_text(LOADER)
    # A file that says `mlflow` is read by both; one that says `kiseki` is for kiseki.
    code = folder / "times.py"
    code.write_text(CODE.format(tracker=tracker))
    return code


@pytest.mark.parametrize(("writer", "reader"), WAYS)
def test_estimators_and_python_models(run: Run, tmp_path: Path, writer: str, reader: str) -> None:
    run(writer, WRITE_SKLEARN + WRITE_PYTHON, tmp_path / "models", written(tmp_path, "mlflow"))
    run(reader, READ_SKLEARN + READ_PYTHON, tmp_path / "models")


def test_python_models_of_kiseki_alone(run: Run, tmp_path: Path) -> None:
    run("kiseki alone", WRITE_PYTHON, tmp_path / "models", written(tmp_path, "kiseki"))
    run("kiseki", READ_PYTHON, tmp_path / "models")
    run("kiseki alone", READ_PYTHON, tmp_path / "models")


SIMPLE = """
t.pyfunc.save_model(sys.argv[1], python_model=lambda model_input: model_input, pip_requirements=["cloudpickle"])
"""
LOAD = "assert t.pyfunc.load_model(sys.argv[1]).predict([1, 2]) == [1, 2]"


CHANGE = """
signature = t.models.infer_signature([1.0], [2.0])
t.models.set_signature(sys.argv[1], signature)
t.models.update_model_requirements(sys.argv[1], "add", ["packaging>=20"])
"""
CHANGED = """
signature = t.models.infer_signature([1.0], [2.0])
assert t.models.Model.load(sys.argv[1]).signature == signature
assert t.pyfunc.load_model(sys.argv[1]).metadata.signature == signature
with open(t.pyfunc.get_model_dependencies(sys.argv[1])) as file:
    assert "packaging>=20" in file.read().split()
"""


@pytest.mark.parametrize(("writer", "changer"), [("mlflow", "kiseki"), ("kiseki", "mlflow")])
def test_models_that_the_other_changes(run: Run, tmp_path: Path, writer: str, changer: str) -> None:
    run(writer, SIMPLE, tmp_path / "model")
    run(changer, CHANGE, tmp_path / "model")
    run("mlflow", CHANGED, tmp_path / "model")
    run("kiseki", CHANGED, tmp_path / "model")


def test_loading_changes_nothing(run: Run, tmp_path: Path) -> None:
    run("mlflow", SIMPLE, tmp_path / "model")
    before = digest(tmp_path / "model")
    run("kiseki", LOAD, tmp_path / "model")
    assert digest(tmp_path / "model") == before


def digest(folder: Path) -> dict[str, str]:
    """Digests by name."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }
