"""GET /api/2.0/mlflow/metrics/get-history-bulk-interval."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.wire.server import AJAX, API, INVALID, Json, Response, Server, metric

ENDPOINT = "metrics/get-history-bulk-interval"


def interval(server: Server, runs: list[str], **query: Any) -> Response:
    return server.get(ENDPOINT, {"run_ids": runs, "metric_key": "m", **query})


def steps(answer: Json, run: str) -> list[int]:
    return [one["step"] for one in answer.get("metrics", []) if one["run_id"] == run]


class Runs:
    """A run with ten points, one with five, and one with a thousand."""

    def __init__(self, server: Server) -> None:
        experiment = server.new_experiment()
        self.ten, self.five, self.thousand = (server.new_run(experiment) for _ in range(3))
        for run, count in ((self.ten, 10), (self.five, 5), (self.thousand, 1000)):
            points = [metric("m", n / 2, 10_000 + n, n) for n in range(count)]
            server.post("runs/log-batch", run_id=run, metrics=points).ok()


@pytest.fixture(scope="module")
def runs(server: Server) -> Runs:
    return Runs(server)


def test_few_points_come_as_they_are(server: Server, runs: Runs) -> None:
    assert interval(server, [runs.ten, runs.five], max_results=2500).ok() == {
        "metrics": [
            {"key": "m", "value": n / 2, "timestamp": 10_000 + n, "step": n, "run_id": run}
            for run, count in ((runs.ten, 10), (runs.five, 5))
            for n in range(count)
        ]
    }


@pytest.mark.parametrize("size", [2, 3, 4, 5, 7, 10, 100, 320, 999])
def test_many_points_are_thinned_evenly_in_each_run(server: Server, runs: Runs, size: int) -> None:
    answer = interval(server, [runs.thousand, runs.five], max_results=size).ok()
    kept = steps(answer, runs.thousand)
    assert 2 <= len(kept) <= size
    assert (kept[0], kept[-1]) == (0, 999)
    assert kept == sorted(set(kept))
    gaps = [later - earlier for earlier, later in itertools.pairwise(kept)]
    assert max(gaps) <= 2 * 1000 / (len(kept) - 1) + 1
    few = steps(answer, runs.five)
    assert (few[0], few[-1]) == (0, 4)
    assert len(few) == min(size, 5)


def test_one_point_is_the_last(server: Server, runs: Runs) -> None:
    assert steps(interval(server, [runs.ten], max_results=1).ok(), runs.ten) == [9]


def test_the_points_are_real_ones(server: Server, runs: Runs) -> None:
    for one in interval(server, [runs.thousand], max_results=7).ok()["metrics"]:
        n = one["step"]
        assert one == {"key": "m", "value": n / 2, "timestamp": 10_000 + n, "step": n, "run_id": runs.thousand}


@pytest.mark.parametrize(
    ("start", "end", "expected"), [(2, 5, [2, 3, 4, 5]), (8, 99, [8, 9]), (-9, 1, [0, 1]), (3, 3, [3]), (100, 200, [])]
)
def test_a_range_of_steps(server: Server, runs: Runs, start: int, end: int, expected: list[int]) -> None:
    answer = interval(server, [runs.ten], start_step=start, end_step=end, max_results=100).ok()
    assert steps(answer, runs.ten) == expected
    if not expected:
        assert answer == {}


def test_a_range_is_thinned_between_its_ends(server: Server, runs: Runs) -> None:
    kept = steps(interval(server, [runs.thousand], start_step=100, end_step=300, max_results=5).ok(), runs.thousand)
    assert (kept[0], kept[-1]) == (100, 300)
    assert 3 <= len(kept) <= 5


def test_all_points_of_a_step_are_told_where_there_is_room(server: Server, run: str) -> None:
    points = [metric("m", n, n, n // 3) for n in range(9)]
    server.post("runs/log-batch", run_id=run, metrics=points).ok()
    assert steps(interval(server, [run], max_results=100).ok(), run) == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_not_a_number_is_told_as_text(server: Server, run: str) -> None:
    server.post("runs/log-batch", run_id=run, metrics=[metric("m", "NaN"), metric("m", 1.0, 2, 1)]).ok()
    assert [one["value"] for one in interval(server, [run], max_results=5).ok()["metrics"]] == ["NaN", 1.0]


def test_no_point_is_an_empty_object(server: Server, runs: Runs) -> None:
    assert interval(server, ["nope"], max_results=5).ok() == {}
    assert interval(server, [runs.ten], metric_key="other", max_results=5).ok() == {}
    assert interval(server, [f"{n:032x}" for n in range(100)], max_results=5).ok() == {}


def test_an_unknown_run_among_others_is_passed_over(server: Server, runs: Runs) -> None:
    assert interval(server, ["nope", runs.ten], max_results=5).ok() == interval(server, [runs.ten], max_results=5).ok()


def test_max_results_is_not_required(server: Server, runs: Runs) -> None:
    assert steps(interval(server, [runs.ten]).ok(), runs.ten) == list(range(10))


def test_both_prefixes_answer(server: Server, runs: Runs) -> None:
    query = {"run_ids": [runs.ten], "metric_key": "m", "max_results": 3}
    answers = [server.request("GET", prefix + ENDPOINT, query=query).ok() for prefix in (API, AJAX)]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("size", [0, -1, 2501])
def test_max_results_out_of_range_is_refused(server: Server, runs: Runs, size: int) -> None:
    interval(server, [runs.ten], max_results=size).refused(INVALID, "max_results", "1", "2500")


@pytest.mark.parametrize("query", [{"start_step": 2}, {"end_step": 2}])
def test_half_a_range_is_refused(server: Server, runs: Runs, query: dict[str, int]) -> None:
    interval(server, [runs.ten], **query).refused(INVALID, "start", "end", "both")


def test_a_range_backwards_is_refused(server: Server, runs: Runs) -> None:
    interval(server, [runs.ten], start_step=5, end_step=2).refused(INVALID, "start_step=5", "end_step=2")


def test_a_step_that_is_no_number_is_refused(server: Server, runs: Runs) -> None:
    interval(server, [runs.ten], start_step="x", end_step=2).refused(INVALID, "Invalid value", "start_step")


def test_one_hundred_runs_at_most(server: Server) -> None:
    interval(server, [f"{n:032x}" for n in range(101)], max_results=5).refused(INVALID, "at most 100 run_ids", "101")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "run_ids"),
        ({"metric_key": "m"}, "run_ids"),
        ({"run_ids": "x"}, "metric_key"),
        ({"run_ids": "x", "metric_key": ""}, "metric_key"),
    ],
)
def test_required_parameters(server: Server, query: dict[str, str], field: str) -> None:
    server.get(ENDPOINT, query).refused(INVALID, f"Missing value for required parameter '{field}'")
