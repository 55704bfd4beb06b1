"""Webhooks on the wire."""

from __future__ import annotations

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.domain import webhooks as domain


class WebhookEvent(msgspec.Struct, kw_only=True):
    """What happens, such as MODEL_VERSION and CREATED; in any case."""

    entity: str
    action: str


class Webhook(msgspec.Struct, kw_only=True):
    """A webhook; its secret is told to nobody."""

    webhook_id: str
    name: str
    url: str
    events: list[WebhookEvent]
    status: str
    creation_timestamp: int
    last_updated_timestamp: int
    description: str | msgspec.UnsetType = msgspec.UNSET


class CreateWebhook(msgspec.Struct, kw_only=True, omit_defaults=True):
    """POST webhooks."""

    name: str
    url: str
    events: list[WebhookEvent] = []
    description: str = ""
    secret: str = ""
    status: str = "ACTIVE"


class WebhookRef(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A request that names a webhook in its path."""

    webhook_id: str = ""


class UpdateWebhook(WebhookRef, kw_only=True, omit_defaults=True):
    """PATCH webhooks/{webhook_id}: what is absent stays; an empty `secret` removes it."""

    name: str | None = None
    url: str | None = None
    events: list[WebhookEvent] = []
    description: str | None = None
    secret: str | None = None
    status: str | None = None


class ListWebhooks(msgspec.Struct, kw_only=True, omit_defaults=True):
    """GET webhooks: 1 to 1,000 at once."""

    max_results: int = 100
    page_token: str = ""


class TryWebhook(WebhookRef, kw_only=True, omit_defaults=True):
    """POST webhooks/{webhook_id}/test: an example of `event`, else of the first that it is told of."""

    event: WebhookEvent | None = None


class WebhookAnswer(msgspec.Struct, kw_only=True):
    """The answer that is one webhook."""

    webhook: Webhook


class WebhooksAnswer(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One page of webhooks."""

    webhooks: list[Webhook] = []
    next_page_token: str = ""


class WebhookTestResult(msgspec.Struct, kw_only=True):
    """What came of a test. Of the receiver's answer only the status is told."""

    success: bool
    response_status: int | msgspec.UnsetType = msgspec.UNSET
    error_message: str | msgspec.UnsetType = msgspec.UNSET


class WebhookTestAnswer(msgspec.Struct, kw_only=True):
    """The answer of a test."""

    result: WebhookTestResult


class ListDeliveries(msgspec.Struct, kw_only=True, omit_defaults=True):
    """GET /api/kiseki/v1/webhooks/deliveries: `status` is PENDING, DELIVERED or FAILED; "" for all."""

    webhook_id: str
    status: str = ""
    max_results: int = 100
    page_token: str = ""


class Delivery(msgspec.Struct, kw_only=True):
    """One message to a webhook. `next_timestamp` is when it is tried again while it is PENDING."""

    delivery_id: str
    webhook_id: str
    event: str
    payload: str
    status: str
    attempts: int
    creation_timestamp: int
    next_timestamp: int | None = None
    end_timestamp: int | None = None
    response_status: int | None = None
    error: str = ""


class DeliveriesAnswer(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One page of messages."""

    deliveries: list[Delivery] = []
    next_page_token: str = ""


def webhook_from_domain(given: domain.Webhook) -> Webhook:
    """The wire form of a webhook."""
    return Webhook(
        webhook_id=given.webhook_id,
        name=given.name,
        url=given.url,
        events=[events_from_domain(one) for one in given.events],
        status=given.status.value,
        creation_timestamp=given.creation_time,
        last_updated_timestamp=given.last_update_time,
        description=given.description or msgspec.UNSET,
    )


def webhook_to_domain(given: Webhook) -> domain.Webhook:
    """The webhook in its wire form, which does not tell its secret."""
    return domain.Webhook(
        webhook_id=given.webhook_id,
        name=given.name,
        url=given.url,
        events=events_to_domain(given.events),
        status=domain.status_named(given.status),
        creation_time=given.creation_timestamp,
        last_update_time=given.last_updated_timestamp,
        description=given.description or "",
    )


def events_from_domain(given: domain.WebhookEvent) -> WebhookEvent:
    """The wire form of an event."""
    return WebhookEvent(entity=given.entity.name, action=given.action.name)


def events_to_domain(given: list[WebhookEvent]) -> tuple[domain.WebhookEvent, ...]:
    """Events by their names."""
    return tuple(domain.event_named(one.entity, one.action) for one in given)


def outcome_to_domain(given: WebhookTestResult) -> domain.Outcome:
    """What came of a test in its wire form."""
    return domain.Outcome(status=given.response_status or None, error=given.error_message or "")


def outcome_from_domain(given: domain.Outcome) -> WebhookTestResult:
    """The wire form of what came of a test."""
    return WebhookTestResult(
        success=given.is_success,
        response_status=msgspec.UNSET if given.status is None else given.status,
        error_message=given.error or msgspec.UNSET,
    )


def delivery_from_domain(given: domain.Delivery) -> Delivery:
    """The wire form of a message."""
    waits = given.status is domain.DeliveryStatus.PENDING
    return Delivery(
        delivery_id=given.delivery_id,
        webhook_id=given.webhook_id,
        event=given.event,
        payload=given.payload,
        status=given.status.value,
        attempts=given.attempts,
        creation_timestamp=given.creation_time,
        next_timestamp=given.next_time if waits else None,
        end_timestamp=given.end_time,
        response_status=given.response_status,
        error=given.error,
    )


def delivery_to_domain(given: Delivery) -> domain.Delivery:
    """The message in its wire form."""
    return domain.Delivery(
        delivery_id=given.delivery_id,
        webhook_id=given.webhook_id,
        event=given.event,
        payload=given.payload,
        status=domain.DeliveryStatus(given.status),
        attempts=given.attempts,
        next_time=given.next_timestamp or 0,
        creation_time=given.creation_timestamp,
        end_time=given.end_timestamp,
        response_status=given.response_status,
        error=given.error,
    )


def delivery_status_to_domain(text: str) -> domain.DeliveryStatus | None:
    """The status of messages that are asked for; None for "", which is any."""
    try:
        return domain.DeliveryStatus(text.upper()) if text else None
    except ValueError:
        raise InvalidParameter(
            f"Invalid value {text[:64]!r} for parameter 'status' supplied: it is one of "
            f"{', '.join(domain.DeliveryStatus)}."
        ) from None
