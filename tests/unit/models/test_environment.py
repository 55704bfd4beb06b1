import platform
from pathlib import Path

import pytest

from kiseki.base.errors import InvalidParameter, NotFound
from kiseki.base.yaml import parse_yaml
from kiseki.models.environment import (
    Environment,
    conda_requirements,
    default_conda_env,
    read_environment,
    write_environment,
)
from kiseki.models.requirements import Requirements

PYTHON = platform.python_version()
GIVEN = Requirements(lines=("numpy==2.0.0", "--pre"), constraints=("scipy<2",))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_environment(tmp_path, GIVEN)
    assert read_environment(tmp_path) == Environment(python=PYTHON, requirements=GIVEN)
    assert (tmp_path / "requirements.txt").read_text() == "numpy==2.0.0\n--pre\n-c constraints.txt\n"
    assert (tmp_path / "constraints.txt").read_text() == "scipy<2\n"
    python_env = parse_yaml((tmp_path / "python_env.yaml").read_bytes(), "x")
    assert python_env["python"] == PYTHON
    assert python_env["dependencies"] == ["-r requirements.txt"]
    conda = parse_yaml((tmp_path / "conda.yaml").read_bytes(), "x")
    assert conda["dependencies"][0] == f"python={PYTHON}"
    assert conda["dependencies"][2] == {"pip": ["numpy==2.0.0", "--pre", "-c constraints.txt"]}


def test_a_conda_environment_is_written_as_it_was_given(tmp_path: Path) -> None:
    given = {"name": "x", "dependencies": ["python=3.10.2", "cmake=3.29", "pip", {"pip": ["a==1"]}]}
    conda, requirements = conda_requirements(given)
    write_environment(tmp_path, requirements, conda)
    assert parse_yaml((tmp_path / "conda.yaml").read_bytes(), "x") == given
    found = read_environment(tmp_path)
    assert found.requirements == Requirements(lines=("a==1",))
    assert found.conda == ("cmake=3.29",)


def test_a_conda_environment_can_be_a_file(tmp_path: Path) -> None:
    file = tmp_path / "env.yaml"
    file.write_text("dependencies: [python=3.12, {pip: [b==2]}]")
    assert conda_requirements(str(file)) == (
        {"dependencies": ["python=3.12", {"pip": ["b==2"]}]},
        Requirements(lines=("b==2",)),
    )


@pytest.mark.parametrize(
    "given",
    [
        3,
        "nothing.yaml",
        {"dependencies": "a"},
        {"dependencies": [{"pip": "a"}]},
        {"dependencies": [{"pip": ["x; rm"]}]},
    ],
)
def test_what_is_no_conda_environment_is_refused(given: object) -> None:
    with pytest.raises(InvalidParameter):
        conda_requirements(given)


def test_the_default_has_this_python() -> None:
    assert default_conda_env(["a"])["dependencies"][0] == f"python={PYTHON}"


def test_the_line_of_mlflow_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("mlflow==3.1.0\nnumpy==2.0.0 # because\n")
    assert read_environment(tmp_path).requirements.lines == ("numpy==2.0.0",)


def test_an_old_model_has_only_a_conda_environment(tmp_path: Path) -> None:
    (tmp_path / "conda.yaml").write_text("dependencies: [python=3.9.1, pip<=21, {pip: [a]}]")
    assert read_environment(tmp_path).python == "3.9.1"


def test_a_model_without_files_runs_in_this_python(tmp_path: Path) -> None:
    assert read_environment(tmp_path) == Environment(python=PYTHON, requirements=Requirements())


@pytest.mark.parametrize("line", ["-r /etc/passwd", "-r other.txt", "x; touch canary", "--target=/"])
def test_hostile_lines_of_a_model_are_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "requirements.txt").write_text(f"{line}\n")
    with pytest.raises(InvalidParameter, match=r"requirements\.txt"):
        read_environment(tmp_path)


@pytest.mark.parametrize("name", ["../outside.txt", "/etc/passwd"])
def test_constraints_of_a_model_are_its_own(tmp_path: Path, name: str) -> None:
    (tmp_path / "requirements.txt").write_text(f"-c {name}\n")
    with pytest.raises((InvalidParameter, NotFound)):
        read_environment(tmp_path)


@pytest.mark.parametrize("version", ["3.12; touch canary", "--help", "../python", "/bin/sh"])
def test_a_hostile_version_of_python_is_refused(tmp_path: Path, version: str) -> None:
    (tmp_path / "python_env.yaml").write_text(f"python: '{version}'\n")
    with pytest.raises(InvalidParameter, match="expected a version"):
        read_environment(tmp_path)
