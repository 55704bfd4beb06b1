"""GET /api/kiseki/v1/registry/lineage: from data to an alias, and back."""

from __future__ import annotations

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, NATIVE, Json, Response, Server

pytestmark = pytest.mark.differs(reason="MLflow has no lineage")


def get(server: Server, **query: str) -> Response:
    return server.request("GET", f"{NATIVE}registry/lineage", query=query)


def keys(answer: Json) -> set[tuple[str, ...]]:
    return {(one["kind"], *one["key"]) for one in answer["nodes"]}


def edges(answer: Json) -> set[tuple[str, str]]:
    kinds = [one["kind"] for one in answer["nodes"]]
    return {(kinds[one["source"]], kinds[one["target"]]) for one in answer["edges"]}


def test_both_ways(server: Server, client: mlflow.MlflowClient, experiment: str, run: str) -> None:
    data = {"name": "customers", "digest": "d1", "source_type": "local", "source": "{}"}
    server.post("runs/log-inputs", run_id=run, datasets=[{"dataset": data, "tags": []}]).ok()
    model = server.new_model(experiment, source_run_id=run)
    name = server.new_registered_model()
    server.new_version(name, f"models:/{model}", model_id=model, run_id=run)
    client.set_registered_model_alias(name, "champion", "1")
    wanted = {
        ("dataset", experiment, "customers", "d1"),
        ("run", run),
        ("logged_model", model),
        ("model_version", name, "1"),
        ("alias", name, "champion"),
    }
    asked: tuple[dict[str, str], ...] = (
        {"name": name, "version": "1"},
        {"name": name, "alias": "champion"},
        {"run_id": run},
        {"model_id": model},
        {"experiment_id": experiment, "dataset_name": "customers", "dataset_digest": "d1"},
    )
    for query in asked:
        answer = get(server, **query).ok()
        assert keys(answer) == wanted
        assert edges(answer) == {
            ("dataset", "run"),
            ("run", "logged_model"),
            ("logged_model", "model_version"),
            ("model_version", "alias"),
        }
        assert answer["complete"] is True
    # What was asked for comes first.
    assert get(server, run_id=run).ok()["nodes"][0]["key"] == [run]


def test_what_is_refused(server: Server, experiment: str) -> None:
    get(server).refused(INVALID, "Name one thing")
    get(server, name="nope").refused(INVALID, "Name one thing")
    get(server, name="nope", version="1").refused(MISSING, "nope")
    get(server, name="nope", alias="a").refused(MISSING, "nope")
    get(server, run_id="0" * 32).refused(MISSING, "0" * 32)
    get(server, model_id="m-" + "0" * 32).refused(MISSING, "m-")
    get(server, experiment_id=experiment, dataset_name="x", dataset_digest="y").refused(MISSING, "x")
