"""/api/2.0/mlflow/webhooks: adding, changing, testing and deleting webhooks, and what is sent to them."""

from __future__ import annotations

import base64
import hmac
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import mlflow
import pytest
from cryptography.fernet import Fernet

from tests.wire.server import INVALID, MISSING, NATIVE, Json, Server, pairs

ENDPOINT = "webhooks"
EVENTS = [{"entity": "MODEL_VERSION", "action": "CREATED"}]
PUBLIC = "https://8.8.8.8/hook"
pytestmark = pytest.mark.differs(reason="MLflow looks hosts up when it likes, and sends to none of this machine")


class Receiver:
    """A receiver of messages on this machine."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.end_headers()
                self.wfile.write(b"the receiver's own business")

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def told(self, count: int) -> list[Json]:
        """The first messages, as JSON."""
        wait(lambda: len(self.got) >= count)
        return [json.loads(body) for _, body in self.got]


def wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture(scope="module")
def sending(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that may send to this machine, and has a key for secrets."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KISEKI_WEBHOOK_SECRET_ENCRYPTION_KEY", Fernet.generate_key().decode())
        options = ("--webhook-allowed-hosts", "http://127.0.0.1,receiver.internal:8443")
        with Server(tmp_path_factory.mktemp("sending"), options=options) as running:
            yield running
            running.check()


@pytest.fixture
def sender(sending: Server) -> Iterator[mlflow.MlflowClient]:
    """The client of MLflow on it; webhooks of other tests are gone."""
    client = mlflow.MlflowClient(tracking_uri=sending.uri)
    yield client
    for one in client.list_webhooks():
        client.delete_webhook(one.webhook_id)


def deliveries(server: Server, webhook_id: str) -> list[Json]:
    answer = server.request("GET", f"{NATIVE}webhooks/deliveries", query={"webhook_id": webhook_id}).ok()
    return list(answer.get("deliveries", []))


# The webhooks


def test_the_client_from_beginning_to_end(server: Server, client: mlflow.MlflowClient) -> None:
    made = client.create_webhook("a.b-c", PUBLIC, ["model_version.created", "model_version_tag.set"], description="d")
    assert (made.name, made.url, made.status, made.description) == ("a.b-c", PUBLIC, "ACTIVE", "d")
    assert [str(one) for one in made.events] == ["model_version.created", "model_version_tag.set"]
    changed = client.update_webhook(made.webhook_id, name="z", status="DISABLED", events=["registered_model.created"])
    assert (changed.name, changed.status, [str(one) for one in changed.events]) == (
        "z",
        "DISABLED",
        ["registered_model.created"],
    )
    assert (changed.url, changed.description, changed.creation_timestamp) == (PUBLIC, "d", made.creation_timestamp)
    assert client.get_webhook(made.webhook_id).name == "z"
    client.delete_webhook(made.webhook_id)
    server.get(f"{ENDPOINT}/{made.webhook_id}").refused(MISSING, f"Webhook with ID {made.webhook_id} not found.")


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
    assert server.get(f"{ENDPOINT}/{made['webhook_id']}").ok()["webhook"] == made
    assert server.patch(f"{ENDPOINT}/{made['webhook_id']}").ok()["webhook"]["name"] == "w"
    assert server.delete(f"{ENDPOINT}/{made['webhook_id']}").ok() == {}


def test_pages(server: Server, client: mlflow.MlflowClient) -> None:
    made = [client.create_webhook(f"p{i}", PUBLIC, ["model_version.created"]).webhook_id for i in range(3)]
    first = client.list_webhooks(max_results=2)
    rest = client.list_webhooks(max_results=2, page_token=first.token)
    assert [one.webhook_id for one in [*first, *rest]] == made[::-1]
    for one in made:
        client.delete_webhook(one)
    server.get(ENDPOINT, max_results=0).refused(INVALID, "max_results")
    server.get(ENDPOINT, page_token="x").refused(INVALID, "page token")


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
    server.delete(f"{ENDPOINT}/nope").refused(MISSING, "nope")
    server.post(f"{ENDPOINT}/nope/test", {}).refused(MISSING, "nope")
    server.request("GET", f"{NATIVE}webhooks/deliveries", query={"webhook_id": "nope"}).refused(MISSING, "nope")


# What is sent


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
