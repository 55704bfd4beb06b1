"""Predicting in a process of its own, and in an environment of its own that is really made."""

import json
import logging
import platform
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

import kiseki.pyfunc
from kiseki.base.errors import BadRequest, InvalidParameter, NotImplementedByKiseki, Unavailable
from kiseki.models import infer_signature, predict, validate_serving_input
from kiseki.models.environment import Environment
from kiseki.models.isolation import NEEDED, environment_python
from kiseki.models.requirements import Requirements
from tests.wheels import pack

X = pd.DataFrame({"a": [1.0, 2.0, 3.0]})


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model that doubles a column."""
    path = tmp_path_factory.mktemp("saved") / "model"
    line = LinearRegression().fit(X, X["a"] * 2)
    kiseki.sklearn.save_model(
        line, path, signature=infer_signature(X, X["a"]), pip_requirements=["scikit-learn", "skops"]
    )
    return str(path)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that the environments of these tests have."""
    folder = tmp_path_factory.mktemp("wheels")
    pack([*NEEDED, "pandas", "scikit-learn", "skops"], folder)
    return folder


@pytest.fixture
def isolated(wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where environments are made, from the wheels alone."""
    (tmp_path / "uv.toml").write_text(f"no-index = true\nfind-links = [{str(wheels)!r}]\n")
    monkeypatch.setenv("UV_CONFIG_FILE", str(tmp_path / "uv.toml"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_LINK_MODE", "hardlink")
    monkeypatch.setenv("KISEKI_ENV_ROOT", str(tmp_path / "envs"))
    return tmp_path / "envs"


def answer(path: Path) -> Any:
    return json.loads(path.read_text())["predictions"]


@pytest.mark.parametrize(
    "data",
    [
        X,
        {"dataframe_split": {"columns": ["a"], "data": [[1.0], [2.0], [3.0]]}},
        '{"dataframe_records": [{"a": 1}, {"a": 2}, {"a": 3}]}',
        {"a": [1.0, 2.0, 3.0]},
    ],
)
def test_input_of_several_forms(model: str, tmp_path: Path, data: Any) -> None:
    predict(model, data, env_manager="local", output_path=tmp_path / "out.json")
    np.testing.assert_allclose(answer(tmp_path / "out.json"), [2, 4, 6])


def test_a_file_of_csv(model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    X.to_csv(tmp_path / "in.csv", index=False)
    predict(model, input_path=tmp_path / "in.csv", content_type="csv", env_manager="local")
    np.testing.assert_allclose(json.loads(capsys.readouterr().out)["predictions"], [2, 4, 6])


def test_the_environment_of_the_process(tmp_path: Path) -> None:
    def told(model_input: Any) -> Any:
        import os

        return [os.environ["KISEKI_TEST_TOLD"]]

    kiseki.pyfunc.save_model(tmp_path / "model", python_model=told, pip_requirements=[])
    predict(
        str(tmp_path / "model"),
        [1],
        env_manager="local",
        output_path=tmp_path / "out.json",
        extra_envs={"KISEKI_TEST_TOLD": "yes"},
    )
    assert answer(tmp_path / "out.json") == ["yes"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "exactly one of"),
        ({"input_data": X, "input_path": "x"}, "exactly one of"),
        ({"input_path": "nothing.json"}, "is no file"),
        ({"input_data": X, "content_type": "xml"}, "Content type"),
        ({"input_data": X, "content_type": "csv"}, "text of a table"),
        ({"input_data": X, "env_manager": "docker"}, "env_manager is 'docker'"),
        ({"input_data": X, "pip_requirements_override": ["numpy"]}, "changes no local environment"),
        ({"input_data": pd.DataFrame({"b": [1.0]})}, r"missing inputs \['a'\]"),
        ({"input_data": '{"dataframe_split": {"columns": ["a"], "data": [["x"]]}}'}, "column a"),
    ],
)
def test_what_cannot_be_predicted(model: str, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidParameter, match=words):
        predict(model, **{"env_manager": "local", **arguments})


def test_conda_is_not_there(model: str) -> None:
    with pytest.raises(NotImplementedByKiseki, match="env_manager='uv'"):
        predict(model, X, env_manager="conda")


def test_a_process_that_dies_is_told(tmp_path: Path) -> None:
    def dies(model_input: Any) -> Any:
        import os

        os._exit(7)

    kiseki.pyfunc.save_model(tmp_path / "model", python_model=dies, pip_requirements=[])
    with pytest.raises(InvalidParameter, match="ended with 7"):
        predict(str(tmp_path / "model"), [1], env_manager="local")


def test_a_request_is_validated_in_this_process(model: str) -> None:
    np.testing.assert_allclose(validate_serving_input(model, '{"dataframe_records": [{"a": 2}]}'), [4])
    np.testing.assert_allclose(validate_serving_input(model, {"inputs": {"a": [2.0]}}), [4])
    with pytest.raises(BadRequest, match="exactly one of"):
        validate_serving_input(model, "{}")


def test_an_environment_of_its_own(model: str, isolated: Path, tmp_path: Path) -> None:
    predict(model, X, env_manager="uv", output_path=tmp_path / "out.json")
    np.testing.assert_allclose(answer(tmp_path / "out.json"), [2, 4, 6])
    made = sorted(path.name for path in isolated.iterdir())
    # Made once, and used again.
    predict(model, X, env_manager="virtualenv", output_path=tmp_path / "out.json")
    assert sorted(path.name for path in isolated.iterdir()) == made
    with pytest.raises(InvalidParameter, match=r"missing inputs \['a'\]"):
        predict(model, pd.DataFrame({"b": [1.0]}), env_manager="uv")


def asking(*lines: str) -> Environment:
    """An environment with this Python."""
    return Environment(python=platform.python_version(), requirements=Requirements(lines=lines))


def test_requirements_that_cannot_be_met_say_so(isolated: Path) -> None:
    with pytest.raises(Unavailable, match=r"numpy<1.*pip_requirements_override|numpy.*unsatisfiable"):
        environment_python(asking("numpy<1"))
    assert list(isolated.iterdir()) == [], "nothing is left of it"


def test_where_packages_come_from_is_not_the_models_to_say(
    isolated: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines = (
        "--index-url http://127.0.0.1:9/simple",
        "--extra-index-url=http://127.0.0.1:9/simple",
        "-f http://127.0.0.1:9",
        "packaging @ http://127.0.0.1:9/${KISEKI_TRACKING_PASSWORD}/packaging-1-py3-none-any.whl",
    )
    with caplog.at_level(logging.WARNING, "kiseki"):
        python = environment_python(asking(*lines), further=[])
    assert python.exists()
    assert caplog.text.count("is left out") == len(lines)


def test_a_requirement_can_be_overridden(isolated: Path) -> None:
    asked = asking("numpy<1")
    assert environment_python(asked, further=[], override=["numpy"]).exists()
    with pytest.raises(InvalidParameter, match="pip_requirements_override"):
        environment_python(asked, further=[], override=["x; touch canary"])


def test_a_python_that_is_too_old_for_kiseki_is_told(isolated: Path) -> None:
    with pytest.raises(Unavailable, match=r"Python 3\.9\.1.*env_manager='local'"):
        environment_python(Environment(python="3.9.1", requirements=Requirements()))
    assert not isolated.exists()
