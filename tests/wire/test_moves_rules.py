"""GET /api/kiseki/v1/registry/rules."""

from __future__ import annotations

import pytest

from tests.wire.moving import rules
from tests.wire.server import MISSING, NATIVE, Json, Response, Server

pytestmark = pytest.mark.differs(reason="MLflow has no rules")


def get(server: Server, name: str) -> Response:
    return server.request("GET", f"{NATIVE}registry/rules", query={"name": name})


def test_a_model_asks_for_nothing_at_first(server: Server, versions: str) -> None:
    empty: Json = {"protected_aliases": [], "approved_aliases": [], "approved_stages": [], "checks": []}
    assert get(server, versions).ok()["rules"] == empty
    get(server, "nope").refused(MISSING, "nope")


def test_rules_go_with_their_model(server: Server, versions: str) -> None:
    rules(server, versions, approved_aliases=["a"], checks=[{"report": "r"}])
    told = get(server, versions).ok()["rules"]
    assert (told["approved_aliases"], told["checks"]) == (["a"], [{"report": "r"}])
    other = server.unique("renamed")
    server.post("registered-models/rename", name=versions, new_name=other).ok()
    assert get(server, other).ok()["rules"] == told
    get(server, versions).refused(MISSING, versions)
