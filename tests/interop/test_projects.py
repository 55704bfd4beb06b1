"""The same project, run by the real `mlflow run` and by `kiseki run`, records the same."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kiseki.client.client import KisekiClient
from tests.environments import ROOT, clean_environment
from tests.repositories import Repository
from tests.wire.server import Server

EXAMPLES = ROOT / "examples" / "projects"
NAMES = ("scikit-learn", "lightgbm", "pytorch") if os.environ.get("KISEKI_TEST_FLAVORS") == "all" else ("scikit-learn",)
"""The examples: all where the libraries of all flavors are."""


def run(tracker: str, server: Server, experiment: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs a project in this environment, as one of the two."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        [sys.executable, "-m", tracker, "run", "--env-manager", "local", "--experiment-name", experiment, *arguments],
        cwd=cwd,
        env=clean_environment(
            PATH=path,
            PYTHONPATH=str(ROOT / "src"),
            MLFLOW_TRACKING_URI=server.uri,
            MLFLOW_DISABLE_TELEMETRY="true",
            MLFLOW_HTTP_REQUEST_MAX_RETRIES="0",
        ),
        capture_output=True,
        text=True,
        timeout=300,
    )


def recorded(server: Server, experiment: str) -> dict[str, Any]:
    """All that both trackers are to record alike of the one run of an experiment."""
    client = KisekiClient(server.uri)
    found = client.get_experiment_by_name(experiment)
    assert found is not None
    (one,) = client.search_runs([found.experiment_id])
    tags = {key: value for key, value in one.data.tags.items() if key != "mlflow.runName"}
    histories = {
        key: [(point.step, point.value) for point in client.get_metric_history(one.info.run_id, key)]
        for key in one.data.metrics
    }
    artifacts = [file.path for file in client.list_artifacts(one.info.run_id)]
    facts = {"status": one.info.status, "params": one.data.params, "tags": tags}
    return {**facts, "metrics": histories, "artifacts": artifacts}


@pytest.mark.parametrize("name", NAMES)
def test_examples(name: str, server: Server, tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository")
    folder = repository.folder / "projects" / name
    folder.mkdir(parents=True)
    for file in (EXAMPLES / name).iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    repository.commit()
    uri = f"{repository.folder}#projects/{name}"
    facts = {}
    for tracker in ("mlflow", "kiseki"):
        experiment = server.unique(name)
        finished = run(tracker, server, experiment, uri, "-v", "main", "-P", "seed=3", cwd=tmp_path)
        assert finished.returncode == 0, f"{tracker}:\n{finished.stdout}\n{finished.stderr}"
        facts[tracker] = recorded(server, experiment)
    assert facts["kiseki"] == facts["mlflow"]
    assert facts["kiseki"]["metrics"]


PROJECT = """
name: both
entry_points:
  main:
    parameters:
      text: string
      data: path
      other: {type: float, default: 0.5}
    command: "python train.py {text} {data} {other}"
  fails:
    parameters: {text: string}
    command: "exit 3"
"""
TRAIN = """
import sys
import mlflow
with mlflow.start_run():
    mlflow.log_metric("length", len(sys.argv[1]))
    mlflow.set_tag("arguments", sys.argv[1:])
"""


@pytest.mark.parametrize("entry_point", ["main", "fails"])
def test_a_folder(entry_point: str, server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "MLproject").write_text(PROJECT)
    (folder / "train.py").write_text(TRAIN)
    (tmp_path / "some data").touch()
    text = "a 'b' \"c\" $HOME $(touch canary) `x` ; *"
    facts = {}
    for tracker in ("mlflow", "kiseki"):
        experiment = server.unique("folder")
        given = ("-e", entry_point, "-P", f"text={text}", "-P", "data=some data", "-P", "more=x")
        finished = run(tracker, server, experiment, "project", *given, cwd=tmp_path)
        assert (finished.returncode == 0) == (entry_point == "main"), f"{tracker}:\n{finished.stderr}"
        facts[tracker] = recorded(server, experiment)
    # MLflow's command line records a value as it quotes it for a shell.
    facts["mlflow"]["params"] = {key: shlex.split(value)[0] for key, value in facts["mlflow"]["params"].items()}
    assert facts["kiseki"] == facts["mlflow"]
    assert facts["kiseki"]["status"] == ("FINISHED" if entry_point == "main" else "FAILED")
    assert not list(tmp_path.rglob("canary"))
