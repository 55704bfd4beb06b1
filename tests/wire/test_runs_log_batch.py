"""POST /api/2.0/mlflow/runs/log-batch."""

from __future__ import annotations

import math
from typing import Any

import mlflow
import pytest
from mlflow.entities import Metric, Param, RunTag

from tests.wire.server import INVALID, MISSING, Json, Server, metric, pairs

ENDPOINT = "runs/log-batch"


def test_the_client_logs_everything_at_once(server: Server, client: mlflow.MlflowClient, run: str) -> None:
    client.log_batch(
        run,
        metrics=[Metric("m", 1.0, 10, 0), Metric("m", 2.0, 20, 1), Metric("n", math.nan, 5, -1)],
        params=[Param("p", "1"), Param("q", "")],
        tags=[RunTag("t", "x"), RunTag("u", "")],
    )
    name = server.run(run)["info"]["run_name"]
    assert server.run(run)["data"] == {
        "metrics": [metric("m", 2.0, 20, 1), metric("n", "NaN", 5, -1)],
        "params": [{"key": "p", "value": "1"}, {"key": "q", "value": ""}],
        "tags": [
            {"key": "mlflow.runName", "value": name},
            {"key": "t", "value": "x"},
            {"key": "u", "value": ""},
        ],
    }
    assert server.history(run, "m") == [metric("m", 1.0, 10, 0), metric("m", 2.0, 20, 1)]


@pytest.mark.parametrize(
    "fields", [{}, {"metrics": []}, {"params": []}, {"tags": []}, {"metrics": [], "params": [], "tags": []}]
)
def test_a_batch_of_nothing_is_no_mistake(server: Server, run: str, fields: Json) -> None:
    before = server.run(run)
    assert server.post(ENDPOINT, {"run_id": run, **fields}).ok() == {}
    assert server.run(run) == before


def test_each_kind_on_its_own(server: Server, run: str) -> None:
    server.post(ENDPOINT, run_id=run, metrics=[metric("m", 2.5)]).ok()
    server.post(ENDPOINT, run_id=run, params=pairs(p="1")).ok()
    server.post(ENDPOINT, run_id=run, tags=pairs(t="x")).ok()
    assert server.metrics(run) == {"m": metric("m", 2.5)}
    assert (server.params(run), server.tags(run)) == ({"p": "1"}, {"t": "x"})


def test_values_may_be_absent_and_steps_too(server: Server, run: str) -> None:
    point = {"key": "m", "value": 2.5, "timestamp": 3}
    server.post(ENDPOINT, run_id=run, metrics=[point], params=[{"key": "p"}], tags=[{"key": "t"}]).ok()
    assert server.metrics(run) == {"m": {**point, "step": 0}}
    assert (server.params(run), server.tags(run)) == ({"p": ""}, {"t": ""})


def test_numbers_may_be_sent_as_text(server: Server, run: str) -> None:
    server.post(ENDPOINT, run_id=run, metrics=[metric("m", "1.5", "2", "3")]).ok()
    assert server.metrics(run) == {"m": metric("m", 1.5, 2, 3)}


def test_the_latest_does_not_depend_on_the_order_in_the_batch(server: Server, run: str) -> None:
    points = [metric("m", 3.0, 5, 2), metric("m", 9.0, 50, 1), metric("m", 1.0, 5, 2), metric("m", 2.0, 4, 2)]
    server.post(ENDPOINT, run_id=run, metrics=points).ok()
    assert server.metrics(run) == {"m": metric("m", 3.0, 5, 2)}
    assert len(server.history(run, "m")) == 4


def test_the_same_point_twice_is_one(server: Server, run: str) -> None:
    server.post(ENDPOINT, run_id=run, metrics=[metric("m", 2.5), metric("m", 2.5)]).ok()
    server.post(ENDPOINT, run_id=run, metrics=[metric("m", 2.5), metric("m", 3.5, 1, 1)]).ok()
    assert server.history(run, "m") == [metric("m", 2.5), metric("m", 3.5, 1, 1)]


def test_the_last_of_two_equal_tags_wins(server: Server, run: str) -> None:
    server.post(ENDPOINT, run_id=run, tags=[*pairs(t="1"), *pairs(t="2")]).ok()
    assert server.tags(run) == {"t": "2"}
    server.post(ENDPOINT, run_id=run, tags=pairs(t="3")).ok()
    assert server.tags(run) == {"t": "3"}


