"""GET /api/kiseki/v1/runs/get."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire.server import INVALID, MISSING, NATIVE, Response, Server, metric, pairs

pytestmark = pytest.mark.differs(reason="the endpoint is kiseki's own")


def details(server: Server, **query: Any) -> Response:
    return server.request("GET", f"{NATIVE}runs/get", query=query)


def test_the_answer_field_for_field(server: Server, experiment: str) -> None:
    parent = server.new_run(experiment, run_name="parent")
    run = server.new_run(
        experiment, run_name="n", user_id="u", start_time=5, tags=pairs(**{"mlflow.parentRunId": parent})
    )
    dataset = {"name": "d", "digest": "1", "source_type": "local", "source": "{}", "schema": "{}", "profile": "{}"}
    points = [metric("m", value, 10 + i, i) for i, value in enumerate([2.0, "NaN", -1.0, 3.0])]
    server.post(
        "runs/log-batch", run_id=run, metrics=[metric("bad", "NaN", 4), *points], params=pairs(b="1", a="2")
    ).ok()
    server.post(
        "runs/log-inputs",
        run_id=run,
        datasets=[{"dataset": dataset, "tags": pairs(t="x")}],
        models=[{"model_id": "m-1"}],
    ).ok()
    server.post("runs/outputs", run_id=run, models=[{"model_id": "m-2", "step": 3}]).ok()
    server.post("runs/update", run_id=run, status="KILLED", end_time=9).ok()
    answer = details(server, run_id=run).ok()
    # Runs of a server are counted as they come.
    assert answer["number"] > details(server, run_id=parent).ok()["number"] > 0
    assert answer == {
        "run": server.run(run)["info"],
        "number": answer["number"],
        "experiment_name": server.experiment(experiment)["name"],
        "experiment_stage": "active",
        "params": pairs(a="2", b="1"),
        "tags": pairs(**{"mlflow.parentRunId": parent, "mlflow.runName": "n"}),
        "metrics": [
            {
                "key": "bad",
                "count": 1,
                "nonfinite": 1,
                "first": "NaN",
                "first_step": 0,
                "last": "NaN",
                "last_step": 0,
                "last_time": 4,
                "min": "NaN",
                "min_step": 0,
                "max": "NaN",
                "max_step": 0,
            },
            {
                "key": "m",
                "count": 4,
                "nonfinite": 1,
                "first": 2.0,
                "first_step": 0,
                "last": 3.0,
                "last_step": 3,
                "last_time": 13,
                "min": -1.0,
                "min_step": 2,
                "max": 3.0,
                "max_step": 3,
            },
        ],
        "inputs": {
            "dataset_inputs": [{"dataset": dataset, "tags": pairs(t="x")}],
            "model_inputs": [{"model_id": "m-1"}],
        },
        "outputs": {"model_outputs": [{"model_id": "m-2", "step": 3}]},
        "children": 0,
        "parent_name": "parent",
    }


def test_parents_and_children(server: Server, experiment: str, run: str) -> None:
    child = server.new_run(server.new_experiment(), tags=pairs(**{"mlflow.parentRunId": run}))
    server.new_run(experiment, tags=pairs(**{"mlflow.parentRunId": run}))
    assert details(server, run_id=run).ok()["children"] == 2
    server.post("runs/delete", run_id=child).ok()
    assert details(server, run_id=run).ok()["children"] == 1
    orphan = server.new_run(experiment, tags=pairs(**{"mlflow.parentRunId": "../no run"}))
    assert details(server, run_id=orphan).ok()["parent_name"] is None


def test_a_deleted_run_of_a_deleted_experiment(server: Server, experiment: str, run: str) -> None:
    server.post("experiments/delete", experiment_id=experiment).ok()
    found = details(server, run_uuid=run).ok()
    assert (found["run"]["lifecycle_stage"], found["experiment_stage"], found["metrics"]) == ("deleted", "deleted", [])


def test_refusals(server: Server) -> None:
    details(server, run_id="0" * 32).refused(MISSING, "0" * 32)
    details(server, run_id="../x").refused(MISSING, "../x")
    details(server).refused(INVALID, "run_id")
