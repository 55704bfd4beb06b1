"""The one form that all errors have, driven through every endpoint."""

from __future__ import annotations

import re
from typing import Any

import mlflow
import pytest
from mlflow.exceptions import RestException

from tests.wire.server import AJAX, API, INVALID, MISSING, PROXY, Json, Response, Server, metric

NOBODY = "0" * 32
NO_EXPERIMENT = "99999999"
NO_MODEL = f"m-{NOBODY}"

MODEL = '{"artifact_path":"m","flavors":{},"utc_time_created":"x","run_id":"r"}'

Row = tuple[str, str, Json, str, list[str]]

# What is sent beside the id of the run, to the endpoints that write into one.
WRITES: dict[str, Json] = {
    "update": {"status": "KILLED"},
    "delete": {},
    "restore": {},
    "log-metric": metric("m"),
    "log-parameter": {"key": "k", "value": "v"},
    "log-batch": {},
    "log-model": {"model_json": MODEL},
    "log-inputs": {},
    "outputs": {"models": []},
    "set-tag": {"key": "k", "value": "v"},
    "delete-tag": {"key": "k"},
}


def _of_writes() -> list[Row]:
    rows: list[Row] = []
    for endpoint, fields in WRITES.items():
        path = f"runs/{endpoint}"
        rows.append(("POST", path, fields, INVALID, ["Missing value", "'run_id'"]))
        rows.append(("POST", path, {"run_id": 5, **fields}, INVALID, ["run_id"]))
        rows.append(("POST", path, {"run_id": NOBODY, **fields}, MISSING, [f"Run with id={NOBODY} not found"]))
    return rows


