"""Experiments, runs and points for the suites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kiseki.base.ids import DEFAULT_EXPERIMENT_ID, ExperimentId, ModelId, RunId, new_model_id, new_run_id
from kiseki.domain.experiments import LifecycleStage
from kiseki.domain.logged_models import LoggedModel
from kiseki.domain.metrics import Link, Points
from kiseki.domain.runs import Run, RunStatus
from kiseki.store import Store
from kiseki.store.protocol import ModelKey, RunKey

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


def new_model(experiment_id: str = DEFAULT_EXPERIMENT_ID, **fields: Any) -> LoggedModel:
    """A logged model that is in no store yet."""
    model_id = fields.pop("model_id", None) or new_model_id()
    given: dict[str, Any] = {
        "name": "forest",
        "artifact_uri": f"mlflow-artifacts:/{experiment_id}/models/{model_id}/artifacts",
        "creation_time": 1_000,
        "last_update_time": 1_000,
        **fields,
    }
    return LoggedModel(model_id=ModelId(model_id), experiment_id=ExperimentId(experiment_id), **given)


def add_model(store: Store, experiment_id: str = DEFAULT_EXPERIMENT_ID, **fields: Any) -> ModelKey:
    """A logged model in the store."""
    model = new_model(experiment_id, **fields)
    return store.write(lambda session: session.logged_models.create(model))


def measure(
    store: Store,
    model: ModelKey,
    run: RunKey,
    key: str,
    points: Sequence[Point],
    dataset: tuple[str, str] = ("", ""),
) -> None:
    """Adds points of one metric of a logged model in one request."""
    link = Link(model.model_id, *dataset)
    places = range(len(points))
    given = points_of(key, points)
    store.write(lambda session: session.logged_models.append(model, run.run_id, link, given, places))


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
