"""Whole tables in SQL: pages of rows by primary key, rows as they are, and the numbers that come next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    Table,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    text,
)
from sqlalchemy.sql import Executable

from kiseki.store.sql.database import Connection
from kiseki.store.sql.tables import arrivals, experiments, metadata, settings

_ROWS: Final = 1_000
_BLOBS: Final = 64
"""A row with a blob may take some hundred KB."""
_NOTE: Final = "copy"

_OWN: Final = frozenset({settings.name})
"""What belongs to the database and not to the data: its secret and its notes."""

_GET_NOTE = select(settings.c.value).where(settings.c.name == _NOTE)
_ADD_NOTE = insert(settings).values(name=_NOTE, value=bindparam("told"))
_DELETE_NOTE = delete(settings).where(settings.c.name == _NOTE)
_REMOVE_DEFAULT = delete(experiments).where(experiments.c.number == 0)


class SqlRows:
    """`kiseki.store.care.Rows`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def tables(self) -> list[str]:
        # Arrivals last: a server moves them to segments when it comes upon them.
        names = [str(table.name) for table in metadata.sorted_tables if table.name not in {*_OWN, arrivals.name}]
        return [*names, str(arrivals.name)]

    def page(self, table: str, after: Sequence[Any] | None) -> list[tuple[Any, ...]]:
        first, following = _pages(table)
        if after is None:
            found = self._connection.rows(first)
        else:
            found = self._connection.rows(following, **{f"after_{i}": value for i, value in enumerate(after)})
        blobs = [i for i, column in enumerate(metadata.tables[table].columns) if isinstance(column.type, LargeBinary)]
        # Drivers hand blobs over in types of their own.
        return [_with_bytes(row, blobs) for row in found] if blobs else found

    def key(self, table: str, row: Sequence[Any]) -> list[Any]:
        columns = list(metadata.tables[table].columns)
        return [row[columns.index(column)] for column in metadata.tables[table].primary_key.columns]

    def count(self, table: str) -> int:
        ((count,),) = self._connection.rows(_count(table))
        return int(count)

    def add(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        where = metadata.tables[table]
        if where is experiments and any(row[0] == 0 for row in rows):
            self._connection.run(_REMOVE_DEFAULT)
        names = [f"new_{column.name}" for column in where.columns]
        self._connection.write_many(_insert(table), [dict(zip(names, row, strict=True)) for row in rows])

    def last_number(self, table: str) -> int:
        column = _numbered(metadata.tables[table])
        if column is None:
            return 0
        highest = self._connection.rows(_highest(table))[0][0] or 0
        query = _LAST_NUMBER.get(self._connection.database.dialect.name)
        row = self._connection.row(query, place=table) if query is not None else None
        return max(int(highest), int(row[0] or 0) if row else 0)

    def set_last_number(self, table: str, number: int) -> None:
        column = _numbered(metadata.tables[table])
        if column is None or number < 1:
            return
        match self._connection.database.dialect.name:
            case "sqlite":
                if not self._connection.run(_SET_SEQUENCE, place=table, last=number).rowcount:
                    self._connection.run(_ADD_SEQUENCE, place=table, last=number)
            case "postgresql":
                self._connection.run(_SET_SERIAL, place=table, last=number)
            case _:
                # No parameter can stand here; both parts are ours.
                self._connection.query_none(text(f"ALTER TABLE `{table}` AUTO_INCREMENT = {int(number) + 1}"))

    def is_empty(self) -> bool:
        counts = {table: self.count(table) for table in self.tables()}
        return counts.pop(experiments.name) <= 1 and not any(counts.values())

    def note(self) -> str:
        row = self._connection.row(_GET_NOTE)
        return row[0] if row else ""

    def set_note(self, text: str) -> None:
        self._connection.run(_DELETE_NOTE)
        if text:
            self._connection.run(_ADD_NOTE, told=text)


_LAST_NUMBER: Final[Mapping[str, Executable]] = {
    "sqlite": text("SELECT seq FROM sqlite_sequence WHERE name = :place"),
    "postgresql": text(
        "SELECT last_value FROM pg_sequences WHERE schemaname || '.' || sequencename = "
        "pg_get_serial_sequence(:place, 'number')"
    ),
    "mysql": text(
        "SELECT auto_increment - 1 FROM information_schema.tables WHERE table_schema = database() AND table_name = :place"
    ),
    "mariadb": text(
        "SELECT auto_increment - 1 FROM information_schema.tables WHERE table_schema = database() AND table_name = :place"
    ),
}
_SET_SEQUENCE = text("UPDATE sqlite_sequence SET seq = max(seq, :last) WHERE name = :place")
_ADD_SEQUENCE = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:place, :last)")
_SET_SERIAL = text("SELECT setval(pg_get_serial_sequence(:place, 'number'), :last)")


def _numbered(table: Table) -> Column[Any] | None:
    """The column whose values the database gives, None where there is none."""
    return table.autoincrement_column


@cache
def _pages(name: str) -> tuple[Executable, Executable]:
    """The query for the first page of a table, and for that behind a key."""
    table = metadata.tables[name]
    columns = list(table.primary_key.columns)
    most = _BLOBS if any(isinstance(column.type, LargeBinary) for column in table.columns) else _ROWS
    first = select(*table.columns).order_by(*columns).limit(most)
    return first, first.where(_behind(columns))


def _behind(columns: Sequence[Column[Any]]) -> ColumnElement[bool]:
    """Whether a key is greater than the parameters, in a form for which every database uses its index."""
    greater: ColumnElement[bool] | None = None
    for i, column in reversed(list(enumerate(columns))):
        value = bindparam(f"after_{i}", type_=column.type)
        greater = column > value if greater is None else and_(column >= value, or_(column > value, greater))
    assert greater is not None
    return greater


@cache
def _count(name: str) -> Executable:
    return select(func.count()).select_from(metadata.tables[name])


@cache
def _highest(name: str) -> Executable:
    column = _numbered(metadata.tables[name])
    assert column is not None
    return select(func.max(column))


@cache
def _insert(name: str) -> Executable:
    table = metadata.tables[name]
    return insert(table).values({column.name: bindparam(f"new_{column.name}") for column in table.columns})


def _with_bytes(row: tuple[Any, ...], places: Sequence[int]) -> tuple[Any, ...]:
    found = list(row)
    for i in places:
        if found[i] is not None:
            found[i] = bytes(found[i])
    return tuple(found)
