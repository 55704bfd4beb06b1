"""Fills of the peers' SQLite databases, for sizes at which their REST API would take hours.

The tables are those of a database that the peer's server made itself; rows go in as that server writes them.
"""

import contextlib
import sqlite3
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.catalogue import Catalogue

_RUNS_A_TRANSACTION = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Schema:
    """The inserts of one peer. Each takes the columns that both peers share, in the order given in `_MLFLOW`."""

    run: str
    metric: str
    latest: str
    param: str
    tag: str
    before: str = ""


_MLFLOW = Schema(
    run=(
        "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time,"
        " source_version, lifecycle_stage, artifact_uri, experiment_id)"
        " VALUES (?1, ?2, 'UNKNOWN', '', '', '', 'RUNNING', ?3, '', 'active',"
        " 'mlflow-artifacts:/' || ?4 || '/' || ?1 || '/artifacts', ?4)"
    ),
    metric='INSERT INTO metrics (run_uuid, "key", value, timestamp, step, is_nan) VALUES (?1, ?2, ?3, ?4, ?5, 0)',
    latest='INSERT INTO latest_metrics (run_uuid, "key", value, timestamp, step, is_nan) VALUES (?1, ?2, ?3, ?4, ?5, 0)',
    param='INSERT INTO params (run_uuid, "key", value) VALUES (?1, ?2, ?3)',
    tag='INSERT INTO tags (run_uuid, "key", value) VALUES (?1, ?2, ?3)',
)

_FASTTRACKML = Schema(
    run=(
        "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time,"
        " source_version, lifecycle_stage, artifact_uri, experiment_id, row_num)"
        " VALUES (?1, ?2, 'UNKNOWN', '', '', '', 'RUNNING', ?3, '', 'active',"
        " 'file:///artifacts/' || ?4 || '/' || ?1 || '/artifacts', ?4,"
        " (SELECT coalesce(max(row_num), -1) + 1 FROM runs))"
    ),
    metric=(
        'INSERT INTO metrics (run_uuid, "key", value, timestamp, step, is_nan, iter, context_id)'
        " VALUES (?1, ?2, ?3, ?4, ?5, 0, ?5 + 1, 1)"
    ),
    latest=(
        'INSERT INTO latest_metrics (run_uuid, "key", value, timestamp, step, is_nan, last_iter, context_id)'
        " VALUES (?1, ?2, ?3, ?4, ?5, 0, ?5 + 1, 1)"
    ),
    param='INSERT INTO params (run_uuid, "key", value_str) VALUES (?1, ?2, ?3)',
    tag='INSERT INTO tags (run_uuid, "key", value) VALUES (?1, ?2, ?3)',
    # The context of metrics that were logged without one; the server makes it with the first metric.
    before="INSERT INTO contexts (id, json) SELECT 1, '{}' WHERE NOT EXISTS (SELECT 1 FROM contexts)",
)

SCHEMAS = {"mlflow": _MLFLOW, "fasttrackml": _FASTTRACKML, "fasttrackml-normal": _FASTTRACKML}


def fill_runs(database: Path, peer: str, experiment_id: str, catalogue: Catalogue) -> None:
    """Inserts all runs of the catalogue into an experiment."""
    schema = SCHEMAS[peer]
    with _open(database) as connection:
        connection.execute(schema.before)
        for first in range(0, catalogue.runs, _RUNS_A_TRANSACTION):
            runs = range(first, min(first + _RUNS_A_TRANSACTION, catalogue.runs))
            ids = {run: uuid.uuid4().hex for run in runs}
            names = {run: f"run-{run:06d}" for run in runs}
            points = [
                (ids[run], key, value, catalogue.start_time(run), 0)
                for run in runs
                for key, value in catalogue.metric_values(run)
            ]
            tags = [(ids[run], key, value) for run in runs for key, value in catalogue.tags(run)]
            if peer == "mlflow":
                tags += [(ids[run], "mlflow.runName", names[run]) for run in runs]
            connection.executemany(
                schema.run, ((ids[run], names[run], catalogue.start_time(run), int(experiment_id)) for run in runs)
            )
            connection.executemany(schema.metric, points)
            connection.executemany(schema.latest, points)
            connection.executemany(
                schema.param, ((ids[run], key, value) for run in runs for key, value in catalogue.params(run))
            )
            connection.executemany(schema.tag, tags)
            connection.commit()


def fill_series(database: Path, peer: str, run_id: str, key: str, points: Iterable[tuple[int, int, float]]) -> None:
    """Inserts the points (step, timestamp, value) of one series of an existing run."""
    schema = SCHEMAS[peer]
    rows = [(run_id, key, value, timestamp, step) for step, timestamp, value in points]
    with _open(database) as connection:
        connection.execute(schema.before)
        connection.executemany(schema.metric, rows)
        connection.execute(schema.latest, rows[-1])
        connection.commit()


@contextlib.contextmanager
def _open(database: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(database, timeout=60)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -500000")
        yield connection
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
