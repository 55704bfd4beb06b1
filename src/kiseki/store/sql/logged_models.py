"""Logged models with their params and tags in SQL."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, update

from kiseki.base.errors import AlreadyExists
from kiseki.base.ids import ExperimentId, ModelId, RunId
from kiseki.domain import changes
from kiseki.domain.experiments import LifecycleStage, View
from kiseki.domain.logged_models import LoggedModel, LoggedModelStatus
from kiseki.domain.metrics import Link, Points
from kiseki.domain.runs import Page
from kiseki.query import Node, OnDataset, OrderTerm
from kiseki.store.protocol import ModelKey
from kiseki.store.sql import search
from kiseki.store.sql.database import Connection
from kiseki.store.sql.logged_model_metrics import SqlLoggedModelMetrics
from kiseki.store.sql.tables import ACTIVE, DELETED, PURGING, logged_models
from kiseki.store.sql.texts import MODEL_PARAMS, MODEL_TAGS, SqlTexts

_ROW: Final = (
    logged_models.c.number,
    logged_models.c.model_id,
    logged_models.c.experiment,
    logged_models.c.lifecycle,
    logged_models.c.artifact_uri,
    logged_models.c.name,
    logged_models.c.model_type,
    logged_models.c.source_run_id,
    logged_models.c.status,
    logged_models.c.status_message,
    logged_models.c.creation_time,
    logged_models.c.last_update_time,
)
_LOCATE = select(*_ROW).where(logged_models.c.model_id == bindparam("model_id"))
_LOCATE_TO_CHANGE = _LOCATE.with_for_update(key_share=True)
# In the order of their ids, so that transactions which lock several models do not wait for each other.
_LOCATE_ALL_TO_CHANGE = (
    select(*_ROW)
    .where(logged_models.c.model_id.in_(bindparam("model_ids", expanding=True)))
    .order_by(logged_models.c.model_id)
    .with_for_update(key_share=True)
)
_BY_NUMBERS = select(*_ROW).where(logged_models.c.number.in_(bindparam("numbers", expanding=True)))
_ADD = insert(logged_models).values(
    model_id=bindparam("model_id"),
    experiment=bindparam("experiment"),
    name=bindparam("name"),
    model_type=bindparam("model_type"),
    source_run_id=bindparam("source_run_id"),
    status=bindparam("status"),
    status_message=bindparam("status_message"),
    creation_time=bindparam("creation_time"),
    last_update_time=bindparam("last_update_time"),
    lifecycle=ACTIVE,
    artifact_uri=bindparam("artifact_uri"),
)
_SET_STATUS = (
    update(logged_models)
    .where(logged_models.c.number == bindparam("model"))
    .values(status=bindparam("new"), last_update_time=bindparam("now"))
)
_SET_LIFECYCLE = (
    update(logged_models)
    .where(
        logged_models.c.number == bindparam("model"),
        logged_models.c.lifecycle != bindparam("stage"),
        logged_models.c.lifecycle != PURGING,
    )
    .values(lifecycle=bindparam("stage"), deleted_time=bindparam("deleted"), last_update_time=bindparam("now"))
)


class SqlLoggedModels:
    """`kiseki.store.protocol.LoggedModels`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._params = SqlTexts(connection, MODEL_PARAMS)
        self._tags = SqlTexts(connection, MODEL_TAGS)
        self._metrics = SqlLoggedModelMetrics(connection)

    def create(self, model: LoggedModel) -> ModelKey:
        if self.locate(model.model_id) is not None:
            raise AlreadyExists(f"A logged model with ID {model.model_id!r} already exists.")
        experiment = int(model.experiment_id)
        number = self._connection.add(
            _ADD,
            model_id=model.model_id,
            experiment=experiment,
            name=model.name,
            model_type=model.model_type,
            source_run_id=model.source_run_id,
            status=model.status.value,
            status_message=model.status_message,
            creation_time=model.creation_time,
            last_update_time=model.last_update_time,
            artifact_uri=model.artifact_uri,
        )
        key = ModelKey(
            number=number,
            model_id=model.model_id,
            experiment=experiment,
            lifecycle_stage=LifecycleStage.ACTIVE,
            artifact_uri=model.artifact_uri,
        )
        self._params.add(number, experiment, model.params)
        self._tags.add(number, experiment, model.tags)
        self._changed(key, changes.CREATED)
        return key

    def locate(self, model_id: ModelId) -> ModelKey | None:
        known = self._connection.ahead.models.get(model_id)
        if known is not None:
            return _key(known)
        # Whoever changes a model has it to the end of the transaction.
        row = self._connection.row(_LOCATE_TO_CHANGE if self._connection.lock else _LOCATE, model_id=model_id)
        return None if row is None else _key(row)

    def locate_ahead(self, model_ids: Sequence[str]) -> list[ModelKey]:
        """Reads and holds those of the models that exist, for all that follows in the transaction."""
        rows = self._connection.rows_in(_LOCATE_ALL_TO_CHANGE, "model_ids", model_ids)
        self._connection.ahead.models.update({row[1]: row for row in rows})
        return [_key(row) for row in rows]

    def read_ahead(self, model: ModelKey, link: Link, names: Collection[str]) -> Callable[[], None]:
        """Asks for what is known of a model's metrics; what is returned keeps it."""
        return self._metrics.read_ahead(model, link, names)

    def get(self, model_id: ModelId) -> LoggedModel | None:
        row = self._connection.row(_LOCATE, model_id=model_id)
        return None if row is None else self._hydrate([row])[0]

    def set_status(self, model: ModelKey, status: LoggedModelStatus, now: int) -> None:
        self._connection.run(_SET_STATUS, model=model.number, new=status.value, now=now)
        self._changed(model, changes.INFO)

    def set_lifecycle(self, model: ModelKey, stage: LifecycleStage, now: int) -> None:
        active = stage is LifecycleStage.ACTIVE
        self._connection.run(
            _SET_LIFECYCLE,
            model=model.number,
            stage=ACTIVE if active else DELETED,
            deleted=None if active else now,
            now=now,
        )
        self._changed(model, changes.LIFECYCLE)

    def params(self, model: ModelKey, keys: Iterable[str]) -> dict[str, str]:
        return self._params.some(model.number, keys)

    def add_params(self, model: ModelKey, params: Mapping[str, str]) -> None:
        self._params.add(model.number, model.experiment, params)
        self._changed(model, changes.PARAMS)

    def set_tags(self, model: ModelKey, tags: Mapping[str, str]) -> None:
        self._tags.set(model.number, model.experiment, tags)
        self._changed(model, changes.TAGS)

    def delete_tag(self, model: ModelKey, key: str) -> bool:
        self._changed(model, changes.TAGS)
        return self._tags.delete(model.number, key)

    def append(self, model: ModelKey, run_id: RunId, link: Link, points: Points, places: Sequence[int]) -> None:
        self._metrics.append(model, run_id, link, points, places)

    def search(
        self,
        experiment_ids: Sequence[ExperimentId],
        view: View,
        where: Node | None,
        datasets: Sequence[OnDataset],
        order_by: Sequence[OrderTerm],
        max_results: int,
        page_token: str,
    ) -> Page[LoggedModel]:
        experiments = [int(one) for one in experiment_ids]
        numbers, token = search.logged_models(
            self._connection, experiments, view, where, datasets, order_by, max_results, page_token
        )
        rows = {row[0]: row for row in self._connection.rows_in(_BY_NUMBERS, "numbers", numbers)}
        return Page(items=self._hydrate([rows[number] for number in numbers]), next_page_token=token)

    def _changed(self, model: ModelKey, what: str) -> None:
        if what in (changes.INFO, changes.LIFECYCLE):
            self._connection.ahead.models.pop(model.model_id, None)
        self._connection.changes.models[model.model_id, what] = model.experiment

    def _hydrate(self, rows: Sequence[tuple[Any, ...]]) -> list[LoggedModel]:
        """The models of rows of `_ROW`, with one query per table."""
        if not rows:
            return []
        numbers = [row[0] for row in rows]
        params = {number: dict[str, str]() for number in numbers}
        tags = {number: dict[str, str]() for number in numbers}
        found = [texts.rows(numbers) for texts in (self._params, self._tags)]
        names = self._connection.key_names({key for some in found for _, key, _ in some})
        for target, some in zip((params, tags), found, strict=True):
            for number, key, value in some:
                target[number][names[key]] = value
        metrics = self._metrics.of_models({row[0]: row[1] for row in rows})
        return [_model(row, params=params[row[0]], tags=tags[row[0]], metrics=metrics.get(row[0], [])) for row in rows]


def _key(row: tuple[Any, ...]) -> ModelKey:
    """The key of a row of `_ROW`."""
    number, model_id, experiment, lifecycle, artifact_uri, *_ = row
    return ModelKey(
        number=number,
        model_id=model_id,
        experiment=experiment,
        lifecycle_stage=_stage(lifecycle),
        artifact_uri=artifact_uri,
        purging=lifecycle == PURGING,
    )


def _model(row: tuple[Any, ...], **recorded: Any) -> LoggedModel:
    """A model of a row of `_ROW` and what was recorded of it."""
    _, model_id, experiment, lifecycle, artifact_uri, name, kind, source, status, message, created, updated = row
    return LoggedModel(
        model_id=model_id,
        experiment_id=ExperimentId(str(experiment)),
        name=name,
        artifact_uri=artifact_uri,
        creation_time=created,
        last_update_time=updated,
        status=LoggedModelStatus(status),
        status_message=message,
        model_type=kind,
        source_run_id=source,
        lifecycle_stage=_stage(lifecycle),
        **recorded,
    )


def _stage(lifecycle: int) -> LifecycleStage:
    return LifecycleStage.ACTIVE if lifecycle == ACTIVE else LifecycleStage.DELETED
