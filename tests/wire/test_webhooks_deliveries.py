"""GET /api/kiseki/v1/webhooks/deliveries: what was sent, how often, and what became of it."""

from __future__ import annotations

import base64
import hmac
import json
import time
from hashlib import sha256
from pathlib import Path

import mlflow
import pytest

from tests.wire.hooks import ENDPOINT, Receiver, deliveries, wait
from tests.wire.server import INVALID, MISSING, NATIVE, Server, pairs

pytestmark = pytest.mark.differs(reason="MLflow looks hosts up when it likes, and sends to none of this machine")


def test_messages_of_all_that_happens(sending: Server, sender: mlflow.MlflowClient, receiver: Receiver) -> None:
    events = [
        *("registered_model.created", "model_version.created", "model_version_tag.set", "model_version_tag.deleted"),
        *("model_version_alias.created", "model_version_alias.deleted"),
    ]
    made = sender.create_webhook("all", receiver.url, events)
    name = sending.new_registered_model(tags=pairs(a="1"), description="d")
    sending.new_version(name, "s3://b/k", tags=pairs(b="2"), run_id="r1")
    sender.set_model_version_tag(name, "1", "c", "3")
    sender.delete_model_version_tag(name, "1", "c")
    sender.set_registered_model_alias(name, "champion", "1")
    sender.delete_registered_model_alias(name, "champion")
    told = {f"{one['entity']}.{one['action']}": one["data"] for one in receiver.told(6)}
    of = {"name": name, "version": "1"}
    assert told == {
        "registered_model.created": {"name": name, "tags": {"a": "1"}, "description": "d"},
        "model_version.created": {**of, "source": "s3://b/k", "run_id": "r1", "tags": {"b": "2"}, "description": ""},
        "model_version_tag.set": {**of, "key": "c", "value": "3"},
        "model_version_tag.deleted": {**of, "key": "c"},
        "model_version_alias.created": {**of, "alias": "champion"},
        "model_version_alias.deleted": {"name": name, "alias": "champion"},
    }
    wait(lambda: all(one["status"] == "DELIVERED" for one in deliveries(sending, made.webhook_id)))
    found = deliveries(sending, made.webhook_id)
    assert [one["event"] for one in found] == events[::-1]
    assert {(one["attempts"], one["response_status"], one["error"]) for one in found} == {(1, 200, "")}
    assert {headers["x-mlflow-delivery-id"] for headers, _ in receiver.got} == {one["delivery_id"] for one in found}
    assert "business" not in json.dumps(found)


def test_a_signed_message(sending: Server, sender: mlflow.MlflowClient, receiver: Receiver) -> None:
    secret = "$HOME ${AWS_SECRET_ACCESS_KEY} file:///etc/passwd 秘密"
    made = sender.create_webhook("signed", receiver.url, ["model_version.created"], secret=secret)
    sending.new_version(sending.new_registered_model())
    receiver.told(1)
    headers, body = receiver.got[0]
    signed = f"{headers['x-mlflow-delivery-id']}.{headers['x-mlflow-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.digest(secret.encode(), signed, sha256)).decode()
    assert headers["x-mlflow-signature"] == f"v1,{wanted}"
    assert abs(int(headers["x-mlflow-timestamp"]) - time.time()) < 60
    assert headers["content-type"] == "application/json"
    # It is told to nobody, and not in the database as it is.
    for answer in (sending.get(ENDPOINT), sending.get(f"{ENDPOINT}/{made.webhook_id}")):
        assert b"HOME" not in answer.body
    kept = Path(sending.database_uri.removeprefix("sqlite:///")).read_bytes()
    log = Path(sending.database_uri.removeprefix("sqlite:///") + "-wal")
    assert b"AWS_SECRET" not in kept + (log.read_bytes() if log.exists() else b"")
    sender.update_webhook(made.webhook_id, name="renamed")
    sending.new_version(sending.new_registered_model())
    receiver.told(2)
    assert "x-mlflow-signature" in receiver.got[1][0]
    sending.patch(f"{ENDPOINT}/{made.webhook_id}", secret="").ok()
    sending.new_version(sending.new_registered_model())
    receiver.told(3)
    assert "x-mlflow-signature" not in receiver.got[2][0]


def test_messages_are_sent_again(sending: Server, sender: mlflow.MlflowClient, receiver: Receiver) -> None:
    made = sender.create_webhook("again", receiver.url, ["registered_model.created"])
    receiver.statuses = [503, 429]
    sending.new_registered_model()
    wait(lambda: [one["status"] for one in deliveries(sending, made.webhook_id)] == ["DELIVERED"])
    assert deliveries(sending, made.webhook_id)[0]["attempts"] == 3
    assert len({(headers["x-mlflow-delivery-id"], body) for headers, body in receiver.got}) == 1
    receiver.statuses = [404]
    sending.new_registered_model()
    wait(lambda: [one["status"] for one in deliveries(sending, made.webhook_id)] == ["FAILED", "DELIVERED"])
    last = deliveries(sending, made.webhook_id)[0]
    assert (last["attempts"], last["response_status"]) == (1, 404)


def test_who_is_told(sending: Server, sender: mlflow.MlflowClient, receiver: Receiver) -> None:
    off = sender.create_webhook("off", receiver.url, ["registered_model.created"], status="DISABLED")
    prompts = sender.create_webhook("prompts", receiver.url, ["prompt.created", "prompt_version.created"])
    sending.new_registered_model()
    name = sending.new_registered_model(tags=[{"key": "mlflow.prompt.is_prompt", "value": "true"}])
    tags = pairs(**{"mlflow.prompt.is_prompt": "true", "mlflow.prompt.text": "Hello {{x}}"})
    sending.new_version(name, "s3://b/p", tags=tags)
    told = receiver.told(2)
    assert sorted((one["entity"], one["data"]["name"]) for one in told) == [
        ("prompt", name),
        ("prompt_version", name),
    ]
    assert next(one for one in told if one["entity"] == "prompt_version")["data"]["template"] == "Hello {{x}}"
    assert deliveries(sending, off.webhook_id) == []
    assert len(deliveries(sending, prompts.webhook_id)) == 2


def test_what_did_not_happen_is_not_told(sending: Server, sender: mlflow.MlflowClient, receiver: Receiver) -> None:
    made = sender.create_webhook("some", receiver.url, ["model_version.created", "model_version_alias.created"])
    name = sending.new_registered_model()
    sending.post("model-versions/create", name=name, source="/etc/passwd").refused(INVALID)
    sending.new_version(name)
    sending.native("registry/rules", name=name, rules={"approved_aliases": ["a"]}).ok()
    sending.post("registered-models/alias", name=name, alias="a", version="1").rejected()
    receiver.told(1)
    assert [one["event"] for one in deliveries(sending, made.webhook_id)] == ["model_version.created"]


def test_one_that_is_not_there(server: Server) -> None:
    server.request("GET", f"{NATIVE}webhooks/deliveries", query={"webhook_id": "nope"}).refused(MISSING, "nope")
