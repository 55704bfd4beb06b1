"""GET and POST /api/2.0/mlflow/registered-models/get-latest-versions."""

from __future__ import annotations

import mlflow

from tests.wire.server import INVALID, MISSING, Server

ENDPOINT = "registered-models/get-latest-versions"


def test_the_client_gets_the_latest_of_each_stage(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model()
    for _ in range(5):
        server.new_version(name)
    for version, stage in (("1", "Staging"), ("2", "Staging"), ("3", "Production")):
        client.transition_model_version_stage(name, version, stage)
    client.set_registered_model_alias(name, "champion", "3")
    found = client.get_latest_versions(name)
    assert [(one.version, one.current_stage) for one in found] == [
        ("2", "Staging"),
        ("3", "Production"),
        ("5", "None"),
    ]
    assert found[1].aliases == ["champion"]
    assert [one.version for one in client.get_latest_versions(name, ["staging", "Archived"])] == ["2"]


def test_both_methods(server: Server) -> None:
    name = server.new_registered_model()
    server.new_version(name)
    for answer in (server.get(ENDPOINT, [("name", name), ("stages", "none")]), server.post(ENDPOINT, name=name)):
        assert [one["version"] for one in answer.ok()["model_versions"]] == ["1"]
    assert server.get(ENDPOINT, [("name", name), ("stages", "Staging"), ("stages", "Archived")]).ok() == {}


def test_what_is_refused(server: Server) -> None:
    name = server.new_registered_model()
    assert server.post(ENDPOINT, name=name).ok() == {}
    server.post(ENDPOINT, name=name, stages=["bogus"]).refused(INVALID, "Invalid Model Version stage: bogus", "Staging")
    server.post(ENDPOINT, name="nope").refused(MISSING, "nope")
    server.post(ENDPOINT).refused(INVALID, "name")
