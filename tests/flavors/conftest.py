"""What the tests of flavors run in: a fresh session of kiseki, and MLflow beside it.

`make test` runs the flavors whose libraries are small. `make test-flavors` has all libraries and sets
KISEKI_TEST_FLAVORS=all: every file is collected then, and models are also served in environments of their own.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiseki.client import resolve
from kiseki.fluent import experiments, runs

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
# joblib, which LightGBM asks, warns where the machine does not tell its cores.
os.environ.setdefault("LOKY_MAX_CPU_COUNT", "1")
pytest.register_assert_rewrite("tests.flavors.suite")

with warnings.catch_warnings():
    # What MLflow's own imports warn of is not ours to mend.
    warnings.simplefilter("ignore")
    import mlflow

__all__ = ["mlflow"]

ALL = os.environ.get("KISEKI_TEST_FLAVORS") == "all"
LIGHT = {"test_lightgbm.py", "test_sklearn.py", "test_statsmodels.py", "test_xgboost.py"}
"""Files whose libraries are among the packages of `make test`; they weigh less than 100 MB together."""

HERE = Path(__file__).parent

collect_ignore = [] if ALL else sorted({file.name for file in HERE.glob("test_*.py")} - LIGHT)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "environments: installs packages; only where KISEKI_TEST_FLAVORS is 'all'.")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [] if ALL else [item for item in items if item.get_closest_marker("environments")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    for item in items:
        if HERE in item.path.parents:
            # MLflow's own warnings do not fail the tests of kiseki.
            item.add_marker(pytest.mark.filterwarnings("ignore:::mlflow"))


@pytest.fixture(autouse=True)
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A fresh session of the fluent API, on a database of its own in an empty folder."""
    for name in list(os.environ):
        if name.startswith(("KISEKI_", "MLFLOW_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("KISEKI_EXPERIMENT_ID", "")
    monkeypatch.setenv("KISEKI_TRACKING_URI", f"sqlite:///{tmp_path}/kiseki.db")
    monkeypatch.setattr(resolve, "_chosen", None)
    monkeypatch.setattr(experiments, "_chosen", None)
    monkeypatch.chdir(tmp_path)
    yield
    while runs.active_run() is not None:
        runs.end_run()
    resolve.close_all()


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the environments of models are, made once for models with the same requirements."""
    return tmp_path_factory.mktemp("environments")
