"""POST /api/kiseki/v1/registry/moves/refuse."""

from __future__ import annotations

import mlflow
import pytest

from tests.wire.moving import ask, decide, history, rules
from tests.wire.server import Server

pytestmark = pytest.mark.differs(reason="MLflow has no moves")


def test_a_move_is_refused_or_withdrawn(server: Server, client: mlflow.MlflowClient, versions: str) -> None:
    rules(server, versions, approved_stages=["Production"])
    first = ask(server, "ann", name=versions, version="1", stage="production").ok()["move"]
    second = ask(server, "ann", name=versions, version="2", stage="production").ok()["move"]
    assert decide(server, "refuse", "bob", name=versions, number=first["number"]).ok()["move"]["status"] == "REFUSED"
    assert decide(server, "refuse", "ann", name=versions, number=second["number"]).ok()["move"]["status"] == "WITHDRAWN"
    assert client.get_model_version(versions, "1").current_stage == "None"
    assert history(server, versions, status="WAITING") == []