def test_the_tag_of_the_name_renames_the_run(server: Server, run: str) -> None:
    server.post(ENDPOINT, run_id=run, tags=[{"key": "mlflow.runName", "value": "renamed"}]).ok()
    assert server.run(run)["info"]["run_name"] == "renamed"


@pytest.mark.differs(reason="MLflow turns the infinite into the largest finite number")
def test_the_infinite_comes_back(server: Server, run: str) -> None:
    values = {"a": "Infinity", "b": "-Infinity", "c": "NaN"}
    server.post(ENDPOINT, run_id=run, metrics=[metric(key, value) for key, value in values.items()]).ok()
    assert {key: one["value"] for key, one in server.metrics(run).items()} == values
    assert {key: server.history(run, key)[0]["value"] for key in values} == values


# --- params are written once ------------------------------------------------------------------------------------------


def test_the_same_param_again_is_no_mistake(server: Server, run: str) -> None:
    server.post(ENDPOINT, run_id=run, params=pairs(p="1")).ok()
    server.post(ENDPOINT, run_id=run, params=pairs(p="1", q="2")).ok()
    assert server.params(run) == {"p": "1", "q": "2"}


def test_changed_params_are_refused_together(server: Server, run: str) -> None:
    server.post(ENDPOINT, run_id=run, params=pairs(a="1", b="2", c="3")).ok()
    server.post(ENDPOINT, run_id=run, params=pairs(a="x", b="y", c="3", d="4")).refused(
        INVALID,
        "Changing param values is not allowed.",
        "'key': 'a', 'old_value': '1', 'new_value': 'x'",
        "'key': 'b', 'old_value': '2', 'new_value': 'y'",
        f"for run ID='{run}'",
    )
    assert server.params(run) == {"a": "1", "b": "2", "c": "3"}


@pytest.mark.parametrize("value", ["1", "2"])
def test_a_param_twice_in_one_batch_is_refused(server: Server, run: str, value: str) -> None:
    server.post(ENDPOINT, run_id=run, params=[*pairs(p="1"), *pairs(p=value)]).refused(
        INVALID, "Duplicate parameter keys", "'p'"
    )
    assert server.params(run) == {}


# --- mistakes ---------------------------------------------------------------------------------------------------------

GOOD: Json = {"metrics": [metric("good")], "params": pairs(good="1"), "tags": pairs(good="1")}


def refuse(server: Server, run: str, bad: Json, *words: str) -> None:
    """Sends a batch of which one part is bad; it must be refused, and nothing of it stored."""
    batch = {name: [*entries, *bad.get(name, [])] for name, entries in GOOD.items()}
    before = server.run(run)
    server.post(ENDPOINT, {"run_id": run, **batch}).refused(INVALID, *words)
    assert server.run(run) == before
    assert server.history(run, "good") == []


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"metrics": [{"value": 1, "timestamp": 1}]}, ["Missing value", "'metrics[1].key'"]),
        ({"metrics": [{"key": "", "value": 1, "timestamp": 1}]}, ["Missing value", "'metrics[1].key'"]),
        ({"metrics": [{"key": "m", "timestamp": 1}]}, ["Missing value", "'metrics[1].value'"]),
        ({"metrics": [metric("m", None)]}, ["metrics[1].value"]),
        ({"metrics": [{"key": "m", "value": 1}]}, ["Missing value", "'metrics[1].timestamp'"]),
        ({"metrics": [metric("m", timestamp=-1)]}, ["Invalid value -1", "metrics[1].timestamp", "nonnegative"]),
        ({"metrics": [metric("a$")]}, ["a$", "metrics[1]", "Names may only contain"]),
        ({"metrics": [metric("a/../b")]}, ["metrics[1]", "must not resolve to other names"]),
        ({"params": [{"value": "1"}]}, ["Missing value", "'params[1].key'"]),
        ({"params": [{"key": "", "value": "1"}]}, ["Missing value", "'params[1].key'"]),
        ({"params": [{"key": "a$", "value": "1"}]}, ["a$", "params[1].key", "Names may only contain"]),
        ({"tags": [{"value": "1"}]}, ["Missing value", "'tags[1].key'"]),
        ({"tags": [{"key": "", "value": "1"}]}, ["Missing value", "'tags[1].key'"]),
        ({"tags": [{"key": "a$", "value": "1"}]}, ["a$", "tags[1].key", "Names may only contain"]),
    ],
)
def test_one_bad_entry_is_named_and_nothing_is_stored(server: Server, run: str, bad: Json, words: list[str]) -> None:
    refuse(server, run, bad, *words)


