import csv
import io
import json
from pathlib import Path

from kiseki.client import KisekiClient
from tests.unit.cli.conftest import Call


def test_an_experiment_from_creation_to_the_trash_and_back(call: Call, client: KisekiClient) -> None:
    assert call("experiments", "create", "-n", "画像", "-t", "team=vision", "-t", "x=a=b").stdout == (
        "Created experiment '画像' with id 1\n"
    )
    found = client.get_experiment("1")
    assert (found.name, found.tags) == ("画像", {"team": "vision", "x": "a=b"})
    assert "画像" in call("experiments", "list").stdout

    assert call("experiments", "rename", "-x", "1", "--new-name", "図").stdout == (
        "Experiment '画像' (id 1) is now called '図'.\n"
    )
    assert "restore -x 1" in call("experiments", "delete", "-n", "図").stdout
    assert client.get_experiment("1").lifecycle_stage == "deleted"
    assert "図" not in call("experiments", "list").stdout
    assert "deleted" in call("experiments", "search", "--view", "all").stdout
    call("experiments", "restore", "--experiment-id", "1")
    assert client.get_experiment("1").lifecycle_stage == "active"


def test_json_is_the_experiment(call: Call, client: KisekiClient) -> None:
    created = json.loads(call("experiments", "create", "-n", "a", "--json").stdout)
    assert created == client.get_experiment("1").to_dictionary()
    assert json.loads(call("experiments", "get", "-n", "a", "--json").stdout) == created
    assert json.loads(call("experiments", "get", "-x", "1", "--output", "json").stdout) == created
    listed = json.loads(call("experiments", "list", "--json").stdout)
    assert [one["name"] for one in listed] == ["a", "Default"]
    renamed = json.loads(call("experiments", "rename", "-x", "1", "--new-name", "b", "--json").stdout)
    assert renamed["name"] == "b"
    assert json.loads(call("experiments", "delete", "-x", "1", "--json").stdout)["lifecycle_stage"] == "deleted"
    assert json.loads(call("experiments", "restore", "-x", "1", "--json").stdout)["lifecycle_stage"] == "active"


def test_get_shows_all_fields(call: Call, client: KisekiClient) -> None:
    client.create_experiment("a", tags={"team": "vision", "evil": "\x1b[2J"})
    shown = call("experiments", "get", "-n", "a").stdout
    assert "Name               a\n" in shown
    assert "  team  vision\n" in shown
    assert "  evil  \\x1b[2J\n" in shown
    assert "\x1b" not in shown


def test_a_list_is_filtered_sorted_and_says_when_it_is_not_complete(call: Call, client: KisekiClient) -> None:
    for name in ("b", "a", "other"):
        client.create_experiment(name)
    listed = call("experiments", "list", "--filter", "name != 'other'", "--order-by", "name ASC", "--json")
    assert [one["name"] for one in json.loads(listed.stdout)] == ["Default", "a", "b"]
    part = call("experiments", "list", "--max-results", "2")
    assert len(part.stdout.splitlines()) == 1 + 2
    assert "--max-results 0" in part.stderr
    everything = call("experiments", "list", "--max-results", "0")
    assert len(everything.stdout.splitlines()) == 1 + 4
    assert everything.stderr == ""


def test_what_is_not_there_is_told_in_one_line(call: Call, client: KisekiClient) -> None:
    for arguments in (["get", "-x", "99"], ["get", "-n", "no\nsuch"], ["rename", "-x", "99", "--new-name", "b"]):
        failed = call("experiments", *arguments, code=1)
        assert failed.stdout == ""
        assert failed.stderr.startswith("Error: ")
        assert failed.stderr.count("\n") == 1
    assert "'kiseki experiments list'" in call("experiments", "get", "-n", "none", code=1).stderr
    bad = call("experiments", "list", "--filter", "nonsense", code=1)
    assert bad.stderr.count("\n") == 1


def test_an_experiment_is_named_once(call: Call, client: KisekiClient) -> None:
    for arguments in ([], ["-x", "0", "-n", "Default"]):
        assert "--experiment-id or by --experiment-name" in call("experiments", "get", *arguments, code=2).stderr
    assert "not of the form key=value" in call("experiments", "create", "-n", "a", "-t", "team", code=2).stderr


def test_csv_has_the_columns_of_search_runs(call: Call, client: KisekiClient, folder: Path) -> None:
    full = client.create_run("0", tags={"note": 'quoted "text",\nnext'}, run_name="full", start_time=1_700_000_000_123)
    client.log_param(full.info.run_id, "depth", "3")
    client.log_metric(full.info.run_id, "loss", float("nan"))
    client.set_terminated(full.info.run_id, end_time=1_700_000_001_000)
    client.create_run("0", run_name="empty", start_time=1_700_000_002_000)

    printed = call("experiments", "csv", "-x", "0").stdout
    rows = list(csv.DictReader(io.StringIO(printed)))
    assert list(rows[0]) == [
        *("run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time"),
        *("metrics.loss", "params.depth", "tags.mlflow.runName", "tags.note"),
    ]
    assert rows[1] == {
        "run_id": full.info.run_id,
        "experiment_id": "0",
        "status": "FINISHED",
        "artifact_uri": full.info.artifact_uri,
        "start_time": "2023-11-14 22:13:20.123+00:00",
        "end_time": "2023-11-14 22:13:21.000+00:00",
        "metrics.loss": "nan",
        "params.depth": "3",
        "tags.mlflow.runName": "full",
        "tags.note": 'quoted "text",\nnext',
    }
    assert (rows[0]["tags.mlflow.runName"], rows[0]["params.depth"], rows[0]["end_time"]) == ("empty", "", "")

    told = call("experiments", "csv", "-n", "Default", "-o", "runs.csv").stdout
    assert told == "Wrote 2 runs of experiment 'Default' (id 0) to runs.csv\n"
    assert (folder / "runs.csv").read_text(encoding="utf-8") == printed
    assert [path.name for path in folder.iterdir() if path.name.endswith(".part")] == []


def test_a_file_that_cannot_be_written_is_told_in_one_line(call: Call, client: KisekiClient) -> None:
    failed = call("experiments", "csv", "-x", "0", "-o", "no/such/folder.csv", code=1)
    assert "No such file or directory" in failed.stderr
    assert failed.stderr.count("\n") == 1
