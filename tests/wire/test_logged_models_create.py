"""POST /api/2.0/mlflow/logged-models."""

from __future__ import annotations

import re
from typing import Any

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Json, Server, pairs

ENDPOINT = "logged-models"
RUN = "0123456789abcdef" * 2


def test_the_client_creates_a_model(server: Server, client: mlflow.MlflowClient, experiment: str, run: str) -> None:
    model = client.create_logged_model(
        experiment, "a model", source_run_id=run, tags={"t": "1"}, params={"p": "2"}, model_type="agent"
    )
    assert (model.experiment_id, model.name, model.model_type, model.source_run_id) == (
        experiment,
        "a model",
        "agent",
        run,
    )
    assert (model.status, model.tags, model.params, model.metrics) == ("PENDING", {"t": "1"}, {"p": "2"}, [])
    assert model.artifact_location == f"mlflow-artifacts:/{experiment}/models/{model.model_id}/artifacts"
    assert model.model_uri == f"models:/{model.model_id}"
    assert client.get_logged_model(model.model_id).to_dictionary() == model.to_dictionary()


def test_the_answer_field_for_field(server: Server, experiment: str) -> None:
    params, tags = pairs(a="1", b=""), pairs(s="x", t="軌跡")
    fields = {"name": "軌跡 1", "model_type": "x", "source_run_id": RUN, "params": params, "tags": tags}
    model = server.post(ENDPOINT, {"experiment_id": experiment, **fields}).ok()["model"]
    info = model["info"]
    model_id, now = info["model_id"], info["creation_timestamp_ms"]
    assert re.fullmatch("m-[0-9a-f]{32}", model_id)
    assert model == {
        "info": {
            "model_id": model_id,
            "experiment_id": experiment,
            "name": "軌跡 1",
            "creation_timestamp_ms": now,
            "last_updated_timestamp_ms": now,
            "artifact_uri": f"mlflow-artifacts:/{experiment}/models/{model_id}/artifacts",
            "status": "LOGGED_MODEL_PENDING",
            "model_type": "x",
            "source_run_id": RUN,
            "tags": tags,
        },
        "data": {"params": params},
    }
    assert server.model(model_id) == model


def test_little_is_needed(server: Server, experiment: str) -> None:
    model = server.post(ENDPOINT, experiment_id=experiment).ok()["model"]
    assert (model["info"]["model_type"], model["info"]["source_run_id"], model["data"]) == ("", "", {})
    assert "tags" not in model["info"]
    assert re.fullmatch(r"[a-z]+-[a-z]+-\d{1,3}", model["info"]["name"])


@pytest.mark.parametrize("name", ["", "a b", "軌跡", "x" * 500, " ", "a-b_c(d)[e]"])
def test_names_that_are_allowed(server: Server, experiment: str, name: str) -> None:
    model = server.model(server.new_model(experiment, name=name))
    assert model["info"]["name"] == name or not name


@pytest.mark.parametrize("name", ["a/b", "a:b", "a.b", "a%b", 'a"b', "a'b", "/", "..", "m.pkl"])
def test_names_that_are_not(server: Server, experiment: str, name: str) -> None:
    server.post(ENDPOINT, experiment_id=experiment, name=name).refused(
        INVALID, "Invalid model name", "cannot contain the following characters"
    )


def test_two_models_may_have_one_name(server: Server, experiment: str) -> None:
    first, second = [server.new_model(experiment, name="same") for _ in range(2)]
    assert first != second


def test_many_params_of_the_client_come_in_parts(client: mlflow.MlflowClient, experiment: str) -> None:
    params = {f"p{i}": str(i) for i in range(250)}
    assert client.create_logged_model(experiment, params=params).params == params


@pytest.mark.parametrize("value", ["v" * 7_000, "日" * 20_000, ""])
def test_values_are_kept_whole(server: Server, experiment: str, value: str) -> None:
    model = server.model(server.new_model(experiment, params=pairs(p=value), tags=pairs(t=value)))
    assert (model["data"]["params"], model["info"]["tags"]) == (pairs(p=value), pairs(t=value))


