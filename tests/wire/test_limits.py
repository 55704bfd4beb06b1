"""Every limit, at it and one beyond it. What is refused is not stored, and nothing is ever cut."""

from __future__ import annotations

from typing import Any

import mlflow
import pytest

from tests.wire.server import AJAX, INVALID, Json, Server, metric, pairs

KEY = 250
EXPERIMENT_NAME = 500
EXPERIMENT_TAG = 20_000
LOCATION = 2048
VALUE = 65_536


# --- experiments ------------------------------------------------------------------------------------------------------


def test_the_name_of_an_experiment(server: Server, experiment: str) -> None:
    longest = server.unique("x" * EXPERIMENT_NAME)[-EXPERIMENT_NAME:]
    created = server.new_experiment(name=longest)
    assert server.experiment(created)["name"] == longest
    server.post("experiments/create", name=longest + "x").refused(INVALID, "name", "500")
    renamed = server.unique("y" * EXPERIMENT_NAME)[-EXPERIMENT_NAME:]
    server.post("experiments/update", experiment_id=experiment, new_name=renamed).ok()
    assert server.experiment(experiment)["name"] == renamed
    server.post("experiments/update", experiment_id=experiment, new_name=renamed + "x").refused(INVALID, "name", "500")
    assert server.experiment(experiment)["name"] == renamed


def test_the_name_of_an_experiment_counts_characters(server: Server) -> None:
    longest = server.unique("軌" * EXPERIMENT_NAME)[-EXPERIMENT_NAME:]
    assert server.experiment(server.new_experiment(name=longest))["name"] == longest


@pytest.mark.parametrize("endpoint", ["experiments/create", "experiments/set-experiment-tag"])
def test_the_key_of_an_experiments_tag(server: Server, experiment: str, endpoint: str) -> None:
    def store(key: str) -> Any:
        if endpoint == "experiments/create":
            return server.post(endpoint, name=server.unique("key"), tags=[{"key": key, "value": "v"}])
        return server.post(endpoint, experiment_id=experiment, key=key, value="v")

    store("k" * KEY).ok()
    store("k" * (KEY + 1)).refused(INVALID, "key", "250")


@pytest.mark.parametrize("endpoint", ["experiments/create", "experiments/set-experiment-tag"])
def test_the_value_of_an_experiments_tag(server: Server, experiment: str, endpoint: str) -> None:
    def store(value: str) -> Any:
        if endpoint == "experiments/create":
            return server.post(endpoint, name=server.unique("value"), tags=[{"key": "k", "value": value}])
        return server.post(endpoint, experiment_id=experiment, key="k", value=value)

    # MLflow takes 20,000 characters; kiseki takes as much as in the tags of runs.
    limit = EXPERIMENT_TAG if server.is_reference else VALUE
    for size in (EXPERIMENT_TAG, limit):
        created = store("v" * size).ok().get("experiment_id", experiment)
        assert server.experiment(created)["tags"] == [{"key": "k", "value": "v" * size}]
    store("w" * (limit + 1)).refused(INVALID, "value", str(limit))
    assert server.experiment(experiment).get("tags", []) in ([], [{"key": "k", "value": "v" * limit}])


def test_the_location_of_artifacts(server: Server) -> None:
    longest = "s3://bucket/" + "x" * (LOCATION - 12)
    assert server.experiment(server.new_experiment(artifact_location=longest))["artifact_location"] == longest
    name = server.unique("location")
    server.post("experiments/create", name=name, artifact_location=longest + "x").refused(INVALID, "artifact", "2048")
    assert server.get("experiments/get-by-name", experiment_name=name).status == 404


def test_fifty_custom_views_of_an_experiment(server: Server, experiment: str) -> None:
    def view(number: int, value: str = "x") -> Any:
        return server.post(
            "experiments/set-experiment-tag",
            experiment_id=experiment,
            key=f"mlflow.customView.view.v1.{number}",
            value=value,
        )

    for number in range(50):
        view(number).ok()
    view(50).refused(INVALID, "50", "custom view")
    view(0, "changed").ok()
    server.post("experiments/set-experiment-tag", experiment_id=experiment, key="other", value="v").ok()
    assert len(server.experiment(experiment)["tags"]) == 51


@pytest.mark.parametrize(("number", "good"), [(50_000, True), (50_001, False)])
def test_max_results_of_searches(server: Server, experiment: str, number: int, good: bool) -> None:
    for answer in (
        server.post("experiments/search", max_results=number, filter=f"experiment_id = '{experiment}'"),
        server.post("runs/search", experiment_ids=[experiment], max_results=number),
    ):
        if good:
            answer.ok()
        else:
            answer.refused(INVALID, "max_results", str(number))


