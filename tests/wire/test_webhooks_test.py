"""POST /api/2.0/mlflow/webhooks/{id}/test."""

from __future__ import annotations

import sqlite3

import mlflow
import pytest

from tests.wire.hooks import ENDPOINT, PUBLIC, Receiver
from tests.wire.server import INVALID, MISSING, Server

pytestmark = pytest.mark.differs(reason="MLflow looks hosts up when it likes, and sends to none of this machine")


def test_a_test_tells_the_status_and_nothing_else(
    sending: Server, sender: mlflow.MlflowClient, receiver: Receiver
) -> None:
    made = sender.create_webhook("t", receiver.url, ["model_version.created", "model_version_alias.deleted"])
    result = sender.test_webhook(made.webhook_id)
    assert (result.success, result.response_status, result.response_body or None) == (True, 200, None)
    receiver.statuses = [500]
    result = sender.test_webhook(made.webhook_id, "model_version_alias.deleted")
    assert (result.success, result.response_status) == (False, 500)
    assert [(one["entity"], one["action"]) for one in receiver.told(2)] == [
        ("model_version", "created"),
        ("model_version_alias", "deleted"),
    ]
    answer = sending.post(f"{ENDPOINT}/{made.webhook_id}/test", {})
    assert answer.json() == {"result": {"success": True, "response_status": 200}}
    sending.post(f"{ENDPOINT}/{made.webhook_id}/test", event={"entity": "x", "action": "y"}).refused(INVALID, "entity")


def test_rows_that_name_a_place_inside_are_refused_when_they_are_used(
    server: Server, client: mlflow.MlflowClient, receiver: Receiver
) -> None:
    if not server.database_uri.startswith("sqlite"):
        pytest.skip("the row is written straight into the file")
    made = client.create_webhook("moved", PUBLIC, ["registered_model.created"])
    driver = sqlite3.connect(server.database_uri.removeprefix("sqlite:///"), timeout=30)
    with driver:
        driver.execute("UPDATE webhooks SET url = ? WHERE webhook_id = ?", (receiver.url, made.webhook_id))
    driver.close()
    result = client.test_webhook(made.webhook_id)
    assert not result.success
    assert "https" in str(result.error_message)
    client.delete_webhook(made.webhook_id)
    assert receiver.got == []


def test_one_that_is_not_there(server: Server) -> None:
    server.post(f"{ENDPOINT}/nope/test", {}).refused(MISSING, "nope")
