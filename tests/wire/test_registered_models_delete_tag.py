"""DELETE /api/2.0/mlflow/registered-models/delete-tag."""

from __future__ import annotations

import mlflow

from tests.wire.server import INVALID, MISSING, Server, pairs

ENDPOINT = "registered-models/delete-tag"


def test_the_client_deletes_tags(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model(tags=pairs(a="1", b="軌跡"))
    client.delete_registered_model_tag(name, "a")
    assert client.get_registered_model(name).tags == {"b": "軌跡"}
    # What is gone already is no error.
    client.delete_registered_model_tag(name, "a")
    assert client.get_registered_model(name).tags == {"b": "軌跡"}


def test_what_is_refused(server: Server) -> None:
    name = server.new_registered_model(tags=pairs(a="1"))
    server.ask("DELETE", ENDPOINT, name="nope", key="a").refused(MISSING, "nope")
    server.ask("DELETE", ENDPOINT, name=name).refused(INVALID, "key")
    server.ask("DELETE", ENDPOINT, key="a").refused(INVALID, "name")
    assert server.registered_model(name)["tags"] == pairs(a="1")
