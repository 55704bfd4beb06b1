"""The model registry of a tracking server, over MLflow's REST API."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TypeVar

import msgspec

from kiseki.base.errors import EndpointNotFound
from kiseki.domain.lineage import Lineage
from kiseki.domain.model_versions import FileDigest, ModelVersion, NewModelVersion, Stage
from kiseki.domain.moves import Move, MoveKind, MoveStatus, Rules, Verdict
from kiseki.domain.registered_models import RegisteredModel
from kiseki.domain.runs import Page
from kiseki.domain.webhooks import Delivery, DeliveryStatus, Outcome, Webhook, WebhookChange, WebhookEvent
from kiseki.wire import lineage, model_versions, moves, registered_models, webhooks
from kiseki.wire.experiments import tags_from_dict

A = TypeVar("A", bound=msgspec.Struct)


class RemoteRegistry(ABC):
    """`kiseki.client.registry.RegistryBackend`, in requests."""

    @abstractmethod
    def _tell(self, name: str, request: msgspec.Struct) -> None:
        """Sends a request whose answer says nothing."""

    @abstractmethod
    def _call(self, name: str, request: msgspec.Struct, answer: type[A], *, method: str = "", mark: str = "") -> A:
        """Sends a request and returns its answer."""

    # Registered models

    def create_registered_model(self, name: str, tags: Mapping[str, str], description: str) -> RegisteredModel:
        request = registered_models.CreateRegisteredModel(
            name=name, tags=tags_from_dict(dict(tags)), description=description
        )
        return self._model("registered_models.create", request)

    def get_registered_model(self, name: str) -> RegisteredModel:
        return self._model("registered_models.get", registered_models.RegisteredModelRef(name=name))

    def describe_registered_model(self, name: str, description: str) -> RegisteredModel:
        request = registered_models.UpdateRegisteredModel(name=name, description=description)
        return self._model("registered_models.update", request)

    def rename_registered_model(self, name: str, new_name: str) -> RegisteredModel:
        request = registered_models.RenameRegisteredModel(name=name, new_name=new_name)
        return self._model("registered_models.rename", request)

    def delete_registered_model(self, name: str) -> None:
        self._tell("registered_models.delete", registered_models.RegisteredModelRef(name=name))

    def search_registered_models(
        self, filter_string: str, max_results: int, order_by: Sequence[str], page_token: str
    ) -> Page[RegisteredModel]:
        request = registered_models.SearchRegisteredModels(
            filter=filter_string, max_results=max_results, order_by=list(order_by), page_token=page_token
        )
        answer = self._call("registered_models.search", request, registered_models.RegisteredModelsAnswer)
        items = [registered_models.model_to_domain(one) for one in answer.registered_models]
        return Page(items=items, next_page_token=answer.next_page_token)

    def latest_versions(self, name: str, stages: Sequence[str]) -> list[ModelVersion]:
        request = registered_models.GetLatestVersions(name=name, stages=list(stages))
        answer = self._call(
            "registered_models.latest_versions", request, model_versions.ModelVersionsAnswer, method="POST"
        )
        return [model_versions.version_to_domain(one) for one in answer.model_versions]

    def set_registered_model_tag(self, name: str, key: str, value: str) -> None:
        request = registered_models.SetRegisteredModelTag(name=name, key=key, value=value)
        self._tell("registered_models.set_tag", request)

    def delete_registered_model_tag(self, name: str, key: str) -> None:
        self._tell("registered_models.delete_tag", registered_models.DeleteRegisteredModelTag(name=name, key=key))

    def set_alias(self, name: str, alias: str, version: int) -> None:
        request = registered_models.SetAlias(name=name, alias=alias, version=str(version))
        self._tell("registered_models.set_alias", request)

    def delete_alias(self, name: str, alias: str) -> None:
        self._tell("registered_models.delete_alias", registered_models.DeleteAlias(name=name, alias=alias))

    def version_by_alias(self, name: str, alias: str) -> ModelVersion:
        return self._version("registered_models.get_alias", registered_models.GetAlias(name=name, alias=alias))

    # Versions

    def create_model_version(self, new: NewModelVersion) -> ModelVersion:
        request = model_versions.CreateModelVersion(
            name=new.name,
            source=new.source,
            run_id=new.run_id,
            model_id=new.model_id,
            run_link=new.run_link,
            description=new.description,
            tags=tags_from_dict(new.tags),
        )
        return self._version("model_versions.create", request)

    def get_model_version(self, name: str, version: int) -> ModelVersion:
        return self._version("model_versions.get", _ref(name, version))

    def describe_model_version(self, name: str, version: int, description: str) -> ModelVersion:
        request = model_versions.UpdateModelVersion(name=name, version=str(version), description=description)
        return self._version("model_versions.update", request)

    def delete_model_version(self, name: str, version: int) -> None:
        self._tell("model_versions.delete", _ref(name, version))

    def search_model_versions(
        self, filter_string: str, max_results: int, order_by: Sequence[str], page_token: str
    ) -> Page[ModelVersion]:
        request = model_versions.SearchModelVersions(
            filter=filter_string, max_results=max_results, order_by=list(order_by), page_token=page_token
        )
        answer = self._call("model_versions.search", request, model_versions.ModelVersionsAnswer)
        items = [model_versions.version_to_domain(one) for one in answer.model_versions]
        return Page(items=items, next_page_token=answer.next_page_token)

    def set_stage(self, name: str, version: int, stage: Stage, archive: bool) -> ModelVersion:
        request = model_versions.TransitionStage(
            name=name, version=str(version), stage=stage.value, archive_existing_versions=archive
        )
        return self._version("model_versions.transition_stage", request)

    def download_uri(self, name: str, version: int) -> str:
        answer = self._call("model_versions.download_uri", _ref(name, version), model_versions.DownloadUri)
        return answer.artifact_uri

    def set_model_version_tag(self, name: str, version: int, key: str, value: str) -> None:
        request = model_versions.SetModelVersionTag(name=name, version=str(version), key=key, value=value)
        self._tell("model_versions.set_tag", request)

    def delete_model_version_tag(self, name: str, version: int, key: str) -> None:
        request = model_versions.DeleteModelVersionTag(name=name, version=str(version), key=key)
        self._tell("model_versions.delete_tag", request)

    def version_files(self, name: str, version: int) -> list[FileDigest] | None:
        with suppress(EndpointNotFound):
            answer = self._call("model_versions.files", _ref(name, version), model_versions.VersionFilesAnswer)
            return model_versions.files_to_domain(answer)
        return None

    # Moves

    def ask_alias(self, name: str, alias: str, version: int | None, comment: str, reports: Sequence[Verdict]) -> Move:
        request = moves.AskMove(
            name=name,
            alias=alias,
            version="" if version is None else str(version),
            comment=comment,
            reports=moves.verdicts_from_domain(tuple(reports)),
        )
        return self._move("moves.ask", request)

    def ask_stage(
        self, name: str, version: int, stage: Stage, archive: bool, comment: str, reports: Sequence[Verdict]
    ) -> Move:
        request = moves.AskMove(
            name=name,
            version=str(version),
            stage=stage.value,
            archive_existing_versions=archive,
            comment=comment,
            reports=moves.verdicts_from_domain(tuple(reports)),
        )
        return self._move("moves.ask", request)

    def list_moves(
        self,
        name: str,
        kind: MoveKind | None,
        target: str,
        status: MoveStatus | None,
        max_results: int,
        page_token: str,
    ) -> Page[Move]:
        request = moves.AskMoves(
            name=name,
            kind=kind or "",
            target=target,
            status=status or "",
            max_results=max_results,
            page_token=page_token,
        )
        answer = self._call("moves.list", request, moves.MovesAnswer)
        return Page(items=[moves.move_to_domain(one) for one in answer.moves], next_page_token=answer.next_page_token)

    def approve_move(self, name: str, number: int) -> Move:
        return self._move("moves.approve", moves.DecideMove(name=name, number=number))

    def refuse_move(self, name: str, number: int) -> Move:
        return self._move("moves.refuse", moves.DecideMove(name=name, number=number))

    def roll_back(self, name: str, alias: str, comment: str) -> Move:
        return self._move("moves.roll_back", moves.RollBack(name=name, alias=alias, comment=comment))

    def get_rules(self, name: str) -> Rules:
        answer = self._call("moves.rules", moves.AskRules(name=name), moves.RulesAnswer)
        return moves.rules_to_domain(answer.rules)

    def set_rules(self, name: str, rules: Rules) -> Rules:
        request = moves.SetRules(name=name, rules=moves.rules_from_domain(rules))
        return moves.rules_to_domain(self._call("moves.set_rules", request, moves.RulesAnswer).rules)

    # Lineage

    def lineage(
        self, name: str, version: int | None, alias: str, run_id: str, model_id: str, dataset: tuple[str, str, str]
    ) -> Lineage:
        experiment, dataset_name, digest = dataset
        request = lineage.AskLineage(
            name=name,
            version="" if version is None else str(version),
            alias=alias,
            run_id=run_id,
            model_id=model_id,
            experiment_id=experiment,
            dataset_name=dataset_name,
            dataset_digest=digest,
        )
        return lineage.lineage_to_domain(self._call("lineage.get", request, lineage.LineageAnswer))

    # Webhooks

    def create_webhook(self, change: WebhookChange) -> Webhook:
        request = webhooks.CreateWebhook(
            name=change.name or "",
            url=change.url or "",
            events=[webhooks.events_from_domain(one) for one in change.events or ()],
            description=change.description or "",
            secret=change.secret or "",
            status=change.status or "ACTIVE",
        )
        return self._webhook("webhooks.create", request)

    def get_webhook(self, webhook_id: str) -> Webhook:
        return self._webhook("webhooks.get", webhooks.WebhookRef(webhook_id=webhook_id))

    def list_webhooks(self, max_results: int, page_token: str) -> Page[Webhook]:
        request = webhooks.ListWebhooks(max_results=max_results, page_token=page_token)
        answer = self._call("webhooks.list", request, webhooks.WebhooksAnswer)
        items = [webhooks.webhook_to_domain(one) for one in answer.webhooks]
        return Page(items=items, next_page_token=answer.next_page_token)

    def update_webhook(self, webhook_id: str, change: WebhookChange) -> Webhook:
        request = webhooks.UpdateWebhook(
            webhook_id=webhook_id,
            name=change.name,
            url=change.url,
            events=[webhooks.events_from_domain(one) for one in change.events or ()],
            description=change.description,
            secret=change.secret,
            status=change.status,
        )
        return self._webhook("webhooks.update", request)

    def delete_webhook(self, webhook_id: str) -> None:
        self._tell("webhooks.delete", webhooks.WebhookRef(webhook_id=webhook_id))

    def test_webhook(self, webhook_id: str, event: WebhookEvent | None) -> Outcome:
        asked = None if event is None else webhooks.events_from_domain(event)
        request = webhooks.TryWebhook(webhook_id=webhook_id, event=asked)
        return webhooks.outcome_to_domain(self._call("webhooks.test", request, webhooks.WebhookTestAnswer).result)

    def webhook_deliveries(
        self, webhook_id: str, status: DeliveryStatus | None, max_results: int, page_token: str
    ) -> Page[Delivery]:
        request = webhooks.ListDeliveries(
            webhook_id=webhook_id, status=status or "", max_results=max_results, page_token=page_token
        )
        answer = self._call("webhooks.deliveries", request, webhooks.DeliveriesAnswer)
        items = [webhooks.delivery_to_domain(one) for one in answer.deliveries]
        return Page(items=items, next_page_token=answer.next_page_token)

    # Answers

    def _webhook(self, name: str, request: msgspec.Struct) -> Webhook:
        return webhooks.webhook_to_domain(self._call(name, request, webhooks.WebhookAnswer).webhook)

    def _model(self, name: str, request: msgspec.Struct) -> RegisteredModel:
        answer = self._call(name, request, registered_models.RegisteredModelAnswer)
        return registered_models.model_to_domain(answer.registered_model)

    def _version(self, name: str, request: msgspec.Struct) -> ModelVersion:
        return model_versions.version_to_domain(
            self._call(name, request, model_versions.ModelVersionAnswer).model_version
        )

    def _move(self, name: str, request: msgspec.Struct) -> Move:
        return moves.move_to_domain(self._call(name, request, moves.MoveAnswer).move)


def _ref(name: str, version: int) -> model_versions.ModelVersionRef:
    return model_versions.ModelVersionRef(name=name, version=str(version))
