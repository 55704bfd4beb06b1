"""POST /api/2.0/mlflow/experiments/update."""

from __future__ import annotations

from typing import Any

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Server


def test_the_client_renames_an_experiment(server: Server, client: mlflow.MlflowClient, experiment: str) -> None:
    before = server.experiment(experiment)
    name = server.unique("renamed")
    client.rename_experiment(experiment, name)
    after = server.experiment(experiment)
    assert after["last_update_time"] >= before["last_update_time"]
    assert after == {**before, "name": name, "last_update_time": after["last_update_time"]}
    server.get("experiments/get-by-name", experiment_name=before["name"]).refused(MISSING)


def test_the_answer_is_empty(server: Server, experiment: str) -> None:
    answer = server.post("experiments/update", experiment_id=experiment, new_name=server.unique("empty"))
    assert answer.ok() == {}


def test_its_own_name_is_no_clash(server: Server, experiment: str) -> None:
    name = server.experiment(experiment)["name"]
    assert server.post("experiments/update", experiment_id=experiment, new_name=name).ok() == {}
    assert server.experiment(experiment)["name"] == name


@pytest.mark.parametrize("state", ["active", "deleted"])
def test_a_name_in_use_is_refused(server: Server, experiment: str, state: str) -> None:
    name = server.unique("used")
    other = server.new_experiment(name=name)
    if state == "deleted":
        server.post("experiments/delete", experiment_id=other).ok()
    before = server.experiment(experiment)
    server.post("experiments/update", experiment_id=experiment, new_name=name).refused("BAD_REQUEST")
    assert server.experiment(experiment) == before


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"experiment_id": None}, ["Missing value for required parameter 'experiment_id'"]),
        ({"experiment_id": ""}, ["Missing value for required parameter 'experiment_id'"]),
        ({"new_name": None}, ["Missing value for required parameter 'new_name'"]),
        ({"new_name": ""}, ["Missing value for required parameter 'new_name'"]),
        ({"experiment_id": 5}, ["experiment_id"]),
        ({"experiment_id": "abc"}, ["Invalid experiment ID 'abc'"]),
        ({"new_name": 5}, ["new_name"]),
        ({"new_name": ["x"]}, ["new_name"]),
    ],
)
def test_bad_fields_are_refused(server: Server, experiment: str, fields: dict[str, Any], words: list[str]) -> None:
    before = server.experiment(experiment)
    request = {"experiment_id": experiment, "new_name": server.unique("never"), **fields}
    request = {name: value for name, value in request.items() if value is not None}
    server.post("experiments/update", request).refused(INVALID, *words)
    assert server.experiment(experiment) == before


def test_an_unknown_experiment_is_not_found(server: Server) -> None:
    server.post("experiments/update", experiment_id="99999999", new_name="x").refused(
        MISSING, "No Experiment with id=99999999 exists"
    )


@pytest.mark.differs(reason="MLflow answers 500 INVALID_STATE, which clients try again for minutes")
def test_a_deleted_experiment_keeps_its_name(server: Server, experiment: str) -> None:
    server.post("experiments/delete", experiment_id=experiment).ok()
    before = server.experiment(experiment)
    server.post("experiments/update", experiment_id=experiment, new_name=server.unique("x")).refused(
        INVALID, "active", "deleted"
    )
    assert server.experiment(experiment) == before
