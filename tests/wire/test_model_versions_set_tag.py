"""POST /api/2.0/mlflow/model-versions/set-tag."""

from __future__ import annotations

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Server, pairs

ENDPOINT = "model-versions/set-tag"


def test_the_client_sets_tags(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model()
    server.new_version(name, tags=pairs(a="1"))
    server.new_version(name)
    client.set_model_version_tag(name, "1", "a", "2")
    client.set_model_version_tag(name, "1", "b/c d", 5)
    assert client.get_model_version(name, "1").tags == {"a": "2", "b/c d": "5"}
    assert client.get_model_version(name, "2").tags == {}
    client.set_model_version_tag(name, key="s", value="1", stage="None")
    assert client.get_model_version(name, "2").tags == {"s": "1"}


def test_what_is_refused(server: Server) -> None:
    name = server.new_registered_model()
    server.new_version(name)
    server.post(ENDPOINT, name=name, version="9", key="a", value="1").refused(MISSING, "version=9")
    server.post(ENDPOINT, name=name, version="1", key="a$%", value="1").refused(INVALID, "a$%")
    server.post(ENDPOINT, name=name, version="1", key="", value="1").refused(INVALID, "key")
    server.post(ENDPOINT, name=name, key="a", value="1").refused(INVALID, "version")
    server.post(ENDPOINT, name=name, version="1", key="a").ok()


@pytest.mark.differs(reason="MLflow has no protected aliases")
def test_a_protected_version_keeps_its_tags(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model()
    server.new_version(name, tags=pairs(a="1"))
    client.set_registered_model_alias(name, "champion", "1")
    server.native("registry/rules", name=name, rules={"protected_aliases": ["champion"]}).ok()
    answer = server.post(ENDPOINT, name=name, version="1", key="a", value="2")
    answer.refused("RESOURCE_CONFLICT", "champion", status=409)
    assert client.get_model_version(name, "1").tags == {"a": "1"}
