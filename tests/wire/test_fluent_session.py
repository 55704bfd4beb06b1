"""A whole training script in the fluent API of the unmodified `mlflow` package, and all of it read back."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tests.wire.server import Server


@pytest.fixture(autouse=True)
def fluent(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The fluent API points at the server, with an experiment of its own, and is left as it was."""
    # MLflow writes the address into the environment, for processes that it starts.
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)
    monkeypatch.delenv("MLFLOW_RUN_ID", raising=False)
    monkeypatch.delenv("MLFLOW_EXPERIMENT_ID", raising=False)
    mlflow.set_tracking_uri(server.uri)
    mlflow.set_experiment(server.unique("fluent"))
    yield
    while mlflow.active_run():
        mlflow.end_run()
    mlflow.set_experiment(experiment_id="0")
    mlflow.set_tracking_uri(None)


# --- experiments ------------------------------------------------------------------------------------------------------


def test_set_experiment_makes_it_once(server: Server) -> None:
    name = server.unique("made")
    made = mlflow.set_experiment(name)
    again = mlflow.set_experiment(name)
    assert made.experiment_id == again.experiment_id
    assert (made.name, made.lifecycle_stage, made.artifact_location) == (
        name,
        "active",
        f"mlflow-artifacts:/{made.experiment_id}",
    )
    with mlflow.start_run() as run:
        assert run.info.experiment_id == made.experiment_id


def test_a_deleted_experiment_cannot_be_set(server: Server) -> None:
    name = server.unique("deleted")
    mlflow.delete_experiment(mlflow.create_experiment(name))
    with pytest.raises(mlflow.exceptions.MlflowException, match="deleted"):
        mlflow.set_experiment(name)


def test_experiments_are_tagged_searched_deleted_and_restored(server: Server) -> None:
    name = server.unique("tagged")
    made = mlflow.set_experiment(name)
    mlflow.set_experiment_tag("team", "red")
    mlflow.set_experiment_tags({"year": "2026", "empty": ""})
    found = mlflow.search_experiments(filter_string=f"tags.team = 'red' AND name = '{name}'")
    assert [one.experiment_id for one in found] == [made.experiment_id]
    assert found[0].tags == {"team": "red", "year": "2026", "empty": ""}
    mlflow.delete_experiment(made.experiment_id)
    assert mlflow.search_experiments(filter_string=f"name = '{name}'") == []
    assert mlflow.get_experiment(made.experiment_id).lifecycle_stage == "deleted"
    mlflow.MlflowClient().restore_experiment(made.experiment_id)
    assert mlflow.get_experiment_by_name(name).lifecycle_stage == "active"


# --- runs -------------------------------------------------------------------------------------------------------------


def test_a_training_run_with_everything() -> None:
    with mlflow.start_run(run_name="train", tags={"stage": "dev"}, description="A **test**.") as run:
        run_id = run.info.run_id
        mlflow.log_param("lr", 0.01)
        mlflow.log_params({"depth": 3, "name": "軌跡", "none": None})
        for epoch in range(5):
            mlflow.log_metric("loss", 1 / (epoch + 1), step=epoch)
        mlflow.log_metrics({"acc": 0.75, "bad": math.nan}, step=4)
        mlflow.set_tag("k", "v")
        mlflow.set_tags({"a": 1, "gone": "x"})
        mlflow.delete_tag("gone")
        assert mlflow.active_run().info.run_id == run_id
    assert mlflow.active_run() is None
    stored = mlflow.get_run(run_id)
    assert (stored.info.status, stored.info.run_name, stored.info.lifecycle_stage) == ("FINISHED", "train", "active")
    assert stored.info.start_time <= stored.info.end_time
    assert stored.data.params == {"lr": "0.01", "depth": "3", "name": "軌跡", "none": "None"}
    assert {key: value for key, value in stored.data.metrics.items() if key != "bad"} == {"loss": 0.2, "acc": 0.75}
    assert math.isnan(stored.data.metrics["bad"])
    tags = {key: value for key, value in stored.data.tags.items() if not key.startswith("mlflow.")}
    assert tags == {"stage": "dev", "k": "v", "a": "1"}
    assert stored.data.tags["mlflow.note.content"] == "A **test**."
    assert stored.data.tags["mlflow.runName"] == "train"
    assert stored.data.tags["mlflow.user"] == stored.info.user_id
    history = mlflow.MlflowClient().get_metric_history(run_id, "loss")
    assert [(point.step, point.value) for point in history] == [(n, 1 / (n + 1)) for n in range(5)]
    assert mlflow.last_active_run().info.run_id == run_id


def test_a_run_that_fails_says_so() -> None:
    with pytest.raises(RuntimeError, match="on purpose"), mlflow.start_run() as run:
        raise RuntimeError("on purpose")
    assert mlflow.get_run(run.info.run_id).info.status == "FAILED"


def test_a_run_is_ended_by_hand() -> None:
    run = mlflow.start_run()
    mlflow.end_run("KILLED")
    assert mlflow.get_run(run.info.run_id).info.status == "KILLED"


