"""POST /api/2.0/mlflow/runs/set-tag."""

from __future__ import annotations

from typing import Any

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Server

ENDPOINT = "runs/set-tag"


def test_the_client_sets_and_replaces_tags(server: Server, client: mlflow.MlflowClient, run: str) -> None:
    client.set_tag(run, "b", "1")
    client.set_tag(run, "a", 5)
    client.set_tag(run, "b", "2")
    assert server.tags(run) == {"a": "5", "b": "2"}


def test_the_answer_is_empty(server: Server, run: str) -> None:
    assert server.post(ENDPOINT, run_id=run, key="k", value="v").ok() == {}


@pytest.mark.parametrize("value", ["", " ", "軌跡 😀", "a\nb\tc", "'\"`;--%_", "x" * 8000, "😀" * 2000])
def test_values_come_back_exactly(server: Server, run: str, value: str) -> None:
    server.post(ENDPOINT, run_id=run, key="k", value=value).ok()
    assert server.tags(run) == {"k": value}


@pytest.mark.differs(reason="PostgreSQL has no text with NUL: what one database would refuse, all do")
def test_a_value_with_nul_is_refused(server: Server, run: str) -> None:
    server.post(ENDPOINT, run_id=run, key="k", value="a\x00b").refused(INVALID, "NUL")
    assert server.tags(run) == {}


@pytest.mark.parametrize("fields", [{}, {"value": None}])
def test_no_value_is_an_empty_one(server: Server, run: str, fields: dict[str, Any]) -> None:
    server.post(ENDPOINT, {"run_id": run, "key": "k", **fields}).ok()
    assert server.tags(run) == {"k": ""}


def test_the_tag_of_the_name_renames_the_run(server: Server, run: str) -> None:
    server.post(ENDPOINT, run_id=run, key="mlflow.runName", value="renamed").ok()
    stored = server.run(run)
    assert stored["info"]["run_name"] == "renamed"
    assert stored["data"]["tags"] == [{"key": "mlflow.runName", "value": "renamed"}]
    assert server.post(
        "runs/search", experiment_ids=[stored["info"]["experiment_id"]], filter="run_name='renamed'"
    ).ok()


def test_an_empty_name_leaves_the_run_as_it_is(server: Server, run: str) -> None:
    before = server.run(run)
    server.post(ENDPOINT, run_id=run, key="mlflow.runName", value="").ok()
    assert server.run(run) == before


def test_the_tag_of_the_user_leaves_the_info_as_it_is(server: Server, run: str) -> None:
    before = server.run(run)["info"]
    server.post(ENDPOINT, run_id=run, key="mlflow.user", value="somebody").ok()
    assert server.run(run)["info"] == before
    assert server.tags(run) == {"mlflow.user": "somebody"}


@pytest.mark.parametrize("key", ["a b/c.d-e_f:g", "軌跡", "k" * 250, "mlflow.note.content"])
def test_keys_that_are_allowed(server: Server, run: str, key: str) -> None:
    server.post(ENDPOINT, run_id=run, key=key, value="v").ok()
    assert server.tags(run) == {key: "v"}


@pytest.mark.parametrize("key", ["a$", "a%", "a*b", "a\\b"])
def test_keys_of_other_characters_are_refused(server: Server, run: str, key: str) -> None:
    server.post(ENDPOINT, run_id=run, key=key, value="v").refused(
        INVALID, "Invalid value", "for parameter 'key'", "Names may only contain"
    )


@pytest.mark.parametrize("key", ["a//b", "/a", "..", "../a", "a/../b", ".", "a/"])
def test_keys_that_would_name_another_file_are_refused(server: Server, run: str, key: str) -> None:
    server.post(ENDPOINT, run_id=run, key=key, value="v").refused(
        INVALID, f"Invalid value \"{key}\" for parameter 'key'", "must not resolve to other names"
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"run_id": None}, ["Missing value for required parameter 'run_id'"]),
        ({"run_id": ""}, ["Missing value for required parameter 'run_id'"]),
        ({"key": None}, ["Missing value for required parameter 'key'"]),
        ({"key": ""}, ["Missing value for required parameter 'key'"]),
        ({"run_id": 5}, ["run_id"]),
        ({"key": 5}, ["key"]),
        ({"value": 5}, ["Invalid value 5", "value"]),
        ({"value": ["a"]}, ["value"]),
    ],
)
def test_bad_fields_are_refused(server: Server, run: str, fields: dict[str, Any], words: list[str]) -> None:
    request = {"run_id": run, "key": "k", "value": "v", **fields}
    request = {name: value for name, value in request.items() if value is not None}
    server.post(ENDPOINT, request).refused(INVALID, *words)
    assert server.tags(run) == {}


def test_an_unknown_run_is_not_found(server: Server) -> None:
    server.post(ENDPOINT, run_id="nope", key="k", value="v").refused(MISSING, "Run with id=nope not found")


def test_run_uuid_is_another_word_for_run_id(server: Server, run: str) -> None:
    server.post(ENDPOINT, run_uuid=run, key="k", value="v").ok()
    assert server.tags(run) == {"k": "v"}
