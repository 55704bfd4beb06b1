"""Measures searches of logged models beside MLflow's: ``python -m bench.logged_models``.

Both have one experiment of 100,000 logged models, each with three params, a tag and three metrics on a dataset, written straight
into the SQLite database that each server made itself. One client asks for pages; answers are compared.
"""

import argparse
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

from bench import pages
from bench.command import CACHE
from bench.pages import Asked, Question
from bench.peers import kiseki, mlflow_here

TEAMS: Final = 50
DEPTHS: Final = 1_000
"""So many values has the param `depth`: a thousandth of all models has one of them."""
DATASET: Final = "validation"
DIGEST: Final = "0123abcd"
RUN: Final = f"{1:032x}"
"""The run that measured all models."""
PAGE: Final = 50
PAGE_MS: Final = 50.0
"""What a page may take."""
_SEARCH: Final = "/api/2.0/mlflow/logged-models/search"
_BEGAN: Final = 1_700_000_000_000
_RANGE: Final = 2**32
_SPREADS: Final = {"accuracy": 2_654_435_761, "loss": 2_246_822_519}
"""Odd, so that their multiples lie in the range evenly, all of them different, and without regard to each other."""
_A_TRANSACTION: Final = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One logged model."""

    model_id: str
    name: str
    created: int
    params: dict[str, str]
    tags: dict[str, str]
    metrics: dict[str, float]

    @property
    def uri(self) -> str:
        """Where its files are."""
        return f"mlflow-artifacts:/0/models/{self.model_id}/artifacts"


def rows(models: int) -> Iterator[Row]:
    """The models, each created a millisecond after the one before. No two have the same value of a metric."""
    for i in range(models):
        values = {key: (i * spread % _RANGE) / _RANGE for key, spread in _SPREADS.items()}
        yield Row(
            model_id=f"m-{i:032x}",
            name=f"model-{i % (models // 10 or 1):05d}",
            created=_BEGAN + i,
            params={"depth": str(i % DEPTHS), "rate": f"{(i % 97) / 97:.4f}", "kind": ("forest", "boosted")[i % 2]},
            tags={"team": f"team-{i % TEAMS}"},
            # "against" is greatest where the accuracy is least.
            metrics={**values, "against": 1 - values["accuracy"]},
        )


def questions() -> list[Question]:
    """All that is measured."""

    def asked(what: str, /, **body: Any) -> Question:
        return Question(what, _SEARCH, PAGE_MS, {"experiment_ids": ["0"], "max_results": PAGE, **body})

    best = {"field_name": "metrics.accuracy", "ascending": False}
    on = {"dataset_name": DATASET, "dataset_digest": DIGEST}
    return [
        asked("newest"),
        asked("by name", filter="name = 'model-00007'"),
        asked("order by a metric", order_by=[best]),
        asked("order by a metric on a dataset", order_by=[{**best, **on}]),
        asked("metric filter, a tenth matches", filter="metrics.accuracy > 0.9"),
        asked("metric filter + order by a metric", filter="metrics.loss > 0.9", order_by=[best]),
        asked("the same, where the last in the order match", filter="metrics.against > 0.9", order_by=[best]),
        asked("metric filter on a dataset", filter="metrics.accuracy > 0.9", datasets=[on]),
        asked("param filter, one of a thousand matches", filter="params.depth = '7'"),
        asked("param filter, half of all match", filter="params.kind = 'forest'"),
        asked("three conditions", filter="metrics.accuracy > 0.5 AND params.kind = 'boosted' AND tags.team = 'team-7'"),
    ]


def told(body: Any) -> Any:
    """The ids in an answer, in their order, and what was measured of the first."""
    found = body.get("models", [])
    metrics = found[0]["data"].get("metrics", []) if found else []
    return [one["info"]["model_id"] for one in found], sorted((one["key"], one["value"]) for one in metrics)


def fill_kiseki(database: Path, models: int) -> None:
    """The rows as kiseki's own store writes them."""
    from kiseki.base.ids import ExperimentId, ModelId, RunId
    from kiseki.domain.logged_models import LoggedModel, LoggedModelStatus
    from kiseki.domain.metrics import Link, Points
    from kiseki.store import Session, open_store

    store = open_store(f"sqlite:///{database}", "mlflow-artifacts:/")

    def add(part: Sequence[Row]) -> Callable[[Session], None]:
        def work(session: Session) -> None:
            for row in part:
                key = session.logged_models.create(
                    LoggedModel(
                        model_id=ModelId(row.model_id),
                        experiment_id=ExperimentId("0"),
                        name=row.name,
                        artifact_uri=row.uri,
                        creation_time=row.created,
                        last_update_time=row.created,
                        status=LoggedModelStatus.READY,
                        source_run_id=RUN,
                        params=row.params,
                        tags=row.tags,
                    )
                )
                points = Points(
                    keys=list(row.metrics),
                    steps=[0] * len(row.metrics),
                    timestamps=[row.created] * len(row.metrics),
                    values=list(row.metrics.values()),
                )
                link = Link(row.model_id, DATASET, DIGEST)
                session.logged_models.append(key, RunId(RUN), link, points, range(len(points)))

        return work

    left = rows(models)
    while part := list(islice(left, _A_TRANSACTION)):
        store.write(add(part))
    store.close()


