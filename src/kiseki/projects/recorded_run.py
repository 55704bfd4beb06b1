"""The run that records what a project did: its tags and params before the command starts, its status afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from kiseki.client.client import PARENT_TAG, USER_TAG, KisekiClient
from kiseki.client.credentials import who
from kiseki.domain.runs import RunStatus
from kiseki.entities import Param, Run
from kiseki.fluent import state
from kiseki.fluent.context import git_tags
from kiseki.projects.environment import Environment
from kiseki.projects.source import Source

BRANCH_TAG: Final = "mlflow.source.git.branch"
BACKEND_TAG: Final = "mlflow.project.backend"
ENTRY_POINT_TAG: Final = "mlflow.project.entryPoint"
ENVIRONMENT_TAG: Final = "mlflow.project.env"
ENDED: Final = frozenset({RunStatus.FINISHED, RunStatus.FAILED, RunStatus.KILLED})
_BATCH: Final = 100


class NewRun(msgspec.Struct, frozen=True, kw_only=True):
    """What is recorded of a run of a project before it starts."""

    source: Source
    entry_point: str
    environment: Environment
    backend: str
    params: Mapping[str, str]


def project_tags(new: NewRun) -> dict[str, str]:
    """The tags of a run of a project, MLflow's."""
    source = new.source
    tags = {
        USER_TAG: who(),
        "mlflow.source.name": source.name,
        "mlflow.source.type": "PROJECT",
        ENTRY_POINT_TAG: new.entry_point,
        BACKEND_TAG: new.backend,
    }
    if new.environment.kind is not None:
        tags[ENVIRONMENT_TAG] = new.environment.kind
    if source.checkout is not None:
        tags["mlflow.source.git.commit"] = source.checkout.commit
        tags["mlflow.source.git.repoURL"] = source.repository or ""
        if source.checkout.branch is not None:
            tags[BRANCH_TAG] = source.checkout.branch
    elif not source.is_fetched:
        tags.update(git_tags(str(source.folder)))
        # The branch is that of a version that was asked for.
        tags.pop(BRANCH_TAG, None)
    parent = state.current()
    if parent is not None:
        tags[PARENT_TAG] = parent.run_id
    return tags


def record_start(
    client: KisekiClient, experiment_id: str, new: NewRun, *, run_id: str | None, run_name: str | None
) -> Run:
    """Creates the run of a project, or goes on with one, and records what is known before it starts.

    Raises:
        NotFound: There is no such experiment or run.
        InvalidParameter: A param or tag cannot be recorded; or a param of the run has another value.
    """
    tags = project_tags(new)
    if run_id is None:
        run = client.create_run(experiment_id, tags=tags, run_name=run_name)
    else:
        client.update_run(run_id, status=RunStatus.RUNNING.value, name=run_name)
        for key, value in tags.items():
            client.set_tag(run_id, key, value, synchronous=True)
        run = client.get_run(run_id)
    params = [Param(key, value) for key, value in new.params.items()]
    for first in range(0, len(params), _BATCH):
        client.log_batch(run.info.run_id, params=params[first : first + _BATCH])
    return run


def record_end(client: KisekiClient, run_id: str, status: RunStatus) -> RunStatus:
    """Ends the run, and returns the status that it has then: its own, when the command ended it itself and succeeded.

    A run that has ended so already keeps the time at which it did.
    """
    found = RunStatus(client.get_run(run_id).info.status)
    if found == status or (status == RunStatus.FINISHED and found in ENDED):
        return found
    client.set_terminated(run_id, status.value)
    return status
