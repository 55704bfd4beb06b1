"""POST /api/2.0/mlflow/runs/log-metric."""

from __future__ import annotations

import math
from typing import Any

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Server, metric

ENDPOINT = "runs/log-metric"


def test_the_client_logs_a_metric(server: Server, client: mlflow.MlflowClient, run: str) -> None:
    client.log_metric(run, "loss", 0.5, timestamp=1_700_000_000_123, step=3)
    assert server.run(run)["data"]["metrics"] == [
        {"key": "loss", "value": 0.5, "timestamp": 1_700_000_000_123, "step": 3}
    ]
    assert server.history(run, "loss") == [{"key": "loss", "value": 0.5, "timestamp": 1_700_000_000_123, "step": 3}]


def test_the_answer_is_empty_and_the_step_is_0(server: Server, run: str) -> None:
    assert server.post(ENDPOINT, run_id=run, key="m", value=1, timestamp=5).ok() == {}
    assert server.metrics(run) == {"m": {"key": "m", "value": 1.0, "timestamp": 5, "step": 0}}


@pytest.mark.parametrize(
    "value",
    [0, 1, -1, 0.1 + 0.2, 1e308, -1e308, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 2**53, 123456789.125],
)
def test_values_come_back_to_the_last_bit(server: Server, run: str, value: float) -> None:
    server.post(ENDPOINT, {"run_id": run, **metric("m", value)}).ok()
    assert server.metrics(run)["m"]["value"] == float(value)
    assert server.history(run, "m")[0]["value"] == float(value)


def test_not_a_number_comes_back(server: Server, client: mlflow.MlflowClient, run: str) -> None:
    client.log_metric(run, "m", math.nan, step=1)
    server.post(ENDPOINT, {"run_id": run, **metric("n", "NaN")}).ok()
    assert {key: one["value"] for key, one in server.metrics(run).items()} == {"m": "NaN", "n": "NaN"}
    assert [one["value"] for one in server.history(run, "m")] == ["NaN"]
    assert math.isnan(client.get_run(run).data.metrics["m"])


@pytest.mark.differs(reason="MLflow turns the infinite into the largest finite number")
@pytest.mark.parametrize(("value", "text"), [(math.inf, "Infinity"), (-math.inf, "-Infinity")])
def test_the_infinite_comes_back(
    server: Server, client: mlflow.MlflowClient, run: str, value: float, text: str
) -> None:
    client.log_metric(run, "m", value)
    server.post(ENDPOINT, {"run_id": run, **metric("n", text)}).ok()
    assert {key: one["value"] for key, one in server.metrics(run).items()} == {"m": text, "n": text}
    assert [one["value"] for one in server.history(run, "n")] == [text]
    assert client.get_run(run).data.metrics == {"m": value, "n": value}
    assert client.get_metric_history(run, "m")[0].value == value


@pytest.mark.differs(reason="MLflow forgets the sign")
def test_the_sign_of_zero_comes_back(server: Server, run: str) -> None:
    server.post(ENDPOINT, {"run_id": run, **metric("m", -0.0)}).ok()
    assert math.copysign(1.0, server.metrics(run)["m"]["value"]) == -1.0


def test_numbers_may_be_sent_as_text(server: Server, run: str) -> None:
    server.post(ENDPOINT, {"run_id": run, **metric("m", "1.5", "2", "3")}).ok()
    assert server.metrics(run) == {"m": {"key": "m", "value": 1.5, "timestamp": 2, "step": 3}}


@pytest.mark.parametrize("step", [0, 5, -5, 2**40, -(2**40), 2**63 - 1, 3.0])
def test_steps(server: Server, run: str, step: Any) -> None:
    server.post(ENDPOINT, {"run_id": run, **metric("m", step=step)}).ok()
    assert server.metrics(run)["m"]["step"] == int(step)


@pytest.mark.parametrize("timestamp", [0, 1_700_000_000_123, 2**62])
def test_timestamps(server: Server, run: str, timestamp: int) -> None:
    server.post(ENDPOINT, {"run_id": run, **metric("m", timestamp=timestamp)}).ok()
    assert server.metrics(run)["m"]["timestamp"] == timestamp


