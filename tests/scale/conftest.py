"""Engines that really run, on this machine: Spark and Ray. Run by `make test-flavors`, which has their libraries."""

from __future__ import annotations

import os
import socket
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiseki.client import resolve
from kiseki.fluent import experiments, runs

ALL = os.environ.get("KISEKI_TEST_FLAVORS") == "all"
HERE = Path(__file__).parent

# MLflow is called beside kiseki; joblib warns where the machine does not tell its cores.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("LOKY_MAX_CPU_COUNT", "1")

if ALL:
    with warnings.catch_warnings():
        # What these warn of while they are imported is not ours to mend.
        warnings.simplefilter("ignore")
        import mlflow.pyfunc  # noqa: F401
        import ray.data
        import ray.serve  # noqa: F401

collect_ignore = [] if ALL else sorted(file.name for file in HERE.glob("test_*.py"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            # What the engines warn of is not ours to mend.
            for module in ("mlflow", "pyspark", "ray", "pydantic", "fastapi", "starlette"):
                item.add_marker(pytest.mark.filterwarnings(f"ignore:::{module}"))
            item.add_marker(pytest.mark.filterwarnings("ignore::ResourceWarning"))


@pytest.fixture(autouse=True)
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A fresh session of the fluent API, on a database of its own in an empty folder."""
    for name in list(os.environ):
        if name.startswith(("KISEKI_", "MLFLOW_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("KISEKI_TRACKING_URI", f"sqlite:///{tmp_path}/kiseki.db")
    monkeypatch.setattr(resolve, "_chosen", None)
    monkeypatch.setattr(experiments, "_chosen", None)
    monkeypatch.chdir(tmp_path)
    yield
    while runs.active_run() is not None:
        runs.end_run()
    resolve.close_all()


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A session with two workers, in processes that find this kiseki."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    found = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.execution.pythonUDF.arrow.enabled", "true")
        .getOrCreate()
    )
    found.sparkContext.setLogLevel("OFF")
    yield found
    found.stop()


@pytest.fixture(scope="session")
def dashboard() -> Iterator[str]:
    """The address of the dashboard of Ray on this machine."""
    import ray

    # Jobs find this Python, and packages where this machine's pip does.
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # More processors than there are: the rows have to be read while actors wait for them.
    started = ray.init(
        num_cpus=4,
        include_dashboard=True,
        dashboard_host="127.0.0.1",
        dashboard_port=port,
        logging_level="ERROR",
        object_store_memory=200 * 2**20,
    )
    yield f"http://{started.dashboard_url}"
    ray.shutdown()


@pytest.fixture(scope="session")
def cluster(dashboard: str) -> Any:
    """Ray on this machine."""
    import ray

    ray.data.DataContext.get_current().enable_progress_bars = False
    return ray
