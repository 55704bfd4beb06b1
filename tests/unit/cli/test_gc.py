"""`kiseki gc` in process."""

import json
import shutil
import time
from pathlib import Path

import pytest

from kiseki.base.errors import NotFound
from kiseki.client import KisekiClient
from kiseki.store import open_store
from tests.unit.cli.conftest import Call

LONG_AGO = 1_000_000_000_000
"""A day in September 2001, in milliseconds since the epoch."""


@pytest.fixture
def experiment(client: KisekiClient) -> str:
    return client.create_experiment("e")


def full_run(client: KisekiClient, experiment: str) -> str:
    run_id: str = client.create_run(experiment).info.run_id
    client.log_metric(run_id, "loss", 0.5)
    client.log_text(run_id, "hello", "a/b.txt")
    return run_id


def full_model(client: KisekiClient, experiment: str) -> str:
    model_id: str = client.create_logged_model(experiment, "forest", params={"p": 1}).model_id
    run_id = client.create_run(experiment).info.run_id
    client.log_metric(run_id, "acc", 0.5, model_id=model_id)
    file = Path("MLmodel")
    file.write_text("hello")
    client.log_model_artifact(model_id, str(file))
    return model_id


def is_there(client: KisekiClient, model_id: str) -> bool:
    try:
        client.get_logged_model(model_id)
    except NotFound:
        return False
    return True


def backdate(uri: str, client: KisekiClient, run_id: str, when: int) -> None:
    """Puts a run into the trash at another time than now."""
    store = open_store(uri, "/unused")

    def work(session: object) -> None:
        key = session.runs.locate(run_id)  # type: ignore[attr-defined]
        session.runs.set_lifecycle(key, "deleted", when)  # type: ignore[attr-defined]

    store.write(work)
    store.close()


def files(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in (folder / "kiseki-artifacts").rglob("*") if file.is_file()}


def exists(client: KisekiClient, run_id: str) -> bool:
    ids = [run.info.run_id for run in client.search_runs(["1"], run_view_type=3)]
    return run_id in ids


def test_everything_in_the_trash_goes(client: KisekiClient, experiment: str, call: Call, folder: Path) -> None:
    kept, gone = full_run(client, experiment), full_run(client, experiment)
    other = client.create_experiment("other")
    full_run(client, other)
    client.delete_run(gone)
    client.delete_experiment(other)
    shown = call("gc", "--dry-run").stdout
    assert "Would be deleted permanently: 2 runs and 1 experiment with" in shown
    assert gone in shown
    assert kept not in shown
    assert len(files(folder)) == 3
    done = call("gc").stdout
    assert done == "Deleted permanently: 2 runs and 1 experiment; 11 rows, 2 files (10 B).\n"
    assert files(folder) == {f"kiseki-artifacts/{experiment}/{kept}/artifacts/a/b.txt"}
    assert exists(client, kept)
    assert not exists(client, gone)
    assert call("gc").stdout == "Nothing was in the trash, or not for long enough.\n"
    assert call("gc", "--dry-run").stdout == "Nothing would be deleted.\n"


