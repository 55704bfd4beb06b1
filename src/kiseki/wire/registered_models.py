"""Registered models on the wire."""

from __future__ import annotations

import msgspec

from kiseki.domain import registered_models as domain
from kiseki.domain.model_versions import version_number
from kiseki.wire.actors import Acted
from kiseki.wire.experiments import Tag, tags_from_dict, tags_to_dict
from kiseki.wire.model_versions import ModelVersion, version_from_domain, version_to_domain


class Alias(msgspec.Struct, kw_only=True):
    """An alias, and the number of the version to which it points, as text."""

    alias: str
    version: str


class RegisteredModel(msgspec.Struct, kw_only=True):
    """A registered model; `latest_versions` has the version of the greatest number in each stage."""

    name: str
    creation_timestamp: int = 0
    last_updated_timestamp: int = 0
    user_id: str | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType = msgspec.UNSET
    latest_versions: list[ModelVersion] | msgspec.UnsetType = msgspec.UNSET
    tags: list[Tag] | msgspec.UnsetType = msgspec.UNSET
    aliases: list[Alias] | msgspec.UnsetType = msgspec.UNSET


class CreateRegisteredModel(Acted, kw_only=True, omit_defaults=True):
    """POST registered-models/create."""

    name: str
    tags: list[Tag] = msgspec.field(default_factory=list)
    description: str = ""


class RegisteredModelRef(msgspec.Struct, kw_only=True):
    """A request that names a registered model."""

    name: str


class UpdateRegisteredModel(RegisteredModelRef, kw_only=True, omit_defaults=True):
    """PATCH registered-models/update: without a description it has none afterwards."""

    description: str = ""


class RenameRegisteredModel(RegisteredModelRef, kw_only=True):
    """POST registered-models/rename."""

    new_name: str


class SearchRegisteredModels(msgspec.Struct, kw_only=True, omit_defaults=True):
    """GET registered-models/search."""

    filter: str = ""
    max_results: int = 100
    order_by: list[str] = []
    page_token: str = ""


class GetLatestVersions(RegisteredModelRef, kw_only=True, omit_defaults=True):
    """GET or POST registered-models/get-latest-versions: of all stages when none are named."""

    stages: list[str] = []


class SetRegisteredModelTag(RegisteredModelRef, kw_only=True, omit_defaults=True):
    """POST registered-models/set-tag."""

    key: str
    value: str = ""


class DeleteRegisteredModelTag(RegisteredModelRef, kw_only=True):
    """DELETE registered-models/delete-tag."""

    key: str


class SetAlias(Acted, kw_only=True, omit_defaults=True):
    """POST registered-models/alias."""

    name: str
    alias: str
    version: str


class DeleteAlias(Acted, kw_only=True, omit_defaults=True):
    """DELETE registered-models/alias."""

    name: str
    alias: str


class GetAlias(RegisteredModelRef, kw_only=True):
    """GET registered-models/alias."""

    alias: str


class RegisteredModelAnswer(msgspec.Struct, kw_only=True):
    """The answer that is one registered model."""

    registered_model: RegisteredModel


class RegisteredModelsAnswer(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One page of registered models."""

    registered_models: list[RegisteredModel] = []
    next_page_token: str = ""


def model_from_domain(model: domain.RegisteredModel) -> RegisteredModel:
    """The wire form of a registered model; tags and aliases by name."""
    return RegisteredModel(
        name=model.name,
        creation_timestamp=model.creation_time,
        last_updated_timestamp=model.last_update_time,
        user_id=model.user_id or msgspec.UNSET,
        description=model.description or msgspec.UNSET,
        latest_versions=[version_from_domain(one) for one in model.latest_versions] or msgspec.UNSET,
        tags=tags_from_dict(model.tags) or msgspec.UNSET,
        aliases=[Alias(alias=alias, version=str(version)) for alias, version in model.aliases.items()] or msgspec.UNSET,
    )


def model_to_domain(given: RegisteredModel) -> domain.RegisteredModel:
    """The registered model in its wire form."""
    return domain.RegisteredModel(
        name=given.name,
        creation_time=given.creation_timestamp,
        last_update_time=given.last_updated_timestamp,
        description=given.description or "",
        user_id=given.user_id or "",
        tags=tags_to_dict(given.tags or []),
        aliases={one.alias: version_number(one.version) for one in given.aliases or []},
        latest_versions=[version_to_domain(one) for one in given.latest_versions or []],
    )
