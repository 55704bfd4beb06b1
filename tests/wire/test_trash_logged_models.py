"""GET /api/kiseki/v1/trash/logged-models."""

from __future__ import annotations

import time

import pytest

from tests.wire.server import INVALID, NATIVE, Json, Server, metric, pairs

pytestmark = pytest.mark.differs(reason="the endpoint is kiseki's own")


def listed(server: Server, experiment: str, **query: object) -> Json:
    query = {"experiment_id": experiment, **query}
    answer: Json = server.request("GET", f"{NATIVE}trash/logged-models", query=query).ok()
    return answer


def test_logged_models_of_the_trash_are_listed_by_pages(server: Server) -> None:
    start = time.time_ns() // 1_000_000
    experiment = server.new_experiment()
    run = server.new_run(experiment)
    models = [server.new_model(experiment, name=f"日本 {i}", params=pairs(p="1")) for i in range(4)]
    points = [{**metric(key), "model_id": models[0]} for key in ("a", "b")]
    server.post("runs/log-batch", run_id=run, metrics=points).ok()
    for model_id in models[:3]:
        server.delete(f"logged-models/{model_id}").ok()
    first = listed(server, experiment, max_results=2)
    assert [one["model_id"] for one in first["models"]] == models[:2]
    one = first["models"][0]
    assert start <= one.pop("deleted_time") <= time.time_ns() // 1_000_000
    assert one.pop("number") > 0
    # The model, a param, two metrics and the points that arrived.
    assert one == {
        "model_id": models[0],
        "name": "日本 0",
        "experiment_id": experiment,
        "rows": 5,
        "purging": False,
        "versions": [],
    }
    second = listed(server, experiment, max_results=2, page_token=first["next_page_token"])
    assert [one["model_id"] for one in second["models"]] == models[2:3]
    assert second["next_page_token"] == ""
    assert listed(server, experiment, deleted_before=start - 1)["models"] == []


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
    server.request("GET", f"{NATIVE}trash/logged-models", query=query).refused(INVALID, *words)


def test_a_token_of_another_list_is_refused(server: Server) -> None:
    experiment = server.new_experiment()
    for _ in range(2):
        server.delete(f"logged-models/{server.new_model(experiment)}").ok()
    token = listed(server, experiment, max_results=1)["next_page_token"]
    server.request("GET", f"{NATIVE}trash/runs", query={"page_token": token}).refused(INVALID, "page token")
