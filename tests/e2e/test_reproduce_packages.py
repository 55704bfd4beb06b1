"""Runs that are made again in an environment of the packages that they had: of a lock, of places of this machine."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import kiseki
from kiseki.capture.capture import encode
from kiseki.client.capture import read_capture, write_capture
from kiseki.client.client import KisekiClient
from kiseki.models.virtualenv import python_of, uv
from tests.package_index import PackageIndex
from tests.repositories import Repository
from tests.reproductions import TRAIN, last_reproduction, not_runnable, python, reproduce, run_python
from tests.wheels import pack, write_kiseki, write_wheel

pytestmark = [pytest.mark.usefixtures("index"), pytest.mark.parametrize("place", ["sqlite"], indirect=True)]

PROJECT = f"""
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "NAME"
version = "1"
requires-python = "=={sys.version_info[0]}.{sys.version_info[1]}.*"
dependencies = ["kiseki", "tiny"]

[tool.uv]
environments = ["sys_platform == '{sys.platform}'"]
"""
MLPROJECT = "entry_points: {main: {command: python train.py}}"


@pytest.fixture(scope="module")
def packages(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What builds packages, and kiseki as one of them, beside everything else."""
    folder = tmp_path_factory.mktemp("packages")
    for wheel in wheels.iterdir():
        (folder / wheel.name).symlink_to(wheel)
    pack(["hatchling", "editables"], folder)
    write_kiseki(folder)
    return folder


@pytest.fixture
def served(packages: Path, index: Path, tmp_path: Path) -> Iterator[PackageIndex]:
    """An index of them, without the newest version of the tiny package."""
    with PackageIndex(tmp_path / "simple") as found:
        found.add(*(wheel for wheel in packages.iterdir() if not wheel.name.startswith("tiny-2")))
        index.write_text(f'index-url = "{found.url}"\n')
        yield found


@pytest.fixture
def project(code: Repository) -> Repository:
    """A repository whose script imports a package beside it, as most that are larger than a script have one."""
    (code.folder / "own").mkdir()
    (code.folder / "own" / "__init__.py").write_text("ADDS = 0.5\n")
    code.commit(
        train__py=TRAIN.replace("import tiny", "import own, tiny").replace("first +", "own.ADDS + first +"),
        pyproject__toml=PROJECT.replace("NAME", "own"),
        MLproject=MLPROJECT,
        __gitignore=".venv\n",
    )
    return code


def lock(project: Repository, *options: str) -> None:
    subprocess.run([uv(), "lock", "--quiet", *options], cwd=project.folder, check=True, timeout=120)
    project.commit()


def sync(project: Repository) -> Path:
    """The environment that its author works in."""
    variables = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    subprocess.run([uv(), "sync", "--quiet"], cwd=project.folder, env=variables, check=True, timeout=120)
    return python_of(project.folder / ".venv")


def install(environment: Path, *arguments: str | Path) -> None:
    command = [uv(), "pip", "install", "--quiet", "--python", environment, *arguments]
    subprocess.run(command, check=True, timeout=120)


def versions(client: KisekiClient, run_id: str) -> dict[str, str]:
    found = read_capture(client, run_id)
    assert found is not None
    return {package.name: package.version for package in found.packages}


