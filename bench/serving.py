"""Measures serving models beside `mlflow models serve`: ``python -m bench.serving``.

Both serve the same models, which MLflow saved, in one environment with the same libraries: that of the Python which runs this, as
`make test` makes it, or of the one that `BENCH_SERVING` names. Clients and servers share the machine. Every request has another row of the data, and what comes back is compared with what the model says.
"""

import argparse
import dataclasses
import functools
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from bench import machine
from bench.command import CACHE, ROOT, commit, publish
from bench.connection import Connection, Response
from bench.figures import SUBJECT, Figure, Measurement, Target
from bench.load import Operation, run_load
from bench.peers import HOST, Peer, Server
from bench.report import Report
from bench.settings import FULL, Settings

MODELS: Final = ("sklearn", "xgboost")
ARROW: Final = "application/vnd.apache.arrow.stream"
AS_JSON: Final = "kiseki, JSON"
"""A peer for what kiseki itself takes for the same rows in JSON."""

_SAVE: Final = """
import json, sys, warnings
warnings.simplefilter("ignore")
import mlflow.sklearn, mlflow.xgboost, numpy as np, pandas as pd, pyarrow as pa
from mlflow.models import infer_signature
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier

folder, batch = sys.argv[1], int(sys.argv[2])
table, target = load_breast_cancer(return_X_y=True, as_frame=True)
models = {
    "sklearn": (mlflow.sklearn, make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))),
    "xgboost": (mlflow.xgboost, XGBClassifier(n_estimators=100)),
}
expected = {}
for name, (flavor, model) in models.items():
    model.fit(table, target)
    signature = infer_signature(table, model.predict(table))
    flavor.save_model(model, f"{folder}/{name}", signature=signature, input_example=table.head(3))
    expected[name] = model.predict(table).tolist()
rows = table.to_numpy().tolist()
json.dump({"columns": list(table), "rows": rows, "expected": expected}, open(f"{folder}/data.json", "w"))
large = table.iloc[np.arange(batch) % len(table)].reset_index(drop=True)
with open(f"{folder}/batch.json", "w") as file:
    json.dump({"dataframe_split": {"columns": list(large), "data": large.to_numpy().tolist()}}, file)
arrow = pa.Table.from_pandas(large, preserve_index=False)
with pa.ipc.new_stream(f"{folder}/batch.arrow", arrow.schema) as writer:
    writer.write_table(arrow)
"""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """The requests of a load: each client goes round all rows, from a place of its own."""

    columns: tuple[str, ...]
    rows: tuple[tuple[float, ...], ...]
    expected: tuple[int, ...]

    def operations(self, client: int, connection: Connection) -> Iterable[Operation]:
        """One request after the other, for ever."""
        requests = [connection.encode("POST", "/invocations", self.body([row])) for row in self.rows]

        def score(place: int) -> None:
            response = connection.exchange(requests[place])
            if response.ok and json.loads(response.body) != {"predictions": [self.expected[place]]}:
                connection.failures += 1
                connection.messages.append(f"row {place}: {response.excerpt()}")

        first = client * len(self.rows) // 8
        for place in itertools.cycle([*range(first, len(self.rows)), *range(first)]):
            yield functools.partial(score, place)

    def body(self, rows: Iterable[tuple[float, ...]]) -> bytes:
        """A request."""
        return json.dumps({"dataframe_split": {"columns": self.columns, "data": list(rows)}}).encode()


