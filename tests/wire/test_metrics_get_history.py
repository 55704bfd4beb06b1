"""GET /api/2.0/mlflow/metrics/get-history."""

from __future__ import annotations

import base64
import math
import random
from typing import Any

import mlflow
import pytest

from tests.wire.server import INVALID, Server, metric

ENDPOINT = "metrics/get-history"


@pytest.fixture
def series(server: Server, run: str) -> str:
    """A run with ten points of `m`."""
    server.post("runs/log-batch", run_id=run, metrics=[metric("m", n / 2, 1000 + n, n) for n in range(10)]).ok()
    return run


def test_the_client_reads_a_history(client: mlflow.MlflowClient, series: str) -> None:
    found = client.get_metric_history(series, "m")
    assert [(one.key, one.value, one.timestamp, one.step) for one in found] == [
        ("m", n / 2, 1000 + n, n) for n in range(10)
    ]


def test_the_answer_field_for_field(server: Server, run: str) -> None:
    server.post("runs/log-batch", run_id=run, metrics=[metric("m", 1.5, 7, -2), metric("n", 9.0)]).ok()
    assert server.get(ENDPOINT, run_id=run, metric_key="m").ok() == {
        "metrics": [{"key": "m", "value": 1.5, "timestamp": 7, "step": -2}]
    }


def test_the_order_is_by_timestamp_then_step_then_value(server: Server, run: str) -> None:
    points = [
        metric("m", value, timestamp, step) for timestamp in (5, 6, 7) for step in (-1, 0, 3) for value in (-1.0, 0.5)
    ]
    shuffled = random.Random(7).sample(points, len(points))
    for start in range(0, len(shuffled), 5):
        server.post("runs/log-batch", run_id=run, metrics=shuffled[start : start + 5]).ok()
    assert server.history(run, "m") == points


def test_not_a_number_is_told_as_text(server: Server, client: mlflow.MlflowClient, run: str) -> None:
    server.post("runs/log-batch", run_id=run, metrics=[metric("m", "NaN", 5, 1), metric("m", 1.0, 4, 1)]).ok()
    assert server.history(run, "m") == [metric("m", 1.0, 4, 1), metric("m", "NaN", 5, 1)]
    assert math.isnan(client.get_metric_history(run, "m")[1].value)


@pytest.mark.parametrize("query", [{"metric_key": "other"}, {"metric_key": "a$"}, {"run_id": "nope"}])
def test_nothing_logged_is_an_empty_object(server: Server, series: str, query: dict[str, str]) -> None:
    assert server.get(ENDPOINT, {"run_id": series, "metric_key": "m", **query}).ok() == {}


def test_run_uuid_is_another_word_for_run_id(server: Server, series: str) -> None:
    expected = server.get(ENDPOINT, run_id=series, metric_key="m").ok()
    assert server.get(ENDPOINT, run_uuid=series, metric_key="m").ok() == expected


def test_a_body_does_instead_of_a_query(server: Server, series: str) -> None:
    expected = server.get(ENDPOINT, run_id=series, metric_key="m").ok()
    answer = server.request("GET", f"/api/2.0/mlflow/{ENDPOINT}", json={"run_id": series, "metric_key": "m"})
    assert answer.ok() == expected


@pytest.mark.parametrize("key", ["a b/c.d-e_f:g", "軌跡", "val/acc"])
def test_keys_of_all_kinds(server: Server, run: str, key: str) -> None:
    server.post("runs/log-batch", run_id=run, metrics=[metric(key, 2.5)]).ok()
    assert server.history(run, key) == [metric(key, 2.5)]


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 3, 5, 9, 10, 11, 25000, 1000000])
def test_pages_hold_each_point_once(server: Server, series: str, size: int) -> None:
    query: dict[str, Any] = {"run_id": series, "metric_key": "m", "max_results": size}
    pages = []
    while True:
        answer = server.get(ENDPOINT, query).ok()
        pages.append([one["step"] for one in answer["metrics"]])
        if "next_page_token" not in answer:
            break
        query["page_token"] = answer["next_page_token"]
    assert pages == [list(range(start, min(start + size, 10))) for start in range(0, 10, size)]


def test_a_token_without_a_size_gives_the_rest(server: Server, series: str) -> None:
    token = server.get(ENDPOINT, run_id=series, metric_key="m", max_results=4).ok()["next_page_token"]
    rest = server.get(ENDPOINT, run_id=series, metric_key="m", page_token=token).ok()
    assert [one["step"] for one in rest["metrics"]] == list(range(4, 10))
    assert "next_page_token" not in rest


def test_a_long_history_comes_whole(server: Server, client: mlflow.MlflowClient, run: str) -> None:
    for start in range(0, 5000, 1000):
        points = [metric("long", n, n, n) for n in range(start, start + 1000)]
        server.post("runs/log-batch", run_id=run, metrics=points).ok()
    assert [one["step"] for one in server.history(run, "long")] == list(range(5000))
    assert [one.step for one in client.get_metric_history(run, "long")] == list(range(5000))


@pytest.mark.parametrize("number", [0, -1])
def test_max_results_is_positive(server: Server, series: str, number: int) -> None:
    server.get(ENDPOINT, run_id=series, metric_key="m", max_results=number).refused(
        INVALID, f"Invalid value {number}", "max_results", "positive integer"
    )


@pytest.mark.differs(reason="MLflow takes no notice of a size that it cannot read")
@pytest.mark.parametrize("number", ["x", "1.5", "1e400"])
def test_max_results_is_a_number(server: Server, series: str, number: str) -> None:
    server.get(ENDPOINT, run_id=series, metric_key="m", max_results=number).refused(INVALID, "max_results")


def test_a_token_that_nobody_gave_is_refused(server: Server, series: str) -> None:
    server.get(ENDPOINT, run_id=series, metric_key="m", page_token="bogus").refused(INVALID, "page token")


@pytest.mark.differs(reason="MLflow's tokens are plain offsets, which anyone can make")
def test_a_forged_token_is_refused(server: Server, series: str) -> None:
    token = base64.b64encode(b'{"offset": 1}').decode()
    server.get(ENDPOINT, run_id=series, metric_key="m", page_token=token).refused(INVALID, "page token")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "run_id"),
        ({"metric_key": "m"}, "run_id"),
        ({"run_id": "", "metric_key": "m"}, "run_id"),
        ({"run_id": "x"}, "metric_key"),
        ({"run_id": "x", "metric_key": ""}, "metric_key"),
    ],
)
def test_required_parameters(server: Server, query: dict[str, str], field: str) -> None:
    server.get(ENDPOINT, query).refused(INVALID, f"Missing value for required parameter '{field}'")