def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if nothing had been installed or made here before."""
    monkeypatch.setenv("KISEKI_ENV_ROOT", str(tmp_path / "others"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))


def test_a_script_of_a_project_that_uv_locked(
    client: KisekiClient,
    project: Repository,
    served: PackageIndex,
    packages: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lock(project)
    uri = project.folder.as_uri()
    # The author changes the package and does not commit that.
    (project.folder / "own" / "__init__.py").write_text("ADDS = 0.25\n")
    old = run_python(sync(project), project.folder, "train.py")
    newer = packages / "tiny-2.0-py3-none-any.whl"
    served.add(newer)
    lock(project, "--upgrade-package", "tiny")
    environment = sync(project)
    # The lock of today has another version, and the run has its own.
    again = reproduce(old)
    assert (again.verdict, again.causes) == ("identical", ()), again
    had, has = versions(client, old), versions(client, again.new_run_id)
    assert (had["tiny"], had["own"], has) == ("1.0", "1", had)
    assert again.difference is not None
    assert again.difference.packages == ()
    # In the author's environment of today, the package of the code is not that of the checkout, either.
    program = f"import kiseki\nprint(kiseki.reproduce({old!r}, env_manager='local').verdict)"
    assert run_python(environment, project.folder, "-c", program) == "diverged"
    found = last_reproduction(old)
    assert [cause.text for cause in found.causes if cause.kind == "package"] == [
        f"Packages differ: own was 1 (.) and is 1 ({uri}), tiny was 1.0 and is 2.0."
    ]
    assert found.causes[0].kind == "package"
    # The index has withdrawn it, and nobody else has it.
    served.remove(packages / "tiny-1.0-py3-none-any.whl")
    empty_machine(tmp_path, monkeypatch)
    gone = not_runnable(old, "package", "could not be made", "no version of tiny==1.0", "--env-manager local")
    assert "no version of tiny==1.0" in gone.causes[0].text


def test_a_project_that_kiseki_runs_from_a_lock(
    client: KisekiClient, project: Repository, served: PackageIndex, packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock(project)
    uri = project.folder.as_uri()
    old = kiseki.run(uri, version="main").run_id
    monkeypatch.setenv("KISEKI_CAPTURE", "false")
    of_tags = kiseki.run(uri, version="main").run_id
    monkeypatch.delenv("KISEKI_CAPTURE")
    served.add(packages / "tiny-2.0-py3-none-any.whl")
    lock(project, "--upgrade-package", "tiny")
    again = reproduce(old)
    assert (again.verdict, again.causes) == ("identical", ()), again
    has = versions(client, again.new_run_id)
    assert (has, has["tiny"]) == (versions(client, old), "1.0")
    # Of one that has no capture, the lock of its commit says what it had.
    again = reproduce(of_tags)
    assert (again.verdict, versions(client, again.new_run_id)["tiny"]) == ("identical", "1.0"), again
    newer = reproduce(of_tags, version="main")
    assert (newer.verdict, versions(client, newer.new_run_id)["tiny"]) == ("diverged", "2.0")
    assert [cause.kind for cause in newer.causes] == ["package"]


def test_packages_that_exclude_each_other(
    client: KisekiClient, code: Repository, packages: Path, index: Path, tmp_path: Path
) -> None:
    """As pip installs them with a warning, and without what the author knew not to need."""
    folder = tmp_path / "strict"
    folder.mkdir()
    write_wheel(folder, "strict", "1.0", "ADDS = 1.5\n", ["tiny<2", "there-is-no-such-package"])
    index.write_text(f"no-index = true\nfind-links = [{str(packages)!r}, {str(folder)!r}]\n")
    environment = python("2.0", code.folder, tmp_path / "author")
    install(environment, "--no-deps", "strict")
    code.commit(
        train__py=TRAIN.replace("import tiny", "import strict, tiny").replace("first +", "strict.ADDS + first +")
    )
    old = run_python(environment, code.folder, "train.py")
    found = reproduce(old)
    assert (found.verdict, versions(client, found.new_run_id)) == ("identical", versions(client, old)), found


def test_a_wheel_that_somebody_built_anew(client: KisekiClient, code: Repository, index: Path, tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, "local", "1.0", "ADDS = 1.0\n")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    environment = python("1.0", code.folder, tmp_path / "author")
    install(environment, wheel)
    code.commit(train__py=TRAIN.replace("import tiny", "import local, tiny").replace("first +", "local.ADDS + first +"))
    old = run_python(environment, code.folder, "train.py")
    assert reproduce(old).verdict == "identical"
    write_wheel(tmp_path, "local", "1.0", "ADDS = 2.0\n")
    found = reproduce(old)
    assert (found.verdict, found.causes[-1].text) == (
        "diverged",
        "What is installed from folders of a machine is not recorded and may be another: local.",
    )
    # pip records the digest, and uv does not.
    capture = read_capture(client, old)
    assert capture is not None
    recorded = [
        msgspec.structs.replace(package, url=f"{package.url}#sha256={digest}") if package.name == "local" else package
        for package in capture.packages
    ]
    write_capture(client, old, {"capture.json": encode(msgspec.structs.replace(capture, packages=tuple(recorded)))})
    not_runnable(old, "package", "Hash mismatch", "local-1.0-py3-none-any.whl")
    write_wheel(tmp_path, "local", "1.0", "ADDS = 1.0\n")
    wheel.unlink()
    not_runnable(old, "package", f"The package local was installed from {str(wheel)!r}, which is not there")


def test_packages_of_folders(
    client: KisekiClient,
    project: Repository,
    packages: Path,
    index: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One of the code, which is built of the code as it was, and one beside it, of which nothing is recorded."""
    index.write_text(f"no-index = true\nfind-links = [{str(packages)!r}]\n")
    beside = tmp_path / "beside it"
    (beside / "beside").mkdir(parents=True)
    (beside / "beside" / "__init__.py").write_text("ADDS = 1.0\n")
    (beside / "pyproject.toml").write_text(PROJECT.replace("NAME", "beside"))
    environment = python("1.0", project.folder, tmp_path / "author")
    install(environment, project.folder, beside)
    project.commit(
        train__py=(project.folder / "train.py")
        .read_text()
        .replace("own, tiny", "beside, own, tiny")
        .replace("first +", "beside.ADDS + first +")
    )
    old = run_python(environment, project.folder, "train.py")
    kept = tmp_path / "kept"
    kept.mkdir()
    monkeypatch.setenv("KISEKI_ENV_ROOT", str(kept))
    shutil.rmtree(project.folder / "own")
    assert reproduce(old).verdict == "identical"
    (beside / "beside" / "__init__.py").write_text("ADDS = 2.0\n")
    found = reproduce(old)
    assert (found.verdict, found.difference and found.difference.packages) == ("diverged", ()), found
    assert [cause.text for cause in found.causes if cause.kind == "code"] == [
        "What is installed from folders of a machine is not recorded and may be another: beside."
    ]
    # They are of no use for another run.
    assert list(kept.iterdir()) == []


