"""Writing to a database server: group commit, and what is done when nothing waits.

Two threads of each process write in turns, in transactions that hold what waits: a commit is one sync of the server's log for
all of them, and while it is waited for, the other thread does what came meanwhile. Transactions meet in the rows that they lock
(`Connection.lock`), whichever process they are of. A group is done without savepoints; if a piece of it fails, nothing of it
is kept and each piece is done again by itself. So is a transaction that met another one (a deadlock, a name that both added).
"""

from __future__ import annotations

import logging
import queue
import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, Final

from kiseki.base.errors import KisekiError
from kiseki.store.protocol import Session
from kiseki.store.sql.compaction import Compaction
from kiseki.store.sql.database import Connection, Database
from kiseki.store.sql.engine import Engine
from kiseki.store.sql.server_changes import Listeners
from kiseki.store.sql.server_pool import Pool
from kiseki.store.sql.server_transaction import Transaction, UnknownOutcome
from kiseki.store.sql.session import SqlSession
from kiseki.store.sql.write_queue import Foresight, Job, Work, WriteQueue

_THREADS: Final = 2
"""While what one has sent is stored, the other one does what came meanwhile."""
_GROUP_LIMIT: Final = 64
_IDLE_SECONDS: Final = 1.0
_SWEEP_SECONDS: Final = 60.0
"""So often one of the processes looks for arrivals that a process which is gone has left."""
SWEEP_LOCK: Final = "kiseki sweep"

log = logging.getLogger("kiseki.store")


class Writer:
    """Writes to one database server."""

    def __init__(self, engine: Engine, database: Database, pool: Pool, listeners: Listeners) -> None:
        self._engine = engine
        self._database = database
        self._pool = pool
        self._listeners = listeners
        self._compaction = Compaction()
        self._compacting = threading.Lock()
        self._swept = time.monotonic()
        self._queue = WriteQueue(_GROUP_LIMIT)
        self._turn = threading.Lock()
        self._ended = False
        self._threads = [threading.Thread(target=self._run, name="kiseki-writer", daemon=True) for _ in range(_THREADS)]
        for thread in self._threads:
            thread.start()

    def submit(self, work: Work, reads: Foresight | None = None) -> Future[Any]:
        """Queues work; the future has its result once it is durable."""
        return self._queue.submit(work, reads)

    def write(self, work: Work) -> Any:
        """Runs work in this thread and returns its result once it is durable."""
        self._queue.check_open()
        return self._alone(work)

    def compact(self) -> None:
        """Moves everything that arrived to segments."""
        with self._compacting:
            self._aside(lambda session: self._compaction.everything(_connection(session)))

    def close(self) -> None:
        """Ends the threads after what is queued."""
        if self._queue.close():
            for thread in self._threads:
                thread.join()

    def _run(self) -> None:
        """A thread."""
        while True:
            with self._turn:
                if self._ended:
                    return
                taken: list[Job] | None
                try:
                    taken, self._ended = self._queue.take(_IDLE_SECONDS)
                except queue.Empty:
                    taken = None
                jobs = [job for job in taken or () if job.future.set_running_or_notify_cancel()]
                sent = self._send(jobs) if jobs else None
            if taken is None:
                self._tidy()
                continue
            if sent is None or not self._store(jobs, sent):
                self._one_by_one(jobs)
            if self._compaction.overdue:
                self._compact()

    def _send(self, jobs: list[Job]) -> Transaction | None:
        """Sends what pieces of work write; None if one of them failed, and then nothing is kept."""
        transaction = self._transaction()
        try:
            transaction.send([(job.work, job.reads) for job in jobs])
        except BaseException as error:  # noqa: BLE001 - whatever it is, nothing of the group is kept
            self._failed(jobs, error)
            return None
        return transaction

    def _store(self, jobs: list[Job], transaction: Transaction) -> bool:
        """Stores what pieces of work sent, and answers them; False if one of them failed, and then nothing is kept."""
        try:
            transaction.commit()
        except UnknownOutcome as error:
            for job in jobs:
                job.future.set_exception(error)
            return True
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing of the group is kept
            self._failed(jobs, error)
            return False
        self._stored(transaction)
        for job, answer in zip(jobs, transaction.answers, strict=True):
            job.future.set_result(answer)
        return True

    def _failed(self, jobs: list[Job], error: BaseException) -> None:
        """Leaves what is to be done one by one; a single piece of work is answered if it is not worth to be done again."""
        told = self._told(error, 1)
        if len(jobs) == 1 and told is not None:
            jobs.pop().future.set_exception(told)
        else:
            log.debug("a group of %d writes is done one by one: %s", len(jobs), error)

    def _one_by_one(self, jobs: Sequence[Job]) -> None:
        """Does pieces of work in a transaction each, and answers them."""
        for work, future, _ in jobs:
            try:
                future.set_result(self._alone(work))
            except BaseException as error:  # noqa: BLE001 - whatever work raises belongs to who asked for it
                future.set_exception(error)

    def _alone(self, work: Work) -> Any:
        """Runs one piece of work, again if it met others."""
        tried = 0
        while True:
            try:
                transaction = self._transaction()
                transaction.send([(work, None)])
                transaction.commit()
                self._stored(transaction)
                return transaction.answers[0]
            except Exception as error:
                tried += 1
                told = self._told(error, tried)
                if told is error:
                    raise
                if told is not None:
                    raise told from error
                # Those who met do not meet again at once.
                time.sleep(random.uniform(0, 0.01 * 2**tried))  # noqa: S311 - chance, not a secret

    def _told(self, error: BaseException, tried: int) -> BaseException | None:
        """What an error means to who asked, after so many tries; None if another one is worth it."""
        if not self._engine.is_failure(error):
            return error
        if tried < (2 if self._engine.means_lost(error) else self._engine.tries(error)):
            return None
        return self._engine.translate(error)

    def _transaction(self) -> Transaction:
        return Transaction(self._engine, self._database, self._pool)

    def _stored(self, transaction: Transaction) -> None:
        """Takes notice of what is durable now."""
        with self._compacting:
            for connection in transaction.connections:
                self._database.remember(connection.fresh_keys)
                self._compaction.note(connection)
        if transaction.changes:
            self._listeners.committed(transaction.changes)

    def _tidy(self) -> None:
        """What is done when nothing waits to be written."""
        if self._compaction.due:
            self._compact()
        if time.monotonic() - self._swept > _SWEEP_SECONDS:
            self._swept = time.monotonic()
            try:
                with self._pool.connection() as driver:
                    if self._engine.lock(driver, SWEEP_LOCK, 0):
                        try:
                            self._compaction.look_again()
                            self._compact()
                        finally:
                            self._engine.unlock(driver, SWEEP_LOCK)
            except Exception as error:  # noqa: BLE001 - a database that is away is found again later
                log.debug("cannot look for what others left: %s", error)

    def _compact(self) -> None:
        try:
            with self._compacting:
                self._aside(lambda session: self._compaction.some(_connection(session)))
        except Exception as error:
            self._compaction.postpone()
            if not self._engine.is_failure(error) and not isinstance(error, KisekiError):
                log.error("a metric history cannot be compacted", exc_info=error)

    def _aside(self, work: Work) -> None:
        """Runs work that changes nothing that anybody sees."""
        with self._pool.connection() as driver:
            sync = driver.sync if self._engine.sends_ahead else None
            work(SqlSession(Connection(self._database, driver, lock=True, sync=sync)))
            driver.commit()


def _connection(session: Session) -> Connection:
    assert isinstance(session, SqlSession)
    return session.connection