# Method, path, what is sent, the code, words of the message. `RUN` and `EXPERIMENT` stand for fresh ones.
ROWS: list[Row] = [
    *_of_writes(),
    ("POST", "experiments/create", {}, INVALID, ["Missing value", "'name'"]),
    ("POST", "experiments/create", {"name": 5}, INVALID, ["Invalid value 5", "name"]),
    ("POST", "experiments/create", {"name": "Default"}, "RESOURCE_ALREADY_EXISTS", ["Default", "already exists"]),
    ("GET", "experiments/get", {"experiment_id": ""}, INVALID, ["Missing value", "'experiment_id'"]),
    ("GET", "experiments/get", {"experiment_id": "abc"}, INVALID, ["Invalid experiment ID 'abc'"]),
    ("GET", "experiments/get", {"experiment_id": NO_EXPERIMENT}, MISSING, [NO_EXPERIMENT]),
    ("GET", "experiments/get-by-name", {"experiment_name": ""}, INVALID, ["Missing value", "'experiment_name'"]),
    ("GET", "experiments/get-by-name", {"experiment_name": NOBODY}, MISSING, [NOBODY]),
    ("GET", "experiments/search", {"max_results": 0}, INVALID, ["max_results"]),
    ("POST", "experiments/search", {}, INVALID, ["max_results"]),
    ("POST", "experiments/search", {"max_results": 1, "filter": "x"}, INVALID, []),
    ("POST", "experiments/search", {"max_results": 1, "order_by": ["x"]}, INVALID, ["x"]),
    ("POST", "experiments/search", {"max_results": 1, "page_token": "x"}, INVALID, ["page token"]),
    ("POST", "experiments/update", {"experiment_id": "EXPERIMENT"}, INVALID, ["Missing value", "'new_name'"]),
    ("POST", "experiments/update", {"experiment_id": NO_EXPERIMENT, "new_name": "x"}, MISSING, [NO_EXPERIMENT]),
    ("POST", "experiments/update", {"experiment_id": "EXPERIMENT", "new_name": "Default"}, "BAD_REQUEST", []),
    ("POST", "experiments/delete", {}, INVALID, ["Missing value", "'experiment_id'"]),
    ("POST", "experiments/delete", {"experiment_id": NO_EXPERIMENT}, MISSING, [NO_EXPERIMENT]),
    ("POST", "experiments/restore", {}, INVALID, ["Missing value", "'experiment_id'"]),
    ("POST", "experiments/restore", {"experiment_id": "EXPERIMENT"}, MISSING, ["EXPERIMENT"]),
    ("POST", "experiments/set-experiment-tag", {"experiment_id": "EXPERIMENT"}, INVALID, ["Missing value", "'key'"]),
    ("POST", "experiments/set-experiment-tag", {"experiment_id": NO_EXPERIMENT, "key": "k"}, MISSING, [NO_EXPERIMENT]),
    ("POST", "experiments/delete-experiment-tag", {"experiment_id": "EXPERIMENT"}, INVALID, ["Missing value", "'key'"]),
    ("POST", "experiments/delete-experiment-tag", {"experiment_id": "EXPERIMENT", "key": "k"}, MISSING, ["k"]),
    ("POST", AJAX + "experiments/search-datasets", {}, INVALID, ["experiment_id"]),
    ("POST", "runs/create", {}, "BAD_REQUEST", []),
    ("POST", "runs/create", {"experiment_id": NO_EXPERIMENT}, MISSING, [NO_EXPERIMENT]),
    ("POST", "runs/create", {"experiment_id": "abc"}, INVALID, ["abc"]),
    ("GET", "runs/get", {}, INVALID, ["Missing value", "'run_id'"]),
    ("GET", "runs/get", {"run_id": NOBODY}, MISSING, [NOBODY]),
    ("POST", "runs/search", {"experiment_ids": ["0"], "max_results": 0}, INVALID, ["max_results"]),
    ("POST", "runs/search", {"experiment_ids": ["0"], "filter": "x"}, INVALID, ["x"]),
    ("POST", "runs/search", {"experiment_ids": ["0"], "order_by": ["x"]}, INVALID, ["x"]),
    ("POST", "runs/search", {"experiment_ids": ["0"], "page_token": "x"}, INVALID, ["page token"]),
    ("POST", "runs/search", {"experiment_ids": ["abc"]}, INVALID, ["abc"]),
    ("POST", "runs/update", {"run_id": "RUN", "end_time": "x"}, INVALID, ["end_time"]),
    ("POST", "runs/log-metric", {"run_id": "RUN", "key": "k"}, INVALID, ["Missing value", "'value'"]),
    ("POST", "runs/log-metric", {"run_id": "RUN", **metric("a$")}, INVALID, ["a$"]),
    ("POST", "runs/log-parameter", {"run_id": "RUN"}, INVALID, ["Missing value", "'key'"]),
    ("POST", "runs/log-parameter", {"run_id": "RUN", "key": "a$"}, INVALID, ["a$"]),
    ("POST", "runs/log-batch", {"run_id": "RUN", "metrics": [{}]}, INVALID, ["metrics[0].key"]),
    ("POST", "runs/log-model", {"run_id": "RUN", "model_json": "x"}, INVALID, ["x"]),
    ("POST", "runs/set-tag", {"run_id": "RUN"}, INVALID, ["Missing value", "'key'"]),
    ("POST", "runs/delete-tag", {"run_id": "RUN", "key": "k"}, MISSING, ["k"]),
    ("POST", "runs/outputs", {"run_id": "RUN"}, INVALID, ["Missing value", "'models'"]),
    ("GET", "metrics/get-history", {}, INVALID, ["Missing value", "'run_id'"]),
    ("GET", "metrics/get-history", {"run_id": "RUN"}, INVALID, ["Missing value", "'metric_key'"]),
    ("GET", "metrics/get-history-bulk-interval", {}, INVALID, ["Missing value", "'run_ids'"]),
    ("GET", AJAX + "metrics/get-history-bulk", {}, INVALID, ["run_id"]),
    ("GET", "artifacts/list", {}, INVALID, ["Missing value", "'run_id'"]),
    ("GET", "artifacts/list", {"run_id": NOBODY}, MISSING, [NOBODY]),
    ("GET", "artifacts/list", {"run_id": "RUN", "path": "../x"}, INVALID, ["Invalid path"]),
    ("GET", "/get-artifact", {"run_id": NOBODY, "path": "x"}, MISSING, [NOBODY]),
    ("GET", "/get-artifact", {"run_id": "RUN", "path": "x"}, MISSING, ["x"]),
    ("GET", "/get-artifact", {"run_id": "RUN", "path": "../x"}, INVALID, ["Invalid path"]),
    ("POST", AJAX + "upload-artifact", {}, INVALID, ["run_uuid"]),
    ("GET", f"{PROXY}/nothing/at/all", {}, MISSING, ["nothing/at/all"]),
    ("GET", f"{PROXY}/../x", {}, INVALID, ["Invalid path"]),
    ("DELETE", f"{PROXY}/../x", {}, INVALID, ["Invalid path"]),
    ("GET", PROXY, {"path": "../x"}, INVALID, ["Invalid path"]),
    ("POST", "/api/2.0/mlflow-artifacts/mpu/create/x", {}, INVALID, ["Missing value", "'path'"]),
    ("POST", "logged-models", {}, INVALID, ["experiment_id"]),
    ("POST", "logged-models", {"experiment_id": NO_EXPERIMENT}, MISSING, [NO_EXPERIMENT]),
    ("POST", "logged-models", {"experiment_id": "EXPERIMENT", "name": "a/b"}, INVALID, ["name"]),
    ("POST", "logged-models/search", {"experiment_ids": ["0"], "filter": "x"}, INVALID, ["x"]),
    ("GET", f"logged-models/{NO_MODEL}", {}, MISSING, [NO_MODEL]),
    ("PATCH", f"logged-models/{NO_MODEL}", {"model_id": NO_MODEL, "status": "LOGGED_MODEL_READY"}, MISSING, [NO_MODEL]),
    ("PATCH", f"logged-models/{NO_MODEL}/tags", {"tags": [{"key": "k", "value": "v"}]}, MISSING, [NO_MODEL]),
    (
        "POST",
        f"logged-models/{NO_MODEL}/params",
        {"model_id": NO_MODEL, "params": [{"key": "k", "value": "v"}]},
        MISSING,
        [NO_MODEL],
    ),
    ("DELETE", f"logged-models/{NO_MODEL}", {}, MISSING, [NO_MODEL]),
    ("DELETE", f"logged-models/{NO_MODEL}/tags/k", {}, MISSING, [NO_MODEL]),
    ("GET", f"logged-models/{NO_MODEL}/artifacts/directories", {}, MISSING, [NO_MODEL]),
]


