"""POST /api/kiseki/v1/trash/purge."""

from __future__ import annotations

import time

import pytest

from tests.wire.server import INVALID, MISSING, NATIVE, PROXY, Json, Server, metric, pairs

pytestmark = pytest.mark.differs(reason="the endpoint is kiseki's own")


def purge(server: Server, **fields: object) -> Json:
    answer: Json = server.native("trash/purge", **fields).ok()
    return answer


def full_run(server: Server, experiment: str) -> str:
    """A run with points, a param and two files."""
    run = server.new_run(experiment)
    server.post("runs/log-batch", run_id=run, metrics=[metric("a")], params=pairs(p="1")).ok()
    for name in ("a.txt", "sub/b.txt"):
        server.put_artifact(f"{server.artifact_path(run)}/{name}", b"12345")
    return run


def full_model(server: Server, experiment: str, run: str) -> str:
    """A logged model with a point of the run, a param, a tag and two files."""
    model_id = server.new_model(experiment, params=pairs(p="1"), tags=pairs(t="2"))
    server.post(
        "runs/log-metric", {"run_id": run, "model_id": model_id, **metric("acc", timestamp=time.time_ns())}
    ).ok()
    for name in ("MLmodel", "sub/model.skops"):
        server.put_artifact(f"{experiment}/models/{model_id}/artifacts/{name}", b"12345")
    return model_id


def files_of(server: Server, path: str) -> list[str]:
    return [file.name for file in (server.artifacts / path).rglob("*") if file.is_file()]


def test_a_run_of_the_trash_goes_with_everything(server: Server) -> None:
    experiment = server.new_experiment()
    gone, kept = full_run(server, experiment), full_run(server, experiment)
    path, other = server.artifact_path(gone), server.artifact_path(kept)
    server.post("runs/delete", run_id=gone).ok()
    answer = purge(server, run_ids=[gone, gone])
    assert answer == {
        "run_ids": [gone],
        "model_ids": [],
        "experiment_ids": [],
        # The run, its metric, the point that arrived, its param, the tag with its name, and the digests of two files.
        "rows": 7,
        "files": 2,
        "bytes": 10,
        "kept": [],
        "left_run_ids": [],
        "left_model_ids": [],
        "left_experiment_ids": [],
    }
    server.get("runs/get", run_id=gone).refused(MISSING, gone)
    server.post("runs/restore", run_id=gone).refused(MISSING, gone)
    assert not (server.artifacts / path).parent.exists()
    assert sorted(files_of(server, other)) == ["a.txt", "b.txt"]
    assert server.params(kept) == {"p": "1"}


def test_what_is_not_in_the_trash_is_kept(server: Server) -> None:
    experiment = server.new_experiment()
    active, deleted = full_run(server, experiment), full_run(server, experiment)
    server.post("runs/delete", run_id=deleted).ok()
    answer = purge(server, run_ids=[active, "0" * 32], experiment_ids=[experiment, "999999999"])
    assert [(one["kind"], one["id"]) for one in answer["kept"]] == [
        ("run", active),
        ("run", "0" * 32),
        ("experiment", experiment),
        ("experiment", "999999999"),
    ]
    assert "not in the trash" in answer["kept"][0]["reason"]
    assert purge(server, run_ids=[deleted], deleted_before=1)["kept"][0]["id"] == deleted
    assert len(files_of(server, server.artifact_path(active))) == 2
    # An active experiment is not touched at all, not even its runs in the trash.
    assert answer["run_ids"] == []


def test_an_experiment_goes_with_its_runs(server: Server) -> None:
    experiment = server.new_experiment()
    runs = [full_run(server, experiment) for _ in range(3)]
    server.post("experiments/delete", experiment_id=experiment).ok()
    server.post("runs/restore", run_id=runs[0]).ok()
    answer = purge(server, experiment_ids=[experiment])
    assert (answer["run_ids"], answer["experiment_ids"]) == (runs[1:], [])
    assert "runs that are not in the trash" in answer["kept"][0]["reason"]
    server.post("runs/delete", run_id=runs[0]).ok()
    answer = purge(server, experiment_ids=[experiment])
    assert (answer["run_ids"], answer["experiment_ids"]) == (runs[:1], [experiment])
    server.get("experiments/get", experiment_id=experiment).refused(MISSING)
    assert not (server.artifacts / experiment).exists()


