"""Webhooks as callers see them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from kiseki.base.errors import InvalidParameter
from kiseki.domain import webhooks as domain
from kiseki.entities.entity import Entity

WebhookEntity = domain.Entity
WebhookAction = domain.Action


class WebhookStatus(StrEnum):
    """Whether a webhook is told of anything."""

    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"


@dataclass(frozen=True, repr=False, init=False)
class WebhookEvent(Entity):
    """Something that happens in the registry; `str()` gives `model_version.created`.

    Args:
        entity: To what it happens.
        action: What happens.

    Raises:
        InvalidParameter: There is no such event.
    """

    entity: domain.Entity
    action: domain.Action

    def __init__(self, entity: str | domain.Entity, action: str | domain.Action) -> None:
        event = domain.event_named(str(entity), str(action))
        object.__setattr__(self, "entity", event.entity)
        object.__setattr__(self, "action", event.action)

    @classmethod
    def from_str(cls, event_str: str) -> WebhookEvent:
        """The event of a text such as `model_version.created`."""
        entity, dot, action = event_str.partition(".")
        if not dot:
            raise InvalidParameter(f"Invalid event {event_str[:64]!r}. Write it like model_version.created.")
        return cls(entity, action)

    def __str__(self) -> str:
        return f"{self.entity}.{self.action}"


@dataclass(frozen=True, repr=False)
class Webhook(Entity):
    """A webhook. Times are milliseconds since 1970-01-01T00:00:00Z.

    Args:
        webhook_id: Its id.
        name: Need not be unique.
        url: Where messages go.
        events: What it is told of.
        creation_timestamp: When it was added.
        last_updated_timestamp: When it last changed.
        description: What somebody wrote of it.
        status: Whether it is told of anything.
        secret: Never told by a server.
    """

    webhook_id: str
    name: str
    url: str
    events: list[WebhookEvent]
    creation_timestamp: int
    last_updated_timestamp: int
    description: str | None = None
    status: WebhookStatus = WebhookStatus.ACTIVE
    secret: str | None = None


@dataclass(frozen=True, repr=False)
class WebhookTestResult(Entity):
    """What came of a test of a webhook.

    Args:
        success: Whether the receiver took it.
        response_status: The status of its answer; None for no answer.
        response_body: None: nothing else of the answer is told.
        error_message: Why there was no answer.
    """

    success: bool
    response_status: int | None = None
    response_body: str | None = None
    error_message: str | None = None


@dataclass(frozen=True, repr=False)
class WebhookDelivery(Entity):
    """One message to a webhook. Times are milliseconds since 1970-01-01T00:00:00Z.

    Args:
        delivery_id: In its header X-MLflow-Delivery-Id.
        webhook_id: Of the webhook.
        event: Such as `model_version.created`.
        payload: What is sent, as JSON.
        status: "PENDING", "DELIVERED" or "FAILED".
        attempts: How often it was sent.
        creation_timestamp: When it was written.
        end_timestamp: When it was delivered or given up; None before.
        response_status: The status of the last answer; None without one.
        error: Why there was no answer.
    """

    delivery_id: str
    webhook_id: str
    event: str
    payload: str
    status: str
    attempts: int
    creation_timestamp: int
    end_timestamp: int | None = None
    response_status: int | None = None
    error: str = ""


def webhook_from_domain(given: domain.Webhook) -> Webhook:
    """A webhook as callers see it."""
    return Webhook(
        given.webhook_id,
        given.name,
        given.url,
        [WebhookEvent(one.entity, one.action) for one in given.events],
        given.creation_time,
        given.last_update_time,
        given.description or None,
        WebhookStatus(given.status.value),
    )


def delivery_from_domain(given: domain.Delivery) -> WebhookDelivery:
    """A message as callers see it."""
    return WebhookDelivery(
        given.delivery_id,
        given.webhook_id,
        given.event,
        given.payload,
        given.status.value,
        given.attempts,
        given.creation_time,
        given.end_time,
        given.response_status,
        given.error,
    )


def events_to_domain(given: Iterable[WebhookEvent | str] | None) -> tuple[domain.WebhookEvent, ...] | None:
    """Events as a caller gives them, as events or as texts; None stays None."""
    if given is None:
        return None
    if isinstance(given, str):
        raise InvalidParameter(f"The events are one text, {given[:64]!r}; expected a list such as [{given[:64]!r}].")
    events = [one if isinstance(one, WebhookEvent) else WebhookEvent.from_str(str(one)) for one in given]
    return tuple(domain.WebhookEvent(entity=one.entity, action=one.action) for one in events)