def drive(server: Server, method: str, path: str, fields: Json) -> Response:
    full = path if path.startswith("/") else API + path
    if method in ("POST", "PATCH"):
        return server.request(method, full, json=fields)
    return server.request(method, full, query=fields)


@pytest.mark.parametrize(
    ("method", "path", "fields", "code", "words"), ROWS, ids=[f"{row[0]} {row[1]} {row[3]}" for row in ROWS]
)
def test_each_error_has_its_code_and_status_and_says_what_is_wrong(
    server: Server, experiment: str, run: str, method: str, path: str, fields: Json, code: str, words: list[str]
) -> None:
    stand_ins: dict[str, Any] = {"RUN": run, "EXPERIMENT": experiment}

    def filled(value: Any) -> Any:
        return stand_ins.get(value, value) if isinstance(value, str) else value

    answer = drive(server, method, path, {name: filled(value) for name, value in fields.items()})
    answer.refused(code, *(filled(word) for word in words))
    message = answer.json()["message"]
    if not server.is_reference:
        # MLflow shows its SQL; kiseki says what the caller can mend, and nothing of its inside.
        assert not re.search(r"sqlite|sqlalche|INSERT INTO|SELECT |Traceback|/site-packages/|\.py", message), message
        assert len(message) < 2000


def test_hostile_text_in_an_error_stays_text(server: Server) -> None:
    hostile = "<script>alert(1)</script>\r\nX-Injected: 1"
    answer = server.get("runs/get", run_id=hostile)
    answer.refused(MISSING)
    assert answer.headers["content-type"].split(";")[0] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "x-injected" not in answer.headers
    assert hostile in answer.json()["message"]


@pytest.mark.parametrize(
    ("action", "code", "status"),
    [
        (lambda client: client.get_run(NOBODY), "RESOURCE_DOES_NOT_EXIST", 404),
        (lambda client: client.get_experiment("abc"), "INVALID_PARAMETER_VALUE", 400),
        (lambda client: client.create_experiment("Default"), "RESOURCE_ALREADY_EXISTS", 400),
        (lambda client: client.rename_experiment(client.create_experiment(NOBODY), "Default"), "BAD_REQUEST", 400),
        (lambda client: client.search_runs(["0"], "bogus.x = 1"), "INVALID_PARAMETER_VALUE", 400),
    ],
)
def test_the_client_raises_the_code(client: mlflow.MlflowClient, action: Any, code: str, status: int) -> None:
    with pytest.raises(RestException) as raised:
        action(client)
    assert raised.value.error_code == code
    assert raised.value.get_http_status_code() == status


@pytest.mark.differs(reason="MLflow answers some mistakes of callers with 500")
def test_nothing_that_a_caller_sends_is_a_fault_of_the_server(server: Server, run: str) -> None:
    strange: list[Any] = [
        None,
        True,
        -1,
        2**63,
        1e300,
        "",
        "x" * 70_000,
        [],
        [[]],
        {},
        {"a": {}},
        [None],
        [{"key": {}}],
    ]
    for endpoint, fields in (
        ("experiments/create", ["name", "artifact_location", "tags"]),
        ("experiments/search", ["max_results", "page_token", "filter", "order_by", "view_type"]),
        ("experiments/update", ["experiment_id", "new_name"]),
        ("experiments/set-experiment-tag", ["experiment_id", "key", "value"]),
        ("runs/create", ["experiment_id", "user_id", "run_name", "start_time", "tags"]),
        ("runs/update", ["run_id", "status", "end_time", "run_name"]),
        ("runs/search", ["experiment_ids", "filter", "run_view_type", "max_results", "order_by", "page_token"]),
        ("runs/log-metric", ["run_id", "key", "value", "timestamp", "step", "model_id", "dataset_name"]),
        ("runs/log-batch", ["run_id", "metrics", "params", "tags"]),
        ("runs/log-inputs", ["run_id", "datasets", "models"]),
        ("runs/outputs", ["run_id", "models"]),
        ("runs/log-model", ["run_id", "model_json"]),
        ("runs/set-tag", ["run_id", "key", "value"]),
        ("logged-models", ["experiment_id", "name", "model_type", "source_run_id", "params", "tags"]),
        ("logged-models/search", ["experiment_ids", "filter", "max_results", "order_by", "page_token", "datasets"]),
    ):
        for field in fields:
            for value in strange:
                base: Json = {"run_id": run} if endpoint.startswith("runs/log") or endpoint == "runs/update" else {}
                answer = server.post(endpoint, {**base, field: value})
                assert answer.status < 500, (endpoint, field, str(value)[:50], answer)
                answer.json()
