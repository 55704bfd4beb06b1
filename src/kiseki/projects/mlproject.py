"""The file MLproject: what a project is called, what it runs in, and how it is started.

The grammar is MLflow's, read strictly: a key that it does not have is refused, since whoever wrote it meant something.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path, PurePosixPath
from typing import Any, Final, TypeVar

import msgspec

from kiseki.base.errors import ExecutionFailed, InvalidParameter, NotImplementedByKiseki
from kiseki.base.yaml import read_yaml
from kiseki.projects.parameters import Parameter, ParameterType

FILE: Final = "MLproject"
"""The name of the file, in any case of letters."""
MAIN: Final = "main"

_SHOWN: Final = 20
"""How many scripts of a folder a message names."""

T = TypeVar("T")


class EntryPoint(msgspec.Struct, frozen=True, kw_only=True):
    """A way to start a project."""

    name: str
    command: str
    """A line for a shell, with `{parameter}` where a value goes, and `{{` and `}}` for braces."""
    parameters: dict[str, Parameter] = {}


class DockerEnv(msgspec.Struct, frozen=True, kw_only=True):
    """A container in which a project runs."""

    image: str
    volumes: tuple[str, ...] = ()
    """As for `docker run --volume`."""
    environment: tuple[tuple[str, str | None], ...] = ()
    """Variables: a name and a value, None for the value that the variable has here."""


class MLproject(msgspec.Struct, frozen=True, kw_only=True):
    """What the file says; a project without the file says nothing."""

    folder: Path
    name: str | None = None
    python_env: str | None = None
    """A python_env.yaml, relative to the folder."""
    conda_env: str | None = None
    """A conda.yaml, relative to the folder."""
    docker_env: DockerEnv | None = None
    entry_points: dict[str, EntryPoint] = {}

    def entry_point(self, name: str) -> EntryPoint:
        """The entry point of a name, which may also be that of a script in the project.

        Raises:
            ExecutionFailed: There is none; the message names those that exist.
        """
        if name in self.entry_points:
            return self.entry_points[name]
        command = _command_of_script(self.folder, name)
        if command is not None:
            return EntryPoint(name=name, command=command)
        scripts = sorted(path.name for path in self.folder.iterdir() if path.suffix in _INTERPRETERS)[:_SHOWN]
        known = ", ".join(map(repr, [*self.entry_points, *scripts])) or "none"
        raise ExecutionFailed(f"The project has no entry point {name[:200]!r}; it has: {known}. Choose one with -e.")


class _ParameterSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: str = ParameterType.STRING
    default: Any = None


class _EntryPointSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    command: str
    parameters: dict[str, Any] | None = None


class _DockerSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    image: str
    volumes: list[str] | None = None
    environment: list[str | list[str]] | None = None


class _FileSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Any = None
    python_env: str | None = None
    conda_env: str | None = None
    docker_env: Any = None
    entry_points: dict[str, Any] | None = None
    databricks_spark_job: Any = None


def read_mlproject(folder: Path) -> MLproject:
    """Reads the file MLproject of a folder; a folder without one is a project whose scripts are its entry points.

    Raises:
        ExecutionFailed: The file has a key, a type or a form that MLproject does not have; the message says where.
        InvalidParameter: It is no YAML, or no safe YAML.
    """
    file = next((path for path in sorted(folder.iterdir()) if path.name.lower() == FILE.lower()), None)
    if file is None:
        return MLproject(folder=folder)
    document = read_yaml(file, FILE)
    found = _converted({} if document is None else document, _FileSpec, "the file")
    if found.databricks_spark_job is not None:
        raise NotImplementedByKiseki(
            f"{FILE} has 'databricks_spark_job': kiseki runs no jobs of Databricks. Give the project entry_points."
        )
    given = [key for key in ("python_env", "conda_env", "docker_env") if getattr(found, key) is not None]
    if len(given) > 1:
        raise ExecutionFailed(
            f"{FILE} has {' and '.join(given)}; a project runs in one environment: leave one of them."
        )
    for key in ("python_env", "conda_env"):
        name = getattr(found, key)
        if name is not None and not (folder / name).is_file():
            raise ExecutionFailed(f"{FILE} has {key}: {name[:200]}, and there is no such file in the project.")
    return MLproject(
        folder=folder,
        name=None if found.name is None else str(found.name),
        python_env=found.python_env,
        conda_env=found.conda_env,
        docker_env=None if found.docker_env is None else _docker_env(found.docker_env),
        entry_points={name: _entry_point(name, spec) for name, spec in (found.entry_points or {}).items()},
    )


def _entry_point(name: str, spec: Any) -> EntryPoint:
    where = f"entry_points.{name}"
    found = _converted(spec, _EntryPointSpec, where)
    parameters = {
        key: _parameter(key, value, f"{where}.parameters.{key}") for key, value in (found.parameters or {}).items()
    }
    return EntryPoint(name=name, command=found.command, parameters=parameters)


def _parameter(name: str, spec: Any, where: str) -> Parameter:
    """A parameter as the file has it: its type, `{type: …, default: …}`, or nothing for a text."""
    given = {"type": spec} if isinstance(spec, str) else spec
    found = _converted({} if given is None else given, _ParameterSpec, where)
    try:
        kind = ParameterType(found.type)
    except ValueError:
        known = ", ".join(ParameterType)
        raise ExecutionFailed(f"{FILE}, {where}: the type {found.type[:100]!r} is none of {known}.") from None
    if isinstance(found.default, dict | list):
        raise ExecutionFailed(
            f"{FILE}, {where}: the default is {_kind(found.default)}; expected a text or a number. Text with brackets or "
            "braces stands in quotes."
        )
    return Parameter(name=name, type=kind, default=None if found.default is None else str(found.default))


def _docker_env(spec: Any) -> DockerEnv:
    found = _converted(spec, _DockerSpec, "docker_env")
    variables: list[tuple[str, str | None]] = []
    for one in found.environment or ():
        if isinstance(one, str):
            variables.append((one, None))
        elif len(one) == 2:
            variables.append((one[0], one[1]))
        else:
            raise ExecutionFailed(
                f"{FILE}, docker_env.environment: {one!r} is neither the name of a variable nor [name, value]."
            )
    if not found.image or found.image.startswith("-") or found.image != "".join(found.image.split()):
        raise ExecutionFailed(f"{FILE}, docker_env.image: {found.image[:200]!r} is no name of an image.")
    return DockerEnv(image=found.image, volumes=tuple(found.volumes or ()), environment=tuple(variables))


def _converted(value: Any, spec: type[T], where: str) -> T:
    """A part of the document as a struct."""
    keys = ", ".join(field.name for field in msgspec.structs.fields(spec))  # type: ignore[arg-type]  # a struct
    if not isinstance(value, dict):
        raise ExecutionFailed(f"{FILE}, {where}: expected a mapping with the keys {keys}; it is {_kind(value)}.")
    try:
        return msgspec.convert(value, spec)
    except msgspec.ValidationError as error:
        raise ExecutionFailed(f"{FILE}, {where}: {error}. The keys here are {keys}.") from None


def _kind(value: Any) -> str:
    return "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else repr(value)[:100]


_INTERPRETERS: Final = {".py": ("python",), ".sh": ()}
"""Suffix of a script -> what runs it, the user's shell for those of a shell."""


def _command_of_script(folder: Path, name: str) -> str | None:
    path = PurePosixPath(name)
    if path.suffix not in _INTERPRETERS or not (folder / name).is_file():
        return None
    if not (folder / name).resolve().is_relative_to(folder.resolve()):
        raise InvalidParameter(f"The entry point {name[:200]!r} is not in the project.")
    interpreter = _INTERPRETERS[path.suffix] or (os.environ.get("SHELL") or "bash",)
    line = shlex.join([*interpreter, name])
    return line.replace("{", "{{").replace("}", "}}")
