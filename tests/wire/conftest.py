"""The REST API against the unmodified `mlflow` client and against raw requests.

By default the server is kiseki's. With `KISEKI_WIRE_REFERENCE=/path/to/bin/mlflow` it is the real MLflow's, which shows
that what these tests expect is what MLflow does; the tests of what kiseki does otherwise on purpose, marked `differs`,
are then skipped.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tests.databases import NAMES, fresh
from tests.wire.hooks import Receiver
from tests.wire.server import Server

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

with warnings.catch_warnings():
    # What MLflow's own imports warn of is not ours to mend.
    warnings.simplefilter("ignore")
    import mlflow

REFERENCE = os.environ.get("KISEKI_WIRE_REFERENCE")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "differs(reason): kiseki answers otherwise than MLflow on purpose; skipped when the real MLflow is driven.",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here not in item.path.parents:
            continue
        # The client is MLflow's: its own warnings do not fail the tests of the server.
        item.add_marker(pytest.mark.filterwarnings("ignore:::mlflow"))
        # Deprecated there since 2.9, and used.
        item.add_marker(pytest.mark.filterwarnings("ignore:.*Model registry stages will be removed:FutureWarning"))
        mark = item.get_closest_marker("differs")
        if mark is not None and REFERENCE:
            item.add_marker(pytest.mark.skip(reason=f"kiseki differs: {mark.kwargs['reason']}"))


@pytest.fixture(scope="session", params=["sqlite"] if REFERENCE else NAMES)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server under test, with each kind of database."""
    reference = Path(REFERENCE).absolute() if REFERENCE else None
    folder = tmp_path_factory.mktemp("wire")
    database = "" if request.param == "sqlite" else fresh(request.param, folder)
    with Server(folder, reference=reference, database=database) as running:
        yield running
        running.check()


@pytest.fixture(autouse=True)
def _sound(server: Server) -> Iterator[None]:
    """Each test leaves the server running and without a traceback in its log."""
    yield
    server.check()


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    # An answer of 5xx is a failure to be seen now, not after minutes of retries.
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


@pytest.fixture
def client(server: Server) -> mlflow.MlflowClient:
    """The unmodified client of MLflow on the server."""
    return mlflow.MlflowClient(tracking_uri=server.uri)


@pytest.fixture
def experiment(server: Server) -> str:
    """The id of a fresh experiment."""
    return server.new_experiment()


@pytest.fixture
def run(server: Server, experiment: str) -> str:
    """The id of a fresh run in the fresh experiment."""
    return server.new_run(experiment)


@pytest.fixture
def versions(server: Server) -> str:
    """A registered model with three versions; its name."""
    made = server.new_registered_model()
    for _ in range(3):
        server.new_version(made)
    return made


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Who gets the messages of webhooks."""
    made = Receiver()
    yield made
    made.close()


@pytest.fixture(scope="session")
def sending(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that may send to this machine, and has a key for secrets."""
    options = ("--webhook-allowed-hosts", "http://127.0.0.1,receiver.internal:8443")
    running = Server(tmp_path_factory.mktemp("sending"), options=options)
    with pytest.MonkeyPatch.context() as patch:
        # For this server alone.
        patch.setenv("KISEKI_WEBHOOK_SECRET_ENCRYPTION_KEY", Fernet.generate_key().decode())
        running.__enter__()
    yield running
    running.check()
    running.__exit__()


@pytest.fixture
def sender(sending: Server) -> Iterator[mlflow.MlflowClient]:
    """The client of MLflow on it; webhooks of other tests are gone."""
    client = mlflow.MlflowClient(tracking_uri=sending.uri)
    yield client
    for one in client.list_webhooks():
        client.delete_webhook(one.webhook_id)


@pytest.fixture
def filed(server: Server, run: str) -> str:
    """A registered model whose version 1 has two files, beside one that is not its own; its name."""
    name = server.new_registered_model()
    root = server.artifact_path(run)
    for path, content in (("model/a/b", b"1"), ("model/c", b"22"), ("secret", b"3")):
        server.put_artifact(f"{root}/{path}", content)
    server.new_version(name, f"{server.run(run)['info']['artifact_uri']}/model", run_id=run)
    return name
