"""What a project's environment of Python is made of, whichever file says so, and the making of it with uv."""

from __future__ import annotations

import hashlib
import logging
import platform
import tomllib
from pathlib import Path
from typing import Any, Final

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from kiseki.__about__ import __version__
from kiseki.base.errors import ExecutionFailed
from kiseki.base.yaml import read_yaml
from kiseki.models.environment import conda_packages, conda_requirements
from kiseki.models.isolation import copy_kiseki, kiseki_stamp, own_requirements, package_folder
from kiseki.models.requirements import name_of, read_requirements
from kiseki.models.uv_project import LOCK_FILE, PROJECT_FILE, PYTHON_FILE
from kiseki.models.virtualenv import has_python, interpreter, kept, make_virtualenv, python_of, run, uv

_ADVICE: Final = (
    "{}, or use --env-manager local for the environment that you are in. Where the index of packages does not answer or does not "
    "have them, name another one with UV_DEFAULT_INDEX."
)
_log = logging.getLogger("kiseki")


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """What decides what is in an environment."""

    folder: Path
    """The project, to which paths are relative."""
    python: str
    """A version such as "3.12.1", or a specifier such as ">=3.12"."""
    lines: tuple[str, ...] = ()
    """Requirements, as pip reads them; beside a lock, the project itself where it is a package."""
    constraints: tuple[str, ...] = ()
    is_complete: bool = False
    """Whether the lines are all that is installed, whatever the packages ask for: such as two that exclude each other."""
    built_anew: tuple[str, ...] = ()
    """Packages of folders and files of this machine among the lines, whose content may have changed since uv has seen it."""
    locked: bool = False
    """Whether uv.lock says what is installed."""
    files: tuple[Path, ...] = ()
    """Wheels and archives of this machine among the lines."""
    kiseki: tuple[str, ...] | None = None
    """The extras of the running kiseki that is put in; None without kiseki."""

    @property
    def uses_project(self) -> bool:
        """Whether pyproject.toml says what is installed."""
        return self.locked or f"-e {self.folder}" in self.lines

    @property
    def is_bound(self) -> bool:
        """Whether the environment refers to folders of this machine, which it needs as long as it is used."""
        return bool(self.built_anew) or any(line.startswith("-e ") and "://" not in line for line in self.lines)

    @property
    def advice(self) -> str:
        """What to do where the environment cannot be made."""
        wanted = "Provide the packages that the run had" if self.is_complete else "Repair what the project asks for"
        return _ADVICE.format(wanted)


def python_env_recipe(folder: Path, name: str) -> Recipe:
    """What a python_env.yaml says.

    Raises:
        ExecutionFailed: It has a key that it does not have in MLflow, or one of the wrong type.
        InvalidParameter: A line is no requirement.
    """
    facts = read_yaml(folder / name, name)
    facts = {} if facts is None else facts
    if not isinstance(facts, dict) or facts.keys() - {"python", "build_dependencies", "dependencies"}:
        raise ExecutionFailed(f"{name} has other keys than python, build_dependencies and dependencies.")
    lines: list[str] = []
    for key in ("build_dependencies", "dependencies"):
        given = facts.get(key) or []
        if not isinstance(given, list) or not all(isinstance(line, str) for line in given):
            raise ExecutionFailed(f"{name} has {key}: {str(given)[:100]!r}; expected a list of requirements.")
        lines += given
    python = str(facts.get("python") or platform.python_version())
    if not all(part.isdigit() for part in python.split(".")):
        raise ExecutionFailed(
            f"{name} asks for Python {python[:100]!r}; expected a version such as '3.12.1', in quotes."
        )
    return _recipe(folder, python, lines, name)


def conda_recipe(folder: Path, name: str) -> Recipe:
    """What of a conda.yaml is Python's; a warning names the rest."""
    environment, requirements = conda_requirements(folder / name)
    python, others = conda_packages(environment)
    if others:
        _log.warning("%s names packages that are not installed, since conda is not used: %s.", name, ", ".join(others))
    return _recipe(folder, python or platform.python_version(), [*requirements.lines], name)


