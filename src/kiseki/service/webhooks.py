"""What can be done with webhooks: who is told of what, messages that are written with what they tell, and their sending."""

from __future__ import annotations

import base64
import hmac
import time
import uuid
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

import msgspec

from kiseki.base.clock import now_ms
from kiseki.base.errors import InvalidParameter, MissingDependency, NotFound
from kiseki.base.optional import optional
from kiseki.base.settings import setting
from kiseki.domain.keys import check_given
from kiseki.domain.runs import Page
from kiseki.domain.webhooks import (
    MAX_DESCRIPTION_CHARS,
    MAX_SECRET_CHARS,
    MAX_URL_CHARS,
    Action,
    Delivery,
    DeliveryStatus,
    Entity,
    Outcome,
    Webhook,
    WebhookChange,
    WebhookEvent,
    check_events,
    check_length,
    check_name,
    example_of,
)
from kiseki.service.egress import Egress
from kiseki.service.experiments import check_max_results
from kiseki.store import Session, Store

MAX_RESULTS: Final = 1_000
RETRIES: Final = 3
_FIRST_WAIT_MS: Final = 1_000
_LEASE_MS: Final = 300_000
"""Whoever takes a message has so long to send it; then somebody else does."""
_KEPT_MS: Final = 30 * 86_400_000
"""So long is known what became of a message."""
AT_ONCE: Final = 16
KEY_SETTING: Final = "WEBHOOK_SECRET_ENCRYPTION_KEY"


def create(session: Session, egress: Egress, change: WebhookChange) -> Webhook:
    """Adds a webhook; whether its host may be sent to is looked at before, by `Egress.check_reachable`.

    Raises:
        InvalidParameter: A part is not valid, or the server has no key to encrypt a secret with.
    """
    now = now_ms()
    if not change.events:
        check_events(())
    webhook = Webhook(
        webhook_id=str(uuid.uuid4()),
        name=check_name(change.name or ""),
        url=check_given(change.url or "", "url"),
        events=check_events(change.events or ()),
        creation_time=now,
        last_update_time=now,
    )
    webhook = _changed(egress, webhook, change)
    session.webhooks.create(webhook)
    return webhook


def update(session: Session, egress: Egress, webhook_id: str, change: WebhookChange) -> Webhook:
    """Changes a webhook, and returns it as it is then."""
    webhook = msgspec.structs.replace(get(session, webhook_id), last_update_time=now_ms())
    webhook = _changed(egress, webhook, change)
    session.webhooks.replace(webhook)
    return webhook


def _changed(egress: Egress, webhook: Webhook, change: WebhookChange) -> Webhook:
    fields: dict[str, Any] = {}
    if change.name is not None:
        fields["name"] = check_name(change.name)
    if change.url is not None:
        fields["url"] = check_length(change.url, "url", MAX_URL_CHARS)
        egress.check(change.url)
    if change.events is not None:
        fields["events"] = check_events(change.events)
    if change.description is not None:
        fields["description"] = check_length(change.description, "description", MAX_DESCRIPTION_CHARS)
    if change.status is not None:
        fields["status"] = change.status
    if change.secret is not None:
        fields["secret"] = _seal(check_length(change.secret, "secret", MAX_SECRET_CHARS)) if change.secret else ""
    return msgspec.structs.replace(webhook, **fields)


def get(session: Session, webhook_id: str) -> Webhook:
    """The webhook.

    Raises:
        NotFound: There is none of that id.
    """
    found = session.webhooks.get(webhook_id)
    if found is None:
        raise _not_found(webhook_id)
    return found


def listed(session: Session, max_results: int, page_token: str) -> Page[Webhook]:
    """One page of webhooks, the latest created first."""
    check_max_results(max_results, MAX_RESULTS)
    return session.webhooks.page(max_results, page_token)


def delete(session: Session, webhook_id: str) -> None:
    """Deletes a webhook, and what is on its way to it.

    Raises:
        NotFound: There is none of that id.
    """
    if not session.webhooks.delete(webhook_id):
        raise _not_found(webhook_id)


def deliveries(
    session: Session, webhook_id: str, status: DeliveryStatus | None, max_results: int, page_token: str
) -> Page[Delivery]:
    """One page of the messages to a webhook, the latest first; they are known for 30 days."""
    check_max_results(max_results, MAX_RESULTS)
    get(session, webhook_id)
    return session.webhooks.deliveries(webhook_id, status, max_results, page_token)


_OF_PROMPTS: Final = {
    Entity.REGISTERED_MODEL: Entity.PROMPT,
    Entity.MODEL_VERSION: Entity.PROMPT_VERSION,
    Entity.MODEL_VERSION_TAG: Entity.PROMPT_VERSION_TAG,
    Entity.MODEL_VERSION_ALIAS: Entity.PROMPT_ALIAS,
}


