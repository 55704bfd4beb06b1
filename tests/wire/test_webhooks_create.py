"""POST /api/2.0/mlflow/webhooks."""

from __future__ import annotations

import mlflow
import pytest

from tests.wire.hooks import ENDPOINT, EVENTS, PUBLIC
from tests.wire.server import INVALID, Json, Server

pytestmark = pytest.mark.differs(reason="MLflow looks hosts up when it likes, and sends to none of this machine")


def test_the_client_adds_one(server: Server, client: mlflow.MlflowClient) -> None:
    made = client.create_webhook("a.b-c", PUBLIC, ["model_version.created", "model_version_tag.set"], description="d")
    assert (made.name, made.url, made.status, made.description) == ("a.b-c", PUBLIC, "ACTIVE", "d")
    assert [str(one) for one in made.events] == ["model_version.created", "model_version_tag.set"]
    client.delete_webhook(made.webhook_id)


def test_the_answer_field_for_field(server: Server) -> None:
    made = server.post(ENDPOINT, name="w", url=PUBLIC, events=EVENTS).ok()["webhook"]
    now = made["creation_timestamp"]
    assert made == {
        "webhook_id": made["webhook_id"],
        "name": "w",
        "url": PUBLIC,
        "events": EVENTS,
        "status": "ACTIVE",
        "creation_timestamp": now,
        "last_updated_timestamp": now,
    }
    server.delete(f"{ENDPOINT}/{made['webhook_id']}").ok()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "-x"}, ["Webhook name '-x' is invalid"]),
        ({"name": "x" * 64}, ["63"]),
        ({"name": "a b"}, ["invalid"]),
        ({"url": ""}, ["url"]),
        ({"url": "http://8.8.8.8/"}, ["Invalid webhook URL scheme: 'http'. Allowed schemes are: https."]),
        ({"url": "ftp://8.8.8.8/"}, ["'ftp'"]),
        ({"url": "https://127.0.0.1/"}, ["non-public IP address", "127.0.0.1"]),
        ({"url": "https://localhost:5000/"}, ["non-public"]),
        ({"url": "https://[::1]/"}, ["non-public"]),
        ({"url": "https://0x7f000001/"}, ["non-public"]),
        ({"url": "https://2130706433/"}, ["non-public"]),
        ({"url": "https://169.254.169.254/latest/meta-data"}, ["non-public"]),
        ({"url": "https://10.1.2.3/"}, ["non-public"]),
        ({"url": "https://[::ffff:127.0.0.1]/"}, ["non-public"]),
        ({"url": "https://[64:ff9b::7f00:1]/"}, ["non-public"]),
        ({"url": "https://u:p@8.8.8.8/"}, ["credentials"]),
        ({"url": "https://8.8.8.8\\@127.0.0.1/"}, ["backslashes"]),
        ({"url": "https://nope.invalid/"}, ["Cannot resolve", "nope.invalid"]),
        ({"url": f"https://8.8.8.8/{'x' * 2100}"}, ["2048"]),
        ({"events": []}, ["non-empty"]),
        ({"events": [{"entity": "X", "action": "CREATED"}]}, ["Invalid entity 'X'"]),
        ({"events": [{"entity": "MODEL_VERSION", "action": "SET"}]}, ["Invalid action 'set'", "['created']"]),
        ({"events": [{"entity": "MODEL_VERSION"}]}, ["action"]),
        ({"events": ["model_version.created"]}, ["events"]),
        ({"status": "BOGUS"}, ["status", "ACTIVE"]),
        ({"secret": "s"}, ["KISEKI_WEBHOOK_SECRET_ENCRYPTION_KEY"]),
        ({"description": "x" * 5001}, ["description"]),
    ],
)
def test_what_is_refused_and_not_kept(server: Server, fields: Json, words: list[str]) -> None:
    server.post(ENDPOINT, {"name": "w", "url": PUBLIC, "events": EVENTS, **fields}).refused(INVALID, *words)
    assert server.get(ENDPOINT).ok() == {}