@pytest.mark.parametrize("key", ["p$", "a/b c", "..", "k" * 250, "日本"])
def test_any_text_is_a_key(server: Server, experiment: str, key: str) -> None:
    given = [{"key": key, "value": "1"}]
    model = server.model(server.new_model(experiment, params=given, tags=given))
    assert (model["data"]["params"], model["info"]["tags"]) == (given, given)


def test_the_run_need_not_be_there(server: Server, experiment: str) -> None:
    assert server.model(server.new_model(experiment, source_run_id="nope"))["info"]["source_run_id"] == "nope"


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"experiment_id": None}, INVALID, ["Missing value for required parameter 'experiment_id'"]),
        ({"experiment_id": ""}, INVALID, ["experiment_id"]),
        ({"experiment_id": "abc"}, INVALID, ["Invalid experiment ID 'abc'"]),
        ({"experiment_id": "99999999"}, MISSING, ["99999999"]),
        ({"experiment_id": 5}, INVALID, ["experiment_id"]),
    ],
)
def test_bad_fields_are_refused(server: Server, experiment: str, fields: Json, code: str, words: list[str]) -> None:
    given = {"experiment_id": experiment, **fields}
    server.post(ENDPOINT, {name: value for name, value in given.items() if value is not None}).refused(code, *words)


@pytest.mark.differs(reason="MLflow stores it, or answers with the text of a database error")
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": 5}, ["name"]),
        ({"name": "x" * 501}, ["'name'", "500", "501"]),
        ({"model_type": "x" * 501}, ["'model_type'", "500"]),
        ({"source_run_id": "../x"}, ["source_run_id"]),
        ({"source_run_id": "x" * 300}, ["source_run_id"]),
        ({"params": [*pairs(a="1", b="2"), *pairs(a="1")]}, ["params[2].key", "twice"]),
        ({"tags": [*pairs(a="1"), *pairs(a="2")]}, ["tags[1].key", "twice"]),
        ({"params": [{"key": "", "value": "1"}]}, ["params[0].key"]),
        ({"params": [{"value": "1"}]}, ["params[0].key"]),
        ({"params": pairs(**{"k" * 251: "1"})}, ["params[0].key", "250"]),
        ({"params": pairs(a="v" * 65_537)}, ["params[0].value", "65536"]),
        ({"tags": pairs(a="\x00")}, ["tags[0].value", "NUL"]),
        ({"name": "\x00"}, ["name", "NUL"]),
        ({"params": [{"key": f"k{i}", "value": ""} for i in range(1_001)]}, ["1000", "1001"]),
        ({"params": "x"}, ["params"]),
        ({"tags": [5]}, ["tags"]),
    ],
)
def test_what_cannot_be_kept_is_refused(server: Server, experiment: str, fields: Json, words: list[str]) -> None:
    server.post(ENDPOINT, {"experiment_id": experiment, **fields}).refused(INVALID, *words)


def test_a_deleted_experiment_takes_none(server: Server, experiment: str) -> None:
    server.post("experiments/delete", experiment_id=experiment).ok()
    server.post(ENDPOINT, experiment_id=experiment).refused(INVALID, "active", "deleted")


@pytest.mark.differs(reason="MLflow makes a second model")
def test_a_request_that_is_sent_again_makes_one_model(server: Server, experiment: str) -> None:
    def send(mark: str) -> Any:
        answer = server.request(
            "POST",
            f"/api/2.0/mlflow/{ENDPOINT}",
            json={"experiment_id": experiment},
            headers={"Idempotency-Key": mark},
        )
        return answer.ok()["model"]["info"]["model_id"]

    mark = server.unique("mark")
    assert send(mark) == send(mark) != send(server.unique("mark"))
