"""GET /api/kiseki/v1/registry/moves: who moved what, when and why."""

from __future__ import annotations

import mlflow
import pytest

from tests.wire.moving import ask, history
from tests.wire.server import NATIVE, Server

pytestmark = pytest.mark.differs(reason="MLflow has no moves")


def test_who_moved_what_when_and_why(server: Server, client: mlflow.MlflowClient, versions: str) -> None:
    first = ask(server, "ann", name=versions, alias="champion", version="1", comment="the first").ok()["move"]
    assert first == {
        "number": first["number"],
        "name": versions,
        "kind": "alias",
        "target": "champion",
        "before": "",
        "after": "1",
        "status": "DONE",
        "user_id": "ann",
        "timestamp": first["timestamp"],
        "decided_by": "",
        "decision_timestamp": first["timestamp"],
        "archive": False,
        "comment": "the first",
        "verdicts": [],
    }
    ask(server, "bob", name=versions, alias="champion", version="2").ok()
    client.set_registered_model_alias(versions, "champion", "2")
    client.transition_model_version_stage(versions, "3", "Production")
    client.transition_model_version_stage(versions, "1", "Production", archive_existing_versions=True)
    ask(server, "eve", name=versions, alias="champion", version="").ok()
    found = history(server, versions)
    assert [(one["kind"], one["target"], one["before"], one["after"], one["user_id"]) for one in found] == [
        ("alias", "champion", "2", "", "eve"),
        ("stage", "3", "Production", "Archived", ""),
        ("stage", "1", "None", "Production", ""),
        ("stage", "3", "None", "Production", ""),
        ("alias", "champion", "1", "2", "bob"),
        ("alias", "champion", "", "1", "ann"),
    ]
    assert history(server, versions, kind="alias", target="champion") == [found[0], *found[4:]]
    assert history(server, versions, kind="stage", target="1") == [found[2]]
    assert history(server, versions, status="waiting") == []
    page = server.request("GET", f"{NATIVE}registry/moves", query={"name": versions, "max_results": 4}).ok()
    query = {"name": versions, "max_results": 4, "page_token": page["next_page_token"]}
    rest = server.request("GET", f"{NATIVE}registry/moves", query=query).ok()
    assert [*page["moves"], *rest["moves"]] == found
