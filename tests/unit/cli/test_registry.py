import json
import sys
from pathlib import Path

import pytest

from kiseki.client import KisekiClient
from kiseki.entities import Check, Rules
from tests.unit.cli.conftest import Call


@pytest.fixture
def name(client: KisekiClient) -> str:
    """A model with three versions."""
    client.create_registered_model("画像 model", tags={"team": "vision"}, description="d")
    for i in range(3):
        client.create_model_version("画像 model", f"s3://bucket/{i}", tags={"i": i})
    return "画像 model"


def test_a_model_from_its_beginning_to_its_end(call: Call, client: KisekiClient) -> None:
    assert call("registry", "create", "a b", "-d", "text", "-t", "x=1").stdout == "Added the registered model 'a b'.\n"
    assert client.get_registered_model("a b").tags == {"x": "1"}
    assert call("registry", "rename", "a b", "c").stdout == "'a b' is now called 'c'.\n"
    call("registry", "describe", "c", "new")
    call("registry", "tag", "c", "y=2", "z=", "--delete", "x")
    found = client.get_registered_model("c")
    assert (found.description, found.tags) == ("new", {"y": "2", "z": ""})
    assert call("registry", "delete", "c", typed="n\n", code=1).stdout == ""
    assert call("registry", "delete", "c", "--yes").stdout == "Deleted the registered model 'c' and all its versions.\n"
    assert client.search_registered_models() == []
    assert "not found" in call("registry", "show", "c", code=1).stderr


def test_lists_and_what_is_shown(call: Call, client: KisekiClient, name: str) -> None:
    client.create_registered_model("other")
    client.set_registered_model_alias(name, "champion", 2)
    listed = call("registry", "list").stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["NAME", "other", "画像"]
    assert "champion: 2" in listed[2]
    assert [
        one["name"] for one in json.loads(call("registry", "list", "--filter", "tags.team = 'vision'", "--json").stdout)
    ] == [name]
    assert "there are more" in call("registry", "list", "--max-results", "1").stderr
    shown = call("registry", "show", name).stdout
    for words in ("team  vision", "champion  2", "Description   d", "s3://bucket/2"):
        assert words in shown
    assert (
        json.loads(call("registry", "show", name, "--json").stdout) == client.get_registered_model(name).to_dictionary()
    )
    versions = call("registry", "versions", name, "--order-by", "version_number").stdout.splitlines()
    assert [line.split()[2] for line in versions[1:]] == ["1", "2", "3"]
    assert (
        len(call("registry", "versions", name, "--filter", "version_number > 2 OR tags.i = '0'").stdout.splitlines())
        == 3
    )
    one = call("registry", "version", name, "@champion").stdout
    assert "Version        2\n" in one
    assert json.loads(call("registry", "version", name, "2", "--json").stdout)["source"] == "s3://bucket/1"
    assert "were not known" in call("registry", "version", name, "2", "--files").stderr
    assert "No versions found" in call("registry", "versions", "nope").stderr


def test_models_are_registered_and_copied(call: Call, client: KisekiClient, folder: Path) -> None:
    run = client.create_run("0").info.run_id
    (folder / "MLmodel").write_text("flavors: {}")
    client.log_artifact(run, folder / "MLmodel", "model")
    told = call("registry", "register", f"runs:/{run}/model", "m", "-t", "a=1").stdout
    assert told == f"Registered runs:/{run}/model as version 1 of 'm'.\n"
    files = json.loads(call("registry", "version", "m", "1", "--files", "--json").stdout)["files"]
    assert [(one["path"], one["size"], len(one["sha256"])) for one in files] == [("MLmodel", 11, 64)]
    assert "MLmodel" in call("registry", "version", "m", "1", "--files").stdout
    assert call("registry", "copy", "models:/m/1", "live").stdout == "Copied models:/m/1 to version 1 of 'live'.\n"
    assert json.loads(call("registry", "copy", "models:/m/latest", "live", "--json").stdout)["version"] == "2"
    call("registry", "describe", "m", "why", "--version", "1")
    call("registry", "tag", "m", "b=2", "--version", "1", "-D", "a")
    version = client.get_model_version("m", 1)
    assert (version.description, version.tags) == ("why", {"b": "2"})
    assert call("registry", "delete", "live", "--version", "1", "-y").stdout == "Deleted version 1 of 'live'.\n"


