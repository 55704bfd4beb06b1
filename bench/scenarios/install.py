"""What an installation weighs, and what ``import`` costs, in environments made for it."""

import statistics
import subprocess
import time
from pathlib import Path

from bench import environments
from bench.figures import SUBJECT, Figure, Measurement, Target
from bench.session import Session

_ROOT = Path(__file__).resolve().parent.parent.parent


def run(session: Session) -> list[Figure]:
    """Measures size, distributions, modules and the time of an import."""
    pythons: dict[str, Path] = {}
    problems = {name: text for name, text in session.problems.items() if name in {SUBJECT, "mlflow"}}
    if SUBJECT in session.peers:
        try:
            session.say("install: making an environment with kiseki alone")
            pythons[SUBJECT] = environments.create(session.cache / "env-kiseki", str(_ROOT))
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            problems[SUBJECT] = str(error)
    if "mlflow" in session.peers:
        pythons["mlflow"] = session.peers["mlflow"].python
    return [*_sizes(pythons, problems), *_imports(session, pythons, problems)]


def _sizes(pythons: dict[str, Path], problems: dict[str, str]) -> list[Figure]:
    size = {name: Measurement(value=None, problem=text) for name, text in problems.items()}
    count = dict(size)
    for name, python in pythons.items():
        try:
            found = environments.measure(python)
        except (OSError, subprocess.SubprocessError) as error:
            size[name] = count[name] = Measurement(value=None, problem=str(error))
            continue
        detail = {"with bytecode MB": found.megabytes + found.bytecode_megabytes}
        size[name] = Measurement(value=found.megabytes, detail=detail)
        count[name] = Measurement(value=found.distributions)
    return [
        Figure(
            scenario="install",
            name="installed size, bytecode caches left out",
            unit="MB",
            higher_is_better=False,
            measurements=size,
            targets=(Target(bound=120),),
        ),
        Figure(
            scenario="install",
            name="installed distributions",
            unit="distributions",
            higher_is_better=False,
            measurements=count,
            targets=(Target(bound=30),),
        ),
    ]


def _imports(session: Session, pythons: dict[str, Path], problems: dict[str, str]) -> list[Figure]:
    modules = {name: Measurement(value=None, problem=text) for name, text in problems.items()}
    seconds = dict(modules)
    times: dict[str, list[float]] = {name: [] for name in pythons}
    bare: dict[str, list[float]] = {name: [] for name in pythons}
    try:
        for name, python in pythons.items():
            loaded = int(_python(python, f"import sys, {name}; print(len(sys.modules))"))
            before = int(_python(python, "import sys; print(len(sys.modules))"))
            modules[name] = Measurement(value=loaded, detail={"without the import": before})
        for _ in range(session.settings.imports):
            for name, python in pythons.items():
                bare[name].append(_seconds(python, "pass"))
                times[name].append(_seconds(python, f"import {name}"))
    except (subprocess.SubprocessError, OSError) as error:
        session.say(f"install: {error}")
        seconds |= {name: Measurement(value=None, problem=str(error)) for name in pythons}
        times = {}
    net = dict(seconds)
    for name, taken in times.items():
        empty = statistics.median(bare[name])
        rounds = tuple(1000 * each for each in taken)
        seconds[name] = Measurement(
            value=statistics.median(rounds), rounds=rounds, detail={"bare interpreter ms": 1000 * empty}
        )
        net[name] = Measurement(value=statistics.median(rounds) - 1000 * empty)
    return [
        Figure(
            scenario="install",
            name="modules after import",
            unit="modules",
            higher_is_better=False,
            measurements=modules,
            targets=(Target(bound=150),),
        ),
        Figure(
            scenario="install",
            name='python -c "import ..."',
            unit="ms",
            higher_is_better=False,
            measurements=seconds,
            targets=(Target(bound=25, peer="mlflow"),),
        ),
        Figure(
            scenario="install",
            name="the same, less the start of the bare interpreter",
            unit="ms",
            higher_is_better=False,
            measurements=net,
        ),
    ]


def _python(python: Path, code: str) -> str:
    # -I: neither the current folder nor the user's settings decide what is imported.
    done = subprocess.run([str(python), "-I", "-c", code], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        raise OSError(f"{python.name} -c {code!r}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
    return done.stdout.strip()


def _seconds(python: Path, code: str) -> float:
    began = time.monotonic()
    _python(python, code)
    return time.monotonic() - began
