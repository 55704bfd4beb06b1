"""DELETE /api/2.0/mlflow/model-versions/delete."""

from __future__ import annotations

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Server

ENDPOINT = "model-versions/delete"


def test_the_client_deletes_a_version(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model()
    for _ in range(2):
        server.new_version(name, tags=[{"key": "a", "value": "1"}])
    client.delete_model_version(name, "2")
    server.get("model-versions/get", name=name, version="2").refused(MISSING, "version=2")
    assert [one.version for one in client.search_model_versions(f"name = '{name}'")] == ["1"]
    assert [one.version for one in client.get_registered_model(name).latest_versions] == ["1"]
    server.ask("DELETE", ENDPOINT, name=name, version="2").refused(MISSING, "version=2")


def test_what_is_refused(server: Server) -> None:
    name = server.new_registered_model()
    server.ask("DELETE", ENDPOINT, name=name, version="1").refused(MISSING, "version=1")
    server.ask("DELETE", ENDPOINT, name="nope", version="1").refused(MISSING, "nope")
    server.ask("DELETE", ENDPOINT, name=name, version="x").refused(INVALID, "'x'")
    server.ask("DELETE", ENDPOINT, name=name).refused(INVALID, "version")


@pytest.mark.differs(reason="MLflow deletes it, and its aliases without a word")
def test_a_version_that_an_alias_points_to_stays(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model()
    server.new_version(name)
    client.set_registered_model_alias(name, "champion", "1")
    with pytest.raises(mlflow.MlflowException, match="the alias 'champion' points to it"):
        client.delete_model_version(name, "1")
    assert client.get_model_version_by_alias(name, "champion").version == "1"
    client.delete_registered_model_alias(name, "champion")
    client.delete_model_version(name, "1")
