"""Versions of registered models in SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

import msgspec
from sqlalchemy import and_, bindparam, delete, insert, literal_column, select, true, union_all, update

from kiseki.base.learned import learned
from kiseki.domain.model_versions import FileDigest, ModelVersion, Stage, VersionStatus, is_prompt
from kiseki.domain.runs import Page
from kiseki.query import Node, OrderTerm
from kiseki.store.ordered import text_hash
from kiseki.store.registry import RegisteredKey, VersionKey
from kiseki.store.sql import search_registry
from kiseki.store.sql.database import Connection
from kiseki.store.sql.registry_tags import VERSIONS, SqlRegistryTags
from kiseki.store.sql.tables import model_version_files, model_versions, registered_model_aliases, registered_models

_ROW: Final = (
    model_versions.c.number,
    model_versions.c.model,
    model_versions.c.name,
    model_versions.c.version,
    model_versions.c.creation_time,
    model_versions.c.last_update_time,
    model_versions.c.source,
    model_versions.c.location,
    model_versions.c.run_id,
    model_versions.c.model_id,
    model_versions.c.user_id,
    model_versions.c.stage,
    model_versions.c.status,
    model_versions.c.status_message,
    model_versions.c.description,
    model_versions.c.run_link,
)
_LOCATE = select(
    model_versions.c.number,
    model_versions.c.model,
    model_versions.c.name,
    model_versions.c.version,
    model_versions.c.stage,
)
_LOCATE_ONE = _LOCATE.where(model_versions.c.name == bindparam("named"), model_versions.c.version == bindparam("which"))
_OF_STAGE = _LOCATE.where(
    model_versions.c.model == bindparam("owner"), model_versions.c.stage == bindparam("wanted")
).order_by(model_versions.c.version)
_GET = select(*_ROW).where(model_versions.c.name == bindparam("named"), model_versions.c.version == bindparam("which"))
_ALIASED = (
    select(*_ROW)
    .join(registered_models, registered_models.c.number == model_versions.c.model)
    .join(
        registered_model_aliases,
        and_(
            registered_model_aliases.c.model == model_versions.c.model,
            registered_model_aliases.c.version == model_versions.c.version,
        ),
    )
    .where(registered_models.c.name == bindparam("named"), registered_model_aliases.c.alias == bindparam("called"))
)
_ALIASES = select(
    registered_model_aliases.c.model, registered_model_aliases.c.alias, registered_model_aliases.c.version
).where(registered_model_aliases.c.model.in_(bindparam("numbers", expanding=True)))
_EACH_STAGE = union_all(*(select(literal_column(f"'{stage.value}'").label("stage")) for stage in Stage)).subquery()
_OF_EACH = model_versions.alias()
# One look into the index for each stage: grouped, all versions of each model would be read. The rows are a statement of their
# own, since PostgreSQL reads the whole table to join them.
_NEWEST_OF_STAGES = (
    select(
        select(_OF_EACH.c.number)
        .where(_OF_EACH.c.model == registered_models.c.number, _OF_EACH.c.stage == _EACH_STAGE.c.stage)
        .order_by(_OF_EACH.c.version.desc())
        .limit(1)
        .scalar_subquery()
        .label("number")
    )
    .select_from(registered_models.join(_EACH_STAGE, true()))
    .where(registered_models.c.number.in_(bindparam("numbers", expanding=True)))
)
_OF_NUMBERS = select(*_ROW).where(model_versions.c.number.in_(bindparam("numbers", expanding=True)))
_LATEST = (
    select(*_ROW).where(model_versions.c.model == bindparam("owner")).order_by(model_versions.c.version.desc()).limit(1)
)
_LAST_VERSION = select(registered_models.c.last_version).where(registered_models.c.number == bindparam("owner"))
_COUNT_UP = (
    update(registered_models)
    .where(registered_models.c.number == bindparam("owner"))
    .values(last_version=bindparam("last"), last_update_time=bindparam("now"))
)
_ADD = insert(model_versions).values(
    model=bindparam("model"),
    name=bindparam("name"),
    version=bindparam("version"),
    source=bindparam("source"),
    source_hash=bindparam("source_hash"),
    location=bindparam("location"),
    run_id=bindparam("run_id"),
    model_id=bindparam("model_id"),
    user_id=bindparam("user_id"),
    stage=bindparam("stage"),
    status=bindparam("status"),
    status_message=bindparam("status_message"),
    description=bindparam("description"),
    run_link=bindparam("run_link"),
    creation_time=bindparam("creation_time"),
    last_update_time=bindparam("last_update_time"),
    is_prompt=bindparam("is_prompt"),
)
_DESCRIBE = (
    update(model_versions)
    .where(model_versions.c.number == bindparam("owner"))
    .values(description=bindparam("text"), last_update_time=bindparam("now"))
)
_SET_STAGE = (
    update(model_versions)
    .where(model_versions.c.number == bindparam("owner"))
    .values(stage=bindparam("wanted"), last_update_time=bindparam("now"))
)
_DELETE = delete(model_versions).where(model_versions.c.number == bindparam("owner"))
_DELETE_FILES = delete(model_version_files).where(model_version_files.c.version == bindparam("owner"))
_ADD_FILES = insert(model_version_files).values(version=bindparam("version"), files=bindparam("files"))
_FILES = select(model_version_files.c.files).where(model_version_files.c.version == bindparam("owner"))

# A page has hundreds of them, and to make one of an enumeration takes longer than to look it up.
_STAGES: Final = {stage.value: stage for stage in Stage}
_STATUSES: Final = {status.value: status for status in VersionStatus}


class SqlModelVersions:
    """`kiseki.store.registry.ModelVersions`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._tags = SqlRegistryTags(connection, VERSIONS)

    def add(self, model: RegisteredKey, version: ModelVersion) -> VersionKey:
        (last,) = self._connection.rows(_LAST_VERSION, owner=model.number)[0]
        number = self._connection.add(
            _ADD,
            model=model.number,
            name=model.name,
            version=last + 1,
            source=version.source,
            source_hash=text_hash(version.source),
            location=version.location,
            run_id=version.run_id,
            model_id=version.model_id,
            user_id=version.user_id,
            stage=version.stage.value,
            status=version.status.value,
            status_message=version.status_message,
            description=version.description,
            run_link=version.run_link,
            creation_time=version.creation_time,
            last_update_time=version.last_update_time,
            is_prompt=int(is_prompt(version.tags)),
        )
        self._connection.run(_COUNT_UP, owner=model.number, last=last + 1, now=version.last_update_time)
        self._tags.add(number, version.tags)
        key = VersionKey(number=number, model=model.number, name=model.name, version=last + 1, stage=version.stage)
        self._changed(key)
        return key

    def locate(self, name: str, version: int) -> VersionKey | None:
        row = self._connection.row(_LOCATE_ONE, named=name, which=version)
        return None if row is None else _key(row)

    def get(self, name: str, version: int) -> ModelVersion | None:
        rows = self._connection.rows(_GET, named=name, which=version)
        return next(iter(self._hydrate(rows)), None)

    def aliased(self, name: str, alias: str) -> ModelVersion | None:
        rows = self._connection.rows(_ALIASED, named=name, called=alias)
        return next(iter(self._hydrate(rows)), None)

    def latest(self, model: RegisteredKey, stages: Collection[Stage] | None) -> list[ModelVersion]:
        if stages is None:
            return self._hydrate(self._connection.rows(_LATEST, owner=model.number))
        found = self.latest_of(self.aliases_of([model.number]))
        return [one for one in found[model.number] if one.stage in stages]

    def aliases_of(self, models: Collection[int]) -> dict[int, dict[str, int]]:
        """The versions of the aliases of each of some models, by alias."""
        found: dict[int, dict[str, int]] = {number: {} for number in models}
        for number, alias, version in sorted(self._connection.rows_in(_ALIASES, "numbers", list(found))):
            found[number][alias] = version
        return found

    def latest_of(self, aliases: Mapping[int, Mapping[str, int]]) -> dict[int, list[ModelVersion]]:
        """The version of the greatest number in each stage, by number, of each of the models that have these aliases."""
        found: dict[int, list[ModelVersion]] = {number: [] for number in aliases}
        newest = self._connection.rows_in(_NEWEST_OF_STAGES, "numbers", list(aliases))
        numbers = [number for (number,) in newest if number is not None]
        rows = sorted(self._connection.rows_in(_OF_NUMBERS, "numbers", numbers), key=itemgetter(3))
        for row, version in zip(rows, self._made(rows, aliases), strict=True):
            found[row[1]].append(version)
        return found

    def search(
        self, where: Node | None, prompts: bool, order_by: Sequence[OrderTerm], max_results: int, page_token: str
    ) -> Page[ModelVersion]:
        rows, token = search_registry.model_versions(
            self._connection, _ROW, where, prompts, order_by, max_results, page_token
        )
        return Page(items=self._hydrate(rows), next_page_token=token)

    def describe(self, version: VersionKey, description: str, now: int) -> None:
        self._connection.run(_DESCRIBE, owner=version.number, text=description, now=now)
        self._changed(version)

    def set_stage(self, version: VersionKey, stage: Stage, now: int) -> None:
        self._connection.run(_SET_STAGE, owner=version.number, wanted=stage.value, now=now)
        self._changed(version)

    def of_stage(self, model: RegisteredKey, stage: Stage) -> list[VersionKey]:
        return [_key(row) for row in self._connection.rows(_OF_STAGE, owner=model.number, wanted=stage.value)]

    def delete(self, version: VersionKey) -> None:
        self._tags.delete_all(version.number)
        self._connection.run(_DELETE_FILES, owner=version.number)
        self._connection.run(_DELETE, owner=version.number)
        self._changed(version)

    def set_tags(self, version: VersionKey, tags: Mapping[str, str]) -> None:
        self._tags.set(version.number, tags)
        self._changed(version)

    def delete_tag(self, version: VersionKey, key: str) -> bool:
        self._changed(version)
        return self._tags.delete(version.number, key)

    def record_files(self, version: VersionKey, files: Sequence[FileDigest]) -> None:
        self._connection.run(_ADD_FILES, version=version.number, files=msgspec.json.encode(files))

    def files(self, version: VersionKey) -> list[FileDigest] | None:
        row = self._connection.row(_FILES, owner=version.number)
        return None if row is None else msgspec.json.decode(row[0], type=learned(list[FileDigest]))

    def _changed(self, version: VersionKey) -> None:
        self._connection.changed_model(version.model, version.name)

    def _hydrate(self, rows: Sequence[tuple[Any, ...]]) -> list[ModelVersion]:
        """The versions of rows that begin with `_ROW`, with one query per table."""
        return self._made(rows, self.aliases_of({row[1] for row in rows})) if rows else []

    def _made(self, rows: Sequence[tuple[Any, ...]], aliases: Mapping[int, Mapping[str, int]]) -> list[ModelVersion]:
        """The versions of rows that begin with `_ROW`, whose models have these aliases."""
        tags = self._tags.of([row[0] for row in rows])
        named: dict[tuple[int, int], list[str]] = {}
        for model, versions in aliases.items():
            for alias, version in versions.items():
                named.setdefault((model, version), []).append(alias)
        return [
            ModelVersion(
                name=row[2],
                version=row[3],
                creation_time=row[4],
                last_update_time=row[5],
                source=row[6],
                location=row[7],
                run_id=row[8],
                model_id=row[9],
                user_id=row[10],
                stage=_STAGES[row[11]],
                status=_STATUSES[row[12]],
                status_message=row[13],
                description=row[14],
                run_link=row[15],
                tags=tags[row[0]],
                aliases=tuple(named.get((row[1], row[3]), ())),
            )
            for row in rows
        ]


def _key(row: tuple[Any, ...]) -> VersionKey:
    """The key of a row of `_LOCATE`."""
    number, model, name, version, stage = row
    return VersionKey(number=number, model=model, name=name, version=version, stage=Stage(stage))
