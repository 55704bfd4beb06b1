"""Webhooks: addresses that are told of what happens in the model registry."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, Final

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.domain.keys import check_given, check_text

MAX_URL_CHARS: Final = 2_048
MAX_SECRET_CHARS: Final = 1_000
MAX_DESCRIPTION_CHARS: Final = 5_000
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")


class WebhookStatus(StrEnum):
    """Whether a webhook is told of anything."""

    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"


class Entity(StrEnum):
    """To what something happens. Prompts are models with a tag, and have events of their own."""

    REGISTERED_MODEL = "registered_model"
    MODEL_VERSION = "model_version"
    MODEL_VERSION_TAG = "model_version_tag"
    MODEL_VERSION_ALIAS = "model_version_alias"
    PROMPT = "prompt"
    PROMPT_VERSION = "prompt_version"
    PROMPT_TAG = "prompt_tag"
    PROMPT_VERSION_TAG = "prompt_version_tag"
    PROMPT_ALIAS = "prompt_alias"


class Action(StrEnum):
    """What happens."""

    CREATED = "created"
    SET = "set"
    DELETED = "deleted"


ACTIONS: Final[dict[Entity, tuple[Action, ...]]] = {
    Entity.REGISTERED_MODEL: (Action.CREATED,),
    Entity.MODEL_VERSION: (Action.CREATED,),
    Entity.MODEL_VERSION_TAG: (Action.SET, Action.DELETED),
    Entity.MODEL_VERSION_ALIAS: (Action.CREATED, Action.DELETED),
    Entity.PROMPT: (Action.CREATED,),
    Entity.PROMPT_VERSION: (Action.CREATED,),
    Entity.PROMPT_TAG: (Action.SET, Action.DELETED),
    Entity.PROMPT_VERSION_TAG: (Action.SET, Action.DELETED),
    Entity.PROMPT_ALIAS: (Action.CREATED, Action.DELETED),
}
"""What can happen to each."""


class WebhookEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happens; its text is `entity.action`."""

    entity: Entity
    action: Action

    def __str__(self) -> str:
        return f"{self.entity}.{self.action}"


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """An address and what it is told of. Times are milliseconds since the epoch; `secret` is encrypted, "" for none."""

    webhook_id: str
    name: str
    url: str
    events: tuple[WebhookEvent, ...]
    creation_time: int
    last_update_time: int
    description: str = ""
    status: WebhookStatus = WebhookStatus.ACTIVE
    secret: str = ""


class WebhookChange(msgspec.Struct, frozen=True, kw_only=True):
    """What of a webhook changes; None leaves it. `secret` is as the client said it."""

    name: str | None = None
    url: str | None = None
    events: tuple[WebhookEvent, ...] | None = None
    description: str | None = None
    status: WebhookStatus | None = None
    secret: str | None = None


class DeliveryStatus(StrEnum):
    """What became of a delivery."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one webhook. Times are milliseconds since the epoch.

    `response_status` is the last answer's, None where there was none; `end_time` None while it is tried.
    """

    number: int = 0
    delivery_id: str
    webhook_id: str
    event: str
    payload: str
    status: DeliveryStatus = DeliveryStatus.PENDING
    attempts: int = 0
    next_time: int
    creation_time: int
    end_time: int | None = None
    response_status: int | None = None
    error: str = ""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of sending a message: the status of the answer, or why there was none."""

    status: int | None = None
    error: str = ""

    @property
    def is_success(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_worth_another_try(self) -> bool:
        """Whether the same message may be taken later."""
        return self.status is None or self.status == 429 or self.status >= 500


def event_named(entity: str, action: str) -> WebhookEvent:
    """The event of two names in any case, or raises InvalidParameter."""
    try:
        of = Entity(entity.lower())
    except ValueError:
        raise InvalidParameter(f"Invalid entity {entity[:64]!r}. Valid entities are: {[*map(str, Entity)]}") from None
    valid = ACTIONS[of]
    if action.lower() not in valid:
        raise InvalidParameter(
            f"Invalid action {action[:64].lower()!r} for entity '{of}'. Valid actions are: {[*map(str, valid)]}"
        )
    return WebhookEvent(entity=of, action=Action(action.lower()))


def check_name(name: str) -> str:
    """Returns the name of a webhook, or raises InvalidParameter unless it is 1 to 63 letters, digits, `.`, `_` and `-`."""
    if _NAME.fullmatch(check_given(name, "name")) is None:
        raise InvalidParameter(
            f"Webhook name {name[:100]!r} is invalid. It must start and end with a letter or digit, have at most 63 "
            "characters, and contain only letters, digits, dots (.), underscores (_), and hyphens (-)."
        )
    return name


def check_events(events: tuple[WebhookEvent, ...]) -> tuple[WebhookEvent, ...]:
    """Returns events, each once, or raises InvalidParameter when there are none."""
    if not events:
        raise InvalidParameter("Webhook events must be a non-empty list: []. Give one such as model_version.created.")
    return tuple(dict.fromkeys(events))


def check_length(text: str, field: str, limit: int) -> str:
    """Returns a text, or raises InvalidParameter naming the field when it is longer."""
    if len(text) > limit:
        raise InvalidParameter(f"'{field}' exceeds the maximum length of {limit} characters: it has {len(text)}.")
    return check_text(text, field)


def status_named(text: str) -> WebhookStatus:
    """The status of a name, or raises InvalidParameter."""
    try:
        return WebhookStatus(text.upper())
    except ValueError:
        raise InvalidParameter(
            f"Invalid value {text[:64]!r} for parameter 'status' supplied: it is one of {', '.join(WebhookStatus)}."
        ) from None


def example_of(event: WebhookEvent) -> dict[str, Any]:
    """What a test of a webhook says that has happened."""
    tags: dict[str, Any] = {"tags": {"key": "value"}, "description": "A test of the webhook."}
    version: dict[str, Any] = {"name": "example", "version": "1"}
    if event.entity in (Entity.REGISTERED_MODEL, Entity.PROMPT):
        return {"name": "example", **tags}
    if event.entity is Entity.MODEL_VERSION:
        return {**version, "source": "models:/m-0", "run_id": "0", **tags}
    if event.entity is Entity.PROMPT_VERSION:
        return {**version, "template": "Hello, {{name}}", **tags}
    if event.entity in (Entity.MODEL_VERSION_ALIAS, Entity.PROMPT_ALIAS):
        told = {"name": "example", "alias": "champion"}
        return told | ({"version": "1"} if event.action is Action.CREATED else {})
    of = {"name": "example"} if event.entity is Entity.PROMPT_TAG else version
    return {**of, "key": "key", **({"value": "value"} if event.action is Action.SET else {})}
