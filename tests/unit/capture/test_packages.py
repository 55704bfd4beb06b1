"""What is installed becomes requirements, whichever way it was installed; uv is the judge."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from kiseki.__about__ import __version__
from kiseki.capture.packages import Package, installed_packages, requirements_text
from kiseki.models.virtualenv import uv


def install(place: Path, folder: str, origin: dict[str, Any] | None = None) -> None:
    """A folder of metadata as installers leave it."""
    (place / folder).mkdir(parents=True)
    if origin is not None:
        (place / folder / "direct_url.json").write_text(json.dumps(origin), encoding="utf-8")


def test_what_is_installed_here() -> None:
    found = {canonicalize_name(package.name): package.version for package in installed_packages()}
    # The folder of the tests' own program has none.
    assert found == {canonicalize_name(one.name): one.version for one in reversed([*metadata.distributions()])}


def test_kiseki_is_there_without_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    assert installed_packages() == (Package(name="kiseki", version=__version__),)


def test_origins(tmp_path: Path) -> None:
    place, project = tmp_path / "site", tmp_path / "my project"
    project.mkdir()
    wheel = tmp_path / "w-1-py3-none-any.whl"
    wheel.touch()
    install(place, "a_b.c-1.0.post1.dist-info")
    install(place, "torch-2.6.0+cu124.dist-info")
    install(place, "old-1.1-py3.11.egg-info")
    commit = {"vcs": "git", "commit_id": "abc"}
    install(place, "g-1.dist-info", {"url": "https://me:pw@host/g", "vcs_info": commit, "subdirectory": "x"})
    install(place, "h-1.dist-info", {"url": "https://h/h.zip", "archive_info": {"hashes": {"sha256": "ff"}}})
    install(place, "e-1.dist-info", {"url": project.as_uri(), "dir_info": {"editable": True}})
    install(place, "w-1.dist-info", {"url": wheel.as_uri(), "archive_info": {}})
    install(place, "conda-1.dist-info", {"url": "file:///croot/conda_1/work", "dir_info": {}})
    (place / "bad-1.dist-info").mkdir()
    (place / "bad-1.dist-info" / "direct_url.json").write_text("[", encoding="utf-8")
    install(tmp_path / "later", "g-9.dist-info")
    packages = installed_packages([str(tmp_path / "no such folder"), str(place), str(tmp_path / "later")])
    assert {package.name: package.requirement for package in packages} == {
        "a-b.c": "a-b.c==1.0.post1",
        "bad": "bad==1",
        "conda": "conda==1",
        "e": f"-e {project.as_uri()}",
        "g": "g @ git+https://host/g@abc#subdirectory=x",
        "h": "h @ https://h/h.zip#sha256=ff",
        "old": "old==1.1",
        "torch": "torch==2.6.0",
        "w": f"w @ {wheel.as_uri()}",
    }
    assert [package.name for package in packages if package.is_local] == ["e", "w"]
    assert f"# only on that machine: -e {project.as_uri()}\n" in requirements_text(packages)


def test_uv_reads_the_requirements_of_this_environment(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text(requirements_text(installed_packages()), encoding="utf-8")
    finished = subprocess.run(
        [uv(), "pip", "install", "--dry-run", "--offline", "--no-deps", "--python", sys.executable, "-r", str(file)],
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stderr
    assert "Would make no changes" in finished.stderr


def test_a_package_that_only_has_a_version() -> None:
    assert Package(name="x", version="1").requirement == "x==1"


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("file:///code", "."),
        ("file:///code/a%20b/c.whl#sha256=00", "a b/c.whl"),
        ("file:///codes", None),
        ("file:///code/../x", None),
        ("file:///code/..x", "..x"),
        ("file:///code/%00", "\0"),
        ("file://", None),
        ("file://[", None),
        ("https://host/code", None),
        (None, None),
    ],
)
def test_where_in_the_code_a_package_is(url: str | None, place: str | None) -> None:
    assert Package(name="x", version="1", url=url).place_in("/code") == place
