"""The trash in SQL, and its permanent deletion in short transactions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, and_, bindparam, delete, exists, func, literal, or_, select, update

from kiseki.base.ids import DEFAULT_EXPERIMENT_ID, ExperimentId, RunId
from kiseki.domain.changes import LIFECYCLE
from kiseki.domain.trash import TrashedExperiment, TrashedRun
from kiseki.store.care import Doomed, Refusal
from kiseki.store.sql.database import Connection
from kiseki.store.sql.files import below
from kiseki.store.sql.tables import (
    ACTIVE,
    DELETED,
    PURGING,
    arrivals,
    dataset_input_tags,
    dataset_inputs,
    datasets,
    experiment_tags,
    experiments,
    files,
    links,
    model_inputs,
    model_outputs,
    params,
    runs,
    segments,
    series,
    tags,
    views,
)

_PARTS: Final[tuple[tuple[Table, str, int], ...]] = (
    (segments, "number", 64),
    (arrivals, "number", 256),
    (links, "number", 1_000),
    (series, "key", 1_000),
    (params, "key", 500),
    (tags, "key", 500),
    (dataset_input_tags, "dataset", 500),
    (dataset_inputs, "dataset", 500),
    (model_inputs, "model_id", 1_000),
    (model_outputs, "model_id", 1_000),
)
"""What a run has, in the order in which it is removed; by which column, and how many of it in one transaction."""

_VIEWS_OF_EXPERIMENTS: Final = "experiments/"


def _rows_of(table: Table) -> Any:
    return (
        select(table.c.run, func.count())
        .where(table.c.run.in_(bindparam("numbers", expanding=True)))
        .group_by(table.c.run)
    )


_ROWS: Final = tuple(_rows_of(table) for table, _, _ in _PARTS)
_POINTS = (
    select(series.c.run, func.sum(series.c.points))
    .where(series.c.run.in_(bindparam("numbers", expanding=True)))
    .group_by(series.c.run)
)
_SOME: Final = tuple(
    (
        table,
        column,
        select(table.c[column]).where(table.c.run == bindparam("wanted")).distinct().limit(bindparam("most")),
        most,
    )
    for table, column, most in _PARTS
)
_MARK = (
    update(runs)
    .where(
        runs.c.run_id == bindparam("wanted"),
        runs.c.lifecycle == DELETED,
        func.coalesce(runs.c.deleted_time, 0) <= bindparam("latest"),
    )
    .values(lifecycle=PURGING)
)
_LOCATE = select(runs.c.number, runs.c.experiment, runs.c.lifecycle, runs.c.artifact_uri).where(
    runs.c.run_id == bindparam("wanted")
)
_EXPERIMENT = select(experiments.c.lifecycle, experiments.c.last_update_time).where(
    experiments.c.number == bindparam("wanted")
)
_HAS_RUNS = select(runs.c.number).where(runs.c.experiment == bindparam("wanted")).limit(1)
_LOCATIONS = select(experiments.c.artifact_location)
_UNUSUAL = select(runs.c.artifact_uri).where(
    ~runs.c.artifact_uri.like(literal("%/").concat(runs.c.run_id).concat("/artifacts"))
)


class SqlTrash:
    """`kiseki.store.care.Trash`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def runs(self, after: int, limit: int, before: int, experiment_id: ExperimentId | None) -> list[TrashedRun]:
        conditions: list[ColumnElement[bool]] = [
            runs.c.number > after,
            or_(
                runs.c.lifecycle == PURGING,
                and_(runs.c.lifecycle == DELETED, func.coalesce(runs.c.deleted_time, 0) <= before),
            ),
        ]
        if experiment_id is not None:
            conditions.append(runs.c.experiment == int(experiment_id))
        found = self._connection.query(
            select(runs.c.number, runs.c.run_id, runs.c.name, runs.c.experiment, runs.c.deleted_time, runs.c.lifecycle)
            .where(*conditions)
            .order_by(runs.c.number)
            .limit(limit)
        )
        numbers = [row[0] for row in found]
        rows = self._rows(numbers)
        points = {run: int(count) for run, count in self._connection.rows_in(_POINTS, "numbers", numbers)}
        return [
            TrashedRun(
                number=number,
                run_id=run_id,
                run_name=name,
                experiment_id=ExperimentId(str(experiment)),
                deleted_time=deleted or 0,
                rows=rows[number],
                points=points.get(number, 0),
                purging=lifecycle == PURGING,
            )
            for number, run_id, name, experiment, deleted, lifecycle in found
        ]

    def experiments(self, after: int, limit: int, before: int) -> list[TrashedExperiment]:
        found = self._connection.query(
            select(experiments.c.number, experiments.c.name, experiments.c.last_update_time)
            .where(
                experiments.c.number > after,
                experiments.c.lifecycle == DELETED,
                experiments.c.last_update_time <= before,
            )
            .order_by(experiments.c.number)
            .limit(limit)
        )
        counts: dict[tuple[int, bool], int] = {}
        numbers = [row[0] for row in found]
        for number, lifecycle, count in self._connection.rows_in(_RUNS_OF, "numbers", numbers):
            kind = (number, lifecycle == ACTIVE)
            counts[kind] = counts.get(kind, 0) + count
        return [
            TrashedExperiment(
                experiment_id=ExperimentId(str(number)),
                name=name,
                # Nothing changes a deleted experiment, so its last change is its deletion.
                deleted_time=deleted,
                runs=counts.get((number, False), 0),
                active_runs=counts.get((number, True), 0),
            )
            for number, name, deleted in found
        ]

    def begin(self, run_id: RunId, before: int) -> Doomed | Refusal:
        self._connection.run(_MARK, wanted=run_id, latest=before)
        row = self._connection.row(_LOCATE, wanted=run_id)
        if row is None:
            return Refusal.ABSENT
        number, experiment, lifecycle, artifact_uri = row
        if lifecycle != PURGING:
            return Refusal.ACTIVE if lifecycle == ACTIVE else Refusal.RECENT
        self._connection.changes.runs[run_id, LIFECYCLE] = experiment
        return Doomed(number=number, run_id=run_id, experiment=experiment, artifact_uri=artifact_uri)

    def rows(self, run: Doomed) -> int:
        return self._rows([run.number])[run.number]

    def remove_some(self, run: Doomed) -> bool:
        self._connection.hold(run.number)
        more = False
        for table, column, some, most in _SOME:
            values = [row[0] for row in self._connection.rows(some, wanted=run.number, most=most)]
            if values:
                self._remove(run, table, table.c[column].in_(values))
                if table is dataset_inputs:
                    self._remove_unused(values)
            more = more or len(values) == most
        return more

    def forget_files(self, folders: Sequence[str], limit: int) -> int:
        wanted = or_(*(below(folder) for folder in folders))
        found = [row[0] for row in self._connection.query(select(files.c.uri_hash).where(wanted).limit(limit))]
        if found:
            self._connection.query_none(delete(files).where(files.c.uri_hash.in_(found)))
        return len(found)

    def finish(self, run: Doomed, folders: Sequence[str]) -> bool:
        # Whoever records a file has the run for the time of the transaction, and so does whoever merges points.
        self._connection.hold(run.number)
        if self.forget_files(folders, 1):
            return False
        # What is being rewritten by a server may have come back to other rows than those that were removed.
        used = [row[0] for row in self._connection.query(_datasets_of(run.number))]
        for table, *_ in _PARTS:
            self._connection.query_none(delete(table).where(table.c.run == run.number))
        self._remove_unused(used)
        self._connection.query_none(delete(runs).where(runs.c.number == run.number, runs.c.lifecycle == PURGING))
        self._connection.changes.runs[run.run_id, LIFECYCLE] = run.experiment
        return True

    def finish_experiment(self, experiment_id: ExperimentId, before: int) -> Refusal | int:
        number = int(experiment_id)
        row = self._connection.row(_EXPERIMENT, wanted=number)
        if row is None:
            return Refusal.ABSENT
        if row[0] == ACTIVE:
            return Refusal.ACTIVE
        if row[1] > before:
            return Refusal.RECENT
        if self._connection.row(_HAS_RUNS, wanted=number) is not None:
            return Refusal.HAS_RUNS
        if experiment_id == DEFAULT_EXPERIMENT_ID:
            return Refusal.ALWAYS_THERE
        removed = 1
        for table in (experiment_tags, datasets):
            (count,) = self._connection.query(
                select(func.count()).select_from(table).where(table.c.experiment == number)
            )[0]
            self._connection.query_none(delete(table).where(table.c.experiment == number))
            removed += count
        self._connection.query_none(delete(experiments).where(experiments.c.number == number))
        self._connection.changes.experiments.add(number)
        return removed + self._remove_views(number)

    def places(self) -> tuple[list[str], list[str]]:
        return (
            [uri for (uri,) in self._connection.rows(_LOCATIONS)],
            [uri for (uri,) in self._connection.rows(_UNUSUAL)],
        )

    def _rows(self, numbers: Sequence[int]) -> dict[int, int]:
        found = dict.fromkeys(numbers, 1)
        for query in _ROWS:
            for run, count in self._connection.rows_in(query, "numbers", numbers):
                found[run] += count
        return found

    def _remove(self, run: Doomed, table: Table, condition: ColumnElement[bool]) -> None:
        self._connection.query_none(delete(table).where(table.c.run == run.number, condition))

    def _remove_unused(self, numbers: Sequence[int]) -> None:
        """Removes those of some datasets that no run uses."""
        if numbers:
            used = exists(select(1).where(dataset_inputs.c.dataset == datasets.c.number).correlate(datasets))
            self._connection.query_none(delete(datasets).where(datasets.c.number.in_(numbers), ~used))

    def _remove_views(self, gone: int) -> int:
        """Removes the saved views of experiments of which none is left; how many that were."""
        removed = 0
        query = select(views.c.scope, func.count()).where(views.c.scope.startswith(_VIEWS_OF_EXPERIMENTS))
        for scope, count in self._connection.query(query.group_by(views.c.scope)):
            parts = scope.removeprefix(_VIEWS_OF_EXPERIMENTS).split(",")
            ids = [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 19]
            if (
                len(ids) == len(parts)
                and gone in ids
                and not self._connection.query(
                    select(experiments.c.number).where(experiments.c.number.in_(ids)).limit(1)
                )
            ):
                self._connection.query_none(delete(views).where(views.c.scope == scope))
                removed += count
        return removed


_RUNS_OF = (
    select(runs.c.experiment, runs.c.lifecycle, func.count())
    .where(runs.c.experiment.in_(bindparam("numbers", expanding=True)))
    .group_by(runs.c.experiment, runs.c.lifecycle)
)


def _datasets_of(number: int) -> Any:
    return select(dataset_inputs.c.dataset).where(dataset_inputs.c.run == number)
