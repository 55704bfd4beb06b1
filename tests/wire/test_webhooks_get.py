"""GET /api/2.0/mlflow/webhooks/{id}."""

from __future__ import annotations

import mlflow
import pytest

from tests.wire.hooks import ENDPOINT, EVENTS, PUBLIC
from tests.wire.server import MISSING, Server

pytestmark = pytest.mark.differs(reason="MLflow looks hosts up when it likes, and sends to none of this machine")


def test_the_client_gets_one(server: Server, client: mlflow.MlflowClient) -> None:
    made = server.post(ENDPOINT, name="w", url=PUBLIC, events=EVENTS, description="軌跡").ok()["webhook"]
    assert server.get(f"{ENDPOINT}/{made['webhook_id']}").ok()["webhook"] == made
    found = client.get_webhook(made["webhook_id"])
    assert (found.name, found.description, found.creation_timestamp) == ("w", "軌跡", made["creation_timestamp"])
    client.delete_webhook(made["webhook_id"])


def test_one_that_is_not_there(server: Server) -> None:
    server.get(f"{ENDPOINT}/nope").refused(MISSING, "Webhook with ID nope not found.")
