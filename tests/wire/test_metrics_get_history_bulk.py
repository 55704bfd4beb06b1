"""GET /ajax-api/2.0/mlflow/metrics/get-history-bulk, which the UI asks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire.server import AJAX, API, INVALID, Json, Response, Server, metric


def bulk(server: Server, runs: list[str], **query: Any) -> Response:
    return server.request("GET", AJAX + "metrics/get-history-bulk", query={"run_id": runs, **query})


@pytest.fixture
def runs(server: Server, experiment: str) -> list[str]:
    """Two runs in the order of their ids: with ten points of `m`, and with five."""
    made = sorted(server.new_run(experiment) for _ in range(2))
    for run, points in zip(made, (10, 5), strict=True):
        server.post("runs/log-batch", run_id=run, metrics=[metric("m", n / 2, 100 + n, n) for n in range(points)]).ok()
    return made


def points(run: str, steps: range) -> list[Json]:
    return [{"key": "m", "value": n / 2, "timestamp": 100 + n, "step": n, "run_id": run} for n in steps]


def test_the_histories_of_the_runs_one_after_the_other(server: Server, runs: list[str]) -> None:
    first, second = runs
    assert bulk(server, runs, metric_key="m").ok() == {
        "metrics": [*points(first, range(10)), *points(second, range(5))]
    }
    assert bulk(server, [second], metric_key="m").ok() == {"metrics": points(second, range(5))}


def test_the_order_in_a_run_is_by_timestamp_then_step(server: Server, run: str) -> None:
    given = [metric("m", 1.0, 5, 9), metric("m", 2.0, 6, 1), metric("m", 3.0, 5, 8)]
    server.post("runs/log-batch", run_id=run, metrics=given).ok()
    found = bulk(server, [run], metric_key="m").ok()["metrics"]
    assert [(one["timestamp"], one["step"]) for one in found] == [(5, 8), (5, 9), (6, 1)]


@pytest.mark.parametrize(("size", "expected"), [(3, (3, 0)), (10, (10, 0)), (12, (10, 2)), (25000, (10, 5))])
def test_max_results_counts_over_all_runs(
    server: Server, runs: list[str], size: int, expected: tuple[int, int]
) -> None:
    found = bulk(server, runs, metric_key="m", max_results=size).ok()["metrics"]
    assert found == [*points(runs[0], range(expected[0])), *points(runs[1], range(expected[1]))]


def test_no_point_is_an_empty_list(server: Server, runs: list[str]) -> None:
    assert bulk(server, ["nope"], metric_key="m").ok() == {"metrics": []}
    assert bulk(server, runs, metric_key="other").ok() == {"metrics": []}
    assert bulk(server, [f"{n:032x}" for n in range(100)], metric_key="m").ok() == {"metrics": []}


@pytest.mark.differs(reason="MLflow writes a bare NaN, which no JSON parser of a browser reads")
def test_not_a_number_is_told_as_text(server: Server, run: str) -> None:
    server.post("runs/log-batch", run_id=run, metrics=[metric("m", "NaN"), metric("m", "Infinity", 2, 1)]).ok()
    assert [one["value"] for one in bulk(server, [run], metric_key="m").ok()["metrics"]] == ["NaN", "Infinity"]


def test_one_run_at_least(server: Server) -> None:
    bulk(server, [], metric_key="m").refused(INVALID, "at least one run_id")


def test_one_hundred_runs_at_most(server: Server) -> None:
    bulk(server, [f"{n:032x}" for n in range(101)], metric_key="m").refused(INVALID, "more than 100 run_ids", "101")


def test_a_key_is_required(server: Server, runs: list[str]) -> None:
    bulk(server, runs).refused(INVALID, "metric_key")


@pytest.mark.differs(reason="MLflow answers 500")
@pytest.mark.parametrize("size", ["x", "1.5"])
def test_max_results_is_a_number(server: Server, runs: list[str], size: str) -> None:
    bulk(server, runs, metric_key="m", max_results=size).refused(INVALID, "max_results")


def test_it_belongs_to_the_ui_alone(server: Server, runs: list[str]) -> None:
    query = {"run_id": runs, "metric_key": "m"}
    assert server.request("GET", API + "metrics/get-history-bulk", query=query).status == 404
