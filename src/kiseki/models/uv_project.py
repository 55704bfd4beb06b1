"""The uv project in which a model is made: its lock says exactly what is installed."""

from __future__ import annotations

import logging
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from kiseki.base.errors import InvalidParameter, MissingDependency
from kiseki.base.settings import flag
from kiseki.models.requirements import Requirements, read_requirements
from kiseki.models.virtualenv import uv

LOCK_FILE: Final = "uv.lock"
PROJECT_FILE: Final = "pyproject.toml"
PYTHON_FILE: Final = ".python-version"
_SECONDS: Final = 60.0
_log = logging.getLogger("kiseki")


class UvProject(msgspec.Struct, frozen=True, kw_only=True):
    """A folder with uv.lock and pyproject.toml, and which of its optional parts a model needs."""

    folder: Path
    groups: tuple[str, ...] = ()
    """Groups of dependencies besides the project's own."""
    extras: tuple[str, ...] = ()


def find_uv_project(
    given: str | Path | None, groups: Sequence[str] | None = None, extras: Sequence[str] | None = None
) -> UvProject | None:
    """The project that a caller names, or the one in the current folder; None when there is none.

    KISEKI_UV_AUTO_DETECT=false leaves the current folder alone.

    Raises:
        InvalidParameter: The folder that is named is no uv project.
    """
    folder = Path() if given is None else Path(given)
    if given is None and not flag("UV_AUTO_DETECT", True):
        return None
    if not all((folder / name).is_file() for name in (LOCK_FILE, PROJECT_FILE)):
        if given is not None:
            raise InvalidParameter(f"{str(folder)!r} is no uv project: it has not both {LOCK_FILE} and {PROJECT_FILE}.")
        return None
    return UvProject(folder=folder.absolute(), groups=tuple(groups or ()), extras=tuple(extras or ()))


def locked_requirements(project: UvProject) -> Requirements | None:
    """What the project's lock says is installed, without its groups for development; None, and a warning, when uv fails."""
    options = [f"--group={name}" for name in project.groups] + [f"--extra={name}" for name in project.extras]
    try:
        command = [uv(), "export", "--quiet", "--frozen", "--no-dev", "--no-hashes", "--no-emit-project"]
        finished = subprocess.run(  # noqa: S603 - a list of arguments
            [*command, "--no-header", "--no-annotate", *options, "--project", str(project.folder)],
            cwd=project.folder,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (MissingDependency, subprocess.TimeoutExpired) as error:
        _log.warning("%s is not read: %s", LOCK_FILE, error)
        return None
    if finished.returncode != 0:
        _log.warning("%s is not read: %s", LOCK_FILE, finished.stderr.strip()[-1000:])
        return None
    return read_requirements(finished.stdout.splitlines(), LOCK_FILE)


def copy_uv_files(project: UvProject, folder: Path) -> None:
    """Copies uv.lock and pyproject.toml into a model's folder, unless KISEKI_LOG_UV_FILES is false."""
    if flag("LOG_UV_FILES", True):
        for name in (LOCK_FILE, PROJECT_FILE, PYTHON_FILE):
            if (project.folder / name).is_file():
                shutil.copyfile(project.folder / name, folder / name)
