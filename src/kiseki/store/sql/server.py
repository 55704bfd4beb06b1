"""A `Store` on a database server: PostgreSQL, MariaDB or MySQL. Any number of processes may have one on the same database."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, TypeVar, cast

from kiseki.domain.changes import Changes
from kiseki.store.protocol import Reads, Session
from kiseki.store.sql import server_schema
from kiseki.store.sql.database import Connection, Database
from kiseki.store.sql.engine import Engine
from kiseki.store.sql.server_changes import Listeners
from kiseki.store.sql.server_keys import Keys
from kiseki.store.sql.server_pool import Pool
from kiseki.store.sql.server_writer import Writer
from kiseki.store.sql.session import SqlSession
from kiseki.store.sql.write_queue import closed

T = TypeVar("T")

READERS: Final = 8
WRITERS: Final = 4
"""The most connections of a process for reading and for writing; one more adds keys, and one hears of other processes."""


class ServerStore:
    """`kiseki.store.protocol.Store`. A forked child connects anew."""

    def __init__(self, engine: Engine, artifact_root: str) -> None:
        self._engine = engine
        self._artifact_root = artifact_root
        self._opening = threading.Lock()
        self._open()

    def _open(self) -> None:
        self._closed = False
        engine = self._engine
        secret = server_schema.prepare(engine, self._artifact_root)
        self._writers = Pool(engine, engine.connect_to_write, WRITERS)
        self._readers = Pool(engine, engine.connect_to_read, READERS)
        self._keys = Keys(engine)
        self._database = Database(
            engine.dialect,
            secret,
            self._artifact_root,
            arrays=engine.arrays,
            returns=engine.returns,
            walks=engine.walks,
            add_keys=self._keys.add,
        )
        self._listeners = Listeners(engine)
        self._writer = Writer(engine, self._database, self._writers, self._listeners)
        # Last: another thread that sees it uses the rest.
        self._process = os.getpid()

    def read(self, work: Callable[[Session], T]) -> T:
        self._check_open()
        try:
            return self._read(work)
        except Exception as error:
            if self._engine.is_failure(error):
                raise self._engine.translate(error) from error
            raise

    def _read(self, work: Callable[[Session], T]) -> T:
        """Reads once, and once more if the connection turns out to be gone: the server was restarted."""
        engine = self._engine
        for again in (True, False):
            with self._readers.connection() as driver:
                try:
                    engine.begin_read(driver)
                    connection = Connection(self._database, driver, reads=True)
                    result = work(SqlSession(connection))
                    self._database.remember(connection.fresh_keys)
                    driver.rollback()
                    return result
                except Exception as error:
                    if not engine.is_failure(error) or not engine.is_lost(driver):
                        raise
                    self._readers.forget()
                    if not again:
                        raise
        raise AssertionError("unreachable")

    def submit(self, work: Callable[[Session], T], reads: Callable[[], Reads] | None = None) -> Future[T]:
        self._check_open()
        return self._writer.submit(work, reads)

    def write(self, work: Callable[[Session], T]) -> T:
        self._check_open()
        return cast("T", self._writer.write(work))

    def watch(self, listener: Callable[[Changes], None]) -> Callable[[], None]:
        self._check_open()
        return self._listeners.add(listener)

    def compact(self) -> None:
        self._check_open()
        self._writer.compact()

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._process != os.getpid():
            return
        self._writer.close()
        self._listeners.close()
        self._readers.close()
        self._writers.close()
        self._keys.close()

    def _check_open(self) -> None:
        if self._process != os.getpid():
            with self._opening:
                if self._process != os.getpid():
                    self._open()
        if self._closed:
            raise closed()
