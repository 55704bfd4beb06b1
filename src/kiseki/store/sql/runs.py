"""Runs with their params and tags in SQL."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, func, insert, select, text, update

from kiseki.base.errors import AlreadyExists
from kiseki.base.ids import ExperimentId, RunId
from kiseki.domain import changes
from kiseki.domain.experiments import LifecycleStage, View
from kiseki.domain.metrics import Metric
from kiseki.domain.runs import PARENT_TAG, Page, Run, RunChange, RunStatus
from kiseki.query import Node, OrderTerm
from kiseki.store.ordered import text_hash, to_float
from kiseki.store.protocol import RunKey
from kiseki.store.sql import search
from kiseki.store.sql.database import Connection
from kiseki.store.sql.datasets import SqlDatasets
from kiseki.store.sql.tables import ACTIVE, DELETED, PURGING, experiments, runs, series, tags
from kiseki.store.sql.texts import PARAMS, TAGS, SqlTexts

_ROW: Final = (
    runs.c.number,
    runs.c.run_id,
    runs.c.experiment,
    runs.c.name,
    runs.c.user_id,
    runs.c.status,
    runs.c.start_time,
    runs.c.end_time,
    runs.c.artifact_uri,
    runs.c.lifecycle,
)
_LOCATE = select(*_ROW).where(runs.c.run_id == bindparam("run_id"))
# As `Connection.hold` does.
_LOCATE_TO_CHANGE = _LOCATE.with_for_update(key_share=True)
_BY_NUMBERS = select(*_ROW).where(runs.c.number.in_(bindparam("numbers", expanding=True)))
# In the order of their ids, so that transactions which lock several runs do not wait for each other.
_LOCATE_ALL_TO_CHANGE = (
    select(*_ROW)
    .where(runs.c.run_id.in_(bindparam("run_ids", expanding=True)))
    .order_by(runs.c.run_id)
    .with_for_update(key_share=True)
)
_ADD = insert(runs).values(
    run_id=bindparam("run_id"),
    experiment=bindparam("experiment"),
    name=bindparam("name"),
    user_id=bindparam("user_id"),
    status=bindparam("status"),
    start_time=bindparam("start_time"),
    end_time=bindparam("end_time"),
    lifecycle=ACTIVE,
    artifact_uri=bindparam("artifact_uri"),
)
_ADD_NUMBERED = _ADD.values(number=bindparam("number"))
_SPARE_NUMBERS = text("SELECT nextval(pg_get_serial_sequence('runs', 'number')) FROM generate_series(1, :many)")
# What is NULL stays as it is.
_CHANGE = (
    update(runs)
    .where(runs.c.number == bindparam("run"))
    .values(
        name=func.coalesce(bindparam("new_name", type_=runs.c.name.type), runs.c.name),
        status=func.coalesce(bindparam("new_status", type_=runs.c.status.type), runs.c.status),
        end_time=func.coalesce(bindparam("new_end", type_=runs.c.end_time.type), runs.c.end_time),
    )
)
_SET_LIFECYCLE = (
    update(runs)
    .where(runs.c.number == bindparam("run"), runs.c.lifecycle != bindparam("stage"), runs.c.lifecycle != PURGING)
    .values(lifecycle=bindparam("stage"), deleted_time=bindparam("deleted"))
)
_LATEST = select(series.c.run, series.c.key, series.c.last, series.c.last_time, series.c.last_step).where(
    series.c.run.in_(bindparam("numbers", expanding=True))
)

# The index begins with the experiment, so all of them are named.
_CHILDREN = (
    select(func.count())
    .select_from(tags.join(runs, runs.c.number == tags.c.run))
    .where(
        tags.c.experiment.in_(select(experiments.c.number)),
        tags.c.key == bindparam("name"),
        tags.c.hash == bindparam("digest"),
        tags.c.value == bindparam("text"),
        runs.c.lifecycle == ACTIVE,
    )
)


class SqlRuns:
    """`kiseki.store.protocol.Runs`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._params = SqlTexts(connection, PARAMS)
        self._tags = SqlTexts(connection, TAGS)

    def create(self, run: Run) -> RunKey:
        experiment = int(run.experiment_id)
        spare = self._connection.ahead.spare_numbers
        number = spare.pop() if spare else None
        # With a number at hand the database tells, and the work is done again without one.
        if number is None and self.locate(run.run_id) is not None:
            raise AlreadyExists(f"A run with id={run.run_id} already exists.")
        values = {
            "run_id": run.run_id,
            "experiment": experiment,
            "name": run.run_name,
            "user_id": run.user_id,
            "status": run.status.value,
            "start_time": run.start_time,
            "end_time": run.end_time,
            "artifact_uri": run.artifact_uri,
        }
        if number is None:
            number = self._connection.add(_ADD, **values)
        else:
            self._connection.write(_ADD_NUMBERED, number=number, **values)
        key = RunKey(
            number=number,
            run_id=run.run_id,
            experiment=experiment,
            lifecycle_stage=LifecycleStage.ACTIVE,
            start_time=run.start_time,
            artifact_uri=run.artifact_uri,
        )
        self._tags.add(key.number, key.experiment, run.tags)
        self._changed(key, changes.CREATED)
        return key

    def locate(self, run_id: RunId) -> RunKey | None:
        known = self._connection.ahead.runs.get(run_id)
        if known is not None:
            return _key(known)
        row = self._connection.row(_LOCATE_TO_CHANGE if self._connection.lock else _LOCATE, run_id=run_id)
        if row is None:
            return None
        key = _key(row)
        self._connection.held(key.number)
        return key

    def locate_ahead(self, run_ids: Sequence[str]) -> list[RunKey]:
        """Reads and holds those of the runs that exist, for all that follows in the transaction."""
        rows = self._connection.rows_in(_LOCATE_ALL_TO_CHANGE, "run_ids", run_ids)
        self._connection.ahead.runs.update({row[1]: row for row in rows})
        self._connection.ahead.held.update(row[0] for row in rows)
        return [_key(row) for row in rows]

    def number_ahead(self, count: int) -> Callable[[], None]:
        """Asks for the numbers of so many runs that are about to be created; what is returned keeps them."""
        answer = self._connection.run(_SPARE_NUMBERS, many=count)
        return lambda: self._connection.ahead.spare_numbers.extend(number for (number,) in answer.fetchall())

    def read_ahead(
        self, params: Mapping[int, Collection[str]], tags: Mapping[int, Collection[str]]
    ) -> list[Callable[[], None]]:
        """Asks for params and tags, by the number of their run; what is returned keeps them."""
        return [self._params.read_ahead(params), self._tags.read_ahead(tags)]

    def get(self, run_id: RunId) -> Run | None:
        key = self.locate(run_id)
        return self._hydrate([key.number], with_model_inputs=True)[0] if key else None

    def children(self, run_id: RunId) -> int:
        number = self._connection.find_keys([PARENT_TAG]).get(PARENT_TAG)
        if number is None:
            return 0
        found = self._connection.row(_CHILDREN, name=number, digest=text_hash(run_id), text=run_id)
        return int(found[0]) if found else 0

    def search(
        self,
        experiment_ids: Sequence[ExperimentId],
        view: View,
        where: Node | None,
        order_by: Sequence[OrderTerm],
        max_results: int,
        page_token: str,
    ) -> Page[Run]:
        numbers, token = search.runs(
            self._connection, [int(one) for one in experiment_ids], view, where, order_by, max_results, page_token
        )
        return Page(items=self._hydrate(numbers, with_model_inputs=False), next_page_token=token)

    def update(self, run: RunKey, change: RunChange) -> None:
        name, status, end = change.run_name, change.status and change.status.value, change.end_time
        known = self._connection.ahead.runs.get(run.run_id)
        if known is not None:
            known = self._connection.ahead.runs[run.run_id] = _changed_row(known, change)
            # All of it, since of several changes the last is sent.
            _, _, _, name, _, status, _, end, _, _ = known
        self._connection.write(_CHANGE, run=run.number, new_name=name, new_status=status, new_end=end)
        self._changed(run, changes.INFO)

    def set_lifecycle(self, run: RunKey, stage: LifecycleStage, now: int) -> None:
        active = stage is LifecycleStage.ACTIVE
        self._connection.run(
            _SET_LIFECYCLE, run=run.number, stage=ACTIVE if active else DELETED, deleted=None if active else now
        )
        self._changed(run, changes.LIFECYCLE)

    def params(self, run: RunKey, keys: Iterable[str]) -> dict[str, str]:
        return self._params.some(run.number, keys)

    def add_params(self, run: RunKey, params: Mapping[str, str]) -> None:
        self._connection.hold(run.number)
        self._params.add(run.number, run.experiment, params)
        self._changed(run, changes.PARAMS)

    def tag(self, run: RunKey, key: str) -> str | None:
        return self._tags.some(run.number, [key]).get(key)

    def tags(self, run: RunKey, keys: Iterable[str]) -> dict[str, str]:
        return self._tags.some(run.number, keys)

    def set_tags(self, run: RunKey, tags: Mapping[str, str]) -> None:
        self._connection.hold(run.number)
        self._tags.set(run.number, run.experiment, tags)
        self._changed(run, changes.TAGS)

    def delete_tag(self, run: RunKey, key: str) -> bool:
        self._changed(run, changes.TAGS)
        return self._tags.delete(run.number, key)

    def _changed(self, run: RunKey, what: str) -> None:
        self._connection.changes.runs[run.run_id, what] = run.experiment

    def info(self, run: RunKey) -> Run:
        row = self._connection.ahead.runs.get(run.run_id)
        return _run(row or self._connection.rows_in(_BY_NUMBERS, "numbers", [run.number])[0])

    def _hydrate(self, numbers: Sequence[int], with_model_inputs: bool) -> list[Run]:
        """The runs in the order of their numbers, with one query per table."""
        if not numbers:
            return []
        connection = self._connection
        rows: dict[int, tuple[Any, ...]] = {row[0]: row for row in connection.rows_in(_BY_NUMBERS, "numbers", numbers)}
        texts = [one.rows(numbers) for one in (self._params, self._tags)]
        latest = connection.rows_in(_LATEST, "numbers", numbers)
        names = connection.key_names({row[1] for found in (*texts, latest) for row in found})
        params: dict[int, dict[str, str]] = {number: {} for number in rows}
        tags: dict[int, dict[str, str]] = {number: {} for number in rows}
        metrics: dict[int, list[Metric]] = {number: [] for number in rows}
        for target, found in zip((params, tags), texts, strict=True):
            for number, key, value in found:
                target[number][names[key]] = value
        for number, key, last, time, step in latest:
            metrics[number].append(Metric(key=names[key], value=to_float(last), timestamp=time, step=step))
        datasets = SqlDatasets(connection)
        inputs = datasets.inputs_of(numbers)
        model_inputs = datasets.model_inputs_of(numbers) if with_model_inputs else {}
        outputs = datasets.outputs_of(numbers)
        return [
            _run(
                rows[number],
                params=params[number],
                tags=tags[number],
                metrics=metrics[number],
                dataset_inputs=inputs.get(number, []),
                model_inputs=model_inputs.get(number, []),
                model_outputs=outputs.get(number, []),
            )
            for number in numbers
        ]


