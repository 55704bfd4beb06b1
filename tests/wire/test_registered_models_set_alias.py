"""POST /api/2.0/mlflow/registered-models/alias."""

from __future__ import annotations

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Server

ENDPOINT = "registered-models/alias"


def test_the_client_moves_an_alias(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model()
    for _ in range(2):
        server.new_version(name)
    client.set_registered_model_alias(name, "champion", "1")
    assert client.get_model_version_by_alias(name, "champion").version == "1"
    client.set_registered_model_alias(name, "champion", "2")
    client.set_registered_model_alias(name, "also", "2")
    assert client.get_model_version(name, "1").aliases == []
    assert client.get_registered_model(name).aliases == {"also": "2", "champion": "2"}


def test_cases_of_letters_are_different(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model()
    server.new_version(name)
    server.new_version(name)
    client.set_registered_model_alias(name, "a", "1")
    client.set_registered_model_alias(name, "A", "2")
    assert client.get_registered_model(name).aliases == {"A": "2", "a": "1"}


@pytest.mark.parametrize("alias", ["1", "v1x", "a-b_c", "軌跡", "x" * 255])
def test_aliases_that_are_allowed(server: Server, alias: str) -> None:
    name = server.new_registered_model()
    server.new_version(name)
    server.post(ENDPOINT, name=name, alias=alias, version="1").ok()
    assert server.get(ENDPOINT, name=name, alias=alias).ok()["model_version"]["aliases"] == [alias]


@pytest.mark.parametrize(
    ("alias", "words"),
    [
        ("", ["alias"]),
        ("latest", ["'latest' alias name (case insensitive) is reserved."]),
        ("LATEST", ["reserved"]),
        ("v1", ["Version alias name 'v1' is reserved."]),
        ("V12", ["reserved"]),
        ("a b", ["Invalid alias name: 'a b'"]),
        ("a/b", ["Invalid alias name"]),
        ("a.b", ["Invalid alias name"]),
        ("a@b", ["Invalid alias name"]),
        ("x" * 256, ["255"]),
    ],
)
def test_aliases_that_are_not(server: Server, alias: str, words: list[str]) -> None:
    name = server.new_registered_model()
    server.new_version(name)
    server.post(ENDPOINT, name=name, alias=alias, version="1").refused(INVALID, *words)


def test_what_is_not_there(server: Server) -> None:
    name = server.new_registered_model()
    server.post(ENDPOINT, name=name, alias="a", version="9").refused(MISSING, f"(name={name}, version=9) not found")
    server.post(ENDPOINT, name="nope", alias="a", version="1").refused(MISSING, "nope")
    server.post(ENDPOINT, name=name, alias="a", version="x").refused(INVALID, "must be an integer, got 'x'")


@pytest.mark.differs(reason="MLflow has no such rules")
def test_the_client_is_told_of_approval_and_of_checks(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model()
    server.new_version(name)
    rules = {"approved_aliases": ["champion"], "checks": [{"target": "fast", "filter": "metrics.ms < 5"}]}
    server.native("registry/rules", name=name, rules=rules).ok()
    with pytest.raises(mlflow.MlflowException, match="needs approval by somebody else"):
        client.set_registered_model_alias(name, "champion", "1")
    with pytest.raises(mlflow.MlflowException, match=r"'metrics.ms < 5' does not hold"):
        client.set_registered_model_alias(name, "fast", "1")
    assert client.get_registered_model(name).aliases == {}
    client.set_registered_model_alias(name, "free", "1")
