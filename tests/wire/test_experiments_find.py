"""POST /api/kiseki/v1/experiments/search."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire.server import INVALID, Json, Server, pairs

pytestmark = pytest.mark.differs(reason="the endpoint is kiseki's own")


def find(server: Server, **fields: Any) -> Any:
    return server.native("experiments/search", fields).ok()


def test_the_answer_field_for_field(server: Server) -> None:
    name = server.unique("found")
    experiment = server.new_experiment(name=name, tags=pairs(team="vision"))
    running, ended = server.new_run(experiment, start_time=5), server.new_run(experiment, start_time=6)
    server.post("runs/update", run_id=ended, status="FINISHED", end_time=4_000_000_000_000).ok()
    server.post("runs/delete", run_id=server.new_run(experiment, start_time=5_000_000_000_000)).ok()
    expected: Json = {
        "experiment_id": experiment,
        "name": name,
        "artifact_location": f"mlflow-artifacts:/{experiment}",
        "lifecycle_stage": "active",
        "creation_time": server.experiment(experiment)["creation_time"],
        "last_activity": 4_000_000_000_000,
        "runs": 2,
        "running": 1,
        "tags": pairs(team="vision"),
    }
    assert find(server, text=name) == {"experiments": [expected], "total": 1, "next_page_token": ""}
    assert running != ended


def test_the_latest_activity_comes_first_by_default(server: Server) -> None:
    word = server.unique("word")
    old, new = (server.new_experiment(name=f"{word}-{i}") for i in range(2))
    server.new_run(new, start_time=8_000_000_000_000)
    assert [one["experiment_id"] for one in find(server, text=word)["experiments"]] == [new, old]
    server.new_run(old, start_time=8_000_000_000_001)
    assert [one["experiment_id"] for one in find(server, text=word)["experiments"]] == [old, new]


def test_orders_and_pages(server: Server) -> None:
    word = server.unique("word")
    ids = [server.new_experiment(name=f"{word}-{'bca'[i]}") for i in range(3)]
    for i, experiment in enumerate(ids):
        for _ in range(2 - i):
            server.new_run(experiment)
    for order, expected in {
        "name": [ids[2], ids[0], ids[1]],
        "name DESC": [ids[1], ids[0], ids[2]],
        "creation_time": ids,
        "creation_time desc": ids[::-1],
        "runs DESC": ids,
        "runs ASC": ids[::-1],
    }.items():
        found: list[str] = []
        token = ""
        while True:
            page = find(server, text=word, order_by=order, max_results=1, page_token=token)
            assert page["total"] == 3
            found += [one["experiment_id"] for one in page["experiments"]]
            if not (token := page["next_page_token"]):
                break
        if "creation_time" in order:
            # Made within the same millisecond they come by their ids, the greatest first.
            assert sorted(found) == sorted(expected)
        else:
            assert found == expected, order


def test_views_filters_and_text(server: Server) -> None:
    word = server.unique("word")
    one = server.new_experiment(tags=pairs(**{"mlflow.note.content": f"About {word.upper()} and 100%"}))
    two = server.new_experiment(name=f"{word} two", tags=pairs(team="x"))
    server.post("experiments/delete", experiment_id=two).ok()

    def ids(**fields: Any) -> set[str]:
        return {found["experiment_id"] for found in find(server, **fields)["experiments"]}

    assert ids(text=word) == {one}
    assert ids(text=word, view="deleted") == {two}
    assert ids(text=word, view="all") == {one, two}
    assert ids(text=word, view="all", filter="tags.team = 'x'") == {two}
    assert ids(text="100%", filter=f"name != '{word}'") >= {one}
    assert one in ids(text=one, max_results=1_000)
    assert "0" in ids(max_results=1_000)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"order_by": "nothing"}, ["order_by", "nothing", "last_activity"]),
        ({"order_by": ""}, ["order_by"]),
        ({"order_by": "name UP"}, ["order_by", "name UP"]),
        ({"order_by": "name; DROP TABLE runs"}, ["order_by"]),
        ({"view": "ALL"}, ["view", "active, deleted, all"]),
        ({"max_results": 0}, ["max_results", "1000"]),
        ({"max_results": 1_001}, ["max_results", "1000"]),
        ({"text": "x" * 501}, ["text", "500"]),
        ({"text": "\u0000"}, ["text", "NUL"]),
        ({"filter": "metrics.a > 1"}, ["metrics"]),
        ({"page_token": "x"}, ["page token"]),
    ],
)
def test_refusals_say_what_is_wrong(server: Server, fields: Json, words: list[str]) -> None:
    server.native("experiments/search", fields).refused(INVALID, *words)
