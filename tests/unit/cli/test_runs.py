import json
from pathlib import Path

import pytest

from kiseki.client import KisekiClient
from kiseki.entities import Dataset, DatasetInput, InputTag
from tests.unit.cli.conftest import Call


@pytest.fixture
def runs(client: KisekiClient) -> dict[str, str]:
    """Three runs with metrics, in two experiments: name -> id."""
    other = client.create_experiment("other")
    found = {}
    for name, experiment, loss in (("first", "0", 0.5), ("second", "0", 0.25), ("third", other, 0.1)):
        run_id = client.create_run(experiment, tags={"model": "svm"}, run_name=name).info.run_id
        client.log_param(run_id, "C", str(loss * 2))
        client.log_param(run_id, "kernel", "rbf")
        for step in range(3):
            client.log_metric(run_id, "loss", loss + 1 - step / 2, step=step, timestamp=1_700_000_000_000 + step)
        client.log_metric(run_id, "accuracy", 1 - loss)
        client.set_terminated(run_id)
        found[name] = run_id
    return found


def test_a_list_has_runs_of_all_experiments(call: Call, runs: dict[str, str]) -> None:
    lines = call("runs", "list").stdout.splitlines()
    assert lines[0].split() == ["RUN", "ID", "EXPERIMENT", "NAME", "STATUS", "STARTED", "DURATION", "accuracy", "loss"]
    assert [line.split()[:4] for line in lines[1:]] == [
        [runs["third"], "other", "third", "FINISHED"],
        [runs["second"], "Default", "second", "FINISHED"],
        [runs["first"], "Default", "first", "FINISHED"],
    ]
    assert lines[1].split()[-2:] == ["0.9", "0.1"]


def test_a_list_of_some_experiments_with_chosen_columns(call: Call, runs: dict[str, str]) -> None:
    lines = call("runs", "search", "-n", "other", "-c", "params.C", "-c", "tags.model", "-c", "metrics.none").stdout
    header, row = lines.splitlines()
    assert header.split()[-3:] == ["C", "model", "none"]
    assert row.split()[-3:] == ["0.2", "svm", "-"]
    assert len(call("runs", "list", "-x", "0", "-x", "1").stdout.splitlines()) == 1 + 3


def test_a_search_by_filter_and_order(call: Call, runs: dict[str, str]) -> None:
    found = call("runs", "search", "--filter", "metrics.loss.max > 1.2", "--order-by", "metrics.loss ASC", "--json")
    assert [run["info"]["run_name"] for run in json.loads(found.stdout)] == ["second", "first"]
    # What is searched by is shown first.
    assert call("runs", "list", "--order-by", "metrics.loss ASC").stdout.splitlines()[0].split()[-2:] == [
        *("loss", "accuracy"),
    ]
    assert "Error" in call("runs", "search", "--filter", "metrics.loss <", code=1).stderr
    assert "no column" in call("runs", "list", "-c", "loss", code=2).stderr


def test_json_is_the_run(call: Call, client: KisekiClient, runs: dict[str, str]) -> None:
    expected = client.get_run(runs["first"]).to_dictionary()
    assert json.loads(call("runs", "describe", "-r", runs["first"], "--json").stdout) == expected
    listed = json.loads(call("runs", "list", "-x", "0", "--json").stdout)
    assert listed[1]["data"] == expected["data"]
    assert listed[1]["info"] == expected["info"]


def test_a_description_has_all_that_was_recorded(call: Call, client: KisekiClient, runs: dict[str, str]) -> None:
    run_id = runs["first"]
    client.set_tag(run_id, "mlflow.note.content", "It works.\n\n\x1b[31mReally.")
    dataset = Dataset("digits", "abc", "code", "{}")
    client.log_inputs(run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])])
    shown = call("runs", "describe", "--run-id", run_id).stdout
    for line in (
        f"Run id      {run_id}",
        "Name        first",
        "Experiment  Default (id 0)",
        "  It works.",
        "  \\x1b[31mReally.",
        "  digits (digest abc, used for training)",
        "  kernel  rbf",
        "  loss      0.5",
        "  model           svm",
    ):
        assert line in shown.splitlines()


def test_a_history_has_every_value(call: Call, runs: dict[str, str]) -> None:
    lines = call("runs", "history", "-r", runs["first"], "-m", "loss").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["STEP", "0", "1", "2"]
    assert [line.split()[-1] for line in lines] == ["VALUE", "1.5", "1.0", "0.5"]
    assert json.loads(call("runs", "history", "-r", runs["first"], "-m", "loss", "--json").stdout)[0] == {
        "step": 0,
        "timestamp": 1_700_000_000_000,
        "value": 1.5,
    }
    nothing = call("runs", "history", "-r", runs["first"], "-m", "none")
    assert nothing.stdout == ""
    assert "accuracy, loss" in nothing.stderr


