"""POST /api/2.0/mlflow/experiments/delete-experiment-tag."""

from __future__ import annotations

from typing import Any

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Server, pairs

ENDPOINT = "experiments/delete-experiment-tag"


def test_the_client_deletes_one_tag(server: Server, client: mlflow.MlflowClient) -> None:
    experiment = server.new_experiment(tags=pairs(a="1", b="2"))
    before = server.experiment(experiment)
    client.delete_experiment_tag(experiment, "a")
    assert server.experiment(experiment) == {**before, "tags": pairs(b="2")}


def test_the_last_tag_takes_the_list_along(server: Server) -> None:
    experiment = server.new_experiment(tags=pairs(a="1"))
    assert server.post(ENDPOINT, experiment_id=experiment, key="a").ok() == {}
    assert "tags" not in server.experiment(experiment)


@pytest.mark.parametrize("key", ["k", "a$", "A"])
def test_a_tag_that_is_not_there_is_not_found(server: Server, key: str) -> None:
    experiment = server.new_experiment(tags=pairs(a="1"))
    server.post(ENDPOINT, experiment_id=experiment, key=key).refused(MISSING, f"No tag with name: {key}", experiment)
    assert server.experiment(experiment)["tags"] == pairs(a="1")


def test_an_unknown_experiment_is_not_found(server: Server) -> None:
    server.post(ENDPOINT, experiment_id="99999999", key="k").refused(MISSING, "No Experiment with id=99999999 exists")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"experiment_id": None}, ["Missing value for required parameter 'experiment_id'"]),
        ({"key": None}, ["Missing value for required parameter 'key'"]),
        ({"key": ""}, ["Missing value for required parameter 'key'"]),
        ({"experiment_id": 5}, ["experiment_id"]),
        ({"experiment_id": "abc"}, ["Invalid experiment ID 'abc'"]),
        ({"key": 5}, ["key"]),
    ],
)
def test_bad_fields_are_refused(server: Server, fields: dict[str, Any], words: list[str]) -> None:
    experiment = server.new_experiment(tags=pairs(k="1"))
    request = {"experiment_id": experiment, "key": "k", **fields}
    request = {name: value for name, value in request.items() if value is not None}
    server.post(ENDPOINT, request).refused(INVALID, *words)
    assert server.experiment(experiment)["tags"] == pairs(k="1")
