"""Environments of models' own, made with uv and kept for the next time; kiseki itself comes from the running installation.

An environment is named by what is in it: Python, the model's requirements, and this very kiseki. Nothing of a model
becomes part of a command: its requirements are checked line by line and handed over in a file.
"""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
from collections.abc import Collection, Sequence
from importlib import metadata
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

from kiseki import base
from kiseki.base.errors import Unavailable
from kiseki.base.settings import flag
from kiseki.models.environment import Environment
from kiseki.models.requirements import INDEX_OPTIONS, name_of, read_requirements
from kiseki.models.virtualenv import has_python, kept, make_virtualenv, python_of, run

NEEDED: Final = (
    "click",
    "cloudpickle",
    "httptools",
    "msgspec",
    "numpy",
    "packaging",
    "pyyaml",
    "starlette",
    "urllib3",
    "uvicorn",
)
"""What kiseki needs to load and to serve a model; the database stays at home."""

OLDEST: Final = (3, 11)
"""The oldest Python that kiseki runs in."""

_LEFT_OUT: Final = ("__pycache__", "static")
_ADVICE: Final = "Give other requirements with pip_requirements_override, or use env_manager='local'."
_log = logging.getLogger("kiseki")


def environment_python(
    environment: Environment, *, further: Sequence[str] = (), override: Sequence[str] | None = None
) -> Path:
    """The Python of an environment that has what a model needs, made when there is none yet.

    Args:
        environment: What the model says.
        further: Packages that are needed besides: "pandas" for a model that is called with tables.
        override: Requirements in place of those of the model for the same distributions, and further ones.

    Raises:
        MissingDependency: uv is not installed.
        InvalidParameter: A requirement is none, or the requirements exclude each other.
        Unavailable: uv could not make it; the message is uv's.
    """
    if environment.conda:
        _log.warning(
            "The model's conda.yaml names packages that are not Python's, which are not installed: %s.",
            ", ".join(environment.conda),
        )
    if tuple(map(int, environment.python.split(".")[:2])) < OLDEST:
        raise Unavailable(
            f"The model was saved with Python {environment.python}, and kiseki runs from {'.'.join(map(str, OLDEST))} on: an "
            "environment of its own cannot be made. Use env_manager='local', or save the model again."
        )
    lines = requirement_lines(environment, further=further, override=override or ())
    facts = [environment.python, lines, environment.requirements.constraints, kiseki_stamp()]
    return python_of(kept(facts, lambda folder: _make(folder, environment, lines), has_python))


def copy_kiseki(place: Path, *, database: bool = False) -> None:
    """Copies the running kiseki, without the web UI.

    Args:
        place: The folder of the package, which must not exist.
        database: Whether it is to open databases, too.
    """
    left_out = _LEFT_OUT if database else (*_LEFT_OUT, "migrations")
    shutil.copytree(_package(), place, ignore=shutil.ignore_patterns(*left_out))


def requirement_lines(environment: Environment, *, further: Sequence[str], override: Sequence[str] = ()) -> list[str]:
    """What is installed: the model's requirements, then what kiseki needs and the model does not name.

    Raises:
        InvalidParameter: A line of `override` is no requirement.
    """
    given = read_requirements(override, "pip_requirements_override").lines
    named = {name for line in given if (name := name_of(line)) is not None}
    lines = [line for line in environment.requirements.lines if name_of(line) is None or name_of(line) not in named]
    lines = [line for line in [*lines, *given] if _is_followed(line)]
    named |= {name for line in lines if (name := name_of(line)) is not None}
    return [*lines, *(own_requirements().get(name, name) for name in (*NEEDED, *further) if name not in named)]


def _is_followed(line: str) -> bool:
    """Whether a line is handed to uv; where packages come from is for the user to say, not for the model."""
    option = re.split(r"[\s=]", line, maxsplit=1)[0]
    elsewhere = option in INDEX_OPTIONS or "${" in line
    if elsewhere and not flag("FOLLOW_MODEL_INDEXES", False):
        _log.warning(
            "The model's requirements have %r, which is left out: packages come from the index that uv is configured with. "
            "Where you trust who made the model, set KISEKI_FOLLOW_MODEL_INDEXES=true.",
            line,
        )
        return False
    return True


def own_requirements(extras: Collection[str] = ()) -> dict[str, str]:
    """What kiseki's own metadata asks for, with some of its extras, by name; nothing where it is not installed."""
    try:
        lines = metadata.requires("kiseki") or []
    except metadata.PackageNotFoundError:
        return {}
    asked = [Requirement(line) for line in lines]
    return {
        name_of(str(one)) or "": f"{one.name}{one.specifier}"
        for one in asked
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in ("", *extras))
    }


def _make(folder: Path, environment: Environment, lines: Sequence[str]) -> None:
    constraints = environment.requirements.constraints
    make_virtualenv(folder, environment.python, lines, constraints, advice=_ADVICE)
    copy_kiseki(package_folder(folder))


def package_folder(environment: Path) -> Path:
    """Where kiseki is, or is to be, in an environment that uv made."""
    program = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(run([str(python_of(environment)), "-c", program], environment).strip()) / "kiseki"


def _package() -> Path:
    return Path(base.__file__).parent.parent


def kiseki_stamp() -> str:
    """A digest that changes when a file of the running kiseki does."""
    digest = hashlib.sha256()
    for file in sorted(_package().rglob("*.py")):
        status = file.stat()
        digest.update(f"{file.name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