def test_a_program_that_a_package_installs(client: KisekiClient, code: Repository, packages: Path, index: Path) -> None:
    index.write_text(f"no-index = true\nfind-links = [{str(packages)!r}]\n")
    (code.folder / "own").mkdir()
    lines = "".join(f"    {line}\n" for line in TRAIN.splitlines())
    (code.folder / "own" / "__init__.py").write_text(f"def main():\n{lines}")
    (code.folder / "train.py").unlink()
    program = '[project.scripts]\nown-train = "own:main"\n'
    code.commit(pyproject__toml=f"{PROJECT.replace('NAME', 'own')}\n{program}", __gitignore=".venv\nuv.lock\n")
    environment = sync(code)
    old = run_python(environment.parent / "own-train", code.folder, "--lr", "0.1")
    here = f"import kiseki\nprint(kiseki.reproduce({old!r}, env_manager='local').verdict)"
    assert run_python(environment, code.folder, "-c", here) == "identical"
    (code.folder / "own" / "__init__.py").write_text("def main(): raise SystemExit('another')\n")
    found = reproduce(old)
    assert (found.verdict, found.params, found.causes) == ("identical", (), ()), found
    # Its package does not have it any more.
    code.commit(pyproject__toml=PROJECT.replace("NAME", "own"))
    gone = reproduce(old, version="main")
    assert gone.verdict == "not_runnable"
    assert re.search(r"own-train: .*not found", gone.text)
