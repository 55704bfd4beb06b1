"""Scratch environments: where the peers are installed, and how large an installation is."""

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.figures import SUBJECT

_INSTALL_SECONDS = 900.0
# What venv and pip bring themselves; an environment made by uv has none of them.
_INSTALLERS = ("pip", "setuptools", "wheel", "_distutils_hack", "distutils-precedence.pth", "_virtualenv")


@dataclass(frozen=True, kw_only=True, slots=True)
class Installation:
    """The size of an environment in MB (10^6 bytes), the installers themselves left out."""

    megabytes: float
    bytecode_megabytes: float
    distributions: int


def create(folder: Path, requirement: str) -> Path:
    """Makes a fresh environment with one requirement (a name or a path) and returns its Python.

    Raises `RuntimeError` with the last lines of the installer's output when that fails.
    """
    shutil.rmtree(folder, ignore_errors=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    uv = shutil.which("uv")
    if uv is not None:
        _run([uv, "venv", "--python", sys.executable, str(folder)])
        # uv keeps a wheel that it has built from a folder, whatever has changed in it since.
        anew = ["--refresh-package", SUBJECT]
        _run([uv, "pip", "install", "--python", str(python), "--compile-bytecode", *anew, requirement])
    elif importlib.util.find_spec("ensurepip") is not None:
        _run([sys.executable, "-m", "venv", str(folder)])
        _run([str(python), "-m", "pip", "install", "--disable-pip-version-check", requirement])
    else:
        raise RuntimeError("no way to make an environment: neither uv nor Python's ensurepip (python3-venv) is here")
    (folder / "complete").write_text(requirement)
    return python


def ensure(folder: Path, requirement: str) -> Path:
    """Returns the Python of an environment that was made before, or makes it."""
    marker = folder / "complete"
    if marker.is_file() and marker.read_text() == requirement:
        return folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    return create(folder, requirement)


def add(python: Path, requirement: str) -> None:
    """Installs one more package where it is missing."""
    known = subprocess.run([str(python), "-m", "pip", "show", requirement], capture_output=True, check=False)
    if known.returncode:
        uv = shutil.which("uv")
        install = [uv, "pip", "install", "--python", str(python)] if uv else [str(python), "-m", "pip", "install"]
        _run([*install, requirement])


def measure(python: Path) -> Installation:
    """Measures what is installed for the given Python (the one of a virtual environment)."""
    site = Path(
        subprocess.run(
            [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout.strip()
    )
    plain = bytecode = distributions = 0
    for entry in site.iterdir():
        if entry.name.startswith(_INSTALLERS):
            continue
        if entry.name.endswith(".dist-info"):
            distributions += 1
        for path in [entry] if entry.is_file() else entry.rglob("*"):
            if path.is_file() and not path.is_symlink():
                if path.suffix == ".pyc":
                    bytecode += path.stat().st_size
                else:
                    plain += path.stat().st_size
    return Installation(megabytes=plain / 1e6, bytecode_megabytes=bytecode / 1e6, distributions=distributions)


def _run(command: list[str]) -> None:
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=_INSTALL_SECONDS, check=False
    )
    if done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-8:])
        raise RuntimeError(f"{' '.join(command[:4])} ... failed with {done.returncode}:\n{tail}")
