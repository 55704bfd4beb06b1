"""PATCH /api/2.0/mlflow/registered-models/update."""

from __future__ import annotations

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Server

ENDPOINT = "registered-models/update"


def test_the_client_changes_the_description(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model(description="old")
    before = client.get_registered_model(name)
    changed = client.update_registered_model(name, description="new 軌跡")
    assert changed.description == "new 軌跡"
    assert changed.last_updated_timestamp >= before.last_updated_timestamp
    assert changed.creation_timestamp == before.creation_timestamp


def test_without_one_there_is_none_afterwards(server: Server) -> None:
    name = server.new_registered_model(description="old")
    assert "description" not in server.patch(ENDPOINT, name=name).ok()["registered_model"]


def test_what_is_not_there(server: Server) -> None:
    server.patch(ENDPOINT, name="nope", description="x").refused(MISSING, "Registered Model with name=nope not found")
    server.patch(ENDPOINT, description="x").refused(INVALID, "name")


@pytest.mark.differs(reason="MLflow answers with the text of a database error, or stores it")
def test_a_long_description_is_refused(server: Server) -> None:
    name = server.new_registered_model(description="old")
    server.patch(ENDPOINT, name=name, description="x" * 65_537).refused(INVALID, "description", "65536")
    assert server.registered_model(name)["description"] == "old"