def pyproject_recipe(folder: Path) -> Recipe:
    """What a pyproject.toml says, or the uv.lock beside it.

    Raises:
        ExecutionFailed: It is no TOML, or its dependencies are no list.
    """
    try:
        facts = tomllib.loads((folder / PROJECT_FILE).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ExecutionFailed(f"{PROJECT_FILE} is no TOML: {error}.") from None
    table = facts.get("project", {})
    python = _specifier(table, PROJECT_FILE)
    itself = (f"-e {folder}",) if "build-system" in facts else ()
    if (folder / LOCK_FILE).is_file():
        return Recipe(folder=folder, python=python, lines=itself, locked=True)
    if itself:
        return Recipe(folder=folder, python=python, lines=itself)
    return _recipe(folder, python, _dependencies(table, PROJECT_FILE), PROJECT_FILE)


def script_recipe(folder: Path, name: str, metadata: dict[str, Any]) -> Recipe:
    """What the metadata of a script says."""
    return _recipe(folder, _specifier(metadata, name), _dependencies(metadata, name), name)


def requirements_of(recipe: Recipe) -> list[str]:
    """The lines of requirements, and those of kiseki where it is put in, but for what a lock says."""
    return [*recipe.lines, *_own_lines(recipe)]


def python_for(recipe: Recipe, root: Path | None = None) -> Path:
    """The Python of the environment, made when there is none of the same recipe.

    Args:
        recipe: What is in it.
        root: The folder of all environments; that of KISEKI_ENV_ROOT when None.

    Raises:
        Unavailable: uv could not make it; the message is uv's.
        MissingDependency: uv is not installed.
    """
    lines = requirements_of(recipe)
    facts = [
        "project",
        recipe.python,
        lines,
        recipe.is_complete,
        recipe.constraints,
        None if recipe.kiseki is None else kiseki_stamp(),
        [_digest(file) for file in recipe.files],
        [_digest(recipe.folder / name) for name in (PROJECT_FILE, LOCK_FILE, PYTHON_FILE)]
        if recipe.uses_project
        else [],
    ]

    def make(folder: Path) -> None:
        if recipe.locked:
            _sync(recipe, folder)
        else:
            make_virtualenv(
                folder,
                recipe.python,
                _own_lines(recipe) if recipe.is_complete else lines,
                recipe.constraints,
                complete=recipe.lines if recipe.is_complete else (),
                built_anew=recipe.built_anew,
                place=recipe.folder,
                advice=recipe.advice,
            )
        if recipe.kiseki is not None:
            copy_kiseki(package_folder(folder), database=True)

    return python_of(kept(facts, make, has_python, root))


def _recipe(folder: Path, python: str, given: list[str], name: str) -> Recipe:
    requirements = read_requirements(given, name, folder)
    lines: list[str] = []
    files: list[Path] = []
    kiseki: tuple[str, ...] | None = None
    for line in requirements.lines:
        option, _, value = line.rpartition(" ") if line.startswith(("-e ", "--editable ")) else ("", "", line)
        place = folder / value
        if (name_of(line) is None and not line.startswith("-") and "://" not in line) or (option and place.is_dir()):
            if place.is_file():
                files.append(place)
            # A folder as an editable one, so that a change of the code needs no new environment.
            lines.append(f"-e {place}" if place.is_dir() else str(place))
        elif (extras := _own_extras(line)) is not None:
            kiseki = extras
        else:
            lines.append(line)
    return Recipe(
        folder=folder,
        python=python,
        lines=tuple(lines),
        constraints=requirements.constraints,
        files=tuple(files),
        kiseki=kiseki,
    )


def _own_lines(recipe: Recipe) -> list[str]:
    """What kiseki needs, where it is put in, and no line names."""
    named = {name_of(line) for line in recipe.lines}
    own = {} if recipe.kiseki is None else own_requirements(recipe.kiseki)
    return [line for name, line in own.items() if name not in named]


def _own_extras(line: str) -> tuple[str, ...] | None:
    """The extras of kiseki that a line asks for; None where it asks for something else, or for another version."""
    if name_of(line) != "kiseki":
        return None
    asked = Requirement(line)
    return tuple(sorted(asked.extras)) if asked.specifier.contains(__version__, prereleases=True) else None


def _sync(recipe: Recipe, folder: Path) -> None:
    command = [uv(), "sync", "--quiet", "--frozen", "--no-dev", "--project", str(recipe.folder)]
    if not (recipe.folder / PYTHON_FILE).is_file():
        command += ["--python", interpreter(recipe.python)]
    run(command, recipe.folder, advice=recipe.advice, UV_PROJECT_ENVIRONMENT=str(folder))


def _specifier(table: dict[str, Any], name: str) -> str:
    given = table.get("requires-python")
    if given is None:
        return platform.python_version()
    try:
        return str(SpecifierSet(given))
    except (InvalidSpecifier, TypeError, AttributeError):
        raise ExecutionFailed(f"{name} has requires-python = {given!r}; expected text such as '>=3.12'.") from None


def _dependencies(table: dict[str, Any], name: str) -> list[str]:
    given = table.get("dependencies", [])
    try:
        # Unlike a file of requirements, it has no options.
        return [str(Requirement(line)) for line in given]
    except (InvalidRequirement, TypeError) as error:
        raise ExecutionFailed(f"{name} has dependencies that are no requirements: {error}") from None


def _digest(file: Path) -> str | None:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else None