def test_aliases_their_history_and_a_step_back(call: Call, client: KisekiClient, name: str) -> None:
    assert call("registry", "alias", "set", name, "a", "1", "-c", "first").stdout == (
        f"Moved the alias 'a' of '{name}' from nothing to 1.\n"
    )
    assert json.loads(call("registry", "alias", "set", name, "a", "2", "--json").stdout)["before"] == "1"
    assert "Nothing to do" in call("registry", "alias", "set", name, "a", "2").stdout
    assert "from 2 to 1" in call("registry", "alias", "rollback", name, "a").stdout
    assert client.get_registered_model(name).aliases == {"a": "1"}
    moves = call("registry", "moves", "list", name).stdout.splitlines()
    assert (len(moves), "first" in moves[3]) == (4, True)
    assert [
        one["after"] for one in json.loads(call("registry", "moves", "list", name, "--target", "a", "--json").stdout)
    ] == [
        "1",
        "2",
        "1",
    ]
    assert "away from 1" in call("registry", "alias", "delete", name, "a").stdout
    assert "Nothing" in call("registry", "moves", "list", name, "--kind", "stage").stderr
    assert "points to it" in _delete_aliased(call, client, name)


def _delete_aliased(call: Call, client: KisekiClient, name: str) -> str:
    client.set_registered_model_alias(name, "b", 3)
    assert "to which aliases point ('b')" in call("registry", "delete", name, typed="n\n", code=1).stderr
    return call("registry", "delete", name, "--version", "3", "-y", code=1).stderr


def test_stages(call: Call, client: KisekiClient, name: str) -> None:
    call("registry", "stage", name, "1", "production")
    assert "version 2 of" in call("registry", "stage", name, "2", "Production", "--archive").stdout
    assert [client.get_model_version(name, i).current_stage for i in (1, 2)] == ["Archived", "Production"]


