"""POST /api/kiseki/v1/registry/moves/approve."""

from __future__ import annotations

import mlflow
import pytest

from tests.wire.moving import CONFLICT, ask, decide, rules
from tests.wire.server import MISSING, Server

pytestmark = pytest.mark.differs(reason="MLflow has no moves")


def test_somebody_else_approves(server: Server, client: mlflow.MlflowClient, versions: str) -> None:
    ask(server, "ann", name=versions, alias="champion", version="1").ok()
    rules(server, versions, approved_aliases=["champion"])
    waiting = ask(server, "ann", name=versions, alias="champion", version="2", comment="better").ok()["move"]
    assert (waiting["status"], waiting["decision_timestamp"]) == ("WAITING", None)
    # The same again is the same; the client of MLflow is told of it.
    assert ask(server, "ann", name=versions, alias="champion", version="2").ok()["move"] == waiting
    assert client.get_model_version_by_alias(versions, "champion").version == "1"
    number = waiting["number"]
    for user in ("ann", ""):
        decide(server, "approve", user, name=versions, number=number).refused(
            "PERMISSION_DENIED", "somebody else", status=403
        )
    done = decide(server, "approve", "bob", name=versions, number=number).ok()["move"]
    assert (done["status"], done["user_id"], done["decided_by"], done["before"]) == ("DONE", "ann", "bob", "1")
    assert client.get_model_version_by_alias(versions, "champion").version == "2"
    decide(server, "approve", "bob", name=versions, number=number).refused(CONFLICT, "does not wait", status=409)
    for none in (number + 1000, 0, -1, 2**63, -(2**63) - 1):
        decide(server, "approve", "bob", name=versions, number=none).refused(MISSING, "not found")


def test_what_waits_goes_to_what_is_gone(server: Server, client: mlflow.MlflowClient, versions: str) -> None:
    rules(server, versions, approved_aliases=["champion"])
    waiting = ask(server, "ann", name=versions, alias="champion", version="3").ok()["move"]
    client.delete_model_version(versions, "3")
    decide(server, "approve", "bob", name=versions, number=waiting["number"]).refused(CONFLICT, "deleted", status=409)
    assert client.get_registered_model(versions).aliases == {}


def test_checks_run_again_when_somebody_approves(server: Server, experiment: str) -> None:
    name = server.new_registered_model()
    run = server.new_run(experiment)
    server.post("runs/log-metric", run_id=run, key="acc", value=0.95, timestamp=1, step=1).ok()
    server.new_version(name, run_id=run)
    rules(server, name, approved_aliases=["a"], checks=[{"filter": "metrics.acc > 0.9"}])
    waiting = ask(server, "ann", name=name, alias="a", version="1").ok()["move"]
    server.post("runs/log-metric", run_id=run, key="acc", value=0.1, timestamp=2, step=2).ok()
    decided = decide(server, "approve", "bob", name=name, number=waiting["number"]).ok()["move"]
    assert (decided["status"], decided["verdicts"][0]["passed"]) == ("REFUSED", False)
