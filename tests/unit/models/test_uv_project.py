"""Models that are made in a project of uv."""

import logging
import subprocess
from pathlib import Path
from typing import Any

import pytest

import kiseki.pyfunc
from kiseki.base.errors import InvalidParameter
from kiseki.models.requirements import pin
from kiseki.models.uv_project import find_uv_project
from kiseki.models.virtualenv import uv
from tests.wheels import pack

PROJECT = """
[project]
name = "my-project"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["packaging"]

[project.optional-dependencies]
more = ["idna"]

[dependency-groups]
dev = ["six"]
serving = ["threadpoolctl"]
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that is locked, from packages that lie here."""
    folder = tmp_path_factory.mktemp("project")
    pack(["packaging", "idna", "six", "threadpoolctl"], folder / "wheels")
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "uv.toml").write_text(f"no-index = true\nfind-links = [{str(folder / 'wheels')!r}]\n")
    subprocess.run([uv(), "lock", "--quiet", "--cache-dir", str(folder / "cache")], cwd=folder, check=True)
    return folder


def saved(path: Path, **options: Any) -> tuple[set[str], set[str]]:
    """Saves a model and returns its requirements and which files of uv it has."""
    kiseki.pyfunc.save_model(path, python_model=lambda model_input: model_input, **options)
    lines = set((path / "requirements.txt").read_text().splitlines())
    return lines, {file.name for file in path.iterdir()} & {"uv.lock", "pyproject.toml"}


def test_the_lock_says_what_is_installed(tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    assert saved(tmp_path / "model") == ({pin("packaging"), pin("cloudpickle")}, {"uv.lock", "pyproject.toml"})


def test_groups_and_extras_can_be_named(tmp_path: Path, project: Path) -> None:
    lines, _ = saved(tmp_path / "model", uv_project_path=project, uv_groups=["serving"], uv_extras=["more"])
    assert lines == {pin(name) for name in ("packaging", "cloudpickle", "threadpoolctl", "idna")}


def test_requirements_that_are_given_go_first(tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    assert saved(tmp_path / "model", pip_requirements=["a"]) == ({"a"}, set())
    lines, _ = saved(tmp_path / "other", extra_pip_requirements=["packaging>=1", "b"])
    assert lines == {pin("packaging"), pin("cloudpickle"), "b"}


def test_the_project_can_be_left_alone(tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv("MLFLOW_LOG_UV_FILES", "false")
    assert saved(tmp_path / "model") == ({pin("packaging"), pin("cloudpickle")}, set())
    monkeypatch.setenv("MLFLOW_UV_AUTO_DETECT", "false")
    assert saved(tmp_path / "other")[0] == {pin("cloudpickle")}


def test_what_is_no_project_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_uv_project(None) is None
    with pytest.raises(InvalidParameter, match="is no uv project"):
        find_uv_project(tmp_path)


def test_a_lock_that_cannot_be_read_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "uv.lock").write_text("nothing")
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    with caplog.at_level(logging.WARNING, "kiseki"):
        lines, files = saved(tmp_path / "model", uv_project_path=tmp_path)
    assert (lines, files) == ({pin("cloudpickle")}, set())
    assert "uv.lock is not read" in caplog.text
