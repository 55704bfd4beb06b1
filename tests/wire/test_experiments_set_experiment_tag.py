"""POST /api/2.0/mlflow/experiments/set-experiment-tag."""

from __future__ import annotations

from typing import Any

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Server

ENDPOINT = "experiments/set-experiment-tag"


def test_the_client_sets_and_replaces_tags(server: Server, client: mlflow.MlflowClient, experiment: str) -> None:
    before = server.experiment(experiment)
    client.set_experiment_tag(experiment, "b", "1")
    client.set_experiment_tag(experiment, "a", "軌跡\n")
    client.set_experiment_tag(experiment, "b", "2")
    tags = [{"key": "a", "value": "軌跡\n"}, {"key": "b", "value": "2"}]
    assert server.experiment(experiment) == {**before, "tags": tags}


def test_the_answer_is_empty(server: Server, experiment: str) -> None:
    assert server.post(ENDPOINT, experiment_id=experiment, key="k", value="v").ok() == {}


@pytest.mark.parametrize("fields", [{}, {"value": ""}, {"value": None}])
def test_no_value_is_an_empty_one(server: Server, experiment: str, fields: dict[str, Any]) -> None:
    server.post(ENDPOINT, {"experiment_id": experiment, "key": "k", **fields}).ok()
    assert server.experiment(experiment)["tags"] == [{"key": "k", "value": ""}]


@pytest.mark.parametrize("key", ["a b/c.d-e_f:g", "軌跡", "mlflow.note.content", "a.b", "a/b", "k" * 250, "-"])
def test_keys_that_are_allowed(server: Server, experiment: str, key: str) -> None:
    server.post(ENDPOINT, experiment_id=experiment, key=key, value="v").ok()
    assert server.experiment(experiment)["tags"] == [{"key": key, "value": "v"}]


@pytest.mark.parametrize("key", ["a$", "a\tb;", "a%", "a\\b", "a*", "a?b", "{a}"])
def test_keys_of_other_characters_are_refused(server: Server, experiment: str, key: str) -> None:
    server.post(ENDPOINT, experiment_id=experiment, key=key, value="v").refused(
        INVALID, "Invalid value", "for parameter 'key'", "Names may only contain"
    )


@pytest.mark.parametrize("key", ["a//b", "/a", "..", "../a", "a/../b", ".", "./a", "a/", "a/."])
def test_keys_that_would_name_another_file_are_refused(server: Server, experiment: str, key: str) -> None:
    server.post(ENDPOINT, experiment_id=experiment, key=key, value="v").refused(
        INVALID, f"Invalid value \"{key}\" for parameter 'key'", "must not resolve to other names"
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"experiment_id": None}, ["Missing value for required parameter 'experiment_id'"]),
        ({"experiment_id": ""}, ["Missing value for required parameter 'experiment_id'"]),
        ({"key": None}, ["Missing value for required parameter 'key'"]),
        ({"key": ""}, ["Missing value for required parameter 'key'"]),
        ({"experiment_id": 5}, ["experiment_id"]),
        ({"experiment_id": "abc"}, ["Invalid experiment ID 'abc'"]),
        ({"key": 5}, ["key"]),
        ({"value": 5}, ["value"]),
        ({"value": {"a": 1}}, ["value"]),
    ],
)
def test_bad_fields_are_refused(server: Server, experiment: str, fields: dict[str, Any], words: list[str]) -> None:
    request = {"experiment_id": experiment, "key": "k", "value": "v", **fields}
    request = {name: value for name, value in request.items() if value is not None}
    server.post(ENDPOINT, request).refused(INVALID, *words)
    assert "tags" not in server.experiment(experiment)


def test_an_unknown_experiment_is_not_found(server: Server) -> None:
    server.post(ENDPOINT, experiment_id="99999999", key="k", value="v").refused(
        MISSING, "No Experiment with id=99999999 exists"
    )
