"""A connection to PostgreSQL that sends statements ahead, on psycopg's libpq.

psycopg's own cursors take 30 to 60 µs of processor time for each statement, most of what a small write takes. Here a statement
takes a third of that: it is prepared when it comes a second time, its parameters are text, and it waits in libpq's buffer until
an answer is wanted.
"""

from __future__ import annotations

import re
import select
from collections import deque
from collections.abc import Mapping, Sequence
from struct import pack
from typing import Any, Final

import psycopg
from psycopg import errors
from psycopg.adapt import Transformer
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGconn, PGresult

_PLACE: Final = re.compile(r"%\((\w+)\)[sb]|%s|%%")
_MOST_KNOWN: Final = 1_000
"""Statements that are told apart by their texts. Those of a program are fewer; those that searches make are without end."""
_BINARY: Final = 1
# Numbers of types, which are the same in all databases.
_ANY, _BOOL, _BYTEA, _INT8, _TEXT, _FLOAT8, _BYTEA_ARRAY, _TEXT_ARRAY, _INT8_ARRAY = (
    0,
    16,
    17,
    20,
    25,
    701,
    1001,
    1009,
    1016,
)
_SENT_BINARY: Final = {_BYTEA, _BYTEA_ARRAY, _TEXT_ARRAY}