@pytest.mark.parametrize("key", ["a b/c.d-e_f:g", "軌跡", "k" * 250, "a/b/c", "val.loss"])
def test_keys_that_are_allowed(server: Server, run: str, key: str) -> None:
    server.post(ENDPOINT, {"run_id": run, **metric(key, 2.5)}).ok()
    assert server.metrics(run)[key]["value"] == 2.5
    assert [one["key"] for one in server.history(run, key)] == [key]


@pytest.mark.parametrize("key", ["a$", "a%", "a*b", "a\\b"])
def test_keys_of_other_characters_are_refused(server: Server, run: str, key: str) -> None:
    server.post(ENDPOINT, {"run_id": run, **metric(key)}).refused(INVALID, "Invalid value", "Names may only contain")


@pytest.mark.parametrize("key", ["a//b", "/a", "..", "../a", "a/../b", ".", "a/"])
def test_keys_that_would_name_another_file_are_refused(server: Server, run: str, key: str) -> None:
    server.post(ENDPOINT, {"run_id": run, **metric(key)}).refused(INVALID, f'"{key}"', "must not resolve to other")


# --- the latest -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("points", "latest"),
    [
        ([(1.0, 10, 1), (2.0, 5, 2)], (2.0, 5, 2)),
        ([(2.0, 5, 2), (1.0, 10, 1)], (2.0, 5, 2)),
        ([(1.0, 10, 1), (2.0, 20, 1), (3.0, 15, 1)], (2.0, 20, 1)),
        ([(1.0, 10, 1), (3.0, 10, 1), (2.0, 10, 1)], (3.0, 10, 1)),
        ([(1.0, 10, -1), (2.0, 5, -2)], (1.0, 10, -1)),
        ([(1.0, 10, -1), (2.0, 5, 0)], (2.0, 5, 0)),
    ],
)
def test_the_latest_has_the_greatest_step_then_timestamp_then_value(
    server: Server, run: str, points: list[tuple[float, int, int]], latest: tuple[float, int, int]
) -> None:
    for point in points:
        server.post(ENDPOINT, {"run_id": run, **metric("m", *point)}).ok()
    value, timestamp, step = latest
    assert server.metrics(run) == {"m": {"key": "m", "value": value, "timestamp": timestamp, "step": step}}
    assert len(server.history(run, "m")) == len(points)


def test_the_same_point_again_changes_nothing(server: Server, run: str) -> None:
    for value in (1.5, 1.5, "NaN", "NaN", 2.5):
        server.post(ENDPOINT, {"run_id": run, **metric("m", value)}).ok()
    assert sorted(str(one["value"]) for one in server.history(run, "m")) == ["1.5", "2.5", "NaN"]


# --- datasets ---------------------------------------------------------------------------------------------------------


def test_a_dataset_is_taken_with_name_and_digest(server: Server, run: str) -> None:
    server.post(ENDPOINT, {"run_id": run, **metric("m", 2.5), "dataset_name": "d", "dataset_digest": "1"}).ok()
    latest = server.metrics(run)["m"]
    assert {name: latest[name] for name in ("key", "value", "timestamp", "step")} == metric("m", 2.5)


@pytest.mark.parametrize("fields", [{"dataset_name": "d"}, {"dataset_digest": "1"}])
def test_half_a_dataset_is_refused(server: Server, run: str, fields: dict[str, str]) -> None:
    server.post(ENDPOINT, {"run_id": run, **metric("m"), **fields}).refused(INVALID, "dataset_name", "dataset_digest")
    assert server.metrics(run) == {}


def test_the_metric_of_a_logged_model_is_the_run_s_and_the_model_s(server: Server, experiment: str, run: str) -> None:
    model_id = server.new_model(experiment)
    fields = {"run_id": run, "model_id": model_id, "dataset_name": "d", "dataset_digest": "1"}
    for step in range(2):
        server.post(ENDPOINT, {**fields, **metric("m", step, step, step)}).ok()
    assert server.metrics(run)["m"]["value"] == 1
    assert [one["step"] for one in server.history(run, "m")] == [0, 1]
    assert server.model(model_id)["data"]["metrics"] == [
        {
            **metric("m", step, step, step),
            "run_id": run,
            "model_id": model_id,
            "dataset_name": "d",
            "dataset_digest": "1",
        }
        for step in range(2)
    ]