def test_a_logged_model_of_the_trash_goes_with_everything(server: Server) -> None:
    experiment = server.new_experiment()
    run = server.new_run(experiment)
    gone, kept = full_model(server, experiment, run), full_model(server, experiment, run)
    server.delete(f"logged-models/{gone}").ok()
    nobody = "m-" + "0" * 32
    answer = purge(server, model_ids=[gone, kept, nobody])
    assert (answer["model_ids"], answer["files"], answer["bytes"]) == ([gone], 2, 10)
    # The model, its metric, the points that arrived, a param, a tag, and the digests of two files.
    assert answer["rows"] == 7
    assert [(one["kind"], one["id"]) for one in answer["kept"]] == [("logged model", kept), ("logged model", nobody)]
    assert "not in the trash" in answer["kept"][0]["reason"]
    server.get(f"logged-models/{gone}", allow_deleted="true").refused(MISSING, gone)
    server.native("logged-models/restore", model_id=gone).refused(MISSING, gone)
    assert not (server.artifacts / experiment / "models" / gone).exists()
    late = f"{PROXY}/{experiment}/models/{gone}/artifacts/late.txt"
    server.request("PUT", late, body=b"late").refused(MISSING, gone)
    assert len(files_of(server, f"{experiment}/models/{kept}")) == 2
    assert server.model(kept)["data"]["metrics"][0]["run_id"] == run
    # What the run measured of it stays the run's.
    assert len(server.history(run, "acc")) == 2


def test_a_logged_model_outlives_the_run_that_made_it(server: Server) -> None:
    experiment = server.new_experiment()
    run = server.new_run(experiment)
    model_id = full_model(server, experiment, run)
    server.post("runs/delete", run_id=run).ok()
    assert purge(server, run_ids=[run])["run_ids"] == [run]
    assert [one["run_id"] for one in server.model(model_id)["data"]["metrics"]] == [run]
    assert len(files_of(server, f"{experiment}/models/{model_id}")) == 2


def test_an_experiment_goes_with_its_logged_models(server: Server) -> None:
    experiment = server.new_experiment()
    models = sorted(full_model(server, experiment, server.new_run(experiment)) for _ in range(2))
    server.post("experiments/delete", experiment_id=experiment).ok()
    answer = purge(server, experiment_ids=[experiment])
    assert (sorted(answer["model_ids"]), answer["experiment_ids"]) == (models, [experiment])
    assert not (server.artifacts / experiment).exists()


def test_the_name_of_a_purged_experiment_is_free(server: Server) -> None:
    name = server.unique("name")
    for _ in range(2):
        experiment = server.post("experiments/create", name=name).ok()["experiment_id"]
        server.post("experiments/delete", experiment_id=experiment).ok()
        assert purge(server, experiment_ids=[experiment])["experiment_ids"] == [experiment]


def test_artifacts_that_another_experiment_keeps_there_stay(server: Server) -> None:
    run = full_run(server, server.new_experiment())
    inside = f"mlflow-artifacts:/{server.artifact_path(run)}/sub"
    other = server.new_run(server.new_experiment(artifact_location=inside))
    server.put_artifact(f"{server.artifact_path(other)}/live.txt", b"live")
    server.post("runs/delete", run_id=run).ok()
    answer = purge(server, run_ids=[run])
    assert answer["run_ids"] == []
    assert "same folder" in answer["kept"][0]["reason"]
    assert files_of(server, server.artifact_path(other)) == ["live.txt"]
    # It was not begun, so it comes back whole.
    server.post("runs/restore", run_id=run).ok()
    assert len(files_of(server, server.artifact_path(run))) == 3


