"""What the web UI is shown at scale, written through kiseki's own store: many runs, and long histories."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.catalogue import Catalogue
from bench.points import FIRST_TIMESTAMP, STEP_MILLISECONDS
from kiseki.base.ids import ExperimentId, new_run_id
from kiseki.domain.experiments import LifecycleStage
from kiseki.domain.metrics import Points
from kiseki.domain.runs import Run, RunStatus
from kiseki.store import Session, Store
from kiseki.store.protocol import RunKey

SPIKE = 50.0
"""The value of the one point that must be seen among 100,000, where the others are below 3."""

_RUNS_A_TRANSACTION = 2_000


class Curves(NamedTuple):
    """The size of an experiment of long histories. The run 0 has in `metric_00` one point, `spike_step`, of `SPIKE`."""

    runs: int = 50
    metrics: int = 4
    points: int = 100_000

    @property
    def spike_step(self) -> int:
        """Where the one point is: not at an end, nor at a round place."""
        return self.points * 617 // 1000 + 1

    def name(self, run: int) -> str:
        """A run's name; names sort as the runs started."""
        return f"curves-{run:02d}"

    def start_time(self, run: int) -> int:
        """A run's start in milliseconds."""
        return FIRST_TIMESTAMP + run * 60_000

    def key(self, metric: int) -> str:
        """A metric's name."""
        return f"metric_{metric:02d}"

    def values(self, run: int, metric: int) -> NDArray[np.float64]:
        """The values of a series by step, as a training's: falling, less and less, with noise."""
        rng = np.random.default_rng((6, run, metric))
        progress = np.arange(self.points) / self.points
        height, speed, floor = 1 + rng.random(), 2 + 6 * rng.random(), 0.1 + 0.3 * rng.random()
        values: NDArray[np.float64] = floor + height * np.exp(-speed * progress)
        values += rng.normal(0, 0.03, self.points)
        if run == 0 and metric == 0:
            values[self.spike_step] = SPIKE
        return values

    def timestamps(self, run: int) -> NDArray[np.int64]:
        """When each step was logged, in milliseconds."""
        return self.start_time(run) + np.arange(self.points, dtype=np.int64) * STEP_MILLISECONDS

    def points_of(self, run: int, metric: int) -> Iterator[tuple[int, int, float]]:
        """A series as (step, timestamp, value)."""
        yield from zip(
            range(self.points), self.timestamps(run).tolist(), self.values(run, metric).tolist(), strict=True
        )


def fill_runs(store: Store, name: str, catalogue: Catalogue) -> str:
    """Makes an experiment with all runs of the catalogue; its id."""
    experiment_id = _experiment(store, name)
    for first in range(0, catalogue.runs, _RUNS_A_TRANSACTION):
        numbers = range(first, min(first + _RUNS_A_TRANSACTION, catalogue.runs))

        def work(session: Session, numbers: range = numbers) -> None:
            for number in numbers:
                began = catalogue.start_time(number)
                run = _run(session, experiment_id, f"run-{number:06d}", began, dict(catalogue.tags(number)))
                session.runs.add_params(run, dict(catalogue.params(number)))
                keys, values = zip(*catalogue.metric_values(number), strict=True)
                many = len(keys)
                points = Points(keys=keys, steps=[0] * many, timestamps=[began] * many, values=values)
                session.metrics.append(run, points)

        store.write(work)
    return experiment_id


def fill_curves(store: Store, name: str, curves: Curves) -> str:
    """Makes an experiment with all runs and histories of the curves; its id."""
    experiment_id = _experiment(store, name)
    steps: Any = np.arange(curves.points, dtype=np.int64)
    for number in range(curves.runs):
        timestamps: Any = curves.timestamps(number)

        def work(session: Session, number: int = number, timestamps: Any = timestamps) -> None:
            run = _run(session, experiment_id, curves.name(number), curves.start_time(number), {})
            session.runs.add_params(run, {"seed": str(number), "optimizer": "adam" if number % 2 else "sgd"})
            for metric in range(curves.metrics):
                values: Any = curves.values(number, metric)
                keys = [curves.key(metric)] * curves.points
                session.metrics.append(run, Points(keys=keys, steps=steps, timestamps=timestamps, values=values))

        store.write(work)
    return experiment_id


def _experiment(store: Store, name: str) -> str:
    return store.write(lambda session: session.experiments.create(name, None, {}, FIRST_TIMESTAMP)).experiment_id


def _run(session: Session, experiment_id: str, name: str, began: int, tags: dict[str, str]) -> RunKey:
    run_id = new_run_id()
    return session.runs.create(
        Run(
            run_id=run_id,
            experiment_id=ExperimentId(experiment_id),
            run_name=name,
            user_id="somebody",
            status=RunStatus.FINISHED,
            start_time=began,
            end_time=began + 3_600_000,
            artifact_uri=f"mlflow-artifacts:/{experiment_id}/{run_id}/artifacts",
            lifecycle_stage=LifecycleStage.ACTIVE,
            tags={"mlflow.runName": name, **tags},
        )
    )
