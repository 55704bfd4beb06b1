"""What every `Store` does: atomic work, consistent reads, bounded queues, a graceful end."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

import pytest

from kiseki.base.errors import IntegrityError, InvalidParameter, KisekiError, NotFound, TooManyRequests, Unavailable
from kiseki.base.ids import RunId
from kiseki.domain.runs import Run
from kiseki.store import Session, Store, open_store
from tests.conformance.rows import ARTIFACT_ROOT, add_experiment, add_run, append, new_run, points_of


class Gate:
    """Work that keeps the writer busy until `open` is called, so that what is submitted meanwhile is one group."""

    def __init__(self, store: Store) -> None:
        self._entered, self._leave = threading.Event(), threading.Event()
        self.future = store.submit(self._wait)
        assert self._entered.wait(30)

    def _wait(self, session: Session) -> None:
        self._entered.set()
        assert self._leave.wait(30)

    def open(self) -> None:
        self._leave.set()
        self.future.result(30)


def names(store: Store) -> set[str]:
    """The names of the experiments that the tests add."""

    def read(session: Session) -> set[str]:
        found = [session.experiments.get_by_name(f"e{i}") for i in range(60)]
        return {experiment.name for experiment in found if experiment is not None}

    return store.read(read)


def create(name: str) -> Callable[[Session], str]:
    def work(session: Session) -> str:
        return session.experiments.create(name, None, {"t": name}, 1).experiment_id

    return work


# --- atomicity --------------------------------------------------------------------------------------------------------


def test_work_returns_its_result(store: Store) -> None:
    assert store.write(lambda session: 42) == 42
    assert store.read(lambda session: "x") == "x"
    assert store.submit(lambda session: None).result(30) is None


@pytest.mark.parametrize("error", [NotFound("x"), ValueError("x"), KeyboardInterrupt(), SystemExit(3)])
def test_work_that_raises_leaves_nothing(store: Store, error: BaseException) -> None:
    run = new_run()

    def fail(session: Session) -> NoReturn:
        key = session.runs.create(run)
        session.runs.set_tags(key, {"a new key": "x"})
        session.metrics.append(key, points_of("a new metric", [(0, 0, 1.0)]))
        create("e1")(session)
        raise error

    with pytest.raises(type(error)) as caught:
        store.write(fail)
    assert caught.value is error
    assert store.read(lambda session: session.runs.get(run.run_id)) is None
    assert names(store) == set()
    again = store.write(lambda session: session.runs.create(run))
    append(store, again, "a new metric", [(1, 1, 2.0)])
    store.write(lambda session: session.runs.set_tags(again, {"a new key": "y"}))
    found = store.read(lambda session: session.runs.get(run.run_id))
    assert found is not None
    assert found.tags == {"a new key": "y"}
    assert [(metric.key, metric.value) for metric in found.metrics] == [("a new metric", 2.0)]


def test_a_read_that_raises_does_not_spoil_the_next(store: Store) -> None:
    def fail(session: Session) -> NoReturn:
        session.experiments.get_by_name("e1")
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        store.read(fail)
    store.write(create("e1"))
    assert names(store) == {"e1"}


def test_a_read_cannot_write(store: Store) -> None:
    with pytest.raises(KisekiError):
        store.read(create("e1"))
    assert names(store) == set()
    store.write(create("e1"))
    assert names(store) == {"e1"}


class _Bad(Exception):
    pass


def test_of_fifty_works_at_once_those_that_fail_leave_nothing_and_the_others_are_kept(store: Store) -> None:
    orphan: Run = new_run("999999")

    def work(i: int) -> Callable[[Session], str]:
        def run(session: Session) -> str:
            experiment_id = create(f"e{i}")(session)
            key = session.runs.create(new_run(experiment_id, run_id=f"run{i}"))
            session.runs.add_params(key, {"shared key": str(i), f"own key {i}": "x"})
            if i % 5 == 1:
                raise _Bad(i)
            if i % 5 == 2:
                create(f"e{i}")(session)  # it exists
            if i % 5 == 3:
                session.runs.create(orphan)  # of no experiment: the database itself refuses
            return experiment_id

        return run

    gate = Gate(store)
    futures = [store.submit(work(i)) for i in range(50)]
    gate.open()
    failed = {i for i, future in enumerate(futures) if future.exception(30) is not None}
    assert failed == {i for i in range(50) if i % 5 in (1, 2, 3)}
    assert all(isinstance(futures[i].exception(), _Bad if i % 5 == 1 else KisekiError) for i in failed)
    assert names(store) == {f"e{i}" for i in range(50) if i not in failed}
    for i in range(50):
        run = store.read(lambda session, i=i: session.runs.get(RunId(f"run{i}")))  # type: ignore[misc]
        if i in failed:
            assert run is None
        else:
            assert run is not None
            assert (run.experiment_id, run.params) == (futures[i].result(), {"shared key": str(i), f"own key {i}": "x"})
    assert len({futures[i].result() for i in range(50) if i not in failed}) == 50 - len(failed)


def test_works_of_one_group_see_each_other(store: Store) -> None:
    gate = Gate(store)
    first = store.submit(create("e1"))
    second = store.submit(lambda session: session.experiments.get_by_name("e1"))
    third = store.submit(create("e1"))
    gate.open()
    found = second.result(30)
    assert found is not None
    assert found.experiment_id == first.result(30)
    with pytest.raises(KisekiError, match="already exists"):
        third.result(30)


def test_cancelled_work_is_not_done(store: Store) -> None:
    gate = Gate(store)
    kept, cancelled = store.submit(create("e1")), store.submit(create("e2"))
    assert cancelled.cancel()
    gate.open()
    kept.result(30)
    assert names(store) == {"e1"}


def test_many_threads_write_and_read_at_once(store: Store) -> None:
    run = add_run(store)

    def work(i: int) -> None:
        create_run = new_run(run_id=f"r{i}")
        key = store.write(lambda session: session.runs.create(create_run))
        for step in range(10):
            append(store, run, "shared", [(step, i, float(i)), (step, i, float(i))])
            append(store, key, f"own{i}", [(step, step, 1.0)])
            found = store.read(lambda session: session.metrics.summaries(key))
            assert [(one.key, one.count) for one in found] == [(f"own{i}", step + 1)]

    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(work, i) for i in range(16)]:
            future.result(60)
    store.compact()
    (summary,) = store.read(lambda session: session.metrics.summaries(run))
    assert (summary.count, summary.last, summary.last_step, summary.last_timestamp) == (160, 15.0, 9, 15)


# --- consistent reads ---------------------------------------------------------------------------------------------------


def test_a_read_sees_one_state_of_the_data(store: Store) -> None:
    run = add_run(store)
    append(store, run, "m", [(0, 0, 1.0)])
    inside, go_on = threading.Event(), threading.Event()

    def look(session: Session) -> list[tuple[int, int, int]]:
        seen = []
        for _ in range(2):
            (summary,) = session.metrics.summaries(run)
            found = session.runs.get(run.run_id)
            assert found is not None
            seen.append((summary.count, len(session.metrics.history(run, "m", 0, 100)), len(found.params)))
            inside.set()
            assert go_on.wait(30)
        return seen

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(store.read, look)
        assert inside.wait(30)
        append(store, run, "m", [(1, 1, 2.0)])
        store.write(lambda session: session.runs.add_params(run, {"p": "1"}))
        store.compact()
        go_on.set()
        assert reading.result(30) == [(1, 1, 0), (1, 1, 0)]
    assert store.read(look) == [(2, 2, 1), (2, 2, 1)]


def test_what_was_written_is_read_at_once(store: Store) -> None:
    run = add_run(store)
    for i in range(50):
        append(store, run, "m", [(i, i, float(i))])
        assert len(store.read(lambda session: session.metrics.history(run, "m", 0, 100))) == i + 1


# --- limits -------------------------------------------------------------------------------------------------------------


def test_a_full_queue_refuses_and_recovers(store: Store) -> None:
    gate = Gate(store)
    futures: list[Future[None]] = []
    with pytest.raises(TooManyRequests) as caught:
        futures.extend(store.submit(lambda session: None) for _ in range(100_000))
    assert caught.value.retry_after_seconds == 1
    assert len(futures) >= 1_000
    gate.open()
    assert [future.result(60) for future in futures] == [None] * len(futures)
    store.write(create("e1"))
    assert names(store) == {"e1"}


# --- beginning and end --------------------------------------------------------------------------------------------------


def test_a_closed_store_refuses(store: Store) -> None:
    store.close()
    store.close()
    for use in (store.read, store.write, store.submit):
        with pytest.raises(Unavailable, match="closed"):
            use(lambda session: None)
    with pytest.raises(Unavailable, match="closed"):
        store.compact()


def test_closing_waits_for_what_is_queued(store: Store, uri: str) -> None:
    gate = Gate(store)
    futures = [store.submit(create(f"e{i}")) for i in range(40)]
    with ThreadPoolExecutor(1) as pool:
        closing = pool.submit(store.close)
        gate.open()
        closing.result(60)
    assert len({future.result(0) for future in futures}) == 40
    again = open_store(uri, ARTIFACT_ROOT)
    assert names(again) == {f"e{i}" for i in range(40)}
    again.close()


def test_whoever_submits_while_the_store_closes_gets_an_answer(uri: str) -> None:
    for _ in range(5):
        store = open_store(uri, ARTIFACT_ROOT)
        started = threading.Barrier(5)

        def submit(store: Store = store, started: threading.Barrier = started) -> int:
            started.wait(30)
            answered = 0
            while True:
                try:
                    store.submit(lambda session: None).result(30)
                except Unavailable:
                    return answered
                answered += 1

        with ThreadPoolExecutor(4) as pool:
            submitting = [pool.submit(submit) for _ in range(4)]
            started.wait(30)
            store.close()
            assert all(future.result(60) >= 0 for future in submitting)


def test_everything_is_there_after_opening_again(store: Store, uri: str) -> None:
    experiment_id = add_experiment(store, "e1", t="x")
    run = add_run(store, experiment_id, tags={"a": "b"})
    append(store, run, "m", [(i, i, float(i)) for i in range(2_000)])
    before = store.read(lambda session: (session.experiments.get_by_name("e1"), session.runs.get(run.run_id)))
    store.close()
    again = open_store(uri, "mlflow-artifacts:/elsewhere")
    assert again.read(lambda session: (session.experiments.get_by_name("e1"), session.runs.get(run.run_id))) == before
    append(again, run, "m", [(i, i, float(i)) for i in range(2_500)])
    again.compact()
    (summary,) = again.read(lambda session: session.metrics.summaries(run))
    assert summary.count == 2_500
    again.close()


def test_two_stores_on_one_database_see_each_other(store: Store, uri: str) -> None:
    other = open_store(uri, ARTIFACT_ROOT)
    run = add_run(store)
    for i in range(10):
        append(store, run, "m", [(i, i, 1.0)])
        append(other, run, "m", [(i, i, 1.0), (i, i, 2.0)])
        append(other, run, f"other{i}", [(i, i, 1.0)])
        append(store, run, f"other{i}", [(i, i, 1.0)])
        if i % 3 == 0:
            (store if i % 2 else other).compact()
    for one in (store, other):
        found = one.read(lambda session: session.metrics.summaries(run))
        assert {summary.key: summary.count for summary in found} == {"m": 20, **{f"other{i}": 1 for i in range(10)}}
    other.close()


def test_a_forked_child_opens_the_database_anew(uri: str) -> None:
    script = """
        import os, sys, warnings
        from kiseki.store import open_store
        warnings.simplefilter("ignore")
        store = open_store(sys.argv[1], "mlflow-artifacts:/")
        create = lambda name: store.write(lambda session: session.experiments.create(name, None, {}, 1).experiment_id)
        create("parent")
        child = os.fork()
        if child == 0:
            create("child")
            store.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        create("parent again")
        names = ["parent", "child", "parent again"]
        print([store.read(lambda session: session.experiments.get_by_name(name)).name for name in names])
        store.close()
    """
    answer = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), uri], capture_output=True, text=True, timeout=120, check=True
    )
    assert answer.stdout.strip() == "['parent', 'child', 'parent again']"


def test_other_processes_that_come_and_go_take_nothing_away(store: Store, uri: str) -> None:
    script = """
        import sys
        from kiseki.store import open_store
        store = open_store(sys.argv[1], "mlflow-artifacts:/")
        store.write(lambda session: session.experiments.create(sys.argv[2], None, {}, 1))
        names = [store.read(lambda session: session.experiments.get_by_name(name)) for name in sys.argv[3:]]
        assert all(names), names
        store.close()
    """
    seen: list[str] = []
    for i in range(3):
        with ThreadPoolExecutor(4) as pool:
            assert [future.result(30) for future in [pool.submit(names, store) for _ in range(4)]] == [set(seen)] * 4
        seen.append(f"e{i}")
        store.write(create(seen[-1]))
        subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script), uri, f"e{10 + i}", *seen], timeout=120, check=True
        )
        seen.append(f"e{10 + i}")
        assert names(store) == set(seen)
    store.close()
    again = open_store(uri, ARTIFACT_ROOT)
    assert names(again) == set(seen)
    again.close()


# --- SQLite's files -----------------------------------------------------------------------------------------------------


def test_the_database_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    store = open_store(f"sqlite:///{folder / 'k.db'}", ARTIFACT_ROOT)
    add_run(store)
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    store.close()


@pytest.mark.parametrize("uri", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "mysql+x://h/d", "kiseki.db", ""])
def test_what_is_no_database_is_refused(uri: str) -> None:
    with pytest.raises(InvalidParameter):
        open_store(uri, ARTIFACT_ROOT)


@pytest.mark.parametrize("content", [b"not a database" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "k.db"
    path.write_bytes(content)
    with pytest.raises(Unavailable):
        open_store(f"sqlite:///{path}", ARTIFACT_ROOT)
    assert path.read_bytes() == content


def test_the_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "k.db"
    driver = sqlite3.connect(path)
    driver.execute("CREATE TABLE runs (x)")
    driver.commit()
    driver.close()
    with pytest.raises(Unavailable, match="something else"):
        open_store(f"sqlite:///{path}", ARTIFACT_ROOT)
    driver = sqlite3.connect(path)
    assert driver.execute("SELECT name FROM sqlite_master").fetchall() == [("runs",)]
    driver.close()


def test_a_history_that_rotted_does_not_stop_the_store(tmp_path: Path) -> None:
    path = tmp_path / "k.db"
    store = open_store(f"sqlite:///{path}", ARTIFACT_ROOT)
    rotten, sound = add_run(store), add_run(store)
    for turn in range(7):
        for run in (rotten, sound):
            append(store, run, "m", [(5 * turn + i, 5 * turn + i, float(i)) for i in range(5)])
        store.compact()
    driver = sqlite3.connect(path)
    driver.execute("UPDATE segments SET columns = zeroblob(40) WHERE run = ?", (rotten.number,))
    driver.commit()
    driver.close()
    with pytest.raises(IntegrityError, match="version"):
        store.read(lambda session: session.metrics.history(rotten, "m", 0, 10))
    # So many requests that the writer compacts by itself and needs the rotten segments for it.
    for i in range(200):
        for run in (rotten, sound):
            append(store, run, "m", [(10_000 + i, 10_000 + i, 1.0)])
    (summary,) = store.read(lambda session: session.metrics.summaries(sound))
    assert summary.count == 235
    assert len(store.read(lambda session: session.metrics.history(sound, "m", 0, 10_000))) == 235
    with pytest.raises(IntegrityError, match="version"):
        store.compact()
    append(store, rotten, "other", [(0, 0, 1.0)])
    assert len(store.read(lambda session: session.metrics.history(rotten, "other", 0, 10))) == 1
    store.close()
