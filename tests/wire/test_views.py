"""GET /api/kiseki/v1/views, POST views/save and views/delete."""

from __future__ import annotations

import json
import time

import pytest

from tests.wire.server import INVALID, MISSING, NATIVE, Json, Server

pytestmark = pytest.mark.differs(reason="the endpoint is kiseki's own")


@pytest.fixture
def scope(server: Server) -> str:
    """A scope that has no views."""
    return f"experiments/{server.unique('scope')}"


def listed(server: Server, scope: str) -> list[Json]:
    answer = server.request("GET", f"{NATIVE}views", query={"scope": scope}).ok()
    assert list(answer) == ["views"]
    views: list[Json] = answer["views"]
    return views


def test_views_are_saved_listed_and_deleted(server: Server, scope: str) -> None:
    start = time.time_ns() // 1_000_000
    state = json.dumps({"columns": ["metrics.`a b`"], "text": "日本"})
    for name in ("b", "a", "日本 / 🎌"):
        assert server.native("views/save", scope=scope, name=name, state=state).ok() == {}
    views = listed(server, scope)
    assert [(view["name"], view["scope"], view["state"]) for view in views] == [
        (name, scope, state) for name in ("a", "b", "日本 / 🎌")
    ]
    assert all(start <= view["update_time"] <= time.time_ns() // 1_000_000 for view in views)
    server.native("views/save", scope=scope, name="a", state="[1]").ok()
    assert [view["state"] for view in listed(server, scope)] == ["[1]", state, state]
    assert server.native("views/delete", scope=scope, name="a").ok() == {}
    assert [view["name"] for view in listed(server, scope)] == ["b", "日本 / 🎌"]
    assert listed(server, scope + "x") == []


def test_what_is_not_there_cannot_be_deleted(server: Server, scope: str) -> None:
    server.native("views/delete", scope=scope, name="none").refused(MISSING, "none", scope)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"scope": ""}, ["scope"]),
        ({"scope": "x" * 501}, ["scope", "500"]),
        ({"scope": "a\u0000"}, ["scope", "NUL"]),
        ({"name": ""}, ["name"]),
        ({"name": "  "}, ["name", "spaces"]),
        ({"name": "x" * 201}, ["name", "200"]),
        ({"name": "a\u0000"}, ["name", "NUL"]),
        ({"state": ""}, ["state"]),
        ({"state": "{"}, ["state", "JSON"]),
        ({"state": "NaN"}, ["state", "JSON"]),
        ({"state": "{} {}"}, ["state", "JSON"]),
        ({"state": "<script>"}, ["state", "JSON"]),
        ({"state": f'"{"x" * 65_535}"'}, ["state", "65536", "65537"]),
        ({"state": f'"{"語" * 22_000}"'}, ["state", "65536", "66002"]),
        ({"state": {}}, ["state"]),
    ],
)
def test_refusals_say_what_is_wrong(server: Server, scope: str, fields: Json, words: list[str]) -> None:
    server.native("views/save", {"scope": scope, "name": "n", "state": "{}", **fields}).refused(INVALID, *words)
    assert listed(server, scope) == []


def test_the_longest_of_all(server: Server, scope: str) -> None:
    scope = scope.ljust(500, "x")
    view = {"scope": scope, "name": "🎌" * 200, "state": f'"{"x" * 65_534}"'}
    server.native("views/save", view).ok()
    (found,) = listed(server, scope)
    assert found == {**view, "update_time": found["update_time"]}


def test_a_scope_has_two_hundred_views(server: Server, scope: str) -> None:
    for i in range(200):
        server.native("views/save", scope=scope, name=f"n{i}", state="1").ok()
    server.native("views/save", scope=scope, name="more", state="1").refused(INVALID, "200 views")
    server.native("views/save", scope=scope, name="n7", state="2").ok()
    server.native("views/delete", scope=scope, name="n8").ok()
    server.native("views/save", scope=scope, name="more", state="1").ok()
    assert len(listed(server, scope)) == 200