def test_rules_and_approval(call: Call, client: KisekiClient, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KISEKI_TRACKING_USERNAME", "ann")
    options = ["--protect", "a", "--approve-alias", "b", "--approve-stage", "production"]
    options += ["--check", "c:metrics.acc > 0.9", "--check", "tags.ok = 'a:b'", "--report", "b:eval"]
    call("registry", "rules", "set", name, *options)
    assert client.get_registry_rules(name) == Rules(
        ["a"],
        ["b"],
        ["Production"],
        [Check("metrics.acc > 0.9", "c"), Check("tags.ok = 'a:b'"), Check(report="eval", target="b")],
    )
    shown = call("registry", "rules", "show", name).stdout
    assert "Before c: check metrics.acc > 0.9\n" in shown
    assert "Before b: report of 'eval'\n" in shown
    call("registry", "rules", "set", name, "--approve-alias", "b")
    waiting = json.loads(call("registry", "alias", "set", name, "b", "1", "--json").stdout)
    number = str(waiting["number"])
    assert "Asked to move" in call("registry", "alias", "set", name, "b", "1").stdout
    assert "somebody else" in call("registry", "moves", "approve", name, number, code=1).stderr
    monkeypatch.setenv("KISEKI_TRACKING_USERNAME", "bob")
    assert call("registry", "moves", "approve", name, number).stdout.startswith("Moved the alias 'b'")
    other = json.loads(call("registry", "alias", "set", name, "b", "2", "--json").stdout)
    assert "is withdrawn" in call("registry", "moves", "refuse", name, str(other["number"])).stdout


def test_checks_that_run_here(call: Call, client: KisekiClient, name: str) -> None:
    client.set_registry_rules(name, Rules(checks=[Check(report="eval")]))
    look = f"{sys.executable} -c \"import os; print(os.environ['KISEKI_MODEL_URI'], '; $HOME')\""
    told = call("registry", "alias", "set", name, "a", "2", "--check", f"eval={look}", "--json")
    move = json.loads(told.stdout)
    assert (move["status"], move["verdicts"]) == (
        "DONE",
        [{"check": "eval", "passed": True, "detail": f"exit code 0\nmodels:/{name}/2 ; $HOME"}],
    )
    failing = f"eval={sys.executable} -c 'raise SystemExit(3)'"
    refused = call("registry", "alias", "set", name, "a", "3", "--check", failing, code=1).stdout
    assert "a check does not hold" in refused
    assert "failed: eval: exit code 3" in refused
    assert client.get_registered_model(name).aliases == {"a": "2"}
    assert "cannot be run" in call("registry", "stage", name, "1", "Staging", "--check", "eval=/no/such", code=1).stderr
    assert "has no command" in call("registry", "stage", name, "1", "Staging", "--check", "eval=", code=1).stderr
    assert "cannot be read" in call("registry", "stage", name, "1", "Staging", "--check", "eval='", code=1).stderr


def test_lineage(call: Call, client: KisekiClient) -> None:
    run = client.create_run("0", run_name="a run").info.run_id
    model = client.create_logged_model("0", "forest", source_run_id=run)
    client.create_registered_model("m")
    client.create_model_version("m", model.model_uri, model_id=model.model_id)
    client.set_registered_model_alias("m", "champion", 1)
    shown = call("registry", "lineage", "m", "--version", "1").stdout
    assert shown.splitlines() == [
        "version 'm 1' (asked for)",
        "  -> alias 'champion'",
        f"logged model 'forest' ({model.model_id})",
        "  -> version 'm 1'",
        f"run 'a run' ({run})",
        f"  -> logged model 'forest' ({model.model_id})",
        "alias 'champion'",
    ]
    found = json.loads(call("registry", "lineage", "--run-id", run, "--json").stdout)
    assert [node["kind"] for node in found["nodes"]] == ["run", "logged_model", "model_version", "alias"]
    assert "Name one thing" in call("registry", "lineage", code=1).stderr
    assert "No run" in call("registry", "lineage", "-d", "0", "data", "x", code=1).stderr


def test_webhooks(call: Call, client: KisekiClient) -> None:
    created = json.loads(
        call("registry", "webhooks", "create", "w", "https://8.8.8.8/", "-e", "model_version.created", "--json").stdout
    )
    assert (created["name"], created["events"], created["status"]) == ("w", ["model_version.created"], "ACTIVE")
    assert "secret" not in created
    webhook_id = created["webhook_id"]
    assert webhook_id in call("registry", "webhooks", "list").stdout
    assert json.loads(call("registry", "webhooks", "list", "--json").stdout) == [created]
    told = call("registry", "webhooks", "update", webhook_id, "--name", "z", "-e", "registered_model.created").stdout
    assert told == "Changed the webhook 'z'.\n"
    assert [str(one) for one in client.get_webhook(webhook_id).events] == ["registered_model.created"]
    # No server runs, so what is told waits.
    client.create_registered_model("m")
    assert "PENDING" in call("registry", "webhooks", "deliveries", webhook_id).stdout
    (waiting,) = json.loads(call("registry", "webhooks", "deliveries", webhook_id, "--json").stdout)
    assert (waiting["event"], json.loads(waiting["payload"])["data"]["name"]) == ("registered_model.created", "m")
    assert "no messages" in call("registry", "webhooks", "deliveries", webhook_id, "--status", "failed").stderr
    assert call("registry", "webhooks", "delete", webhook_id).stdout == f"Deleted the webhook {webhook_id}.\n"
    assert "No webhooks" in call("registry", "webhooks", "list").stderr
    refused = call("registry", "webhooks", "create", "w", "https://127.0.0.1/", "-e", "model_version.created", code=1)
    assert "non-public" in refused.stderr
    assert "Invalid event" in call("registry", "webhooks", "create", "w", "https://8.8.8.8/", "-e", "x", code=1).stderr


def test_a_test_of_a_webhook(call: Call, client: KisekiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KISEKI_WEBHOOK_ALLOWED_HOSTS", "http://127.0.0.1")
    made = client.create_webhook("w", "http://127.0.0.1:1/", ["model_version.created"])
    assert "It was not taken" in call("registry", "webhooks", "test", made.webhook_id, code=1).stdout
    found = json.loads(call("registry", "webhooks", "test", made.webhook_id, "--json", code=1).stdout)
    assert (found["success"], found["response_status"], found["response_body"]) == (False, None, None)
