"""Registered models with their aliases and rules in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from kiseki.base.errors import AlreadyExists
from kiseki.base.learned import learned
from kiseki.domain.model_versions import is_prompt
from kiseki.domain.moves import Rules
from kiseki.domain.registered_models import RegisteredModel
from kiseki.domain.runs import Page
from kiseki.query import Node, OrderTerm
from kiseki.store.registry import RegisteredKey
from kiseki.store.sql import search_registry
from kiseki.store.sql.database import Connection
from kiseki.store.sql.model_versions import SqlModelVersions
from kiseki.store.sql.registry_tags import MODELS, SqlRegistryTags
from kiseki.store.sql.tables import (
    model_version_files,
    model_version_tags,
    model_versions,
    moves,
    registered_model_aliases,
    registered_model_tags,
    registered_models,
)

_ROW: Final = (
    registered_models.c.number,
    registered_models.c.name,
    registered_models.c.creation_time,
    registered_models.c.last_update_time,
    registered_models.c.description,
    registered_models.c.user_id,
    registered_models.c.revision,
)
_LOCATE = select(registered_models.c.number).where(registered_models.c.name == bindparam("named"))
_LOCATE_TO_CHANGE = _LOCATE.with_for_update()
_GET = select(*_ROW).where(registered_models.c.name == bindparam("named"))
_ADD = insert(registered_models).values(
    name=bindparam("name"),
    description=bindparam("description"),
    user_id=bindparam("user_id"),
    creation_time=bindparam("creation_time"),
    last_update_time=bindparam("last_update_time"),
    last_version=0,
    is_prompt=bindparam("is_prompt"),
    rules="",
)
_OF_NUMBER: Final = registered_models.c.number == bindparam("owner")
_DESCRIBE = (
    update(registered_models).where(_OF_NUMBER).values(description=bindparam("text"), last_update_time=bindparam("now"))
)
_TOUCH = update(registered_models).where(_OF_NUMBER).values(last_update_time=bindparam("now"))
_RENAME = (
    update(registered_models).where(_OF_NUMBER).values(name=bindparam("new_name"), last_update_time=bindparam("now"))
)
_RENAME_VERSIONS = (
    update(model_versions)
    .where(model_versions.c.model == bindparam("owner"))
    .values(name=bindparam("new_name"), last_update_time=bindparam("now"))
)
_RULES = select(registered_models.c.rules).where(_OF_NUMBER)
_SET_RULES = (
    update(registered_models).where(_OF_NUMBER).values(rules=bindparam("text"), last_update_time=bindparam("now"))
)
_ADD_ALIAS = insert(registered_model_aliases).values(
    model=bindparam("model"), alias=bindparam("alias"), version=bindparam("version")
)
_OF_ALIAS: Final = (
    registered_model_aliases.c.model == bindparam("owner"),
    registered_model_aliases.c.alias == bindparam("called"),
)
_MOVE_ALIAS = update(registered_model_aliases).where(*_OF_ALIAS).values(version=bindparam("which"))
_DELETE_ALIAS = delete(registered_model_aliases).where(*_OF_ALIAS)
_VERSIONS = select(model_versions.c.number).where(model_versions.c.model == bindparam("owner"))
_DELETE_WITH_MODEL: Final = (
    *(
        delete(table).where(table.c.version.in_(_VERSIONS.scalar_subquery()))
        for table in (model_version_tags, model_version_files)
    ),
    *(
        delete(table).where(table.c.model == bindparam("owner"))
        for table in (moves, registered_model_aliases, model_versions, registered_model_tags)
    ),
    delete(registered_models).where(_OF_NUMBER),
)


class SqlRegisteredModels:
    """`kiseki.store.registry.RegisteredModels`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._tags = SqlRegistryTags(connection, MODELS)

    def create(self, model: RegisteredModel) -> RegisteredKey:
        if self._connection.row(_LOCATE, named=model.name) is not None:
            raise _exists(model.name)
        number = self._connection.add(
            _ADD,
            name=model.name,
            description=model.description,
            user_id=model.user_id,
            creation_time=model.creation_time,
            last_update_time=model.last_update_time,
            is_prompt=int(is_prompt(model.tags)),
        )
        self._tags.add(number, model.tags)
        key = RegisteredKey(number=number, name=model.name)
        self._changed(key)
        return key

    def locate(self, name: str) -> RegisteredKey | None:
        # Whoever changes something of a model has it to the end of the transaction.
        row = self._connection.row(_LOCATE_TO_CHANGE if self._connection.lock else _LOCATE, named=name)
        return None if row is None else RegisteredKey(number=row[0], name=name)

    def get(self, name: str) -> RegisteredModel | None:
        row = self._connection.row(_GET, named=name)
        return None if row is None else self._hydrate([row])[0]

    def search(
        self, where: Node | None, prompts: bool, order_by: Sequence[OrderTerm], max_results: int, page_token: str
    ) -> Page[RegisteredModel]:
        rows, token = search_registry.registered_models(
            self._connection, _ROW, where, prompts, order_by, max_results, page_token
        )
        return Page(items=self._hydrate(rows), next_page_token=token)

    def describe(self, model: RegisteredKey, description: str, now: int) -> None:
        self._connection.run(_DESCRIBE, owner=model.number, text=description, now=now)
        self._changed(model)

    def touch(self, model: RegisteredKey, now: int) -> None:
        self._connection.run(_TOUCH, owner=model.number, now=now)
        self._changed(model)

    def rename(self, model: RegisteredKey, name: str, now: int) -> None:
        other = self._connection.row(_LOCATE, named=name)
        if other is not None and other[0] != model.number:
            raise _exists(name)
        self._connection.run(_RENAME, owner=model.number, new_name=name, now=now)
        self._connection.run(_RENAME_VERSIONS, owner=model.number, new_name=name, now=now)
        self._changed(model)
        self._changed(RegisteredKey(number=model.number, name=name))

    def delete(self, model: RegisteredKey) -> None:
        for statement in _DELETE_WITH_MODEL:
            self._connection.run(statement, owner=model.number)
        self._changed(model)

    def set_tags(self, model: RegisteredKey, tags: Mapping[str, str]) -> None:
        self._tags.set(model.number, tags)
        self._changed(model)

    def delete_tag(self, model: RegisteredKey, key: str) -> bool:
        self._changed(model)
        return self._tags.delete(model.number, key)

    def aliases(self, model: RegisteredKey) -> dict[str, int]:
        return SqlModelVersions(self._connection).aliases_of([model.number])[model.number]

    def point(self, model: RegisteredKey, alias: str, version: int | None) -> None:
        if version is None:
            self._connection.run(_DELETE_ALIAS, owner=model.number, called=alias)
        elif alias in self.aliases(model):
            self._connection.run(_MOVE_ALIAS, owner=model.number, called=alias, which=version)
        else:
            self._connection.run(_ADD_ALIAS, model=model.number, alias=alias, version=version)
        self._changed(model)

    def rules(self, model: RegisteredKey) -> Rules:
        row = self._connection.row(_RULES, owner=model.number)
        return msgspec.json.decode(row[0], type=learned(Rules)) if row and row[0] else Rules()

    def set_rules(self, model: RegisteredKey, rules: Rules, now: int) -> None:
        self._connection.run(_SET_RULES, owner=model.number, text=msgspec.json.encode(rules).decode(), now=now)
        self._changed(model)

    def _changed(self, model: RegisteredKey) -> None:
        self._connection.changed_model(model.number, model.name)

    def _hydrate(self, rows: Sequence[tuple[Any, ...]]) -> list[RegisteredModel]:
        """The models of rows that begin with `_ROW`, in their order; those that are not known are read."""
        # What a transaction sees that changes something may not come to be.
        if not self._connection.reads:
            return self._read(rows)
        known = self._connection.database.known_models
        found = {row[0]: model for row in rows if (model := known.get(row[0], row[6])) is not None}
        unknown = [row for row in rows if row[0] not in found]
        for row, model in zip(unknown, self._read(unknown) if unknown else (), strict=True):
            known.keep(row[0], row[6], model)
            found[row[0]] = model
        return [found[row[0]] for row in rows]

    def _read(self, rows: Sequence[tuple[Any, ...]]) -> list[RegisteredModel]:
        """The models of rows that begin with `_ROW`, with one query per table."""
        numbers = [row[0] for row in rows]
        tags = self._tags.of(numbers)
        versions = SqlModelVersions(self._connection)
        aliases = versions.aliases_of(numbers)
        latest = versions.latest_of(aliases)
        return [
            RegisteredModel(
                name=name,
                creation_time=created,
                last_update_time=updated,
                description=description,
                user_id=user,
                tags=tags[number],
                aliases=aliases[number],
                latest_versions=latest[number],
            )
            for number, name, created, updated, description, user, *_ in rows
        ]


def _exists(name: str) -> AlreadyExists:
    return AlreadyExists(f"Registered Model (name={name}) already exists.")
