"""Row 55 of the faults: what is deleted is gone whole, and nothing else is, whenever gc is killed; backups under load."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from kiseki.cli import cli
from tests.databases import NAMES, check_sound, connect, fresh
from tests.faults.server import Target
from tests.wire.server import PROXY, metric, pairs

WRITERS = 8


@pytest.fixture(params=NAMES)
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of the database."""
    return str(request.param)


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands are told all by their options."""
    for name in list(os.environ):
        if name.startswith(("KISEKI_", "MLFLOW_")):
            monkeypatch.delenv(name)


@pytest.fixture
def rounds(kind: str, rounds: int) -> int:
    """Fewer on database servers, where each takes longer."""
    return rounds if kind == "sqlite" else max(3, rounds // 3)


@pytest.fixture
def server(kind: str, tmp_path: Path) -> Iterator[Target]:
    """A server with a database of its own: gc looks at all that is in the trash."""
    with Target(tmp_path / "server", database=fresh(kind, tmp_path)) as running:
        yield running
        running.check()


class Command(msgspec.Struct):
    """A command that has ended."""

    returncode: int
    stdout: str
    stderr: str


def kiseki(server: Target, *arguments: str, kill_at: int | None = None) -> Command:
    """A command on the server's database and folders; with `kill_at` a process that is killed before that step."""
    places = ["--backend-store-uri", server.database_uri]
    if arguments[0] in ("gc", "audit"):
        places += ["--artifacts-destination", server.destination]
    if kill_at is None:
        result = CliRunner().invoke(cli, [*arguments, *places])
        return Command(result.exit_code, result.stdout, result.stderr)
    done = subprocess.run(
        [sys.executable, str(Path(__file__).parent / "killed.py"), str(kill_at), *arguments, *places],
        capture_output=True,
        text=True,
        timeout=120,
    )
    return Command(done.returncode, done.stdout, done.stderr)


def audited(server: Target) -> dict[str, Any]:
    """What the audit says, which must be that nothing is wrong."""
    done = kiseki(server, "audit", "--digests", "--json")
    report: dict[str, Any] = json.loads(done.stdout)
    assert (done.returncode, report["findings"]) == (0, []), report
    return report


def full_run(server: Target, experiment: str) -> str:
    """A run with two metrics, params, tags, a dataset and three files."""
    run = server.new_run(experiment)
    points = [metric(key, i / 3, i, i) for key in ("a", "b") for i in range(50)]
    server.post("runs/log-batch", run_id=run, metrics=points, params=pairs(p="1", q="2"), tags=pairs(t="x")).ok()
    dataset = {"name": "d", "digest": "1", "source_type": "local", "source": "{}"}
    server.post("runs/log-inputs", run_id=run, datasets=[{"dataset": dataset, "tags": pairs(x="y")}]).ok()
    for name in ("a.bin", "model/b.bin", "model/deep/c.bin"):
        server.put_artifact(f"{server.artifact_path(run)}/{name}", f"{run} {name}".encode() * 100)
    return run


class Training:
    """A run to which a thread logs, and what was answered."""

    def __init__(self, server: Target, experiment: str) -> None:
        self.server = server
        self.run = server.new_run(experiment)
        self.path = server.artifact_path(self.run)
        self.steps = 0
        self.files: list[str] = []
        self.refusals: list[int] = []

    def step(self) -> bool:
        """One point and, now and then, a file; whether the server took them."""
        answer = self.server.post(
            "runs/log-metric", {"run_id": self.run, **metric("loss", 1.0, self.steps, self.steps)}
        )
        taken = answer.status == 200
        self.steps += taken
        if self.steps % 3 == 0:
            name = f"{self.path}/checkpoint-{self.steps}.bin"
            put = self.server.request("PUT", f"{PROXY}/{name}", body=b"%d" % self.steps * 1_000)
            if put.status == 200:
                self.files.append(name)
            else:
                self.refusals.append(put.status)
        if not taken:
            self.refusals.append(answer.status)
        return taken

    def check(self) -> None:
        """Everything that was answered is there."""
        assert len(self.server.history(self.run, "loss")) == self.steps
        for name in self.files:
            assert (self.server.artifacts / name).stat().st_size > 0


@contextmanager
def going_on(training: Training) -> Iterator[None]:
    """The training goes on meanwhile, and nothing of it is refused."""
    stop = threading.Event()

    def work() -> None:
        # Not faster than that, for every round looks at all files that are there by then.
        while not stop.wait(0.02):
            training.step()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    assert training.refusals == []


def fill_trash(server: Target) -> tuple[list[str], str]:
    """Runs that are in the trash, one by one and with their experiment; and a run that is not."""
    experiment, other = server.new_experiment(), server.new_experiment()
    kept, gone = full_run(server, experiment), full_run(server, experiment)
    server.post("runs/delete", run_id=gone).ok()
    with_experiment = full_run(server, other)
    server.native("views/save", scope=f"experiments/{other}", name="v", state="{}").ok()
    server.post("experiments/delete", experiment_id=other).ok()
    return [gone, with_experiment], kept


def rows(server: Target, *tables: str) -> list[int]:
    """How many rows the tables have."""
    with closing(connect(server.database_uri)) as driver:
        cursor = driver.cursor()
        counts = []
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table}")
            counts.append(cursor.fetchone()[0])
        return counts


