"""Runs with their params and tags in SQL."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Table, bindparam, delete, func, insert, select, text, update

from kiseki.base.errors import AlreadyExists
from kiseki.base.ids import ExperimentId, RunId
from kiseki.domain.changes import CREATED, INFO, LIFECYCLE, PARAMS, TAGS
from kiseki.domain.experiments import LifecycleStage, View
from kiseki.domain.metrics import Metric
from kiseki.domain.runs import PARENT_TAG, Page, Run, RunChange, RunStatus
from kiseki.query import Node, OrderTerm
from kiseki.store.ordered import text_hash, to_float
from kiseki.store.protocol import RunKey
from kiseki.store.sql import search
from kiseki.store.sql.database import Connection
from kiseki.store.sql.datasets import SqlDatasets
from kiseki.store.sql.tables import ACTIVE, DELETED, PURGING, experiments, params, runs, series, tags

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
_SET_STATUS = update(runs).where(runs.c.number == bindparam("run")).values(status=bindparam("new"))
_SET_END = update(runs).where(runs.c.number == bindparam("run")).values(end_time=bindparam("new"))
_SET_NAME = update(runs).where(runs.c.number == bindparam("run")).values(name=bindparam("new"))
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


class _Texts:
    """The statements of params or of tags."""

    def __init__(self, table: Table) -> None:
        self.name = table.name
        self.of_runs = select(table.c.run, table.c.key, table.c.value).where(
            table.c.run.in_(bindparam("numbers", expanding=True))
        )
        self.some = select(table.c.key, table.c.value).where(
            table.c.run == bindparam("number"), table.c.key.in_(bindparam("keys", expanding=True))
        )
        self.add = insert(table).values(
            run=bindparam("number"),
            key=bindparam("name"),
            experiment=bindparam("group"),
            hash=bindparam("digest"),
            value=bindparam("text"),
        )
        self.change = (
            update(table)
            .where(table.c.run == bindparam("number"), table.c.key == bindparam("name"))
            .values(hash=bindparam("digest"), value=bindparam("text"))
        )
        self.delete = delete(table).where(table.c.run == bindparam("number"), table.c.key == bindparam("name"))


_PARAMS: Final = _Texts(params)
_TAGS: Final = _Texts(tags)


class SqlRuns:
    """`kiseki.store.protocol.Runs`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

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
            self._connection.run(_ADD_NUMBERED, number=number, **values)
        key = RunKey(
            number=number,
            run_id=run.run_id,
            experiment=experiment,
            lifecycle_stage=LifecycleStage.ACTIVE,
            start_time=run.start_time,
            artifact_uri=run.artifact_uri,
        )
        self._add(_TAGS, key, run.tags)
        self._changed(key, CREATED)
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

    def read_ahead(self, run: RunKey, params: Collection[str], tags: Collection[str]) -> list[Callable[[], None]]:
        """Asks for params and tags of a run; what is returned keeps them."""
        return [self._ahead(texts, run, keys) for texts, keys in ((_PARAMS, params), (_TAGS, tags)) if keys]

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
        known = self._connection.ahead.runs.get(run.run_id)
        if known is not None:
            self._connection.ahead.runs[run.run_id] = _changed_row(known, change)
        if change.status is not None:
            self._connection.run(_SET_STATUS, run=run.number, new=change.status.value)
        if change.end_time is not None:
            self._connection.run(_SET_END, run=run.number, new=change.end_time)
        if change.run_name is not None:
            self._connection.run(_SET_NAME, run=run.number, new=change.run_name)
        self._changed(run, INFO)

    def set_lifecycle(self, run: RunKey, stage: LifecycleStage, now: int) -> None:
        active = stage is LifecycleStage.ACTIVE
        self._connection.run(
            _SET_LIFECYCLE, run=run.number, stage=ACTIVE if active else DELETED, deleted=None if active else now
        )
        self._changed(run, LIFECYCLE)

    def params(self, run: RunKey, keys: Iterable[str]) -> dict[str, str]:
        return self._some(_PARAMS, run, keys)

    def add_params(self, run: RunKey, params: Mapping[str, str]) -> None:
        self._connection.hold(run.number)
        self._add(_PARAMS, run, params)
        self._changed(run, PARAMS)

    def tag(self, run: RunKey, key: str) -> str | None:
        return self._some(_TAGS, run, [key]).get(key)

    def tags(self, run: RunKey, keys: Iterable[str]) -> dict[str, str]:
        return self._some(_TAGS, run, keys)

    def set_tags(self, run: RunKey, tags: Mapping[str, str]) -> None:
        self._connection.hold(run.number)
        present = self._some(_TAGS, run, tags)
        self._add(_TAGS, run, {key: value for key, value in tags.items() if key not in present})
        changed = {key: value for key, value in tags.items() if present.get(key, value) != value}
        numbers = self._connection.find_keys(list(changed))
        self._connection.ahead.write(_TAGS.name, run.number, {numbers[key]: value for key, value in changed.items()})
        self._connection.run_many(
            _TAGS.change,
            [
                {"number": run.number, "name": numbers[key], "digest": text_hash(value), "text": value}
                for key, value in changed.items()
            ],
        )
        self._changed(run, TAGS)

    def delete_tag(self, run: RunKey, key: str) -> bool:
        number = self._connection.find_keys([key]).get(key)
        if number is None:
            return False
        self._changed(run, TAGS)
        self._connection.ahead.write(_TAGS.name, run.number, {number: None})
        return bool(self._connection.change(_TAGS.delete, number=run.number, name=number))

    def _changed(self, run: RunKey, what: str) -> None:
        self._connection.changes.runs[run.run_id, what] = run.experiment

    def _some(self, texts: _Texts, run: RunKey, keys: Iterable[str]) -> dict[str, str]:
        numbers = self._connection.find_keys(list(keys))
        names = {number: name for name, number in numbers.items()}
        known = self._connection.ahead.find(texts.name, run.number, list(names))
        if known is None:
            known = dict(self._connection.rows_in(texts.some, "keys", list(names), number=run.number))
        return {names[key]: value for key, value in known.items()}

    def _ahead(self, texts: _Texts, run: RunKey, names: Collection[str]) -> Callable[[], None]:
        keys = list(self._connection.find_keys(list(names)).values())
        answer = self._connection.ask(texts.some, "keys", keys, number=run.number)
        return lambda: self._connection.ahead.fill(texts.name, run.number, keys, dict(answer()))

    def _add(self, texts: _Texts, run: RunKey, values: Mapping[str, str]) -> None:
        if not values:
            return
        numbers = self._connection.key_numbers(list(values))
        self._connection.ahead.write(texts.name, run.number, {numbers[key]: value for key, value in values.items()})
        self._connection.run_many(
            texts.add,
            [
                {
                    "number": run.number,
                    "name": numbers[key],
                    "group": run.experiment,
                    "digest": text_hash(value),
                    "text": value,
                }
                for key, value in values.items()
            ],
        )

    def info(self, run: RunKey) -> Run:
        row = self._connection.ahead.runs.get(run.run_id)
        return _run(row or self._connection.rows_in(_BY_NUMBERS, "numbers", [run.number])[0])

    def _hydrate(self, numbers: Sequence[int], with_model_inputs: bool) -> list[Run]:
        """The runs in the order of their numbers, with one query per table."""
        if not numbers:
            return []
        connection = self._connection
        rows: dict[int, tuple[Any, ...]] = {row[0]: row for row in connection.rows_in(_BY_NUMBERS, "numbers", numbers)}
        texts = [connection.rows_in(one.of_runs, "numbers", numbers) for one in (_PARAMS, _TAGS)]
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
