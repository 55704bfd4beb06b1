"""What a project's command runs in: this environment, one made with uv or conda, or a container."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec

from kiseki.base.errors import ExecutionFailed
from kiseki.base.settings import flag
from kiseki.models.environment import CONDA_FILE, PYTHON_ENV_FILE
from kiseki.models.uv_project import PROJECT_FILE
from kiseki.projects.conda import CondaEnvironment, find_conda
from kiseki.projects.docker import DockerEnvironment
from kiseki.projects.launch import Launch, in_shell, inherited
from kiseki.projects.mlproject import FILE, MLproject
from kiseki.projects.recipe import Recipe, conda_recipe, pyproject_recipe, python_env_recipe, python_for, script_recipe
from kiseki.projects.script import script_metadata

MANAGERS: Final = ("uv", "virtualenv", "conda", "local")


class Environment(Protocol):
    """What a command runs in."""

    @property
    def kind(self) -> str | None:
        """What a run says that it ran in; None for the environment of this process."""
        ...

    def launch(self, line: str, folder: Path, variables: Mapping[str, str]) -> Launch:
        """How a process is started that runs a shell's line; the environment is made first when there is none.

        Args:
            line: The command, with its values.
            folder: The project, in which it runs.
            variables: Of the environment, besides those of this process.

        Raises:
            Unavailable: The environment cannot be made.
            MissingDependency: What makes it is not installed.
        """
        ...


class LocalEnvironment(msgspec.Struct, frozen=True):
    """The environment of this process; `python` is the one that runs it."""

    kind: str | None = None

    def launch(self, line: str, folder: Path, variables: Mapping[str, str]) -> Launch:
        return in_shell(line, folder, {**inherited(), **variables}, first=Path(sys.executable).parent)


class UvEnvironment(msgspec.Struct, frozen=True):
    """A virtual environment that uv makes, kept for the next time."""

    recipe: Recipe
    root: Path | None = None
    """The folder in which it is kept; the one of all environments when None."""
    kind: str = "virtualenv"

    def launch(self, line: str, folder: Path, variables: Mapping[str, str]) -> Launch:
        python = python_for(self.recipe, self.root)
        own = {**inherited("PYTHONPATH", "PYTHONHOME"), "VIRTUAL_ENV": str(python.parent.parent)}
        return in_shell(line, folder, {**own, **variables}, first=python.parent)


def environment_of(
    project: MLproject,
    script: str | None,
    manager: str | None,
    *,
    docker_args: Sequence[str] = (),
    build_image: bool = False,
    commit: str | None = None,
    workspace: Path | None = None,
) -> Environment:
    """What a project runs in, as its files and the caller say.

    Args:
        project: What MLproject says. Without an environment in it, python_env.yaml counts, then conda.yaml, the metadata
            of the script, and pyproject.toml with uv.lock; a project with none of these runs in this environment.
        script: The script that is the entry point, if it is one.
        manager: "uv" or "virtualenv", "conda", "local"; what fits the files when None.
        docker_args: Further arguments of `docker run`.
        build_image: Whether a container has an image of its own, with the project in it.
        commit: Of the project, which names that image.
        workspace: A folder that goes with the project, for environments that refer to it; None for a project that stays.

    Raises:
        ExecutionFailed: There is no such manager, or it cannot make what the files ask for.
        InvalidParameter: A file is not what it should be.
    """
    if manager is not None and manager not in MANAGERS:
        raise ExecutionFailed(f"The environment manager is {manager!r}; expected one of {', '.join(MANAGERS)}.")
    if manager == "local" or flag("DISABLE_ENV_CREATION", False):
        return LocalEnvironment()
    if project.docker_env is not None:
        if manager is not None:
            raise ExecutionFailed(
                f"The project runs in a container, and --env-manager is {manager}. Leave it away, or use local to run it here."
            )
        return DockerEnvironment(
            project.docker_env, project.name or "", tuple(docker_args), commit if build_image else None, build_image
        )
    found = _of_files(project, script, manager)
    if not isinstance(found, UvEnvironment):
        return found
    root = workspace if found.recipe.is_bound else None
    return msgspec.structs.replace(found, root=root, kind=manager or found.kind)


def _of_files(project: MLproject, script: str | None, manager: str | None) -> Environment:
    folder = project.folder
    python_env = project.python_env or _present(folder, PYTHON_ENV_FILE)
    conda_env = project.conda_env or (None if python_env else _present(folder, CONDA_FILE))
    if conda_env is not None and project.python_env is None:
        if manager in {"uv", "virtualenv"}:
            return UvEnvironment(conda_recipe(folder, conda_env))
        return CondaEnvironment(folder / conda_env, find_conda())
    metadata = script_metadata(folder / script) if script is not None and script.endswith(".py") else None
    if python_env is not None:
        found, name = python_env_recipe(folder, python_env), python_env
    elif metadata is not None:
        found, name = script_recipe(folder, script or "", metadata), script or ""
    elif (folder / PROJECT_FILE).is_file():
        found, name = pyproject_recipe(folder), PROJECT_FILE
    elif manager is None:
        return LocalEnvironment()
    else:
        found, name = script_recipe(folder, FILE, {"dependencies": ["kiseki"]}), FILE
    if manager == "conda":
        raise ExecutionFailed(
            f"The project's environment is that of {name}, which conda does not read. Use --env-manager uv, or give the "
            "project a conda.yaml."
        )
    return UvEnvironment(found)


def _present(folder: Path, name: str) -> str | None:
    return name if (folder / name).is_file() else None
