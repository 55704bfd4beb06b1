"""GET /api/2.0/mlflow/webhooks."""

from __future__ import annotations

import mlflow
import pytest

from tests.wire.hooks import ENDPOINT, PUBLIC
from tests.wire.server import INVALID, Server

pytestmark = pytest.mark.differs(reason="MLflow looks hosts up when it likes, and sends to none of this machine")


def test_pages(server: Server, client: mlflow.MlflowClient) -> None:
    made = [client.create_webhook(f"p{i}", PUBLIC, ["model_version.created"]).webhook_id for i in range(3)]
    first = client.list_webhooks(max_results=2)
    rest = client.list_webhooks(max_results=2, page_token=first.token)
    assert [one.webhook_id for one in [*first, *rest]] == made[::-1]
    for one in made:
        client.delete_webhook(one)
    server.get(ENDPOINT, max_results=0).refused(INVALID, "max_results")
    server.get(ENDPOINT, page_token="x").refused(INVALID, "page token")
