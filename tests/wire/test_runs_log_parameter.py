"""POST /api/2.0/mlflow/runs/log-parameter."""

from __future__ import annotations

from typing import Any

import mlflow
import pytest
from mlflow.exceptions import MlflowException

from tests.wire.server import INVALID, MISSING, Server

ENDPOINT = "runs/log-parameter"


def test_the_client_logs_params(server: Server, client: mlflow.MlflowClient, run: str) -> None:
    for key, value in {"lr": 0.1, "name": "adam", "deep": {"a": [1, None]}, "none": None}.items():
        client.log_param(run, key, value)
    assert server.params(run) == {"lr": "0.1", "name": "adam", "deep": "{'a': [1, None]}", "none": "None"}


def test_the_answer_is_empty(server: Server, run: str) -> None:
    assert server.post(ENDPOINT, run_id=run, key="k", value="v").ok() == {}


@pytest.mark.parametrize(
    "value", ["", " ", "v", "軌跡 😀", "a\nb\tc", "'\"`;--%_", " around ", "x" * 6000, "😀" * 1500]
)
def test_values_come_back_exactly(server: Server, run: str, value: str) -> None:
    server.post(ENDPOINT, run_id=run, key="k", value=value).ok()
    assert server.params(run) == {"k": value}


@pytest.mark.differs(reason="PostgreSQL has no text with NUL: what one database would refuse, all do")
def test_a_value_with_nul_is_refused(server: Server, run: str) -> None:
    server.post(ENDPOINT, run_id=run, key="k", value="a\x00b").refused(INVALID, "NUL")
    assert server.params(run) == {}


@pytest.mark.parametrize("fields", [{}, {"value": None}])
def test_no_value_is_an_empty_one(server: Server, run: str, fields: dict[str, Any]) -> None:
    server.post(ENDPOINT, {"run_id": run, "key": "k", **fields}).ok()
    assert server.params(run) == {"k": ""}


def test_a_param_is_written_once(server: Server, client: mlflow.MlflowClient, run: str) -> None:
    server.post(ENDPOINT, run_id=run, key="k", value="1").ok()
    server.post(ENDPOINT, run_id=run, key="k", value="1").ok()
    server.post(ENDPOINT, run_id=run, key="k", value="2").refused(
        INVALID,
        "Changing param values is not allowed.",
        f"Param with key='k' was already logged with value='1' for run ID='{run}'.",
        "Attempted logging new value '2'.",
    )
    with pytest.raises(MlflowException, match="Changing param values is not allowed"):
        client.log_param(run, "k", "3")
    assert server.params(run) == {"k": "1"}


def test_an_empty_value_is_a_value(server: Server, run: str) -> None:
    server.post(ENDPOINT, run_id=run, key="k").ok()
    server.post(ENDPOINT, run_id=run, key="k", value="").ok()
    server.post(ENDPOINT, run_id=run, key="k", value="x").refused(INVALID, "Changing param values", "value=''")


@pytest.mark.parametrize("key", ["a b/c.d-e_f:g", "軌跡", "k" * 250, "mlflow.x", "A", "a"])
def test_keys_that_are_allowed(server: Server, run: str, key: str) -> None:
    server.post(ENDPOINT, run_id=run, key=key, value="v").ok()
    assert server.params(run) == {key: "v"}


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
        ({"value": True}, ["value"]),
        ({"value": ["a"]}, ["value"]),
    ],
)
def test_bad_fields_are_refused(server: Server, run: str, fields: dict[str, Any], words: list[str]) -> None:
    request = {"run_id": run, "key": "k", "value": "v", **fields}
    request = {name: value for name, value in request.items() if value is not None}
    server.post(ENDPOINT, request).refused(INVALID, *words)
    assert server.params(run) == {}


def test_an_unknown_run_is_not_found(server: Server) -> None:
    server.post(ENDPOINT, run_id="nope", key="k", value="v").refused(MISSING, "Run with id=nope not found")


def test_run_uuid_is_another_word_for_run_id(server: Server, run: str) -> None:
    server.post(ENDPOINT, run_uuid=run, key="k", value="v").ok()
    assert server.params(run) == {"k": "v"}
