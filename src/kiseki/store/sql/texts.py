"""Params and tags in SQL: texts by key, of runs or of logged models."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Table, and_, bindparam, delete, insert, select, update

from kiseki.store.ordered import text_hash
from kiseki.store.sql.database import Connection
from kiseki.store.sql.statement import PAIRS
from kiseki.store.sql.tables import logged_model_params, logged_model_tags, params, tags


class Texts:
    """The statements of one table. `owner` is what its rows are of: the column `run` or `model`."""

    def __init__(self, table: Table, owner: str) -> None:
        of = table.c[owner]
        self.name = table.name
        self.of_owners = select(of, table.c.key, table.c.value).where(of.in_(bindparam("numbers", expanding=True)))
        self.some = select(table.c.key, table.c.value).where(
            of == bindparam("number"), table.c.key.in_(bindparam("keys", expanding=True))
        )
        self.of_pairs = select(of, table.c.key, table.c.value).join(
            PAIRS, and_(of == PAIRS.c.owner, table.c.key == PAIRS.c.key)
        )
        self.add = insert(table).values(
            {
                of: bindparam("number"),
                table.c.key: bindparam("name"),
                table.c.experiment: bindparam("group"),
                table.c.hash: bindparam("digest"),
                table.c.value: bindparam("text"),
            }
        )
        self.change = (
            update(table)
            .where(of == bindparam("number"), table.c.key == bindparam("name"))
            .values(hash=bindparam("digest"), value=bindparam("text"))
        )
        self.delete = delete(table).where(of == bindparam("number"), table.c.key == bindparam("name"))


PARAMS: Final = Texts(params, "run")
TAGS: Final = Texts(tags, "run")
MODEL_PARAMS: Final = Texts(logged_model_params, "model")
MODEL_TAGS: Final = Texts(logged_model_tags, "model")


class SqlTexts:
    """The texts of one table over one connection, by the number of their owner, which is held by whoever changes them."""

    def __init__(self, connection: Connection, texts: Texts) -> None:
        self._connection = connection
        self._texts = texts

    def rows(self, numbers: Sequence[int]) -> list[tuple[int, int, str]]:
        """All texts of some owners: number of the owner, number of the key, value."""
        return self._connection.rows_in(self._texts.of_owners, "numbers", numbers)

    def some(self, number: int, keys: Iterable[str]) -> dict[str, str]:
        """Those of the texts that there are."""
        numbers = self._connection.find_keys(list(keys))
        names = {key: name for name, key in numbers.items()}
        known = self._connection.ahead.find(self._texts.name, number, list(names))
        if known is None:
            known = dict(self._connection.rows_in(self._texts.some, "keys", list(names), number=number))
        return {names[key]: value for key, value in known.items()}

    def read_ahead(self, wanted: Mapping[int, Collection[str]]) -> Callable[[], None]:
        """Asks for texts, by the number of their owner; what is returned keeps them."""
        return self._connection.ask_ahead(self._texts.name, self._texts.of_pairs, wanted, lambda row: row[2])

    def add(self, number: int, experiment: int, values: Mapping[str, str]) -> None:
        """Adds texts that there are not."""
        if not values:
            return
        keys = self._connection.key_numbers(list(values))
        self._connection.ahead.write(self._texts.name, number, {keys[key]: value for key, value in values.items()})
        self._connection.write_many(
            self._texts.add, [{"group": experiment, **_row(number, keys[key], value)} for key, value in values.items()]
        )

    def set(self, number: int, experiment: int, values: Mapping[str, str]) -> None:
        """Adds or changes texts."""
        present = self.some(number, values)
        self.add(number, experiment, {key: value for key, value in values.items() if key not in present})
        changed = {key: value for key, value in values.items() if present.get(key, value) != value}
        keys = self._connection.find_keys(list(changed))
        self._connection.ahead.write(self._texts.name, number, {keys[key]: value for key, value in changed.items()})
        self._connection.write_many(
            self._texts.change, [_row(number, keys[key], value) for key, value in changed.items()]
        )

    def delete(self, number: int, key: str) -> bool:
        """Removes a text; False when there was none."""
        found = self._connection.find_keys([key]).get(key)
        if found is None:
            return False
        self._connection.ahead.write(self._texts.name, number, {found: None})
        return bool(self._connection.change(self._texts.delete, number=number, name=found))


def _row(number: int, key: int, value: str) -> dict[str, Any]:
    return {"number": number, "name": key, "digest": text_hash(value), "text": value}