def _key(row: tuple[Any, ...]) -> RunKey:
    """The key of a row of `_ROW`."""
    number, run_id, experiment, _, _, _, start_time, _, artifact_uri, lifecycle = row
    return RunKey(
        number=number,
        run_id=run_id,
        experiment=experiment,
        lifecycle_stage=LifecycleStage.ACTIVE if lifecycle == ACTIVE else LifecycleStage.DELETED,
        start_time=start_time,
        artifact_uri=artifact_uri,
        purging=lifecycle == PURGING,
    )


def _changed_row(row: tuple[Any, ...], change: RunChange) -> tuple[Any, ...]:
    """A row of `_ROW` after a change."""
    number, run_id, experiment, name, user_id, status, start, end, artifact_uri, lifecycle = row
    name = name if change.run_name is None else change.run_name
    status = status if change.status is None else change.status.value
    end = end if change.end_time is None else change.end_time
    return number, run_id, experiment, name, user_id, status, start, end, artifact_uri, lifecycle


def _run(row: tuple[Any, ...], **recorded: Any) -> Run:
    """A run of a row of `_ROW` and what it recorded."""
    _, run_id, experiment, name, user_id, status, start, end, artifact_uri, lifecycle = row
    return Run(
        run_id=run_id,
        experiment_id=ExperimentId(str(experiment)),
        run_name=name,
        user_id=user_id,
        status=RunStatus(status),
        start_time=start,
        end_time=end,
        artifact_uri=artifact_uri,
        lifecycle_stage=LifecycleStage.ACTIVE if lifecycle == ACTIVE else LifecycleStage.DELETED,
        **recorded,
    )
