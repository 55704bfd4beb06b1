import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiseki.client import resolve
from kiseki.client.client import KisekiClient
from kiseki.fluent import experiments, runs
from kiseki.models.isolation import own_requirements
from tests.repositories import Repository
from tests.reproductions import TRAIN
from tests.wheels import pack, write_wheel
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


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that an environment with kiseki has, and a tiny package in two versions."""
    folder = tmp_path_factory.mktemp("wheels")
    pack([name for name in own_requirements() if name], folder)
    write_wheel(folder, "tiny", "1.0", "SCALE = 1.0\n")
    write_wheel(folder, "tiny", "2.0", "SCALE = 1.0 + 1e-9\n")
    return folder


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where environments are kept, for tests in which it does not matter that they are."""
    return tmp_path_factory.mktemp("environments")


@pytest.fixture
def index(wheels: Path, environments: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tracking: str) -> Path:
    """What uv is configured with, git as on an empty machine, and runs that are captured."""
    file = tmp_path / "uv.toml"
    file.write_text(f"no-index = true\nfind-links = [{str(wheels)!r}]\n")
    monkeypatch.setenv("UV_CONFIG_FILE", str(file))
    monkeypatch.setenv("UV_CACHE_DIR", str(environments / "cache"))
    monkeypatch.setenv("KISEKI_ENV_ROOT", str(environments))
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.delenv("KISEKI_CAPTURE")
    return file


@pytest.fixture
def code(tmp_path: Path) -> Repository:
    """A script in a repository, with the data that it reads."""
    made = Repository(tmp_path / "code")
    made.commit(train__py=TRAIN, data__txt="1.0")
    return made


@pytest.fixture
def client(tracking: str) -> KisekiClient:
    return KisekiClient()


@pytest.fixture
def experiment_id(client: KisekiClient) -> str:
    return experiments.active_experiment_id(client)
