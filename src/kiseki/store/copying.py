"""Copies of whole databases, from any kind to any other: table by table, in pages, compared at the end.

Numbers are kept, so that ids and artifact locations mean the same, and each page is a transaction of the target that
also notes how far the copy is. A copy that was killed goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, Final, Protocol, TypeVar

import msgspec

from kiseki.base.errors import Conflict, IntegrityError
from kiseki.base.learned import learned
from kiseki.store.care import TableDigest
from kiseki.store.protocol import Session, Store

T = TypeVar("T")

_MODULUS: Final = 2**256


class Source(Protocol):
    """What is copied: one consistent state of a database for the whole of the work."""

    def read(self, work: Callable[[Session], T]) -> T:
        """Runs work that changes nothing."""
        ...


class Watcher(Protocol):
    """Who is told how far a copy is."""

    def expect(self, more: int) -> None:
        """There are so many more rows to go through."""
        ...

    def advance(self, done: int) -> None:
        """So many rows more are done."""
        ...


class _Note(msgspec.Struct, kw_only=True):
    """How far a copy is: the table that is being copied, and the key of its last row that is there."""

    table: str = ""
    after: list[Any] | None = None


class Digest:
    """The digest of rows in whatever order they come: the sum of the SHA-256 of each.

    Databases order texts differently, so an order is nothing to rely on.
    """

    def __init__(self) -> None:
        self._sum = 0
        self._rows = 0

    def add(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Takes rows in."""
        for row in rows:
            self._sum += int.from_bytes(sha256(msgspec.msgpack.encode(row)).digest(), "little")
        self._rows += len(rows)

    def digest(self) -> TableDigest:
        """What was taken in so far."""
        return TableDigest(rows=self._rows, digest=f"{self._sum % _MODULUS:064x}")


def copy(source: Source, target: Store, watcher: Watcher) -> dict[str, TableDigest]:
    """Copies everything to an empty database and compares the two; returns what each table has.

    Raises:
        Conflict: The target has data that are not of an unfinished copy.
        IntegrityError: The target has something else than the source at the end.
    """
    if target.read(_note_of) is None:
        if not target.read(lambda session: session.rows.is_empty()):
            raise Conflict(
                "The target has data already. Nothing was copied: give an empty database, or a new file for SQLite."
            )
        # From here on the target is not taken for a database that somebody uses.
        target.write(lambda session: session.rows.set_note(_encoded(_Note())))
    found = source.read(lambda session: _copy(session, target, watcher))
    # Not while the source is read, whose server may end a transaction in which nothing happens.
    _compare(found, target, watcher)
    target.write(lambda session: session.rows.set_note(""))
    return found


def digests(source: Source, watcher: Watcher) -> dict[str, TableDigest]:
    """What each table of a database has."""

    def work(session: Session) -> dict[str, TableDigest]:
        found = {}
        for table in session.rows.tables():
            digest = Digest()
            after: list[Any] | None = None
            while rows := session.rows.page(table, after):
                digest.add(rows)
                watcher.advance(len(rows))
                after = session.rows.key(table, rows[-1])
            found[table] = digest.digest()
        return found

    return source.read(work)


def _copy(session: Session, target: Store, watcher: Watcher) -> dict[str, TableDigest]:
    # Here, since a store does a read again whose connection was lost.
    note = target.read(_note_of) or _Note()
    tables = session.rows.tables()
    total = sum(session.rows.count(table) for table in tables)
    watcher.expect(2 * total)
    found: dict[str, TableDigest] = {}
    done = tables.index(note.table) if note.table else 0
    for i, table in enumerate(tables):
        digest = Digest()
        # What an earlier try has copied is read again for its digest and not written again.
        last = note.after if i == done else None
        skipping = i < done or last is not None
        after: list[Any] | None = None
        while rows := session.rows.page(table, after):
            after = session.rows.key(table, rows[-1])
            digest.add(rows)
            if not skipping:
                target.write(_adding(table, rows, after))
            elif last is not None and after == last:
                skipping = False
            watcher.advance(len(rows))
        if skipping and last is not None:
            raise _changed(table)
        found[table] = digest.digest()
        number = session.rows.last_number(table)
        target.write(_numbering(table, number))
    return found


def _compare(expected: dict[str, TableDigest], target: Store, watcher: Watcher) -> None:
    for table, wanted in expected.items():
        digest = Digest()
        after: list[Any] | None = None
        # A transaction for each page, since a store may end reads that take long.
        while rows := target.read(_paging(table, after)):
            digest.add(rows)
            watcher.advance(len(rows))
            after = target.read(_keying(table, rows[-1]))
        if digest.digest() != wanted:
            raise _changed(table)


def _changed(table: str) -> IntegrityError:
    return IntegrityError(
        f"The copy differs from its source in the table {table!r}: the source has changed since an earlier try, or "
        "somebody else wrote to the target. Empty the target, or take a new file, and copy again."
    )


def _note_of(session: Session) -> _Note | None:
    told = session.rows.note()
    return msgspec.json.decode(told, type=learned(_Note)) if told else None


def _encoded(note: _Note) -> str:
    return msgspec.json.encode(note).decode()


def _adding(table: str, rows: list[tuple[Any, ...]], after: list[Any]) -> Callable[[Session], None]:
    def work(session: Session) -> None:
        session.rows.add(table, rows)
        session.rows.set_note(_encoded(_Note(table=table, after=after)))

    return work


def _numbering(table: str, number: int) -> Callable[[Session], None]:
    return lambda session: session.rows.set_last_number(table, number)


def _paging(table: str, after: list[Any] | None) -> Callable[[Session], list[tuple[Any, ...]]]:
    return lambda session: session.rows.page(table, after)


def _keying(table: str, row: tuple[Any, ...]) -> Callable[[Session], list[Any]]:
    return lambda session: session.rows.key(table, row)
