"""Rows 45, 49, 51, 52 and 56 of the faults: what was answered is kept, whatever happens to the server."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.databases import NAMES, ON_SERVERS, check_sound, fresh
from tests.faults.disks import check_refusals, check_stored, fill, full, small_disk
from tests.faults.journals import WRITERS, Journals
from tests.faults.server import Target
from tests.wire.server import PROXY, Json, metric, pairs


def check_database(server: Target) -> None:
    """The file that is left is sound, and nothing but files that belong there lies beside it."""
    check_sound(server.database_uri)
    assert not [path for path in server.artifacts.rglob("*") if path.parent.name == ".kiseki-uploads"]


# --- row 45 -----------------------------------------------------------------------------------------------------------


def test_row_45_a_killed_server_loses_nothing_that_it_answered(tmp_path: Path, rounds: int) -> None:
    random_ = random.Random(45)
    server = Target(tmp_path / "server")
    with server:
        journals = Journals(server, tmp_path)
    try:
        for _ in range(rounds):
            with server:
                journals.wait(20)
                time.sleep(random_.uniform(0, 0.5))
                assert server.end(signal.SIGKILL) == -signal.SIGKILL
        with server:
            time.sleep(0.2)
            journals.stop()
            # What the writers had under way is done by then, or never.
            assert server.end(signal.SIGTERM) == 0
        with server:
            counts = journals.check(server)
            server.check()
            assert server.end(signal.SIGTERM) == 0
    finally:
        journals.stop()
    assert counts["batch"] > 10 * rounds
    assert min(counts["artifact"], counts["bundle"]) > 0
    assert counts["run"] >= WRITERS
    check_sound(server.database_uri)


# --- row 56 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_row_56_a_server_that_is_told_to_end_loses_nothing(tmp_path: Path, signal_number: int, times: int) -> None:
    server = Target(tmp_path / "server")
    with server:
        journals = Journals(server, tmp_path)
        try:
            time.sleep(0.3)
            if times == 2:
                os.kill(server.pid, signal_number)
                time.sleep(0.01)
            assert server.end(signal_number) == 0
        finally:
            journals.stop()
    assert "Traceback" not in server.log()
    check_database(server)
    with server:
        counts = journals.check(server)
        assert counts["batch"] > 0
        server.check()


def test_row_56_what_is_under_way_is_finished_and_what_is_slow_is_cut(tmp_path: Path) -> None:
    server = Target(tmp_path / "server")
    with server:
        run = server.new_run(server.new_experiment())
        slow = server.connect()
        slow.sendall(
            b"PUT /api/2.0/mlflow-artifacts/artifacts/slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx"
        )
        idle = server.connect()
        with ThreadPoolExecutor(4) as pool:
            answers = [
                pool.submit(server.post, "runs/log-batch", run_id=run, metrics=[metric("m", i, i, i)])
                for i in range(40)
            ]
            time.sleep(0.05)
            started = time.monotonic()
            assert server.end(signal.SIGTERM) == 0
            assert time.monotonic() - started < 30
            logged = set()
            for i, future in enumerate(answers):
                with contextlib.suppress(OSError):
                    if future.result().status == 200:
                        logged.add(i)
        slow.close()
        idle.close()
    with server:
        assert logged <= {point["step"] for point in server.history(run, "m")}
        assert server.request("GET", f"{PROXY}/slow").status == 404
    check_database(server)


# --- row 51 -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[f"{name} {count}" for name in NAMES for count in (1, 2)])
def workers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A server of one process, and one of two, on each database."""
    name, count = request.param.split()
    folder = tmp_path_factory.mktemp("workers")
    uri = fresh(name, folder) if name in ON_SERVERS else ""
    with Target(folder, options=("--workers", count), database=uri) as running:
        yield running
        running.check()


def test_row_51_racing_creators_make_one_experiment(workers: Target) -> None:
    for _ in range(5):
        name = workers.unique("race")
        with ThreadPoolExecutor(16) as pool:
            answers = [
                future.result()
                for future in [pool.submit(workers.post, "experiments/create", name=name) for _ in range(16)]
            ]
        statuses = Counter(answer.status for answer in answers)
        assert statuses == {200: 1, 400: 15}
        (created,) = [answer.json()["experiment_id"] for answer in answers if answer.status == 200]
        for answer in answers:
            if answer.status == 400:
                answer.refused("RESOURCE_ALREADY_EXISTS")
        assert (
            workers.get("experiments/get-by-name", experiment_name=name).ok()["experiment"]["experiment_id"] == created
        )


