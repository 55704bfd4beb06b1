"""POST /api/2.0/mlflow/experiments/restore."""

from __future__ import annotations

from typing import Any

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Server, metric, pairs


def test_the_client_restores_an_experiment(server: Server, client: mlflow.MlflowClient, run: str) -> None:
    experiment = server.new_experiment(tags=pairs(k="v"))
    before = server.experiment(experiment)
    client.delete_experiment(experiment)
    client.restore_experiment(experiment)
    after = server.experiment(experiment)
    assert after["last_update_time"] >= before["last_update_time"]
    assert after == {**before, "last_update_time": after["last_update_time"]}


def test_all_its_runs_come_back_even_one_deleted_before(server: Server, experiment: str) -> None:
    first, second = server.new_run(experiment), server.new_run(experiment)
    server.post("runs/log-metric", {"run_id": first, **metric("m")}).ok()
    expected = [server.run(first), server.run(second)]
    server.post("runs/delete", run_id=second).ok()
    server.post("experiments/delete", experiment_id=experiment).ok()
    assert server.post("experiments/restore", experiment_id=experiment).ok() == {}
    assert [server.run(first), server.run(second)] == expected
    server.post("runs/log-metric", {"run_id": second, **metric("m")}).ok()


@pytest.mark.parametrize("number", ["99999999", "an active one"])
def test_what_is_not_deleted_is_not_found(server: Server, experiment: str, number: str) -> None:
    number = experiment if number == "an active one" else number
    server.post("experiments/restore", experiment_id=number).refused(MISSING, f"No Experiment with id={number} exists")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, ["Missing value for required parameter 'experiment_id'"]),
        ({"experiment_id": ""}, ["Missing value for required parameter 'experiment_id'"]),
        ({"experiment_id": 5}, ["experiment_id"]),
        ({"experiment_id": "abc"}, ["Invalid experiment ID 'abc'"]),
    ],
)
def test_bad_fields_are_refused(server: Server, fields: dict[str, Any], words: list[str]) -> None:
    server.post("experiments/restore", fields).refused(INVALID, *words)