def test_what_a_registered_version_has_stays_until_the_version_goes(server: Server) -> None:
    experiment = server.new_experiment()
    run = full_run(server, experiment)
    model = full_model(server, experiment, run)
    name = server.new_registered_model()
    of_run = server.new_version(name, f"runs:/{run}/sub", run_id=run)
    of_model = server.new_version(name, f"models:/{model}", model_id=model)
    server.post("experiments/delete", experiment_id=experiment).ok()
    # The lists of the trash say it before.
    for kind, version in (("runs", of_run), ("logged-models", of_model)):
        (one,) = server.request("GET", f"{NATIVE}trash/{kind}", query={"experiment_id": experiment}).ok()[
            kind.removeprefix("logged-")
        ]
        assert one["versions"] == [f"{name}/{version}"]
    answer = purge(server, experiment_ids=[experiment])
    assert (answer["run_ids"], answer["model_ids"], answer["experiment_ids"]) == ([], [], [])
    reasons = {one["id"]: one["reason"] for one in answer["kept"]}
    assert name in reasons[run]
    assert f"version {of_run} " in reasons[run]
    assert f"version {of_model} " in reasons[model]
    # It was not begun, so it comes back whole.
    server.post("experiments/restore", experiment_id=experiment).ok()
    assert len(files_of(server, server.artifact_path(run))) == 2
    server.post("experiments/delete", experiment_id=experiment).ok()
    for version in (of_run, of_model):
        server.ask("DELETE", "model-versions/delete", name=name, version=version).ok()
    assert purge(server, experiment_ids=[experiment])["kept"] == []


def test_a_run_goes_whose_files_no_version_has(server: Server) -> None:
    experiment = server.new_experiment()
    run = full_run(server, experiment)
    model = full_model(server, experiment, run)
    name = server.new_registered_model()
    server.new_version(name, f"models:/{model}", model_id=model, run_id=run)
    version = server.new_version(name, run_id=run)
    server.post("runs/delete", run_id=run).ok()
    (listed,) = server.request("GET", f"{NATIVE}trash/runs", query={"experiment_id": experiment}).ok()["runs"]
    assert listed["versions"] == []
    assert purge(server, run_ids=[run])["run_ids"] == [run]
    assert server.version(name, version)["run_id"] == run
    assert len(files_of(server, f"{experiment}/models/{model}/artifacts")) == 2


def test_artifacts_beyond_the_server_s_own_folders_are_not_touched(server: Server) -> None:
    elsewhere = server.folder / "elsewhere"
    run = server.new_run(server.new_experiment(artifact_location=str(elsewhere)))
    place = elsewhere / run / "artifacts"
    place.mkdir(parents=True)
    (place / "a.txt").write_text("a")
    server.post("runs/delete", run_id=run).ok()
    answer = purge(server, run_ids=[run])
    assert answer["run_ids"] == []
    assert "does not open" in answer["kept"][0]["reason"]
    assert (place / "a.txt").exists()


def test_nothing_comes_to_a_run_that_is_gone(server: Server) -> None:
    run = full_run(server, server.new_experiment())
    path = server.artifact_path(run)
    server.post("runs/delete", run_id=run).ok()
    purge(server, run_ids=[run])
    server.request("PUT", f"{PROXY}/{path}/late.txt", body=b"late").refused(MISSING, run)
    assert files_of(server, path) == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, ["run_ids"]),
        ({"run_ids": ["../x"]}, ["run_ids"]),
        ({"experiment_ids": ["x"]}, ["experiment"]),
        ({"run_ids": ["a"] * 1_001}, ["run_ids", "1000"]),
        ({"experiment_ids": ["1"] * 101}, ["experiment_ids", "100"]),
        ({"run_ids": "x"}, ["run_ids"]),
        ({"model_ids": ["../x"]}, ["model_ids"]),
        ({"model_ids": ["m-1"] * 1_001}, ["model_ids", "1000"]),
    ],
)
def test_what_is_not_valid_is_refused(server: Server, fields: dict[str, object], words: list[str]) -> None:
    server.native("trash/purge", fields).refused(INVALID, *words)


def test_a_body_that_is_no_json_is_refused(server: Server) -> None:
    server.request("POST", f"{NATIVE}trash/purge", body=b"{}", headers={"Content-Type": "text/plain"}).rejected()
