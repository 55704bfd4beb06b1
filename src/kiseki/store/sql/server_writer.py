"""Writing to a database server: group commit, and what is done when nothing waits.

One thread of each process writes, in transactions that hold what waits: a commit is one sync of the server's log for all of
them, and no two transactions of a process wait for each other. Those of several processes meet in the rows that they lock
(`Connection.lock`). A group is done without savepoints; if a piece of it fails, nothing of it is kept and each piece is
done again by itself. So is a transaction that met another one (a deadlock, a name that both added).
"""

from __future__ import annotations

import logging
import queue
import random
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Final

from kiseki.base.errors import KisekiError, Unavailable
from kiseki.base.ids import ModelId
from kiseki.domain.changes import Changes
from kiseki.domain.metrics import Link
from kiseki.store.protocol import Reads, Session
from kiseki.store.sql.ahead import Ahead
from kiseki.store.sql.compaction import Compaction
from kiseki.store.sql.database import Connection, Database
from kiseki.store.sql.engine import Engine
from kiseki.store.sql.outbox import Outbox
from kiseki.store.sql.server_changes import Listeners
from kiseki.store.sql.server_pool import Pool
from kiseki.store.sql.session import SqlSession
from kiseki.store.sql.write_queue import Foresight, Job, Work, WriteQueue

_GROUP_LIMIT: Final = 64
_IDLE_SECONDS: Final = 1.0
_SWEEP_SECONDS: Final = 60.0
"""So often one of the processes looks for arrivals that a process which is gone has left."""
SWEEP_LOCK: Final = "kiseki sweep"

log = logging.getLogger("kiseki.store")


class UnknownOutcome(Unavailable):
    """The connection ended while a transaction was committed: it may be stored or not, and must not be done again."""


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
        self._thread = threading.Thread(target=self._run, name="kiseki-writer", daemon=True)
        self._thread.start()

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
        """Ends the thread after what is queued."""
        if self._queue.close():
            self._thread.join()

    def _run(self) -> None:
        """The thread."""
        while True:
            try:
                group, ended = self._queue.take(_IDLE_SECONDS)
            except queue.Empty:
                self._tidy()
                continue
            self._answer(group)
            if ended:
                return
            if self._compaction.overdue:
                self._compact()

    def _answer(self, group: list[Job]) -> None:
        """Runs pieces of work in one transaction, or each by itself, and answers all."""
        group = [job for job in group if job.future.set_running_or_notify_cancel()]
        if len(group) > 1:
            try:
                answers = self._transaction(group)
            except UnknownOutcome as error:
                for job in group:
                    job.future.set_exception(error)
                return
            except Exception as error:  # noqa: BLE001 - whatever it is, nothing of the group was kept
                log.debug("a group of %d writes is done one by one: %s", len(group), error)
            else:
                for job, answer in zip(group, answers, strict=True):
                    job.future.set_result(answer)
                return
        for work, future, _ in group:
            try:
                future.set_result(self._alone(work))
            except BaseException as error:  # noqa: BLE001 - whatever work raises belongs to who asked for it
                future.set_exception(error)

    def _alone(self, work: Work) -> Any:
        """Runs one piece of work, again if it met others."""
        tried = 0
        while True:
            try:
                return self._transaction([Job(work, Future())])[0]
            except Exception as error:
                if not self._engine.is_failure(error):
                    raise
                tried += 1
                if tried >= (2 if self._engine.means_lost(error) else self._engine.tries(error)):
                    raise self._engine.translate(error) from error
                # Those who met do not meet again at once.
                time.sleep(random.uniform(0, 0.01 * 2**tried))  # noqa: S311 - chance, not a secret

    def _transaction(self, jobs: list[Job]) -> list[Any]:
        """The results of pieces of work, durable; whatever one of them or the driver raises, and then nothing is kept."""
        changes = Changes()
        ahead = Ahead()
        outbox = None
        connections: list[Connection] = []
        answers: list[Any] = []
        with self._pool.connection() as driver:
            try:
                sync = self._engine.send_ahead(driver)
                if sync is not None:
                    outbox = Outbox(driver, self._database.compiled, self._database.compiled_many)
                if len(jobs) > 1 and sync is not None:
                    read_ahead(
                        SqlSession(Connection(self._database, driver, lock=True, sync=sync, ahead=ahead)),
                        [job.reads for job in jobs if job.reads is not None],
                    )
                for work, _, reads in jobs:
                    connection = Connection(
                        self._database,
                        driver,
                        lock=True,
                        sync=sync,
                        ahead=ahead if reads is not None else None,
                        outbox=outbox,
                    )
                    answers.append(work(SqlSession(connection)))
                    if reads is None:
                        ahead.forget()
                    connections.append(connection)
                    changes.add(connection.changes)
                if outbox is not None:
                    outbox.send()
            except BaseException as error:
                if self._engine.is_failure(error) and self._engine.is_lost(driver):
                    # Nothing was committed, and the others of the pool are likely gone, too.
                    self._pool.forget()
                raise
            self._commit(driver)
        with self._compacting:
            for connection in connections:
                self._database.remember(connection.fresh_keys)
                self._compaction.note(connection)
        if changes:
            self._listeners.committed(changes)
        return answers

    def _commit(self, driver: Any) -> None:
        try:
            driver.commit()
        except Exception as error:
            # A statement that was sent ahead may have failed; then nothing is stored.
            if not self._engine.is_failure(error) or not (
                self._engine.means_lost(error) or self._engine.is_lost(driver)
            ):
                raise
            self._pool.forget()
            raise UnknownOutcome(
                "The database was lost while it stored the request, which may be stored or not. Send it again: what is "
                "there already is not stored twice."
            ) from error

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
            sync = self._engine.send_ahead(driver)
            work(SqlSession(Connection(self._database, driver, lock=True, sync=sync)))
            driver.commit()