def test_nested_runs_know_their_parent() -> None:
    with mlflow.start_run(run_name="parent") as parent:
        with mlflow.start_run(nested=True, run_name="first") as first:
            mlflow.log_metric("m", 1)
        with mlflow.start_run(nested=True) as second:
            assert mlflow.active_run().info.run_id == second.info.run_id
        assert mlflow.active_run().info.run_id == parent.info.run_id
    with mlflow.start_run(parent_run_id=parent.info.run_id, run_name="later") as third:
        pass
    for child in (first, second, third):
        assert mlflow.get_run(child.info.run_id).data.tags["mlflow.parentRunId"] == parent.info.run_id
        assert mlflow.get_parent_run(child.info.run_id).info.run_id == parent.info.run_id
    assert mlflow.get_parent_run(parent.info.run_id) is None
    found = mlflow.search_runs(filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'", output_format="list")
    assert {run.info.run_id for run in found} == {run.info.run_id for run in (first, second, third)}


def test_a_run_is_resumed_by_its_id() -> None:
    with mlflow.start_run(run_name="once") as run:
        mlflow.log_metric("m", 1, step=1)
        mlflow.log_param("p", "1")
    with mlflow.start_run(run_id=run.info.run_id) as again:
        assert again.info.run_id == run.info.run_id
        assert mlflow.get_run(run.info.run_id).info.status == "RUNNING"
        mlflow.log_metric("m", 2, step=2)
        mlflow.log_param("p", "1")
        with pytest.raises(mlflow.exceptions.MlflowException, match="Changing param values"):
            mlflow.log_param("p", "2")
    stored = mlflow.get_run(run.info.run_id)
    assert (stored.info.status, stored.info.run_name) == ("FINISHED", "once")
    assert (stored.data.metrics, stored.data.params) == ({"m": 2.0}, {"p": "1"})


def test_metrics_are_logged_in_the_background() -> None:
    with mlflow.start_run() as run:
        for step in range(20):
            mlflow.log_metric("m", step, step=step, synchronous=False)
        mlflow.log_params({"a": 1}, synchronous=False)
        mlflow.set_tag("t", "x", synchronous=False)
        mlflow.flush_async_logging()
    client = mlflow.MlflowClient()
    assert [point.value for point in client.get_metric_history(run.info.run_id, "m")] == [float(n) for n in range(20)]
    stored = client.get_run(run.info.run_id)
    assert (stored.data.params["a"], stored.data.tags["t"]) == ("1", "x")


def test_runs_are_deleted_and_restored() -> None:
    with mlflow.start_run() as run:
        mlflow.log_metric("m", 1)
    mlflow.delete_run(run.info.run_id)
    assert mlflow.search_runs(output_format="list") == []
    with pytest.raises(mlflow.exceptions.MlflowException, match="deleted"):
        mlflow.start_run(run_id=run.info.run_id)
    client = mlflow.MlflowClient()
    client.restore_run(run.info.run_id)
    assert [one.info.run_id for one in mlflow.search_runs(output_format="list")] == [run.info.run_id]


def test_runs_are_searched_into_a_table() -> None:
    for number in range(4):
        with mlflow.start_run(run_name=f"r{number}"):
            mlflow.log_param("n", number)
            if number:
                mlflow.log_metric("m", number / 2)
            mlflow.set_tag("parity", "odd" if number % 2 else "even")
    table = mlflow.search_runs(filter_string="metrics.m > 0.5", order_by=["metrics.m DESC"])
    assert isinstance(table, pd.DataFrame)
    assert table["tags.mlflow.runName"].tolist() == ["r3", "r2"]
    assert table["metrics.m"].tolist() == [1.5, 1.0]
    assert table["params.n"].tolist() == ["3", "2"]
    assert table["status"].tolist() == ["FINISHED", "FINISHED"]
    everything = mlflow.search_runs(order_by=["attributes.run_name ASC"])
    assert everything["tags.parity"].tolist() == ["even", "odd", "even", "odd"]
    assert everything["metrics.m"].isna().tolist() == [True, False, False, False]
    limited = mlflow.search_runs(max_results=3, output_format="list")
    assert len(limited) == 3


# --- artifacts --------------------------------------------------------------------------------------------------------


def paths(run_id: str, folder: str | None = None) -> list[str]:
    return [one.path for one in mlflow.artifacts.list_artifacts(run_id=run_id, artifact_path=folder)]


def test_text_and_dictionaries() -> None:
    with mlflow.start_run() as run:
        mlflow.log_text("軌跡\nsecond line", "notes/a.txt")
        mlflow.log_dict({"a": [1, None, "é"]}, "config.json")
        mlflow.log_dict({"a": {"b": 1.5}}, "config.yaml")
    run_id = run.info.run_id
    assert paths(run_id) == ["config.json", "config.yaml", "notes"]
    assert paths(run_id, "notes") == ["notes/a.txt"]
    assert mlflow.artifacts.load_text(f"runs:/{run_id}/notes/a.txt") == "軌跡\nsecond line"
    assert mlflow.artifacts.load_text(run.info.artifact_uri + "/notes/a.txt") == "軌跡\nsecond line"
    assert mlflow.artifacts.load_dict(f"runs:/{run_id}/config.json") == {"a": [1, None, "é"]}
    text = mlflow.artifacts.load_text(f"runs:/{run_id}/config.yaml")
    assert "b: 1.5" in text


def test_files_and_folders(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "deep").mkdir(parents=True)
    (source / "a.bin").write_bytes(bytes(range(256)) * 1000)
    (source / "deep" / "b.txt").write_text("b")
    with mlflow.start_run() as run:
        mlflow.log_artifact(str(source / "a.bin"))
        mlflow.log_artifacts(str(source), artifact_path="all")
        assert mlflow.get_artifact_uri("all") == f"{run.info.artifact_uri}/all"
    run_id = run.info.run_id
    assert paths(run_id) == ["a.bin", "all"]
    target = tmp_path / "target"
    target.mkdir()
    one = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="a.bin", dst_path=str(target))
    assert Path(one).read_bytes() == bytes(range(256)) * 1000
    folder = Path(mlflow.artifacts.download_artifacts(f"runs:/{run_id}/all", dst_path=str(target)))
    assert (folder / "a.bin").read_bytes() == bytes(range(256)) * 1000
    assert (folder / "deep" / "b.txt").read_text() == "b"
    with pytest.raises(mlflow.exceptions.MlflowException):
        mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="nothing")