def test_runs_side_by_side(call: Call, runs: dict[str, str]) -> None:
    both = [runs["first"], runs["second"]]
    lines = [line.split() for line in call("runs", "compare", *both).stdout.splitlines()]
    assert lines[0] == ["RUN", "first", "second"]
    assert ["params.kernel", "rbf", "rbf"] in lines
    assert ["metrics.loss", "0.5", "0.25"] in lines
    different = [line.split() for line in call("runs", "compare", *both, "--diff").stdout.splitlines()]
    assert ["params.C", "1.0", "0.5"] in different
    assert "params.kernel" not in {line[0] for line in different}
    as_json = json.loads(call("runs", "compare", *both, "--diff", "--json").stdout)
    assert as_json["params"] == {"C": ["1.0", "0.5"]}
    assert as_json["metrics"] == {"accuracy": [0.5, 0.75], "loss": [0.5, 0.25]}
    assert "two or more" in call("runs", "compare", runs["first"], code=2).stderr


def test_a_run_is_created_and_ended(call: Call, client: KisekiClient, runs: dict[str, str]) -> None:
    made = json.loads(
        call(
            *("runs", "create", "--experiment-name", "other", "--run-name", "実行", "--description", "why"),
            *("-t", "a=b", "--status", "failed", "--parent-run-id", runs["third"], "--json"),
        ).stdout
    )
    found = client.get_run(made["info"]["run_id"])
    assert made == found.to_dictionary()
    assert (found.info.run_name, found.info.status) == ("実行", "FAILED")
    assert found.info.end_time is not None
    assert found.data.tags == {
        "a": "b",
        "mlflow.note.content": "why",
        "mlflow.parentRunId": runs["third"],
        "mlflow.runName": "実行",
    }
    told = call("runs", "create", "-x", "0", "--run-name", "x").stdout
    assert told.startswith("Created run 'x' with id ")
    assert call("runs", "create", "-x", "0", "--parent-run-id", "none", code=1).stdout == ""


def test_a_run_goes_to_the_trash_and_back(call: Call, client: KisekiClient, runs: dict[str, str]) -> None:
    run_id = runs["first"]
    assert f"kiseki runs restore -r {run_id}" in call("runs", "delete", "--run-id", run_id).stdout
    assert client.get_run(run_id).info.lifecycle_stage == "deleted"
    deleted = call("runs", "list", "-v", "deleted_only").stdout
    assert run_id in deleted
    assert "deleted" in deleted
    assert json.loads(call("runs", "restore", "-r", run_id, "--json").stdout)["info"]["lifecycle_stage"] == "active"
    call("runs", "delete", "-r", run_id, "--json")
    call("runs", "restore", "-r", run_id)
    assert client.get_run(run_id).info.lifecycle_stage == "active"


def test_a_run_that_does_not_exist_is_told_in_one_line(call: Call, client: KisekiClient) -> None:
    for command in ("describe", "delete", "restore"):
        failed = call("runs", command, "-r", "none", code=1)
        assert failed.stderr == "Error: Run with id=none not found\n"


def test_a_name_cannot_write_to_the_terminal(call: Call, client: KisekiClient) -> None:
    run_id = client.create_run("0", run_name="evil\x1b]0;title\x07\nname").info.run_id
    client.log_metric(run_id, "loss", 1.0)
    for arguments in (["list"], ["describe", "-r", run_id], ["compare", run_id, run_id], ["list", "--json"]):
        shown = call("runs", *arguments).stdout
        assert "\x1b" not in shown
        assert "\x07" not in shown


def test_reading_makes_no_database(call: Call, folder: Path) -> None:
    for arguments in (
        ["runs", "list"],
        ["runs", "list", "--tracking-uri", "sqlite:///other.db"],
        ["experiments", "list", "--tracking-uri", str(folder / "store")],
    ):
        failed = call(*arguments, code=1)
        assert "--tracking-uri http://localhost:5000" in failed.stderr
        assert failed.stderr.count("\n") == 1
    assert [path.name for path in folder.iterdir()] == []


def test_a_tracking_uri_comes_from_the_option_or_the_environment(
    call: Call, client: KisekiClient, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.create_run("0", run_name="here")
    monkeypatch.chdir("/")
    assert "here" in call("runs", "list", "--tracking-uri", uri).stdout
    for name in ("MLFLOW_TRACKING_URI", "KISEKI_TRACKING_URI"):
        monkeypatch.setenv(name, uri)
        assert "here" in call("runs", "list").stdout
        monkeypatch.delenv(name)
    assert "of the unknown kind" in call("runs", "list", "--tracking-uri", "ftp://x", code=1).stderr
