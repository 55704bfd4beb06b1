"""POST /api/2.0/mlflow/model-versions/set-tag and DELETE .../delete-tag."""

from __future__ import annotations

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Server

SET, DELETE = "model-versions/set-tag", "model-versions/delete-tag"


def test_the_client_sets_and_deletes_tags(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model()
    server.new_version(name, tags=[{"key": "a", "value": "1"}])
    server.new_version(name)
    client.set_model_version_tag(name, "1", "a", "2")
    client.set_model_version_tag(name, "1", "b/c d", 5)
    assert client.get_model_version(name, "1").tags == {"a": "2", "b/c d": "5"}
    assert client.get_model_version(name, "2").tags == {}
    client.delete_model_version_tag(name, "1", "a")
    client.delete_model_version_tag(name, "1", "a")
    assert client.get_model_version(name, "1").tags == {"b/c d": "5"}
    client.set_model_version_tag(name, key="s", value="1", stage="None")
    assert client.get_model_version(name, "2").tags == {"s": "1"}


def test_what_is_refused(server: Server) -> None:
    name = server.new_registered_model()
    server.new_version(name)
    server.post(SET, name=name, version="9", key="a", value="1").refused(MISSING, "version=9")
    server.ask("DELETE", DELETE, name=name, version="9", key="a").refused(MISSING, "version=9")
    server.post(SET, name=name, version="1", key="a$%", value="1").refused(INVALID, "a$%")
    server.post(SET, name=name, version="1", key="", value="1").refused(INVALID, "key")
    server.post(SET, name=name, key="a", value="1").refused(INVALID, "version")
    server.post(SET, name=name, version="1", key="a").ok()


@pytest.mark.differs(reason="MLflow has no protected aliases")
def test_a_protected_version_keeps_its_tags(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model()
    server.new_version(name, tags=[{"key": "a", "value": "1"}])
    client.set_registered_model_alias(name, "champion", "1")
    server.native("registry/rules", name=name, rules={"protected_aliases": ["champion"]}).ok()
    for answer in (
        server.post(SET, name=name, version="1", key="a", value="2"),
        server.ask("DELETE", DELETE, name=name, version="1", key="a"),
    ):
        answer.refused("RESOURCE_CONFLICT", "champion", status=409)
    assert client.get_model_version(name, "1").tags == {"a": "1"}
