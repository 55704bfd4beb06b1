"""GET /api/2.0/mlflow/logged-models/{model_id}."""

from __future__ import annotations

import math

import mlflow
import pytest

from tests.wire.server import API, INVALID, MISSING, Server, metric

NOBODY = "m-" + "0" * 32


def test_the_client_gets_a_model_with_its_metrics(
    server: Server, client: mlflow.MlflowClient, experiment: str, run: str
) -> None:
    model_id = server.new_model(experiment, name="x")
    client.log_metric(run, "acc", 0.5, timestamp=10, step=1, model_id=model_id)
    client.log_metric(run, "acc", 0.75, timestamp=20, step=2, model_id=model_id, dataset_name="d", dataset_digest="1")
    found = client.get_logged_model(model_id).metrics
    assert [(one.key, one.value, one.timestamp, one.step, one.run_id, one.model_id) for one in found] == [
        ("acc", 0.5, 10, 1, run, model_id),
        ("acc", 0.75, 20, 2, run, model_id),
    ]
    assert [(one.dataset_name, one.dataset_digest) for one in found] == [(None, None), ("d", "1")]


def test_metrics_field_for_field(server: Server, experiment: str, run: str) -> None:
    model_id = server.new_model(experiment)
    of_model = {"model_id": model_id, "run_id": run}
    on_dataset = {"dataset_name": "d", "dataset_digest": "1"}
    server.post("runs/log-metric", {**of_model, **metric("a", 0.5, 7, 3)}).ok()
    server.post("runs/log-metric", {**of_model, **on_dataset, **metric("a", 1.5, 8, -3)}).ok()
    assert server.model(model_id)["data"]["metrics"] == [
        {**metric("a", 0.5, 7, 3), **of_model},
        {**metric("a", 1.5, 8, -3), **of_model, **on_dataset},
    ]


@pytest.mark.differs(reason="MLflow tells 0 for what is not a number, and the largest number for the infinite")
def test_what_is_not_a_finite_number_comes_back(
    server: Server, client: mlflow.MlflowClient, experiment: str, run: str
) -> None:
    model_id = server.new_model(experiment)
    for i, value in enumerate((math.nan, math.inf, -math.inf)):
        client.log_metric(run, "m", value, timestamp=i, step=i, model_id=model_id)
    assert [one["value"] for one in server.model(model_id)["data"]["metrics"]] == ["NaN", "Infinity", "-Infinity"]


def test_many_models_share_the_point_of_a_run(server: Server, experiment: str, run: str) -> None:
    first, second = server.new_model(experiment), server.new_model(experiment)
    for model_id in (first, second):
        server.post("runs/log-metric", {"run_id": run, "model_id": model_id, **metric("m", 0.5, 1, 1)}).ok()
    assert len(server.history(run, "m")) == 1
    for model_id in (first, second):
        assert [one["value"] for one in server.model(model_id)["data"]["metrics"]] == [0.5]


@pytest.mark.differs(reason="MLflow tells every point")
def test_of_many_points_the_latest_are_told(server: Server, experiment: str, run: str) -> None:
    model_id = server.new_model(experiment)
    points = [{**metric("m", i, i, i), "model_id": model_id} for i in range(1_000)]
    server.post("runs/log-batch", run_id=run, metrics=points).ok()
    assert [one["value"] for one in server.model(model_id)["data"]["metrics"]] == list(range(1_000))
    server.post("runs/log-metric", {"run_id": run, "model_id": model_id, **metric("m", -1, 5_000, 0)}).ok()
    assert [one["value"] for one in server.model(model_id)["data"]["metrics"]] == [-1]


@pytest.mark.parametrize("model_id", [NOBODY, "m-x", "Name"])
def test_an_unknown_model_is_not_found(server: Server, model_id: str) -> None:
    server.get(f"logged-models/{model_id}").refused(MISSING, f"Logged model with ID '{model_id}' not found.")


def test_what_is_no_id_is_not_found(server: Server) -> None:
    for path in ("..", "%2e%2e", "a%20b", "%00", "'", "m-x%2Fy", "m-x/nothing", "x" * 300):
        assert server.get(f"logged-models/{path}").status == 404, path


def test_deleted_models_are_told_to_who_asks_for_them(server: Server, experiment: str) -> None:
    model_id = server.new_model(experiment, name="x")
    server.delete(f"logged-models/{model_id}").ok()
    server.get(f"logged-models/{model_id}").refused(MISSING, model_id)
    server.get(f"logged-models/{model_id}", allow_deleted="false").refused(MISSING, model_id)
    found = server.get(f"logged-models/{model_id}", allow_deleted="true").ok()["model"]
    assert (found["info"]["name"], found["data"]) == ("x", {})


@pytest.mark.differs(reason="MLflow takes no notice of it")
def test_two_ids_in_one_request_are_refused(server: Server, experiment: str) -> None:
    model_id = server.new_model(experiment)
    server.get(f"logged-models/{model_id}", model_id=NOBODY).refused(INVALID, "model_id", "two values")
    assert server.get(f"logged-models/{model_id}", model_id=model_id).status == 200


def test_methods(server: Server, experiment: str) -> None:
    model_id = server.new_model(experiment)
    assert server.post(f"logged-models/{model_id}", model_id=model_id).status == 405
    assert server.request("PUT", f"{API}logged-models/{model_id}", json={}).status == 405
