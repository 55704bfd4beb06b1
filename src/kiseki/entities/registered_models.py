"""Registered models as callers see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kiseki.domain import registered_models as domain
from kiseki.entities.entity import Entity
from kiseki.entities.model_versions import ModelVersion, model_version_from_domain


@dataclass(frozen=True, repr=False)
class RegisteredModelTag(Entity):
    """A tag of a registered model."""

    key: str
    value: str


@dataclass(frozen=True, repr=False)
class RegisteredModelAlias(Entity):
    """An alias, and the number of the version to which it points, as text."""

    alias: str
    version: str


@dataclass(frozen=True, repr=False, init=False)
class RegisteredModel(Entity):
    """A registered model. Times are milliseconds since 1970-01-01T00:00:00Z.

    Args:
        name: What it is found by.
        creation_timestamp: When it was added.
        last_updated_timestamp: When it, or a version of it, last changed.
        description: What somebody wrote of it.
        latest_versions: The version of the greatest number in each stage.
        tags: As tags or as a mapping.
        aliases: As aliases or as a mapping to numbers of versions as text.
        deployment_job_id: Accepted for MLflow's sake.
        deployment_job_state: Accepted for MLflow's sake.
    """

    name: str
    creation_timestamp: int | None = None
    last_updated_timestamp: int | None = None
    description: str | None = None
    latest_versions: list[ModelVersion] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    deployment_job_id: Any = None
    deployment_job_state: Any = None

    def __init__(
        self,
        name: str,
        creation_timestamp: int | None = None,
        last_updated_timestamp: int | None = None,
        description: str | None = None,
        latest_versions: list[ModelVersion] | None = None,
        tags: Iterable[RegisteredModelTag] | Mapping[str, str] | None = None,
        aliases: Iterable[RegisteredModelAlias] | Mapping[str, str] | None = None,
        deployment_job_id: Any = None,
        deployment_job_state: Any = None,
    ) -> None:
        for name_, value in (
            ("name", name),
            ("creation_timestamp", creation_timestamp),
            ("last_updated_timestamp", last_updated_timestamp),
            ("description", description),
            ("latest_versions", list(latest_versions or ())),
            ("tags", dict(tags) if isinstance(tags, Mapping) else {one.key: one.value for one in tags or ()}),
            (
                "aliases",
                dict(aliases) if isinstance(aliases, Mapping) else {one.alias: one.version for one in aliases or ()},
            ),
            ("deployment_job_id", deployment_job_id),
            ("deployment_job_state", deployment_job_state),
        ):
            object.__setattr__(self, name_, value)


def registered_model_from_domain(given: domain.RegisteredModel) -> RegisteredModel:
    """A registered model as callers see it."""
    return RegisteredModel(
        given.name,
        given.creation_time,
        given.last_update_time,
        given.description,
        [model_version_from_domain(version) for version in given.latest_versions],
        given.tags,
        {alias: str(version) for alias, version in given.aliases.items()},
    )
