"""POST /api/2.0/mlflow/experiments/delete."""

from __future__ import annotations

from typing import Any

import mlflow
import pytest
from mlflow.exceptions import RestException

from tests.wire.server import INVALID, MISSING, Server, metric, pairs


def test_the_client_deletes_an_experiment_with_its_runs(
    server: Server, client: mlflow.MlflowClient, experiment: str, run: str
) -> None:
    before = server.experiment(experiment)
    client.delete_experiment(experiment)
    after = server.experiment(experiment)
    assert after["last_update_time"] >= before["last_update_time"]
    assert after == {**before, "lifecycle_stage": "deleted", "last_update_time": after["last_update_time"]}
    assert server.run(run)["info"]["lifecycle_stage"] == "deleted"
    with pytest.raises(RestException) as raised:
        client.delete_experiment(experiment)
    assert raised.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_the_answer_is_empty(server: Server, experiment: str) -> None:
    assert server.post("experiments/delete", experiment_id=experiment).ok() == {}


def test_the_data_of_the_runs_stays(server: Server, experiment: str, run: str) -> None:
    server.post("runs/log-batch", run_id=run, metrics=[metric("m", 2.5)], params=pairs(p="1"), tags=pairs(t="x")).ok()
    before = server.run(run)
    server.post("experiments/delete", experiment_id=experiment).ok()
    after = server.run(run)
    assert after == {**before, "info": {**before["info"], "lifecycle_stage": "deleted"}}
    assert [point["value"] for point in server.history(run, "m")] == [2.5]


@pytest.mark.parametrize(
    ("endpoint", "fields"),
    [
        ("runs/create", {}),
        ("experiments/set-experiment-tag", {"key": "k", "value": "v"}),
        ("experiments/delete-experiment-tag", {"key": "k"}),
    ],
)
def test_nothing_is_written_into_a_deleted_experiment(server: Server, endpoint: str, fields: dict[str, Any]) -> None:
    experiment = server.new_experiment(tags=pairs(k="v"))
    server.post("experiments/delete", experiment_id=experiment).ok()
    before = server.experiment(experiment)
    server.post(endpoint, {"experiment_id": experiment, **fields}).refused(
        INVALID, f"The experiment {experiment} must be in the 'active' state", "deleted"
    )
    assert server.experiment(experiment) == before


def test_its_runs_take_no_more_data(server: Server, experiment: str, run: str) -> None:
    server.post("experiments/delete", experiment_id=experiment).ok()
    server.post("runs/log-metric", {"run_id": run, **metric("m")}).refused(INVALID, "'active'", "deleted")


def test_deleting_twice_is_not_found(server: Server, experiment: str) -> None:
    server.post("experiments/delete", experiment_id=experiment).ok()
    server.post("experiments/delete", experiment_id=experiment).refused(
        MISSING, f"No Experiment with id={experiment} exists"
    )


def test_an_unknown_experiment_is_not_found(server: Server) -> None:
    server.post("experiments/delete", experiment_id="99999999").refused(MISSING, "No Experiment with id=99999999")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, ["Missing value for required parameter 'experiment_id'"]),
        ({"experiment_id": ""}, ["Missing value for required parameter 'experiment_id'"]),
        ({"experiment_id": 5}, ["Invalid value 5", "experiment_id"]),
        ({"experiment_id": "abc"}, ["Invalid experiment ID 'abc'"]),
    ],
)
def test_bad_fields_are_refused(server: Server, fields: dict[str, Any], words: list[str]) -> None:
    server.post("experiments/delete", fields).refused(INVALID, *words)
