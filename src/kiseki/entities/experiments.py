"""Experiments as callers see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from kiseki.domain import experiments as domain
from kiseki.entities.entity import Entity


@dataclass(frozen=True, repr=False)
class ExperimentTag(Entity):
    """A tag of an experiment."""

    key: str
    value: str


@dataclass(frozen=True, repr=False, init=False)
class Experiment(Entity):
    """An experiment. Times are milliseconds since 1970-01-01T00:00:00Z; `tags` is a dictionary.

    Args:
        experiment_id: A decimal number as a string.
        name: Unique among all experiments, deleted ones too.
        artifact_location: The URI below which its runs keep their artifacts.
        lifecycle_stage: "active" or "deleted".
        tags: As tags or as a mapping.
        creation_time: None when unknown.
        last_update_time: None when unknown.
    """

    DEFAULT_EXPERIMENT_NAME: ClassVar[str] = "Default"

    experiment_id: str
    name: str
    artifact_location: str
    lifecycle_stage: str
    tags: dict[str, str] = field(default_factory=dict)
    creation_time: int | None = None
    last_update_time: int | None = None

    def __init__(
        self,
        experiment_id: str,
        name: str,
        artifact_location: str,
        lifecycle_stage: str,
        tags: Iterable[ExperimentTag] | Mapping[str, str] | None = None,
        creation_time: int | None = None,
        last_update_time: int | None = None,
    ) -> None:
        given = tags if isinstance(tags, Mapping) else {tag.key: tag.value for tag in tags or ()}
        for name_, value in (
            ("experiment_id", experiment_id),
            ("name", name),
            ("artifact_location", artifact_location),
            ("lifecycle_stage", lifecycle_stage),
            ("tags", dict(given)),
            ("creation_time", creation_time),
            ("last_update_time", last_update_time),
        ):
            object.__setattr__(self, name_, value)


def experiment_from_domain(given: domain.Experiment) -> Experiment:
    """An experiment as callers see it."""
    return Experiment(
        given.experiment_id,
        given.name,
        given.artifact_location,
        given.lifecycle_stage.value,
        given.tags,
        given.creation_time,
        given.last_update_time,
    )