class Sender:
    """A connection of DB-API 2.0, as far as the store uses one. It begins a transaction by itself, with the first statement.

    An error is raised where the answer to its statement is waited for, or by the next `commit`. What it raises is psycopg's.
    """

    def __init__(self, driver: psycopg.Connection[Any]) -> None:
        self._driver = driver
        self._libpq: PGconn = driver.pgconn
        self._queries: dict[str, _Query] = {}
        self._prepared = 0
        self._unanswered: deque[Cursor] = deque()
        self._begun = False
        self._failure: psycopg.Error | None = None
        self._poll = select.poll()
        self._libpq.nonblocking = 1
        self._libpq.enter_pipeline_mode()

    @property
    def closed(self) -> bool:
        """Whether it was closed, or lost."""
        return self._libpq.status == ConnStatus.BAD

    @property
    def broken(self) -> bool:
        """Whether it was lost."""
        return self.closed

    def cursor(self) -> Cursor:
        """A cursor, for one statement."""
        return Cursor(self)

    def execute(self, sql: str, parameters: Mapping[str, Any] | Sequence[Any] = ()) -> Cursor:
        """Sends a statement; what is returned has its answer."""
        cursor = Cursor(self)
        cursor.execute(sql, parameters)
        return cursor

    def send(self, cursor: Cursor, sql: str, parameters: Mapping[str, Any] | Sequence[Any]) -> None:
        """Sends a statement whose answer a cursor gets."""
        self._check()
        if not self._begun:
            self._begun = True
            self._command(b"BEGIN")
        query = self._queries.get(sql)
        if query is None:
            query = self._learn(sql)
        given = [parameters[name] for name in query.names] if isinstance(parameters, Mapping) else parameters
        values, kinds = _dumped(given)
        formats = None if _SENT_BINARY.isdisjoint(kinds) else [int(kind in _SENT_BINARY) for kind in kinds]
        name = query.prepared.get(kinds)
        if name is None and query.seen:
            # A number is used once: one of a preparation that failed may be known to the server or not.
            self._prepared += 1
            name = query.prepared[kinds] = b"%d" % self._prepared
            self._libpq.send_prepare(name, query.sql, list(kinds))
            self._unanswered.append(_Preparation(self, query, kinds))
        query.seen = True
        if name is None:
            self._libpq.send_query_params(query.sql, values, list(kinds), formats, _BINARY)
        else:
            self._libpq.send_query_prepared(name, values, formats, _BINARY)
        self._unanswered.append(cursor)

    def wait(self, cursor: Cursor) -> None:
        """Waits for the answer to a statement.

        Raises:
            psycopg.Error: It failed, or one before it did.
        """
        self._raise_failure()
        if cursor.result is None:
            self._libpq.send_flush_request()
            self._flush()
        while cursor.result is None:
            self._take()
            self._raise_failure()

    def sync(self) -> None:
        """Waits for the answers to all statements.

        Raises:
            psycopg.Error: One of them failed.
        """
        if self._unanswered:
            self.wait(self._unanswered[-1])

    def commit(self) -> None:
        """Waits until all is durable.

        Raises:
            psycopg.Error: A statement failed, and then nothing is kept until `rollback`; or the connection was lost.
        """
        if not self._begun:
            return
        self._check()
        end = self._command(b"COMMIT")
        failure = self._synchronize()
        if failure is None and (end.result is None or end.result.command_status != b"COMMIT"):
            failure = self._failure = errors.InFailedSqlTransaction("the transaction had failed before its end")
        if failure is not None:
            raise failure
        self._begun = False

    def rollback(self) -> None:
        """Ends a transaction of which nothing is kept.

        Raises:
            psycopg.Error: The connection was lost.
        """
        if not self._begun:
            return
        # After a failure the server does nothing until it is synchronized.
        self._synchronize()
        self._failure = None
        end = self._command(b"ROLLBACK")
        failure = self._synchronize()
        if failure is not None or end.result is None:
            self.close()
            raise failure or psycopg.OperationalError("the connection was lost")
        self._begun = False

    def close(self) -> None:
        """Closes the connection; what was not committed is gone."""
        self._driver.close()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _check(self) -> None:
        self._raise_failure()
        if self.closed:
            raise psycopg.OperationalError("the connection is closed")

    def _learn(self, sql: str) -> _Query:
        if len(self._queries) >= _MOST_KNOWN:
            return _Query.of(sql)
        query = self._queries[sql] = _Query.of(sql)
        return query

    def _command(self, sql: bytes) -> Cursor:
        cursor = Cursor(self)
        self._libpq.send_query_params(sql, None, None, None, _BINARY)
        self._unanswered.append(cursor)
        return cursor

    def _synchronize(self) -> psycopg.Error | None:
        """Waits for all answers and has the server begin anew after a failure, which is kept, and returned."""
        try:
            self._libpq.pipeline_sync()
            self._flush()
            while not self._take():
                pass
        except psycopg.OperationalError as error:
            self._failure = error
        self._unanswered.clear()
        return self._failure

    def _take(self) -> bool:
        """Takes the next answer; True when it is the one to a synchronization."""
        libpq = self._libpq
        while libpq.is_busy():
            self._wait_for(select.POLLIN)
            libpq.consume_input()
        result = libpq.get_result()
        if result is None:
            # Stands between the answers of two statements, or the connection was lost.
            self._raise_if_lost()
            return False
        status = result.status
        if status == ExecStatus.PIPELINE_SYNC:
            return True
        if not self._unanswered:
            self._raise_if_lost()
            raise psycopg.OperationalError("an answer to nothing came")
        cursor = self._unanswered.popleft()
        if status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            cursor.result = result
            return False
        cursor.fail()
        if self._failure is None:
            if status == ExecStatus.PIPELINE_ABORTED:
                self._failure = errors.InFailedSqlTransaction("a statement before this one failed")
            else:
                self._failure = errors.error_from_result(result)
        self._raise_if_lost()
        return False

    def _flush(self) -> None:
        """Hands all that was sent to the system."""
        while self._libpq.flush():
            # A server whose answers nobody reads does not read either.
            self._wait_for(select.POLLIN | select.POLLOUT)
            self._libpq.consume_input()

    def _wait_for(self, what: int) -> None:
        self._poll.register(self._libpq.socket, what)
        self._poll.poll()

    def _raise_if_lost(self) -> None:
        if self.closed:
            raise self._failure or psycopg.OperationalError(self._libpq.get_error_message())

    def rows(self, result: PGresult) -> list[tuple[Any, ...]]:
        """The rows of an answer."""
        transformer = Transformer(self._driver)
        transformer.set_pgresult(result)
        return transformer.load_rows(0, result.ntuples, tuple)


