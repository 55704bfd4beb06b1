"""POST /api/2.0/mlflow/experiments/create."""

from __future__ import annotations

import time
from typing import Any

import mlflow
import pytest
from mlflow.exceptions import RestException

from tests.wire.server import INVALID, Server, pairs


def test_the_client_creates_an_experiment_with_everything(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.unique("everything")
    before = int(time.time() * 1000)
    created = client.create_experiment(name, artifact_location="s3://bucket/there", tags={"b": "2", "a": "1"})
    stored = server.experiment(created)
    assert before <= stored["creation_time"] <= int(time.time() * 1000)
    assert stored == {
        "experiment_id": created,
        "name": name,
        "artifact_location": "s3://bucket/there",
        "lifecycle_stage": "active",
        "last_update_time": stored["creation_time"],
        "creation_time": stored["creation_time"],
        "tags": [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}],
    }


def test_the_answer_is_the_id_and_nothing_else(server: Server) -> None:
    answer = server.post("experiments/create", name=server.unique("answer")).ok()
    assert list(answer) == ["experiment_id"]
    assert answer["experiment_id"].isdecimal()


def test_a_name_alone_gives_a_location_behind_the_proxy_and_no_tags(server: Server) -> None:
    created = server.new_experiment()
    stored = server.experiment(created)
    assert stored["artifact_location"] == f"mlflow-artifacts:/{created}"
    assert "tags" not in stored


def test_ids_grow(server: Server) -> None:
    assert int(server.new_experiment()) < int(server.new_experiment())


@pytest.mark.parametrize("name", [" ", "with space", "軌跡 α/β", "x" * 500, "'\"`%_;--", "line\nbreak"])
def test_names_are_kept_as_they_are(server: Server, name: str) -> None:
    name = server.unique("") + name
    name = name[-500:]
    created = server.post("experiments/create", name=name).ok()["experiment_id"]
    assert server.experiment(created)["name"] == name


@pytest.mark.parametrize(
    "location",
    ["s3://bucket/path", "gs://bucket", "mlflow-artifacts:/elsewhere", "wasbs://c@a.blob.core.windows.net/p"],
)
def test_locations_are_kept_as_they_are(server: Server, location: str) -> None:
    assert server.experiment(server.new_experiment(artifact_location=location))["artifact_location"] == location


def test_an_empty_location_is_the_default(server: Server) -> None:
    created = server.new_experiment(artifact_location="")
    assert server.experiment(created)["artifact_location"] == f"mlflow-artifacts:/{created}"


def test_a_tag_without_a_value_is_empty(server: Server) -> None:
    created = server.new_experiment(tags=[{"key": "k"}])
    assert server.experiment(created)["tags"] == [{"key": "k", "value": ""}]


@pytest.mark.parametrize("state", ["active", "deleted"])
def test_a_name_is_taken_once_even_by_a_deleted_experiment(
    server: Server, client: mlflow.MlflowClient, state: str
) -> None:
    name = server.unique("taken")
    first = client.create_experiment(name)
    if state == "deleted":
        client.delete_experiment(first)
    server.post("experiments/create", name=name).refused("RESOURCE_ALREADY_EXISTS", name, "already exists")
    with pytest.raises(RestException) as raised:
        client.create_experiment(name)
    assert raised.value.error_code == "RESOURCE_ALREADY_EXISTS"


def test_names_differ_by_case(server: Server) -> None:
    name = server.unique("case")
    assert server.new_experiment(name=name) != server.new_experiment(name=name.upper())


@pytest.mark.parametrize("fields", [{}, {"name": ""}, {"name": None}])
def test_a_name_is_required(server: Server, fields: dict[str, Any]) -> None:
    server.post("experiments/create", fields).refused(INVALID, "Missing value for required parameter 'name'")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", 5, ["Invalid value 5", "name"]),
        ("name", ["x"], ["name"]),
        ("name", {"x": 1}, ["name"]),
        ("name", True, ["name"]),
        ("artifact_location", 5, ["artifact_location"]),
        ("tags", "x", ["tags"]),
        ("tags", {"key": "k", "value": "v"}, ["tags"]),
        ("tags", [{"value": "no key"}], ["key"]),
        ("tags", [{"key": "", "value": "v"}], ["key"]),
        ("artifact_location", "runs:/abc/d", ["artifact location", "runs:/abc/d"]),
        ("artifact_location", "s3://bucket/path#fragment", ["artifact_location", "fragment"]),
    ],
)
def test_a_bad_field_is_refused_and_nothing_is_made(server: Server, field: str, value: Any, words: list[str]) -> None:
    name = server.unique("bad")
    server.post("experiments/create", {"name": name, field: value}).refused(INVALID, *words)
    assert server.get("experiments/get-by-name", experiment_name=name).status == 404


def test_the_same_tag_twice_is_refused_and_nothing_is_made(server: Server) -> None:
    name = server.unique("twice")
    fields = {"name": name, "tags": [*pairs(k="v"), *pairs(k="w")]}
    assert server.post("experiments/create", fields).status == 400
    assert server.get("experiments/get-by-name", experiment_name=name).status == 404


@pytest.mark.differs(reason="MLflow drops a list whose entries have the wrong type, or answers 500")
@pytest.mark.parametrize(
    "tags", [[5], ["x"], [None], [{"key": 5, "value": "v"}], [{"key": "k", "value": 5}], [{"key": "k", "value": []}]]
)
def test_a_tag_of_the_wrong_type_is_refused_and_nothing_is_made(server: Server, tags: list[Any]) -> None:
    name = server.unique("bad-tag")
    server.post("experiments/create", name=name, tags=tags).refused(INVALID, "tags")
    assert server.get("experiments/get-by-name", experiment_name=name).status == 404
