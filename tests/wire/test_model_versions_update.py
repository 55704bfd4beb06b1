"""PATCH /api/2.0/mlflow/model-versions/update."""

from __future__ import annotations

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Server

ENDPOINT = "model-versions/update"


def test_the_client_changes_the_description(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model()
    server.new_version(name, description="old")
    before = client.get_model_version(name, "1")
    changed = client.update_model_version(name, "1", description="new 軌跡")
    assert (changed.description, changed.creation_timestamp) == ("new 軌跡", before.creation_timestamp)
    assert changed.last_updated_timestamp >= before.last_updated_timestamp
    assert not server.patch(ENDPOINT, name=name, version="1").ok()["model_version"].get("description")


def test_what_is_refused(server: Server) -> None:
    name = server.new_registered_model()
    server.patch(ENDPOINT, name=name, version="9", description="x").refused(MISSING, "version=9")
    server.patch(ENDPOINT, name=name, version="x", description="x").refused(INVALID, "'x'")
    server.patch(ENDPOINT, name=name, description="x").refused(INVALID, "version")


@pytest.mark.differs(reason="MLflow has no protected aliases")
def test_a_protected_version_does_not_change(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model()
    server.new_version(name, description="old")
    client.set_registered_model_alias(name, "champion", "1")
    server.native("registry/rules", name=name, rules={"protected_aliases": ["champion"]}).ok()
    answer = server.patch(ENDPOINT, name=name, version="1", description="new")
    answer.refused("RESOURCE_CONFLICT", "champion", "does not change", status=409)
    assert client.get_model_version(name, "1").description == "old"
