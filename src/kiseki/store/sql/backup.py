"""SQLite files as a whole: a consistent state of one that is in use, its copy, and its check."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import quote

from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from kiseki.base.errors import Conflict, IntegrityError, InvalidParameter
from kiseki.store.protocol import Session
from kiseki.store.sql.database import Connection, Database
from kiseki.store.sql.inspection import inspect_sqlite
from kiseki.store.sql.session import SqlSession
from kiseki.store.sql.sqlite_driver import connect, path_of, translate

T = TypeVar("T")

_PAGES: Final = 1_024
"""So many pages (4 MiB) are copied between two looks at the clock of the progress."""
_PROBLEMS: Final = 20

Told = Callable[[int, int], None]
"""Is told how many pages are left, and of how many."""


class SqliteSnapshot:
    """One state of a file for as long as it is open, however long that is; servers go on writing to the file.

    A context manager.

    Args:
        path: The file.
        in_use: Whether somebody may write to it; False for one that is put away.
    """

    def __init__(self, path: Path, *, in_use: bool = True) -> None:
        self._path = path
        if in_use:
            self._driver = connect(path, None)
            self._driver.execute("PRAGMA query_only = ON")
        else:
            # Nothing is made beside it, so that it may lie where nothing can be written.
            place = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
            self._driver = sqlite3.connect(place, uri=True, isolation_level=None)
        self._driver.execute("BEGIN")
        # The state is that of the first read.
        self._driver.execute("SELECT count(*) FROM sqlite_master").fetchone()
        self._database = Database(SQLiteDialect_pysqlite(paramstyle="qmark"), b"", "")

    def read(self, work: Callable[[Session], T]) -> T:
        """Runs work that changes nothing on the state."""
        try:
            return work(SqlSession(Connection(self._database, self._driver)))
        except sqlite3.Error as error:
            raise translate(error, self._path) from error

    def copy_to(self, target: sqlite3.Connection, told: Told) -> None:
        """Copies the state to another database, in one transaction of that."""
        self._driver.backup(target, pages=_PAGES, progress=lambda _, left, total: told(left, total))

    def close(self) -> None:
        """Lets go of the state."""
        self._driver.close()

    def __enter__(self) -> SqliteSnapshot:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def back_up(uri: str, file: Path, told: Told) -> int:
    """Copies a database that may be in use to a new file, checks and syncs it, and returns its size in bytes.

    The file is there whole or not at all.

    Raises:
        Conflict: Something is there already.
        IntegrityError: The copy is damaged, so the database is.
    """
    _check_absent(file)
    with new_file(file) as part:
        target = _open_plain(part)
        try:
            with SqliteSnapshot(path_of(uri)) as snapshot:
                snapshot.copy_to(target, told)
        except sqlite3.Error as error:
            raise translate(error, file) from error
        finally:
            target.close()
        check_file(part)
        return part.stat().st_size


@contextmanager
def new_file(file: Path) -> Iterator[Path]:
    """A place to write to that becomes `file` when the block ends well, synced, and vanishes when it does not.

    Raises:
        Conflict: Something came to be there meanwhile.
    """
    part = file.with_name(f".{file.name}.{secrets.token_hex(4)}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
        yield part
        _sync(part)
        try:
            # Unlike a rename it replaces nothing.
            os.link(part, file)
        except FileExistsError:
            raise _exists(file) from None
        except OSError:
            # Not every file system has links.
            _check_absent(file)
            part.rename(file)
        _sync(file.parent)
    finally:
        for rest in (part, _log_of(part), part.with_name(f"{part.name}-shm")):
            rest.unlink(missing_ok=True)


def restore(file: Path, uri: str, replace: bool, told: Told) -> None:
    """Puts a backup in the place of a database, in one transaction; nothing is touched unless all checks are passed.

    Raises:
        InvalidParameter: The backup is none that this version reads.
        IntegrityError: The backup is damaged.
        Conflict: The database has data and `replace` is False, or somebody has it open.
    """
    check_backup(file)
    path = path_of(uri)
    if path.exists() and path.samefile(file):
        raise InvalidParameter(f"The backup and the database are the same file, {str(file)!r}.")
    if path.exists() and not replace and not _is_empty(uri):
        raise Conflict(
            f"The database {str(path)!r} has data. Nothing was changed. Give --replace to lose them, or "
            "--backend-store-uri with a new file."
        )
    target = connect(path, None)
    try:
        _take(target, path)
        with SqliteSnapshot(file, in_use=_log_of(file).exists()) as snapshot:
            snapshot.copy_to(target, told)
    except sqlite3.Error as error:
        raise translate(error, path) from error
    finally:
        target.close()
    check_file(path)


def check_backup(file: Path) -> None:
    """Checks that a file is a sound database that this version reads.

    Raises:
        InvalidParameter: It is not there, is no database of kiseki, or a newer version made it.
        IntegrityError: It is damaged.
    """
    seen = inspect_sqlite(f"sqlite:///{file.absolute()}")
    if not seen.exists:
        raise InvalidParameter(f"There is no file {str(file)!r}.")
    if seen.error:
        raise InvalidParameter(f"{str(file)!r} is no backup of kiseki: {seen.error}.")
    if seen.schema > seen.newest_schema:
        raise InvalidParameter(
            f"{str(file)!r} has the schema {seen.schema!r}, which a newer version of kiseki made. "
            "Upgrade this one: pip install --upgrade kiseki"
        )
    check_file(file)


def check_file(path: Path) -> None:
    """Reads a whole database file.

    Raises:
        IntegrityError: It is damaged; the message has the first problems.
    """
    problems = problems_of(path)
    if problems:
        raise IntegrityError(f"The database {path.name!r} is damaged: {'; '.join(problems)}")


def problems_of(path: Path) -> list[str]:
    """What is wrong with a database file, which may be in use: at most 20 problems of its pages, indexes and references."""
    # Without a log nobody writes, and a file that is called immutable gets no log from a reader.
    used = any(path.with_name(f"{path.name}{end}").exists() for end in ("-wal", "-journal"))
    options = "mode=ro" if used else "mode=ro&immutable=1"
    try:
        driver = sqlite3.connect(f"file:{quote(str(path.absolute()))}?{options}", uri=True)
        try:
            rows = driver.execute(f"PRAGMA integrity_check({_PROBLEMS})").fetchall()
            found = [str(row[0]) for row in rows if row[0] != "ok"]
            for table, _, parent, _ in driver.execute("PRAGMA foreign_key_check").fetchmany(_PROBLEMS):
                found.append(f"a row of {table} refers to one of {parent} that is not there")
            return found[:_PROBLEMS]
        finally:
            driver.close()
    except sqlite3.DatabaseError as error:
        return [str(error)]


def _is_empty(uri: str) -> bool:
    seen = inspect_sqlite(uri)
    if seen.error:
        # What cannot be read may be worth something to somebody.
        return path_of(uri).stat().st_size == 0
    with SqliteSnapshot(path_of(uri)) as snapshot:
        return snapshot.read(lambda session: session.rows.is_empty())


def _take(driver: sqlite3.Connection, path: Path) -> None:
    """Raises Conflict unless nobody else has the file open.

    Leaving the write-ahead log needs the file for oneself, which SQLite grants when all others have closed it.
    """
    driver.execute("PRAGMA busy_timeout = 1000")
    try:
        (mode,) = driver.execute("PRAGMA journal_mode = DELETE").fetchone()
        driver.execute("BEGIN EXCLUSIVE")
        driver.execute("COMMIT")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
        mode = "wal"
    if mode != "delete":
        raise Conflict(
            f"The database {path.name!r} is in use. Nothing was changed. Stop the server, and whatever else has it open, "
            "and restore again."
        )


def _open_plain(path: Path) -> sqlite3.Connection:
    """A connection to a file that nobody else knows, and that is synced when it is whole."""
    driver = sqlite3.connect(path, isolation_level=None)
    driver.execute("PRAGMA journal_mode = OFF")
    driver.execute("PRAGMA synchronous = OFF")
    return driver


def _check_absent(file: Path) -> None:
    if file.exists() or file.is_symlink():
        raise _exists(file)


def _exists(file: Path) -> Conflict:
    return Conflict(f"{str(file)!r} exists and is not overwritten. Give another name, or move it away.")


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
