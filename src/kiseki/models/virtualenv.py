"""Environments that are made once, named by what is in them, and kept; and virtual environments that uv makes.

Nothing of a model or project becomes part of a command: requirements are handed over in a file.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from kiseki.base.errors import MissingDependency, Unavailable
from kiseki.base.settings import setting

_READY: Final = "kiseki-ready"


def kept(
    facts: Sequence[Any],
    make: Callable[[Path], None],
    intact: Callable[[Path], bool] = Path.is_dir,
    root: Path | None = None,
) -> Path:
    """The folder of the environment that has certain facts, made when there is none yet.

    Of two processes that make it at once the one that is done last uses its own, and leaves it to the next.

    Args:
        facts: What decides what is in it, as JSON has it; this platform is one of them anyway.
        make: Makes it in a folder that does not exist.
        intact: Whether one that was made can still be used.
        root: The folder of all environments; that of KISEKI_ENV_ROOT when None.
    """
    if root is None:
        root = Path(setting("ENV_ROOT") or Path.home() / ".kiseki" / "envs").expanduser()
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    whole = json.dumps([*facts, sys.platform, platform.machine()])
    pointer = root / f"kiseki-{hashlib.sha256(whole.encode()).hexdigest()[:32]}"
    if pointer.is_file():
        folder = pointer.with_name(pointer.read_text(encoding="utf-8").strip())
        if (folder / _READY).is_file() and intact(folder):
            return folder
    folder = pointer.with_name(f"{pointer.name}-{secrets.token_hex(4)}")
    try:
        make(folder)
        (folder / _READY).touch()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    temporary = folder.with_suffix(".pointer")
    temporary.write_text(folder.name, encoding="utf-8")
    temporary.replace(pointer)
    return folder


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
        raise MissingDependency("uv", "An environment of its own") from None
    return str(find_uv_bin())


def python_of(folder: Path) -> Path:
    """The Python of an environment."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def has_python(folder: Path) -> bool:
    """Whether the Python of an environment is there: one that it was made from may be gone."""
    return python_of(folder).exists()


def make_virtualenv(
    folder: Path,
    python: str,
    lines: Sequence[str],
    constraints: Sequence[str],
    *,
    complete: Sequence[str] = (),
    built_anew: Sequence[str] = (),
    place: Path | None = None,
    advice: str = "",
) -> None:
    """Makes a virtual environment and installs into it.

    Args:
        folder: Where it goes.
        python: A version such as "3.12.1", of which the first two parts count, or a specifier such as ">=3.12".
        lines: Lines of requirements.
        constraints: Versions for what is installed without being named.
        complete: Lines that are installed before those, and nothing that these packages ask for with them.
        built_anew: Packages of which uv is not to use what it has kept.
        place: The folder that paths in the lines are relative to, whose configuration of uv is obeyed; none when None.
        advice: What a message says when it fails.

    Raises:
        Unavailable: uv could not make it; the message is uv's.
        MissingDependency: uv is not installed.
    """
    program = uv()
    with tempfile.TemporaryDirectory(prefix="kiseki-env-") as temporary:
        # In a folder of its own, so that no project's configuration is found.
        where = Path(temporary) if place is None else place

        def install(requirements: Sequence[str], *options: str) -> None:
            if not requirements:
                return
            file = Path(temporary) / "requirements.txt"
            file.write_text("".join(f"{line}\n" for line in requirements), encoding="utf-8")
            command = [program, "pip", "install", "--quiet", "--python", str(python_of(folder))]
            run([*command, "--requirements", str(file), *options], where, advice=advice)

        run(
            [program, "venv", "--quiet", "--no-project", "--python", interpreter(python), str(folder)],
            where,
            advice=advice,
        )
        install(complete, "--no-deps", *(f"--refresh-package={name}" for name in built_anew))
        constraining = Path(temporary) / "constraints.txt"
        constraining.write_text("".join(f"{line}\n" for line in constraints), encoding="utf-8")
        install(lines, "--constraints", str(constraining))


def interpreter(version: str) -> str:
    """The running Python where it is what is asked for; else what uv is to look for."""
    running = str(getattr(sys, "_base_executable", sys.executable))
    if not version[:1].isdigit():
        from packaging.specifiers import SpecifierSet

        return running if SpecifierSet(version).contains(platform.python_version()) else version
    minor = version.split(".")[:2]
    return running if minor == platform.python_version().split(".")[:2] else ".".join(minor)


def run(command: Sequence[str], folder: Path, *, advice: str = "", **variables: str) -> str:
    """Runs a step of making an environment and returns what it prints.

    Raises:
        Unavailable: It fails; the message has what it wrote.
    """
    environment = {
        key: value for key, value in os.environ.items() if key not in {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME"}
    }
    finished = subprocess.run(  # noqa: S603 - a list of arguments, none of which a model gave
        command, cwd=folder, env={**environment, **variables}, capture_output=True, text=True, check=False
    )
    if finished.returncode != 0:
        raise Unavailable(
            f"The environment could not be made: `{' '.join(command[:3])} …` ended with {finished.returncode}:\n"
            f"{finished.stderr.strip()[-3000:]}\n{advice}".strip()
        )
    return finished.stdout
