"""POST /api/kiseki/v1/registry/moves/roll-back."""

from __future__ import annotations

import mlflow
import pytest

from tests.wire.moving import CONFLICT, ask, decide, history, rules
from tests.wire.server import MISSING, Server

pytestmark = pytest.mark.differs(reason="MLflow has no moves")


def test_a_step_back(server: Server, client: mlflow.MlflowClient, versions: str) -> None:
    for version in ("1", "2"):
        ask(server, name=versions, alias="champion", version=version).ok()
    rules(server, versions, approved_aliases=["champion"], checks=[{"filter": "metrics.acc > 2"}])
    back = decide(server, "roll-back", "bob", name=versions, alias="champion", comment="it was slow").ok()["move"]
    assert (back["before"], back["after"], back["user_id"], back["comment"]) == ("2", "1", "bob", "it was slow")
    assert client.get_model_version_by_alias(versions, "champion").version == "1"
    decide(server, "roll-back", name=versions, alias="champion").ok()
    assert client.get_model_version_by_alias(versions, "champion").version == "2"
    assert [one["after"] for one in history(server, versions)] == ["2", "1", "2", "1"]


def test_no_step_back(server: Server, client: mlflow.MlflowClient, versions: str) -> None:
    decide(server, "roll-back", name=versions, alias="champion").refused(CONFLICT, "has not moved yet", status=409)
    decide(server, "roll-back", name="nope", alias="champion").refused(MISSING, "nope")
    for version in ("1", "2"):
        ask(server, name=versions, alias="champion", version=version).ok()
    client.delete_model_version(versions, "1")
    decide(server, "roll-back", name=versions, alias="champion").refused(CONFLICT, "Version 1", "deleted", status=409)
    assert client.get_model_version_by_alias(versions, "champion").version == "2"
