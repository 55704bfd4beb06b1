"""One real server of each kind for all tests of a process, and fresh databases on it."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest

from bench.databases import SERVERS, DatabaseServer
from kiseki.store import open_engine, open_store
from kiseki.store.sql.sqlite_driver import path_of
from kiseki.store.sql.tables import metadata


def unavailable(reason: str) -> NoReturn:
    """Skips a test whose means are not here; in CI they have to be, so there it fails."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@functools.cache
def server(name: str) -> DatabaseServer:
    """The server, which ends with this process."""
    kind = SERVERS[name]
    if reason := kind.missing():
        unavailable(reason)
    running = kind(synced=False)
    running.__enter__()
    atexit.register(running.__exit__)
    return running


NAMES = tuple(os.environ.get("KISEKI_TEST_DATABASES", ",".join(("sqlite", *SERVERS))).split(","))
"""The kinds of databases that are tested: all, unless `KISEKI_TEST_DATABASES=sqlite` leaves out the servers."""

ON_SERVERS = tuple(name for name in NAMES if name in SERVERS)
"""Those that are servers."""


def fresh(name: str, folder: Path) -> str:
    """The URI of a new, empty database; SQLite's is in the folder."""
    return f"sqlite:///{folder / 'kiseki.db'}" if name == "sqlite" else server(name).fresh()


@contextlib.contextmanager
def passing(name: str, folder: Path, *, artifact_root: str = "") -> Iterator[str]:
    """A fresh database that is gone afterwards: hundreds of them on a server would take gigabytes.

    With `artifact_root` it may be as `open_store` leaves it: a copy of one that has the schema costs half of making it.
    """
    prepared = name == "postgresql" and artifact_root
    uri = server(name).fresh(like=_with_schema(artifact_root)) if prepared else fresh(name, folder)
    yield uri
    if name in SERVERS:
        server(name).drop(uri)


@functools.cache
def _with_schema(artifact_root: str) -> str:
    """The URI of a database of PostgreSQL that was opened once and is only copied from then on."""
    uri = server("postgresql").fresh()
    open_store(uri, artifact_root).close()
    return uri


def connect(uri: str) -> Any:
    """A connection of the driver to a database."""
    return sqlite3.connect(path_of(uri)) if uri.startswith("sqlite:") else open_engine(uri).connect()


def check_sound(uri: str) -> None:
    """Fails when the database finds something wrong with its own structures; servers always keep foreign keys."""
    with contextlib.closing(connect(uri)) as driver:
        cursor = driver.cursor()
        if uri.startswith("sqlite:"):
            assert cursor.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert cursor.execute("PRAGMA foreign_key_check").fetchall() == []
        elif uri.startswith("postgresql:"):
            cursor.execute("CREATE EXTENSION IF NOT EXISTS amcheck")
            cursor.execute(_CHECK_INDEXES)
        else:
            cursor.execute(f"CHECK TABLE {', '.join(f'`{name}`' for name in metadata.tables)}")
            assert {text for *_, text in cursor.fetchall()} == {"OK"}


_CHECK_INDEXES: Final = """
    SELECT bt_index_check(pg_class.oid, true) FROM pg_class JOIN pg_am ON pg_am.oid = relam
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'i' AND amname = 'btree'
"""
"""Each B-tree has to have all rows of its table; PostgreSQL checks no indexes of other kinds."""
