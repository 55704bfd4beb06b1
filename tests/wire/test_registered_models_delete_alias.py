"""DELETE /api/2.0/mlflow/registered-models/alias."""

from __future__ import annotations

import mlflow

from tests.wire.server import INVALID, MISSING, Server

ENDPOINT = "registered-models/alias"


def test_the_client_deletes_an_alias(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model()
    server.new_version(name)
    for alias in ("champion", "also"):
        client.set_registered_model_alias(name, alias, "1")
    client.delete_registered_model_alias(name, "champion")
    assert client.get_registered_model(name).aliases == {"also": "1"}
    # What is gone already is no error.
    client.delete_registered_model_alias(name, "champion")
    assert client.get_model_version(name, "1").aliases == ["also"]


def test_what_is_refused(server: Server) -> None:
    server.ask("DELETE", ENDPOINT, name="nope", alias="a").refused(MISSING, "nope")
    server.ask("DELETE", ENDPOINT, name=server.new_registered_model()).refused(INVALID, "alias")
    server.ask("DELETE", ENDPOINT, alias="a").refused(INVALID, "name")
