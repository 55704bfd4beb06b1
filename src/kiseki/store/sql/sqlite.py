"""SQLite: one writer thread with group commit, readers beside it.

WAL with synchronous=FULL, so that what was answered survives a power cut. On a network file system WAL's shared memory
does not work, and the rollback journal is used.
"""

from __future__ import annotations

import logging
import os
import queue
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from math import inf
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import bindparam, insert, select
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from kiseki.base.errors import InvalidParameter, PermissionDenied, StorageFull, TooManyRequests, Unavailable
from kiseki.store.protocol import Session
from kiseki.store.sql import migrate
from kiseki.store.sql.compaction import Compaction
from kiseki.store.sql.database import Connection, Database
from kiseki.store.sql.session import SqlSession
from kiseki.store.sql.tables import settings

T = TypeVar("T")

QUEUE_LIMIT: Final = 4096
"""Pieces of work that may wait before more are refused."""
_GROUP_LIMIT: Final = 256
_BUSY_SECONDS: Final = 20.0
_IDLE_SECONDS: Final = 1.0
_VACUUM_PART: Final = 8
"""With more than this part of the file free, its pages are given back."""
READ_SECONDS: Final = 30.0
"""A read that takes longer is ended."""
_STEPS_PER_LOOK: Final = 100_000
"""Steps of SQLite's machine, some milliseconds, between two looks at the clock."""
_NETWORK_FILE_SYSTEMS: Final = frozenset(
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb",
        "smb2",
        "smb3",
        "smbfs",
        "lustre",
        "beegfs",
        "gpfs",
        "ceph",
        "glusterfs",
        "fuse.glusterfs",
        "fuse.sshfs",
        "9p",
        "afs",
    ]
)

_SECRET = select(settings.c.value).where(settings.c.name == "secret")
_ADD_SETTING = insert(settings).values(name=bindparam("name"), value=bindparam("value"))

Work = Callable[[Session], Any]

log = logging.getLogger("kiseki.store")