class Cursor:
    """One statement and its answer."""

    __slots__ = ("_found", "_sender", "result")

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._found: deque[tuple[Any, ...]] | None = None
        """The rows that were not fetched."""
        self.result: PGresult | None = None

    def execute(self, sql: str, parameters: Mapping[str, Any] | Sequence[Any] = ()) -> None:
        """Sends the statement."""
        self.result = self._found = None
        self._sender.send(self, sql, parameters)

    def executemany(self, sql: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Sends the statement once for each of the rows."""
        for row in rows:
            self.execute(sql, row)

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Waits for the rows that were not fetched."""
        found = self._rows()
        rows = list(found)
        found.clear()
        return rows

    def fetchone(self) -> tuple[Any, ...] | None:
        """Waits for the next row; None when there is no more."""
        found = self._rows()
        return found.popleft() if found else None

    @property
    def rowcount(self) -> int:
        """How many rows the statement found; waits for its answer."""
        self._sender.wait(self)
        assert self.result is not None
        return self.result.command_tuples or 0

    def fail(self) -> None:
        """Is told that the statement was not executed."""

    def _rows(self) -> deque[tuple[Any, ...]]:
        if self._found is None:
            self._sender.wait(self)
            assert self.result is not None
            self._found = deque(self._sender.rows(self.result))
        return self._found


class _Preparation(Cursor):
    """A statement on its way to be prepared."""

    __slots__ = ("_kinds", "_query")

    def __init__(self, sender: Sender, query: _Query, kinds: tuple[int, ...]) -> None:
        super().__init__(sender)
        self._query = query
        self._kinds = kinds

    def fail(self) -> None:
        self._query.prepared.pop(self._kinds, None)


class _Query:
    """A statement as the server takes it."""

    __slots__ = ("names", "prepared", "seen", "sql")

    def __init__(self, sql: bytes, names: tuple[str, ...]) -> None:
        self.sql = sql
        self.names = names
        self.seen = False
        self.prepared: dict[tuple[int, ...], bytes] = {}
        """The names under which it is prepared, by the types of its parameters."""

    @classmethod
    def of(cls, sql: str) -> _Query:
        names: dict[str, int] = {}
        places = 0

        def place(found: re.Match[str]) -> str:
            nonlocal places
            if found[0] == "%%":
                return "%"
            if found[1] is None:
                places += 1
                return f"${places}"
            return f"${names.setdefault(found[1], len(names) + 1)}"

        return cls(_PLACE.sub(place, sql).encode(), tuple(names))


def _dumped(values: Sequence[Any]) -> tuple[list[bytes | None], tuple[int, ...]]:
    """Parameters as libpq takes them, and the types that they have."""
    dumped: list[bytes | None] = []
    kinds = []
    for value in values:
        kind = type(value)
        if kind is int:
            dumped.append(b"%d" % value)
            kinds.append(_INT8)
        elif kind is str:
            # Of any type, as a literal in SQL is.
            dumped.append(_encoded(value))
            kinds.append(_ANY)
        elif value is None:
            dumped.append(None)
            kinds.append(_ANY)
        elif kind is bytes:
            dumped.append(value)
            kinds.append(_BYTEA)
        elif kind is list:
            content, element = _array(value)
            dumped.append(content)
            kinds.append(element)
        elif kind is float:
            dumped.append(repr(value).encode())
            kinds.append(_FLOAT8)
        elif kind is bool:
            dumped.append(b"t" if value else b"f")
            kinds.append(_BOOL)
        else:
            raise psycopg.ProgrammingError(f"a parameter is a {kind.__name__}, which is sent to no database")
    return dumped, tuple(kinds)


def _array(values: Sequence[Any]) -> tuple[bytes, int]:
    """A list parameter and its type: numbers as text, texts and blobs as the server has them, which needs no quotes."""
    kinds = {type(value) for value in values}
    nulls = type(None) in kinds
    kinds.discard(type(None))
    if kinds <= {int}:
        texts = ["NULL" if value is None else str(value) for value in values] if nulls else map(str, values)
        return f"{{{','.join(texts)}}}".encode(), _INT8_ARRAY if kinds else _ANY
    if kinds == {str}:
        element, array = _TEXT, _TEXT_ARRAY
        values = [value if value is None else _encoded(value) for value in values]
    elif kinds == {bytes}:
        element, array = _BYTEA, _BYTEA_ARRAY
    else:
        names = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise psycopg.ProgrammingError(f"a list parameter has {names}; it is to have numbers, texts or blobs alone")
    # One dimension, whether there is NULL, the type, the length, the first index; then each with its length before it.
    parts = [pack(">iiIii", 1, nulls, element, len(values), 1)]
    for value in values:
        parts += (pack(">i", -1),) if value is None else (pack(">i", len(value)), value)
    return b"".join(parts), array


def _encoded(text: str) -> bytes:
    if "\0" in text:
        raise psycopg.DataError("PostgreSQL has no texts with NUL (0x00) in them")
    return text.encode()
