"""Projects that are run, recorded, awaited, cancelled and followed; on a server, in a database and in a folder."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import kiseki
from kiseki.base.errors import ExecutionFailed
from kiseki.client.client import KisekiClient
from kiseki.entities import Run
from kiseki.exceptions import ExecutionException, InvalidParameter
from kiseki.fluent.experiments import active_experiment_id
from tests.repositories import Repository
from tests.wire.server import Server

MLPROJECT = """
name: seeded
entry_points:
  main:
    parameters:
      seed: {type: int, default: 7}
      note: string
    command: "python train.py --seed {seed} --note \\"{note}\\""
  fails:
    command: "python -c 'import sys; sys.exit(3)'"
  silent:
    command: "true"
"""
TRAIN = """
import argparse
import random

import kiseki

parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int)
parser.add_argument("--note")
parser.add_argument("--extra")
given = parser.parse_args()
random.seed(given.seed)
with kiseki.start_run() as run:
    for step in range(3):
        kiseki.log_metric("loss", random.random(), step=step)
    kiseki.set_tag("note", f"{given.note}|{given.extra}")
with kiseki.start_run():
    kiseki.set_tag("mlflow.note.content", "another")
print("trained", run.info.run_id)
"""
WAITS = """
import subprocess, sys, time
print("started", flush=True)
subprocess.run([sys.executable, "-c", "import os, time; print('child', os.getpid(), flush=True); time.sleep(600)"])
"""


@pytest.fixture
def project(tmp_path: Path) -> Repository:
    found = Repository(tmp_path / "project")
    found.commit(MLproject=MLPROJECT, train__py=TRAIN, waits__py=WAITS)
    return found


def run_command(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "kiseki", "run", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)


def runs(client: KisekiClient) -> list[Run]:
    """Those of the experiment of the test."""
    return list(client.search_runs([active_experiment_id(client)]))


def test_a_version_of_a_repository(tracking: str, client: KisekiClient, project: Repository, tmp_path: Path) -> None:
    commit = project.git("rev-parse", "HEAD")
    project.git("tag", "v1")
    project.commit(train__py="raise SystemExit('the wrong version')")
    note = 'a "b" $(touch canary) `touch canary` \'; touch canary #'
    uri = project.folder.as_uri()
    finished = run_command(
        uri, "-v", "v1", "-P", f"note={note}", "-P", "extra=1 2", "--experiment-name", "projects", "--run-name", "it",
        cwd=tmp_path,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    experiment = client.get_experiment_by_name("projects")
    assert experiment is not None
    another, run = client.search_runs([experiment.experiment_id], order_by=["start_time DESC"])
    assert f"trained {run.info.run_id}" in finished.stdout
    assert another.data.tags["mlflow.note.content"] == "another"
    assert (run.info.status, run.info.run_name) == ("FINISHED", "it")
    assert run.data.params == {"seed": "7", "note": note, "extra": "1 2"}
    tags = dict(run.data.tags)
    assert tags.pop("mlflow.user")
    assert tags == {
        "mlflow.runName": "it",
        "mlflow.source.name": uri,
        "mlflow.source.type": "PROJECT",
        "mlflow.source.git.commit": commit,
        "mlflow.source.git.repoURL": uri,
        "mlflow.project.entryPoint": "main",
        "mlflow.project.backend": "local",
        "note": f"{note}|1 2",
    }
    history = client.get_metric_history(run.info.run_id, "loss")
    assert [point.step for point in history] == [0, 1, 2]
    again = kiseki.run(uri, version="v1", parameters={"note": "", "seed": 7})
    assert [one.value for one in client.get_metric_history(again.run_id, "loss")] == [one.value for one in history]
    assert not list(tmp_path.rglob("canary"))


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_inside_a_run(tracking: str, client: KisekiClient, project: Repository) -> None:
    with kiseki.start_run() as parent:
        submitted = kiseki.projects.run(project.folder, parameters={"note": "x", "seed": 8})
    assert (submitted.get_status(), submitted.wait()) == ("FINISHED", True)
    submitted.cancel()
    run = client.get_run(submitted.run_id)
    assert run.data.tags["mlflow.parentRunId"] == parent.info.run_id
    assert run.data.tags["mlflow.source.git.commit"] == project.git("rev-parse", "HEAD")
    assert run.info.experiment_id == parent.info.experiment_id
    assert client.get_run(parent.info.run_id).info.status == "FINISHED"


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_command_that_fails(tracking: str, client: KisekiClient, project: Repository) -> None:
    with pytest.raises(ExecutionException, match=r"Run \(ID '\w+'\) failed"):
        kiseki.run(project.folder, "fails")
    submitted = kiseki.run(project.folder, "fails", synchronous=False)
    assert not submitted.wait()
    assert [(run.info.status, run.info.end_time is not None) for run in runs(client)] == [("FAILED", True)] * 2
    assert submitted.get_status() == "FAILED"


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_command_that_logs_nothing(tracking: str, client: KisekiClient, project: Repository) -> None:
    submitted = kiseki.run(project.folder, "silent")
    run = client.get_run(submitted.run_id)
    assert (run.info.status, run.data.params, run.data.metrics) == ("FINISHED", {}, {})
    assert run.info.end_time is not None


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_run_that_exists(tracking: str, client: KisekiClient, project: Repository, experiment_id: str) -> None:
    made = client.create_run(experiment_id, run_name="made")
    submitted = kiseki.run(project.folder, run_id=made.info.run_id, parameters={"note": "x"})
    assert submitted.run_id == made.info.run_id
    run = client.get_run(made.info.run_id)
    assert (run.info.status, run.info.run_name, run.data.params["note"]) == ("FINISHED", "made", "x")
    assert run.data.tags["mlflow.source.type"] == "PROJECT"


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_in_the_background(tracking: str, client: KisekiClient, project: Repository) -> None:
    submitted = kiseki.run(project.folder, "waits.py", synchronous=False)
    assert submitted.get_status() == "RUNNING"
    lines = submitted.logs(follow=True)
    assert next(lines) == "started"
    word, number = next(lines).split()
    assert word == "child"
    os.kill(int(number), 0)
    assert list(submitted.logs()) == ["started", f"child {number}"]
    rest: list[str] = []
    reader = threading.Thread(target=lambda: rest.extend(lines))
    reader.start()
    submitted.cancel()
    reader.join(60)
    assert not reader.is_alive()
    assert (submitted.get_status(), submitted.wait()) == ("KILLED", False)
    run = client.get_run(submitted.run_id)
    assert (run.info.status, run.info.end_time is not None) == ("KILLED", True)
    assert not is_alive(int(number))


def is_alive(number: int) -> bool:
    """Whether a process is there and is not one that ended and waits for its parent."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{number}/status").read_text()
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_command(
    tracking: str, client: KisekiClient, project: Repository, number: signal.Signals, tmp_path: Path
) -> None:
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "kiseki", "run", str(project.folder), "-e", "waits.py"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        child = int(process.stdout.readline().split()[1])
        process.send_signal(number)
        assert process.wait(60) == 1
    assert not is_alive(child)
    (run,) = runs(client)
    assert run.info.status == "KILLED"


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_this_process_ends_after_what_it_started(
    tracking: str, client: KisekiClient, project: Repository, tmp_path: Path
) -> None:
    program = f"import kiseki\nkiseki.run({str(project.folder)!r}, parameters=dict(note='x'), synchronous=False)"
    subprocess.run([sys.executable, "-W", "error", "-c", program], cwd=tmp_path, check=True, timeout=120)
    run = next(run for run in runs(client) if "loss" in run.data.metrics)
    assert run.info.status == "FINISHED"


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_path_that_names_an_artifact(tracking: str, client: KisekiClient, tmp_path: Path) -> None:
    with kiseki.start_run() as run:
        kiseki.log_text("from afar", "data/a b.txt")
    folder = tmp_path / "reads"
    folder.mkdir()
    (folder / "MLproject").write_text(
        "entry_points: {main: {parameters: {data: path, where: uri}, command: 'cat {data}; echo; echo {where}'}}"
    )
    uri = f"runs:/{run.info.run_id}/data/a b.txt"
    submitted = kiseki.run(folder, parameters={"data": uri, "where": uri}, storage_dir=tmp_path / "storage")
    assert list(submitted.logs()) == ["from afar", uri]
    assert client.get_run(submitted.run_id).data.params == {"data": uri, "where": uri}
    assert [path.name for path in (tmp_path / "storage").rglob("*.txt")] == ["a b.txt"]


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_script_alone(tracking: str, client: KisekiClient, tmp_path: Path) -> None:
    script = tmp_path / "alone.py"
    script.write_text("import sys, kiseki\nwith kiseki.start_run():\n    kiseki.set_tag('got', sys.argv[1:])")
    submitted = kiseki.run(script, parameters={"a": "b c"})
    run = client.get_run(submitted.run_id)
    assert (run.data.tags["got"], run.data.params) == ("['--a', 'b c']", {"a": "b c"})


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_nothing_is_recorded_of_what_cannot_run(tracking: str, client: KisekiClient, project: Repository) -> None:
    for arguments, message in [
        ({"entry_point": "tset"}, "no entry point 'tset'; it has: 'main', 'fails', 'silent'"),
        ({}, "No value given for missing parameters: 'note'"),
        ({"parameters": {"note": "x", "seed": "many"}}, "'seed' is 'many'"),
        ({"env_manager": "poetry", "parameters": {"note": "x"}}, "expected one of uv, virtualenv, conda, local"),
        ({"backend": "nowhere", "parameters": {"note": "x"}}, "no backend 'nowhere'; there are: local"),
        ({"backend_config": "none.json", "parameters": {"note": "x"}}, "cannot be read"),
        ({"backend_config": "[]", "parameters": {"note": "x"}}, "expected a JSON object"),
        (
            {"backend_config": {"queue": "gpu"}, "parameters": {"note": "x"}},
            "'local' has no configuration, and was given 'queue'",
        ),
        ({"version": "v9", "parameters": {"note": "x"}}, "no branch or tag 'v9'"),
    ]:
        with pytest.raises(ExecutionException, match=message):
            kiseki.run(project.folder, **arguments)  # type: ignore[arg-type]
    with pytest.raises(InvalidParameter, match="only one of"):
        kiseki.run(project.folder, experiment_name="a", experiment_id="0")
    assert runs(client) == []


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_run_that_cannot_start_has_failed(
    tracking: str, client: KisekiClient, project: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.folder / "python_env.yaml").write_text("dependencies: [there-is-no-such-package-of-kiseki==1]")
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("KISEKI_ENV_ROOT", str(project.folder.parent / "envs"))
    with pytest.raises(kiseki.KisekiError, match=r"(?s)could not be made.*--env-manager local"):
        kiseki.run(project.folder, "silent")
    assert [run.info.status for run in runs(client)] == ["FAILED"]