def test_figures() -> None:
    from matplotlib.figure import Figure

    figure = Figure()
    figure.subplots().plot([1, 3, 2])
    with mlflow.start_run() as run:
        mlflow.log_figure(figure, "plots/line.png")
    image = mlflow.artifacts.load_image(f"runs:/{run.info.run_id}/plots/line.png")
    assert image.format == "PNG"
    assert image.size == (640, 480)


def test_images_as_files_and_by_step() -> None:
    red = np.zeros((8, 4, 3), dtype=np.uint8)
    red[..., 0] = 255
    with mlflow.start_run() as run:
        mlflow.log_image(red, "red.png")
        for step in (0, 5):
            mlflow.log_image(Image.new("RGB", (3, 2), "blue"), key="sample", step=step, synchronous=True)
    loaded = mlflow.artifacts.load_image(f"runs:/{run.info.run_id}/red.png")
    assert (np.asarray(loaded.convert("RGB")) == red).all()
    names = [path for path in paths(run.info.run_id, "images") if path.endswith(".png")]
    assert len(names) == 2
    assert sorted(name.split("+")[2] if "+" in name else name.split("%")[4] for name in names) == ["0", "5"]
    local = Path(mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path=names[0]))
    with Image.open(io.BytesIO(local.read_bytes())) as image:
        assert image.size == (3, 2)
    assert mlflow.get_run(run.info.run_id).data.tags["mlflow.loggedImages"] == "True"


def test_tables_grow_and_are_loaded() -> None:
    with mlflow.start_run() as run:
        mlflow.log_table({"question": ["a", "b"], "score": [1, 2]}, "eval/table.json")
        mlflow.log_table(pd.DataFrame({"question": ["c"], "score": [3]}), "eval/table.json")
    table = mlflow.load_table("eval/table.json", run_ids=[run.info.run_id], extra_columns=["run_id"])
    assert table.to_dict("list") == {
        "question": ["a", "b", "c"],
        "score": [1, 2, 3],
        "run_id": [run.info.run_id] * 3,
    }
    assert mlflow.load_table("eval/table.json")["question"].tolist() == ["a", "b", "c"]
    logged = json.loads(mlflow.get_run(run.info.run_id).data.tags["mlflow.loggedArtifacts"])
    assert logged == [{"path": "eval/table.json", "type": "table"}]


# --- datasets ---------------------------------------------------------------------------------------------------------


def test_datasets_of_a_run() -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0], "y": ["a", "b"]})
    dataset: Any = mlflow.data.from_pandas(frame, source="train.csv", name="wine", targets="y")
    with mlflow.start_run() as run:
        mlflow.log_input(dataset, context="training", tags={"version": "1"})
        mlflow.log_inputs(
            datasets=[mlflow.data.from_numpy(np.arange(3.0), name="numbers")], contexts=["eval"], tags_list=[None]
        )
    inputs = {one.dataset.name: one for one in mlflow.get_run(run.info.run_id).inputs.dataset_inputs}
    wine, numbers = inputs["wine"], inputs["numbers"]
    assert {tag.key: tag.value for tag in wine.tags} == {"mlflow.data.context": "training", "version": "1"}
    assert {tag.key: tag.value for tag in numbers.tags} == {"mlflow.data.context": "eval"}
    assert wine.dataset.digest == dataset.digest
    assert json.loads(wine.dataset.profile) == {"num_rows": 2, "num_elements": 4}
    assert [column["name"] for column in json.loads(wine.dataset.schema)["mlflow_colspec"]] == ["x", "y"]
    assert "train.csv" in wine.dataset.source
    found = mlflow.search_runs(filter_string="dataset.name = 'wine' AND dataset.context = 'training'")
    assert found["run_id"].tolist() == [run.info.run_id]
