"""Who executes a project: this machine, a scheduler, or a backend that another package brings."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from importlib import import_module, metadata
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from kiseki.base.errors import ExecutionFailed
from kiseki.client.client import KisekiClient
from kiseki.projects.environment import Environment
from kiseki.projects.submitted_run import SubmittedRun

GROUP: Final = "mlflow.project_backend"
"""The entry points by which other packages bring backends, as MLflow has them."""

OWN: Final[Mapping[str, str]] = {
    "local": "kiseki.projects.local:LocalBackend",
    "kubernetes": "kiseki.projects.kubernetes:KubernetesBackend",
    "ray": "kiseki.projects.ray:RayBackend",
    "slurm": "kiseki.projects.slurm:SlurmBackend",
}
"""Name of a backend -> module and class, imported when it is asked for."""

_MAX_BYTES: Final = 1 << 20


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """A run that is to be executed: recorded, with its code on this machine and its command complete."""

    client: KisekiClient
    """Where the run is recorded."""
    run_id: str
    folder: Path
    """The project, in which the command runs."""
    line: str
    """The command, for a shell."""
    environment: Environment
    variables: dict[str, str]
    """Of the environment: by them the command finds its values and its run."""
    release: Callable[[], None]
    """Removes what was fetched; called once, when the command has ended."""


class Backend(Protocol):
    """Executes runs of projects. It is made with what the caller says to it, and refuses what it does not know."""

    @property
    def folder(self) -> Path | None:
        """The folder into which projects are fetched for it; a temporary one of this machine when None."""
        ...

    def check(self, environment: Environment, tracking_uri: str) -> None:
        """Refuses what it cannot execute, before anything is recorded.

        Raises:
            ExecutionFailed: The environment cannot be had there, or what runs there would not reach where runs are kept.
        """
        ...

    def submit(self, submission: Submission) -> SubmittedRun:
        """Has a run executed, and returns at once. The run ends FINISHED, FAILED or KILLED, whatever happens.

        Raises:
            Unavailable: Whoever is to execute it does not answer.
        """
        ...


class AbstractBackend(ABC):
    """A backend that another package brings, as MLflow defines it: it fetches, records and executes by itself."""

    @abstractmethod
    def run(
        self,
        project_uri: str,
        entry_point: str,
        params: dict[str, str],
        version: str | None,
        backend_config: dict[str, Any],
        tracking_uri: str,
        experiment_id: str,
    ) -> SubmittedRun:
        """Has an entry point executed, and returns at once."""


def own_backend(name: str, config: Mapping[str, Any]) -> Backend | None:
    """The backend of that name that is part of kiseki; None when there is none.

    Raises:
        ExecutionFailed: The configuration is not what the backend needs.
    """
    place = OWN.get(name)
    if place is None:
        return None
    module, _, attribute = place.partition(":")
    found: Backend = getattr(import_module(module), attribute)(config)
    return found


def plugin(name: str) -> Any:
    """The backend of that name that another package brings: an object with MLflow's method `run`.

    Raises:
        ExecutionFailed: There is none, or it cannot be loaded; the message names those that exist.
    """
    found = [one for one in metadata.entry_points(group=GROUP) if one.name == name]
    if not found:
        others = sorted({one.name for one in metadata.entry_points(group=GROUP)} - OWN.keys())
        raise ExecutionFailed(
            f"There is no backend {name[:100]!r}; there are: {', '.join([*OWN, *others])}. Others come with packages that "
            f"have an entry point of the group {GROUP}."
        )
    try:
        return found[0].load()()
    except Exception as error:
        raise ExecutionFailed(f"The backend {name!r} ({found[0].value}) cannot be loaded: {error}") from error


def read_config(given: Mapping[str, Any] | str | Path | None) -> dict[str, Any]:
    """What a caller says to a backend: a mapping, the path of a JSON file, or JSON.

    Raises:
        ExecutionFailed: It is no JSON object.
    """
    if given is None or given == "":
        return {}
    if isinstance(given, Mapping):
        return dict(given)
    text = str(given)
    try:
        if text.endswith(".json"):
            with Path(text).open("rb") as file:
                text = file.read(_MAX_BYTES).decode()
        found = json.loads(text)
    except (OSError, ValueError) as error:
        raise ExecutionFailed(
            f"The configuration of the backend, {str(given)[:200]!r}, cannot be read: {error}. Give a JSON object, or the "
            "path of a file that ends in .json."
        ) from None
    if not isinstance(found, dict):
        raise ExecutionFailed(f"The configuration of the backend is {type(found).__name__}; expected a JSON object.")
    return found
