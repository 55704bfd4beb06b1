"""The trash in SQL, and its permanent deletion in short transactions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)

from kiseki.base.ids import DEFAULT_EXPERIMENT_ID, ExperimentId, ModelId, RunId
from kiseki.domain.artifacts import Owner
from kiseki.domain.changes import LIFECYCLE
from kiseki.domain.trash import TrashedExperiment, TrashedModel, TrashedRun
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
    logged_model_params,
    logged_model_points,
    logged_model_series,
    logged_model_tags,
    logged_models,
    model_inputs,
    model_outputs,
    model_versions,
    params,
    runs,
    segments,
    series,
    tags,
    views,
)


class _Kind:
    """Runs or logged models: their table, and what belongs to them in others.

    Args:
        table: Their own.
        name: The column of it that has the id.
        owner: The column of other tables that has their number.
        parts: Those tables in the order in which they are emptied; by which column, and how many of it in one transaction.
    """

    def __init__(self, table: Table, name: str, owner: str, parts: Sequence[tuple[Table, str, int]]) -> None:
        self.table = table
        self.id = table.c[name]
        self.owner = owner
        self.parts = [part for part, _, _ in parts]
        numbers: BindParameter[Any] = bindparam("numbers", expanding=True)
        self.rows = [
            select(part.c[owner], func.count()).where(part.c[owner].in_(numbers)).group_by(part.c[owner])
            for part in self.parts
        ]
        self.some = [
            (
                part,
                column,
                select(part.c[column]).where(part.c[owner] == bindparam("wanted")).distinct().limit(bindparam("most")),
                most,
            )
            for part, column, most in parts
        ]
        self.mark = (
            update(table)
            .where(
                self.id == bindparam("wanted"),
                table.c.lifecycle == DELETED,
                func.coalesce(table.c.deleted_time, 0) <= bindparam("latest"),
            )
            .values(lifecycle=PURGING)
        )
        self.locate = select(table.c.number, table.c.experiment, table.c.lifecycle, table.c.artifact_uri).where(
            self.id == bindparam("wanted")
        )
        self.of_experiment = select(table.c.number).where(table.c.experiment == bindparam("wanted")).limit(1)
        self.counts = (
            select(table.c.experiment, table.c.lifecycle, func.count())
            .where(table.c.experiment.in_(numbers))
            .group_by(table.c.experiment, table.c.lifecycle)
        )
        self.unusual = select(table.c.artifact_uri).where(
            ~table.c.artifact_uri.like(literal("%/").concat(self.id).concat("/artifacts"))
        )
        self.hold = select(table.c.number).where(table.c.number == bindparam("number")).with_for_update(key_share=True)

    def in_trash(self, after: int, limit: int, before: int, experiment_id: ExperimentId | None) -> Any:
        """The query for number, id, name, experiment, time of deletion and lifecycle of those in the trash."""
        table = self.table
        conditions: list[ColumnElement[bool]] = [
            table.c.number > after,
            or_(
                table.c.lifecycle == PURGING,
                and_(table.c.lifecycle == DELETED, func.coalesce(table.c.deleted_time, 0) <= before),
            ),
        ]
        if experiment_id is not None:
            conditions.append(table.c.experiment == int(experiment_id))
        return (
            select(table.c.number, self.id, table.c.name, table.c.experiment, table.c.deleted_time, table.c.lifecycle)
            .where(*conditions)
            .order_by(table.c.number)
            .limit(limit)
        )


_RUNS: Final = _Kind(
    runs,
    "run_id",
    "run",
    (
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
    ),
)
_MODELS: Final = _Kind(
    logged_models,
    "model_id",
    "model",
    (
        (logged_model_points, "number", 256),
        (logged_model_series, "key", 1_000),
        (logged_model_params, "key", 500),
        (logged_model_tags, "key", 500),
    ),
)

_VIEWS_OF_EXPERIMENTS: Final = "experiments/"


_POINTS = (
    select(series.c.run, func.sum(series.c.points))
    .where(series.c.run.in_(bindparam("numbers", expanding=True)))
    .group_by(series.c.run)
)
_EXPERIMENT = select(experiments.c.lifecycle, experiments.c.last_update_time).where(
    experiments.c.number == bindparam("wanted")
)
_LOCATIONS = select(experiments.c.artifact_location)
# Of those that name a run or a logged model, these are asked when it goes.
_REGISTERED = (
    select(model_versions.c.location).where(model_versions.c.run_id == "", model_versions.c.model_id == "").distinct()
)


class SqlTrash:
    """`kiseki.store.care.Trash`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def runs(self, after: int, limit: int, before: int, experiment_id: ExperimentId | None) -> list[TrashedRun]:
        found = self._connection.query(_RUNS.in_trash(after, limit, before, experiment_id))
        numbers = [row[0] for row in found]
        rows = self._rows(_RUNS, numbers)
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

    def logged_models(
        self, after: int, limit: int, before: int, experiment_id: ExperimentId | None
    ) -> list[TrashedModel]:
        found = self._connection.query(_MODELS.in_trash(after, limit, before, experiment_id))
        rows = self._rows(_MODELS, [row[0] for row in found])
        return [
            TrashedModel(
                number=number,
                model_id=model_id,
                name=name,
                experiment_id=ExperimentId(str(experiment)),
                deleted_time=deleted or 0,
                rows=rows[number],
                purging=lifecycle == PURGING,
            )
            for number, model_id, name, experiment, deleted, lifecycle in found
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
        counts: dict[tuple[_Kind, int, bool], int] = {}
        numbers = [row[0] for row in found]
        for kind in (_RUNS, _MODELS):
            for number, lifecycle, count in self._connection.rows_in(kind.counts, "numbers", numbers):
                counted = (kind, number, lifecycle == ACTIVE)
                counts[counted] = counts.get(counted, 0) + count
        return [
            TrashedExperiment(
                experiment_id=ExperimentId(str(number)),
                name=name,
                # Nothing changes a deleted experiment, so its last change is its deletion.
                deleted_time=deleted,
                runs=counts.get((_RUNS, number, False), 0),
                active_runs=counts.get((_RUNS, number, True), 0),
                logged_models=counts.get((_MODELS, number, False), 0),
                active_logged_models=counts.get((_MODELS, number, True), 0),
            )
            for number, name, deleted in found
        ]

    def begin(self, owner: Owner, before: int) -> Doomed | Refusal:
        kind = _kind(owner)
        self._connection.run(kind.mark, wanted=owner.id, latest=before)
        row = self._connection.row(kind.locate, wanted=owner.id)
        if row is None:
            return Refusal.ABSENT
        number, experiment, lifecycle, artifact_uri = row
        if lifecycle != PURGING:
            return Refusal.ACTIVE if lifecycle == ACTIVE else Refusal.RECENT
        doomed = Doomed(number=number, owner=owner, experiment=experiment, artifact_uri=artifact_uri)
        self._changed(doomed)
        return doomed

    def rows(self, doomed: Doomed) -> int:
        return self._rows(_kind(doomed.owner), [doomed.number])[doomed.number]

    def remove_some(self, doomed: Doomed) -> bool:
        self._hold(doomed)
        more = False
        for table, column, some, most in _kind(doomed.owner).some:
            values = [row[0] for row in self._connection.rows(some, wanted=doomed.number, most=most)]
            if values:
                self._remove(doomed, table, table.c[column].in_(values))
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

    def finish(self, doomed: Doomed, folders: Sequence[str]) -> bool:
        # Whoever records a file has the owner for the time of the transaction, and so does whoever merges points.
        self._hold(doomed)
        if self.forget_files(folders, 1):
            return False
        kind = _kind(doomed.owner)
        # What is being rewritten by a server may have come back to other rows than those that were removed.
        used = [row[0] for row in self._connection.query(_datasets_of(doomed.number))] if kind is _RUNS else []
        for table in kind.parts:
            self._connection.query_none(delete(table).where(table.c[kind.owner] == doomed.number))
        self._remove_unused(used)
        own = kind.table
        self._connection.query_none(delete(own).where(own.c.number == doomed.number, own.c.lifecycle == PURGING))
        self._changed(doomed)
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
        for kind, refusal in ((_RUNS, Refusal.HAS_RUNS), (_MODELS, Refusal.HAS_MODELS)):
            if self._connection.row(kind.of_experiment, wanted=number) is not None:
                return refusal
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
            [uri for query in (_LOCATIONS, _REGISTERED) for (uri,) in self._connection.rows(query)],
            [uri for kind in (_RUNS, _MODELS) for (uri,) in self._connection.rows(kind.unusual)],
        )

    def _rows(self, kind: _Kind, numbers: Sequence[int]) -> dict[int, int]:
        found = dict.fromkeys(numbers, 1)
        for query in kind.rows:
            for number, count in self._connection.rows_in(query, "numbers", numbers):
                found[number] += count
        return found

    def _hold(self, doomed: Doomed) -> None:
        if self._connection.lock:
            self._connection.run(_kind(doomed.owner).hold, number=doomed.number)

    def _changed(self, doomed: Doomed) -> None:
        changes, owner = self._connection.changes, doomed.owner
        if owner.model_id:
            changes.models[ModelId(owner.model_id), LIFECYCLE] = doomed.experiment
        else:
            changes.runs[RunId(owner.run_id), LIFECYCLE] = doomed.experiment

    def _remove(self, doomed: Doomed, table: Table, condition: ColumnElement[bool]) -> None:
        of = table.c[_kind(doomed.owner).owner]
        self._connection.query_none(delete(table).where(of == doomed.number, condition))

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


def _kind(owner: Owner) -> _Kind:
    return _MODELS if owner.model_id else _RUNS


def _datasets_of(number: int) -> Any:
    return select(dataset_inputs.c.dataset).where(dataset_inputs.c.run == number)
