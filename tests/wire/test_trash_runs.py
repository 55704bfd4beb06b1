"""GET /api/kiseki/v1/trash/runs."""

from __future__ import annotations

import time

import pytest

from tests.wire.server import INVALID, NATIVE, Json, Server, metric

pytestmark = pytest.mark.differs(reason="the endpoint is kiseki's own")


def listed(server: Server, experiment: str, **query: object) -> Json:
    query = {"experiment_id": experiment, **query}
    answer: Json = server.request("GET", f"{NATIVE}trash/runs", query=query).ok()
    return answer


def test_runs_of_the_trash_are_listed_by_pages(server: Server) -> None:
    start = time.time_ns() // 1_000_000
    experiment = server.new_experiment()
    runs = [server.new_run(experiment, run_name=f"日本 {i}") for i in range(4)]
    server.post("runs/log-batch", run_id=runs[0], metrics=[metric("a"), metric("b")]).ok()
    for run in runs[:3]:
        server.post("runs/delete", run_id=run).ok()
    first = listed(server, experiment, max_results=2)
    assert [one["run_id"] for one in first["runs"]] == runs[:2]
    one = first["runs"][0]
    assert start <= one.pop("deleted_time") <= time.time_ns() // 1_000_000
    assert one.pop("number") > 0
    # The run, two metrics, the points that arrived, and the tag with its name.
    assert one == {
        "run_id": runs[0],
        "run_name": "日本 0",
        "experiment_id": experiment,
        "rows": 5,
        "points": 2,
        "purging": False,
        "versions": [],
    }
    second = listed(server, experiment, max_results=2, page_token=first["next_page_token"])
    assert [one["run_id"] for one in second["runs"]] == runs[2:3]
    assert second["next_page_token"] == ""
    assert listed(server, experiment, deleted_before=start - 1)["runs"] == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"max_results": 0}, ["max_results", "positive"]),
        ({"max_results": 1_001}, ["max_results", "1000"]),
        ({"page_token": "x"}, ["page token"]),
        ({"experiment_id": "x"}, ["experiment"]),
        ({"deleted_before": "x"}, ["deleted_before"]),
    ],
)
def test_what_is_not_valid_is_refused(server: Server, query: dict[str, object], words: list[str]) -> None:
    server.request("GET", f"{NATIVE}trash/runs", query=query).refused(INVALID, *words)


def test_a_token_of_another_list_is_refused(server: Server) -> None:
    for _ in range(2):
        server.post("experiments/delete", experiment_id=server.new_experiment()).ok()
    answer = server.request("GET", f"{NATIVE}trash/experiments", query={"max_results": 1}).ok()
    query = {"page_token": answer["next_page_token"]}
    server.request("GET", f"{NATIVE}trash/runs", query=query).refused(INVALID, "page token")
