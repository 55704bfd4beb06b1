import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiseki.client import resolve
from kiseki.fluent import experiments, runs


@pytest.fixture(autouse=True)
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A fresh session of the fluent API on a database in an empty folder."""
    for name in list(os.environ):
        if name.startswith(("KISEKI_", "MLFLOW_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("KISEKI_TRACKING_URI", f"sqlite:///{tmp_path}/k.db")
    monkeypatch.setenv("KISEKI_EXPERIMENT_ID", "")
    monkeypatch.setattr(resolve, "_chosen", None)
    monkeypatch.setattr(experiments, "_chosen", None)
    monkeypatch.chdir(tmp_path)
    yield
    while runs.active_run() is not None:
        runs.end_run()
    resolve.close_all()
