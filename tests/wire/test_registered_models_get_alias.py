"""GET /api/2.0/mlflow/registered-models/alias."""

from __future__ import annotations

import mlflow

from tests.wire.server import INVALID, MISSING, Server

ENDPOINT = "registered-models/alias"


def test_the_client_finds_a_version(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model()
    for _ in range(2):
        server.new_version(name)
    for alias in ("champion", "also"):
        client.set_registered_model_alias(name, alias, "2")
    found = client.get_model_version_by_alias(name, "champion")
    assert (found.version, found.aliases) == ("2", ["also", "champion"])
    assert server.get(ENDPOINT, name=name, alias="champion").ok()["model_version"] == server.version(name, "2")


def test_latest_is_the_greatest_version(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model()
    for _ in range(3):
        server.new_version(name)
    assert client.get_model_version_by_alias(name, "latest").version == "3"
    client.delete_model_version(name, "3")
    assert client.get_model_version_by_alias(name, "latest").version == "2"


def test_what_is_not_there(server: Server) -> None:
    name = server.new_registered_model()
    server.get(ENDPOINT, name="nope", alias="a").refused(MISSING, "Registered Model with name=nope not found")
    server.get(ENDPOINT, name="nope", alias="latest").refused(MISSING, "nope")
    server.get(ENDPOINT, name=name, alias="champion").refused(INVALID, "Registered model alias champion not found.")
