"""`kiseki export` against a server, and the examples that read what it wrote."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow.dataset as ds
import pytest

from kiseki.client import KisekiClient
from kiseki.entities import Metric
from tests.wire.server import Server

EXAMPLES = Path(__file__).parents[2] / "examples"
KEPT = {name: value for name, value in os.environ.items() if not name.startswith(("KISEKI_", "MLFLOW_"))}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with two experiments, in which one run of each has the least loss, and one never had a number."""
    with Server(tmp_path_factory.mktemp("server")) as running:
        client = KisekiClient(running.uri)
        for name in ("digits", "wine"):
            experiment = client.create_experiment(name)
            for number in range(4):
                run_id = client.create_run(experiment, run_name=f"{name} {number}").info.run_id
                last = float("nan") if number == 3 else abs(number - 1) + 0.25
                losses = [*(9.0 - step for step in range(99)), last]
                client.log_batch(run_id, [Metric("loss", loss, step, step) for step, loss in enumerate(losses)])
                client.log_metric(run_id, "accuracy", 0.5, 1, 1)
        client.backend.close()
        yield running
        running.check()


def export(server: Server, target: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kiseki", "export", *options, str(target)],
        env={**KEPT, "KISEKI_TRACKING_URI": server.uri},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def exported(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("export") / "exported"
    finished = export(server, target)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout == (
        f"Wrote 8 runs to {target}; 0 were there already and 0 left. It has 808 points of 3 experiments.\n"
    )
    return target


@pytest.mark.parametrize(
    ("name", "package"),
    [("duckdb", "duckdb"), ("polars", "polars"), ("pyarrow", "pyarrow"), ("ray", "ray"), ("spark", "pyspark")],
)
def test_the_example_reads_it(name: str, package: str, exported: Path) -> None:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    if name == "spark" and shutil.which("java") is None:
        pytest.skip("Spark needs Java, and there is none")
    finished = subprocess.run(
        [sys.executable, str(EXAMPLES / f"export_with_{name}.py"), str(exported)],
        env=KEPT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.splitlines() == ["digits: digits 1 0.2500", "wine: wine 1 0.2500", "800 points"]


def test_options_choose_experiments(server: Server, tmp_path: Path) -> None:
    finished = export(server, tmp_path / "one", "-n", "wine", "--format", "parquet", "--json")
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout) == {
        "experiments": 1,
        "written": 4,
        "unchanged": 0,
        "gone": 0,
        "points": 404,
        "models_written": 0,
    }
    finished = export(server, tmp_path / "one", "-n", "no such")
    assert finished.returncode == 1
    assert "No experiment is named 'no such'" in finished.stderr


def test_a_package_that_is_missing_is_named(server: Server, tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "sys.modules['pyarrow'] = sys.modules['pyarrow.fs'] = None\n"
        f"sys.argv = ['kiseki', 'export', {str(tmp_path / 'x')!r}]\n"
        "from kiseki.cli import main\n"
        "main()\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program],
        env={**KEPT, "KISEKI_TRACKING_URI": server.uri},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 1
    assert "pip install kiseki[arrow]" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_an_export_that_is_killed_at_any_time_leaves_a_whole_one(server: Server, tmp_path: Path) -> None:
    client = KisekiClient(server.uri)
    experiment = client.create_experiment("killed")
    target = tmp_path / "exported"
    command = [sys.executable, "-m", "kiseki", "export", "-n", "killed", str(target)]
    started = time.monotonic()
    assert export(server, target, "-n", "killed").returncode == 0
    whole = time.monotonic() - started
    runs = 0
    for attempt in range(8):
        for _ in range(20):
            run_id = client.create_run(experiment).info.run_id
            client.log_batch(run_id, [Metric("loss", float(step), step, step) for step in range(500)])
        process = subprocess.Popen(command, env={**KEPT, "KISEKI_TRACKING_URI": server.uri})
        time.sleep(whole * (0.5 + attempt / 10))
        process.send_signal(signal.SIGKILL)
        process.wait()
        manifest = json.loads((target / "manifest.json").read_bytes())
        found = [str(target / path) for path in manifest["files"].get("histories", [])]
        rows = ds.dataset(found).count_rows() if found else 0
        assert rows % (20 * 500) == 0
        assert rows <= (attempt + 1) * 20 * 500
        runs += 20
    finished = export(server, target, "-n", "killed", "--json")
    assert finished.returncode == 0, finished.stderr
    told = json.loads(finished.stdout)
    assert (told["written"] + told["unchanged"], told["gone"], told["points"]) == (runs, 0, runs * 500)
    assert ds.dataset(target / "histories", partitioning="hive").count_rows() == runs * 500
    assert not list(target.rglob("*.tmp"))
    client.delete_experiment(experiment)
    client.backend.close()