def test_row_51_writers_of_one_run_lose_and_double_nothing(workers: Target) -> None:
    run = workers.new_run(workers.new_experiment())
    everything = [metric(f"k{i % 7}", i % 11, i % 13, i % 17) for i in range(1_000)]
    distinct = {(one["key"], one["value"], one["timestamp"], one["step"]) for one in everything}

    def write(seed: int) -> None:
        random_ = random.Random(seed)
        mine = random_.sample(everything, len(everything))
        for start in range(0, len(mine), 125):
            part = mine[start : start + 125]
            tag = pairs(**{f"t{seed}": str(start), "shared": str(seed)})
            workers.post("runs/log-batch", run_id=run, metrics=part, tags=tag, params=pairs(same="1")).ok()
            workers.post("runs/log-metric", run_id=run, **part[0]).ok()

    with ThreadPoolExecutor(16) as pool:
        for future in [pool.submit(write, seed) for seed in range(16)]:
            future.result(120)
    found = workers.run(run)["data"]
    histories = {key: workers.history(run, key) for key in {one[0] for one in distinct}}
    stored = [
        (key, one["value"], one["timestamp"], one["step"]) for key, history in histories.items() for one in history
    ]
    assert sorted(stored) == sorted(distinct)
    for latest in found["metrics"]:
        candidates = [one for one in distinct if one[0] == latest["key"]]
        _, value, timestamp, step = max(candidates, key=lambda one: (one[3], one[2], one[1]))
        assert latest == metric(latest["key"], value, timestamp, step)
    assert found["params"] == pairs(same="1")
    tags = {tag["key"]: tag["value"] for tag in found["tags"]}
    assert {f"t{seed}": "875" for seed in range(16)}.items() <= tags.items()


def test_row_51_processes_that_start_on_one_empty_database_at_once_make_one_schema(tmp_path: Path) -> None:
    script = """
        import sys
        from kiseki.store import open_store
        sys.stdin.readline()
        store = open_store(sys.argv[1], "mlflow-artifacts:/")
        found = store.write(lambda session: session.experiments.create(sys.argv[2], None, {}, 1).experiment_id)
        default = store.read(lambda session: session.experiments.get_by_name("Default"))
        assert default.experiment_id == "0"
        store.close()
        print(found)
    """
    for turn in range(2):
        path = tmp_path / f"{turn}.db"
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", textwrap.dedent(script), f"sqlite:///{path}", f"e{i}"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for i in range(8)
        ]
        time.sleep(0.5)
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        outcomes = [(process.communicate(timeout=120), process.returncode) for process in processes]
        assert [code for _, code in outcomes] == [0] * 8, [error for (_, error), _ in outcomes]
        assert len({out for (out, _), _ in outcomes}) == 8
        driver = sqlite3.connect(path)
        assert driver.execute("SELECT count(*) FROM experiments").fetchall() == [(9,)]
        assert driver.execute("SELECT count(*) FROM alembic_version").fetchall() == [(1,)]
        assert driver.execute("SELECT count(*) FROM settings WHERE name = 'secret'").fetchall() == [(1,)]
        driver.close()


