"""A transaction on a database server: works that are done, sent and stored together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import Any

from kiseki.base.errors import Unavailable
from kiseki.base.ids import ModelId
from kiseki.domain.changes import Changes
from kiseki.domain.metrics import Link
from kiseki.store.protocol import Reads
from kiseki.store.sql.ahead import Ahead
from kiseki.store.sql.database import Connection, Database
from kiseki.store.sql.engine import Engine
from kiseki.store.sql.outbox import Outbox
from kiseki.store.sql.server_pool import Pool
from kiseki.store.sql.session import SqlSession
from kiseki.store.sql.write_queue import Foresight, Work


class UnknownOutcome(Unavailable):
    """The connection ended while a transaction was committed: it may be stored or not, and must not be done again."""


class Transaction:
    """One transaction, which has a connection from `send` to the end of `commit`, or until one of them raises.

    Nothing of it is kept unless it is committed.
    """

    def __init__(self, engine: Engine, database: Database, pool: Pool) -> None:
        self._engine = engine
        self._database = database
        self._pool = pool
        self.answers: list[Any] = []
        """What the works returned."""
        self.connections: list[Connection] = []
        """What each work did."""
        self.changes = Changes()
        """What all of them changed that somebody may be looking at."""

    def send(self, works: Sequence[tuple[Work, Foresight | None]]) -> None:
        """Does works and sends what they write.

        Raises:
            Exception: Whatever one of them or the driver raises.
        """
        with ExitStack() as stack:
            self._driver = stack.enter_context(self._pool.connection())
            try:
                self._do(works)
            except BaseException as error:
                if self._engine.is_failure(error) and self._engine.is_lost(self._driver):
                    # Nothing was committed, and the others of the pool are likely gone, too.
                    self._pool.forget()
                raise
            self._open = stack.pop_all()

    def _do(self, works: Sequence[tuple[Work, Foresight | None]]) -> None:
        database, driver = self._database, self._driver
        ahead = Ahead()
        outbox = None
        sync = driver.sync if self._engine.sends_ahead else None
        if sync is not None:
            outbox = Outbox(driver, database.compiled, database.compiled_many)
            if len(works) > 1:
                read_ahead(
                    SqlSession(Connection(database, driver, lock=True, sync=sync, ahead=ahead)),
                    [reads for _, reads in works if reads is not None],
                )
        for work, reads in works:
            known = ahead if reads is not None else None
            connection = Connection(database, driver, lock=True, sync=sync, ahead=known, outbox=outbox)
            self.answers.append(work(SqlSession(connection)))
            if reads is None:
                ahead.forget()
            self.connections.append(connection)
            self.changes.add(connection.changes)
        if outbox is not None:
            outbox.send()

    def commit(self) -> None:
        """Waits until all is durable.

        Raises:
            UnknownOutcome: The connection was lost meanwhile.
            Exception: The driver's. Then nothing is stored.
        """
        with self._open:
            try:
                self._driver.commit()
            except Exception as error:
                # A statement that was sent ahead may have failed; then nothing is stored.
                if not self._engine.is_failure(error) or not (
                    self._engine.means_lost(error) or self._engine.is_lost(self._driver)
                ):
                    raise
                self._pool.forget()
                raise UnknownOutcome(
                    "The database was lost while it stored the request, which may be stored or not. Send it again: what is "
                    "there already is not stored twice."
                ) from error


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
