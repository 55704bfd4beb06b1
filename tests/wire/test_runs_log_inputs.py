"""POST /api/2.0/mlflow/runs/log-inputs."""

from __future__ import annotations

from typing import Any

import mlflow
import pytest
from mlflow.entities import Dataset, DatasetInput, InputTag

from tests.wire.server import INVALID, MISSING, Json, Server, pairs

ENDPOINT = "runs/log-inputs"
DATASET: Json = {
    "name": "wine",
    "digest": "0123abcd",
    "source_type": "local",
    "source": '{"uri": "wine.csv"}',
    "schema": '{"mlflow_colspec": []}',
    "profile": '{"num_rows": 178}',
}


def inputs(server: Server, run: str) -> list[Json]:
    return list(server.run(run)["inputs"].get("dataset_inputs", []))


def test_the_client_logs_a_dataset(server: Server, client: mlflow.MlflowClient, run: str) -> None:
    dataset = Dataset(**DATASET)
    client.log_inputs(run, [DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])])
    assert server.run(run)["inputs"] == {
        "dataset_inputs": [{"tags": [{"key": "mlflow.data.context", "value": "training"}], "dataset": DATASET}]
    }
    found = client.get_run(run).inputs.dataset_inputs
    assert [(one.dataset.name, one.dataset.digest, one.tags[0].value) for one in found] == [
        ("wine", "0123abcd", "training")
    ]


def test_schema_and_profile_may_be_absent_and_tags_too(server: Server, run: str) -> None:
    dataset = {name: DATASET[name] for name in ("name", "digest", "source_type", "source")}
    assert server.post(ENDPOINT, run_id=run, datasets=[{"dataset": dataset}]).ok() == {}
    assert inputs(server, run) == [{"dataset": dataset}]


def test_several_datasets_at_once(server: Server, run: str) -> None:
    datasets: list[Json] = [
        {"dataset": {**DATASET, "digest": str(n)}, "tags": pairs(a=str(n), b="x")} for n in range(3)
    ]
    server.post(ENDPOINT, run_id=run, datasets=datasets).ok()
    found = sorted(inputs(server, run), key=lambda one: str(one["dataset"]["digest"]))
    assert [{**one, "tags": sorted(one["tags"], key=str)} for one in found] == datasets


def test_the_same_dataset_again_changes_nothing(server: Server, run: str) -> None:
    datasets = [{"dataset": DATASET, "tags": pairs(a="1")}]
    for _ in range(2):
        server.post(ENDPOINT, run_id=run, datasets=datasets).ok()
    assert inputs(server, run) == [{"tags": pairs(a="1"), "dataset": DATASET}]


def test_runs_of_one_experiment_share_a_dataset_and_have_their_own_tags(server: Server, experiment: str) -> None:
    first, second = server.new_run(experiment), server.new_run(experiment)
    server.post(ENDPOINT, run_id=first, datasets=[{"dataset": DATASET, "tags": pairs(a="1")}]).ok()
    other = {**DATASET, "source": "elsewhere"}
    server.post(ENDPOINT, run_id=second, datasets=[{"dataset": other, "tags": pairs(a="2")}]).ok()
    assert inputs(server, first) == [{"tags": pairs(a="1"), "dataset": DATASET}]
    # Name and digest say which dataset it is: the first description stays.
    assert inputs(server, second) == [{"tags": pairs(a="2"), "dataset": DATASET}]


def test_experiments_do_not_share_datasets(server: Server, run: str) -> None:
    server.post(ENDPOINT, run_id=run, datasets=[{"dataset": DATASET}]).ok()
    elsewhere = server.new_run(server.new_experiment())
    other = {**DATASET, "source": "elsewhere"}
    server.post(ENDPOINT, run_id=elsewhere, datasets=[{"dataset": other}]).ok()
    assert inputs(server, elsewhere) == [{"dataset": other}]


@pytest.mark.parametrize("fields", [{}, {"datasets": []}])
def test_no_dataset_is_no_mistake(server: Server, run: str, fields: Json) -> None:
    assert server.post(ENDPOINT, {"run_id": run, **fields}).ok() == {}
    assert server.run(run)["inputs"] == {}


