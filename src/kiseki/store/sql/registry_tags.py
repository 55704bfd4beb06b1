"""Tags of registered models and of versions in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Table, bindparam, delete, insert, select, update

from kiseki.domain.model_versions import PROMPT_TAG, is_prompt
from kiseki.store.ordered import text_hash
from kiseki.store.sql.database import Connection
from kiseki.store.sql.tables import model_version_tags, model_versions, registered_model_tags, registered_models


class RegistryTags:
    """The statements of one table. `owner` is the column with the number of a row of `owners`."""

    def __init__(self, table: Table, owner: str, owners: Table) -> None:
        of = table.c[owner]
        self.of_owners = select(of, table.c.name, table.c.value).where(of.in_(bindparam("numbers", expanding=True)))
        self.add = insert(table).values(
            {
                of: bindparam("owner"),
                table.c.name: bindparam("key"),
                table.c.hash: bindparam("digest"),
                table.c.value: bindparam("text"),
            }
        )
        self.change = (
            update(table)
            .where(of == bindparam("owner"), table.c.name == bindparam("key"))
            .values(hash=bindparam("digest"), value=bindparam("text"))
        )
        self.delete = delete(table).where(of == bindparam("owner"), table.c.name == bindparam("key"))
        self.delete_all = delete(table).where(of == bindparam("owner"))
        self.mark = update(owners).where(owners.c.number == bindparam("owner")).values(is_prompt=bindparam("mark"))


MODELS: Final = RegistryTags(registered_model_tags, "model", registered_models)
VERSIONS: Final = RegistryTags(model_version_tags, "version", model_versions)


class SqlRegistryTags:
    """The tags of one table over one connection, by the number of their owner, which is held by whoever changes them."""

    def __init__(self, connection: Connection, tags: RegistryTags) -> None:
        self._connection = connection
        self._tags = tags

    def of(self, numbers: Sequence[int]) -> dict[int, dict[str, str]]:
        """The tags of some owners, by key."""
        found: dict[int, dict[str, str]] = {number: {} for number in numbers}
        rows = self._connection.rows_in(self._tags.of_owners, "numbers", numbers)
        for number, key, value in sorted(rows):
            found[number][key] = value
        return found

    def add(self, number: int, tags: Mapping[str, str]) -> None:
        """Adds tags that there are not."""
        rows: list[dict[str, Any]] = [
            {"owner": number, "key": key, "digest": text_hash(value), "text": value} for key, value in tags.items()
        ]
        self._connection.write_many(self._tags.add, rows)

    def set(self, number: int, tags: Mapping[str, str]) -> None:
        """Adds or changes tags."""
        present = self.of([number])[number]
        self.add(number, {key: value for key, value in tags.items() if key not in present})
        for key, value in tags.items():
            if present.get(key, value) != value:
                self._connection.run(self._tags.change, owner=number, key=key, digest=text_hash(value), text=value)
        if PROMPT_TAG in tags:
            self._connection.run(self._tags.mark, owner=number, mark=int(is_prompt(tags)))

    def delete(self, number: int, key: str) -> bool:
        """Removes a tag; False when there was none."""
        if key == PROMPT_TAG:
            self._connection.run(self._tags.mark, owner=number, mark=0)
        return bool(self._connection.change(self._tags.delete, owner=number, key=key))

    def delete_all(self, number: int) -> None:
        """Removes all tags of an owner."""
        self._connection.run(self._tags.delete_all, owner=number)
