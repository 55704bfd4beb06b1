"""K7, K8 and rows 45, 49, 50 and 51 of the faults on database servers: killed, cut off, full and locked, and two kiseki servers on one."""

from __future__ import annotations

import contextlib
import random
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bench.databases import SERVERS, DatabaseServer
from kiseki.store.sql.engine import LOCK_SECONDS
from kiseki.store.sql.server import READERS, WRITERS
from tests.databases import ON_SERVERS, check_sound, unavailable
from tests.faults.disks import full, small_disk
from tests.faults.journals import Journals
from tests.faults.server import Target
from tests.wire.server import metric, pairs

CONNECTIONS = READERS + WRITERS + 2
"""The most that one server has open: one more adds keys, and one hears of other servers."""


@pytest.fixture(params=ON_SERVERS)
def database(request: pytest.FixtureRequest) -> Iterator[DatabaseServer]:
    """A database server for one test, which may do to it what it likes."""
    kind = SERVERS[request.param]
    if reason := kind.missing():
        unavailable(reason)
    with kind() as running:
        yield running


@pytest.fixture
def uri(database: DatabaseServer) -> str:
    return database.fresh()


@pytest.fixture
def server(uri: str, tmp_path: Path) -> Iterator[Target]:
    with Target(tmp_path / "server", database=uri) as running:
        yield running
        running.check()


def others(database: DatabaseServer) -> list[int]:
    """The connections to the database server but this one."""
    with contextlib.closing(database.connect()) as driver:
        cursor = driver.cursor()
        if database.name == "postgresql":
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname LIKE 'kiseki_%' AND backend_type = 'client backend'"
            )
        else:
            cursor.execute("SELECT id FROM information_schema.processlist WHERE db LIKE 'kiseki_%'")
        return [number for (number,) in cursor.fetchall()]


def cut_off(database: DatabaseServer) -> int:
    """Ends all connections to the database server; how many there were."""
    ended = 0
    with contextlib.closing(database.connect()) as driver:
        for number in others(database):
            statement = f"SELECT pg_terminate_backend({number})" if database.name == "postgresql" else f"KILL {number}"
            with contextlib.suppress(Exception):
                driver.cursor().execute(statement)
                ended += 1
    return ended


def until_ready(server: Target) -> float:
    """Seconds until the server stores and reads again."""
    start = time.monotonic()
    while True:
        answer = server.post("experiments/create", name=f"again {time.monotonic_ns()}")
        if answer.status == 200 and server.get("experiments/search", max_results=1).status == 200:
            return time.monotonic() - start
        assert answer.status in (429, 503), answer
        assert time.monotonic() - start < 30
        time.sleep(0.05)


