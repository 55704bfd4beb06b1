"""Connections that are used again are in no transaction, whatever ended the one before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiseki.store import open_engine
from kiseki.store.sql.server_pool import Pool
from tests.databases import ON_SERVERS, passing


@pytest.fixture(params=ON_SERVERS)
def pool(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pool]:
    with passing(request.param, tmp_path) as uri:
        engine = open_engine(uri)
        made = Pool(engine, engine.connect_to_write, 1)
        yield made
        made.close()


class StoppedError(Exception):
    """What a piece of work raises."""


def leave(pool: Pool, statements: list[str]) -> None:
    """Has work send statements, ahead where the database knows that, and end with an error before they are answered."""

    def work() -> None:
        with pool.connection() as driver:
            cursors = [driver.cursor() for _ in statements]
            for cursor, statement in zip(cursors, statements, strict=True):
                cursor.execute(statement)
            raise StoppedError

    with pytest.raises(StoppedError):
        work()


def ask(pool: Pool) -> Any:
    with pool.connection() as driver:
        cursor = driver.cursor()
        cursor.execute("SELECT count(*) FROM noted")
        (count,) = cursor.fetchone()
        driver.rollback()
        return count


def test_a_connection_is_used_again_after_an_error_and_what_was_done_is_rolled_back(pool: Pool) -> None:
    with pool.connection() as driver:
        driver.cursor().execute("CREATE TABLE noted (number INTEGER)")
        driver.commit()
        first = driver
    leave(pool, ["INSERT INTO noted VALUES (1)", "INSERT INTO noted VALUES (2)"])
    assert ask(pool) == 0
    with pool.connection() as driver:
        assert driver is first


@pytest.mark.parametrize("pool", [name for name in ON_SERVERS if name == "postgresql"], indirect=True)
def test_a_connection_is_used_again_after_what_was_sent_ahead_had_failed(pool: Pool) -> None:
    with pool.connection() as driver:
        driver.cursor().execute("CREATE TABLE noted (number INTEGER)")
        driver.commit()
        first = driver
    leave(pool, ["INSERT INTO noted VALUES (1)", "INSERT INTO missing VALUES (2)"])
    assert ask(pool) == 0
    with pool.connection() as driver:
        assert driver is first
