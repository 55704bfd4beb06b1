"""Environments of models' own, made with uv and kept for the next time; kiseki itself comes from the running installation.

An environment is named by what is in it: Python, the model's requirements, and this very kiseki. Nothing of a model
becomes part of a command: its requirements are checked line by line and handed over in a file.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

from kiseki import base
from kiseki.base.errors import MissingDependency, Unavailable
from kiseki.base.settings import flag, setting
from kiseki.models.environment import Environment
from kiseki.models.requirements import INDEX_OPTIONS, name_of, read_requirements

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

_LEFT_OUT: Final = ("__pycache__", "static", "migrations")
_READY: Final = "kiseki-ready"
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
    root = Path(setting("ENV_ROOT") or Path.home() / ".kiseki" / "envs").expanduser()
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    facts = [
        environment.python,
        lines,
        environment.requirements.constraints,
        _kiseki_stamp(),
        sys.platform,
        platform.machine(),
    ]
    pointer = root / f"kiseki-{hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]}"
    ready = _ready(pointer)
    if ready is not None:
        return ready
    folder = pointer.with_name(f"{pointer.name}-{secrets.token_hex(4)}")
    try:
        python = _make(folder, environment, lines)
        (folder / _READY).touch()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    # Of two processes that make it at once the one that is done last uses its own, and leaves it to the next.
    temporary = folder.with_suffix(".pointer")
    temporary.write_text(folder.name, encoding="utf-8")
    temporary.replace(pointer)
    return python


def copy_kiseki(place: Path) -> None:
    """Copies the running kiseki, without the web UI and the database's migrations.

    Args:
        place: The folder of the package, which must not exist.
    """
    shutil.copytree(_package(), place, ignore=shutil.ignore_patterns(*_LEFT_OUT))


def uv() -> str:
    """The program uv.

    Raises:
        MissingDependency: It is not installed.
    """
    found = shutil.which("uv")
    if found is not None:
        return found
    try:
        from uv import find_uv_bin
    except ImportError:
        raise MissingDependency("uv", "An environment of the model's own") from None
    return str(find_uv_bin())


def _ready(pointer: Path) -> Path | None:
    if not pointer.is_file():
        return None
    folder = pointer.with_name(pointer.read_text(encoding="utf-8").strip())
    python = _python_of(folder)
    return python if (folder / _READY).is_file() and python.exists() else None


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
    return [*lines, *(_own_requirements().get(name, name) for name in (*NEEDED, *further) if name not in named)]


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


def _own_requirements() -> dict[str, str]:
    """What kiseki's own metadata asks for, by name."""
    try:
        lines = metadata.requires("kiseki") or []
    except metadata.PackageNotFoundError:
        return {}
    asked = [Requirement(line) for line in lines]
    return {name_of(str(one)) or "": f"{one.name}{one.specifier}" for one in asked if one.marker is None}


def _make(folder: Path, environment: Environment, lines: Sequence[str]) -> Path:
    with tempfile.TemporaryDirectory(prefix="kiseki-env-") as temporary:
        # In a folder of its own, so that no project's configuration is found.
        place = Path(temporary)
        requirements, constraints = place / "requirements.txt", place / "constraints.txt"
        requirements.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        constraints.write_text("".join(f"{line}\n" for line in environment.requirements.constraints), encoding="utf-8")
        program = uv()
        _run(
            [program, "venv", "--quiet", "--no-project", "--python", _interpreter(environment.python), str(folder)],
            place,
        )
        python = _python_of(folder)
        command = [program, "pip", "install", "--quiet", "--python", str(python)]
        _run([*command, "--requirements", str(requirements), "--constraints", str(constraints)], place)
    purelib = _run([str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], folder).strip()
    copy_kiseki(Path(purelib) / "kiseki")
    return python


def _interpreter(version: str) -> str:
    """The running Python where it is of the same minor version; else what uv is to look for."""
    minor = version.split(".")[:2]
    if minor == platform.python_version().split(".")[:2]:
        return str(getattr(sys, "_base_executable", sys.executable))
    return ".".join(minor)


def _run(command: list[str], folder: Path) -> str:
    environment = {
        key: value for key, value in os.environ.items() if key not in {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME"}
    }
    finished = subprocess.run(  # noqa: S603 - a list of arguments, none of which a model gave
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if finished.returncode != 0:
        raise Unavailable(
            f"The environment of the model could not be made: `{' '.join(command[:3])} …` ended with "
            f"{finished.returncode}:\n{finished.stderr.strip()[-3000:]}\nGive other requirements with "
            "pip_requirements_override, or use env_manager='local'."
        )
    return finished.stdout


def _python_of(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _package() -> Path:
    return Path(base.__file__).parent.parent


def _kiseki_stamp() -> str:
    """Changes when a file of the running kiseki does."""
    digest = hashlib.sha256()
    for file in sorted(_package().rglob("*.py")):
        status = file.stat()
        digest.update(f"{file.name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
