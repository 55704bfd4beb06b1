"""POST /api/kiseki/v1/registry/rules."""

from __future__ import annotations

import pytest

from tests.wire.moving import rules
from tests.wire.server import INVALID, NATIVE, Json, Server

pytestmark = pytest.mark.differs(reason="MLflow has no moves")


def test_rules_as_they_were_set(server: Server, versions: str) -> None:
    empty: Json = {"protected_aliases": [], "approved_aliases": [], "approved_stages": [], "checks": []}
    asked = {"name": versions}
    assert server.request("GET", f"{NATIVE}registry/rules", query=asked).ok()["rules"] == empty
    given = {
        "protected_aliases": ["a"],
        "approved_aliases": ["a", "b"],
        "approved_stages": ["Production"],
        "checks": [{"target": "a", "filter": "metrics.x > 1"}, {"report": "r"}],
    }
    assert server.native("registry/rules", name=versions, rules=given).ok()["rules"] == given
    assert server.request("GET", f"{NATIVE}registry/rules", query=asked).ok()["rules"] == given
    rules(server, versions)
    assert server.request("GET", f"{NATIVE}registry/rules", query=asked).ok()["rules"] == empty


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"protected_aliases": ["a b"]}, ["alias name"]),
        ({"approved_aliases": ["latest"]}, ["reserved"]),
        ({"approved_stages": ["bogus"]}, ["stage: bogus"]),
        ({"checks": [{}]}, ["checks[0]", "filter", "report"]),
        ({"checks": [{"filter": "x", "report": "y"}]}, ["checks[0]"]),
        ({"checks": [{"filter": "metrics.x >"}]}, ["number"]),
        ({"checks": [{"filter": "metrics.x > 1", "target": "a b"}]}, ["alias name"]),
        ({"protected_aliases": [f"a{i}" for i in range(101)]}, ["100", "101"]),
    ],
)
def test_rules_that_are_none(server: Server, versions: str, fields: Json, words: list[str]) -> None:
    server.native("registry/rules", name=versions, rules=fields).refused(INVALID, *words)