def test_gc_is_killed_at_each_step_while_training_goes_on(server: Target, rounds: int) -> None:
    training = Training(server, server.new_experiment())
    kept: list[str] = []
    with going_on(training):
        fill_trash(server)
        counted = kiseki(server, "gc", kill_at=0)
        assert counted.returncode == 0, counted
        # A step or two may be less, when points have been merged meanwhile.
        total = int(counted.stderr.splitlines()[-1]) - 3
        assert total > 60
        for i in range(rounds):
            gone, alive = fill_trash(server)
            kept.append(alive)
            step = 1 + i * (total - 1) // max(rounds - 1, 1)
            killed = kiseki(server, "gc", kill_at=step)
            assert killed.returncode == -signal.SIGKILL, (step, killed)
            # Whatever was begun cannot come back half.
            for run in gone:
                answer = server.post("runs/restore", run_id=run)
                if answer.status == 200:
                    assert len(server.history(run, "a")) == 50
                    path = server.artifacts / server.artifact_path(run)
                    assert sum(file.is_file() for file in path.rglob("*")) == 3
                    server.post("runs/delete", run_id=run).ok()
                else:
                    assert answer.status in (404, 409), answer
            again = kiseki(server, "gc", "--json")
            assert again.returncode == 0, (step, again)
            for run in gone:
                assert server.get("runs/get", run_id=run).status == 404
                assert not list(server.artifacts.glob(f"*/{run}"))
            audited(server)
    training.check()
    for run in kept:
        assert len(server.history(run, "a")) == len(server.history(run, "b")) == 50
        assert server.params(run) == {"p": "1", "q": "2"}
        path = server.artifacts / server.artifact_path(run)
        assert sum(file.is_file() for file in path.rglob("*")) == 3
    left = len(kept) + 1
    assert rows(server, "runs", "datasets", "dataset_inputs", "views") == [1 + left, left, left, 0]
    report = audited(server)
    assert report["files"] == report["records"] == 3 * left + len(training.files)
    check_sound(server.database_uri)


@pytest.mark.parametrize("way", ["server", "command"])
def test_a_run_is_deleted_and_purged_while_it_still_logs(server: Target, way: str) -> None:
    experiment = server.new_experiment()
    alive = Training(server, experiment)
    with going_on(alive):
        for _ in range(4):
            training = Training(server, experiment)
            refused = threading.Event()
            stop = threading.Event()

            def work(training: Training, refused: threading.Event, stop: threading.Event) -> None:
                while not stop.is_set():
                    if not training.step():
                        refused.set()
                        # A client that does not give up sends files all the same.
                        server.request("PUT", f"{PROXY}/{training.path}/late.bin", body=b"late")

            thread = threading.Thread(target=work, args=(training, refused, stop))
            thread.start()
            try:
                while training.steps < 10:
                    refused.wait(0.01)
                server.post("runs/delete", run_id=training.run).ok()
                if way == "server":
                    answer = server.native("trash/purge", run_ids=[training.run]).ok()
                else:
                    done = kiseki(server, "gc", "--run-ids", training.run, "--json")
                    assert done.returncode == 0, done
                    answer = json.loads(done.stdout)
                assert answer["run_ids"] == [training.run]
                assert refused.wait(30)
            finally:
                stop.set()
                thread.join()
            assert set(training.refusals) <= {400, 404}
            assert not list(server.artifacts.glob(f"*/{training.run}"))
    alive.check()
    audited(server)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_backup_under_load_has_all_that_was_answered_before(server: Target, tmp_path: Path) -> None:
    experiment = server.new_experiment()
    trainings = [Training(server, experiment) for _ in range(WRITERS)]
    answered: dict[str, int] = {}
    stop = threading.Event()

    def work(training: Training) -> None:
        while not stop.is_set():
            training.step()

    threads = [threading.Thread(target=work, args=(training,)) for training in trainings]
    for thread in threads:
        thread.start()
    try:
        for turn in range(3):
            while min(training.steps for training in trainings) < 10 * (turn + 1):
                stop.wait(0.01)
            answered = {training.run: training.steps for training in trainings}
            file = tmp_path / f"backup-{turn}.db"
            done = kiseki(server, "db", "backup", str(file))
            assert done.returncode == 0, done
            driver = sqlite3.connect(file)
            found = dict(
                driver.execute("SELECT run_id, sum(points) FROM runs JOIN series ON run = number GROUP BY run_id")
            )
            assert driver.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            driver.close()
            for run, steps in answered.items():
                assert found[run] >= steps
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert all(training.refusals == [] for training in trainings)
    # With the backup in its place a server goes on from there.
    with Target(tmp_path / "restored") as restored:
        restored.end(signal.SIGTERM)
        done = kiseki(restored, "db", "restore", str(tmp_path / "backup-2.db"))
        assert done.returncode == 0, done
    with restored:
        for run, steps in answered.items():
            assert len(restored.history(run, "loss")) >= steps
            restored.post("runs/log-metric", {"run_id": run, **metric("loss", 1.0, 10**6, 10**6)}).ok()
        restored.check()
