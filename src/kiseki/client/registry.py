"""What the client asks of the place where models are registered, in domain terms, as `kiseki.client.backend`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from kiseki.domain.lineage import Lineage
from kiseki.domain.model_versions import FileDigest, ModelVersion, NewModelVersion, Stage
from kiseki.domain.moves import Move, MoveKind, MoveStatus, Rules, Verdict
from kiseki.domain.registered_models import RegisteredModel
from kiseki.domain.runs import Page
from kiseki.domain.webhooks import Delivery, DeliveryStatus, Outcome, Webhook, WebhookChange, WebhookEvent


class RegisteredModelsBackend(Protocol):
    """Registered models, their tags and aliases."""

    def create_registered_model(self, name: str, tags: Mapping[str, str], description: str) -> RegisteredModel:
        """Adds a registered model.

        Raises:
            AlreadyExists: One has that name.
        """
        ...

    def get_registered_model(self, name: str) -> RegisteredModel:
        """The model.

        Raises:
            NotFound: There is none of that name.
        """
        ...

    def describe_registered_model(self, name: str, description: str) -> RegisteredModel:
        """Changes the description, and returns the model as it is then."""
        ...

    def rename_registered_model(self, name: str, new_name: str) -> RegisteredModel:
        """Changes the name, and returns the model as it is then."""
        ...

    def delete_registered_model(self, name: str) -> None:
        """Deletes the model and its versions, for good."""
        ...

    def search_registered_models(
        self, filter_string: str, max_results: int, order_by: Sequence[str], page_token: str
    ) -> Page[RegisteredModel]:
        """One page of models."""
        ...

    def latest_versions(self, name: str, stages: Sequence[str]) -> list[ModelVersion]:
        """The latest version of each of some stages, of all when none are named."""
        ...

    def set_registered_model_tag(self, name: str, key: str, value: str) -> None:
        """Adds or changes a tag."""
        ...

    def delete_registered_model_tag(self, name: str, key: str) -> None:
        """Removes a tag, if there is one."""
        ...

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """Lets an alias point to a version.

        Raises:
            Conflict: The model asks for something before, which is not there.
        """
        ...

    def delete_alias(self, name: str, alias: str) -> None:
        """Removes an alias, if there is one."""
        ...

    def version_by_alias(self, name: str, alias: str) -> ModelVersion:
        """The version to which an alias points; for `latest` the one of the greatest number."""
        ...


class ModelVersionsBackend(Protocol):
    """Versions of registered models."""

    def create_model_version(self, new: NewModelVersion) -> ModelVersion:
        """Registers a version."""
        ...

    def get_model_version(self, name: str, version: int) -> ModelVersion:
        """The version.

        Raises:
            NotFound: There is none.
        """
        ...

    def describe_model_version(self, name: str, version: int, description: str) -> ModelVersion:
        """Changes the description, and returns the version as it is then."""
        ...

    def delete_model_version(self, name: str, version: int) -> None:
        """Deletes a version for good.

        Raises:
            Conflict: An alias points to it.
        """
        ...

    def search_model_versions(
        self, filter_string: str, max_results: int, order_by: Sequence[str], page_token: str
    ) -> Page[ModelVersion]:
        """One page of versions."""
        ...

    def set_stage(self, name: str, version: int, stage: Stage, archive: bool) -> ModelVersion:
        """Brings a version to a stage, and returns it as it is then."""
        ...

    def download_uri(self, name: str, version: int) -> str:
        """Where the files of a version are."""
        ...

    def set_model_version_tag(self, name: str, version: int, key: str, value: str) -> None:
        """Adds or changes a tag."""
        ...

    def delete_model_version_tag(self, name: str, version: int, key: str) -> None:
        """Removes a tag, if there is one."""
        ...

    def version_files(self, name: str, version: int) -> list[FileDigest] | None:
        """The digests of a version's files when it was registered; None where they are not known, as on MLflow's servers."""
        ...


class MovesBackend(Protocol):
    """Moves of aliases and stages, and what models ask for before one is done. Only kiseki's own servers have them."""

    def ask_alias(self, name: str, alias: str, version: int | None, comment: str, reports: Sequence[Verdict]) -> Move:
        """Moves an alias, deletes it for None, or asks for approval; returns what became of it."""
        ...

    def ask_stage(
        self, name: str, version: int, stage: Stage, archive: bool, comment: str, reports: Sequence[Verdict]
    ) -> Move:
        """Brings a version to a stage, or asks for approval; returns what became of it."""
        ...

    def list_moves(
        self,
        name: str,
        kind: MoveKind | None,
        target: str,
        status: MoveStatus | None,
        max_results: int,
        page_token: str,
    ) -> Page[Move]:
        """One page of moves, the latest first."""
        ...

    def approve_move(self, name: str, number: int) -> Move:
        """Does a move that somebody else asked for."""
        ...

    def refuse_move(self, name: str, number: int) -> Move:
        """Ends a move that waits without doing it."""
        ...

    def roll_back(self, name: str, alias: str, comment: str) -> Move:
        """Lets an alias go back to where it was before its last move."""
        ...

    def get_rules(self, name: str) -> Rules:
        """What a model asks for."""
        ...

    def set_rules(self, name: str, rules: Rules) -> Rules:
        """Changes what a model asks for."""
        ...


class LineageBackend(Protocol):
    """Where things come from. Only kiseki's own servers know it."""

    def lineage(
        self, name: str, version: int | None, alias: str, run_id: str, model_id: str, dataset: tuple[str, str, str]
    ) -> Lineage:
        """The lineage of the one thing that is named; a data set by its experiment, name and digest."""
        ...


class WebhooksBackend(Protocol):
    """Webhooks, which a running server tells of what happens."""

    def create_webhook(self, change: WebhookChange) -> Webhook:
        """Adds a webhook."""
        ...

    def get_webhook(self, webhook_id: str) -> Webhook:
        """The webhook.

        Raises:
            NotFound: There is none of that id.
        """
        ...

    def list_webhooks(self, max_results: int, page_token: str) -> Page[Webhook]:
        """One page of webhooks, the latest created first."""
        ...

    def update_webhook(self, webhook_id: str, change: WebhookChange) -> Webhook:
        """Changes a webhook, and returns it as it is then."""
        ...

    def delete_webhook(self, webhook_id: str) -> None:
        """Deletes a webhook."""
        ...

    def test_webhook(self, webhook_id: str, event: WebhookEvent | None) -> Outcome:
        """Sends an example, and returns what came of it."""
        ...

    def webhook_deliveries(
        self, webhook_id: str, status: DeliveryStatus | None, max_results: int, page_token: str
    ) -> Page[Delivery]:
        """One page of messages, the latest first. Only kiseki's own servers know them."""
        ...


class RegistryBackend(
    RegisteredModelsBackend, ModelVersionsBackend, MovesBackend, LineageBackend, WebhooksBackend, Protocol
):
    """A place where models are registered."""
