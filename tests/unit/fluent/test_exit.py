"""How runs end when the process does: scripts in processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kiseki.client.client import KisekiClient
from kiseki.entities import Run


def after(script: str, tmp_path: Path) -> tuple[Run, subprocess.CompletedProcess[str]]:
    """Runs a script and returns the run that it made last, and how it ended."""
    environment = {**os.environ, "PYTHONWARNINGS": "error"}
    program = f"import os, sys, threading, kiseki\n{script}"
    finished = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    return KisekiClient().search_runs(["0"], order_by=["start_time DESC"])[0], finished


@pytest.mark.parametrize(
    ("script", "status"),
    [
        ("kiseki.start_run()", "FINISHED"),
        ("kiseki.start_run(); raise ValueError", "FAILED"),
        ("kiseki.start_run()\ntry: 1/0\nexcept ZeroDivisionError: pass", "FINISHED"),
        ("kiseki.start_run(); sys.exit(0)", "FINISHED"),
        ("kiseki.log_metric('m', 1, synchronous=False)", "FINISHED"),
        ("t = threading.Thread(target=kiseki.start_run); t.start(); t.join()", "FINISHED"),
        ("kiseki.start_run(); kiseki.start_run(nested=True)", "FINISHED"),
    ],
)
def test_a_run_that_is_open_when_the_process_ends(script: str, status: str, tmp_path: Path) -> None:
    run, finished = after(script, tmp_path)
    assert run.info.status == status, finished.stderr
    assert run.info.end_time is not None


def test_what_was_logged_without_waiting_arrives_before_the_process_ends(tmp_path: Path) -> None:
    run, finished = after("for i in range(50): kiseki.log_metric('m', i, step=i, synchronous=False)", tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert len(KisekiClient().get_metric_history(run.info.run_id, "m")) == 50


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_logs_to_the_run_and_does_not_end_it(tmp_path: Path) -> None:
    script = """
with kiseki.start_run() as run:
    kiseki.log_metric("before", 1)
    pid = os.fork()
    if pid == 0:
        kiseki.log_metric("child", 1)
        sys.exit(0) if len(sys.argv) > 1 else os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    assert kiseki.get_run(run.info.run_id).info.status == "RUNNING"
    kiseki.log_metric("after", 1)
"""
    run, finished = after(script, tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {"before": 1.0, "child": 1.0, "after": 1.0}


def test_workers_of_multiprocessing_log_to_the_run(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(
        """
import multiprocessing, sys, kiseki

def work(run_id, i):
    kiseki.log_metrics({f"w{i}": i}, run_id=run_id)

if __name__ == "__main__":
    with kiseki.start_run() as run:
        kiseki.log_param("kind", sys.argv[1])
        with multiprocessing.get_context(sys.argv[1]).Pool(3) as pool:
            pool.starmap(work, [(run.info.run_id, i) for i in range(6)])
        assert kiseki.get_run(run.info.run_id).info.status == "RUNNING"
""",
        encoding="utf-8",
    )
    for kind in ("fork", "spawn"):
        finished = subprocess.run(
            [sys.executable, str(script), kind], cwd=tmp_path, capture_output=True, text=True, timeout=120
        )
        assert finished.returncode == 0, finished.stderr
        (run,) = KisekiClient().search_runs(["0"], f"params.kind = '{kind}'")
        assert (run.info.status, run.data.metrics) == ("FINISHED", {f"w{i}": float(i) for i in range(6)})
