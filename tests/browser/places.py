"""Servers with something to look at: the demo's training runs, logged models, and experiments at scale.

The databases are made once and kept in `build/browser-data` until the sources change; each server gets a copy.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench.catalogue import Catalogue
from bench.ui_data import Curves, fill_curves, fill_runs
from kiseki.store import open_store
from tests.faults.server import Target

ROOT = Path(__file__).parents[2]
CACHE = ROOT / "build" / "browser-data"
DATABASE: Final = "wire.db"

DIGITS: Final = "demo: digits"
IRISES: Final = "models of irises"
FLOWERS: Final = "flower classifier"
TEN_THOUSAND: Final = "ten thousand runs"
CURVES: Final = "long histories"
CURVE_SIZES: Final = Curves()


def demo_place(folder: Path) -> Target:
    """A server, not started yet, with the runs that `kiseki demo` trains."""
    shutil.copytree(_kept("demo", _train), folder)
    return Target(folder)


def scale_place(folder: Path) -> Target:
    """A server, not started yet, with 10,000 runs and with 20 million points."""
    shutil.copytree(_kept("scale", _fill), folder)
    return Target(folder)


def models_place(folder: Path) -> Target:
    """A server, not started yet, with logged models of every kind."""
    shutil.copytree(_kept("models", _log_models), folder)
    return Target(folder)


def _log_models(folder: Path) -> None:
    with Target(folder) as server:
        finished = subprocess.run(
            [sys.executable, "-m", "tests.browser.log_models", server.uri],
            cwd=ROOT,
            env=_environment(),
            capture_output=True,
            text=True,
            timeout=280,
        )
    assert finished.returncode == 0, finished.stderr


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("KISEKI_", "MLFLOW_"))}


def _train(folder: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "kiseki", "demo", "--exit", "--port", "0"],
        cwd=folder,
        env={**_environment(), "MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert finished.returncode == 0, finished.stderr
    (folder / "kiseki-demo" / "kiseki.db").rename(folder / DATABASE)
    (folder / "kiseki-demo" / "artifacts").rename(folder / "artifacts")
    shutil.rmtree(folder / "kiseki-demo")


def _fill(folder: Path) -> None:
    store = open_store(f"sqlite:///{folder / DATABASE}", "mlflow-artifacts:/")
    fill_runs(store, TEN_THOUSAND, Catalogue(runs=10_000))
    fill_curves(store, CURVES, CURVE_SIZES)
    store.close()


def _kept(name: str, make: Callable[[Path], None]) -> Path:
    place = CACHE / f"{name}-{_sources()}"
    if not place.is_dir():
        for old in CACHE.glob(f"{name}-*"):
            shutil.rmtree(old, ignore_errors=True)
        making = CACHE / f"{name}.{os.getpid()}"
        making.mkdir(parents=True)
        make(making)
        try:
            making.rename(place)
        except OSError:
            # Another process has made it meanwhile.
            shutil.rmtree(making)
    return place


@functools.cache
def _sources() -> str:
    """What the data depend on, in a few characters."""
    total = hashlib.sha256()
    own = Path(__file__)
    for path in sorted(
        [*(ROOT / "src").rglob("*.py"), *(ROOT / "bench").glob("*.py"), own, own.with_name("log_models.py")]
    ):
        total.update(path.read_bytes())
    return total.hexdigest()[:12]