# --- keys of runs -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("endpoint", "fields"),
    [
        ("log-metric", metric("KEY")),
        ("log-parameter", {"key": "KEY", "value": "v"}),
        ("set-tag", {"key": "KEY", "value": "v"}),
        ("log-batch", {"metrics": [metric("KEY")]}),
        ("log-batch", {"params": [{"key": "KEY", "value": "v"}]}),
        ("log-batch", {"tags": [{"key": "KEY", "value": "v"}]}),
    ],
)
@pytest.mark.parametrize("letter", ["k", "軌"])
def test_keys(server: Server, run: str, endpoint: str, fields: Json, letter: str) -> None:
    def store(key: str) -> Any:
        def filled(value: Any) -> Any:
            if isinstance(value, list):
                return [{name: filled(one) for name, one in entry.items()} for entry in value]
            return key if value == "KEY" else value

        return server.post(f"runs/{endpoint}", {"run_id": run, **{name: filled(one) for name, one in fields.items()}})

    store(letter * KEY).ok()
    store(letter * (KEY + 1)).refused(INVALID, "exceeds", "250")
    stored = {*server.metrics(run), *server.params(run), *server.tags(run)}
    assert stored == {letter * KEY}


# --- values of params and tags ----------------------------------------------------------------------------------------

VALUES = [
    ("log-parameter", lambda value: {"key": "k", "value": value}),
    ("log-batch", lambda value: {"params": pairs(k=value)}),
    ("set-tag", lambda value: {"key": "k", "value": value}),
    ("log-batch", lambda value: {"tags": pairs(k=value)}),
]


