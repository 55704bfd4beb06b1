"""What a training script does when its server goes away."""

import os
import subprocess
import sys
import time
from pathlib import Path

from kiseki.client.client import KisekiClient
from tests.wire.server import Server

SCRIPT = """
import sys, kiseki
run = kiseki.start_run()
kiseki.log_metric("before", 1)
print(run.info.run_id, flush=True)
sys.stdin.read()
"""


def started(uri: str, tmp_path: Path) -> subprocess.Popen[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("KISEKI_", "MLFLOW_"))}
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        cwd=tmp_path,
        env={**clean, "KISEKI_TRACKING_URI": uri, "KISEKI_EXIT_TIMEOUT": "2"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_process_ends_in_time_and_says_what_it_could_not_do(tmp_path: Path) -> None:
    with Server(tmp_path / "server") as server:
        process = started(server.uri, tmp_path)
        assert process.stdout is not None
        run_id = process.stdout.readline().strip()
    begun = time.monotonic()
    _, errors = process.communicate("", timeout=60)
    assert time.monotonic() - begun < 10
    assert f"run {run_id} could not be ended and stays RUNNING" in errors
    assert "does not answer" in errors


def test_a_server_that_starts_again_is_found_again(tmp_path: Path) -> None:
    server = Server(tmp_path / "server")
    with server:
        client = KisekiClient(server.uri)
        run_id = client.create_run("0").info.run_id
        client.log_metric(run_id, "m", 1, step=1)
    with server:
        client.log_metric(run_id, "m", 2, step=2)
        assert [metric.value for metric in client.get_metric_history(run_id, "m")] == [1.0, 2.0]
        client.backend.close()
