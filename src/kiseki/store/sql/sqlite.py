"""A `Store` in one SQLite file: one writer, and a connection for each thread that reads."""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar, cast

from sqlalchemy import bindparam, insert, select
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from kiseki.domain.changes import Changes
from kiseki.store.protocol import Reads, Session
from kiseki.store.sql import migrate, sqlite_parts
from kiseki.store.sql.database import Connection, Database
from kiseki.store.sql.session import SqlSession
from kiseki.store.sql.sqlite_driver import READ_SECONDS, connect, on_network, path_of, translate
from kiseki.store.sql.sqlite_watch import Watch
from kiseki.store.sql.sqlite_writer import Writer
from kiseki.store.sql.tables import settings
from kiseki.store.sql.write_queue import closed

T = TypeVar("T")

_SECRET = select(settings.c.value).where(settings.c.name == "secret")
_ADD_SETTING = insert(settings).values(name=bindparam("name"), value=bindparam("value"))


class SqliteStore:
    """`kiseki.store.protocol.Store`. A forked child opens the file anew."""

    def __init__(self, uri: str, artifact_root: str) -> None:
        self._path = path_of(uri)
        self._artifact_root = artifact_root
        self._open()

    def _open(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._closed = False
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        driver = connect(self._path, "DELETE" if on_network(self._path) else "WAL")
        migrate.upgrade(self._path, driver, self._artifact_root)
        dialect = SQLiteDialect_pysqlite(paramstyle="qmark")
        parts = sqlite_parts.prepare(driver)
        self._database = Database(dialect, _secret(driver, dialect), self._artifact_root, parts=parts)
        self._watch = Watch(READ_SECONDS)
        self._writer = Writer(self._path, driver, self._database)

    def read(self, work: Callable[[Session], T]) -> T:
        self._check_open()
        driver = self._reader()
        self._watch.begin(driver)
        try:
            driver.execute("BEGIN")
            connection = Connection(self._database, driver, reads=True)
            try:
                result = work(SqlSession(connection))
                self._database.remember(connection.fresh_keys)
                return result
            finally:
                if driver.in_transaction:
                    driver.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise translate(error, self._path) from error
        finally:
            self._watch.end(driver)

    def submit(self, work: Callable[[Session], T], reads: Callable[[], Reads] | None = None) -> Future[T]:
        self._check_open()
        return self._writer.submit(work, reads)

    def write(self, work: Callable[[Session], T]) -> T:
        self._check_open()
        return cast("T", self._writer.write(work))

    def watch(self, listener: Callable[[Changes], None]) -> Callable[[], None]:
        self._check_open()
        try:
            return self._writer.listeners.add(listener)
        except sqlite3.Error as error:
            raise translate(error, self._path) from error

    def compact(self) -> None:
        self._check_open()
        self._writer.compact()

    def close(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._closed = True
        if self._process != os.getpid():
            return
        self._watch.close()
        for reader in self._readers:
            reader.close()
        self._writer.close()

    def _check_open(self) -> None:
        if self._process != os.getpid():
            self._open()
        if self._closed:
            raise closed()

    def _reader(self) -> sqlite3.Connection:
        """This thread's connection for reading."""
        driver: sqlite3.Connection | None = getattr(self._local, "driver", None)
        if driver is None:
            driver = self._local.driver = connect(self._path, None)
            driver.execute("PRAGMA query_only = ON")
            with self._lock:
                self._readers.append(driver)
        return driver


def _secret(driver: sqlite3.Connection, dialect: SQLiteDialect_pysqlite) -> bytes:
    """The secret with which page tokens are signed, made when the database has none."""
    connection = Connection(Database(dialect, b"", ""), driver)
    driver.execute("BEGIN IMMEDIATE")
    try:
        found = connection.row(_SECRET)
        if found is None:
            found = (secrets.token_hex(32),)
            connection.run(_ADD_SETTING, name="secret", value=found[0])
        driver.execute("COMMIT")
    except sqlite3.Error:
        driver.execute("ROLLBACK")
        raise
    return bytes.fromhex(found[0])
