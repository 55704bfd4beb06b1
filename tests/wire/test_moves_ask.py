"""POST /api/kiseki/v1/registry/moves: moves, what they are checked for, and who asks."""

from __future__ import annotations

import mlflow
import pytest

from tests.wire.moving import CONFLICT, ask, history, rules
from tests.wire.server import INVALID, MISSING, NATIVE, Server, metric

pytestmark = pytest.mark.differs(reason="MLflow has no moves")


def test_a_check_of_a_metric_and_its_verdict(server: Server, client: mlflow.MlflowClient, experiment: str) -> None:
    name = server.new_registered_model()
    runs = [server.new_run(experiment) for _ in range(2)]
    for run, value in zip(runs, (0.5, 0.95), strict=True):
        server.post("runs/log-batch", run_id=run, metrics=[metric("acc", value)], params=[], tags=[]).ok()
        server.new_version(name, run_id=run)
    rules(server, name, checks=[{"target": "champion", "filter": "metrics.acc > 0.9"}])
    refused = ask(server, "ann", name=name, alias="champion", version="1").ok()["move"]
    verdict = {"check": "metrics.acc > 0.9", "passed": False, "detail": "metrics.acc is 0.5"}
    assert (refused["status"], refused["verdicts"]) == ("REFUSED", [verdict])
    done = ask(server, "ann", name=name, alias="champion", version="2").ok()["move"]
    assert (done["status"], done["verdicts"]) == (
        "DONE",
        [{"check": "metrics.acc > 0.9", "passed": True, "detail": "metrics.acc is 0.95"}],
    )
    assert client.get_registered_model(name).aliases == {"champion": "2"}
    assert history(server, name) == [done, refused]
    # Others are not asked.
    ask(server, name=name, alias="other", version="1").ok()


def test_a_check_of_a_logged_model_comes_first(server: Server, experiment: str, run: str) -> None:
    name = server.new_registered_model()
    model = server.new_model(experiment, source_run_id=run, params=[{"key": "kind", "value": "tree"}])
    server.new_version(name, f"models:/{model}", model_id=model)
    server.new_version(name)
    rules(server, name, checks=[{"filter": "params.kind = 'tree' AND NOT metrics.loss > 1"}])
    done = ask(server, name=name, alias="a", version="1").ok()["move"]
    assert done["status"] == "DONE"
    assert "params.kind is 'tree'; metrics.loss is not there" in done["verdicts"][0]["detail"]
    refused = ask(server, name=name, alias="a", version="2").ok()["move"]
    assert (refused["status"], "no logged model" in refused["verdicts"][0]["detail"]) == ("REFUSED", True)


def test_checks_that_ran_elsewhere_are_reported(server: Server, versions: str) -> None:
    rules(server, versions, checks=[{"target": "champion", "report": "evaluation"}])
    refused = ask(server, name=versions, alias="champion", version="1").ok()["move"]
    assert refused["status"] == "REFUSED"
    for passed, status in ((False, "REFUSED"), (True, "DONE")):
        report = {"check": "evaluation", "passed": passed, "detail": "10 of 10"}
        moved = ask(server, name=versions, alias="champion", version="1", reports=[report]).ok()["move"]
        assert (moved["status"], moved["verdicts"]) == (status, [report])
    # One that nobody asked for counts, too.
    report = {"check": "mine", "passed": False}
    assert ask(server, name=versions, alias="x", version="1", reports=[report]).ok()["move"]["status"] == "REFUSED"


def test_protected_versions_keep_their_stage(server: Server, client: mlflow.MlflowClient, versions: str) -> None:
    client.transition_model_version_stage(versions, "1", "Production")
    client.set_registered_model_alias(versions, "champion", "1")
    rules(server, versions, protected_aliases=["champion"])
    for fields in (
        {"version": "1", "stage": "None"},
        {"version": "2", "stage": "Production", "archive_existing_versions": True},
    ):
        ask(server, name=versions, **fields).refused(CONFLICT, "champion", status=409)
    assert [client.get_model_version(versions, one).current_stage for one in "12"] == ["Production", "None"]
    # The alias itself moves.
    client.set_registered_model_alias(versions, "champion", "2")
    client.update_model_version(versions, "1", "free")


def test_what_is_refused(server: Server, versions: str) -> None:
    ask(server, name=versions, version="1").refused(INVALID, "'alias' and 'stage'")
    ask(server, name=versions, alias="a", stage="Staging", version="1").refused(INVALID, "'alias' and 'stage'")
    ask(server, name=versions, alias="a", version="9").refused(MISSING, "version=9")
    ask(server, name=versions, alias="a", version="").refused(INVALID, "alias a not found")
    ask(server, name=versions, alias="a", version="1", comment="x" * 5_001).refused(INVALID, "comment", "5000")
    ask(server, name=versions, alias="a", version="1", reports=[{"check": "", "passed": True}]).refused(
        INVALID, "reports[0]"
    )
    ask(server, "x" * 300, name=versions, alias="a", version="1").refused(INVALID, "256")
    for query in ({"kind": "x"}, {"status": "x"}, {"max_results": 0}, {"page_token": "x"}):
        answer = server.request("GET", f"{NATIVE}registry/moves", query={"name": versions, **query})
        answer.refused(INVALID, next(iter(query)).replace("_", " ") if "token" in query else next(iter(query)))


def test_users_are_who_the_headers_say(server: Server, versions: str) -> None:
    def moved(version: str, **headers: str) -> str:
        body = {"name": versions, "alias": "a", "version": version, "user_id": "body"}
        answer = server.request("POST", f"{NATIVE}registry/moves", json=body, headers=headers)
        return str(answer.ok()["move"]["user_id"])

    assert moved("1", Authorization="Basic YW5uOnNlY3JldA==") == "ann"
    assert moved("2", Authorization="Basic YW5uOnNlY3JldA==", **{"X-Kiseki-User": "bob"}) == "ann"
    assert moved("3", **{"X-Kiseki-User": "%E8%BB%8C%20x"}) == "軌 x"
    assert moved("1", Authorization="Bearer token") == ""
    body = {"name": versions, "alias": "a", "version": "2"}
    answer = server.request("POST", f"{NATIVE}registry/moves", json=body, headers={"Authorization": "Basic !"})
    answer.refused(INVALID, "Authorization")
