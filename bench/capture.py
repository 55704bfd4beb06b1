"""Measures what capture adds to a run in a repository of 10,000 files, on one server of kiseki: ``python -m bench.capture``.

A hundred of the files are changed and twenty are not known to git. Each round is a process of its own, as a script of a user is, so
that nothing is kept from the round before; rounds with and without capture take turns.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bench import machine
from bench.clients import of_clients
from bench.command import CACHE, publish
from bench.figures import SUBJECT, Figure, Measurement, Target
from bench.peers import Peer, Server, kiseki, mlflow_here

FILES: Final = 10_000
CHANGED: Final = 100
UNTRACKED: Final = 20
TRAINED: Final = 300
ADDED_MS: Final = 150.0
KINDS: Final = ("with", "without", "mlflow")
SCRIPT: Final = f"""
import json, sys, time
from importlib import import_module
tracker = import_module(sys.argv[1])
tracker.set_experiment("bench")
times = [time.perf_counter()]
run = tracker.start_run()
times.append(time.perf_counter())
for step in range({TRAINED}):
    loss = sum(1 / (number + step + 1) for number in range(50_000))
    tracker.log_metric("loss", loss, step=step)
times.append(time.perf_counter())
tracker.end_run()
times.append(time.perf_counter())
print(json.dumps([1000 * (after - before) for before, after in zip(times, times[1:])]), file=sys.stderr)
if tracker.__name__ == "kiseki":
    from kiseki.client.capture import read_capture
    found = read_capture(tracker.KisekiClient(), run.info.run_id)
    recorded = None if found is None else (len(found.source.files), found.source.patch_sha256 is not None, found.problems)
    assert recorded == (({UNTRACKED}, True, ()) if sys.argv[2] == "True" else None), recorded
"""
STEPS: Final = ("start_run", f"{TRAINED} steps of training right after it", "end_run")


def main() -> int:
    """Runs the benchmark; 1 when something could not be measured, 0 otherwise, targets missed or not."""
    parser = argparse.ArgumentParser(prog="python -m bench.capture", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="processes of each kind (default: %(default)s)")
    parser.add_argument("--dry", action="store_true", help="print the table, write nothing to bench/results")
    options = parser.parse_args()
    CACHE.mkdir(exist_ok=True)
    facts = machine.observe(CACHE)
    peers = {SUBJECT: kiseki(CACHE), "mlflow": mlflow_here(CACHE)}
    rounds: dict[str, list[list[float]]] = {kind: [] for kind in KINDS}
    with tempfile.TemporaryDirectory(prefix="bench-capture-") as temporary, contextlib.ExitStack() as stack:
        repository = Path(temporary) / "repository"
        _make(repository)
        server = Server(peers[SUBJECT], Path(temporary) / "server")
        stack.callback(server.stop)
        server.start()
        for number in range(options.rounds + 1):
            for kind in KINDS:
                name = "mlflow" if kind == "mlflow" else SUBJECT
                found = _round(name, peers[name], server, repository, capture=kind == "with")
                # The first reads the repository from the disk.
                if number:
                    rounds[kind].append(found)
                    print(f"{kind}: {found}", file=sys.stderr)
    note = f"a repository of {FILES:,} files, {CHANGED} of them changed, and {UNTRACKED} that git does not know"
    publish(of_clients("capture", _figures(rounds), peers, facts, options.rounds, note), dry=options.dry)
    return 0


def _figures(rounds: Mapping[str, list[list[float]]]) -> list[Figure]:
    """Each step with capture beside MLflow, and without it; then what capture adds."""
    figures = []
    for step, name in enumerate(STEPS):
        of = {kind: tuple(one[step] for one in found) for kind, found in rounds.items()}
        measured = {kind: Measurement(value=statistics.median(values), rounds=values) for kind, values in of.items()}
        added = tuple(more - less for more, less in zip(of["with"], of["without"], strict=True))
        without = {SUBJECT: measured["without"], "mlflow": measured["mlflow"]}
        figures += [
            _figure(name, {SUBJECT: measured["with"], "mlflow": measured["mlflow"]}),
            _figure(f"{name}, without capture", without),
            _figure(
                f"{name}, added by capture",
                {SUBJECT: Measurement(value=statistics.median(added), rounds=added)},
                (Target(bound=ADDED_MS),) if step == 0 else (),
            ),
        ]
    return figures


def _figure(name: str, measurements: Mapping[str, Measurement], targets: tuple[Target, ...] = ()) -> Figure:
    return Figure(
        scenario="capture", name=name, unit="ms", higher_is_better=False, measurements=measurements, targets=targets
    )


def _make(repository: Path) -> None:
    for number in range(FILES):
        file = repository / f"package{number // 100}" / f"module{number}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"VALUE = {number}\n" * 50, encoding="utf-8")
    (repository / "train.py").write_text(SCRIPT, encoding="utf-8")
    identity = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")
    for arguments in (("init", "--quiet"), ("add", "--all"), (*identity, "commit", "--quiet", "--message", "all")):
        subprocess.run(["git", *arguments], cwd=repository, check=True, timeout=300)
    for number in range(CHANGED):
        (repository / f"package{number}" / f"module{100 * number}.py").write_text("CHANGED = True\n", encoding="utf-8")
    for number in range(UNTRACKED):
        (repository / f"new{number}.py").write_text(f"NEW = {number}\n" * 100, encoding="utf-8")


def _round(name: str, peer: Peer, server: Server, repository: Path, *, capture: bool) -> list[float]:
    """The milliseconds of each step."""
    done = subprocess.run(
        [str(peer.python), "train.py", name, str(capture)],
        cwd=repository,
        env={
            **os.environ,
            "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{server.port}",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "KISEKI_CAPTURE": str(capture).lower(),
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    found: list[float] = json.loads(done.stderr.strip().splitlines()[-1])
    return found


if __name__ == "__main__":
    raise SystemExit(main())
