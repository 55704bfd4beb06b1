"""What a group of requests writes goes to the database together, in the order that it needs, and before anything is read."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import bindparam, delete, insert
from sqlalchemy.engine import make_url

from kiseki.base.ids import RunId
from kiseki.server.routes.runs import AHEAD, WRITES
from kiseki.server.routes.runs import create as create_run
from kiseki.service import runs as service
from kiseki.store import Session, Store, open_store
from kiseki.store.sql.database import Database
from kiseki.store.sql.outbox import Outbox
from kiseki.store.sql.postgresql_sender import Sender
from kiseki.store.sql.tables import arrivals, runs, tags
from kiseki.store.sql.texts import TAGS
from kiseki.wire import runs as wire
from kiseki.wire.experiments import Tag
from kiseki.wire.metrics import LoggedMetric
from tests.conformance.rows import ARTIFACT_ROOT
from tests.conformance.test_store import Gate
from tests.databases import ON_SERVERS, passing

_ADD_RUN: Final = insert(runs).values(number=bindparam("number"))
_ARRIVE: Final = insert(arrivals).values(run=bindparam("number"), count=bindparam("many"), points=bindparam("data"))


class Sent:
    """A driver that keeps what it is given."""

    def __init__(self) -> None:
        self.statements: list[tuple[str, Any]] = []

    def cursor(self) -> Sent:
        return self

    def execute(self, sql: str, arguments: Any) -> None:
        self.statements.append((sql, arguments))


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.fixture
def outbox(sent: Sent) -> Outbox:
    database = Database(make_url("postgresql+psycopg://").get_dialect()(), b"", "", arrays=True)
    return Outbox(sent, database.compiled, database.compiled_many)


def tag(run: int, key: int, value: str) -> dict[str, Any]:
    return {"number": run, "name": key, "group": 0, "digest": 0, "text": value}


def test_rows_of_one_statement_are_sent_at_once(outbox: Outbox, sent: Sent) -> None:
    assert outbox.put(TAGS.add, [tag(1, 1, "a")])
    assert outbox.put(TAGS.add, [tag(1, 2, "b"), tag(2, 1, "c")])
    assert sent.statements == []
    outbox.send()
    ((sql, arguments),) = sent.statements
    assert sql.startswith("INSERT INTO tags")
    assert all(f'"text":"{value}"' in arguments["json_rows"] for value in "abc")
    outbox.send()
    assert len(sent.statements) == 1


def test_a_single_row_is_sent_as_such(outbox: Outbox, sent: Sent) -> None:
    outbox.put(TAGS.add, [tag(1, 1, "a")])
    outbox.send()
    ((_, arguments),) = sent.statements
    assert arguments["text"] == "a"


def test_of_several_changes_of_a_row_the_last_is_sent(outbox: Outbox, sent: Sent) -> None:
    outbox.put(TAGS.change, [tag(1, 1, "first"), tag(1, 2, "other")])
    outbox.put(TAGS.change, [tag(1, 1, "last")])
    outbox.send()
    ((_, arguments),) = sent.statements
    assert "first" not in arguments["json_rows"]
    assert "last" in arguments["json_rows"]
    assert "other" in arguments["json_rows"]


def test_what_others_refer_to_goes_first_and_changes_last(outbox: Outbox, sent: Sent) -> None:
    outbox.put(TAGS.change, [tag(1, 1, "x")])
    outbox.put(TAGS.add, [tag(1, 2, "y")])
    outbox.put(_ADD_RUN, [{"number": 1}])
    outbox.send()
    assert [" ".join(sql.split()[:3]).removesuffix(" SET") for sql, _ in sent.statements] == [
        "INSERT INTO runs",
        "INSERT INTO tags",
        "UPDATE tags",
    ]


def test_rows_with_bytes_wait_too(outbox: Outbox, sent: Sent) -> None:
    blobs = [b"\x00\xff", b"2"]
    assert outbox.put(_ARRIVE, [{"number": i, "many": 1, "data": data} for i, data in enumerate(blobs)])
    outbox.send()
    ((_, arguments),) = sent.statements
    assert arguments["data"] == blobs


def test_what_removes_rows_does_not_wait(outbox: Outbox) -> None:
    assert not outbox.put(delete(tags), [{}])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    if "postgresql" not in ON_SERVERS:
        pytest.skip("PostgreSQL is not among the databases of this run")
    with passing("postgresql", tmp_path) as uri:
        opened = open_store(uri, ARTIFACT_ROOT)
        yield opened
        opened.close()


def made(store: Store, count: int) -> list[str]:
    """So many runs."""
    asked = wire.CreateRun(experiment_id="0")
    return [store.write(lambda session: create_run(session, asked)).run.info.run_id for _ in range(count)]


def log(store: Store, run_id: str, step: int) -> Any:
    """Queues a point and a tag, which is changed by the next step."""
    request = wire.LogBatch(
        run_id=run_id,
        metrics=[LoggedMetric(key="m", value=step / 2, timestamp=step, step=step)],
        tags=[Tag(key="t", value=str(step))],
    )
    handler: Any = WRITES["runs.log_batch"]
    return store.submit(lambda session: handler(session, request), lambda: AHEAD["runs.log_batch"](request))


def test_a_larger_group_takes_no_more_statements(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run_ids = made(store, 16)
    send = Sender.send
    count = 0

    def counted(self: Any, *arguments: Any) -> None:
        nonlocal count
        count += 1
        send(self, *arguments)

    def statements_of(group: list[str], step: int) -> int:
        nonlocal count
        gate = Gate(store)
        waiting = [log(store, run_id, step) for run_id in group]
        count = 0
        gate.open()
        for future in waiting:
            future.result(30)
        return count

    # The first makes the names and the rows that the others change.
    statements_of(run_ids, 0)
    monkeypatch.setattr(Sender, "send", counted)
    few, many = statements_of(run_ids[:2], 1), statements_of(run_ids, 2)
    assert 0 < many <= few
    for i, run_id in enumerate(run_ids):
        run = store.read(lambda session, one=run_id: service.get(session, one))  # type: ignore[misc]
        assert run.tags["t"] == "2"
        history = store.read(lambda session, one=run_id: service.details(session, one))  # type: ignore[misc]
        assert [(one.count, one.last) for one in history.metrics] == [(3 if i < 2 else 2, 1.0)]


def test_work_that_tells_nothing_reads_what_its_group_wrote_before(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "kiseki.store")
    (run_id,) = made(store, 1)

    def read(session: Session) -> tuple[str | None, list[int]]:
        run = session.runs.locate(RunId(run_id))
        # What raises would make the group be done one by one.
        return (
            (session.runs.tag(run, "t"), [one.count for one in session.metrics.summaries(run)]) if run else (None, [])
        )

    gate = Gate(store)
    first, second = log(store, run_id, 1), log(store, run_id, 2)
    seen = store.submit(read)
    third = log(store, run_id, 3)
    gate.open()
    for future in (first, second, third):
        future.result(30)
    assert seen.result(30) == ("2", [2])
    assert store.read(read) == ("3", [3])
    assert not [record for record in caplog.records if "one by one" in record.message]
