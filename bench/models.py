"""Measures logging and loading models beside MLflow, on one server of kiseki: ``python -m bench.models``.

Each client is a program of its own; both log the same scikit-learn models, by their own defaults,
to the same server. What was logged is loaded and predicts before it counts.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from bench import machine
from bench.clients import of_clients
from bench.command import CACHE, publish
from bench.figures import SUBJECT, Figure, Measurement, Target
from bench.peers import Peer, Server, kiseki, mlflow_here

SECONDS: Final = 600.0

FIGURES: Final = {
    "log": ("log_model of an estimator", 5.0),
    "first": ("log_model of an estimator, the first in a process", None),
    "example": ("log_model of an estimator with an input example", 5.0),
    "given": ("log_model of an estimator, requirements given", None),
    "python": ("log_model of a Python model", None),
    "load": ("sklearn.load_model", None),
    "pyfunc": ("pyfunc.load_model", None),
}
"""Key of a measurement -> what it is, and how many times faster than MLflow it is to be."""

PROGRAM: Final = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import {module} as t
import {module}.pyfunc, {module}.sklearn
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

uri, rounds = sys.argv[1], int(sys.argv[2])
x, y = load_iris(return_X_y=True, as_frame=True)
model = LogisticRegression(max_iter=500).fit(x, y)
t.set_tracking_uri(uri)
t.set_experiment("bench {module}")

class Same(t.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input

def timed(call):
    start = time.perf_counter()
    found = call()
    return time.perf_counter() - start, found

seconds = {{}}
with t.start_run():
    t.log_params({{"max_iter": 500, "data": "iris"}})
    t.log_metric("accuracy", model.score(x, y))
    log = lambda **options: t.sklearn.log_model(model, name="iris", **options)
    seconds["first"] = [timed(log)[0]]
    logged = [timed(log) for _ in range(rounds)]
    seconds["log"] = [one[0] for one in logged]
    info = logged[-1][1]
    seconds["example"] = [timed(lambda: log(input_example=x.head(5)))[0] for _ in range(rounds)]
    seconds["given"] = [timed(lambda: log(pip_requirements=["scikit-learn"]))[0] for _ in range(rounds)]
    seconds["python"] = [
        timed(lambda: t.pyfunc.log_model(name="same", python_model=Same()))[0] for _ in range(rounds)
    ]
loads = [timed(lambda: t.sklearn.load_model(info.model_uri)) for _ in range(rounds)]
assert (loads[-1][1].predict(x) == model.predict(x)).all()
seconds["load"] = [one[0] for one in loads]
loads = [timed(lambda: t.pyfunc.load_model(info.model_uri)) for _ in range(rounds)]
assert (loads[-1][1].predict(x) == model.predict(x)).all()
seconds["pyfunc"] = [one[0] for one in loads]
print("seconds", json.dumps(seconds))
"""


def main() -> int:
    """Runs the benchmark; 1 when something could not be measured, 0 otherwise, targets missed or not."""
    parser = argparse.ArgumentParser(prog="python -m bench.models", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="calls of each kind (default: %(default)s)")
    parser.add_argument("--dry", action="store_true", help="print the table, write nothing to bench/results")
    options = parser.parse_args()
    CACHE.mkdir(exist_ok=True)
    facts = machine.observe(CACHE)
    peers = {SUBJECT: kiseki(CACHE), "mlflow": mlflow_here(CACHE)}
    measured: dict[str, dict[str, Measurement]] = {}
    with tempfile.TemporaryDirectory(prefix="bench-models-") as temporary, contextlib.ExitStack() as stack:
        server = Server(peers[SUBJECT], Path(temporary) / "server")
        stack.callback(server.stop)
        server.start()
        for name, peer in peers.items():
            for key, value in _measure(name, peer, server, options.rounds, Path(temporary)).items():
                measured.setdefault(key, {})[name] = value
                print(f"{name} {key}: {value.value} {value.problem}", file=sys.stderr)
    figures = [
        Figure(
            scenario="models",
            name=name,
            unit="ms",
            higher_is_better=False,
            measurements=measured.get(key, {}),
            targets=() if bound is None else (Target(bound=bound, peer="mlflow"),),
        )
        for key, (name, bound) in FIGURES.items()
    ]
    note = "logistic regression on iris; each client by its defaults: both write skops and find out requirements"
    publish(of_clients("models", figures, peers, facts, options.rounds, note), dry=options.dry)
    return int(any(one.problem for of in measured.values() for one in of.values()))


def _measure(name: str, peer: Peer, server: Server, rounds: int, folder: Path) -> dict[str, Measurement]:
    program = folder / f"{name}_client.py"
    program.write_text(PROGRAM.format(module=name), encoding="utf-8")
    done = subprocess.run(
        [str(peer.python), str(program), f"http://127.0.0.1:{server.port}", str(rounds)],
        cwd=folder,
        env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    answers = [line for line in done.stdout.splitlines() if line.startswith("seconds ")]
    if done.returncode or not answers:
        problem = f"the client ended with {done.returncode}: {done.stderr.strip()[-300:]}"
        return {key: Measurement(value=None, problem=problem) for key in FIGURES}
    seconds: dict[str, list[float]] = json.loads(answers[0].removeprefix("seconds "))
    return {
        key: Measurement(value=1000 * statistics.median(values), rounds=tuple(1000 * value for value in values))
        for key, values in seconds.items()
    }


if __name__ == "__main__":
    raise SystemExit(main())
