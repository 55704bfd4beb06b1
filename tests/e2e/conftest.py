import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiseki.client import resolve
from kiseki.client.client import KisekiClient
from kiseki.fluent import experiments, runs
from tests.wire.server import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server")) as started:
        yield started


@pytest.fixture(params=["server", "sqlite", "folder"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A tracking URI of each kind."""
    if request.param == "server":
        found: Server = request.getfixturevalue("server")
        return found.uri
    return f"sqlite:///{tmp_path}/k.db" if request.param == "sqlite" else str(tmp_path / "store")


@pytest.fixture
def tracking(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A fresh session of the fluent API in an empty folder, with an experiment of its own."""
    for name in list(os.environ):
        if name.startswith(("KISEKI_", "MLFLOW_")):
            monkeypatch.delenv(name)
    # What the session exports goes when the test ends.
    monkeypatch.setenv("KISEKI_TRACKING_URI", place)
    monkeypatch.setenv("KISEKI_EXPERIMENT_ID", "")
    # Capture has tests of its own; here artifacts and tags are compared with what was logged.
    monkeypatch.setenv("KISEKI_CAPTURE", "false")
    monkeypatch.setattr(resolve, "_chosen", None)
    monkeypatch.setattr(experiments, "_chosen", None)
    monkeypatch.chdir(tmp_path)
    resolve.set_tracking_uri(place)
    experiments.set_experiment(f"e2e {tmp_path}")
    yield place
    while runs.active_run() is not None:
        runs.end_run()
    resolve.close_all()


@pytest.fixture
def client(tracking: str) -> KisekiClient:
    return KisekiClient()


@pytest.fixture
def experiment_id(client: KisekiClient) -> str:
    return experiments.active_experiment_id(client)