@pytest.mark.parametrize(
    ("option", "value", "goes"),
    [
        ("--older-than", "30d", True),
        ("--older-than", "1d1h1m1s", True),
        ("--older-than", "0.5s", True),
        ("--older-than", "20000d", False),
        ("--before", "2026-01-01", True),
        ("--before", "2001-09-09T02:00+00:00", True),
        ("--before", "2001-09-09T01:46:40+00:00", False),
        ("--before", "2000-01-01", False),
    ],
)
def test_only_what_was_deleted_long_enough_ago_goes(
    client: KisekiClient, experiment: str, call: Call, uri: str, option: str, value: str, goes: bool
) -> None:
    old, new = full_run(client, experiment), full_run(client, experiment)
    backdate(uri, client, old, LONG_AGO)
    backdate(uri, client, new, time.time_ns() // 1_000_000 + 60_000)
    call("gc", option, value)
    assert exists(client, old) is not goes
    assert exists(client, new)


@pytest.mark.parametrize(
    "arguments", [("--older-than", "30"), ("--older-than", ""), ("--older-than", "x"), ("--before", "yesterday")]
)
def test_what_is_no_time_is_refused(client: KisekiClient, call: Call, arguments: tuple[str, str]) -> None:
    assert arguments[0] in call("gc", *arguments, code=2).output


def test_named_runs_go_and_no_others(client: KisekiClient, experiment: str, call: Call) -> None:
    first, second, active = (full_run(client, experiment) for _ in range(3))
    client.delete_run(first)
    client.delete_run(second)
    refused = call("gc", "--run-ids", f"{first},{active}", code=1).output
    assert f"the run '{active}' is not in the trash" in refused
    assert exists(client, first)
    done = json.loads(call("gc", "--run-ids", f"{first}, ", "--json").stdout)
    assert (done["run_ids"], done["rows"], done["files"], done["bytes"]) == ([first], 5, 1, 5)
    assert exists(client, second)
    assert not exists(client, first)


def test_named_experiments_go_with_their_runs(client: KisekiClient, experiment: str, call: Call) -> None:
    run, other = full_run(client, experiment), full_run(client, "0")
    client.delete_run(other)
    assert "is not in the trash" in call("gc", "--experiment-ids", experiment, code=1).output
    client.delete_experiment(experiment)
    shown = json.loads(call("gc", "--experiment-ids", experiment, "--dry-run", "--json").stdout)
    assert [one["run_id"] for one in shown["runs"]] == [run]
    assert [one["experiment_id"] for one in shown["experiments"]] == [experiment]
    call("gc", "--experiment-ids", experiment)
    assert client.get_experiment_by_name("e") is None
    assert client.get_run(other).info.lifecycle_stage == "deleted"


def test_logged_models_in_the_trash_go(client: KisekiClient, experiment: str, call: Call, folder: Path) -> None:
    kept, gone = full_model(client, experiment), full_model(client, experiment)
    client.delete_logged_model(gone)
    shown = call("gc", "--dry-run").stdout
    assert "Would be deleted permanently: 0 runs, 1 logged model and 0 experiments with" in shown
    assert gone in shown
    assert kept not in shown
    assert len(files(folder)) == 2
    assert "1 logged model and 0 experiments" in call("gc").stdout
    assert files(folder) == {f"kiseki-artifacts/{experiment}/models/{kept}/artifacts/MLmodel"}
    assert is_there(client, kept)
    with pytest.raises(NotFound):
        client.restore_logged_model(gone)
    assert call("gc").stdout == "Nothing was in the trash, or not for long enough.\n"
    assert "Nothing is wrong" in call("audit").stdout


def test_what_a_registered_version_has_is_kept_and_a_dry_run_says_so(
    client: KisekiClient, experiment: str, call: Call, folder: Path
) -> None:
    run, other, model = full_run(client, experiment), full_run(client, experiment), full_model(client, experiment)
    client.create_registered_model("churn")
    client.create_model_version("churn", f"runs:/{run}/a", run)
    client.create_model_version("churn", f"models:/{model}", model_id=model)
    for run_id in (run, other):
        client.delete_run(run_id)
    client.delete_logged_model(model)
    shown = call("gc", "--dry-run")
    assert "Would be deleted permanently: 1 run and 0 experiments with" in shown.stdout
    assert [line.rpartition(" ")[2] for line in shown.stderr.splitlines()] == ["churn/1", "churn/2"]
    assert f"Would be kept: run {run}: " in shown.stderr
    assert f"Would be kept: logged model {model}: " in shown.stderr
    listed = json.loads(call("gc", "--dry-run", "--json").stdout)
    assert {one["run_id"]: one["versions"] for one in listed["runs"]} == {run: ["churn/1"], other: []}
    done = call("gc", code=1)
    assert "1 run and 0 experiments" in done.stdout
    assert "version 1 of the registered model 'churn'" in done.stderr
    # An experiment stays with them; the run that made the model is in it, too.
    client.delete_experiment(experiment)
    assert "1 run and 0 experiments" in call("gc", "--dry-run").stdout
    assert len(files(folder)) == 2


def test_named_logged_models_go_and_no_others(client: KisekiClient, experiment: str, call: Call) -> None:
    first, second, active = (full_model(client, experiment) for _ in range(3))
    run = full_run(client, experiment)
    client.delete_run(run)
    client.delete_logged_model(first)
    client.delete_logged_model(second)
    refused = call("gc", "--logged-model-ids", f"{first},{active}", code=1).output
    assert f"the logged model '{active}' is not in the trash" in refused
    done = json.loads(call("gc", "--logged-model-ids", f"{first}, ", "--json").stdout)
    assert (done["model_ids"], done["run_ids"], done["files"], done["bytes"]) == ([first], [], 1, 5)
    client.restore_logged_model(second)
    client.restore_run(run)
    assert is_there(client, second)


def test_experiments_go_with_their_logged_models(
    client: KisekiClient, experiment: str, call: Call, folder: Path
) -> None:
    model = full_model(client, experiment)
    client.delete_experiment(experiment)
    shown = json.loads(call("gc", "--dry-run", "--json").stdout)
    assert [one["model_id"] for one in shown["logged_models"]] == [model]
    assert "1 run, 1 logged model and 1 experiment" in call("gc").stdout
    assert files(folder) == set()
    assert client.get_experiment_by_name("e") is None


def test_files_of_logged_models_in_folders_of_this_machine_go_too(
    client: KisekiClient, call: Call, folder: Path
) -> None:
    place = folder / "data" / "here"
    model = full_model(client, client.create_experiment("far", str(place)))
    assert (place / "models" / model / "artifacts" / "MLmodel").exists()
    (place / "models" / "mine.txt").write_text("not kiseki's")
    client.delete_logged_model(model)
    call("gc")
    assert [one.name for one in (place / "models").iterdir()] == ["mine.txt"]


def test_default_is_kept_without_a_word(client: KisekiClient, call: Call) -> None:
    run = full_run(client, "0")
    client.delete_experiment("0")
    assert "1 run and 0 experiments" in call("gc").output
    assert client.get_experiment("0").lifecycle_stage == "deleted"
    assert run not in [one.info.run_id for one in client.search_runs(["0"], run_view_type=3)]


def test_a_run_that_was_taken_out_keeps_its_experiment(client: KisekiClient, experiment: str, call: Call) -> None:
    run = full_run(client, experiment)
    client.delete_experiment(experiment)
    client.restore_run(run)
    result = call("gc", code=1)
    assert "Kept: experiment 1: it has runs that are not in the trash" in result.stderr
    assert client.get_run(run).info.lifecycle_stage == "active"


def test_artifacts_in_folders_of_this_machine_go_too(client: KisekiClient, call: Call, folder: Path) -> None:
    place = folder / "data" / "here"
    run = full_run(client, client.create_experiment("far", str(place)))
    (place / "mine.txt").write_text("not kiseki's")
    client.delete_run(run)
    call("gc")
    assert [one.name for one in place.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("location", ["dbfs:/path", "mlflow-artifacts:/x"])
def test_artifacts_that_are_not_reached_keep_their_run(client: KisekiClient, call: Call, location: str) -> None:
    run = client.create_run(client.create_experiment("far", location)).info.run_id
    client.delete_run(run)
    result = call("gc", code=1)
    assert f"Kept: run {run}" in result.stderr
    client.restore_run(run)
    client.delete_run(run)
    assert "1 run" in call("gc", "--leave-unreachable").stdout


def test_there_must_be_a_database(call: Call, folder: Path) -> None:
    assert "no database" in call("gc", code=1).output
    assert list(folder.iterdir()) == []


def test_a_folder_as_the_place(call: Call, folder: Path) -> None:
    place = KisekiClient(str(folder / "store"))
    run = full_run(place, "0")
    place.delete_run(run)
    assert "1 file" in call("gc", "--tracking-uri", str(folder / "store")).stdout
    assert not any(file.is_file() for file in (folder / "store" / "artifacts").rglob("*"))


def test_artifacts_that_are_gone_already_are_no_hindrance(client: KisekiClient, call: Call, folder: Path) -> None:
    without, lost, half = client.create_run("0").info.run_id, full_run(client, "0"), full_run(client, "0")
    shutil.rmtree(folder / "kiseki-artifacts" / "0" / lost)
    (folder / "kiseki-artifacts" / "0" / half / "artifacts" / "a" / "b.txt").unlink()
    for run in (without, lost, half):
        client.delete_run(run)
    assert "3 runs" in call("gc").stdout
    assert "Nothing is wrong" in call("audit").stdout


def test_a_link_in_the_place_of_the_artifacts_is_not_followed(client: KisekiClient, call: Call, folder: Path) -> None:
    run = full_run(client, "0")
    (folder / "precious").mkdir()
    (folder / "precious" / "file").write_text("x")
    place = folder / "kiseki-artifacts" / "0" / run / "artifacts"
    shutil.rmtree(place)
    place.symlink_to(folder / "precious")
    client.delete_run(run)
    assert "Kept: run" in call("gc", code=1).stderr
    assert (folder / "precious" / "file").read_text() == "x"


def test_digests_of_files_behind_a_link_go_too(client: KisekiClient, call: Call, folder: Path, uri: str) -> None:
    (folder / "disk").mkdir()
    (folder / "mounted").symlink_to(folder / "disk")
    run = full_run(client, client.create_experiment("far", str(folder / "mounted" / "here")))
    client.delete_run(run)
    assert "1 file" in call("gc").stdout
    assert list((folder / "disk" / "here").iterdir()) == []
    store = open_store(uri, "/unused")
    assert store.read(lambda session: session.rows.count("files")) == 0
    store.close()
