"""What a database must do for the model registry, in small Protocols, as `kiseki.store.protocol`.

Whoever changes something of a registered model (its versions, aliases and moves too) locates it first, and has it to the
end of the transaction: changes of one model come one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import msgspec

from kiseki.domain.model_versions import FileDigest, ModelVersion, Stage
from kiseki.domain.moves import Move, MoveKind, MoveStatus, Rules, Verdict
from kiseki.domain.registered_models import RegisteredModel
from kiseki.domain.runs import Page
from kiseki.domain.webhooks import Delivery, DeliveryStatus, Webhook, WebhookEvent
from kiseki.query import Node, OrderTerm


class RegisteredKey(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where a registered model is."""

    number: int
    name: str


class VersionKey(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where a version is; `model` is the number of its registered model."""

    number: int
    model: int
    name: str
    version: int
    stage: Stage


class RegisteredModels(Protocol):
    """Registered models with their tags, aliases and rules. Names are unique."""

    def create(self, model: RegisteredModel) -> RegisteredKey:
        """Adds a model with its tags, without versions and aliases.

        Raises:
            AlreadyExists: A model has that name.
        """
        ...

    def locate(self, name: str) -> RegisteredKey | None:
        """Where the model is, None when there is none of that name."""
        ...

    def get(self, name: str) -> RegisteredModel | None:
        """The model with its tags, its aliases and the latest version of each stage."""
        ...

    def search(
        self, where: Node | None, prompts: bool, order_by: Sequence[OrderTerm], max_results: int, page_token: str
    ) -> Page[RegisteredModel]:
        """One page of whole models, by default by name; those that are prompts or those that are not.

        Raises:
            InvalidParameter: The token was not made by this store for this search.
        """
        ...

    def describe(self, model: RegisteredKey, description: str, now: int) -> None:
        """Changes the description."""
        ...

    def touch(self, model: RegisteredKey, now: int) -> None:
        """Says that the model changed."""
        ...

    def rename(self, model: RegisteredKey, name: str, now: int) -> None:
        """Changes the name, also of all versions, which have changed then.

        Raises:
            AlreadyExists: Another model has that name.
        """
        ...

    def delete(self, model: RegisteredKey) -> None:
        """Removes the model with its versions, aliases and moves."""
        ...

    def set_tags(self, model: RegisteredKey, tags: Mapping[str, str]) -> None:
        """Adds or changes tags."""
        ...

    def delete_tag(self, model: RegisteredKey, key: str) -> bool:
        """Removes a tag; False when there was none."""
        ...

    def aliases(self, model: RegisteredKey) -> dict[str, int]:
        """The version of each alias."""
        ...

    def point(self, model: RegisteredKey, alias: str, version: int | None) -> None:
        """Lets an alias point to a version that there is; None removes it."""
        ...

    def rules(self, model: RegisteredKey) -> Rules:
        """What the model asks for."""
        ...

    def set_rules(self, model: RegisteredKey, rules: Rules, now: int) -> None:
        """Changes what it asks for."""
        ...


class ModelVersions(Protocol):
    """Versions with their tags and the digests of their files."""

    def add(self, model: RegisteredKey, version: ModelVersion) -> VersionKey:
        """Adds a version with its tags, under the number that comes next; what it says of its number does not count.

        The number of a version that was deleted is not given again.
        """
        ...

    def locate(self, name: str, version: int) -> VersionKey | None:
        """Where a version is."""
        ...

    def get(self, name: str, version: int) -> ModelVersion | None:
        """A version with its tags and aliases."""
        ...

    def aliased(self, name: str, alias: str) -> ModelVersion | None:
        """The version to which an alias points."""
        ...

    def latest(self, model: RegisteredKey, stages: Collection[Stage] | None) -> list[ModelVersion]:
        """The version of the greatest number of each stage, by number; of all versions when None."""
        ...

    def search(
        self, where: Node | None, prompts: bool, order_by: Sequence[OrderTerm], max_results: int, page_token: str
    ) -> Page[ModelVersion]:
        """One page of whole versions, by default the latest changed first.

        Raises:
            InvalidParameter: The token was not made by this store for this search.
        """
        ...

    def describe(self, version: VersionKey, description: str, now: int) -> None:
        """Changes the description."""
        ...

    def set_stage(self, version: VersionKey, stage: Stage, now: int) -> None:
        """Changes the stage."""
        ...

    def of_stage(self, model: RegisteredKey, stage: Stage) -> list[VersionKey]:
        """All versions that are in a stage."""
        ...

    def delete(self, version: VersionKey) -> None:
        """Removes a version, which no alias points to."""
        ...

    def set_tags(self, version: VersionKey, tags: Mapping[str, str]) -> None:
        """Adds or changes tags."""
        ...

    def delete_tag(self, version: VersionKey, key: str) -> bool:
        """Removes a tag; False when there was none."""
        ...

    def record_files(self, version: VersionKey, files: Sequence[FileDigest]) -> None:
        """Keeps the digests of a new version's files."""
        ...

    def files(self, version: VersionKey) -> list[FileDigest] | None:
        """The digests that were kept; None when none were."""
        ...


class Moves(Protocol):
    """Moves of aliases and stages of registered models."""

    def add(self, model: RegisteredKey, move: Move) -> Move:
        """Adds a move, and returns it with its number."""
        ...

    def get(self, model: RegisteredKey, number: int) -> Move | None:
        """The move of a number."""
        ...

    def decide(
        self, move: Move, status: MoveStatus, decided_by: str, now: int, verdicts: Sequence[Verdict], before: str
    ) -> None:
        """Says what became of a move that waited, what the checks found, and from where it then went."""
        ...

    def last(self, model: RegisteredKey, kind: MoveKind, target: str) -> Move | None:
        """The latest one that was done."""
        ...

    def waiting(self, model: RegisteredKey) -> list[Move]:
        """Those that wait, by number; at most 1,000."""
        ...

    def page(
        self,
        model: RegisteredKey,
        kind: MoveKind | None,
        target: str,
        status: MoveStatus | None,
        max_results: int,
        page_token: str,
    ) -> Page[Move]:
        """One page of moves, the latest first; all kinds for None, all targets for "", whatever became of them for None.

        Raises:
            InvalidParameter: The token was not made by this store for this list.
        """
        ...


class Webhooks(Protocol):
    """Webhooks and what is on its way to them."""

    def create(self, webhook: Webhook) -> None:
        """Adds a webhook."""
        ...

    def get(self, webhook_id: str) -> Webhook | None:
        """The webhook of an id."""
        ...

    def page(self, max_results: int, page_token: str) -> Page[Webhook]:
        """One page of webhooks, the latest created first.

        Raises:
            InvalidParameter: The token was not made by this store for this list.
        """
        ...

    def replace(self, webhook: Webhook) -> None:
        """Changes the webhook of that id to what is given."""
        ...

    def delete(self, webhook_id: str) -> bool:
        """Removes a webhook and its deliveries; False when there was none."""
        ...

    def told_of(self, event: WebhookEvent) -> list[Webhook]:
        """The active webhooks that are told of an event."""
        ...

    def queue(self, deliveries: Sequence[Delivery]) -> None:
        """Adds messages that are to be sent."""
        ...

    def is_due(self, now: int) -> bool:
        """Whether a message is to be sent now."""
        ...

    def due(self, now: int, until: int, limit: int) -> list[Delivery]:
        """Takes messages that are to be sent now, the oldest first: nobody else is given them before `until`."""
        ...

    def finish(self, delivery: Delivery) -> None:
        """Says what became of a message, or when it is tried again."""
        ...

    def deliveries(
        self, webhook_id: str, status: DeliveryStatus | None, max_results: int, page_token: str
    ) -> Page[Delivery]:
        """One page of messages to a webhook, the latest first.

        Raises:
            InvalidParameter: The token was not made by this store for this list.
        """
        ...

    def forget(self, before: int) -> int:
        """Removes messages that ended before a time, and returns how many."""
        ...
