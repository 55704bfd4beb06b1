"""PATCH /api/2.0/mlflow/logged-models/{model_id}."""

from __future__ import annotations

from typing import Any

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Json, Server

NOBODY = "m-" + "0" * 32


@pytest.mark.parametrize("status", ["READY", "FAILED"])
def test_the_client_finalizes_a_model(client: mlflow.MlflowClient, experiment: str, status: Any) -> None:
    model = client.create_logged_model(experiment, "x", params={"a": "1"}, tags={"b": "2"})
    found = client.finalize_logged_model(model.model_id, status)
    assert (found.status, found.params, found.tags) == (status, {"a": "1"}, {"b": "2"})
    assert found.last_updated_timestamp >= model.creation_timestamp == found.creation_timestamp
    assert client.get_logged_model(model.model_id).to_dictionary() == found.to_dictionary()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("LOGGED_MODEL_READY", "LOGGED_MODEL_READY"),
        ("LOGGED_MODEL_UPLOAD_FAILED", "LOGGED_MODEL_UPLOAD_FAILED"),
        ("LOGGED_MODEL_PENDING", "LOGGED_MODEL_PENDING"),
        (1, "LOGGED_MODEL_PENDING"),
        (2, "LOGGED_MODEL_READY"),
        (3, "LOGGED_MODEL_UPLOAD_FAILED"),
    ],
)
def test_statuses_by_name_and_by_number(server: Server, experiment: str, given: Any, told: str) -> None:
    model_id = server.new_model(experiment)
    answer = server.patch(f"logged-models/{model_id}", model_id=model_id, status=given).ok()
    assert answer["model"]["info"]["status"] == told
    assert server.model(model_id) == answer["model"]


@pytest.mark.differs(reason="MLflow makes the status an unspecified one")
@pytest.mark.parametrize("status", ["BOGUS", "READY", "", 0, 4, -1, 10**30, None, [2], {"a": 1}, True, "²"])
def test_other_statuses_are_refused(server: Server, experiment: str, status: Any) -> None:
    model_id = server.new_model(experiment)
    server.patch(f"logged-models/{model_id}", model_id=model_id, status=status).refused(INVALID, "status")
    assert server.model(model_id)["info"]["status"] == "LOGGED_MODEL_PENDING"


def test_the_status_is_needed(server: Server, experiment: str) -> None:
    model_id = server.new_model(experiment)
    server.patch(f"logged-models/{model_id}", model_id=model_id).refused(INVALID, "Missing value", "'status'")


@pytest.mark.differs(reason="MLflow wants the id in the body, too, and changes the model that the body names")
def test_the_path_names_the_model(server: Server, experiment: str) -> None:
    model_id, other = server.new_model(experiment), server.new_model(experiment)
    assert server.patch(f"logged-models/{model_id}", status=2).ok()["model"]["info"]["model_id"] == model_id
    server.patch(f"logged-models/{model_id}", model_id=other, status=3).refused(INVALID, "model_id", "two values")
    assert server.model(other)["info"]["status"] == "LOGGED_MODEL_PENDING"


@pytest.mark.parametrize("model_id", [NOBODY, "m-x"])
def test_an_unknown_model_is_not_found(server: Server, model_id: str) -> None:
    server.patch(f"logged-models/{model_id}", model_id=model_id, status=2).refused(MISSING, model_id)


@pytest.mark.differs(reason="MLflow changes what is in the trash")
@pytest.mark.parametrize(
    ("method", "path", "fields"),
    [
        ("PATCH", "", {"status": 2}),
        ("PATCH", "/tags", {"tags": [{"key": "a", "value": "1"}]}),
        ("DELETE", "/tags/t", {}),
        ("POST", "/params", {"params": [{"key": "a", "value": "1"}]}),
    ],
)
def test_what_is_in_the_trash_does_not_change(
    server: Server, experiment: str, method: str, path: str, fields: Json
) -> None:
    model_id = server.new_model(experiment, tags=[{"key": "t", "value": "1"}])
    server.delete(f"logged-models/{model_id}").ok()
    before = server.get(f"logged-models/{model_id}", allow_deleted="true").ok()
    answer = server.request(
        method, f"/api/2.0/mlflow/logged-models/{model_id}{path}", json={"model_id": model_id, **fields}
    )
    answer.refused(MISSING, model_id, "trash")
    assert server.get(f"logged-models/{model_id}", allow_deleted="true").ok() == before
