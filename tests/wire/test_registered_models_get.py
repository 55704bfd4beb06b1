"""GET /api/2.0/mlflow/registered-models/get."""

from __future__ import annotations

import mlflow

from tests.wire.server import INVALID, MISSING, Server

ENDPOINT = "registered-models/get"


def test_the_client_gets_a_model_with_all_that_it_has(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model()
    for _ in range(3):
        server.new_version(name)
    client.transition_model_version_stage(name, "1", "Production")
    client.set_registered_model_alias(name, "b", "1")
    client.set_registered_model_alias(name, "a", "3")
    model = client.get_registered_model(name)
    assert model.aliases == {"a": "3", "b": "1"}
    assert [(one.version, one.current_stage) for one in model.latest_versions] == [("1", "Production"), ("3", "None")]


def test_what_is_not_there(server: Server) -> None:
    server.get(ENDPOINT, name="nope").refused(MISSING, "Registered Model with name=nope not found")
    server.get(ENDPOINT).refused(INVALID, "name")
    server.get(ENDPOINT, name="").refused(INVALID, "name")