def test_the_command_line_refuses_in_one_line(server: Server, project: Repository, tmp_path: Path) -> None:
    finished = run_command(str(project.folder), "-e", "none", "--tracking-uri", server.uri, cwd=tmp_path)
    assert finished.returncode == 1
    assert finished.stderr.startswith("Error: The project has no entry point 'none'; it has: 'main', 'fails', 'silent'")
    assert finished.stderr.count("\n") == 1
    finished = run_command(str(project.folder), "-P", "a=1", "-P", "a=2", "--tracking-uri", server.uri, cwd=tmp_path)
    assert (finished.returncode, "'a' is given twice" in finished.stderr) == (2, True)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_project_that_logs_with_mlflow_needs_a_server(
    tracking: str, client: KisekiClient, project: Repository
) -> None:
    project.commit(python_env__yaml="dependencies: ['mlflow-skinny>=3']")
    with pytest.raises(ExecutionFailed, match=r"does not know kiseki's database.*kiseki server"):
        kiseki.run(project.folder.as_uri(), parameters={"note": "x"})
    assert client.search_runs(["0"]) == []


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_an_environment_with_kiseki(
    tracking: str,
    client: KisekiClient,
    project: Repository,
    wheels: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "uv.toml").write_text(f"no-index = true\nfind-links = [{str(wheels)!r}]\n")
    monkeypatch.setenv("UV_CONFIG_FILE", str(tmp_path / "uv.toml"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("KISEKI_ENV_ROOT", str(tmp_path / "environments"))
    project.commit(
        python_env__yaml="dependencies: [kiseki]", where__py="import kiseki, sys; print(sys.prefix, kiseki.__file__)"
    )
    uri = project.folder.as_uri()
    first = kiseki.run(uri, version="main", parameters={"note": "x"})
    made = sorted((tmp_path / "environments").iterdir())
    run = client.get_run(first.run_id)
    assert (run.info.status, run.data.tags["mlflow.project.env"]) == ("FINISHED", "virtualenv")
    assert len(client.get_metric_history(first.run_id, "loss")) == 3
    again = kiseki.run(uri, "where.py", version="main", env_manager="uv")
    prefix, file = next(again.logs()).split()
    assert Path(prefix) in made
    assert Path(file).is_relative_to(prefix)
    assert sorted((tmp_path / "environments").iterdir()) == made
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "environments", made[0].parent)} == {0o700}
