"""The command of a run, to be run once more: its line, its environment and its variables."""

from __future__ import annotations

import fnmatch
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
from packaging.requirements import InvalidRequirement, Requirement

from kiseki.artifact_store.locations import parse_location
from kiseki.capture.capture import Capture
from kiseki.capture.command import Command
from kiseki.capture.packages import Package
from kiseki.capture.secrets import MASK
from kiseki.models.virtualenv import uv
from kiseki.projects.environment import Environment, LocalEnvironment, UvEnvironment
from kiseki.projects.recipe import Recipe
from kiseki.projects.restored import NotRunnable, relocated

MANAGERS: Final = ("uv", "local")

_RUNNABLE: Final = frozenset({"script", "module", "code"})
_OF_MACHINE: Final = (
    *("VIRTUAL_ENV", "CONDA_DEFAULT_ENV", "PYTHONHOME", "LD_PRELOAD", "RANK", "LOCAL_RANK", "WORLD_SIZE"),
    *("SLURM_*", "RAY_ADDRESS"),
)
"""Variables that say where a program ran, and are not set again."""


def check_runnable(found: Capture, arguments: Sequence[str] | None) -> None:
    """Checks that a command can be given again.

    Raises:
        NotRunnable: It cannot; the message says why.
    """
    command = found.command
    if command.kind not in _RUNNABLE:
        ran = {"worker": "a worker of another process", "stdin": "a program from standard input"}.get(
            command.kind, f"a {command.kind}" if command.kind == "notebook" else "an interactive session"
        )
        raise NotRunnable(
            "code", f"The run was made by {ran}, which no command runs again. Put the code into a script."
        )
    if any(MASK in argument for argument in (command.argv if arguments is None else _head(command)[1:])):
        raise NotRunnable(
            "code",
            "An argument of the command is secret and not recorded. Give the arguments anew, behind --: the result is a fork.",
        )


def command_line(found: Capture, folder: Path, arguments: Sequence[str] | None) -> tuple[str, Path]:
    """The line for a shell, and the folder in which it runs, for code that is now in `folder`.

    Args:
        found: How the run came about.
        folder: Where its code is now.
        arguments: What follows the script, in place of what did; the same when None.

    Raises:
        NotRunnable: There is no such script.
    """
    command = found.command
    place = command.script_place
    given = [*command.argv[1:]] if arguments is None else [*_head(command)[1:], *arguments]
    line = [_relocated_argument(argument, found, folder) for argument in given]
    if command.kind == "script" and place is None:
        raise NotRunnable("code", f"No argument of the command names the script {command.script!r}.")
    start = ["python"]
    if place is not None and command.script is not None and _is_installed(command.script, command.argv[place], command):
        # The one of the environment in which it runs now.
        start, line = [Path(command.script).name], line[place:]
    elif place is not None and command.script is not None:
        here = relocated(Path(command.script), found, folder)
        if here is None or not here.is_file():
            raise NotRunnable(
                "code",
                f"The script {command.script!r} is not there: it is in no commit, and was not kept with the run. Commit it, and "
                "run it again.",
            )
        line[place - 1] = str(here)
    where = relocated(Path(command.folder), found, folder)
    if where is None:
        where = folder
    where.mkdir(parents=True, exist_ok=True)
    return shlex.join([*start, *line]), where


def environment_for(found: Capture, manager: str, folder: Path, workspace: Path) -> Environment:
    """What the command runs in.

    Args:
        found: How the run came about.
        manager: "uv" makes an environment of the packages that the run had; "local" is this one.
        folder: Where its code is now; a package of it that was installed from there is installed from here.
        workspace: For an environment that refers to that folder.

    Raises:
        NotRunnable: A package was installed from a place that is not there any more.
        MissingDependency: uv is not installed.
    """
    if manager == "local":
        return LocalEnvironment()
    uv()
    # The running kiseki is put in.
    packages = [_placed(package, found, folder) for package in found.packages if package.name != "kiseki"]
    recipe = Recipe(
        folder=folder,
        python=found.host.python,
        lines=tuple(map(_checked, packages)),
        is_complete=True,
        built_anew=tuple(package.name for package in packages if package.is_local),
        kiseki=(),
    )
    return UvEnvironment(recipe, root=workspace if recipe.is_bound else None, kind="uv")


def _placed(package: Package, found: Capture, folder: Path) -> Package:
    """A package from where it can be had now: what was in the folder of the code from where that is.

    Raises:
        NotRunnable: It was installed from a place that is not there any more.
    """
    if not package.is_local or package.url is None:
        return package
    url, mark, facts = package.url.partition("#")
    place = Path(parse_location(url).path)
    here = relocated(place, found, folder)
    there = here if here is not None and here.exists() else place
    if not there.exists():
        raise NotRunnable(
            "package",
            f"The package {package.name} was installed from {str(place)!r}, which is not there. Put it back, or use "
            "--env-manager local for the environment that you are in.",
        )
    return msgspec.structs.replace(package, url=f"{there.as_uri()}{mark}{facts}")


def _checked(package: Package) -> str:
    """The line that asks for a package, which is nothing else, such as an option of pip."""
    line = package.requirement
    try:
        if not package.editable:
            return str(Requirement(line))
        if re.fullmatch(r"-e [a-z+]+://\S+", line):
            return line
    except InvalidRequirement:
        pass
    raise NotRunnable(
        "package",
        f"The package {package.name[:100]!r} {package.version[:100]!r} cannot be asked for: {line[:200]!r} is no requirement. Use "
        "--env-manager local for the environment that you are in.",
    )


def variables_for(found: Capture, folder: Path) -> dict[str, str]:
    """The variables of the environment that the run had, of those that are recorded and do not say where it ran."""
    return {
        name: os.pathsep.join(_relocated_argument(part, found, folder) for part in value.split(os.pathsep))
        if name == "PYTHONPATH"
        else value
        for name, value in found.variables.items()
        if MASK not in value and not any(fnmatch.fnmatchcase(name, pattern) for pattern in _OF_MACHINE)
    }


def script_of(found: Capture) -> Mapping[str, str]:
    """The tags that say what runs."""
    command, source = found.command, found.source
    name = command.script or shlex.join(_head(command)[1:])
    below = relocated(Path(name), found, Path()) if command.script else None
    tags = {
        "mlflow.source.name": name if below is None else str(below),
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": source.commit,
        "mlflow.source.git.repoURL": source.repository,
    }
    return {key: value for key, value in tags.items() if value is not None}


def _head(command: Command) -> list[str]:
    """The interpreter, its options and what it runs, without the arguments of that."""
    place = command.script_place
    if place is None:
        option = "-m" if command.kind == "module" else "-c"
        place = command.argv.index(option) + 1 if option in command.argv else len(command.argv) - 1
    return [*command.argv[: place + 1]]


def _is_installed(script: str, argument: str, command: Command) -> bool:
    """Whether a script is a program that some package installed beside the interpreter."""
    return Path(command.argv[0]).parent in {Path(script).parent, Path(argument).parent} - {Path()}


def _relocated_argument(argument: str, found: Capture, folder: Path) -> str:
    """An argument of which a path into the folder of the code leads to where that is now."""
    option, equals, value = argument.rpartition("=")
    here = relocated(Path(value), found, folder) if Path(value).is_absolute() else None
    # With a slash at the end, which may mean something to the program, where there was one.
    return argument if here is None else f"{option}{equals}{here}{os.sep if value.endswith(os.sep) else ''}"
