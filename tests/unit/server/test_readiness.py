"""Whether a server can work, told in bounded time."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kiseki.base.errors import Unavailable
from kiseki.server.readiness import FRESH_SECONDS, LIMIT_SECONDS, Readiness
from kiseki.service import Store
from kiseki.store import open_store


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kiseki.db"


@pytest.fixture
def store(file: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{file}", "/artifacts")
    yield opened
    opened.close()


@pytest.fixture
def readiness(file: Path, store: Store) -> Iterator[Readiness]:
    made = Readiness(f"sqlite:///{file}", store)
    yield made
    made.close()


class Hung:
    """A store whose reads wait for `go`."""

    def __init__(self, store: Store) -> None:
        self.go = threading.Event()
        self.reads = 0
        self._store = store

    def read(self, work: Callable[[Any], Any]) -> Any:
        self.reads += 1
        self.go.wait(30)
        return self._store.read(work)


def test_a_server_whose_database_answers_is_ready(readiness: Readiness) -> None:
    asyncio.run(readiness.check())


def test_another_schema_is_told(readiness: Readiness, file: Path) -> None:
    with sqlite3.connect(file) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999_later'")
    other.close()
    with pytest.raises(Unavailable, match=r"schema '9999_later'.*works with"):
        asyncio.run(readiness.check())


def test_a_database_that_is_gone_is_told(readiness: Readiness, file: Path) -> None:
    file.unlink()
    with pytest.raises(Unavailable, match="it is gone"):
        asyncio.run(readiness.check())


def test_a_store_that_was_closed_is_told(readiness: Readiness, store: Store) -> None:
    store.close()
    with pytest.raises(Unavailable, match="closed"):
        asyncio.run(readiness.check())


def test_a_database_that_hangs_is_told_in_time_and_looked_at_once(file: Path, store: Store) -> None:
    hung = Hung(store)
    readiness = Readiness(f"sqlite:///{file}", hung)  # type: ignore[arg-type]

    async def ask() -> None:
        answers = await asyncio.gather(*(readiness.check() for _ in range(50)), return_exceptions=True)
        assert all(isinstance(answer, Unavailable) and "within 2 seconds" in str(answer) for answer in answers)
        with pytest.raises(Unavailable):
            await readiness.check()
        assert hung.reads == 1
        hung.go.set()
        await asyncio.sleep(0.5)
        await readiness.check()

    started = time.monotonic()
    asyncio.run(ask())
    assert time.monotonic() - started < 2 * LIMIT_SECONDS + 5
    readiness.close()


def test_an_answer_holds_for_a_moment(readiness: Readiness, file: Path) -> None:
    async def ask() -> None:
        await readiness.check()
        await asyncio.to_thread(file.rename, file.with_name("moved.db"))
        await readiness.check()
        await asyncio.sleep(FRESH_SECONDS)
        with pytest.raises(Unavailable):
            await readiness.check()

    asyncio.run(ask())
