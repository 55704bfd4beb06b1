"""Measures how long a project takes to start, beside `mlflow run`, on one server of kiseki: ``python -m bench.projects``.

The project does nothing but leave a file, in an environment with one package. Each peer makes the environment once; what
counts is the time from the command to the file, when the environment is there.
"""

import argparse
import contextlib
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from bench import machine
from bench.clients import of_clients
from bench.command import CACHE, publish
from bench.figures import SUBJECT, Figure, Measurement, Target
from bench.peers import Peer, Server, kiseki, mlflow_here

SECONDS: Final = 600.0
MANAGERS: Final = ("virtualenv", "local")
FIGURES: Final = {
    "virtualenv": ("an entry point, in an environment that is there", 5.0),
    "local": ("an entry point, in the environment of the command", None),
}
"""Manager of environments -> what is measured, and how many times faster than MLflow it is to be."""

MLPROJECT: Final = "python_env: python_env.yaml\nentry_points: {main: {command: 'date +%s.%N > started'}}\n"


def main() -> int:
    """Runs the benchmark; 1 when something could not be measured, 0 otherwise, targets missed or not."""
    parser = argparse.ArgumentParser(prog="python -m bench.projects", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="runs of each kind (default: %(default)s)")
    parser.add_argument("--dry", action="store_true", help="print the table, write nothing to bench/results")
    options = parser.parse_args()
    CACHE.mkdir(exist_ok=True)
    facts = machine.observe(CACHE)
    peers = {SUBJECT: kiseki(CACHE), "mlflow": mlflow_here(CACHE)}
    measured: dict[str, dict[str, Measurement]] = {manager: {} for manager in MANAGERS}
    with tempfile.TemporaryDirectory(prefix="bench-projects-") as temporary, contextlib.ExitStack() as stack:
        project = Path(temporary) / "project"
        project.mkdir()
        (project / "MLproject").write_text(MLPROJECT, encoding="utf-8")
        (project / "python_env.yaml").write_text(f"python: '{platform.python_version()}'\ndependencies: [click]\n")
        server = Server(peers[SUBJECT], Path(temporary) / "server")
        stack.callback(server.stop)
        server.start()
        for manager in MANAGERS:
            for name, peer in peers.items():
                found = measured[manager][name] = _measure(name, peer, server, project, manager, options.rounds)
                print(f"{name} {manager}: {found.value} {found.problem}", file=sys.stderr)
    figures = [
        Figure(
            scenario="projects",
            name=name,
            unit="ms",
            higher_is_better=False,
            measurements=measured[manager],
            targets=() if bound is None else (Target(bound=bound, peer="mlflow"),),
        )
        for manager, (name, bound) in FIGURES.items()
    ]
    note = "from the command to the first thing that the entry point does; the run is recorded before it"
    publish(of_clients("projects", figures, peers, facts, options.rounds, note), dry=options.dry)
    return int(any(one.problem for of in measured.values() for one in of.values()))


def _measure(name: str, peer: Peer, server: Server, project: Path, manager: str, rounds: int) -> Measurement:
    """The first run, which makes the environment, is not timed."""
    command = [str(peer.python), "-m", name, "run", str(project), "--env-manager", manager]
    started, milliseconds = project / "started", []
    for number in range(rounds + 1):
        started.unlink(missing_ok=True)
        began = time.time()
        done = subprocess.run(
            command,
            env={
                **os.environ,
                "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{server.port}",
                "MLFLOW_ENV_ROOT": str(project.parent / f"environments-{name}"),
                "MLFLOW_DISABLE_TELEMETRY": "true",
            },
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if done.returncode or not started.exists():
            return Measurement(value=None, problem=f"it ended with {done.returncode}: {done.stderr.strip()[-300:]}")
        if number:
            milliseconds.append(1000 * (float(started.read_text()) - began))
    return Measurement(value=statistics.median(milliseconds), rounds=tuple(milliseconds))


if __name__ == "__main__":
    raise SystemExit(main())
