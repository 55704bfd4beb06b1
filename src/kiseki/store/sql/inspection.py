"""A look at a database through a connection that writes nothing."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec

from kiseki.base.errors import Unavailable
from kiseki.store.sql import server_schema
from kiseki.store.sql.engine import Engine
from kiseki.store.sql.migrate import HEAD
from kiseki.store.sql.sqlite_driver import on_network, path_of

_TIMEOUT_SECONDS: Final = 2.0


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a database."""

    place: str
    """Where it is, without a password."""
    path: Path | None = None
    """Its file; None for one on a server."""
    exists: bool
    """Whether there is a database of kiseki, or at least of something."""
    bytes: int = 0
    """What it takes, a file with what is not merged into it yet."""
    free_bytes: int | None = None
    """What the disk of its folder has left; None for one on a server."""
    on_network: bool = False
    """Whether the folder is on a network file system, where SQLite is slower and locks may not hold."""
    schema: str = ""
    """The revision of its tables; "" where it cannot be read."""
    newest_schema: str = ""
    """The revision that this version of kiseki makes."""
    error: str = ""
    """Why it cannot be read; "" when it can."""


def inspect_sqlite(uri: str) -> Inspection:
    """Looks at the file of a `sqlite:///` URI."""
    path = path_of(uri)
    folder = next(parent for parent in path.parents if parent.exists())
    free, network = shutil.disk_usage(folder).free, on_network(path)
    if not path.exists():
        return Inspection(
            place=str(path), path=path, exists=False, free_bytes=free, on_network=network, newest_schema=HEAD
        )
    schema, error = _schema(path)
    return Inspection(
        place=str(path),
        path=path,
        exists=True,
        bytes=sum(file.stat().st_size for file in (path, _log_of(path)) if file.exists()),
        free_bytes=free,
        on_network=network,
        schema=schema,
        newest_schema=HEAD,
        error=error,
    )


def inspect_server(engine: Engine) -> Inspection:
    """Looks at a database on a server."""
    try:
        with closing(engine.connect_to_read()) as driver:
            schema = server_schema.revision(engine, driver)
            taken = engine.size(driver)
    except Exception as error:
        if isinstance(error, Unavailable):
            reason = error.message
        elif engine.is_failure(error):
            reason = str(engine.translate(error))
        else:
            raise
        return Inspection(place=engine.place, exists=True, newest_schema=HEAD, error=reason)
    return Inspection(
        place=engine.place, exists=schema is not None, bytes=taken, schema=schema or "", newest_schema=HEAD
    )


def _schema(path: Path) -> tuple[str, str]:
    """The revision of the tables and "", or "" and why it cannot be read."""
    # Without a log nobody writes, and a file that is called immutable gets no log from a reader.
    options = "mode=ro" if _log_of(path).exists() or _journal_of(path).exists() else "mode=ro&immutable=1"
    try:
        driver = sqlite3.connect(f"file:{quote(str(path))}?{options}", uri=True, timeout=_TIMEOUT_SECONDS)
        try:
            tables = {name for (name,) in driver.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not {"alembic_version", "segments"} <= tables:
                return "", "it is a database of something else than kiseki" if tables else "it has no tables yet"
            row = driver.execute("SELECT version_num FROM alembic_version").fetchone()
            return (row[0], "") if row else ("", "its schema has no revision")
        finally:
            driver.close()
    except sqlite3.Error as error:
        if _journal_of(path).exists():
            return "", f"a write to it was cut off, which the next start of a server takes back ({error})"
        return "", str(error)


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _journal_of(path: Path) -> Path:
    """What takes a write back that was cut off, where there is no write-ahead log."""
    return path.with_name(f"{path.name}-journal")
