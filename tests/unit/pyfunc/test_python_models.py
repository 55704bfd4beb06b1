import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import BaseModel

from kiseki.base.errors import IntegrityError, InvalidParameter, MissingDependency, NotFound, PermissionDenied
from kiseki.models import Model, infer_signature
from kiseki.pyfunc import (
    PythonModel,
    PythonModelContext,
    add_to_model,
    get_default_conda_env,
    get_default_pip_requirements,
    get_model_dependencies,
    load_model,
    save_model,
)
from kiseki.types.type_hints import TypeFromExample


class Greeting(PythonModel):
    def load_context(self, context: PythonModelContext) -> None:
        self.greeting = Path(context.artifacts["greeting"]).read_text()

    def predict(self, context: PythonModelContext, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        return [self.greeting, context.model_config, params]


class WithoutContext(PythonModel):
    def predict(self, model_input: Any) -> Any:  # type: ignore[override]  # MLflow allows it
        return model_input

    def predict_stream(self, model_input: Any, params: dict[str, Any] | None = None) -> Iterator[Any]:  # type: ignore[override]
        yield from model_input
        yield params


class Message(BaseModel):
    number: int
    text: str


class Typed(PythonModel):
    def predict(self, context: Any, model_input: list[Message], params: dict[str, Any] | None = None) -> list[str]:
        return [message.text * message.number for message in model_input]


class FromExample(PythonModel):
    def predict(self, context: Any, model_input: TypeFromExample, params: Any = None) -> Any:
        return model_input


def upper(model_input: list[str]) -> list[str]:
    return [text.upper() for text in model_input]


def same(model_input: Any) -> Any:
    return model_input


NO_REQUIREMENTS: Any = {"pip_requirements": []}


def saved(path: Path, **arguments: Any) -> str:
    save_model(path, **{**NO_REQUIREMENTS, **arguments})
    return str(path)


def test_artifacts_and_configuration_come_with_the_context(tmp_path: Path) -> None:
    (tmp_path / "hello.txt").write_text("hello")
    uri = saved(
        tmp_path / "model",
        python_model=Greeting(),
        artifacts={"greeting": str(tmp_path / "hello.txt")},
        model_config={"a": 1, "b": 2},
    )
    (tmp_path / "hello.txt").unlink()
    assert load_model(uri).predict(0) == ["hello", {"a": 1, "b": 2}, None]
    facts = Model.load(uri).flavor("python_function")
    assert facts["artifacts"] == {"greeting": {"path": "artifacts/hello.txt", "uri": str(tmp_path / "hello.txt")}}


def test_artifacts_of_one_name_do_not_meet(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.txt").write_text(name)
    artifacts = {name: str(tmp_path / name / "x.txt") for name in ("a", "b")}

    class Reads(PythonModel):
        def predict(self, context: PythonModelContext, model_input: Any, params: Any = None) -> Any:
            return [Path(path).read_text() for path in context.artifacts.values()]

    assert load_model(saved(tmp_path / "model", python_model=Reads(), artifacts=artifacts)).predict(0) == ["a", "b"]


def test_loading_can_change_the_configuration(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "hello.txt").write_text("hello")
    (tmp_path / "config.yaml").write_text("a: 1\nb: 2\n")
    uri = saved(
        tmp_path / "model",
        python_model=Greeting(),
        artifacts={"greeting": str(tmp_path / "hello.txt")},
        model_config=str(tmp_path / "config.yaml"),
    )
    with caplog.at_level(logging.WARNING, "kiseki"):
        model = load_model(uri, model_config={"a": 5, "c": 1})
    assert model.predict(0)[1] == {"a": 5, "b": 2}
    assert model.model_config == {"a": 5, "b": 2}
    assert "model_config has c" in caplog.text


def test_a_model_need_not_take_context_and_params(tmp_path: Path) -> None:
    model = load_model(saved(tmp_path / "model", python_model=WithoutContext()))
    assert model.predict([1]) == [1]
    assert list(model.predict_stream([1])) == [1, None]
    assert isinstance(model.unwrap_python_model(), WithoutContext)


def test_a_model_without_stream_has_none(tmp_path: Path) -> None:
    model = load_model(saved(tmp_path / "model", python_model=same))
    with pytest.raises(InvalidParameter, match="predict_stream"):
        model.predict_stream([1])


def test_params_of_the_signature_have_defaults(tmp_path: Path) -> None:
    (tmp_path / "hello.txt").write_text("hello")
    uri = saved(
        tmp_path / "model",
        python_model=Greeting(),
        artifacts={"greeting": str(tmp_path / "hello.txt")},
        signature=infer_signature([1.0], params={"times": 2}),
    )
    assert load_model(uri).predict([1.0])[2] == {"times": 2}
    assert load_model(uri).predict([1.0], {"times": 3})[2] == {"times": 3}
    with pytest.raises(InvalidParameter, match="times"):
        load_model(uri).predict([1.0], {"times": "many"})


def test_the_signature_is_asked(tmp_path: Path) -> None:
    uri = saved(
        tmp_path / "model", python_model=same, signature=infer_signature(pd.DataFrame({"a": [1.0], "b": [2.0]}))
    )
    found = load_model(uri).predict({"a": [1], "b": [2], "c": [3]})
    pd.testing.assert_frame_equal(found, pd.DataFrame({"a": [1.0], "b": [2.0]}))
    with pytest.raises(InvalidParameter, match=r"missing inputs \['b'\]"):
        load_model(uri).predict({"a": [1]})


def test_a_type_hint_is_the_signature(tmp_path: Path) -> None:
    uri = saved(tmp_path / "model", python_model=Typed())
    model = load_model(uri)
    signature = model.metadata.signature
    assert signature is not None
    assert signature.inputs is not None
    assert signature.outputs is not None
    assert signature.inputs.to_dict()[0]["type"] == "object"
    assert signature.outputs.to_dict() == [{"type": "string", "required": True}]
    expected = ["xx"]
    assert model.predict([{"number": 2, "text": "x"}]) == expected
    assert model.predict([Message(number=2, text="x")]) == expected
    assert model.predict(pd.DataFrame({"number": [2], "text": ["x"]})) == expected
    with pytest.raises(InvalidParameter, match="valid integer"):
        model.predict([{"number": "two", "text": "x"}])


def test_a_function_has_type_hints_too(tmp_path: Path) -> None:
    model = load_model(saved(tmp_path / "model", python_model=upper, input_example=["a"]))
    assert model.predict(["a", "b"]) == ["A", "B"]
    with pytest.raises(InvalidParameter, match=r"list\[str\]"):
        model.predict([1])


def test_input_of_an_example_keeps_its_form(tmp_path: Path) -> None:
    model = load_model(saved(tmp_path / "model", python_model=FromExample(), input_example=["a"]))
    assert model.predict(["a", "b"]) == ["a", "b"]


def test_a_module_can_load_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_loader.py").write_text(
        "class Wrapper:\n"
        "    def __init__(self, path):\n"
        "        with open(path) as file:\n"
        "            self.text = file.read()\n"
        "    def predict(self, data):\n"
        "        return self.text\n"
        "def _load_pyfunc(path):\n"
        "    return Wrapper(path)\n"
    )
    (tmp_path / "data.txt").write_text("content")
    uri = saved(
        tmp_path / "model",
        loader_module="my_loader",
        data_path=tmp_path / "data.txt",
        code_paths=[tmp_path / "my_loader.py"],
    )
    monkeypatch.setattr(sys, "path", list(sys.path))
    model = load_model(uri)
    assert (model.predict(0), model.loader_module) == ("content", "my_loader")
    with pytest.raises(InvalidParameter, match="Unable to retrieve base model object"):
        model.unwrap_python_model()


CODE = """
from kiseki.models import ModelConfig, set_model
from kiseki.pyfunc import PythonModel

config = ModelConfig(development_config={"times": 2})

class Times(PythonModel):
    def predict(self, context, model_input: list[int], params=None) -> list[int]:
        return [one * config.get("times") for one in model_input]

set_model(Times())
"""


def test_a_file_can_be_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "times.py").write_text(CODE)
    uri = saved(tmp_path / "model", python_model=str(tmp_path / "times.py"), model_config={"times": 3})
    monkeypatch.setenv("KISEKI_ALLOW_PICKLE_DESERIALIZATION", "false")
    assert load_model(uri).predict([1, 2]) == [3, 6]
    assert load_model(uri, model_config={"times": 4}).predict([1, 2]) == [4, 8]
    assert not (tmp_path / "model" / "python_model.pkl").exists()
    assert Model.load(uri).flavor("python_function")["model_code_path"] == "times.py"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "Either `loader_module` or `python_model`"),
        ({"data_path": "x"}, "Either `loader_module` or `python_model`"),
        ({"loader_module": "x", "python_model": same}, "belong together"),
        ({"loader_module": "x", "artifacts": {"a": "b"}}, "belong together"),
        ({"python_model": 3}, "must be a PythonModel instance"),
        ({"python_model": Greeting}, "is the class Greeting"),
        ({"python_model": lambda one, two: one}, "exactly one argument. Found 2"),
        ({"python_model": "nothing.py"}, "does not exist"),
        ({"python_model": same, "artifacts": 3}, "artifacts is int"),
        ({"python_model": same, "artifacts": {"a": "nothing"}}, "nothing"),
        ({"python_model": same, "model_config": 3}, "configuration is of type int"),
        ({"loader_module": "os", "data_path": "nothing"}, "nothing"),
    ],
)
def test_what_cannot_be_saved_is_refused(tmp_path: Path, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises((InvalidParameter, NotFound), match=words):
        saved(tmp_path / "model", **arguments)
    assert list(tmp_path.iterdir()) == []


def test_strict_mode_refuses_pickles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uri = saved(tmp_path / "model", python_model=same)
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    with pytest.raises(PermissionDenied, match=r"python_model\.pkl.*set_model"):
        load_model(uri)


def test_an_altered_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    uri = saved(tmp_path / "model", python_model=same)
    (tmp_path / "model" / "python_model.pkl").write_bytes(b"cos\nsystem\n(S'touch canary'\ntR.")
    with pytest.raises(IntegrityError, match=r"python_model\.pkl"):
        load_model(uri)


def rewritten(uri: str, **facts: Any) -> None:
    model = Model.load(uri)
    model.flavors["python_function"] |= facts
    model.save(Path(uri) / "MLmodel")


@pytest.mark.parametrize(
    "facts",
    [
        {"python_model": "../python_model.pkl"},
        {"python_model": "/etc/passwd"},
        {"python_model": None},
        {"code": "../../code"},
        {"data": "/etc"},
        {"artifacts": {"a": {"path": "../x"}}},
        {"artifacts": ["a"]},
        {"loader_module": 3},
        {"loader_module": "os"},
    ],
)
def test_a_hostile_mlmodel_is_refused(tmp_path: Path, facts: dict[str, Any]) -> None:
    uri = saved(tmp_path / "model", python_model=same)
    rewritten(uri, **facts)
    with pytest.raises((InvalidParameter, NotFound)):
        load_model(uri)


def test_a_missing_library_is_named(tmp_path: Path) -> None:
    uri = saved(tmp_path / "model", python_model=same)
    rewritten(uri, loader_module="no_such_library.flavor")
    with pytest.raises(MissingDependency, match="no_such_library"):
        load_model(uri)


def test_a_model_without_the_flavor_says_which_it_has(tmp_path: Path) -> None:
    Model().add_flavor("crate").save(tmp_path / "MLmodel")
    with pytest.raises(NotFound, match="python_function"):
        load_model(str(tmp_path))


@pytest.mark.parametrize("uri", ["nothing", "/nothing", ""])
def test_a_model_that_is_not_there_is_said_not_to_be(uri: str) -> None:
    with pytest.raises((NotFound, InvalidParameter)):
        load_model(uri)


def test_other_versions_than_the_models_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    uri = saved(
        tmp_path / "model",
        python_model=same,
        pip_requirements=["numpy==0.1", "no-such-thing", "pandas", "scipy==0.1; python_version < '3'", "./x.whl"],
    )
    with caplog.at_level(logging.WARNING, "kiseki"):
        load_model(uri)
    assert "numpy==0.1 (installed: " in caplog.text
    assert "no-such-thing (not installed)" in caplog.text
    assert "pandas" not in caplog.text
    assert "scipy" not in caplog.text
    caplog.clear()
    load_model(uri, suppress_warnings=True)
    assert caplog.records == []


def test_the_requirements_are_a_file(tmp_path: Path) -> None:
    uri = saved(tmp_path / "model", python_model=same, pip_requirements=["numpy"])
    assert Path(get_model_dependencies(uri)).read_text() == "numpy\n"
    assert get_model_dependencies(uri, format="conda") == str(tmp_path / "model" / "conda.yaml")
    with pytest.raises(InvalidParameter, match="'pip' or 'conda'"):
        get_model_dependencies(uri, format="poetry")  # type: ignore[arg-type]


def test_defaults_and_the_flavor_by_hand() -> None:
    assert [line.partition("==")[0] for line in get_default_pip_requirements()] == ["cloudpickle"]
    assert get_default_conda_env()["dependencies"][-1] == {"pip": get_default_pip_requirements()}
    model = add_to_model(Model(), "my_loader", data="data", code="code", conda_env="c.yaml", model_config={"a": 1}, x=2)
    facts = dict(model.flavors["python_function"])
    del facts["python_version"]
    assert facts == {
        "loader_module": "my_loader",
        "data": "data",
        "code": "code",
        "config": {"a": 1},
        "env": {"conda": "c.yaml"},
        "x": 2,
    }
