"""/api/kiseki/v1/registry/moves and what lies below it: history, approval, checks and rollback."""

from __future__ import annotations

from typing import Any

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, NATIVE, Json, Response, Server, metric

CONFLICT = "RESOURCE_CONFLICT"
pytestmark = pytest.mark.differs(reason="MLflow has no moves")


@pytest.fixture
def name(server: Server) -> str:
    """A model with three versions."""
    made = server.new_registered_model()
    for _ in range(3):
        server.new_version(made)
    return made


def ask(server: Server, user: str = "", /, **fields: Any) -> Response:
    return server.ask("POST", f"{NATIVE}registry/moves", user=user, **fields)


def decide(server: Server, verb: str, user: str = "", /, **fields: Any) -> Response:
    return server.ask("POST", f"{NATIVE}registry/moves/{verb}", user=user, **fields)


def rules(server: Server, name: str, **fields: Any) -> None:
    server.native("registry/rules", name=name, rules=fields).ok()


def history(server: Server, name: str, **query: Any) -> list[Json]:
    answer = server.request("GET", f"{NATIVE}registry/moves", query={"name": name, **query}).ok()
    return list(answer.get("moves", []))


def test_who_moved_what_when_and_why(server: Server, client: mlflow.MlflowClient, name: str) -> None:
    first = ask(server, "ann", name=name, alias="champion", version="1", comment="the first").ok()["move"]
    assert first == {
        "number": first["number"],
        "name": name,
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
    ask(server, "bob", name=name, alias="champion", version="2").ok()
    client.set_registered_model_alias(name, "champion", "2")
    client.transition_model_version_stage(name, "3", "Production")
    client.transition_model_version_stage(name, "1", "Production", archive_existing_versions=True)
    ask(server, "eve", name=name, alias="champion", version="").ok()
    found = history(server, name)
    assert [(one["kind"], one["target"], one["before"], one["after"], one["user_id"]) for one in found] == [
        ("alias", "champion", "2", "", "eve"),
        ("stage", "3", "Production", "Archived", ""),
        ("stage", "1", "None", "Production", ""),
        ("stage", "3", "None", "Production", ""),
        ("alias", "champion", "1", "2", "bob"),
        ("alias", "champion", "", "1", "ann"),
    ]
    assert history(server, name, kind="alias", target="champion") == [found[0], *found[4:]]
    assert history(server, name, kind="stage", target="1") == [found[2]]
    assert history(server, name, status="waiting") == []
    page = server.request("GET", f"{NATIVE}registry/moves", query={"name": name, "max_results": 4}).ok()
    query = {"name": name, "max_results": 4, "page_token": page["next_page_token"]}
    rest = server.request("GET", f"{NATIVE}registry/moves", query=query).ok()
    assert [*page["moves"], *rest["moves"]] == found


def test_a_step_back(server: Server, client: mlflow.MlflowClient, name: str) -> None:
    for version in ("1", "2"):
        ask(server, name=name, alias="champion", version=version).ok()
    rules(server, name, approved_aliases=["champion"], checks=[{"filter": "metrics.acc > 2"}])
    back = decide(server, "roll-back", "bob", name=name, alias="champion", comment="it was slow").ok()["move"]
    assert (back["before"], back["after"], back["user_id"], back["comment"]) == ("2", "1", "bob", "it was slow")
    assert client.get_model_version_by_alias(name, "champion").version == "1"
    decide(server, "roll-back", name=name, alias="champion").ok()
    assert client.get_model_version_by_alias(name, "champion").version == "2"
    assert [one["after"] for one in history(server, name)] == ["2", "1", "2", "1"]


def test_no_step_back(server: Server, client: mlflow.MlflowClient, name: str) -> None:
    decide(server, "roll-back", name=name, alias="champion").refused(CONFLICT, "has not moved yet", status=409)
    decide(server, "roll-back", name="nope", alias="champion").refused(MISSING, "nope")
    for version in ("1", "2"):
        ask(server, name=name, alias="champion", version=version).ok()
    client.delete_model_version(name, "1")
    decide(server, "roll-back", name=name, alias="champion").refused(CONFLICT, "Version 1", "deleted", status=409)
    assert client.get_model_version_by_alias(name, "champion").version == "2"


def test_somebody_else_approves(server: Server, client: mlflow.MlflowClient, name: str) -> None:
    ask(server, "ann", name=name, alias="champion", version="1").ok()
    rules(server, name, approved_aliases=["champion"])
    waiting = ask(server, "ann", name=name, alias="champion", version="2", comment="better").ok()["move"]
    assert (waiting["status"], waiting["decision_timestamp"]) == ("WAITING", None)
    # The same again is the same; the client of MLflow is told of it.
    assert ask(server, "ann", name=name, alias="champion", version="2").ok()["move"] == waiting
    assert client.get_model_version_by_alias(name, "champion").version == "1"
    number = waiting["number"]
    for user in ("ann", ""):
        decide(server, "approve", user, name=name, number=number).refused(
            "PERMISSION_DENIED", "somebody else", status=403
        )
    done = decide(server, "approve", "bob", name=name, number=number).ok()["move"]
    assert (done["status"], done["user_id"], done["decided_by"], done["before"]) == ("DONE", "ann", "bob", "1")
    assert client.get_model_version_by_alias(name, "champion").version == "2"
    decide(server, "approve", "bob", name=name, number=number).refused(CONFLICT, "does not wait", status=409)
    for none in (number + 1000, 0, -1, 2**63, -(2**63) - 1):
        decide(server, "approve", "bob", name=name, number=none).refused(MISSING, "not found")


def test_a_move_is_refused_or_withdrawn(server: Server, client: mlflow.MlflowClient, name: str) -> None:
    rules(server, name, approved_stages=["Production"])
    first = ask(server, "ann", name=name, version="1", stage="production").ok()["move"]
    second = ask(server, "ann", name=name, version="2", stage="production").ok()["move"]
    assert decide(server, "refuse", "bob", name=name, number=first["number"]).ok()["move"]["status"] == "REFUSED"
    assert decide(server, "refuse", "ann", name=name, number=second["number"]).ok()["move"]["status"] == "WITHDRAWN"
    assert client.get_model_version(name, "1").current_stage == "None"
    assert history(server, name, status="WAITING") == []


def test_what_waits_goes_to_what_is_gone(server: Server, client: mlflow.MlflowClient, name: str) -> None:
    rules(server, name, approved_aliases=["champion"])
    waiting = ask(server, "ann", name=name, alias="champion", version="3").ok()["move"]
    client.delete_model_version(name, "3")
    decide(server, "approve", "bob", name=name, number=waiting["number"]).refused(CONFLICT, "deleted", status=409)
    assert client.get_registered_model(name).aliases == {}


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


def test_checks_that_ran_elsewhere_are_reported(server: Server, name: str) -> None:
    rules(server, name, checks=[{"target": "champion", "report": "evaluation"}])
    refused = ask(server, name=name, alias="champion", version="1").ok()["move"]
    assert refused["status"] == "REFUSED"
    for passed, status in ((False, "REFUSED"), (True, "DONE")):
        report = {"check": "evaluation", "passed": passed, "detail": "10 of 10"}
        moved = ask(server, name=name, alias="champion", version="1", reports=[report]).ok()["move"]
        assert (moved["status"], moved["verdicts"]) == (status, [report])
    # One that nobody asked for counts, too.
    report = {"check": "mine", "passed": False}
    assert ask(server, name=name, alias="x", version="1", reports=[report]).ok()["move"]["status"] == "REFUSED"


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


def test_protected_versions_keep_their_stage(server: Server, client: mlflow.MlflowClient, name: str) -> None:
    client.transition_model_version_stage(name, "1", "Production")
    client.set_registered_model_alias(name, "champion", "1")
    rules(server, name, protected_aliases=["champion"])
    for fields in (
        {"version": "1", "stage": "None"},
        {"version": "2", "stage": "Production", "archive_existing_versions": True},
    ):
        ask(server, name=name, **fields).refused(CONFLICT, "champion", status=409)
    assert [client.get_model_version(name, one).current_stage for one in "12"] == ["Production", "None"]
    # The alias itself moves.
    client.set_registered_model_alias(name, "champion", "2")
    client.update_model_version(name, "1", "free")


def test_rules_as_they_were_set(server: Server, name: str) -> None:
    empty: Json = {"protected_aliases": [], "approved_aliases": [], "approved_stages": [], "checks": []}
    asked = {"name": name}
    assert server.request("GET", f"{NATIVE}registry/rules", query=asked).ok()["rules"] == empty
    given = {
        "protected_aliases": ["a"],
        "approved_aliases": ["a", "b"],
        "approved_stages": ["Production"],
        "checks": [{"target": "a", "filter": "metrics.x > 1"}, {"report": "r"}],
    }
    assert server.native("registry/rules", name=name, rules=given).ok()["rules"] == given
    assert server.request("GET", f"{NATIVE}registry/rules", query=asked).ok()["rules"] == given
    rules(server, name)
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
def test_rules_that_are_none(server: Server, name: str, fields: Json, words: list[str]) -> None:
    server.native("registry/rules", name=name, rules=fields).refused(INVALID, *words)


def test_what_is_refused(server: Server, name: str) -> None:
    ask(server, name=name, version="1").refused(INVALID, "'alias' and 'stage'")
    ask(server, name=name, alias="a", stage="Staging", version="1").refused(INVALID, "'alias' and 'stage'")
    ask(server, name=name, alias="a", version="9").refused(MISSING, "version=9")
    ask(server, name=name, alias="a", version="").refused(INVALID, "alias a not found")
    ask(server, name=name, alias="a", version="1", comment="x" * 5_001).refused(INVALID, "comment", "5000")
    ask(server, name=name, alias="a", version="1", reports=[{"check": "", "passed": True}]).refused(
        INVALID, "reports[0]"
    )
    ask(server, "x" * 300, name=name, alias="a", version="1").refused(INVALID, "256")
    for query in ({"kind": "x"}, {"status": "x"}, {"max_results": 0}, {"page_token": "x"}):
        answer = server.request("GET", f"{NATIVE}registry/moves", query={"name": name, **query})
        answer.refused(INVALID, next(iter(query)).replace("_", " ") if "token" in query else next(iter(query)))


def test_users_are_who_the_headers_say(server: Server, name: str) -> None:
    def moved(version: str, **headers: str) -> str:
        body = {"name": name, "alias": "a", "version": version, "user_id": "body"}
        answer = server.request("POST", f"{NATIVE}registry/moves", json=body, headers=headers)
        return str(answer.ok()["move"]["user_id"])

    assert moved("1", Authorization="Basic YW5uOnNlY3JldA==") == "ann"
    assert moved("2", Authorization="Basic YW5uOnNlY3JldA==", **{"X-Kiseki-User": "bob"}) == "ann"
    assert moved("3", **{"X-Kiseki-User": "%E8%BB%8C%20x"}) == "軌 x"
    assert moved("1", Authorization="Bearer token") == ""
    body = {"name": name, "alias": "a", "version": "2"}
    answer = server.request("POST", f"{NATIVE}registry/moves", json=body, headers={"Authorization": "Basic !"})
    answer.refused(INVALID, "Authorization")
