"""What models import, found by loading them in processes of their own."""

import logging
import sys
from pathlib import Path
from typing import Any

import pytest

import kiseki.pyfunc
from kiseki.base.errors import Unavailable
from kiseki.models import Model, infer_pip_requirements
from kiseki.models.imports import observe
from kiseki.models.requirements import pin


def save(path: Path, python_model: Any, **options: Any) -> list[str]:
    """Saves a model and returns the names of its requirements."""
    kiseki.pyfunc.save_model(path, python_model=python_model, **options)
    lines = (path / "requirements.txt").read_text().splitlines()
    assert all(line == pin(line.partition("==")[0]) for line in lines)
    return [line.partition("==")[0] for line in lines]


def test_what_is_imported_when_the_model_is_loaded(tmp_path: Path) -> None:
    class Loads(kiseki.pyfunc.PythonModel):
        def load_context(self, context: Any) -> None:
            import yaml

            self.yaml = yaml.__name__

        def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
            return model_input

    assert {"cloudpickle", "PyYAML"} <= set(save(tmp_path / "model", Loads()))


def test_what_predicting_would_import(tmp_path: Path) -> None:
    def predicts(model_input: Any) -> Any:
        if model_input:
            import packaging.version

            return packaging.version.Version("1")
        return None

    names = save(tmp_path / "model", predicts)
    assert "packaging" in names
    assert not {"pytest", "mlflow", "kiseki"} & set(names)


def test_what_predicting_for_the_example_imports(tmp_path: Path) -> None:
    def predicts(model_input: list[str]) -> list[str]:
        import importlib

        return [importlib.import_module(name).__name__ for name in model_input]

    assert "msgspec" in save(tmp_path / "model", predicts, input_example=["msgspec"])


def test_local_code_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_features.py").write_text("import yaml\n\ndef features(x):\n    return x\n")
    (tmp_path / "my_model.py").write_text(
        "from kiseki.models import set_model\n\n"
        "def predict(model_input):\n    import my_features\n    return my_features.features(model_input)\n\n"
        "import my_features\nset_model(predict)\n"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    names = save(tmp_path / "model", tmp_path / "my_model.py", code_paths=[tmp_path / "my_features.py"])
    assert "PyYAML" in names
    sys.modules.pop("my_features", None)


def test_names_of_variables_with_secrets_are_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def predicts(model_input: list[str]) -> list[str]:
        import os

        os.environ.get("MY_UNSET_API_KEY")
        return [os.environ["MY_API_KEY"][:0], os.getenv("MY_NAME", "")[:0]]

    monkeypatch.setenv("MY_API_KEY", "the secret itself")
    monkeypatch.setenv("MY_NAME", "taro")
    save(tmp_path / "model", predicts, input_example=["a"])
    assert Model.load(tmp_path / "model").env_vars == ["MY_API_KEY"]
    assert "MY_API_KEY\n" in (tmp_path / "model" / "environment_variables.txt").read_text()
    for file in (tmp_path / "model").rglob("*"):
        assert b"the secret itself" not in file.read_bytes()
    monkeypatch.setenv("MLFLOW_RECORD_ENV_VARS_IN_MODEL_LOGGING", "false")
    save(tmp_path / "other", predicts, input_example=["a"])
    assert Model.load(tmp_path / "other").env_vars is None


def test_a_model_that_cannot_be_loaded_is_saved_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Fails(kiseki.pyfunc.PythonModel):
        def load_context(self, context: Any) -> None:
            raise ValueError("no such thing")

        def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
            return model_input

    with caplog.at_level(logging.WARNING, "kiseki"):
        assert save(tmp_path / "model", Fails()) == ["cloudpickle"]
    assert "ValueError: no such thing" in caplog.text
    assert infer_pip_requirements(str(tmp_path / "model"), "python_function", fallback=["given"]) == ["given"]
    monkeypatch.setenv("MLFLOW_REQUIREMENTS_INFERENCE_RAISE_ERRORS", "true")
    with pytest.raises(Unavailable, match="no such thing"):
        save(tmp_path / "other", Fails())
    assert not (tmp_path / "other").exists()


def test_it_may_not_take_forever(tmp_path: Path) -> None:
    class Waits(kiseki.pyfunc.PythonModel):
        def load_context(self, context: Any) -> None:
            import os
            import time

            if "KISEKI_TEST_WAITS" in os.environ:
                time.sleep(600)

        def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
            return model_input

    save(tmp_path / "model", Waits())
    assert observe(tmp_path / "model", 1, {"KISEKI_TEST_WAITS": "1"}).imports == frozenset()


def test_of_a_saved_model(tmp_path: Path) -> None:
    def predicts(model_input: Any) -> Any:
        import yaml

        return yaml.__name__

    kiseki.pyfunc.save_model(tmp_path / "model", python_model=predicts, pip_requirements=[])
    assert pin("PyYAML") in infer_pip_requirements(str(tmp_path / "model"), "python_function")
