"""POST /api/2.0/mlflow/runs/create."""

from __future__ import annotations

import re
from typing import Any

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Server, pairs, plain_run

ENDPOINT = "runs/create"


def test_the_client_creates_a_run(server: Server, client: mlflow.MlflowClient, experiment: str) -> None:
    made = client.create_run(experiment, start_time=1_700_000_000_123, tags={"k": "v"}, run_name="named")
    run_id = made.info.run_id
    assert re.fullmatch("[0-9a-f]{32}", run_id)
    assert server.run(run_id) == {
        "info": {
            "run_uuid": run_id,
            "run_id": run_id,
            "run_name": "named",
            "experiment_id": experiment,
            "user_id": "unknown",
            "status": "RUNNING",
            "start_time": 1_700_000_000_123,
            "artifact_uri": f"mlflow-artifacts:/{experiment}/{run_id}/artifacts",
            "lifecycle_stage": "active",
        },
        "data": {"tags": [{"key": "k", "value": "v"}, {"key": "mlflow.runName", "value": "named"}]},
        "inputs": {},
        "outputs": {},
    }
    assert (made.data.tags, made.data.metrics, made.data.params) == ({"k": "v", "mlflow.runName": "named"}, {}, {})


def test_the_answer_is_the_run_without_outputs(server: Server, experiment: str) -> None:
    answer = server.post(
        ENDPOINT, experiment_id=experiment, user_id="u", run_name="n", start_time=123, tags=pairs(k="v")
    ).ok()
    assert list(answer) == ["run"]
    stored = server.run(answer["run"]["info"]["run_id"])
    assert plain_run(answer["run"]) == {name: stored[name] for name in ("info", "data", "inputs")}
    assert stored["info"]["user_id"] == "u"


def test_all_but_the_experiment_has_a_default(server: Server, experiment: str) -> None:
    made = server.run(server.new_run(experiment))
    info = made["info"]
    assert (info["user_id"], info["status"], info["start_time"]) == ("", "RUNNING", 0)
    assert "end_time" not in info
    assert re.fullmatch(r"[a-z]+-[a-z]+-\d+", info["run_name"])
    assert len(info["run_name"]) <= 20
    assert made["data"] == {"tags": [{"key": "mlflow.runName", "value": info["run_name"]}]}


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"run_name": "n"}, "n"),
        ({"tags": [{"key": "mlflow.runName", "value": "n"}]}, "n"),
        ({"run_name": "n", "tags": [{"key": "mlflow.runName", "value": "n"}]}, "n"),
        ({"run_name": "軌跡 α"}, "軌跡 α"),
        ({"run_name": "x" * 250}, "x" * 250),
        ({"run_name": "x" * 1000}, "x" * 1000),
    ],
)
def test_the_name_comes_from_the_field_or_the_tag(
    server: Server, experiment: str, fields: dict[str, Any], name: str
) -> None:
    made = server.run(server.new_run(experiment, **fields))
    assert made["info"]["run_name"] == name
    assert made["data"] == {"tags": [{"key": "mlflow.runName", "value": name}]}


def test_an_empty_name_is_none(server: Server, experiment: str) -> None:
    made = server.run(server.new_run(experiment, run_name=""))
    assert made["info"]["run_name"]
    assert made["data"]["tags"] == [{"key": "mlflow.runName", "value": made["info"]["run_name"]}]


def test_two_different_names_are_refused(server: Server, experiment: str) -> None:
    tags = [{"key": "mlflow.runName", "value": "m"}]
    server.post(ENDPOINT, experiment_id=experiment, run_name="n", tags=tags).refused(
        INVALID, "run_name", "mlflow.runName", "'n'", "'m'"
    )
    assert server.post("runs/search", experiment_ids=[experiment]).ok() == {}


@pytest.mark.parametrize("start", [0, 5, "123", -5, 2**62, 123.0])
def test_start_times(server: Server, experiment: str, start: Any) -> None:
    assert server.run(server.new_run(experiment, start_time=start))["info"]["start_time"] == int(start)


def test_the_artifacts_lie_below_those_of_the_experiment(server: Server) -> None:
    experiment = server.new_experiment(artifact_location="s3://bucket/path")
    run = server.new_run(experiment)
    assert server.run(run)["info"]["artifact_uri"] == f"s3://bucket/path/{run}/artifacts"


@pytest.mark.parametrize("key", ["a$b", "a//b", "", "k" * 251, "軌跡"])
def test_the_rules_of_keys_do_not_hold_for_tags_given_here(server: Server, experiment: str, key: str) -> None:
    assert server.tags(server.new_run(experiment, tags=[{"key": key, "value": "v"}])) == {key: "v"}


def test_a_tag_without_a_value_is_empty(server: Server, experiment: str) -> None:
    assert server.tags(server.new_run(experiment, tags=[{"key": "k"}])) == {"k": ""}


@pytest.mark.parametrize("fields", [{}, {"experiment_id": ""}])
def test_an_experiment_is_required(server: Server, fields: dict[str, str]) -> None:
    server.post(ENDPOINT, fields).refused("BAD_REQUEST")


def test_an_unknown_experiment_is_not_found(server: Server) -> None:
    server.post(ENDPOINT, experiment_id="99999999").refused(MISSING, "No Experiment with id=99999999 exists")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"experiment_id": "abc"}, ["Invalid experiment ID 'abc'"]),
        ({"experiment_id": 1}, ["Invalid value 1", "experiment_id"]),
        ({"run_name": 5}, ["run_name"]),
        ({"start_time": "abc"}, ["start_time"]),
    ],
)
def test_bad_fields_are_refused(server: Server, experiment: str, fields: dict[str, Any], words: list[str]) -> None:
    server.post(ENDPOINT, {"experiment_id": experiment, **fields}).refused(INVALID, *words)
    assert server.post("runs/search", experiment_ids=[experiment]).ok() == {}


@pytest.mark.differs(reason="MLflow drops fields of the wrong type and makes the run without them")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("start_time", 1.5),
        ("start_time", 2**63),
        ("start_time", []),
        ("user_id", 5),
        ("tags", "x"),
        ("tags", [5]),
        ("tags", [{"key": "k", "value": 5}]),
    ],
)
def test_fields_of_the_wrong_type_are_refused(server: Server, experiment: str, field: str, value: Any) -> None:
    server.post(ENDPOINT, {"experiment_id": experiment, field: value}).refused(INVALID, field)
    assert server.post("runs/search", experiment_ids=[experiment]).ok() == {}


def test_the_same_tag_twice_is_refused(server: Server, experiment: str) -> None:
    tags = [*pairs(k="v"), *pairs(k="w")]
    assert server.post(ENDPOINT, experiment_id=experiment, tags=tags).status == 400
    assert server.post("runs/search", experiment_ids=[experiment]).ok() == {}
