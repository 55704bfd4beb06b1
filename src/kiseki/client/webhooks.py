"""The calls of the client that are about webhooks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from kiseki.base.errors import InvalidParameter
from kiseki.client.registry import RegistryBackend
from kiseki.client.values import integer, text
from kiseki.domain.webhooks import DeliveryStatus, WebhookChange, check_events, status_named
from kiseki.entities import PagedList
from kiseki.entities.webhooks import (
    Webhook,
    WebhookDelivery,
    WebhookEvent,
    WebhookStatus,
    WebhookTestResult,
    delivery_from_domain,
    events_to_domain,
    webhook_from_domain,
)


class WebhookCalls(ABC):
    """What `KisekiClient` can do with webhooks."""

    @property
    @abstractmethod
    def registry(self) -> RegistryBackend:
        """The place where models are registered."""

    def create_webhook(
        self,
        name: str,
        url: str,
        events: Sequence[WebhookEvent | str],
        description: str | None = None,
        secret: str | None = None,
        status: str | WebhookStatus | None = None,
    ) -> Webhook:
        """Adds a webhook: an address that is told of what happens in the registry, while a server runs.

        Args:
            name: 1 to 63 letters, digits, `.`, `_` and `-`.
            url: `https://…`, of a public host or one that the server's operator allows.
            events: Such as `["model_version.created"]`.
            description: What to say of it.
            secret: Messages are signed with it. The server encrypts it, and tells it to nobody.
            status: "ACTIVE" or "DISABLED".
        """
        made = self.registry.create_webhook(
            WebhookChange(
                name=text("name", name),
                url=text("url", url),
                events=check_events(events_to_domain(events) or ()),
                description=description,
                secret=secret,
                status=status_named(str(status or WebhookStatus.ACTIVE)),
            )
        )
        return webhook_from_domain(made)

    def get_webhook(self, webhook_id: str) -> Webhook:
        """Returns a webhook.

        Raises:
            NotFound: There is none of that id.
        """
        return webhook_from_domain(self.registry.get_webhook(text("webhook_id", webhook_id)))

    def list_webhooks(self, max_results: int | None = None, page_token: str | None = None) -> PagedList[Webhook]:
        """Returns one page of webhooks, the latest created first."""
        size = 100 if max_results is None else integer("max_results", max_results)
        page = self.registry.list_webhooks(size, page_token or "")
        return PagedList([webhook_from_domain(one) for one in page.items], page.next_page_token or None)

    def update_webhook(
        self,
        webhook_id: str,
        name: str | None = None,
        description: str | None = None,
        url: str | None = None,
        events: Sequence[WebhookEvent | str] | None = None,
        secret: str | None = None,
        status: str | WebhookStatus | None = None,
    ) -> Webhook:
        """Changes a webhook, and returns it as it is then; what is None stays, an empty secret removes it."""
        changed = self.registry.update_webhook(
            text("webhook_id", webhook_id),
            WebhookChange(
                name=name,
                url=url,
                events=events_to_domain(events),
                description=description,
                secret=secret,
                status=None if status is None else status_named(str(status)),
            ),
        )
        return webhook_from_domain(changed)

    def delete_webhook(self, webhook_id: str) -> None:
        """Deletes a webhook, and what is on its way to it."""
        self.registry.delete_webhook(text("webhook_id", webhook_id))

    def test_webhook(self, webhook_id: str, event: WebhookEvent | str | None = None) -> WebhookTestResult:
        """Sends an example of an event, by default of the first that the webhook is told of, and tells what came of it."""
        events = None if event is None else events_to_domain([event])
        outcome = self.registry.test_webhook(text("webhook_id", webhook_id), events[0] if events else None)
        return WebhookTestResult(outcome.is_success, outcome.status, None, outcome.error or None)

    def list_webhook_deliveries(
        self, webhook_id: str, status: str | None = None, max_results: int = 100, page_token: str | None = None
    ) -> PagedList[WebhookDelivery]:
        """Returns one page of the messages to a webhook, the latest first, with what became of them."""
        if status is not None and status.upper() not in tuple(DeliveryStatus):
            raise InvalidParameter(f"Invalid status {status[:64]!r}: it is one of {', '.join(DeliveryStatus)}.")
        page = self.registry.webhook_deliveries(
            text("webhook_id", webhook_id),
            None if status is None else DeliveryStatus(status.upper()),
            integer("max_results", max_results),
            page_token or "",
        )
        return PagedList([delivery_from_domain(one) for one in page.items], page.next_page_token or None)
