"""POST /api/2.0/mlflow/logged-models/{model_id}/params."""

from __future__ import annotations

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Server, pairs

NOBODY = "m-" + "0" * 32


def params(server: Server, model_id: str) -> dict[str, str]:
    return {param["key"]: param["value"] for param in server.model(model_id)["data"].get("params", [])}


def test_the_client_logs_params(client: mlflow.MlflowClient, experiment: str) -> None:
    model_id = client.create_logged_model(experiment, params={"a": "1"}).model_id
    client.log_model_params(model_id, {"b": 2, **{f"p{i}": i for i in range(120)}})
    assert client.get_logged_model(model_id).params == {"a": "1", "b": "2", **{f"p{i}": str(i) for i in range(120)}}


def test_the_answer_is_empty(server: Server, experiment: str) -> None:
    model_id = server.new_model(experiment)
    assert server.post(f"logged-models/{model_id}/params", model_id=model_id, params=pairs(a="1")).ok() == {}
    assert server.post(f"logged-models/{model_id}/params", model_id=model_id, params=[]).ok() == {}
    assert params(server, model_id) == {"a": "1"}


@pytest.mark.differs(reason="MLflow refuses it, with the text of a database error")
def test_the_same_value_again_changes_nothing(server: Server, experiment: str) -> None:
    model_id = server.new_model(experiment, params=pairs(a="1"))
    server.post(f"logged-models/{model_id}/params", params=pairs(a="1", b="2")).ok()
    assert params(server, model_id) == {"a": "1", "b": "2"}


def test_a_value_does_not_change(server: Server, experiment: str) -> None:
    model_id = server.new_model(experiment, params=pairs(a="1"))
    server.post(f"logged-models/{model_id}/params", model_id=model_id, params=pairs(z="9", a="2")).rejected()
    assert params(server, model_id) == {"a": "1"}


@pytest.mark.differs(reason="MLflow's message is the text of a database error")
def test_what_is_said_of_a_value_that_changes(server: Server, experiment: str) -> None:
    model_id = server.new_model(experiment, params=pairs(a="1"))
    server.post(f"logged-models/{model_id}/params", params=pairs(a="2")).refused(
        INVALID, "'a'", "'1'", "'2'", model_id, "not allowed"
    )


def test_an_unknown_model_is_not_found(server: Server) -> None:
    server.post(f"logged-models/{NOBODY}/params", model_id=NOBODY, params=pairs(a="1")).refused(MISSING, NOBODY)


@pytest.mark.differs(reason="MLflow stores it, cuts it, or answers with the text of a database error")
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([*pairs(a="1"), *pairs(a="1")], ["params[1].key", "twice"]),
        ([{"key": "", "value": "1"}], ["params[0].key"]),
        (pairs(a="1", b="v" * 65_537), ["params[1].value", "65536"]),
        ([{"value": "1"}], ["params[0].key"]),
        ("x", ["params"]),
        ([5], ["params"]),
    ],
)
def test_bad_params_are_refused_all_together(server: Server, experiment: str, given: object, words: list[str]) -> None:
    model_id = server.new_model(experiment)
    server.post(f"logged-models/{model_id}/params", params=given).refused(INVALID, *words)
    assert params(server, model_id) == {}
