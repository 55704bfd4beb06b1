"""POST /api/2.0/mlflow/runs/log-model."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.wire.server import INVALID, MISSING, Json, Server

ENDPOINT = "runs/log-model"
TAG = "mlflow.log-model.history"


def model(run: str, **fields: Any) -> Json:
    return {"artifact_path": "model", "flavors": {}, "utc_time_created": "2026-01-02 03:04:05", "run_id": run, **fields}


def test_each_model_is_added_to_the_history_in_a_tag(server: Server, run: str) -> None:
    first = model(run, flavors={"python_function": {"loader_module": "x"}})
    second = model(run, artifact_path="other", model_uuid="0123")
    assert server.post(ENDPOINT, run_id=run, model_json=json.dumps(first)).ok() == {}
    assert server.post(ENDPOINT, run_id=run, model_json=json.dumps(second)).ok() == {}
    history = json.loads(server.tags(run)[TAG])
    assert history == [{**first, "model_uuid": None}, second]


@pytest.mark.parametrize("field", ["artifact_path", "flavors", "utc_time_created", "run_id"])
def test_a_model_has_four_fields_at_least(server: Server, run: str, field: str) -> None:
    described = model(run)
    del described[field]
    server.post(ENDPOINT, run_id=run, model_json=json.dumps(described)).refused(
        INVALID, "missing mandatory fields", f"'{field}'"
    )
    assert server.tags(run) == {}


@pytest.mark.parametrize("text", ["x", "{", "{'a': 1}"])
def test_a_model_that_is_no_json_is_refused(server: Server, run: str, text: str) -> None:
    server.post(ENDPOINT, run_id=run, model_json=text).refused(INVALID, "Malformed model info", text)


@pytest.mark.differs(reason="MLflow answers 500")
@pytest.mark.parametrize("text", ["[1]", "5", '"x"', "null", "true"])
def test_a_model_that_is_no_object_is_refused(server: Server, run: str, text: str) -> None:
    server.post(ENDPOINT, run_id=run, model_json=text).refused(INVALID, "model")
    assert server.tags(run) == {}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"run_id": None}, ["Missing value for required parameter 'run_id'"]),
        ({"model_json": None}, ["Missing value for required parameter 'model_json'"]),
        ({"model_json": ""}, ["Missing value for required parameter 'model_json'"]),
        ({"run_id": 5}, ["run_id"]),
        ({"model_json": {"a": 1}}, ["model_json"]),
    ],
)
def test_bad_fields_are_refused(server: Server, run: str, fields: Json, words: list[str]) -> None:
    request = {"run_id": run, "model_json": json.dumps(model(run)), **fields}
    request = {name: value for name, value in request.items() if value is not None}
    server.post(ENDPOINT, request).refused(INVALID, *words)
    assert server.tags(run) == {}


def test_an_unknown_run_is_not_found(server: Server) -> None:
    server.post(ENDPOINT, run_id="nope", model_json=json.dumps(model("nope"))).refused(
        MISSING, "Run with id=nope not found"
    )
