"""The plain script, with kiseki and with the unmodified mlflow in its place, and what the README shows."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from kiseki.client import KisekiClient
from tests.wire.server import Server

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "examples" / "train.py"
KEPT = {name: value for name, value in os.environ.items() if not name.startswith(("KISEKI_", "MLFLOW_"))}


@pytest.mark.parametrize("package", ["kiseki", "mlflow"])
def test_the_script_trains_records_and_reads_back(package: str, tmp_path: Path) -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    assert "\nimport kiseki\n" in text
    script = tmp_path / "train.py"
    script.write_text(text.replace("\nimport kiseki\n", f"\nimport {package} as kiseki\n"), encoding="utf-8")
    with Server(tmp_path / "server") as server:
        finished = subprocess.run(
            [sys.executable, "train.py"],
            cwd=tmp_path,
            env={**KEPT, "KISEKI_TRACKING_URI": server.uri},
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
            # The first run of the process has the capture of it.
            assert [path for path in paths if path != "kiseki"] == ["confusion_matrix.png", "model"]
        client.backend.close()


@pytest.mark.parametrize("readme", ["README.md", "README.ja.md"])
def test_the_three_steps_of_the_readme(readme: str, tmp_path: Path) -> None:
    text = (ROOT / readme).read_text(encoding="utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    (block,) = [one for one in re.findall(r"```console\n(.*?)```", text, flags=re.DOTALL) if "runs describe" in one]
    with Server(tmp_path / "server") as server:
        environment = {**KEPT, "KISEKI_TRACKING_URI": server.uri}
        assert "http://localhost:5000" in program
        script = program.replace("http://localhost:5000", server.uri)
        subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=environment, check=True, timeout=60)
        client = KisekiClient(server.uri)
        (run,) = client.search_runs([one.experiment_id for one in client.search_experiments()])
        assert (run.info.run_name, run.data.params) == ("baseline", {"learning_rate": "0.01"})
        assert len(client.get_metric_history(run.info.run_id, "loss")) == 10
        shown = ""
        for line in re.findall(r"^\$ kiseki (.*)$", block, flags=re.MULTILINE):
            command = [sys.executable, "-m", "kiseki", *shlex.split(line.replace("RUN_ID", run.info.run_id))]
            finished = subprocess.run(
                command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
            )
            assert finished.returncode == 0, (line, finished.stderr)
            shown += finished.stdout
        assert "learning_rate  0.01" in shown
        assert (tmp_path / "downloaded" / "notes.txt").read_text(encoding="utf-8") in program
        client.backend.close()