def tell(session: Session, entity: Entity, action: Action, data: dict[str, Any], *, is_prompt: bool = False) -> None:
    """Writes a message for each webhook that is told of an event, in the transaction of what it tells."""
    event = WebhookEvent(entity=_OF_PROMPTS.get(entity, entity) if is_prompt else entity, action=action)
    told = session.webhooks.told_of(event)
    if not told:
        return
    now = now_ms()
    payload = _payload(event, data, now)
    session.webhooks.queue(
        [
            Delivery(
                delivery_id=str(uuid.uuid4()),
                webhook_id=one.webhook_id,
                event=str(event),
                payload=payload,
                next_time=now,
                creation_time=now,
            )
            for one in told
        ]
    )


def _payload(event: WebhookEvent, data: dict[str, Any], now: int) -> str:
    told = {
        "entity": event.entity.value,
        "action": event.action.value,
        "timestamp": datetime.fromtimestamp(now / 1000, UTC).isoformat(),
        "data": data,
    }
    return msgspec.json.encode(told).decode()


def send_test(store: Store, egress: Egress, webhook_id: str, event: WebhookEvent | None) -> Outcome:
    """Sends an example of an event, by default of the first that the webhook is told of, and returns what came of it."""
    webhook = store.read(lambda session: get(session, webhook_id))
    asked = event or webhook.events[0]
    return _send(egress, webhook, str(uuid.uuid4()), _payload(asked, example_of(asked), now_ms()))


def take_due(store: Store) -> list[Delivery]:
    """Takes messages that are to be sent now, for `deliver`; nobody else is given them for some minutes."""
    now = now_ms()
    # Looking costs no write.
    if not store.read(lambda session: session.webhooks.is_due(now)):
        return []
    return store.write(lambda session: session.webhooks.due(now, now + _LEASE_MS, AT_ONCE))


def deliver(store: Store, egress: Egress, delivery: Delivery) -> None:
    """Sends one message that was taken, and says what became of it."""
    webhook = store.read(lambda session: session.webhooks.get(delivery.webhook_id))
    if webhook is None:
        return
    outcome = _send(egress, webhook, delivery.delivery_id, delivery.payload)
    now, attempts = now_ms(), delivery.attempts + 1
    again = not outcome.is_success and outcome.is_worth_another_try and attempts <= RETRIES
    status = DeliveryStatus.DELIVERED if outcome.is_success else DeliveryStatus.FAILED
    done = msgspec.structs.replace(
        delivery,
        status=DeliveryStatus.PENDING if again else status,
        attempts=attempts,
        next_time=now + (_FIRST_WAIT_MS << delivery.attempts),
        end_time=None if again else now,
        response_status=outcome.status,
        error=outcome.error,
    )
    store.write(lambda session: session.webhooks.finish(done))


def forget_old(store: Store) -> None:
    """Forgets what became of messages that ended over 30 days ago."""
    store.write(lambda session: session.webhooks.forget(now_ms() - _KEPT_MS))


def _send(egress: Egress, webhook: Webhook, delivery_id: str, payload: str) -> Outcome:
    body, moment = payload.encode(), str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "X-MLflow-Delivery-Id": delivery_id,
        "X-MLflow-Timestamp": moment,
    }
    if webhook.secret:
        try:
            secret = _open(webhook.secret)
        except InvalidParameter as error:
            return Outcome(error=str(error))
        signed = hmac.digest(secret.encode(), f"{delivery_id}.{moment}.".encode() + body, sha256)
        headers["X-MLflow-Signature"] = f"v1,{base64.b64encode(signed).decode()}"
    return egress.post(webhook.url, body, headers)


def _seal(secret: str) -> str:
    sealed: bytes = _cipher().encrypt(secret.encode())
    return sealed.decode()


def _open(sealed: str) -> str:
    cipher = _cipher()
    fernet = optional("cryptography.fernet", "a webhook with a secret", "cryptography")
    try:
        opened: bytes = cipher.decrypt(sealed.encode())
    except fernet.InvalidToken:
        raise InvalidParameter(
            f"The secret of the webhook was encrypted with another key than that of KISEKI_{KEY_SETTING}. Set the key of "
            "then, or the secret anew."
        ) from None
    return opened.decode()


def _cipher() -> Any:
    key = setting("WEBHOOK_SECRET_ENCRYPTION_KEY")
    if key is None:
        raise InvalidParameter(
            f"This server keeps no secrets of webhooks, since it has no key to encrypt them with. Its operator sets "
            f"KISEKI_{KEY_SETTING} to what this prints: "
            "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
        )
    try:
        fernet = optional("cryptography.fernet", "a webhook with a secret", "cryptography")
    except MissingDependency as error:
        raise InvalidParameter(f"This server keeps no secrets of webhooks: {error}") from error
    try:
        return fernet.Fernet(key.encode())
    except ValueError:
        raise InvalidParameter(f"KISEKI_{KEY_SETTING} is no key of Fernet: 32 bytes in URL-safe base64.") from None


def _not_found(webhook_id: str) -> NotFound:
    return NotFound(f"Webhook with ID {webhook_id[:100]} not found.")