def main() -> int:
    """Runs the benchmark; 1 when an answer was wrong, 0 otherwise, targets missed or not."""
    parser = argparse.ArgumentParser(prog="python -m bench.serving", description=__doc__)
    parser.add_argument("--models", default=",".join(MODELS), help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each server (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=5.0, help="of load in a turn (default: %(default)s)")
    parser.add_argument("--clients", type=int, default=8, help="default: %(default)s")
    parser.add_argument("--batch", type=int, default=100_000, help="rows of the large requests (default: %(default)s)")
    parser.add_argument("--dry", action="store_true", help="print the table, write nothing to bench/results")
    options = parser.parse_args()
    CACHE.mkdir(exist_ok=True)
    facts = machine.observe(CACHE)
    python = Path(os.environ.get("BENCH_SERVING", sys.executable))
    peers = {SUBJECT: _peer(SUBJECT, python), "mlflow": _peer("mlflow", python)}
    found: dict[tuple[str, str], dict[str, list[float]]] = {}
    problems: dict[tuple[str, str], str] = {}
    with tempfile.TemporaryDirectory(prefix="bench-serving-") as temporary:
        folder = Path(temporary)
        subprocess.run([str(python), "-c", _SAVE, str(folder), str(options.batch)], check=True, env=_quiet())
        data = json.loads((folder / "data.json").read_text())
        for _ in range(options.rounds):
            for model in options.models.split(","):
                rows = Rows(
                    columns=tuple(data["columns"]),
                    rows=tuple(map(tuple, data["rows"])),
                    expected=tuple(data["expected"][model]),
                )
                for name, peer in peers.items():
                    for key, column, value, problem in _measure(name, peer, folder, model, rows, options):
                        found.setdefault((model, key), {}).setdefault(column, []).append(value)
                        if problem:
                            problems[model, column] = problem
                        print(f"{model} {column} {key}: {value:.4g} {problem}", file=sys.stderr)
    figures = list(_figures(found, problems, options))
    result = Report(
        name="serving",
        date=time.strftime("%Y-%m-%d %H:%M"),
        commit=commit(),
        settings=_settings(options),
        machine=dataclasses.asdict(facts),
        versions={name: peer.version for name, peer in peers.items()},
        durability={name: peer.durability for name, peer in peers.items()},
        notes=(
            "breast cancer data, 30 columns of doubles; a scaler with logistic regression, and 100 boosted trees",
            "one worker each; both in one environment, the models saved by MLflow",
        ),
        figures=tuple(figures),
    )
    publish(result, dry=options.dry)
    return int(bool(problems))


def _peer(name: str, python: Path) -> Peer:
    """A server of models; `{folder}` is the model's."""
    program = (str(python), "-m", "kiseki") if name == SUBJECT else (str(python.with_name("mlflow")),)
    asked = "kiseki.__about__ as m" if name == SUBJECT else "mlflow.version as m"
    version = subprocess.run(
        [str(python), "-c", f"import {asked}; print(getattr(m, '__version__', None) or m.VERSION)"],
        env=_environment_of(name, python),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    return Peer(
        name=name,
        version=version,
        arguments=(
            *program,
            *("models", "serve", "--model-uri", "model", "--env-manager", "local"),
            *("--host", HOST, "--port", "{port}"),
        ),
        durability="",
        environment=_environment_of(name, python),
        slow_start=name != SUBJECT,
    )


def _environment_of(name: str, python: Path) -> dict[str, str]:
    # MLflow starts uvicorn by its name.
    path = f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**_quiet(), "PATH": path, **({"PYTHONPATH": str(ROOT / "src")} if name == SUBJECT else {})}


def _quiet() -> dict[str, str]:
    return {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "PATH": os.environ.get("PATH", "")}


def _measure(
    name: str, peer: Peer, folder: Path, model: str, rows: Rows, options: argparse.Namespace
) -> Iterator[tuple[str, str, float, str]]:
    """One turn of a server: what was measured, in which column, the value, and what went wrong."""
    place = folder / f"{name}-{model}-{time.monotonic_ns()}"
    place.mkdir()
    # A copy, since MLflow follows no link out of the folder of a model.
    shutil.copytree(folder / model, place / "model")
    server = Server(peer, place, tuned=False)
    try:
        server.start()
        yield "start", name, server.start_seconds, ""
        run_load(HOST, [server.port], rows, clients=options.clients, seconds=1.0)
        load = run_load(HOST, [server.port], rows, clients=options.clients, seconds=options.seconds)
        problem = f"{load.errors} of {load.attempted} failed: {load.messages}" if load.errors else ""
        yield "rate", name, load.rate, problem
        yield "p50", name, load.latency(0.5) * 1000, problem
        yield "p99", name, load.latency(0.99) * 1000, problem
        alone = run_load(HOST, [server.port], rows, clients=1, seconds=options.seconds / 2)
        yield "alone", name, alone.latency(0.5) * 1000, ""
        memory = server.memory()
        if memory is not None:
            yield "memory", name, memory.rss, ""
        column = AS_JSON if name == SUBJECT else name
        yield "batch", column, *_batch(server, folder / "batch.json", "application/json", "", rows, options.batch)
        if name == SUBJECT:
            yield "batch", name, *_batch(server, folder / "batch.arrow", ARROW, ARROW, rows, options.batch)
    finally:
        server.stop()


def _batch(server: Server, file: Path, kind: str, accept: str, rows: Rows, count: int) -> tuple[float, str]:
    """The best of a few requests with all rows in seconds, and what is wrong with the answer."""
    body = file.read_bytes()
    head = f"POST /invocations HTTP/1.1\r\nHost: {HOST}:{server.port}\r\nContent-Type: {kind}\r\n"
    head += f"Accept: {accept}\r\n" if accept else ""
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    connection = server.connect(timeout=300.0)
    try:
        answers = [_timed(connection, request) for _ in range(5)]
        best, (_, response) = min(seconds for seconds, _ in answers), answers[-1]
        if not response.ok:
            return best, f"HTTP {response.status}: {response.excerpt()}"
        answered = _arrow(response.body) if accept else json.loads(response.body)["predictions"]
        wanted = [rows.expected[place % len(rows.expected)] for place in range(count)]
        return best, "" if answered == wanted else "the predictions are others than the model's"
    finally:
        connection.close()


def _timed(connection: Connection, request: bytes) -> tuple[float, Response]:
    began = time.monotonic()
    response = connection.exchange(request)
    return time.monotonic() - began, response


def _arrow(body: bytes) -> list[int]:
    import pyarrow as pa

    found: list[int] = pa.ipc.open_stream(body).read_all().column(0).to_pylist()
    return found


def _figures(
    found: dict[tuple[str, str], dict[str, list[float]]],
    problems: dict[tuple[str, str], str],
    options: argparse.Namespace,
) -> Iterator[Figure]:
    lines: list[tuple[str, str, str, bool, tuple[Target, ...]]] = [
        ("start", "start, until it answers", "s", False, (Target(bound=5, peer="mlflow"),)),
        (
            "rate",
            f"{options.clients} clients, one row a request",
            "requests/s",
            True,
            (Target(bound=5, peer="mlflow"),),
        ),
        ("p50", "the same, latency p50", "ms", False, (Target(bound=3, peer="mlflow"),)),
        ("p99", "the same, latency p99", "ms", False, ()),
        ("alone", "one client, latency p50", "ms", False, ()),
        ("memory", "memory after that", "MiB", False, ()),
        (
            "batch",
            f"{options.batch:,} rows in one request, kiseki in Arrow",
            "s",
            False,
            (Target(bound=5, peer=AS_JSON),),
        ),
    ]
    for model in options.models.split(","):
        for key, name, unit, higher, targets in lines:
            measured = {
                column: Measurement(
                    value=statistics.median(values), rounds=tuple(values), problem=problems.get((model, column), "")
                )
                for column, values in found.get((model, key), {}).items()
            }
            yield Figure(
                scenario=f"serving, {model}",
                name=f"{model}: {name}",
                unit=unit,
                higher_is_better=higher,
                measurements=measured,
                targets=targets,
            )


def _settings(options: argparse.Namespace) -> dict[str, object]:
    settings: Settings = dataclasses.replace(
        FULL, quick=False, clients=options.clients, rounds=options.rounds, seconds=options.seconds
    )
    return dataclasses.asdict(settings)


if __name__ == "__main__":
    sys.exit(main())
