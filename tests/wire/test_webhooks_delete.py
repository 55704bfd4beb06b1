"""DELETE /api/2.0/mlflow/webhooks/{id}."""

from __future__ import annotations

import mlflow
import pytest

from tests.wire.hooks import ENDPOINT, PUBLIC
from tests.wire.server import MISSING, Server

pytestmark = pytest.mark.differs(reason="MLflow looks hosts up when it likes, and sends to none of this machine")


def test_the_client_deletes_one(server: Server, client: mlflow.MlflowClient) -> None:
    made = [client.create_webhook(f"d{i}", PUBLIC, ["model_version.created"]).webhook_id for i in range(2)]
    assert server.delete(f"{ENDPOINT}/{made[0]}").ok() == {}
    server.get(f"{ENDPOINT}/{made[0]}").refused(MISSING, f"Webhook with ID {made[0]} not found.")
    assert [one.webhook_id for one in client.list_webhooks()] == [made[1]]
    client.delete_webhook(made[1])


def test_one_that_is_not_there(server: Server) -> None:
    server.delete(f"{ENDPOINT}/nope").refused(MISSING, "nope")
