"""The files that say in which environment a model runs: requirements.txt, constraints.txt, python_env.yaml, conda.yaml."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.base.yaml import format_yaml, read_yaml
from kiseki.models.installed import find_distribution
from kiseki.models.members import member
from kiseki.models.requirements import Requirements, check_line, read_requirements, without_trackers

REQUIREMENTS_FILE: Final = "requirements.txt"
CONSTRAINTS_FILE: Final = "constraints.txt"
PYTHON_ENV_FILE: Final = "python_env.yaml"
CONDA_FILE: Final = "conda.yaml"
FILES: Final = {"conda": CONDA_FILE, "virtualenv": PYTHON_ENV_FILE}
"""What the flavor python_function says of them."""

MAX_BYTES: Final = 1 << 20
"""How much of a file of requirements is read."""


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """What a model runs in."""

    python: str
    """The version of Python, such as "3.11.7"."""
    requirements: Requirements
    """Without those for kiseki and MLflow."""
    conda: tuple[str, ...] = ()
    """Packages that conda would install, such as "cmake=3.29", besides Python and pip."""


def conda_requirements(conda_env: Any) -> tuple[dict[str, Any], Requirements]:
    """Reads a conda environment that a caller gives.

    Args:
        conda_env: The environment as a dictionary, or the path of a YAML file.

    Returns:
        The environment, and what pip installs in it.

    Raises:
        InvalidParameter: It is neither, or its dependencies are no list.
    """
    found = _conda_env(conda_env)
    lines = [line for entry in found.get("dependencies", []) if isinstance(entry, dict) for line in _pip(entry)]
    folder = Path(conda_env).parent if isinstance(conda_env, str | Path) else Path()
    return found, read_requirements(lines, "conda_env", folder)


def conda_packages(conda_env: dict[str, Any]) -> tuple[str | None, tuple[str, ...]]:
    """The version of Python that a conda environment names, and what conda would install besides Python and pip."""
    python = None
    entries = [entry for entry in conda_env.get("dependencies", []) if isinstance(entry, str)]
    for entry in entries:
        if entry.startswith("python="):
            python = entry.removeprefix("python=").lstrip("=")
    return python, tuple(entry for entry in entries if entry.partition("=")[0].strip("<>! ") not in {"python", "pip"})


def default_conda_env(lines: Sequence[str]) -> dict[str, Any]:
    """A conda environment of this Python in which pip installs some lines."""
    pip = _version("pip")
    return {
        "name": "mlflow-env",
        "channels": ["conda-forge"],
        "dependencies": [
            f"python={platform.python_version()}",
            "pip" if pip is None else f"pip<={pip}",
            {"pip": [*lines]},
        ],
    }


def write_environment(folder: Path, requirements: Requirements, conda_env: dict[str, Any] | None = None) -> None:
    """Writes the files into a model's folder.

    Args:
        folder: The model's.
        requirements: What is to be installed.
        conda_env: Written as it is; made of `requirements` when None.
    """
    lines = [*requirements.lines]
    if requirements.constraints:
        (folder / CONSTRAINTS_FILE).write_text(_text(requirements.constraints), encoding="utf-8", newline="\n")
        lines.append(f"-c {CONSTRAINTS_FILE}")
    (folder / REQUIREMENTS_FILE).write_text(_text(lines), encoding="utf-8", newline="\n")
    (folder / CONDA_FILE).write_bytes(format_yaml(conda_env or default_conda_env(lines), CONDA_FILE))
    tools = {name: _version(name) for name in ("pip", "setuptools", "wheel")}
    python_env = {
        "python": platform.python_version(),
        "build_dependencies": [name if version is None else f"{name}=={version}" for name, version in tools.items()],
        "dependencies": [f"-r {REQUIREMENTS_FILE}"],
    }
    (folder / PYTHON_ENV_FILE).write_bytes(format_yaml(python_env, PYTHON_ENV_FILE))


def read_environment(folder: Path) -> Environment:
    """What the files of a model's folder say, whether kiseki or MLflow wrote them.

    Raises:
        InvalidParameter: A file is not what it should be; the message names the line.
    """
    conda: dict[str, Any] = {}
    if (folder / CONDA_FILE).is_file():
        conda = _conda_env(member(folder, CONDA_FILE, "the conda environment"))
    named, others = conda_packages(conda)
    python = named or platform.python_version()
    if (folder / PYTHON_ENV_FILE).is_file():
        facts = read_yaml(member(folder, PYTHON_ENV_FILE, "the Python environment"), PYTHON_ENV_FILE)
        python = str(facts.get("python", python)) if isinstance(facts, dict) else python
    if not all(part.isdigit() for part in python.split(".")):
        raise InvalidParameter(f"The model asks for Python {python[:100]!r}; expected a version such as 3.12.1.")
    requirements = read_model_requirements(folder)
    return Environment(python=python, requirements=requirements, conda=others)


def read_model_requirements(folder: Path) -> Requirements:
    """The lines of a model's requirements.txt and constraints.txt, without kiseki and MLflow.

    A file that the model includes is one of the model's: `-r` and `-c` lead nowhere else.
    """
    if not (folder / REQUIREMENTS_FILE).is_file():
        return Requirements()
    text = _text_of(member(folder, REQUIREMENTS_FILE, "the requirements"))
    lines = [line for raw in text.splitlines() if (line := raw.partition(" #")[0].strip()) and not line.startswith("#")]
    constraints: list[str] = []
    kept = []
    for line in lines:
        check_line(line, REQUIREMENTS_FILE)
        option, _, value = line.partition(" ")
        if option in {"-c", "--constraint"}:
            found = _text_of(member(folder, value.strip(), "the constraints"))
            constraints += read_requirements(found.splitlines(), CONSTRAINTS_FILE).lines
        elif option in {"-r", "--requirement"}:
            raise InvalidParameter(
                f"{REQUIREMENTS_FILE} of the model includes {value!r}; write its lines into the file."
            )
        else:
            kept.append(line)
    return Requirements(lines=without_trackers(kept), constraints=tuple(constraints))


def _conda_env(given: Any) -> dict[str, Any]:
    if isinstance(given, str | Path):
        path = Path(given)
        if not path.is_file():
            raise InvalidParameter(f"conda_env names the file {str(path)!r}, which does not exist.")
        given = read_yaml(path, repr(path.name))
    if not isinstance(given, dict) or not isinstance(given.get("dependencies", []), list):
        raise InvalidParameter(
            f"conda_env is {given!r}; expected a dictionary such as {{'dependencies': ['python=3.12', "
            "{'pip': ['scikit-learn==1.7.0']}]}, or the path of a YAML file."
        )
    return given


def _pip(entry: dict[str, Any]) -> list[str]:
    lines = entry.get("pip", [])
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise InvalidParameter(f"The conda environment has {lines!r} as 'pip'; expected a list of requirements.")
    return lines


def _text_of(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InvalidParameter(f"{path.name} of the model is larger than {MAX_BYTES:,} bytes.")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise InvalidParameter(f"{path.name} of the model is not UTF-8: {error}.") from None


def _text(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _version(distribution: str) -> str | None:
    found = find_distribution(distribution)
    return None if found is None else found.version
