"""Experiments in SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Select, bindparam, delete, func, insert, null, select, update

from kiseki.base.errors import AlreadyExists, BadRequest
from kiseki.base.ids import ExperimentId
from kiseki.domain.experiments import ActiveExperiment, Experiment, ExperimentOrder, LifecycleStage, View
from kiseki.domain.runs import Page
from kiseki.query import Node, OrderTerm
from kiseki.store.sql import search_experiments
from kiseki.store.sql.activity import activity_of_experiments
from kiseki.store.sql.database import Connection
from kiseki.store.sql.tables import ACTIVE, DELETED, PURGING, experiment_tags, experiments, logged_models, runs

_COLUMNS: Final = (
    experiments.c.number,
    experiments.c.name,
    experiments.c.artifact_location,
    experiments.c.lifecycle,
    experiments.c.creation_time,
    experiments.c.last_update_time,
)
_BY_NUMBERS = select(*_COLUMNS).where(experiments.c.number.in_(bindparam("numbers", expanding=True)))
_NUMBER_OF = select(experiments.c.number).where(experiments.c.name == bindparam("name"))
# While something is done in an experiment, it does not go to the trash.
_HOLD = select(experiments.c.number).where(experiments.c.number == bindparam("experiment")).with_for_update(read=True)
# In order, so that transactions which lock several do not wait for each other.
_BY_NUMBERS_TO_HOLD = _BY_NUMBERS.order_by(experiments.c.number).with_for_update(read=True)
_TAGS = (
    select(experiment_tags.c.experiment, experiment_tags.c.name, experiment_tags.c.value)
    .where(experiment_tags.c.experiment.in_(bindparam("numbers", expanding=True)))
    .order_by(experiment_tags.c.experiment, experiment_tags.c.name)
)
_ADD = insert(experiments).values(
    name=bindparam("name"),
    artifact_location=bindparam("artifact_location"),
    lifecycle=ACTIVE,
    creation_time=bindparam("now"),
    last_update_time=bindparam("now"),
)
_LOCATE = (
    update(experiments)
    .where(experiments.c.number == bindparam("experiment"))
    .values(artifact_location=bindparam("location"))
)
_RENAME = (
    update(experiments)
    .where(experiments.c.number == bindparam("experiment"))
    .values(name=bindparam("new_name"), last_update_time=bindparam("now"))
)
_SET_LIFECYCLE = (
    update(experiments)
    .where(experiments.c.number == bindparam("experiment"))
    .values(lifecycle=bindparam("stage"), last_update_time=bindparam("now"))
)
_INSIDE: Final = (runs, logged_models)
"""What goes to the trash with its experiment, and comes back with it."""
_SET_LIFECYCLE_INSIDE: Final = tuple(
    update(table)
    .where(
        table.c.experiment == bindparam("number"),
        table.c.lifecycle != bindparam("stage"),
        table.c.lifecycle != PURGING,
    )
    .values(lifecycle=bindparam("stage"), deleted_time=bindparam("deleted"))
    for table in _INSIDE
)
_LATEST_DELETED: Final = tuple(
    select(func.max(table.c.deleted_time)).where(
        table.c.experiment == bindparam("number"), table.c.lifecycle == DELETED
    )
    for table in _INSIDE
)
_UNDELETE_INSIDE: Final = tuple(
    update(table)
    .where(
        table.c.experiment == bindparam("number"),
        table.c.lifecycle == DELETED,
        table.c.deleted_time
        == select(experiments.c.last_update_time).where(experiments.c.number == bindparam("number")).scalar_subquery(),
    )
    .values(lifecycle=bindparam("stage"), deleted_time=null())
    for table in _INSIDE
)
_ACTIVITY = activity_of_experiments().where(runs.c.experiment.in_(bindparam("numbers", expanding=True)))
_ADD_TAG = insert(experiment_tags).values(
    experiment=bindparam("experiment"), name=bindparam("key"), value=bindparam("text")
)
_CHANGE_TAG = (
    update(experiment_tags)
    .where(experiment_tags.c.experiment == bindparam("number"), experiment_tags.c.name == bindparam("key"))
    .values(value=bindparam("text"))
)
_DELETE_TAG = delete(experiment_tags).where(
    experiment_tags.c.experiment == bindparam("number"), experiment_tags.c.name == bindparam("key")
)


class SqlExperiments:
    """`kiseki.store.protocol.Experiments`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def create(self, name: str, artifact_location: str | None, tags: Mapping[str, str], now: int) -> Experiment:
        connection = self._connection
        if connection.row(_NUMBER_OF, name=name) is not None:
            raise AlreadyExists(
                f"Experiment(name={name}) already exists. Choose another name, or restore it if it was deleted."
            )
        number = connection.add(_ADD, name=name, artifact_location=artifact_location or "", now=now)
        if not artifact_location:
            artifact_location = f"{connection.database.artifact_root.rstrip('/')}/{number}"
            connection.run(_LOCATE, experiment=number, location=artifact_location)
        connection.changes.experiments.add(number)
        connection.write_many(_ADD_TAG, [{"experiment": number, "key": k, "text": v} for k, v in tags.items()])
        return Experiment(
            experiment_id=ExperimentId(str(number)),
            name=name,
            artifact_location=artifact_location,
            lifecycle_stage=LifecycleStage.ACTIVE,
            creation_time=now,
            last_update_time=now,
            tags=dict(tags),
        )

    def get(self, experiment_id: ExperimentId) -> Experiment | None:
        number = int(experiment_id)
        if not self._connection.lock:
            return next(iter(self._hydrate([number])), None)
        known = self._connection.ahead.experiments
        if number not in known:
            self._connection.run(_HOLD, experiment=number)
            for found in self._hydrate([number]):
                known[number] = found
        return known.get(number)

    def read_ahead(self, numbers: Sequence[int]) -> Callable[[], None]:
        """Asks for experiments and holds them; what is returned keeps them."""
        found = self._ask(_BY_NUMBERS_TO_HOLD, numbers)
        return lambda: self._connection.ahead.experiments.update({int(one.experiment_id): one for one in found()})

    def get_by_name(self, name: str) -> Experiment | None:
        row = self._connection.row(_NUMBER_OF, name=name)
        return self._hydrate([row[0]])[0] if row else None

    def search(
        self, view: View, where: Node | None, order_by: Sequence[OrderTerm], max_results: int, page_token: str
    ) -> Page[Experiment]:
        numbers, token = search_experiments.search(self._connection, view, where, order_by, max_results, page_token)
        return Page(items=self._hydrate(numbers), next_page_token=token)

    def find(
        self,
        view: View,
        where: Node | None,
        text: str,
        order: ExperimentOrder,
        descending: bool,
        max_results: int,
        page_token: str,
    ) -> tuple[Page[ActiveExperiment], int]:
        numbers, token, total = search_experiments.find(
            self._connection, view, where, text, order, descending, max_results, page_token
        )
        active: dict[int, tuple[Any, ...]] = {
            row[0]: row[1:] for row in self._connection.rows_in(_ACTIVITY, "numbers", numbers)
        }
        items = [
            _with_activity(found, active.get(number, (0, 0, None, None)))
            for number, found in zip(numbers, self._hydrate(numbers), strict=True)
        ]
        return Page(items=items, next_page_token=token), total

    def rename(self, experiment_id: ExperimentId, name: str, now: int) -> None:
        row = self._connection.row(_NUMBER_OF, name=name)
        if row is not None and row[0] != int(experiment_id):
            raise BadRequest(f"Cannot rename the experiment: Experiment(name={name}) already exists.")
        self._connection.run(_RENAME, experiment=int(experiment_id), new_name=name, now=now)
        self._changed(int(experiment_id))

    def set_lifecycle(self, experiment_id: ExperimentId, stage: LifecycleStage, now: int) -> None:
        active = stage is LifecycleStage.ACTIVE
        number = ACTIVE if active else DELETED
        if not active:
            # What was deleted within the same millisecond was not deleted with the experiment.
            for query in _LATEST_DELETED:
                (latest,) = self._connection.rows(query, number=int(experiment_id))[0]
                now = max(now, (latest or 0) + 1)
        self._connection.run(_SET_LIFECYCLE, experiment=int(experiment_id), stage=number, now=now)
        for change in _SET_LIFECYCLE_INSIDE:
            self._connection.run(change, number=int(experiment_id), stage=number, deleted=None if active else now)
        self._moved(int(experiment_id))

    def undelete(self, experiment_id: ExperimentId, now: int) -> None:
        # Nothing changes a deleted experiment, so its last change is its deletion.
        for change in _UNDELETE_INSIDE:
            self._connection.run(change, number=int(experiment_id), stage=ACTIVE)
        self._connection.run(_SET_LIFECYCLE, experiment=int(experiment_id), stage=ACTIVE, now=now)
        self._moved(int(experiment_id))

    def set_tag(self, experiment_id: ExperimentId, key: str, value: str) -> None:
        number = int(experiment_id)
        if not self._connection.change(_CHANGE_TAG, number=number, key=key, text=value):
            self._connection.run(_ADD_TAG, experiment=number, key=key, text=value)
        self._changed(number)

    def delete_tag(self, experiment_id: ExperimentId, key: str) -> bool:
        self._changed(int(experiment_id))
        return bool(self._connection.change(_DELETE_TAG, number=int(experiment_id), key=key))

    def _moved(self, number: int) -> None:
        """Takes notice that an experiment went to or from the trash, and any number of its runs and models with it."""
        self._changed(number)
        self._connection.changes.everything = True

    def _changed(self, number: int) -> None:
        self._connection.ahead.experiments.pop(number, None)
        self._connection.changes.experiments.add(number)

    def _hydrate(self, numbers: Sequence[int]) -> list[Experiment]:
        """The experiments in the order of their numbers, with two queries."""
        return self._ask(_BY_NUMBERS, numbers)()

    def _ask(self, query: Select[Any], numbers: Sequence[int]) -> Callable[[], list[Experiment]]:
        """Asks for experiments; what is returned has them in the order of their numbers."""
        read = self._connection.ask(query, "numbers", numbers)
        tagged = self._connection.ask(_TAGS, "numbers", numbers)

        def found() -> list[Experiment]:
            rows: dict[int, tuple[Any, ...]] = {row[0]: row for row in read()}
            tags: dict[int, dict[str, str]] = {number: {} for number in rows}
            for number, key, value in tagged():
                if number in tags:
                    tags[number][key] = value
            return [_experiment(rows[number], tags[number]) for number in numbers if number in rows]

        return found


def _experiment(row: tuple[Any, ...], tags: dict[str, str]) -> Experiment:
    number, name, location, lifecycle, created, updated = row
    return Experiment(
        experiment_id=ExperimentId(str(number)),
        name=name,
        artifact_location=location,
        lifecycle_stage=LifecycleStage.ACTIVE if lifecycle == ACTIVE else LifecycleStage.DELETED,
        creation_time=created,
        last_update_time=updated,
        tags=tags,
    )


def _with_activity(found: Experiment, row: tuple[Any, ...]) -> ActiveExperiment:
    """An experiment with a row of `_ACTIVITY`."""
    count, running, start, end = row
    times = (found.last_update_time, start, end)
    return ActiveExperiment(
        experiment=found,
        runs=count,
        running=int(running),
        last_activity=max(time for time in times if time is not None),
    )
