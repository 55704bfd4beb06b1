"""The model registry of a database in this process; `kiseki.client.local` has the rest."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.base.settings import setting
from kiseki.client.credentials import who
from kiseki.domain.lineage import Lineage
from kiseki.domain.model_versions import FileDigest, ModelVersion, NewModelVersion, Stage
from kiseki.domain.moves import Move, MoveKind, MoveStatus, Rules, Verdict
from kiseki.domain.registered_models import RegisteredModel
from kiseki.domain.runs import Page
from kiseki.domain.webhooks import Delivery, DeliveryStatus, Outcome, Webhook, WebhookChange, WebhookEvent
from kiseki.service import lineage, model_files, model_versions, moves, registered_models, webhooks
from kiseki.service.artifacts import Roots
from kiseki.service.egress import Egress
from kiseki.service.moves import Asked
from kiseki.store import Session, Store

T = TypeVar("T")


class LocalRegistry(ABC):
    """`kiseki.client.registry.RegistryBackend`, in calls of the service."""

    @abstractmethod
    def _read(self, work: Callable[[Session], T]) -> T:
        """Runs work that changes nothing."""

    @abstractmethod
    def _write(self, work: Callable[[Session], T]) -> T:
        """Runs work that changes something."""

    @abstractmethod
    def _opened(self) -> Store:
        """The database."""

    @abstractmethod
    def _roots(self) -> Roots:
        """Where this process finds artifacts."""

    # Registered models

    def create_registered_model(self, name: str, tags: Mapping[str, str], description: str) -> RegisteredModel:
        return self._write(lambda session: registered_models.create(session, name, dict(tags), description, who()))

    def get_registered_model(self, name: str) -> RegisteredModel:
        return self._read(lambda session: registered_models.get(session, name))

    def describe_registered_model(self, name: str, description: str) -> RegisteredModel:
        return self._write(lambda session: registered_models.describe(session, name, description))

    def rename_registered_model(self, name: str, new_name: str) -> RegisteredModel:
        return self._write(lambda session: registered_models.rename(session, name, new_name))

    def delete_registered_model(self, name: str) -> None:
        self._write(lambda session: registered_models.delete(session, name))

    def search_registered_models(
        self, filter_string: str, max_results: int, order_by: Sequence[str], page_token: str
    ) -> Page[RegisteredModel]:
        return self._read(
            lambda session: registered_models.search(session, filter_string, max_results, order_by, page_token)
        )

    def latest_versions(self, name: str, stages: Sequence[str]) -> list[ModelVersion]:
        return self._read(lambda session: registered_models.latest_versions(session, name, stages))

    def set_registered_model_tag(self, name: str, key: str, value: str) -> None:
        self._write(lambda session: registered_models.set_tag(session, name, key, value))

    def delete_registered_model_tag(self, name: str, key: str) -> None:
        self._write(lambda session: registered_models.delete_tag(session, name, key))

    def set_alias(self, name: str, alias: str, version: int) -> None:
        moves.check_done(self.ask_alias(name, alias, version, "", ()))

    def delete_alias(self, name: str, alias: str) -> None:
        moves.check_done(self._write(lambda session: moves.delete_alias(session, name, alias, _asked("", ()))))

    def version_by_alias(self, name: str, alias: str) -> ModelVersion:
        return self._read(lambda session: registered_models.by_alias(session, name, alias))

    # Versions

    def create_model_version(self, new: NewModelVersion) -> ModelVersion:
        named = msgspec.structs.replace(new, user_id=who())
        # Whoever has the database may read what this process may read.
        files = model_files.digests(self._opened(), self._roots(), named, own_rights=True)
        return self._write(lambda session: model_versions.create(session, named, files, own_rights=True))

    def get_model_version(self, name: str, version: int) -> ModelVersion:
        return self._read(lambda session: model_versions.get(session, name, version))

    def describe_model_version(self, name: str, version: int, description: str) -> ModelVersion:
        return self._write(lambda session: model_versions.describe(session, name, version, description))

    def delete_model_version(self, name: str, version: int) -> None:
        self._write(lambda session: model_versions.delete(session, name, version))

    def search_model_versions(
        self, filter_string: str, max_results: int, order_by: Sequence[str], page_token: str
    ) -> Page[ModelVersion]:
        return self._read(
            lambda session: model_versions.search(session, filter_string, max_results, order_by, page_token)
        )

    def set_stage(self, name: str, version: int, stage: Stage, archive: bool) -> ModelVersion:
        moves.check_done(self.ask_stage(name, version, stage, archive, "", ()))
        return self.get_model_version(name, version)

    def download_uri(self, name: str, version: int) -> str:
        return self._read(lambda session: model_versions.download_uri(session, name, version))

    def set_model_version_tag(self, name: str, version: int, key: str, value: str) -> None:
        self._write(lambda session: model_versions.set_tag(session, name, version, key, value))

    def delete_model_version_tag(self, name: str, version: int, key: str) -> None:
        self._write(lambda session: model_versions.delete_tag(session, name, version, key))

    def version_files(self, name: str, version: int) -> list[FileDigest] | None:
        return self._read(lambda session: model_versions.files(session, name, version))

    # Moves

    def ask_alias(self, name: str, alias: str, version: int | None, comment: str, reports: Sequence[Verdict]) -> Move:
        asked = _asked(comment, reports)
        if version is not None:
            return self._write(lambda session: moves.set_alias(session, name, alias, version, asked))
        moved = self._write(lambda session: moves.delete_alias(session, name, alias, asked))
        if moved is None:
            raise InvalidParameter(f"Registered model alias {alias[:255]} not found.")
        return moved

    def ask_stage(
        self, name: str, version: int, stage: Stage, archive: bool, comment: str, reports: Sequence[Verdict]
    ) -> Move:
        asked = _asked(comment, reports)
        return self._write(lambda session: moves.set_stage(session, name, version, stage, archive, asked))

    def list_moves(
        self,
        name: str,
        kind: MoveKind | None,
        target: str,
        status: MoveStatus | None,
        max_results: int,
        page_token: str,
    ) -> Page[Move]:
        return self._read(lambda session: moves.listed(session, name, kind, target, status, max_results, page_token))

    def approve_move(self, name: str, number: int) -> Move:
        return self._write(lambda session: moves.approve(session, name, number, who()))

    def refuse_move(self, name: str, number: int) -> Move:
        return self._write(lambda session: moves.refuse(session, name, number, who()))

    def roll_back(self, name: str, alias: str, comment: str) -> Move:
        return self._write(lambda session: moves.roll_back(session, name, alias, _asked(comment, ())))

    def get_rules(self, name: str) -> Rules:
        return self._read(lambda session: registered_models.rules(session, name))

    def set_rules(self, name: str, rules: Rules) -> Rules:
        return self._write(lambda session: registered_models.set_rules(session, name, rules))

    # Lineage

    def lineage(
        self, name: str, version: int | None, alias: str, run_id: str, model_id: str, dataset: tuple[str, str, str]
    ) -> Lineage:
        return self._read(
            lambda session: lineage.asked_for(
                session, name=name, version=version, alias=alias, run_id=run_id, model_id=model_id, dataset=dataset
            )
        )

    # Webhooks

    def create_webhook(self, change: WebhookChange) -> Webhook:
        egress = _egress()
        egress.check_reachable(change.url or "")
        return self._write(lambda session: webhooks.create(session, egress, change))

    def get_webhook(self, webhook_id: str) -> Webhook:
        return self._read(lambda session: webhooks.get(session, webhook_id))

    def list_webhooks(self, max_results: int, page_token: str) -> Page[Webhook]:
        return self._read(lambda session: webhooks.listed(session, max_results, page_token))

    def update_webhook(self, webhook_id: str, change: WebhookChange) -> Webhook:
        egress = _egress()
        if change.url is not None:
            egress.check_reachable(change.url)
        return self._write(lambda session: webhooks.update(session, egress, webhook_id, change))

    def delete_webhook(self, webhook_id: str) -> None:
        self._write(lambda session: webhooks.delete(session, webhook_id))

    def test_webhook(self, webhook_id: str, event: WebhookEvent | None) -> Outcome:
        return webhooks.send_test(self._opened(), _egress(), webhook_id, event)

    def webhook_deliveries(
        self, webhook_id: str, status: DeliveryStatus | None, max_results: int, page_token: str
    ) -> Page[Delivery]:
        return self._read(lambda session: webhooks.deliveries(session, webhook_id, status, max_results, page_token))


def _egress() -> Egress:
    given = setting("WEBHOOK_ALLOWED_HOSTS") or ""
    return Egress([one.strip() for one in given.split(",") if one.strip()])


def _asked(comment: str, reports: Sequence[Verdict]) -> Asked:
    return Asked(user_id=who(), comment=comment, reports=tuple(reports))