def test_search_tells_the_datasets_too(server: Server, experiment: str, run: str) -> None:
    server.post(ENDPOINT, run_id=run, datasets=[{"dataset": DATASET, "tags": pairs(a="1")}]).ok()
    found = server.post("runs/search", experiment_ids=[experiment]).ok()["runs"]
    assert found[0]["inputs"] == {"dataset_inputs": [{"tags": pairs(a="1"), "dataset": DATASET}]}


def test_models_become_inputs_of_the_run_and_search_leaves_them_away(server: Server, experiment: str, run: str) -> None:
    model = "m-" + "1" * 32
    for _ in range(2):
        assert server.post(ENDPOINT, run_id=run, models=[{"model_id": model}]).ok() == {}
    assert server.run(run)["inputs"] == {"model_inputs": [{"model_id": model}]}
    server.post(ENDPOINT, run_id=run, datasets=[{"dataset": DATASET}]).ok()
    assert server.run(run)["inputs"] == {
        "dataset_inputs": [{"dataset": DATASET}],
        "model_inputs": [{"model_id": model}],
    }
    found = server.post("runs/search", experiment_ids=[experiment]).ok()["runs"]
    assert found[0]["inputs"] == {"dataset_inputs": [{"dataset": DATASET}]}


@pytest.mark.differs(reason="MLflow stores a model of no name, or answers 500")
@pytest.mark.parametrize("models", [[{}], [{"model_id": ""}], [{"model_id": 5}], [5], "x"])
def test_a_model_without_an_id_is_refused(server: Server, run: str, models: Any) -> None:
    server.post(ENDPOINT, run_id=run, datasets=[{"dataset": DATASET}], models=models).refused(INVALID, "models")
    assert server.run(run)["inputs"] == {}


def test_a_tag_without_a_value_is_empty(server: Server, run: str) -> None:
    server.post(ENDPOINT, run_id=run, datasets=[{"dataset": DATASET, "tags": [{"key": "k"}]}]).ok()
    assert inputs(server, run)[0]["tags"] == pairs(k="")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"run_id": None}, ["Missing value for required parameter 'run_id'"]),
        ({"run_id": ""}, ["Missing value for required parameter 'run_id'"]),
        ({"run_id": 5}, ["run_id"]),
        ({"datasets": "x"}, ["Invalid value", "datasets"]),
        ({"datasets": {"dataset": DATASET}}, ["datasets"]),
    ],
)
def test_bad_fields_are_refused(server: Server, run: str, fields: Json, words: list[str]) -> None:
    request: dict[str, Any] = {"run_id": run, "datasets": [{"dataset": DATASET}], **fields}
    request = {name: value for name, value in request.items() if value is not None}
    server.post(ENDPOINT, request).refused(INVALID, *words)
    assert inputs(server, run) == []


@pytest.mark.differs(reason="MLflow drops entries of the wrong type")
@pytest.mark.parametrize(
    "entry",
    [
        5,
        None,
        {"dataset": 5},
        {"dataset": {**DATASET, "name": 5}},
        {"dataset": {**DATASET, "source": {"uri": "x"}}},
        {"dataset": DATASET, "tags": "x"},
        {"dataset": DATASET, "tags": [{"key": "k", "value": 5}]},
    ],
)
def test_entries_of_the_wrong_type_are_refused(server: Server, run: str, entry: Any) -> None:
    good = {"dataset": {**DATASET, "digest": "good"}}
    server.post(ENDPOINT, run_id=run, datasets=[good, entry]).refused(INVALID, "datasets")
    assert inputs(server, run) == []


def test_an_unknown_run_is_not_found(server: Server) -> None:
    server.post(ENDPOINT, run_id="nope", datasets=[{"dataset": DATASET}]).refused(MISSING, "Run with id=nope not found")


@pytest.mark.differs(reason="MLflow forgets the other word for run_id here")
def test_run_uuid_is_another_word_for_run_id(server: Server, run: str) -> None:
    server.post(ENDPOINT, run_uuid=run, datasets=[{"dataset": DATASET}]).ok()
    assert inputs(server, run) == [{"dataset": DATASET}]