def read_ahead(session: SqlSession, foresights: Sequence[Foresight]) -> None:
    """Reads and holds what works are about to read, in two or three round trips whatever their number."""
    wanted: dict[str, list[Reads]] = {}
    for foresight in foresights:
        with suppress(Exception):  # The work raises it again, to who asked.
            reads = foresight()
            wanted.setdefault(reads.run_id, []).append(reads)
    new = wanted.pop("", [])
    experiments = sorted({one.experiment for one in new if one.experiment is not None})
    names = {name for each in wanted.values() for one in each for name in (*one.metrics, *one.params, *one.tags)}
    # Names are added in transactions of their own, so what is found here is there to stay.
    session.connection.database.remember(session.connection.find_keys(list(names)))
    asked: list[Callable[[], None]] = [session.runs.number_ahead(len(new))] if new else []
    if experiments:
        asked.append(session.experiments.read_ahead(experiments))
    marks = {one.mark for each in (new, *wanted.values()) for one in each if one.mark}
    if marks:
        asked.append(session.replies.read_ahead(list(marks)))
    each_of = {run.number: wanted[run.run_id] for run in session.runs.locate_ahead(list(wanted))}
    asked.append(session.metrics.read_ahead(_of_each(each_of, lambda reads: reads.metrics)))
    asked += session.runs.read_ahead(
        _of_each(each_of, lambda reads: reads.params), _of_each(each_of, lambda reads: reads.tags)
    )
    linked: dict[Link, set[str]] = {}
    for each in wanted.values():
        for reads in each:
            for link in reads.links:
                linked.setdefault(link, set()).update(reads.metrics)
    models = {key.model_id: key for key in session.logged_models.locate_ahead([link.model_id for link in linked])}
    for link, measured in linked.items():
        model = models.get(ModelId(link.model_id))
        if model is not None:
            asked.append(session.logged_models.read_ahead(model, link, measured))
    for keep in asked:
        keep()


def _of_each(each: Mapping[int, Sequence[Reads]], names: Callable[[Reads], Collection[str]]) -> dict[int, set[str]]:
    """The names that are read of each run."""
    return {run: {name for one in some for name in names(one)} for run, some in each.items()}


def _connection(session: Session) -> Connection:
    assert isinstance(session, SqlSession)
    return session.connection