@pytest.mark.differs(reason="MLflow cuts params at 6,000 characters and tags at 8,000, and says nothing")
@pytest.mark.parametrize(("endpoint", "fields"), VALUES, ids=["param", "params", "tag", "tags"])
@pytest.mark.parametrize("value", ["x" * 6001, "x" * 8001, "x" * VALUE, "é" * (VALUE // 2), "😀" * (VALUE // 4)])
def test_values_are_stored_whole(server: Server, run: str, endpoint: str, fields: Any, value: str) -> None:
    server.post(f"runs/{endpoint}", {"run_id": run, **fields(value)}).ok()
    assert {**server.params(run), **server.tags(run)} == {"k": value}


@pytest.mark.differs(reason="MLflow cuts params at 6,000 characters and tags at 8,000, and says nothing")
@pytest.mark.parametrize(("endpoint", "fields"), VALUES, ids=["param", "params", "tag", "tags"])
@pytest.mark.parametrize("value", ["x" * (VALUE + 1), "é" * (VALUE // 2) + "x", "😀" * (VALUE // 4) + "x"])
def test_longer_values_are_refused(server: Server, run: str, endpoint: str, fields: Any, value: str) -> None:
    server.post(f"runs/{endpoint}", {"run_id": run, **fields(value)}).refused(INVALID, "value", "65536")
    assert {**server.params(run), **server.tags(run)} == {}


@pytest.mark.differs(reason="MLflow cuts tags at 8,000 characters, and says nothing")
def test_values_of_tags_given_with_a_new_run(server: Server, experiment: str) -> None:
    value = "x" * VALUE
    assert server.tags(server.new_run(experiment, tags=pairs(k=value))) == {"k": value}
    server.post("runs/create", experiment_id=experiment, tags=pairs(k=value + "x")).refused(INVALID, "value", "65536")
    assert len(server.post("runs/search", experiment_ids=[experiment]).ok()["runs"]) == 1


@pytest.mark.differs(reason="MLflow's client and server cut what is longer")
def test_the_client_logs_long_values_whole(server: Server, client: mlflow.MlflowClient, run: str) -> None:
    value = "軌" * 20_000
    client.log_param(run, "p", value)
    client.set_tag(run, "t", value)
    assert (server.params(run), server.tags(run)) == ({"p": value}, {"t": value})


# --- batches ----------------------------------------------------------------------------------------------------------


def batch(metrics: int = 0, params: int = 0, tags: int = 0) -> Json:
    return {
        "metrics": [metric(f"m{n}") for n in range(metrics)],
        "params": [{"key": f"p{n}", "value": "v"} for n in range(params)],
        "tags": [{"key": f"t{n}", "value": "v"} for n in range(tags)],
    }


@pytest.mark.parametrize(
    "counts", [{"metrics": 1000}, {"params": 100}, {"tags": 100}, {"metrics": 800, "params": 100, "tags": 100}]
)
def test_the_largest_batches(server: Server, run: str, counts: dict[str, int]) -> None:
    assert server.post("runs/log-batch", {"run_id": run, **batch(**counts)}).ok() == {}
    stored = {"metrics": server.metrics(run), "params": server.params(run), "tags": server.tags(run)}
    assert {kind: len(entries) for kind, entries in stored.items()} == {"metrics": 0, "params": 0, "tags": 0, **counts}


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"metrics": 1001}, ["at most 1000 metrics", "Got 1001"]),
        ({"params": 101}, ["at most 100 params", "Got 101"]),
        ({"tags": 101}, ["at most 100 tags", "Got 101"]),
        ({"metrics": 999, "params": 1, "tags": 1}, ["at most 1000 metrics, params, and tags", "Got 1001"]),
    ],
)
def test_larger_batches_are_refused(server: Server, run: str, counts: dict[str, int], words: list[str]) -> None:
    server.post("runs/log-batch", {"run_id": run, **batch(**counts)}).refused(INVALID, *words)
    assert (server.metrics(run), server.params(run), server.tags(run)) == ({}, {}, {})


def test_the_client_splits_what_is_too_much(
    server: Server, client: mlflow.MlflowClient, experiment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)
    mlflow.set_tracking_uri(server.uri)
    try:
        with mlflow.start_run(experiment_id=experiment) as active:
            mlflow.log_params({f"p{n}": n for n in range(250)})
    finally:
        mlflow.set_tracking_uri(None)
    assert client.get_run(active.info.run_id).data.params == {f"p{n}": str(n) for n in range(250)}


# --- datasets ---------------------------------------------------------------------------------------------------------

DATASET: Json = {"name": "n", "digest": "d", "source_type": "t", "source": "s", "schema": "{}", "profile": "{}"}


@pytest.mark.parametrize(("field", "limit"), [("name", 500), ("digest", 36), ("source", 65_535), ("schema", 1_048_575)])
def test_the_fields_of_a_dataset(server: Server, run: str, field: str, limit: int) -> None:
    def store(value: str) -> Any:
        return server.post("runs/log-inputs", run_id=run, datasets=[{"dataset": {**DATASET, field: value}}])

    store("x" * (limit + 1)).refused(INVALID, field, str(limit))
    assert server.run(run)["inputs"] == {}
    store("x" * limit).ok()
    assert server.run(run)["inputs"]["dataset_inputs"][0]["dataset"] == {**DATASET, field: "x" * limit}


@pytest.mark.parametrize(("field", "limit"), [("key", 255), ("value", 500)])
def test_the_tags_of_a_dataset(server: Server, run: str, field: str, limit: int) -> None:
    def store(text: str) -> Any:
        tag = {"key": "k", "value": "v", field: text}
        return server.post("runs/log-inputs", run_id=run, datasets=[{"dataset": DATASET, "tags": [tag]}])

    store("x" * (limit + 1)).refused(INVALID, field, str(limit))
    assert server.run(run)["inputs"] == {}
    store("x" * limit).ok()
    assert server.run(run)["inputs"]["dataset_inputs"][0]["tags"][0][field] == "x" * limit


def test_twenty_experiments_of_datasets(server: Server, experiment: str) -> None:
    def ask(count: int) -> Any:
        ids = [experiment, *(str(10**6 + n) for n in range(count - 1))]
        return server.request("POST", AJAX + "experiments/search-datasets", json={"experiment_ids": ids})

    assert ask(20).ok() == {}
    ask(21).refused(INVALID, "20", "21")


# --- histories --------------------------------------------------------------------------------------------------------


def test_one_hundred_runs_of_histories(server: Server, run: str) -> None:
    server.post("runs/log-metric", {"run_id": run, **metric("m")}).ok()
    for path, name in (
        (AJAX + "metrics/get-history-bulk", "run_id"),
        ("/api/2.0/mlflow/metrics/get-history-bulk-interval", "run_ids"),
    ):
        for count in (100, 101):
            ids = [run, *(f"{n:032x}" for n in range(count - 1))]
            answer = server.request("GET", path, query={name: ids, "metric_key": "m"})
            if count == 100:
                assert [one["run_id"] for one in answer.ok()["metrics"]] == [run]
            else:
                answer.refused(INVALID, "100", "101")


@pytest.mark.parametrize(("number", "good"), [(1, True), (2500, True), (0, False), (2501, False)])
def test_max_results_of_an_interval(server: Server, run: str, number: int, good: bool) -> None:
    answer = server.get("metrics/get-history-bulk-interval", run_ids=run, metric_key="m", max_results=number)
    if good:
        assert answer.ok() == {}
    else:
        answer.refused(INVALID, "max_results", "2500")


@pytest.mark.parametrize(("timestamp", "good"), [(0, True), (2**63 - 1, True), (-1, False)])
def test_timestamps(server: Server, run: str, timestamp: int, good: bool) -> None:
    answer = server.post("runs/log-metric", {"run_id": run, **metric("m", timestamp=timestamp)})
    if good:
        assert answer.ok() == {}
        assert server.metrics(run)["m"]["timestamp"] == timestamp
    else:
        answer.refused(INVALID, "timestamp")
        assert server.metrics(run) == {}


@pytest.mark.parametrize("step", [-(2**63), -1, 0, 2**63 - 1])
def test_steps(server: Server, run: str, step: int) -> None:
    server.post("runs/log-metric", {"run_id": run, **metric("m", step=step)}).ok()
    assert server.metrics(run)["m"]["step"] == step
    assert [one["step"] for one in server.history(run, "m")] == [step]
