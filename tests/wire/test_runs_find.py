"""POST /api/kiseki/v1/runs/search."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire.server import INVALID, NATIVE, Json, Server, metric, pairs

pytestmark = pytest.mark.differs(reason="the endpoint is kiseki's own")


def find(server: Server, experiment: str, *columns: str, **fields: Any) -> Any:
    return server.native("runs/search", experiment_ids=[experiment], columns=list(columns), **fields).ok()


def values(server: Server, experiment: str, *columns: str, **fields: Any) -> list[list[Any]]:
    return [row["values"] for row in find(server, experiment, *columns, **fields)["runs"]]


@pytest.fixture
def three(server: Server, experiment: str) -> list[str]:
    """The ids of three runs with a metric, a param and a tag."""
    runs = []
    for i in range(3):
        run = server.new_run(experiment, run_name=f"n{i}", start_time=i)
        server.post(
            "runs/log-batch",
            run_id=run,
            metrics=[metric("m", 1.0 * i, 1, 1), metric("m", 5.0, 0, 0)],
            params=pairs(p=f"value {i}"),
            tags=pairs(t=str(i % 2)),
        ).ok()
        runs.append(run)
    return runs


def test_the_answer_field_for_field(server: Server, experiment: str) -> None:
    run = server.new_run(experiment, run_name="n", user_id="u", start_time=5, tags=pairs(t="日本"))
    server.post("runs/log-batch", run_id=run, metrics=[metric("m", 1.5, 7, 2)], params=pairs(p="1")).ok()
    details = server.request("GET", f"{NATIVE}runs/get", query={"run_id": run}).ok()
    row: Json = {
        "run_id": run,
        "number": details["number"],
        "experiment_id": experiment,
        "name": "n",
        "user": "u",
        "status": "RUNNING",
        "start_time": 5,
        "end_time": None,
        "lifecycle_stage": "active",
        "values": ["1", 1.5, 1, "日本", None, None],
    }
    columns = ["params.p", "metrics.m", "metrics.m.count", "tags.t", "params.none", "metrics.p"]
    assert find(server, experiment, *columns) == {"runs": [row], "next_page_token": "", "total": None}
    server.post("runs/update", run_id=run, status="FINISHED", end_time=9).ok()
    server.post("runs/delete", run_id=run).ok()
    assert find(server, experiment, *columns, count=True) == {"runs": [], "next_page_token": "", "total": 0}
    changed = {**row, "status": "FINISHED", "end_time": 9, "lifecycle_stage": "deleted"}
    for view in ("deleted", "all"):
        assert find(server, experiment, *columns, view=view, count=True)["runs"] == [changed]


def test_numbers_that_are_not_finite_are_texts(server: Server, experiment: str) -> None:
    run = server.new_run(experiment)
    points = [metric("m", value, i, i) for i, value in enumerate(["-Infinity", "NaN", "Infinity", -0.0])]
    server.post("runs/log-batch", run_id=run, metrics=[*points, metric("n", "NaN")]).ok()
    columns = [f"metrics.m.{one}" for one in ("first", "min", "max", "last", "count")]
    (found,) = values(server, experiment, *columns, "metrics.n", "metrics.n.min", "metrics.n.count")
    assert [repr(one) for one in found] == [
        *("'-Infinity'", "'-Infinity'", "'Infinity'", "-0.0", "4"),
        *("'NaN'", "'NaN'", "1"),
    ]


def test_filters_orders_and_pages_are_those_of_mlflows_search(
    server: Server, experiment: str, three: list[str]
) -> None:
    for query in (
        {},
        {"filter": "tags.t = '0'"},
        {"filter": "metrics.m > 0.5 OR params.p LIKE '%2'", "order_by": ["metrics.m DESC"]},
        {"order_by": ["params.p", "start_time"]},
        {"order_by": ["attributes.run_name DESC"], "filter": "metrics.m.max = 5"},
    ):
        expected = server.post("runs/search", {"experiment_ids": [experiment], **query}).ok()["runs"]
        found: list[str] = []
        token = ""
        while True:
            page = find(server, experiment, **query, max_results=1, page_token=token, count=True)
            assert page["total"] == len(expected)
            found += [row["run_id"] for row in page["runs"]]
            if not (token := page["next_page_token"]):
                break
        assert found == [run["info"]["run_id"] for run in expected]


def test_columns_are_quoted_as_in_filters(server: Server, experiment: str) -> None:
    run = server.new_run(experiment)
    server.post(
        "runs/log-batch", run_id=run, params=pairs(**{"a b": "1", "a.min": "2"}), metrics=[metric("x.min", 3.0)]
    ).ok()
    columns = [
        "params.`a b`",
        'params."a b"',
        "params.a.min",
        "metrics.`x.min`",
        "metrics.x.min",
        "metrics.`x.min`.count",
    ]
    assert values(server, experiment, *columns) == [["1", "1", "2", 3.0, None, 1]]


def test_long_texts_are_cut(server: Server, experiment: str, three: list[str]) -> None:
    assert values(server, experiment, "params.p", max_chars=5) == [["value…"]] * 3
    assert values(server, experiment, "params.p", max_chars=7) == [["value 2"], ["value 1"], ["value 0"]]
    assert values(server, experiment, "params.p", max_chars=10**30) == [["value 2"], ["value 1"], ["value 0"]]


def test_of_several_experiments(server: Server, experiment: str, three: list[str]) -> None:
    other = server.new_experiment()
    run = server.new_run(other, start_time=9)
    answer = server.native("runs/search", experiment_ids=[experiment, other, "999999"], count=True).ok()
    assert ([row["run_id"] for row in answer["runs"]], answer["total"]) == ([run, *three[::-1]], 4)
    assert server.native("runs/search", count=True).ok() == {"runs": [], "next_page_token": "", "total": 0}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"columns": ["status"]}, ["status", "a column is"]),
        ({"columns": ["params.a", "metrics.a b"]}, ["metrics.a b", "position 10"]),
        ({"columns": ["params.a"] * 1_001}, ["1,001 columns", "1,000"]),
        ({"columns": ["params.a"] * 201, "max_results": 10_000}, ["2010000 values", "2000000"]),
        ({"max_results": 0}, ["max_results", "10000"]),
        ({"max_results": 10_001}, ["max_results", "10000"]),
        ({"max_chars": -1}, ["max_chars", "-1"]),
        ({"view": "ACTIVE_ONLY"}, ["view", "active, deleted, all"]),
        ({"filter": "metrics.a >"}, ["metrics.a", "position"]),
        ({"order_by": ["nothing"]}, ["nothing", "run_name"]),
        ({"page_token": "x"}, ["page token"]),
        ({"experiment_ids": ["x"]}, ["experiment", "x"]),
    ],
)
def test_refusals_say_what_is_wrong(server: Server, experiment: str, fields: Json, words: list[str]) -> None:
    server.native("runs/search", {"experiment_ids": [experiment], **fields}).refused(INVALID, *words)


def test_pages_of_ten_thousand(server: Server, experiment: str, three: list[str]) -> None:
    columns = ["params.p"] * 200
    assert len(find(server, experiment, *columns, max_results=10_000)["runs"]) == 3
