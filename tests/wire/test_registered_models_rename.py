"""POST /api/2.0/mlflow/registered-models/rename."""

from __future__ import annotations

import mlflow

from tests.wire.server import INVALID, MISSING, Server

ENDPOINT = "registered-models/rename"


def test_the_client_renames_a_model_and_its_versions(server: Server, client: mlflow.MlflowClient) -> None:
    name, new = server.new_registered_model(), server.unique("new")
    server.new_version(name, tags=[{"key": "a", "value": "1"}])
    client.set_registered_model_alias(name, "champion", "1")
    client.rename_registered_model(name, new)
    assert client.get_model_version(new, "1").tags == {"a": "1"}
    assert client.get_model_version_by_alias(new, "champion").name == new
    assert [one.version for one in client.search_model_versions(f"name = '{new}'")] == ["1"]
    server.get("registered-models/get", name=name).refused(MISSING, name)
    server.get("model-versions/get", name=name, version="1").refused(MISSING, name)


def test_a_name_that_is_taken(server: Server) -> None:
    name, other = server.new_registered_model(), server.new_registered_model()
    server.post(ENDPOINT, name=name, new_name=other).refused("RESOURCE_ALREADY_EXISTS", other)
    assert server.registered_model(name)["name"] == name


def test_its_own_name_is_no_change(server: Server) -> None:
    name = server.new_registered_model()
    assert server.post(ENDPOINT, name=name, new_name=name).ok()["registered_model"]["name"] == name


def test_what_cannot_be(server: Server) -> None:
    name = server.new_registered_model()
    server.post(ENDPOINT, name=name, new_name="a/b").refused(INVALID, "'a/b'")
    server.post(ENDPOINT, name=name).refused(INVALID, "new_name")
    server.post(ENDPOINT, name=name, new_name=" ").refused(INVALID, "new_name")
    server.post(ENDPOINT, name="nope", new_name=server.unique("m")).refused(MISSING, "nope")