class SqliteStore:
    """A `Store` in one SQLite file; see `kiseki.store.protocol`. A forked child opens the file anew."""

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
        self._queue: queue.Queue[tuple[Work, Future[Any]] | None] = queue.Queue(QUEUE_LIMIT)
        journal = "DELETE" if on_network(self._path) else "WAL"
        self._writer = connect(self._path, journal)
        migrate.upgrade(self._path, self._writer, self._artifact_root)
        dialect = SQLiteDialect_pysqlite(paramstyle="qmark")
        self._database = Database(dialect, _secret(self._writer, dialect), self._artifact_root)
        self._compaction = Compaction()
        self._log_grew = False
        self._thread = threading.Thread(target=self._write_all, name="kiseki-writer", daemon=True)
        self._thread.start()

    def read(self, work: Callable[[Session], T]) -> T:
        self._check_open()
        driver = self._reader()
        self._local.until = time.monotonic() + READ_SECONDS
        try:
            driver.execute("BEGIN")
            connection = Connection(self._database, driver)
            try:
                result = work(SqlSession(connection))
                self._database.remember(connection.fresh_keys)
                return result
            finally:
                driver.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise _translate(error, self._path) from error

    def submit(self, work: Callable[[Session], T]) -> Future[T]:
        self._check_open()
        future: Future[T] = Future()
        try:
            # Under the lock, so that nothing is queued behind the end of the queue.
            with self._lock:
                if self._closed:
                    raise _closed()
                self._queue.put_nowait((work, future))
        except queue.Full:
            raise TooManyRequests(
                f"{QUEUE_LIMIT} requests wait to be written. Nothing was stored; send the request again."
            ) from None
        return future

    def write(self, work: Callable[[Session], T]) -> T:
        return self.submit(work).result()

    def compact(self) -> None:
        def all_due(session: Session) -> None:
            assert isinstance(session, SqlSession)
            self._compaction.everything(session.connection)

        self.write(all_due)

    def close(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._closed = True
        if self._process != os.getpid():
            return
        self._queue.put(None)
        self._thread.join()
        for reader in self._readers:
            reader.close()
        self._writer.close()

    def _check_open(self) -> None:
        if self._process != os.getpid():
            self._open()
        if self._closed:
            raise _closed()

    def _reader(self) -> sqlite3.Connection:
        """This thread's connection for reading."""
        driver: sqlite3.Connection | None = getattr(self._local, "driver", None)
        if driver is None:
            driver = self._local.driver = connect(self._path, None)
            driver.execute("PRAGMA query_only = ON")
            local = self._local
            driver.set_progress_handler(lambda: time.monotonic() > local.until, _STEPS_PER_LOOK)
            local.until = inf
            with self._lock:
                self._readers.append(driver)
        return driver

    def _write_all(self) -> None:
        """The writer thread: groups what waits into one commit each, and merges histories when nothing waits."""
        while True:
            try:
                first = self._queue.get(timeout=_IDLE_SECONDS if self._compaction.due or self._log_grew else None)
            except queue.Empty:
                if self._compaction.due:
                    self._compact_some()
                else:
                    self._shorten_log()
                continue
            group = [first]
            while len(group) < _GROUP_LIMIT:
                try:
                    group.append(self._queue.get_nowait())
                except queue.Empty:
                    break
            last = None in group
            self._commit_group([job for job in group if job is not None])
            if last:
                self._shorten_log()
                return
            if self._compaction.overdue:
                self._compact_some()

    def _commit_group(self, group: list[tuple[Work, Future[Any]]]) -> None:
        """Runs each piece of work in a savepoint of its own and answers all after one commit."""
        group = [job for job in group if job[1].set_running_or_notify_cancel()]
        if not group:
            return
        driver = self._writer
        self._log_grew = True
        done: list[tuple[Future[Any], Any]] = []
        failed: list[tuple[Future[Any], BaseException]] = []
        fresh: dict[str, int] = {}
        try:
            driver.execute("BEGIN IMMEDIATE")
            for work, future in group:
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
                    failed.append((future, error))
                else:
                    if len(group) > 1:
                        driver.execute("RELEASE work")
                    done.append((future, result))
                    fresh.update(connection.fresh_keys)
                    self._compaction.note(connection)
            if driver.in_transaction:
                driver.execute("COMMIT")
            self._database.remember(fresh)
        except sqlite3.Error as error:
            if driver.in_transaction:
                driver.execute("ROLLBACK")
            translated = _translate(error, self._path)
            if len(group) > 1:
                # One piece may have failed for all, with a constraint of its own: each gets its own transaction.
                for job in group:
                    self._commit_again(job)
                return
            group[0][1].set_exception(translated)
            return
        for future, result in done:
            future.set_result(result)
        for future, failure in failed:
            future.set_exception(failure)

    def _commit_again(self, job: tuple[Work, Future[Any]]) -> None:
        work, future = job
        again: Future[Any] = Future()
        self._commit_group([(work, again)])
        failure = again.exception()
        if failure is None:
            future.set_result(again.result())
        else:
            future.set_exception(failure)

    def _shorten_log(self) -> None:
        """Gives the space of free pages and of the write-ahead log back, unless a reader needs it."""
        self._log_grew = False
        with suppress(sqlite3.Error):
            free = self._writer.execute("PRAGMA freelist_count").fetchone()[0]
            if free * _VACUUM_PART > self._writer.execute("PRAGMA page_count").fetchone()[0]:
                self._writer.execute("PRAGMA incremental_vacuum").fetchall()
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _compact_some(self) -> None:
        driver = self._writer
        self._log_grew = True
        try:
            driver.execute("BEGIN IMMEDIATE")
            self._compaction.some(Connection(self._database, driver))
            driver.execute("COMMIT")
        except Exception as error:
            # Points stay where they arrived, and are merged another time.
            if driver.in_transaction:
                driver.execute("ROLLBACK")
            self._compaction.postpone()
            if not isinstance(error, sqlite3.Error):
                log.error("a metric history cannot be compacted", exc_info=error)


def path_of(uri: str) -> Path:
    """The file of a `sqlite:///` URI.

    Raises:
        InvalidParameter: The URI names no file.
    """
    _, slashes, rest = uri.partition(":///")
    if not slashes or not rest or rest == ":memory:":
        raise InvalidParameter(
            f"{uri!r} names no file. Write sqlite:///relative/file.db or sqlite:////absolute/file.db."
        )
    return Path(rest).absolute()


def connect(path: Path, journal: str | None) -> sqlite3.Connection:
    """A connection to the file, which is made with mode 0600 when it is missing; `journal` sets its journal mode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        driver = sqlite3.connect(
            path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        if journal:
            driver.execute("PRAGMA page_size = 8192")
            driver.execute("PRAGMA auto_vacuum = INCREMENTAL")
            driver.execute(f"PRAGMA journal_mode = {journal}")
        driver.execute("PRAGMA synchronous = FULL")
        driver.execute("PRAGMA foreign_keys = ON")
        driver.execute("PRAGMA mmap_size = 0")
        driver.execute("PRAGMA cache_size = -16384")
        driver.execute("PRAGMA temp_store = MEMORY")
        driver.execute("PRAGMA case_sensitive_like = ON")
    except (sqlite3.Error, OSError) as error:
        raise _translate(error, path) from error
    return driver


def on_network(path: Path) -> bool:
    """Whether the file lies on a network file system, as far as /proc/mounts tells."""
    try:
        lines = Path("/proc/mounts").read_text(errors="replace").splitlines()
    except OSError:
        return False
    kind, longest = "", -1
    where = str(path.resolve())
    for line in lines:
        fields = line.split()
        if len(fields) < 3:
            continue
        mount = fields[1].replace("\\040", " ").rstrip("/")
        if (where == mount or where.startswith(f"{mount}/")) and len(mount) >= longest:
            kind, longest = fields[2], len(mount)
    return kind in _NETWORK_FILE_SYSTEMS


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


def _closed() -> Unavailable:
    return Unavailable("The store is closed.")


def _translate(error: Exception, path: Path) -> Exception:
    """What a failure of the database means to who asked."""
    text = str(error)
    if isinstance(error, sqlite3.OperationalError | OSError):
        if "disk is full" in text or "No space left" in text or getattr(error, "errno", None) in (28, 122):
            return StorageFull("No space is left for the database. Nothing was stored; free space and send it again.")
        if "locked" in text or "busy" in text:
            return Unavailable("The database is locked by another process. Nothing was stored; send it again.")
        if "readonly" in text or isinstance(error, PermissionError):
            return PermissionDenied("The database cannot be written to. Check the permissions of its folder.")
        if "unable to open" in text or isinstance(error, OSError):
            return Unavailable(f"The database {path.name!r} cannot be opened: {text}.")
    if isinstance(error, sqlite3.OperationalError) and "interrupted" in text:
        # Not one of the errors after which clients send the same again.
        return InvalidParameter(
            f"The request took longer than {READ_SECONDS:g} s and was ended. Ask for less at once: fewer conditions and "
            "wildcards, one experiment, a smaller page."
        )
    return Unavailable(f"The database failed: {text}.")
