"""Copies of a whole database: backups that are taken while servers run, their return, and moves to another database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kiseki.base.errors import Conflict, InvalidParameter
from kiseki.store import Store, open_store
from kiseki.store.care import TableDigest
from kiseki.store.copying import Source, Watcher, copy
from kiseki.store.inspection import inspect_store
from kiseki.store.sql import backup as files
from kiseki.store.sql.sqlite_driver import path_of

__all__ = ["back_up", "copy_store", "opened_source", "problems", "restore"]


def back_up(uri: str, file: Path, watcher: Watcher) -> int:
    """Copies a database, which may be in use, to a new SQLite file and returns its size in bytes.

    The file has what was committed when the copying began, and is there whole or not at all.

    Raises:
        Conflict: The file exists.
        InvalidParameter: There is no such database.
        IntegrityError: The database is damaged.
    """
    if _is_sqlite(uri):
        _check_readable(uri, any_schema=True)
        return files.back_up(uri, file, _pages(watcher))
    if file.exists():
        raise Conflict(f"{str(file)!r} exists and is not overwritten. Give another name, or move it away.")
    with opened_source(uri) as source, files.new_file(file) as part:
        target = open_store(f"sqlite:///{part.absolute()}", "mlflow-artifacts:/")
        try:
            copy(source, target, watcher)
        finally:
            target.close()
        return part.stat().st_size


def restore(file: Path, uri: str, replace: bool, artifact_root: str, watcher: Watcher) -> None:
    """Puts a backup in the place of an empty database, or with `replace` of any.

    Raises:
        Conflict: The database has data and `replace` is False, or is in use.
        InvalidParameter: The file is no backup that this version reads.
        IntegrityError: The file is damaged.
    """
    files.check_backup(file)
    if _is_sqlite(uri):
        files.restore(file, uri, replace, _pages(watcher))
        return
    if replace:
        raise InvalidParameter("--replace is for SQLite files. Drop and create the database with its own tools first.")
    copy_store(f"sqlite:///{file.absolute()}", uri, artifact_root, watcher)


def copy_store(source_uri: str, target_uri: str, artifact_root: str, watcher: Watcher) -> dict[str, TableDigest]:
    """Copies all data of a database, which may be in use, to an empty one of any kind, and compares the two.

    A copy that did not end is continued by the same call. Returns what each table has.

    Raises:
        Conflict: The target has data.
        InvalidParameter: There is no such source, or its schema is older.
        IntegrityError: The two differ at the end.
    """
    if source_uri == target_uri:
        raise InvalidParameter("The source and the target are the same database.")
    if _is_sqlite(source_uri) and not _is_sqlite(target_uri):
        # What would be merged in the target while it is being compared is merged before.
        _check_readable(source_uri)
        origin = open_store(source_uri, artifact_root)
        try:
            origin.compact()
        finally:
            origin.close()
    with opened_source(source_uri) as source:
        target = open_store(target_uri, artifact_root)
        try:
            # With nothing to do, so that it does not begin to rewrite what is being copied.
            target.compact()
            return copy(source, target, watcher)
        finally:
            target.close()


def problems(uri: str) -> list[str]:
    """What is wrong with a database: an unfinished copy, and of a file at most 20 problems of its pages.

    Databases with a server check their pages themselves.
    """
    found = files.problems_of(path_of(uri)) if _is_sqlite(uri) else []
    if not found:
        with opened_source(uri) as source:
            if source.read(lambda session: session.rows.note()):
                found.append("a copy to it has begun and has not ended: run 'kiseki db copy' once more")
    return found


@contextmanager
def opened_source(uri: str) -> Iterator[Source]:
    """A database to be read as a whole.

    Raises:
        InvalidParameter: There is no such database, or its schema is older.
    """
    if _is_sqlite(uri):
        _check_readable(uri)
        with files.SqliteSnapshot(path_of(uri)) as snapshot:
            yield snapshot
        return
    store: Store = open_store(uri, "mlflow-artifacts:/")
    try:
        yield store
    finally:
        store.close()


def _check_readable(uri: str, *, any_schema: bool = False) -> None:
    seen = inspect_store(uri)
    if not seen.exists:
        raise InvalidParameter(f"There is no database {seen.place!r}. Give the URI of one, such as sqlite:///FILE.")
    if seen.error:
        raise InvalidParameter(f"The database {seen.place!r} cannot be read: {seen.error}.")
    if not any_schema and seen.schema != seen.newest_schema:
        raise InvalidParameter(
            f"The database {seen.place!r} has the schema {seen.schema!r}, and this version works with "
            f"{seen.newest_schema!r}. Bring it there with 'kiseki db upgrade {uri}', or upgrade kiseki."
        )


def _is_sqlite(uri: str) -> bool:
    return uri.partition(":")[0].partition("+")[0] == "sqlite"


def _pages(watcher: Watcher) -> files.Told:
    """A watcher of pages for one of rows."""
    told = 0

    def tell(left: int, total: int) -> None:
        nonlocal told
        if not told:
            watcher.expect(total)
        watcher.advance(total - left - told)
        told = total - left

    return tell
