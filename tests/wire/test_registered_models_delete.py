"""DELETE /api/2.0/mlflow/registered-models/delete."""

from __future__ import annotations

import mlflow
import pytest

from tests.wire.server import API, INVALID, MISSING, Server

ENDPOINT = "registered-models/delete"


def test_the_client_deletes_a_model_with_its_versions(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model()
    server.new_version(name)
    client.set_model_version_tag(name, "1", "a", "b")
    client.delete_registered_model(name)
    server.get("registered-models/get", name=name).refused(MISSING, name)
    assert client.search_model_versions(f"name = '{name}'") == []
    # The name is free, and numbers begin again.
    client.create_registered_model(name)
    assert server.new_version(name) == "1"
    assert client.get_model_version(name, "1").tags == {}


def test_aliases_do_not_keep_it(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model()
    server.new_version(name)
    client.set_registered_model_alias(name, "champion", "1")
    client.delete_registered_model(name)
    server.get("registered-models/alias", name=name, alias="champion").refused(MISSING, name)


@pytest.mark.differs(reason="MLflow has no protected aliases")
def test_a_protected_alias_keeps_it(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model()
    server.new_version(name)
    client.set_registered_model_alias(name, "champion", "1")
    server.native("registry/rules", name=name, rules={"protected_aliases": ["champion"]}).ok()
    server.ask("DELETE", ENDPOINT, name=name).refused("RESOURCE_CONFLICT", "champion", "version 1", status=409)
    client.delete_registered_model_alias(name, "champion")
    client.delete_registered_model(name)


def test_the_name_is_in_the_body(server: Server) -> None:
    server.ask("DELETE", ENDPOINT, name="nope").refused(MISSING, "Registered Model with name=nope not found")
    server.request("DELETE", f"{API}{ENDPOINT}", query={"name": "nope"}, json={}).refused(INVALID, "name")
