"""Experiments, runs and points for the suites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kiseki.base.ids import DEFAULT_EXPERIMENT_ID, ExperimentId, RunId, new_run_id
from kiseki.domain.experiments import LifecycleStage
from kiseki.domain.metrics import Points
from kiseki.domain.runs import Run, RunStatus
from kiseki.store import Store
from kiseki.store.protocol import RunKey

ARTIFACT_ROOT = "mlflow-artifacts:/"

Point = tuple[int, int, float]
"""Step, timestamp, value."""


def new_run(experiment_id: str = DEFAULT_EXPERIMENT_ID, **fields: Any) -> Run:
    """A run that is in no store yet."""
    run_id = fields.pop("run_id", None) or new_run_id()
    given: dict[str, Any] = {
        "run_name": "quiet-owl-1",
        "user_id": "somebody",
        "status": RunStatus.RUNNING,
        "start_time": 1_000,
        "end_time": None,
        "artifact_uri": f"mlflow-artifacts:/{experiment_id}/{run_id}/artifacts",
        "lifecycle_stage": LifecycleStage.ACTIVE,
        **fields,
    }
    return Run(run_id=RunId(run_id), experiment_id=ExperimentId(experiment_id), **given)


def add_run(store: Store, experiment_id: str = DEFAULT_EXPERIMENT_ID, **fields: Any) -> RunKey:
    """A run in the store."""
    run = new_run(experiment_id, **fields)
    return store.write(lambda session: session.runs.create(run))


def add_experiment(store: Store, name: str, **tags: str) -> str:
    """An experiment in the store; its id."""
    return store.write(lambda session: session.experiments.create(name, None, tags, 1_000)).experiment_id


def points_of(key: str, points: Sequence[Point]) -> Points:
    """Points of one metric as columns."""
    return Points(
        keys=[key] * len(points),
        steps=[step for step, _, _ in points],
        timestamps=[time for _, time, _ in points],
        values=[value for _, _, value in points],
    )


def append(store: Store, run: RunKey, key: str, points: Sequence[Point]) -> None:
    """Adds points of one metric in one request."""
    store.write(lambda session: session.metrics.append(run, points_of(key, points)))