# --- row 52 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ({"metrics": [metric("m", 1, -1)]}, "metrics[300].timestamp"),
        ({"metrics": [metric("m", "x")]}, "metrics[300].value"),
        ({"metrics": [metric("a//b")]}, "metrics[300]"),
        ({"params": pairs(taken="2")}, "taken"),
        ({"params": pairs(long="x" * 70_000)}, "params[40].value"),
        ({"tags": pairs(long="x" * 70_000)}, "tags[40].value"),
        ({"tags": [{"key": "", "value": "x"}]}, "tags[40].key"),
        ({"metrics": [{**metric("m"), "model_id": "m-1"}]}, "m-1"),
        ({"metrics": [metric("m", i) for i in range(800)]}, "1000"),
    ],
)
def test_row_52_a_batch_with_a_bad_part_leaves_nothing_while_others_write(
    workers: Target, bad: Json, named: str
) -> None:
    run = workers.new_run(workers.new_experiment())
    workers.post("runs/log-parameter", run_id=run, key="taken", value="1").ok()
    good: Json = {
        "metrics": [metric(f"bad{i % 5}", i, i, i) for i in range(300)],
        "params": pairs(**{f"bad{i}": "x" for i in range(40)}),
        "tags": pairs(**{f"bad{i}": "x" for i in range(40)}),
    }
    batch = {name: [*entries, *bad.get(name, [])] for name, entries in good.items()}
    done = threading.Event()

    def write() -> int:
        written = 0
        while not done.is_set():
            workers.post("runs/log-batch", run_id=run, metrics=[metric("good", written, written, written)]).ok()
            written += 1
        return written

    with ThreadPoolExecutor(6) as pool:
        writing = pool.submit(write)
        answers = [
            future.result()
            for future in [pool.submit(workers.post, "runs/log-batch", run_id=run, **batch) for _ in range(8)]
        ]
        done.set()
        written = writing.result()
    for answer in answers:
        answer.rejected(named)
    assert [point["step"] for point in workers.history(run, "good")] == list(range(written))
    data = workers.run(run)["data"]
    assert [one["key"] for one in data.get("metrics", [])] in (["good"], [])
    assert data["params"] == pairs(taken="1")
    assert workers.tags(run) == {}


# --- row 49 -----------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of another process are Linux's")
def test_row_49_files_that_may_not_grow(tmp_path: Path) -> None:
    server = Target(tmp_path / "server")
    with server:
        run = server.new_run(server.new_experiment())
        logged, refused = fill(server, run, 3)
        assert refused == []
        files = [path for path in server.folder.iterdir() if path.name.startswith("wire.db")]
        limit = max(path.stat().st_size for path in files) + 200_000
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (limit, hard))
        try:
            full_run = server.new_run(server.new_experiment())
            full, refused = fill(server, full_run)
            check_refusals(refused)
            check_stored(server, full_run, full)
            check_stored(server, run, logged)
            answer = server.request("PUT", f"{PROXY}/large", body=b"x" * (limit + 100_000))
            assert answer.status in (503, 507), answer
            answer.json()
            assert server.request("GET", f"{PROXY}/large").status == 404
            assert server.request("GET", "/health").status == 200
        finally:
            resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (hard, hard))
        again = server.new_run(server.new_experiment())
        logged_again, refused = fill(server, again, 20)
        assert (len(logged_again), refused) == (20, [])
        server.put_artifact("large", b"x" * (limit + 100_000))
        check_stored(server, again, logged_again)
        check_stored(server, full_run, full)
        server.check()
        assert server.end(signal.SIGTERM) == 0
    check_database(server)


def test_row_49_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 4) as disk:
        server = Target(disk / "server")
        with server:
            with full(server, disk):
                answer = server.request("PUT", f"{PROXY}/large", body=b"x" * 3_000_000)
                answer.refused("TEMPORARILY_UNAVAILABLE", "space", status=507)
                assert server.request("GET", f"{PROXY}/large").status == 404
            assert server.end(signal.SIGTERM) == 0
        check_database(server)


def test_row_49_a_database_that_may_not_be_written(tmp_path: Path) -> None:
    """Root may write everywhere, so a root process becomes nobody once all is imported."""
    script = """
        import os, sys
        from kiseki.base.errors import KisekiError
        from kiseki.store import open_store
        import kiseki.store.sql.sqlite
        if os.getuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        try:
            open_store(sys.argv[1], "mlflow-artifacts:/")
        except KisekiError as error:
            print(error.error_code, error.message)
    """
    folder = tmp_path / "folder"
    with Target(folder) as server:
        server.new_experiment()
    for parent in [folder, *folder.parents][:4]:
        with contextlib.suppress(PermissionError):
            parent.chmod(parent.stat().st_mode | 0o555)
    server.database.chmod(0o444)
    folder.chmod(0o555)
    before = server.database.read_bytes()
    for path in (server.database, folder / "new.db"):
        answer = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script), f"sqlite:///{path}"],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        code, _, message = answer.stdout.partition(" ")
        assert code in ("PERMISSION_DENIED", "TEMPORARILY_UNAVAILABLE"), answer
        assert "permissions" in message or "cannot be opened" in message, answer
    folder.chmod(0o755)
    assert server.database.read_bytes() == before
