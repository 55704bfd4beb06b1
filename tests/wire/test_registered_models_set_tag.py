"""POST /api/2.0/mlflow/registered-models/set-tag."""

from __future__ import annotations

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Server

ENDPOINT = "registered-models/set-tag"


def test_the_client_sets_tags(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model(tags=[{"key": "a", "value": "1"}])
    client.set_registered_model_tag(name, "a", "2")
    client.set_registered_model_tag(name, "b/c d", "軌跡")
    assert client.get_registered_model(name).tags == {"a": "2", "b/c d": "軌跡"}


def test_a_value_may_be_left_out(server: Server) -> None:
    name = server.new_registered_model()
    server.post(ENDPOINT, name=name, key="a").ok()
    assert server.registered_model(name)["tags"] == [{"key": "a", "value": ""}]


def test_what_is_refused(server: Server) -> None:
    name = server.new_registered_model()
    server.post(ENDPOINT, name="nope", key="a", value="1").refused(MISSING, "nope")
    server.post(ENDPOINT, name=name, value="1").refused(INVALID, "key")
    server.post(ENDPOINT, name=name, key="..", value="1").refused(INVALID, "..")
    server.post(ENDPOINT, name=name, key="a$", value="1").refused(INVALID, "a$")


@pytest.mark.differs(reason="MLflow takes 100,000 characters")
def test_a_long_value_is_refused(server: Server) -> None:
    name = server.new_registered_model()
    server.post(ENDPOINT, name=name, key="a", value="x" * 65_537).refused(INVALID, "65536")
    server.post(ENDPOINT, name=name, key="a", value="x" * 65_536).ok()
