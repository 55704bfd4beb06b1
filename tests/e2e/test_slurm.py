"""Projects as batch jobs of a real Slurm on this machine."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import kiseki
from kiseki.client.client import KisekiClient
from kiseki.entities import Run
from kiseki.exceptions import ExecutionException
from kiseki.fluent.experiments import active_experiment_id
from kiseki.projects.slurm import status_of
from tests.repositories import Repository
from tests.slurm import slurm

MLPROJECT = """
entry_points:
  main:
    parameters: {note: string}
    command: "python train.py {note}"
  fails: {command: "echo before; exit 3"}
"""
TRAIN = """
import os, sys
import kiseki

with kiseki.start_run() as run:
    kiseki.log_metric("loss", 0.5)
    kiseki.set_tag("note", sys.argv[1])
print("job", os.environ["SLURM_JOB_ID"], "in", os.getcwd())
"""
WAITS = """
import os, subprocess, sys, time
print("started", flush=True)
subprocess.run([sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(600)"])
"""


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with slurm(tmp_path_factory.mktemp("slurm")) as started:
        yield started


@pytest.fixture
def config(configuration: Path, tracking: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the backend is told."""
    monkeypatch.setenv("SLURM_CONF", str(configuration))
    return {"folder": str(tmp_path / "shared")}


@pytest.fixture
def project(tmp_path: Path) -> Repository:
    found = Repository(tmp_path / "project")
    found.commit(MLproject=MLPROJECT, train__py=TRAIN, waits__py=WAITS)
    return found


@pytest.fixture(params=["sqlite"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/k.db"


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def is_alive(number: int) -> bool:
    """Whether a process is there and is not one that ended and waits for its parent."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{number}/status").read_text()
    except FileNotFoundError:
        return False


def only(client: KisekiClient) -> Run:
    (found,) = client.search_runs([active_experiment_id(client)])
    return found


def test_a_version_of_a_repository(
    client: KisekiClient, config: dict[str, str], project: Repository, capfd: pytest.CaptureFixture[str]
) -> None:
    note = 'a "b" $HOME $(touch canary) \'; touch canary #'
    submitted = kiseki.run(
        project.folder.as_uri(),
        version="main",
        parameters={"note": note},
        backend="slurm",
        backend_config={**config, "job-name": "a name", "time": "5", "exclusive": True},
    )
    run = client.get_run(submitted.run_id)
    assert (run.info.status, run.data.metrics, run.data.tags["note"]) == ("FINISHED", {"loss": 0.5}, note)
    scheduler, number = run.data.tags["kiseki.project.job"].split()
    assert (scheduler, run.data.tags["mlflow.project.backend"]) == ("slurm", "slurm")
    (line,) = submitted.logs()
    assert line.startswith(f"job {number} in {config['folder']}/kiseki-project-")
    assert f"{line}\n" in capfd.readouterr().out
    # What was fetched is gone, and the log is not.
    assert [path.name for path in Path(config["folder"]).iterdir()] == [f"{run.info.run_id}.log"]


def test_cancelled(client: KisekiClient, config: dict[str, str], project: Repository) -> None:
    submitted = kiseki.run(project.folder, "waits.py", backend="slurm", backend_config=config, synchronous=False)
    lines = submitted.logs(follow=True)
    assert next(lines) == "started"
    child = int(next(lines))
    until(lambda: submitted.get_status() == "RUNNING")
    # The machine has one processor.
    waiting = kiseki.run(project.folder, "waits.py", backend="slurm", backend_config=config, synchronous=False)
    assert waiting.get_status() == "SCHEDULED"
    waiting.cancel()
    assert (waiting.get_status(), waiting.wait(), [*waiting.logs()]) == ("KILLED", False, [])
    assert is_alive(child)
    submitted.cancel()
    assert (submitted.get_status(), submitted.wait()) == ("KILLED", False)
    assert not is_alive(child)
    assert {client.get_run(one.run_id).info.status for one in (submitted, waiting)} == {"KILLED"}


@pytest.mark.parametrize(("command", "status"), [("waits.py", "KILLED"), ("fails", "FAILED")])
def test_who_submitted_it_is_gone(
    command: str, status: str, client: KisekiClient, config: dict[str, str], project: Repository, tmp_path: Path
) -> None:
    program = (
        f"import kiseki; kiseki.run({str(project.folder)!r}, {command!r}, backend='slurm', backend_config={config})"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=tmp_path, stdout=subprocess.DEVNULL) as process:
        until(
            lambda: any(
                "kiseki.project.job" in run.data.tags for run in client.search_runs([active_experiment_id(client)])
            )
        )
        process.kill()
    number = only(client).data.tags["kiseki.project.job"].split()[1]
    if command == "waits.py":
        log = Path(config["folder"]) / f"{only(client).info.run_id}.log"
        until(lambda: log.exists() and "started" in log.read_text())
        subprocess.run(["scancel", number], check=True)
    until(lambda: only(client).info.status == status)


def test_what_slurm_refuses(client: KisekiClient, config: dict[str, str], project: Repository) -> None:
    refused: list[tuple[dict[str, Any], str]] = [
        ({"wrap": "x"}, "wrap, which it sets itself"),
        ({"p": "x"}, "long options"),
        ({"a b": 1}, "no name"),
        ({"folder": "50%"}, "a character that sbatch interprets"),
    ]
    for given, message in refused:
        with pytest.raises(ExecutionException, match=message):
            kiseki.run(project.folder, "fails", backend="slurm", backend_config={**config, **given})
    assert client.search_runs([active_experiment_id(client)]) == []
    with pytest.raises(ExecutionException, match=r"(?s)did not take the job: .*partition.*--partition=none"):
        kiseki.run(project.folder, "fails", backend="slurm", backend_config={**config, "partition": "none"})
    assert only(client).info.status == "FAILED"


def test_states() -> None:
    assert {
        state: status_of(state).value for state in ("PENDING", "COMPLETING", "COMPLETED", "TIMEOUT", "OUT_OF_MEMORY")
    } == {
        "PENDING": "SCHEDULED",
        "COMPLETING": "RUNNING",
        "COMPLETED": "FINISHED",
        "TIMEOUT": "KILLED",
        "OUT_OF_MEMORY": "FAILED",
    }
