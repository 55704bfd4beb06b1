"""PATCH /api/2.0/mlflow/webhooks/{id}."""

from __future__ import annotations

import mlflow
import pytest

from tests.wire.hooks import ENDPOINT, EVENTS, PUBLIC
from tests.wire.server import INVALID, MISSING, Server

pytestmark = pytest.mark.differs(reason="MLflow looks hosts up when it likes, and sends to none of this machine")


def test_the_client_changes_one(server: Server, client: mlflow.MlflowClient) -> None:
    made = client.create_webhook("a", PUBLIC, ["model_version.created"], description="d")
    changed = client.update_webhook(made.webhook_id, name="z", status="DISABLED", events=["registered_model.created"])
    assert (changed.name, changed.status, [str(one) for one in changed.events]) == (
        "z",
        "DISABLED",
        ["registered_model.created"],
    )
    assert (changed.url, changed.description, changed.creation_timestamp) == (PUBLIC, "d", made.creation_timestamp)
    assert client.get_webhook(made.webhook_id).name == "z"
    assert server.patch(f"{ENDPOINT}/{made.webhook_id}").ok()["webhook"]["name"] == "z"
    client.delete_webhook(made.webhook_id)


def test_a_change_is_looked_at_as_a_new_one(server: Server) -> None:
    made = server.post(ENDPOINT, name="w", url=PUBLIC, events=EVENTS).ok()["webhook"]
    place = f"{ENDPOINT}/{made['webhook_id']}"
    for fields, words in (
        ({"url": "https://127.0.0.1/"}, "non-public"),
        ({"url": "http://8.8.8.8/"}, "https"),
        ({"name": "a b"}, "invalid"),
        ({"status": "x"}, "status"),
    ):
        server.patch(place, **fields).refused(INVALID, words)
    assert server.get(place).ok()["webhook"] == made
    server.delete(place).ok()
    server.patch(f"{ENDPOINT}/nope", name="z").refused(MISSING, "nope")
