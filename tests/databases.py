"""One real server of each kind for all tests of a process, and fresh databases on it."""

from __future__ import annotations

import atexit
import functools
import os
from pathlib import Path
from typing import NoReturn

import pytest

from bench.databases import SERVERS, DatabaseServer


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


NAMES = tuple(os.environ.get("KISEKI_TEST_DATABASES", "sqlite").split(","))
"""The kinds of databases that the conformance, the searches and the wire tests run on: all with `make test-databases`."""

ON_SERVERS = tuple(SERVERS)
"""The kinds that are servers, whose own faults and schemas are always tested."""


def fresh(name: str, folder: Path) -> str:
    """The URI of a new, empty database; SQLite's is in the folder."""
    return f"sqlite:///{folder / 'kiseki.db'}" if name == "sqlite" else server(name).fresh()
