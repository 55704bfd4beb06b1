"""What a server counts, seen through its own application and through other processes' counts."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kiseki.asgi.monitor import SECONDS, RouteCounts
from kiseki.base.errors import NotFound
from kiseki.server.monitor import GROUP_SIZES, Counts, Monitor
from kiseki.service import Session
from kiseki.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'kiseki.db'}", str(tmp_path / "artifacts"))
    yield opened
    opened.close()


def submit(monitor: Monitor, store: Store, work: Callable[[Session], Any]) -> Future[Any]:
    future = store.submit(monitor.counted(work))
    future.add_done_callback(monitor.answered)
    return future


def sizes(monitor: Monitor) -> tuple[int, int]:
    """How many commits were counted, and how many requests they kept."""
    return sum(monitor.counts.groups), monitor.counts.grouped


def test_requests_are_counted_by_status_time_and_bytes() -> None:
    monitor = Monitor()
    monitor.request("POST", "/a", 200, 0.0009, 10, 2)
    monitor.request("POST", "/a", 204, 0.001, 20, 3)
    monitor.request("POST", "/a", 503, 99.0, 0, 5)
    monitor.request("GET", "/a", 200, None, 0, 7)
    assert set(monitor.counts.routes) == {("POST", "/a"), ("GET", "/a")}
    posts = monitor.counts.routes["POST", "/a"]
    assert posts == RouteCounts(
        statuses=[0, 0, 2, 0, 0, 1],
        durations=[2, *[0] * (len(SECONDS) - 1), 1],
        seconds=0.0009 + 0.001 + 99.0,
        received=30,
        sent=10,
    )
    assert monitor.counts.routes["GET", "/a"].durations == [0] * (len(SECONDS) + 1)


def test_a_commit_is_counted_once_for_all_that_it_kept(store: Store) -> None:
    monitor = Monitor()
    held, go = threading.Event(), threading.Event()

    def hold(_: Session) -> None:
        held.set()
        assert go.wait(10)

    first = submit(monitor, store, hold)
    assert held.wait(10)
    others = [submit(monitor, store, lambda session: session.experiments.get_by_name("Default")) for _ in range(20)]
    go.set()
    for future in (first, *others):
        future.result(10)
    store.write(lambda session: None)
    assert sizes(monitor) == (2, 21)
    # One alone, and twenty in one.
    assert [size for size, count in zip((*GROUP_SIZES, 0), monitor.counts.groups, strict=True) if count] == [1, 32]


def test_work_that_fails_is_part_of_no_commit(store: Store) -> None:
    monitor = Monitor()

    def fail(_: Session) -> None:
        raise NotFound("no such thing")

    with pytest.raises(NotFound):
        submit(monitor, store, fail).result(10)
    submit(monitor, store, lambda session: None).result(10)
    store.write(lambda session: None)
    assert sizes(monitor) == (1, 1)


def test_threads_that_commit_at_once_do_not_mix_their_groups() -> None:
    monitor = Monitor()

    def commit(size: int) -> None:
        work = monitor.counted(lambda session: None)
        for _ in range(size):
            work(None)  # type: ignore[arg-type]
        for _ in range(size):
            monitor.answered(Future())

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(commit, [3] * 500))
    assert sizes(monitor) == (500, 1500)


def test_workers_add_up_and_one_that_ended_leaves_what_it_did(tmp_path: Path) -> None:
    one = Monitor(str(tmp_path))
    one.request("GET", "/a", 200, 0.1, 1, 2)
    one.counts.points, one.counts.streams, one.counts.refused["read"] = 5, 2, 1
    other = Counts(points=7, streams=3, reads_waiting=4, writes_waiting=5, grouped=9)
    other.groups[0] = 9
    other.routes["GET", "/a"] = RouteCounts(statuses=[0, 0, 3, 0, 0, 0], received=10)
    other.refused["read"] = 2
    other.process.cpu_seconds = 100.0
    other.process.resident_bytes = 2**40
    finished = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    (tmp_path / f"{int(finished.stdout)}.counts").write_bytes(msgspec.msgpack.encode(other))
    (tmp_path / f"{os.getppid()}.counts").write_bytes(msgspec.msgpack.encode(other))
    total = one.all()
    assert (total.points, total.grouped, total.refused["read"]) == (19, 18, 5)
    assert total.routes["GET", "/a"].statuses == [0, 0, 7, 0, 0, 0]
    assert total.routes["GET", "/a"].received == 21
    # What is of this moment is that of the processes that run.
    assert (total.streams, total.reads_waiting, total.writes_waiting) == (5, 4, 5)
    assert 2**40 < total.process.resident_bytes < 2**41
    assert total.process.cpu_seconds > 200
    assert total.process.started > 0
    assert one.counts.points == 5


def test_what_a_worker_shares_is_what_another_reads(tmp_path: Path) -> None:
    monitor = Monitor(str(tmp_path))
    monitor.request("GET", "/a", 404, 0.1, 1, 2)
    monitor.share()
    (file,) = tmp_path.iterdir()
    assert file.name == f"{os.getpid()}.counts"
    assert msgspec.msgpack.decode(file.read_bytes(), type=Counts) == monitor.counts
    # Its own are as they are, not as they were when it shared them.
    monitor.request("GET", "/a", 404, 0.1, 1, 2)
    assert monitor.all().routes["GET", "/a"].statuses[4] == 2


def test_a_server_that_ended_has_no_place_for_counts(tmp_path: Path) -> None:
    Monitor(str(tmp_path / "gone")).share()
    assert list(tmp_path.iterdir()) == []
