"""Statements that are sent ahead to PostgreSQL: their values, their errors, and what is left of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors

from kiseki.store import open_engine
from kiseki.store.sql import postgresql_sender
from kiseki.store.sql.engine import Engine
from kiseki.store.sql.postgresql_sender import Sender
from tests.databases import ON_SERVERS, passing

pytestmark = pytest.mark.skipif("postgresql" not in ON_SERVERS, reason="PostgreSQL is not tested here")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with passing("postgresql", tmp_path) as uri:
        yield open_engine(uri)


@pytest.fixture
def sender(engine: Engine) -> Iterator[Sender]:
    with closing(engine.connect_to_write()) as driver:
        driver.execute("CREATE TABLE noted (number BIGINT PRIMARY KEY, told TEXT, data BYTEA)")
        driver.commit()
        yield driver


ADD = "INSERT INTO noted VALUES (%(number)s, %(told)s, %(data)s)"


def add(sender: Sender, number: int, told: str | None = None, data: bytes | None = None) -> None:
    sender.execute(ADD, {"number": number, "told": told, "data": data})


def noted(sender: Sender) -> list[Any]:
    found = sender.execute("SELECT number FROM noted ORDER BY number").fetchall()
    sender.commit()
    return [number for (number,) in found]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        *[(number, "BIGINT") for number in (0, 1, -1, 2**63 - 1, -(2**63))],
        *[(number, "FLOAT8") for number in (0.1, -1e300, float("inf"), float("-inf"))],
        *[(text, "TEXT") for text in ("", "%s %(a)s %%", "軌跡 é \U0001f600", "'\"\\", "x" * 100_000)],
        *[(data, "BYTEA") for data in (b"", b"\0\xff\\x", bytes(range(256)) * 1_000)],
        *[(truth, "BOOL") for truth in (True, False)],
        *[(None, kind) for kind in ("BIGINT", "TEXT", "BYTEA")],
        *[
            (numbers, "BIGINT[]")
            for numbers in ([], [None], [1, None], [1], [-(2**63), 0, 2**63 - 1], list(range(1_000)))
        ],
        *[(texts, "TEXT[]") for texts in ([], [None], ["", None, "a"], ["a,b", '{"x"}', "NULL", "軌"])],
        *[(blobs, "BYTEA[]") for blobs in ([], [None], [None, b""], [b"\0,", b"}\xff"])],
    ],
)
def test_a_value_comes_back_as_it_went_however_often_it_goes(sender: Sender, value: Any, kind: str) -> None:
    for _ in range(3):
        assert sender.execute(f"SELECT %(value)s::{kind}", {"value": value}).fetchone() == (value,)
        assert sender.execute(f"SELECT %s::{kind}", [value]).fetchall() == [(value,)]
    sender.commit()


def test_a_value_of_another_type_is_refused(sender: Sender) -> None:
    for value in (Decimal(1), object(), {}, [1, "a"], [None, b"", ""], [1.5]):
        with pytest.raises(psycopg.ProgrammingError, match="parameter"):
            sender.execute("SELECT %(value)s", {"value": value})
    with pytest.raises(psycopg.DataError, match="NUL"):
        add(sender, 1, "a\0b")
    with pytest.raises(psycopg.DataError, match="NUL"):
        sender.execute("SELECT %s::TEXT[]", [["a\0b"]])
    sender.rollback()
    assert noted(sender) == []


def test_a_place_counts_as_often_as_it_is_named_and_a_percent_sign_stays(sender: Sender) -> None:
    for _ in range(3):
        answer = sender.execute("SELECT %(a)s::INT + %(b)s::INT * %(a)s::INT, 'x' LIKE 'x%%'", {"a": 2, "b": 3, "c": 4})
        assert answer.fetchall() == [(8, True)]


def test_a_failure_is_told_by_the_commit_and_nothing_is_kept(sender: Sender) -> None:
    for number in (1, 1, 2):
        add(sender, number)
    with pytest.raises(errors.UniqueViolation):
        sender.commit()
    with pytest.raises(errors.UniqueViolation):
        sender.execute("SELECT 1")
    sender.rollback()
    assert noted(sender) == []


def test_a_failure_is_told_by_a_later_answer(sender: Sender) -> None:
    add(sender, 1)
    add(sender, 1)
    answer = sender.execute("SELECT 1")
    with pytest.raises(errors.UniqueViolation):
        answer.fetchall()
    with pytest.raises(errors.UniqueViolation):
        sender.sync()
    with pytest.raises(errors.UniqueViolation):
        sender.commit()
    sender.rollback()
    assert noted(sender) == []


def test_a_statement_whose_preparation_was_left_out_is_prepared_again(sender: Sender) -> None:
    add(sender, 1)
    sender.execute("SELECT missing")
    add(sender, 2)
    with pytest.raises(errors.UndefinedColumn):
        sender.commit()
    sender.rollback()
    for number in (3, 4, 5):
        add(sender, number)
        sender.commit()
    assert noted(sender) == [3, 4, 5]


def test_preparations_that_failed_leave_no_names_to_others(sender: Sender) -> None:
    add(sender, 1)
    add(sender, 2)
    sender.commit()
    sender.execute("SELECT missing")
    add(sender, 3, "told")
    add(sender, 4, None, b"data")
    with pytest.raises(errors.UndefinedColumn):
        sender.commit()
    sender.rollback()
    for number in (5, 6):
        add(sender, number, None, b"data")
        add(sender, 10 + number, "told", b"data")
        add(sender, 20 + number, "told")
        sender.commit()
    assert noted(sender) == [1, 2, 5, 6, 15, 16, 25, 26]


def test_a_transaction_that_is_rolled_back_leaves_nothing(sender: Sender) -> None:
    add(sender, 1)
    sender.commit()
    add(sender, 2)
    sender.rollback()
    add(sender, 3)
    sender.commit()
    sender.commit()
    sender.rollback()
    assert noted(sender) == [1, 3]


def test_rows_are_counted_and_given_once(sender: Sender) -> None:
    for number in range(5):
        add(sender, number)
    changed = sender.execute("UPDATE noted SET told = 'x' WHERE number < %s", [3])
    cursor = sender.execute("SELECT number FROM noted ORDER BY number")
    assert changed.rowcount == 3
    assert (cursor.fetchone(), cursor.fetchall()) == ((0,), [(1,), (2,), (3,), (4,)])
    assert (cursor.fetchone(), cursor.fetchall()) == (None, [])
    cursor.executemany("DELETE FROM noted WHERE number = %(number)s", [{"number": 1}, {"number": 2}])
    assert noted(sender) == [0, 3, 4]


def test_answers_that_nobody_reads_stop_neither_side(sender: Sender) -> None:
    data = b"x" * 2_000_000
    answers = [sender.execute("SELECT %s::BYTEA, %s", [data, number]) for number in range(30)]
    sender.commit()
    assert [answer.fetchone() for answer in answers] == [(data, number) for number in range(30)]


def test_statements_without_end_are_all_sent(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql_sender, "_MOST_KNOWN", 10)
    for number in range(50):
        for _ in range(3):
            assert sender.execute(f"SELECT {number} + %s", [1]).fetchone() == (number + 1,)
    sender.commit()
    prepared = sender.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()
    assert prepared is not None
    assert 5 <= prepared[0] <= 10


def test_a_connection_that_is_lost_says_so(engine: Engine, sender: Sender) -> None:
    add(sender, 1)
    sender.sync()
    with closing(engine.connect()) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database() AND backend_type = 'client backend'"
        )
        other.commit()
        with pytest.raises(psycopg.OperationalError) as caught:
            sender.commit()
        assert engine.means_lost(caught.value)
        with pytest.raises(psycopg.OperationalError):
            sender.rollback()
        assert engine.is_lost(sender)
        with pytest.raises(psycopg.OperationalError):
            sender.execute("SELECT 1")
        assert other.execute("SELECT count(*) FROM noted").fetchone() == (0,)


def test_a_connection_that_was_closed_says_so(engine: Engine, sender: Sender) -> None:
    sender.close()
    assert engine.is_lost(sender)
    with pytest.raises(psycopg.OperationalError):
        sender.execute("SELECT 1")
