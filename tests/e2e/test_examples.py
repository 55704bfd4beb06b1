"""The plain script, with kiseki and with the unmodified mlflow in its place."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kiseki.client import KisekiClient
from tests.wire.server import Server

SCRIPT = Path(__file__).parents[2] / "examples" / "train.py"


@pytest.mark.parametrize("package", ["kiseki", "mlflow"])
def test_the_script_trains_records_and_reads_back(package: str, tmp_path: Path) -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    assert "\nimport kiseki\n" in text
    script = tmp_path / "train.py"
    script.write_text(text.replace("\nimport kiseki\n", f"\nimport {package} as kiseki\n"), encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KISEKI_", "MLFLOW_"))}
    with Server(tmp_path / "server") as server:
        finished = subprocess.run(
            [sys.executable, "train.py"],
            cwd=tmp_path,
            env={**kept, "KISEKI_TRACKING_URI": server.uri},
            capture_output=True,
            text=True,
            timeout=200,
        )
        assert finished.returncode == 0, finished.stderr
        client = KisekiClient(server.uri)
        experiment = client.get_experiment_by_name("digits")
        assert experiment is not None
        runs = client.search_runs([experiment.experiment_id], order_by=["metrics.validation_accuracy DESC"])
        assert sorted(run.info.run_name or "" for run in runs) == ["mlp 16", "mlp 64"]
        printed = finished.stdout.splitlines()[-2:]
        for line, run in zip(printed, runs, strict=True):
            history = client.get_metric_history(run.info.run_id, "validation_loss")
            assert [point.step for point in history] == list(range(1, 21))
            assert line.startswith(run.info.run_name or "")
            assert f"loss {history[0].value:.3f} in the first epoch and {history[-1].value:.3f} in the last" in line
            paths = [file.path for file in client.list_artifacts(run.info.run_id)]
            assert paths == ["confusion_matrix.png", "model"]
        client.backend.close()
