import importlib
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiseki.base.errors import InvalidParameter, NotFound
from kiseki.models.code import add_code, copy_code


@pytest.fixture(autouse=True)
def _search_path() -> Iterator[None]:
    path, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        del sys.modules[name]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    package = tmp_path / "project" / "my_package"
    (package / "__pycache__").mkdir(parents=True)
    (package / "__pycache__" / "x.pyc").touch()
    (package / "__init__.py").write_text("VALUE = 3\n")
    (tmp_path / "project" / "my_module.py").write_text("from my_package import VALUE\n")
    return tmp_path / "project"


def test_files_and_folders_are_copied_and_importable(project: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    assert copy_code([project / "my_package", str(project / "my_module.py")], model) == "code"
    files = sorted(path.relative_to(model).as_posix() for path in model.rglob("*") if path.is_file())
    assert files == ["code/my_module.py", "code/my_package/__init__.py"]
    add_code(model, "code")
    add_code(model, "code")
    assert sys.path.count(str((model / "code").resolve())) == 1
    assert importlib.import_module("my_module").VALUE == 3


def test_no_code_is_no_folder(tmp_path: Path) -> None:
    assert copy_code(None, tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    before = list(sys.path)
    add_code(tmp_path, None)
    assert sys.path == before


@pytest.mark.parametrize("given", ["my_module.py", ["nothing"]])
def test_what_is_no_list_of_paths_is_refused(given: object, tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match="code_paths"):
        copy_code(given, tmp_path)  # type: ignore[arg-type]


def test_two_of_one_name_are_refused(project: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "my_module.py").touch()
    with pytest.raises(InvalidParameter, match=r"two files or folders of the name 'my_module\.py'"):
        copy_code([project / "my_module.py", tmp_path / "other" / "my_module.py"], tmp_path)


def test_a_link_out_of_the_code_is_refused(project: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (project / "my_package" / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(InvalidParameter, match="link out of"):
        copy_code([project / "my_package"], tmp_path)


@pytest.mark.parametrize("name", ["../code", "/etc", "code/../.."])
def test_code_outside_of_the_model_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises((InvalidParameter, NotFound)):
        add_code(tmp_path, name)


def test_a_module_that_another_model_brought_is_told(
    project: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        copy_code([project / "my_package"], tmp_path / name)
    add_code(tmp_path / "one", "code")
    importlib.import_module("my_package")
    with caplog.at_level(logging.WARNING, "kiseki"):
        add_code(tmp_path / "two", "code")
    assert "my_package" in caplog.text
