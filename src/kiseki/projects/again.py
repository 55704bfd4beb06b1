"""Runs of projects that nothing but MLflow's tags and params describe, such as those that `mlflow run` made, once more."""

from __future__ import annotations

import os
from pathlib import Path

from kiseki.base.errors import ExecutionFailed, InvalidParameter, MissingDependency, Unavailable
from kiseki.capture.repository import find_repository
from kiseki.client.client import KisekiClient
from kiseki.domain.runs import Run
from kiseki.projects.mlproject import MAIN, read_mlproject
from kiseki.projects.recorded_run import ENTRY_POINT_TAG
from kiseki.projects.restored import NotRunnable
from kiseki.projects.source import fetch_source
from kiseki.projects.submission import LOCAL, run
from kiseki.projects.submitted_run import SubmittedRun

_NAME_TAG = "mlflow.source.name"
_COMMIT_TAG = "mlflow.source.git.commit"


def is_project(before: Run) -> bool:
    """Whether a run is that of a project."""
    return before.tags.get("mlflow.source.type") == "PROJECT" and _NAME_TAG in before.tags


def submit_project(
    client: KisekiClient, before: Run, new: str, folder: Path, env_manager: str, version: str | None
) -> SubmittedRun:
    """Starts the entry point of a run once more, at its commit, with the params that its project declares.

    Args:
        client: Of the place to which runs are logged.
        before: The run.
        new: The id of the run that records it.
        folder: Where the code goes; a project that is a folder of no repository stays where it is.
        env_manager: "local" for this environment; else what the project asks for.
        version: A branch, tag or commit in place of the run's.

    Raises:
        NotRunnable: The project is not there any more, or cannot be run.
    """
    name, entry_point = before.tags[_NAME_TAG], before.tags.get(ENTRY_POINT_TAG, MAIN)
    wanted = version or before.tags.get(_COMMIT_TAG)
    try:
        source = fetch_source(name if wanted is None else _of_repository(name), wanted, folder)
        entry = read_mlproject(source.folder).entry_point(entry_point)
        given = {key: value for key, value in before.params.items() if key in entry.parameters}
        submitted = run(
            source.folder,
            entry_point,
            parameters=given,
            experiment_id=before.experiment_id,
            synchronous=False,
            run_id=new,
            env_manager=LOCAL if env_manager == LOCAL else None,
        )
    except (ExecutionFailed, InvalidParameter, MissingDependency, Unavailable) as error:
        raise NotRunnable("code", str(error)) from error
    client.set_tag(new, _NAME_TAG, name, synchronous=True)
    return submitted


def _of_repository(name: str) -> str:
    """The repository of which a folder of this machine is a part, with the folder in it; anything else as it is."""
    place = Path(name)
    found = find_repository(name) if place.is_dir() else None
    if found is None:
        return name
    below = os.path.relpath(place.resolve(), Path(found.root).resolve())
    root = Path(found.root).as_uri()
    return root if below == os.curdir else f"{root}#{Path(below).as_posix()}"
