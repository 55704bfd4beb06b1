"""How a process is started that runs a command: a list of arguments, of which one is a line for a shell."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from kiseki.base.errors import ExecutionFailed, MissingDependency
from kiseki.base.settings import PREFIXES


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """A process that is to be started."""

    arguments: list[str]
    variables: dict[str, str]
    """All variables of its environment."""
    folder: Path
    """The one in which it runs."""


def inherited(*left_out: str) -> dict[str, str]:
    """The variables of this process that a command has, too: not those that would lead its run elsewhere.

    Args:
        *left_out: Further ones that it does not have.
    """
    names = {*left_out, *(f"{prefix}EXPERIMENT_NAME" for prefix in PREFIXES)}
    return {name: value for name, value in os.environ.items() if name not in names}


def shell() -> str:
    """The shell that runs commands: bash, as MLflow's does, or else sh.

    Raises:
        MissingDependency: There is none.
    """
    found = shutil.which("bash") or shutil.which("sh")
    if found is None:
        raise MissingDependency("bash", "The command of a project")
    return found


def options(given: Mapping[str, Any], program: str) -> list[str]:
    """Options of a program that a caller gives by name; with None or True, the name alone is one.

    Raises:
        ExecutionFailed: A name is none of an option.
    """
    found = []
    for name, value in given.items():
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9\-]*", name):
            raise ExecutionFailed(f"The argument of {program} {name[:100]!r} is no name of an option.")
        dashes = "-" if len(name) == 1 else "--"
        if value is None or value is True:
            found.append(f"{dashes}{name}")
        else:
            found += [f"{dashes}{name}={value}"] if len(name) > 1 else [f"{dashes}{name}", str(value)]
    return found


def in_shell(line: str, folder: Path, variables: Mapping[str, str], *, first: Path) -> Launch:
    """A shell that runs a line, and finds programs in the folder `first` before all others."""
    path = os.pathsep.join([str(first), *filter(None, [variables.get("PATH", os.defpath)])])
    return Launch(arguments=[shell(), "-c", line], variables={**variables, "PATH": path}, folder=folder)
