"""The one writer of a SQLite file: group commit, and what is done when nothing waits."""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from kiseki.base.errors import Unavailable
from kiseki.domain.changes import Changes
from kiseki.store.protocol import Session
from kiseki.store.sql.compaction import Compaction
from kiseki.store.sql.database import Connection, Database
from kiseki.store.sql.session import SqlSession
from kiseki.store.sql.sqlite_changes import Listeners
from kiseki.store.sql.sqlite_driver import translate
from kiseki.store.sql.write_queue import Foresight, Job, Work, WriteQueue

_GROUP_LIMIT: Final = 256
_IDLE_SECONDS: Final = 1.0
_VACUUM_PART: Final = 8
"""With more than this part of the file free, its pages are given back."""

log = logging.getLogger("kiseki.store")


class Writer:
    """Writes to one SQLite file.

    Queued work is run by a thread of its own, which groups what waits into one commit. A caller that waits for its
    result anyway runs its work itself, without the way to another thread and back.
    """

    def __init__(self, path: Path, driver: sqlite3.Connection, database: Database) -> None:
        self._path = path
        self._driver = driver
        self._database = database
        self.listeners = Listeners(self._version)
        """Who is told of what was committed."""
        self._compaction = Compaction()
        self._log_grew = False
        self._writing = threading.Lock()
        """Held by whoever uses the connection."""
        self._queue = WriteQueue(_GROUP_LIMIT)
        self._thread = threading.Thread(target=self._run, name="kiseki-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work, reads: Foresight | None = None) -> Future[Any]:
        """Queues work; the future has its result once it is durable."""
        return self._queue.submit(work, reads)

    def write(self, work: Work) -> Any:
        """Runs work in this thread and returns its result once it is durable."""
        future: Future[Any] = Future()
        with self._writing:
            self._queue.check_open()
            self._commit([Job(work, future)])
            if self._compaction.overdue:
                self._compact()
        return future.result()

    def compact(self) -> None:
        """Moves everything that arrived to segments."""

        def everything(session: Session) -> None:
            assert isinstance(session, SqlSession)
            self._compaction.everything(session.connection)

        self.write(everything)

    def close(self) -> None:
        """Ends the thread after what is queued, and closes the connection."""
        if not self._queue.close():
            return
        self._thread.join()
        self.listeners.close()
        with self._writing:
            self._shorten_log()
            self._driver.close()

    def _run(self) -> None:
        """The thread."""
        while True:
            try:
                group, ended = self._queue.take(_IDLE_SECONDS if self._compaction.due or self._log_grew else None)
            except queue.Empty:
                with self._writing:
                    if self._compaction.due:
                        self._compact()
                    else:
                        self._shorten_log()
                continue
            with self._writing:
                self._commit(group)
                if ended:
                    return
                if self._compaction.overdue:
                    self._compact()

    def _commit(self, group: list[Job]) -> None:
        """Runs each piece of work in a savepoint of its own and answers all after one commit."""
        group = [job for job in group if job.future.set_running_or_notify_cancel()]
        try:
            answers = self._answers(group)
        except sqlite3.Error as error:
            self._roll_back()
            if len(group) == 1:
                group[0].future.set_exception(translate(error, self._path))
            else:
                # One piece may have failed for all, with a constraint of its own: each gets its own transaction.
                for work, future, _ in group:
                    again: Future[Any] = Future()
                    self._commit([Job(work, again)])
                    _answer(future, again.exception() or again.result(), failed=again.exception() is not None)
            return
        except BaseException as error:
            self._roll_back()
            failure = error
            if isinstance(error, Exception):
                log.error("a group of writes failed", exc_info=error)
                failure = Unavailable("The database failed. Nothing was stored; the log has the details.")
            for job in group:
                job.future.set_exception(failure)
            return
        for job, (answer, failed) in zip(group, answers, strict=True):
            _answer(job.future, answer, failed=failed)

    def _answers(self, group: list[Job]) -> list[tuple[Any, bool]]:
        """The result of each piece of work, or what it raised and True; durable."""
        if not group:
            return []
        driver = self._driver
        self._log_grew = True
        answers: list[tuple[Any, bool]] = []
        fresh: dict[str, int] = {}
        changes = Changes()
        driver.execute("BEGIN IMMEDIATE")
        for work, _, _ in group:
            connection = Connection(self._database, driver)
            connection.fresh_keys.update(fresh)
            if len(group) > 1:
                driver.execute("SAVEPOINT work")
            try:
                result = work(SqlSession(connection))
            except sqlite3.Error:
                # The database itself fails: what else is in the group cannot be trusted to be kept.
                raise
            except BaseException as error:  # noqa: BLE001 - whatever work raises belongs to who asked for it
                driver.execute("ROLLBACK TO work" if len(group) > 1 else "ROLLBACK")
                answers.append((error, True))
            else:
                if len(group) > 1:
                    driver.execute("RELEASE work")
                answers.append((result, False))
                fresh.update(connection.fresh_keys)
                self._compaction.note(connection)
                changes.add(connection.changes)
        if driver.in_transaction:
            driver.execute("COMMIT")
        self._database.remember(fresh)
        if changes and self.listeners:
            self.listeners.tell(changes)
        return answers

    def _compact(self) -> None:
        self._log_grew = True
        try:
            self._driver.execute("BEGIN IMMEDIATE")
            self._compaction.some(Connection(self._database, self._driver))
            self._driver.execute("COMMIT")
        except Exception as error:
            self._roll_back()
            self._compaction.postpone()
            if not isinstance(error, sqlite3.Error):
                log.error("a metric history cannot be compacted", exc_info=error)

    def _shorten_log(self) -> None:
        """Gives the space of free pages and of the write-ahead log back, unless a reader needs it."""
        self._log_grew = False
        with suppress(sqlite3.Error):
            free = self._driver.execute("PRAGMA freelist_count").fetchone()[0]
            if free * _VACUUM_PART > self._driver.execute("PRAGMA page_count").fetchone()[0]:
                self._driver.execute("PRAGMA incremental_vacuum").fetchall()
            self._driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _version(self) -> int:
        """A number that changes when another process commits, or another store of this process does."""
        with self._writing:
            version: int = self._driver.execute("PRAGMA data_version").fetchone()[0]
            return version

    def _roll_back(self) -> None:
        with suppress(sqlite3.Error):
            if self._driver.in_transaction:
                self._driver.execute("ROLLBACK")


def _answer(future: Future[Any], answer: Any, *, failed: bool) -> None:
    if failed:
        future.set_exception(answer)
    else:
        future.set_result(answer)
