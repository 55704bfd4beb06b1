"""POST /api/2.0/mlflow/registered-models/create."""

from __future__ import annotations

from typing import Any

import mlflow
import pytest

from tests.wire.server import INVALID, Server, pairs

ENDPOINT = "registered-models/create"
EXISTS = "RESOURCE_ALREADY_EXISTS"


def test_the_client_creates_a_model(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.unique("model")
    made = client.create_registered_model(name, tags={"team": "crm"}, description="what it is")
    assert (made.name, made.tags, made.description) == (name, {"team": "crm"}, "what it is")
    assert made.creation_timestamp == made.last_updated_timestamp
    assert (made.latest_versions, made.aliases) == ([], {})
    assert dict(client.get_registered_model(name)) == dict(made)


def test_the_answer_field_for_field(server: Server) -> None:
    name = server.unique("軌跡 model")
    model = server.post(ENDPOINT, name=name, tags=pairs(a="", b="語"), description="d").ok()["registered_model"]
    now = model["creation_timestamp"]
    assert model == {
        "name": name,
        "creation_timestamp": now,
        "last_updated_timestamp": now,
        "description": "d",
        "tags": pairs(a="", b="語"),
    }
    assert server.registered_model(name) == model


def test_little_is_needed(server: Server) -> None:
    name = server.unique("model")
    model = server.post(ENDPOINT, name=name).ok()["registered_model"]
    assert set(model) == {"name", "creation_timestamp", "last_updated_timestamp"}


def test_a_name_is_given_once(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model()
    with pytest.raises(mlflow.MlflowException, match=rf"Registered Model \(name={name}\) already exists"):
        client.create_registered_model(name)
    server.post(ENDPOINT, name=name).refused(EXISTS)
    # Another case is another name.
    server.post(ENDPOINT, name=name.upper()).ok()


@pytest.mark.parametrize("name", ["a b", "軌跡", "é", "a.b-c_d", "x" * 256, "a%b", "1", "m-1", "latest", "a?b#c;d"])
def test_names_that_are_allowed(server: Server, name: str) -> None:
    server.post(ENDPOINT, name=name).ok()
    assert server.registered_model(name)["name"] == name
    server.request("DELETE", "/api/2.0/mlflow/registered-models/delete", json={"name": name}).ok()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", ["Missing value for required parameter 'name'"]),
        ("   ", ["Missing value for required parameter 'name'"]),
        ("a/b", ["Invalid model name 'a/b'", "cannot contain '/' or ':'"]),
        ("a:b", ["Invalid model name 'a:b'", "cannot contain '/' or ':'"]),
        (".", ["would resolve to '.'"]),
        ("..", ["would resolve to '..'"]),
    ],
)
def test_names_that_are_not(server: Server, name: str, words: list[str]) -> None:
    server.post(ENDPOINT, name=name).refused(INVALID, *words)


@pytest.mark.differs(reason="MLflow stores them, and finds some of them under another name or not at all")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("x" * 257, ["'name'", "256", "257"]),
        ("x" * 10_000, ["'name'", "256", "10000"]),
        ("a%2Fb", ["a%2Fb", "URL-decoding"]),
        ("a%2fb", ["URL-decoding"]),
        ("a@b", ["'@'"]),
        ("e\u0301", ["NFC", "\\xe9"]),
        ("a\nb", ["not visible"]),
        ("a\u200bb", ["not visible"]),
        ("a\u202eb", ["not visible"]),
        ("a\x00b", ["not visible"]),
        ("m-" + "0" * 32, ["the id of a logged model"]),
        (5, ["name"]),
        (["a"], ["name"]),
    ],
)
def test_names_that_would_mean_something_else(server: Server, name: Any, words: list[str]) -> None:
    server.post(ENDPOINT, name=name).refused(INVALID, *words)


@pytest.mark.differs(reason="MLflow stores it, cuts it, or answers with the text of a database error")
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"tags": pairs(**{"k" * 251: "1"})}, ["250", "251"]),
        ({"tags": pairs(**{"a$": "1"})}, ["tags[0].key"]),
        ({"tags": pairs(a="v" * 65_537)}, ["tags[0].value", "65536"]),
        ({"tags": [*pairs(a="1"), *pairs(a="2")]}, ["tags[1].key", "twice"]),
        ({"description": "d" * 65_537}, ["description", "65536"]),
        ({"description": "\x00"}, ["description", "NUL"]),
        ({"tags": [{"key": f"k{i}", "value": ""} for i in range(1_001)]}, ["1000", "1001"]),
    ],
)
def test_what_cannot_be_kept_is_refused(server: Server, fields: dict[str, Any], words: list[str]) -> None:
    server.post(ENDPOINT, {"name": server.unique("m"), **fields}).refused(INVALID, *words)


@pytest.mark.differs(reason="MLflow keeps nobody")
def test_who_made_it_is_kept(server: Server) -> None:
    name = server.unique("model")
    made = server.ask("POST", ENDPOINT, user="軌 跡", name=name, user_id="somebody else").ok()["registered_model"]
    assert made["user_id"] == "軌 跡"