def test_a_database_that_is_killed_loses_nothing_that_was_answered(
    database: DatabaseServer, server: Target, tmp_path: Path, rounds: int
) -> None:
    journals = Journals(server, tmp_path)
    random.seed(7)
    for _ in range(max(2, rounds // 3)):
        time.sleep(random.uniform(0.2, 1.5))
        database.stop(signal.SIGKILL)
        answer = server.get("experiments/search", max_results=1)
        assert answer.status == 503
        assert answer.json()["error_code"] == "TEMPORARILY_UNAVAILABLE"
        assert "secret" not in answer.body.decode()
        database.start()
        assert until_ready(server) < 10
    journals.stop()
    counts = journals.check(server)
    assert counts["batch"] > 0
    server.check()


def test_connections_that_are_cut_off_lose_nothing_that_was_answered_and_none_is_left_over(
    database: DatabaseServer, server: Target, tmp_path: Path, rounds: int
) -> None:
    journals = Journals(server, tmp_path)
    ended = 0
    for _ in range(5 * rounds):
        time.sleep(0.05)
        ended += cut_off(database)
    assert ended > 5 * rounds
    until_ready(server)
    journals.stop()
    assert journals.check(server)["batch"] > 10
    assert len(others(database)) <= CONNECTIONS


def test_a_database_without_room_for_more_connections_is_waited_for(database: DatabaseServer, server: Target) -> None:
    cut_off(database)
    held: list[Any] = []
    try:
        with contextlib.suppress(Exception):
            held.extend(database.connect() for _ in range(400))
        assert 100 < len(held) < 400
        # Superusers have places of their own, and kiseki is one here; so what matters is that it says so or works.
        statuses = {server.post("experiments/create", name=f"full {i}").status for i in range(3)}
        assert statuses <= {200, 503}
    finally:
        for driver in held:
            driver.close()
    assert until_ready(server) < 10


@pytest.fixture
def disk(database: DatabaseServer, uri: str) -> Iterator[Path]:
    """A small disk, on which the database is."""
    name = uri.rpartition("/")[2]
    in_tablespace = database.name == "postgresql"
    with small_disk(database.folder / ("disk" if in_tablespace else f"data/{name}"), 24) as mounted:
        shutil.chown(mounted, database.user)
        if in_tablespace:
            with contextlib.closing(database.connect()) as driver:
                driver.execute(f"CREATE TABLESPACE small LOCATION '{mounted}'")
                driver.execute(f"ALTER DATABASE {name} SET TABLESPACE small")
        yield mounted


def test_row_49_a_full_disk(disk: Path, uri: str, server: Target) -> None:
    with full(server, disk):
        server.get("experiments/search", max_results=1).ok()
    check_sound(uri)


def test_a_lock_that_another_holds_is_given_up_in_time_and_reads_go_on(
    database: DatabaseServer, uri: str, server: Target
) -> None:
    run = server.new_run(server.new_experiment())
    with contextlib.closing(database.connect(uri.rpartition("/")[2])) as driver:
        cursor = driver.cursor()
        cursor.execute("BEGIN")
        cursor.execute("SELECT number FROM runs FOR UPDATE")
        assert cursor.fetchall()
        start = time.monotonic()
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(lambda: server.post("runs/log-metric", run_id=run, key="m", value=1, timestamp=1))
            while not waiting.done():
                before = time.monotonic()
                assert server.get("runs/get", run_id=run).status == 200
                assert time.monotonic() - before < 5
                time.sleep(0.5)
        answer = waiting.result()
        assert answer.status == 503
        assert "lock" in answer.json()["message"]
        assert time.monotonic() - start < 2 * LOCK_SECONDS
        cursor.execute("ROLLBACK")
    server.post("runs/log-metric", run_id=run, key="m", value=2, timestamp=2).ok()
    assert [point["value"] for point in server.history(run, "m")] == [2]


def test_two_servers_on_one_database_keep_one_truth(
    database: DatabaseServer, uri: str, server: Target, tmp_path: Path
) -> None:
    """K8: many writers of the same runs with the same keys in another order each, through both."""
    experiment = server.new_experiment()
    with Target(tmp_path / "second", database=uri) as second:
        both = (server, second)
        shared = [server.new_run(experiment) for _ in range(3)]
        points = 20
        failed: list[str] = []

        def write(writer: int) -> None:
            chance = random.Random(writer)
            for i in range(points):
                target = both[chance.randrange(2)]
                keys = [f"key{n}" for n in range(12)]
                chance.shuffle(keys)
                answer = target.post(
                    "runs/log-batch",
                    run_id=chance.choice(shared) if i % 2 else shared[0],
                    metrics=[metric(key, writer + i / 64, writer * 1_000 + i, i) for key in keys],
                    tags=pairs(**{key: str(writer) for key in keys}),
                )
                if answer.status != 200:
                    failed.append(answer.body.decode())
                name = f"set {i}"
                made = target.post("experiments/create", name=name)
                assert made.status in (200, 400), made
                if made.status == 400:
                    assert made.json()["error_code"] == "RESOURCE_ALREADY_EXISTS"

        with ThreadPoolExecutor(16) as pool:
            for future in [pool.submit(write, writer) for writer in range(16)]:
                future.result(300)
        assert failed == []
        counts = [len(both[i % 2].history(run, "key5")) for i, run in enumerate(shared)]
        assert sum(counts) == 16 * points
        for run in shared:
            first, other = (target.run(run) for target in both)
            assert first == other
            latest = max((point["step"], point["timestamp"], point["value"]) for point in server.history(run, "key5"))
            stored = next(one for one in first["data"]["metrics"] if one["key"] == "key5")
            assert (stored["step"], stored["timestamp"], stored["value"]) == latest
        names = [f"set {i}" for i in range(points)]
        found = server.get("experiments/search", max_results=1_000).ok()["experiments"]
        assert sorted(one["name"] for one in found if one["name"] in names) == sorted(names)
        # A key that both added at once is one key.
        page = server.native("experiments/columns", experiment_ids=[experiment]).ok()
        assert len([one["key"] for one in page["metrics"]]) == 12
        second.check()


def test_live_updates_cross_servers(uri: str, server: Target, tmp_path: Path) -> None:
    experiment = server.new_experiment()
    with Target(tmp_path / "second", database=uri) as second:
        heard = threading.Event()

        def listen() -> None:
            with server.connect() as connection:
                request = (
                    f"GET /api/kiseki/v1/events?experiment_ids={experiment} HTTP/1.1\r\n"
                    f"Host: 127.0.0.1:{server.port}\r\n\r\n"
                )
                connection.sendall(request.encode())
                connection.settimeout(30)
                data = b""
                while b"event: changes" not in data:
                    data += connection.recv(65_536)
                heard.set()

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        end = time.monotonic() + 30
        while not heard.is_set() and time.monotonic() < end:
            second.new_run(experiment)
            heard.wait(0.5)
        assert heard.is_set()
        thread.join(10)
