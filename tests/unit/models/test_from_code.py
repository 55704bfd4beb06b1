import sys
from pathlib import Path

import pytest

from kiseki.base.errors import InvalidParameter
from kiseki.models.from_code import ModelConfig, config_of, run_code_file, set_model

CODE = """
from dataclasses import dataclass
from kiseki.models import ModelConfig, set_model

config = ModelConfig(development_config={"a": 1, "b": 2})

@dataclass
class Model:
    a: int

    def predict(self, model_input):
        return [self.a, config.to_dict()]

set_model(Model(config.get("a")))
"""


def file(folder: Path, code: str) -> Path:
    path = folder / "model.py"
    path.write_text(code, encoding="utf-8")
    return path


def test_a_file_sets_its_model(tmp_path: Path) -> None:
    path = file(tmp_path, CODE)
    assert run_code_file(path, None).predict(0) == [1, {"a": 1, "b": 2}]
    assert run_code_file(path, {"a": 5}).predict(0) == [5, {"a": 5}]


def test_two_files_do_not_share_a_module(tmp_path: Path) -> None:
    path = file(tmp_path, CODE)
    assert type(run_code_file(path, None)) is not type(run_code_file(path, None))


def test_the_last_model_that_was_set_is_the_model(tmp_path: Path) -> None:
    path = file(tmp_path, "from kiseki.models import set_model\nset_model(len)\nset_model(abs)\n")
    assert run_code_file(path, None) is abs


def test_a_file_that_sets_nothing_does_not_get_the_model_of_another(tmp_path: Path) -> None:
    run_code_file(file(tmp_path, CODE), None)
    with pytest.raises(InvalidParameter, match="sets no model"):
        run_code_file(file(tmp_path, "x = 1\n"), None)


def test_a_file_that_fails_says_how(tmp_path: Path) -> None:
    before = {name for name in sys.modules if name.startswith("kiseki_code_model_")}
    with pytest.raises(InvalidParameter, match="RuntimeError: boom"):
        run_code_file(file(tmp_path, "raise RuntimeError('boom')"), None)
    assert {name for name in sys.modules if name.startswith("kiseki_code_model_")} == before


@pytest.mark.parametrize("name", ["nothing.py", "model.txt"])
def test_what_is_no_file_of_python_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "model.txt").touch()
    with pytest.raises(InvalidParameter, match="model path"):
        run_code_file(tmp_path / name, None)


def test_set_model_outside_of_a_file_that_is_loaded_does_nothing() -> None:
    set_model(len)


@pytest.mark.parametrize("model", [3, int, None])
def test_what_cannot_predict_is_no_model(model: object) -> None:
    with pytest.raises(InvalidParameter, match="set_model"):
        set_model(model)


def test_a_configuration_can_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("a: 1\nb: [x]\n")
    config = ModelConfig(development_config=tmp_path / "config.yaml")
    assert config.to_dict() == {"a": 1, "b": ["x"]}
    with pytest.raises(KeyError, match="Key 'c' not found"):
        config.get("c")


def test_a_configuration_is_needed() -> None:
    with pytest.raises(InvalidParameter, match="no configuration"):
        ModelConfig()


@pytest.mark.parametrize("given", [3, ["a"], "nothing.yaml"])
def test_what_is_no_configuration_is_refused(given: object) -> None:
    with pytest.raises(InvalidParameter):
        config_of(given)  # type: ignore[arg-type]