@pytest.mark.differs(reason="MLflow stores 0 or nothing for what it cannot read, or answers 500")
@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"metrics": [metric("m", "x")]}, ["metrics", "value"]),
        ({"metrics": [metric("m", [1])]}, ["metrics", "value"]),
        ({"metrics": [metric("m", timestamp=1.5)]}, ["metrics", "timestamp"]),
        ({"metrics": [metric("m", timestamp=2**63)]}, ["metrics", "timestamp"]),
        ({"metrics": [metric("m", step=1.5)]}, ["metrics", "step"]),
        ({"metrics": [metric("m", step=2**63)]}, ["metrics", "step"]),
        ({"metrics": [{**metric("m"), "key": 5}]}, ["metrics", "key"]),
        ({"metrics": [5]}, ["metrics"]),
        ({"metrics": [None]}, ["metrics"]),
        ({"params": [{"key": "p", "value": 5}]}, ["params", "value"]),
        ({"params": [None]}, ["params"]),
        ({"params": ["p"]}, ["params"]),
        ({"tags": [{"key": "t", "value": 5}]}, ["tags", "value"]),
        ({"tags": [[]]}, ["tags"]),
    ],
)
def test_an_entry_of_the_wrong_type_is_refused_and_nothing_is_stored(
    server: Server, run: str, bad: Json, words: list[str]
) -> None:
    refuse(server, run, bad, *words)


def test_points_of_logged_models_in_one_batch(server: Server, client: mlflow.MlflowClient, experiment: str) -> None:
    run = server.new_run(experiment)
    models = [server.new_model(experiment) for _ in range(3)]
    client.log_batch(
        run,
        metrics=[
            Metric("m", 1.0, 1, 0, model_id=models[0]),
            Metric("m", 2.0, 2, 1, model_id=models[1], dataset_name="d", dataset_digest="1"),
            Metric("m", 3.0, 3, 2, model_id=models[0]),
            Metric("n", 4.0, 3, 2),
        ],
    )
    metrics = [server.model(model_id)["data"].get("metrics", []) for model_id in models]
    found = [[(one["key"], one["value"]) for one in of_model] for of_model in metrics]
    assert found == [[("m", 1.0), ("m", 3.0)], [("m", 2.0)], []]
    assert len(server.history(run, "m")) == 3


@pytest.mark.differs(reason="MLflow has stored the params and metrics by then")
@pytest.mark.parametrize(
    "bad",
    [
        {"params": pairs(p="changed")},
        {"metrics": [{**metric("m"), "model_id": "m-" + "0" * 32}]},
    ],
)
def test_what_fails_while_it_is_written_leaves_nothing(server: Server, run: str, bad: Json) -> None:
    server.post(ENDPOINT, run_id=run, params=pairs(p="1")).ok()
    before = server.run(run)
    batch = {name: [*entries, *bad.get(name, [])] for name, entries in GOOD.items()}
    server.post(ENDPOINT, {"run_id": run, **batch}).rejected()
    assert server.run(run) == before
    assert server.history(run, "good") == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"run_id": None}, ["Missing value for required parameter 'run_id'"]),
        ({"run_id": ""}, ["Missing value for required parameter 'run_id'"]),
        ({"run_id": 5}, ["run_id"]),
        ({"metrics": "x"}, ["Invalid value", "metrics"]),
        ({"metrics": {"key": "m"}}, ["metrics"]),
        ({"params": "x"}, ["params"]),
        ({"params": 5}, ["params"]),
        ({"tags": "x"}, ["tags"]),
        ({"metrics": [{**metric("m"), "dataset_name": "d"}]}, ["dataset_name", "dataset_digest"]),
    ],
)
def test_bad_fields_are_refused(server: Server, run: str, fields: Json, words: list[str]) -> None:
    request: dict[str, Any] = {"run_id": run, **GOOD, **fields}
    request = {name: value for name, value in request.items() if value is not None}
    server.post(ENDPOINT, request).refused(INVALID, *words)
    assert server.metrics(run) == {}
    assert (server.params(run), server.tags(run)) == ({}, {})


@pytest.mark.parametrize("fields", [{}, GOOD])
def test_an_unknown_run_is_not_found(server: Server, fields: Json) -> None:
    server.post(ENDPOINT, {"run_id": "nope", **fields}).refused(MISSING, "Run with id=nope not found")


@pytest.mark.differs(reason="MLflow forgets the other word for run_id here")
def test_run_uuid_is_another_word_for_run_id(server: Server, run: str) -> None:
    server.post(ENDPOINT, {"run_uuid": run, **GOOD}).ok()
    assert server.params(run) == {"good": "1"}
