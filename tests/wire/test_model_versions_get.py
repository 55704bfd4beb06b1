"""GET /api/2.0/mlflow/model-versions/get."""

from __future__ import annotations

import mlflow

from tests.wire.server import INVALID, MISSING, Server

ENDPOINT = "model-versions/get"


def test_the_client_gets_a_version(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model()
    server.new_version(name, description="d", tags=[{"key": "b", "value": "1"}])
    client.set_registered_model_alias(name, "y", "1")
    client.set_registered_model_alias(name, "x", "1")
    version = client.get_model_version(name, "1")
    assert (version.version, version.description, version.tags, version.aliases) == ("1", "d", {"b": "1"}, ["x", "y"])
    assert client.get_model_version_stages(name, "1") == ["None", "Staging", "Production", "Archived"]


def test_what_is_not_there(server: Server) -> None:
    name = server.new_registered_model()
    server.get(ENDPOINT, name=name, version="9").refused(MISSING, f"Model Version (name={name}, version=9) not found")
    server.get(ENDPOINT, name="nope", version="1").refused(MISSING, "name=nope, version=1")
    server.get(ENDPOINT, name=name).refused(INVALID, "version")
    server.get(ENDPOINT, version="1").refused(INVALID, "name")
    for version in ("x", "-1", "1.5", "", "١"):
        server.get(ENDPOINT, name=name, version=version).refused(INVALID, "version")
    server.get(ENDPOINT, name=name, version="9" * 30).rejected("version")
