"""Webhooks and what is on its way to them, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from kiseki.domain.runs import Page
from kiseki.domain.webhooks import Delivery, DeliveryStatus, Webhook, WebhookEvent, WebhookStatus, event_named
from kiseki.store.sql.database import Connection
from kiseki.store.sql.paging import SortKey, digest, in_order, page, position
from kiseki.store.sql.tables import webhook_deliveries, webhooks

_ROW: Final = (
    webhooks.c.number,
    webhooks.c.webhook_id,
    webhooks.c.name,
    webhooks.c.description,
    webhooks.c.url,
    webhooks.c.events,
    webhooks.c.status,
    webhooks.c.secret,
    webhooks.c.creation_time,
    webhooks.c.last_update_time,
)
_GET = select(*_ROW).where(webhooks.c.webhook_id == bindparam("which"))
_ACTIVE = select(*_ROW).where(webhooks.c.status == WebhookStatus.ACTIVE.value).order_by(webhooks.c.number)
_BY_NUMBERS = select(*_ROW).where(webhooks.c.number.in_(bindparam("numbers", expanding=True)))
_ADD = insert(webhooks).values(
    webhook_id=bindparam("webhook_id"),
    name=bindparam("name"),
    description=bindparam("description"),
    url=bindparam("url"),
    events=bindparam("events"),
    status=bindparam("status"),
    secret=bindparam("secret"),
    creation_time=bindparam("creation_time"),
    last_update_time=bindparam("last_update_time"),
)
_CHANGE = (
    update(webhooks)
    .where(webhooks.c.webhook_id == bindparam("which"))
    .values(
        name=bindparam("called"),
        description=bindparam("told"),
        url=bindparam("address"),
        events=bindparam("of"),
        status=bindparam("became"),
        secret=bindparam("sealed"),
        last_update_time=bindparam("now"),
    )
)
_DELETE = delete(webhooks).where(webhooks.c.webhook_id == bindparam("which"))
_DELETE_ITS = delete(webhook_deliveries).where(webhook_deliveries.c.webhook == bindparam("which"))

_DELIVERY: Final = (
    webhook_deliveries.c.number,
    webhook_deliveries.c.webhook,
    webhook_deliveries.c.delivery_id,
    webhook_deliveries.c.event,
    webhook_deliveries.c.payload,
    webhook_deliveries.c.status,
    webhook_deliveries.c.attempts,
    webhook_deliveries.c.next_time,
    webhook_deliveries.c.creation_time,
    webhook_deliveries.c.end_time,
    webhook_deliveries.c.response_status,
    webhook_deliveries.c.error,
)
_QUEUE = insert(webhook_deliveries).values(
    webhook=bindparam("webhook"),
    delivery_id=bindparam("delivery_id"),
    event=bindparam("event"),
    payload=bindparam("payload"),
    status=bindparam("status"),
    attempts=bindparam("attempts"),
    next_time=bindparam("next_time"),
    creation_time=bindparam("creation_time"),
    error=bindparam("error"),
)
_DUE = (
    select(*_DELIVERY)
    .where(
        webhook_deliveries.c.status == DeliveryStatus.PENDING.value,
        webhook_deliveries.c.next_time <= bindparam("now"),
    )
    .order_by(webhook_deliveries.c.next_time, webhook_deliveries.c.number)
    .limit(bindparam("most"))
)
# Processes that look at the same time see the same rows; each is taken by the one that changes it.
_TAKE = (
    update(webhook_deliveries)
    .where(
        webhook_deliveries.c.number == bindparam("which"),
        webhook_deliveries.c.status == DeliveryStatus.PENDING.value,
        webhook_deliveries.c.next_time == bindparam("seen"),
    )
    .values(next_time=bindparam("until"))
)
_FINISH = (
    update(webhook_deliveries)
    .where(webhook_deliveries.c.number == bindparam("which"))
    .values(
        status=bindparam("became"),
        attempts=bindparam("tried"),
        next_time=bindparam("again"),
        end_time=bindparam("ended"),
        response_status=bindparam("answered"),
        error=bindparam("why"),
    )
)
_DELIVERIES = select(*_DELIVERY).where(webhook_deliveries.c.number.in_(bindparam("numbers", expanding=True)))
_FORGET = delete(webhook_deliveries).where(webhook_deliveries.c.end_time < bindparam("before"))


class SqlWebhooks:
    """`kiseki.store.registry.Webhooks`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def create(self, webhook: Webhook) -> None:
        self._connection.run(
            _ADD,
            webhook_id=webhook.webhook_id,
            name=webhook.name,
            description=webhook.description,
            url=webhook.url,
            events=_written(webhook),
            status=webhook.status.value,
            secret=webhook.secret,
            creation_time=webhook.creation_time,
            last_update_time=webhook.last_update_time,
        )

    def get(self, webhook_id: str) -> Webhook | None:
        row = self._connection.row(_GET, which=webhook_id)
        return None if row is None else _webhook(row)

    def page(self, max_results: int, page_token: str) -> Page[Webhook]:
        asked = digest("webhooks")
        keys = (
            SortKey(column=webhooks.c.creation_time, descending=True),
            SortKey(column=webhooks.c.number, descending=True),
        )
        after = position(self._connection, page_token, asked, len(keys))
        rows = self._connection.query(in_order(select(webhooks.c.number), keys, after, max_results + 1))
        numbers, token = page(self._connection, rows, max_results, asked)
        found = {row[0]: row for row in self._connection.rows_in(_BY_NUMBERS, "numbers", numbers)}
        return Page(items=[_webhook(found[number]) for number in numbers], next_page_token=token)

    def replace(self, webhook: Webhook) -> None:
        self._connection.run(
            _CHANGE,
            which=webhook.webhook_id,
            called=webhook.name,
            told=webhook.description,
            address=webhook.url,
            of=_written(webhook),
            became=webhook.status.value,
            sealed=webhook.secret,
            now=webhook.last_update_time,
        )

    def delete(self, webhook_id: str) -> bool:
        self._connection.run(_DELETE_ITS, which=webhook_id)
        return bool(self._connection.change(_DELETE, which=webhook_id))

    def told_of(self, event: WebhookEvent) -> list[Webhook]:
        found = [_webhook(row) for row in self._connection.rows(_ACTIVE)]
        return [one for one in found if event in one.events]

    def queue(self, deliveries: Sequence[Delivery]) -> None:
        self._connection.write_many(
            _QUEUE,
            [
                {
                    "webhook": one.webhook_id,
                    "delivery_id": one.delivery_id,
                    "event": one.event,
                    "payload": one.payload,
                    "status": one.status.value,
                    "attempts": one.attempts,
                    "error": one.error,
                    "next_time": one.next_time,
                    "creation_time": one.creation_time,
                }
                for one in deliveries
            ],
        )

    def is_due(self, now: int) -> bool:
        return self._connection.row(_DUE, now=now, most=1) is not None

    def due(self, now: int, until: int, limit: int) -> list[Delivery]:
        found = [_delivery(row) for row in self._connection.rows(_DUE, now=now, most=limit)]
        return [
            one for one in found if self._connection.change(_TAKE, which=one.number, seen=one.next_time, until=until)
        ]

    def finish(self, delivery: Delivery) -> None:
        self._connection.run(
            _FINISH,
            which=delivery.number,
            became=delivery.status.value,
            tried=delivery.attempts,
            again=delivery.next_time,
            ended=delivery.end_time,
            answered=delivery.response_status,
            why=delivery.error,
        )

    def deliveries(
        self, webhook_id: str, status: DeliveryStatus | None, max_results: int, page_token: str
    ) -> Page[Delivery]:
        asked = digest("deliveries", webhook_id, status)
        statement = select(webhook_deliveries.c.number).where(webhook_deliveries.c.webhook == webhook_id)
        if status is not None:
            statement = statement.where(webhook_deliveries.c.status == status.value)
        keys = (SortKey(column=webhook_deliveries.c.number, descending=True),)
        after = position(self._connection, page_token, asked, len(keys))
        rows = self._connection.query(in_order(statement, keys, after, max_results + 1))
        numbers, token = page(self._connection, rows, max_results, asked)
        found = {row[0]: row for row in self._connection.rows_in(_DELIVERIES, "numbers", numbers)}
        return Page(items=[_delivery(found[number]) for number in numbers], next_page_token=token)

    def forget(self, before: int) -> int:
        return self._connection.change(_FORGET, before=before)


def _written(webhook: Webhook) -> str:
    return " ".join(map(str, webhook.events))


def _webhook(row: tuple[Any, ...]) -> Webhook:
    """The webhook of a row of `_ROW`."""
    _, webhook_id, name, description, url, events, status, secret, created, updated = row
    return Webhook(
        webhook_id=webhook_id,
        name=name,
        description=description,
        url=url,
        events=tuple(event_named(*one.split(".")) for one in events.split()),
        status=WebhookStatus(status),
        secret=secret,
        creation_time=created,
        last_update_time=updated,
    )


def _delivery(row: tuple[Any, ...]) -> Delivery:
    """The delivery of a row of `_DELIVERY`."""
    number, webhook, delivery_id, event, payload, status, attempts, again, created, ended, answered, error = row
    return Delivery(
        number=number,
        webhook_id=webhook,
        delivery_id=delivery_id,
        event=event,
        payload=payload,
        status=DeliveryStatus(status),
        attempts=attempts,
        next_time=again,
        creation_time=created,
        end_time=ended,
        response_status=answered,
        error=error,
    )
