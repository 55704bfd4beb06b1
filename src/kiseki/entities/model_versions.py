"""Versions of registered models as callers see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kiseki.domain import model_versions as domain
from kiseki.entities.entity import Entity


@dataclass(frozen=True, repr=False)
class ModelVersionTag(Entity):
    """A tag of a version."""

    key: str
    value: str


@dataclass(frozen=True, repr=False, init=False)
class ModelVersion(Entity):
    """A version of a registered model. Times are milliseconds since 1970-01-01T00:00:00Z.

    Args:
        name: Of the registered model.
        version: Its number, as text.
        creation_timestamp: When it was registered.
        last_updated_timestamp: When it last changed.
        description: What somebody wrote of it.
        user_id: Who registered it; "" where nobody said so.
        current_stage: "None", "Staging", "Production" or "Archived".
        source: What was registered: a URI.
        run_id: The run that made it; "" without one.
        status: "READY" when its files are there.
        status_message: Why it is in its status.
        tags: As tags or as a mapping.
        run_link: The address of a run on another server.
        aliases: Those that point to it.
        model_id: The logged model that it is; None for none.
        params: Accepted for MLflow's sake: those of the logged model.
        metrics: Accepted for MLflow's sake: those of the logged model.
        deployment_job_state: Accepted for MLflow's sake.
    """

    name: str
    version: str
    creation_timestamp: int
    last_updated_timestamp: int | None = None
    description: str | None = None
    user_id: str | None = None
    current_stage: str | None = None
    source: str | None = None
    run_id: str | None = None
    status: str = domain.VersionStatus.READY.value
    status_message: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    run_link: str | None = None
    aliases: list[str] = field(default_factory=list)
    model_id: str | None = None
    params: list[Any] | None = None
    metrics: list[Any] | None = None
    deployment_job_state: Any = None

    def __init__(
        self,
        name: str,
        version: str,
        creation_timestamp: int,
        last_updated_timestamp: int | None = None,
        description: str | None = None,
        user_id: str | None = None,
        current_stage: str | None = None,
        source: str | None = None,
        run_id: str | None = None,
        status: str = domain.VersionStatus.READY.value,
        status_message: str | None = None,
        tags: Iterable[ModelVersionTag] | Mapping[str, str] | None = None,
        run_link: str | None = None,
        aliases: list[str] | None = None,
        model_id: str | None = None,
        params: list[Any] | None = None,
        metrics: list[Any] | None = None,
        deployment_job_state: Any = None,
    ) -> None:
        for name_, value in (
            ("name", name),
            ("version", str(version)),
            ("creation_timestamp", creation_timestamp),
            ("last_updated_timestamp", last_updated_timestamp),
            ("description", description),
            ("user_id", user_id),
            ("current_stage", current_stage),
            ("source", source),
            ("run_id", run_id),
            ("status", status),
            ("status_message", status_message),
            ("tags", dict(tags) if isinstance(tags, Mapping) else {tag.key: tag.value for tag in tags or ()}),
            ("run_link", run_link),
            ("aliases", list(aliases or ())),
            ("model_id", model_id),
            ("params", params),
            ("metrics", metrics),
            ("deployment_job_state", deployment_job_state),
        ):
            object.__setattr__(self, name_, value)


def model_version_from_domain(given: domain.ModelVersion) -> ModelVersion:
    """A version as callers see it."""
    return ModelVersion(
        given.name,
        str(given.version),
        given.creation_time,
        given.last_update_time,
        given.description,
        given.user_id,
        given.stage.value,
        given.source,
        given.run_id,
        given.status.value,
        given.status_message or None,
        given.tags,
        given.run_link,
        list(given.aliases),
        given.model_id or None,
    )
