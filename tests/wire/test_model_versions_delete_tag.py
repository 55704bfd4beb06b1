"""DELETE /api/2.0/mlflow/model-versions/delete-tag."""

from __future__ import annotations

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Server, pairs

ENDPOINT = "model-versions/delete-tag"


def test_the_client_deletes_tags(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model()
    for _ in range(2):
        server.new_version(name, tags=pairs(a="1", b="2"))
    client.delete_model_version_tag(name, "1", "a")
    assert client.get_model_version(name, "1").tags == {"b": "2"}
    assert client.get_model_version(name, "2").tags == {"a": "1", "b": "2"}
    # What is gone already is no error.
    client.delete_model_version_tag(name, "1", "a")
    client.delete_model_version_tag(name, key="b", stage="None")
    assert client.get_model_version(name, "2").tags == {"a": "1"}


def test_what_is_refused(server: Server) -> None:
    name = server.new_registered_model()
    server.new_version(name, tags=pairs(a="1"))
    server.ask("DELETE", ENDPOINT, name=name, version="9", key="a").refused(MISSING, "version=9")
    server.ask("DELETE", ENDPOINT, name="nope", version="1", key="a").refused(MISSING, "nope")
    server.ask("DELETE", ENDPOINT, name=name, key="a").refused(INVALID, "version")
    server.ask("DELETE", ENDPOINT, name=name, version="1").refused(INVALID, "key")
    assert server.version(name, "1")["tags"] == pairs(a="1")


@pytest.mark.differs(reason="MLflow has no protected aliases")
def test_a_protected_version_keeps_its_tags(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model()
    server.new_version(name, tags=pairs(a="1"))
    client.set_registered_model_alias(name, "champion", "1")
    server.native("registry/rules", name=name, rules={"protected_aliases": ["champion"]}).ok()
    answer = server.ask("DELETE", ENDPOINT, name=name, version="1", key="a")
    answer.refused("RESOURCE_CONFLICT", "champion", status=409)
    assert client.get_model_version(name, "1").tags == {"a": "1"}
