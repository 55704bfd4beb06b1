"""The endpoints of webhooks."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from kiseki.domain.keys import check_given
from kiseki.domain.webhooks import WebhookChange, check_events, status_named
from kiseki.server.acting import answered, asked
from kiseki.server.context import Context
from kiseki.service import Session, webhooks
from kiseki.wire import webhooks as wire
from kiseki.wire.experiments import Empty


async def create(request: Request, context: Context) -> Response:
    """POST webhooks: the host is looked up first, in a thread."""
    wanted, _ = await asked(request, wire.CreateWebhook)
    change = WebhookChange(
        name=check_given(wanted.name, "name"),
        url=check_given(wanted.url, "url"),
        events=check_events(wire.events_to_domain(wanted.events)),
        description=wanted.description,
        status=status_named(wanted.status),
        secret=wanted.secret,
    )
    await context.thread(lambda: context.egress.check_reachable(wanted.url))
    made = await context.write(lambda session: webhooks.create(session, context.egress, change))
    return answered(wire.WebhookAnswer(webhook=wire.webhook_from_domain(made)))


async def update(request: Request, context: Context) -> Response:
    """PATCH webhooks/{webhook_id}."""
    wanted, _ = await asked(request, wire.UpdateWebhook)
    change = WebhookChange(
        name=wanted.name,
        url=wanted.url,
        events=wire.events_to_domain(wanted.events) or None,
        description=wanted.description,
        status=None if wanted.status is None else status_named(wanted.status),
        secret=wanted.secret,
    )
    url, webhook_id = wanted.url, request.path_params["webhook_id"]
    if url is not None:
        await context.thread(lambda: context.egress.check_reachable(url))
    changed = await context.write(lambda session: webhooks.update(session, context.egress, webhook_id, change))
    return answered(wire.WebhookAnswer(webhook=wire.webhook_from_domain(changed)))


async def test(request: Request, context: Context) -> Response:
    """POST webhooks/{webhook_id}/test."""
    wanted, _ = await asked(request, wire.TryWebhook)
    event = wire.events_to_domain([wanted.event])[0] if wanted.event is not None else None
    webhook_id = request.path_params["webhook_id"]
    outcome = await context.thread(lambda: webhooks.send_test(context.store, context.egress, webhook_id, event))
    return answered(wire.WebhookTestAnswer(result=wire.outcome_from_domain(outcome)))


def get(session: Session, request: wire.WebhookRef) -> wire.WebhookAnswer:
    """GET webhooks/{webhook_id}."""
    return wire.WebhookAnswer(webhook=wire.webhook_from_domain(webhooks.get(session, request.webhook_id)))


def list_(session: Session, request: wire.ListWebhooks) -> wire.WebhooksAnswer:
    """GET webhooks."""
    page = webhooks.listed(session, request.max_results, request.page_token)
    return wire.WebhooksAnswer(
        webhooks=[wire.webhook_from_domain(one) for one in page.items], next_page_token=page.next_page_token
    )


def delete(session: Session, request: wire.WebhookRef) -> Empty:
    """DELETE webhooks/{webhook_id}."""
    webhooks.delete(session, request.webhook_id)
    return Empty()


def deliveries(session: Session, request: wire.ListDeliveries) -> wire.DeliveriesAnswer:
    """GET /api/kiseki/v1/webhooks/deliveries."""
    status = wire.delivery_status_to_domain(request.status)
    page = webhooks.deliveries(session, request.webhook_id, status, request.max_results, request.page_token)
    return wire.DeliveriesAnswer(
        deliveries=[wire.delivery_from_domain(one) for one in page.items], next_page_token=page.next_page_token
    )


READS: Final = {"webhooks.get": get, "webhooks.list": list_, "webhooks.deliveries": deliveries}
WRITES: Final = {"webhooks.delete": delete}
STREAMS: Final = {"webhooks.create": create, "webhooks.update": update, "webhooks.test": test}