def fill_mlflow(database: Path, models: int) -> None:
    """The rows in the tables that MLflow's server made."""
    driver = sqlite3.connect(database)
    with driver:
        driver.execute(
            "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time,"
            " source_version, lifecycle_stage, artifact_uri, experiment_id) VALUES (?1, 'run', 'UNKNOWN', '', '', '',"
            " 'RUNNING', ?2, '', 'active', 'mlflow-artifacts:/0/' || ?1 || '/artifacts', 0)",
            (RUN, _BEGAN),
        )
        for row in rows(models):
            driver.execute(
                "INSERT INTO logged_models (model_id, experiment_id, name, artifact_location, creation_timestamp_ms,"
                " last_updated_timestamp_ms, status, lifecycle_stage, source_run_id)"
                " VALUES (?1, 0, ?2, ?3, ?4, ?4, 2, 'active', ?5)",
                (row.model_id, row.name, row.uri, row.created, RUN),
            )
            driver.executemany(
                "INSERT INTO logged_model_params (model_id, experiment_id, param_key, param_value) VALUES (?, 0, ?, ?)",
                [(row.model_id, *param) for param in row.params.items()],
            )
            driver.executemany(
                "INSERT INTO logged_model_tags (model_id, experiment_id, tag_key, tag_value) VALUES (?, 0, ?, ?)",
                [(row.model_id, *tag) for tag in row.tags.items()],
            )
            driver.executemany(
                "INSERT INTO logged_model_metrics (model_id, metric_name, metric_timestamp_ms, metric_step, metric_value,"
                " experiment_id, run_id, dataset_uuid, dataset_name, dataset_digest)"
                " VALUES (?1, ?2, ?3, 0, ?4, 0, ?5, NULL, ?6, ?7)",
                [(row.model_id, key, row.created, value, RUN, DATASET, DIGEST) for key, value in row.metrics.items()],
            )
    driver.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark and writes its table."""
    parser = argparse.ArgumentParser(prog="python -m bench.logged_models", description=__doc__)
    parser.add_argument("--models", type=int, default=100_000)
    parser.add_argument("--mlflow-models", type=int, default=10_000, help="the same for MLflow (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=30, help="requests of kiseki; of MLflow a tenth")
    parser.add_argument("--dry", action="store_true", help="write no result")
    options = parser.parse_args(arguments)
    fewer = f"{options.mlflow_models:,} models" if options.mlflow_models != options.models else ""
    asked = questions()
    peers = (
        Asked(kiseki(CACHE), partial(fill_kiseki, models=options.models), asked, options.repeats),
        Asked(
            mlflow_here(CACHE),
            partial(fill_mlflow, models=options.mlflow_models),
            asked,
            max(3, options.repeats // 10),
            fewer,
        ),
    )
    note = f"{options.models:,} logged models with 3 params, a tag and 3 metrics on a dataset; pages of {PAGE}"
    return pages.measure("logged_models", "logged models", peers, told, note, 0, dry=options.dry)


if __name__ == "__main__":
    sys.exit(main())