def test_a_run_of_another_experiment_measures_a_model(server: Server, experiment: str, run: str) -> None:
    model_id = server.new_model(server.new_experiment())
    server.post(ENDPOINT, {"run_id": run, "model_id": model_id, **metric("m")}).ok()
    assert [one["run_id"] for one in server.model(model_id)["data"]["metrics"]] == [run]


def test_the_metric_of_a_model_that_does_not_exist_is_refused(server: Server, run: str) -> None:
    model = "m-" + "0" * 32
    server.post(ENDPOINT, {"run_id": run, **metric("m"), "model_id": model}).rejected()
    assert server.metrics(run) == {}


# --- mistakes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["run_id", "key", "value", "timestamp"])
def test_required_fields(server: Server, run: str, field: str) -> None:
    fields = {"run_id": run, **metric("m")}
    del fields[field]
    server.post(ENDPOINT, fields).refused(INVALID, f"Missing value for required parameter '{field}'")
    server.post(ENDPOINT, {**fields, field: None}).refused(INVALID, f"parameter '{field}'")
    if field in {"run_id", "key"}:
        server.post(ENDPOINT, {**fields, field: ""}).refused(INVALID, f"Missing value for required parameter '{field}'")
    assert server.metrics(run) == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [("run_id", 5), ("key", 5), ("key", ["k"]), ("value", "x"), ("timestamp", "x"), ("timestamp", -1), ("step", "x")],
)
def test_bad_fields_are_refused(server: Server, run: str, field: str, value: Any) -> None:
    fields = {"run_id": run, **metric("m"), field: value}
    server.post(ENDPOINT, fields).refused(INVALID, "Invalid value", field)
    assert server.metrics(run) == {}


@pytest.mark.differs(reason="MLflow stores 0 for what it cannot read, or answers 500")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("value", [1]),
        ("value", {"a": 1}),
        ("value", True),
        ("timestamp", 1.5),
        ("timestamp", 2**63),
        ("timestamp", [1]),
        ("step", 1.5),
        ("step", 2**63),
        ("step", -(2**63) - 1),
        ("step", []),
    ],
)
def test_fields_of_the_wrong_type_are_refused(server: Server, run: str, field: str, value: Any) -> None:
    server.post(ENDPOINT, {"run_id": run, **metric("m"), field: value}).refused(INVALID, field)
    assert server.metrics(run) == {}


@pytest.mark.differs(reason="MLflow stores 0 at time 0")
@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e400", "nan", "0x10"])
def test_bare_literals_that_are_not_json_are_refused(server: Server, run: str, literal: str) -> None:
    body = f'{{"run_id": "{run}", "key": "m", "value": {literal}, "timestamp": 1}}'
    server.request(
        "POST", f"/api/2.0/mlflow/{ENDPOINT}", body=body, headers={"Content-Type": "application/json"}
    ).rejected()
    assert server.metrics(run) == {}


@pytest.mark.parametrize("run_id", ["nope", "../nope", "0" * 32])
def test_an_unknown_run_is_not_found(server: Server, run_id: str) -> None:
    server.post(ENDPOINT, {"run_id": run_id, **metric("m")}).refused(MISSING, f"Run with id={run_id} not found")


def test_run_uuid_is_another_word_for_run_id(server: Server, run: str) -> None:
    server.post(ENDPOINT, {"run_uuid": run, **metric("m", 2.5)}).ok()
    assert server.metrics(run)["m"]["value"] == 2.5


def test_an_ended_run_takes_metrics(server: Server, run: str) -> None:
    server.post("runs/update", run_id=run, status="FINISHED", end_time=5).ok()
    server.post(ENDPOINT, {"run_id": run, **metric("m", 2.5)}).ok()
    assert server.metrics(run)["m"]["value"] == 2.5
