"""Datasets, and what a run read and made, as callers see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kiseki.domain import datasets as domain
from kiseki.entities.entity import Entity


@dataclass(frozen=True, repr=False)
class Dataset(Entity):
    """A dataset as it is recorded: `source`, `schema` and `profile` are JSON in text."""

    name: str
    digest: str
    source_type: str
    source: str
    schema: str | None = None
    profile: str | None = None


@dataclass(frozen=True, repr=False)
class InputTag(Entity):
    """A tag of a dataset as a run used it; `mlflow.data.context` says what for."""

    key: str
    value: str


@dataclass(frozen=True, repr=False)
class DatasetInput(Entity):
    """A dataset as a run used it."""

    dataset: Dataset
    tags: list[InputTag] | None = None

    def __post_init__(self) -> None:
        if self.tags is None:
            object.__setattr__(self, "tags", [])

    def to_dictionary(self) -> dict[str, Any]:
        return {"dataset": self.dataset.to_dictionary(), "tags": {tag.key: tag.value for tag in self.tags or ()}}


@dataclass(frozen=True, repr=False)
class LoggedModelInput(Entity):
    """A logged model that a run used."""

    model_id: str


@dataclass(frozen=True, repr=False)
class LoggedModelOutput(Entity):
    """A logged model that a run made, at a step."""

    model_id: str
    step: int


@dataclass(frozen=True, repr=False)
class RunInputs(Entity):
    """What a run read."""

    dataset_inputs: list[DatasetInput] = field(default_factory=list)
    model_inputs: list[LoggedModelInput] | None = None

    def __post_init__(self) -> None:
        if self.model_inputs is None:
            object.__setattr__(self, "model_inputs", [])


@dataclass(frozen=True, repr=False)
class RunOutputs(Entity):
    """What a run made."""

    model_outputs: list[LoggedModelOutput] = field(default_factory=list)


def input_from_domain(given: domain.DatasetInput) -> DatasetInput:
    """A dataset input as callers see it."""
    dataset = given.dataset
    return DatasetInput(
        Dataset(
            dataset.name,
            dataset.digest,
            dataset.source_type,
            dataset.source,
            dataset.schema or None,
            dataset.profile or None,
        ),
        [InputTag(key, value) for key, value in given.tags.items()],
    )


def input_to_domain(given: DatasetInput) -> domain.DatasetInput:
    """A dataset input that a caller made."""
    dataset = given.dataset
    return domain.DatasetInput(
        dataset=domain.Dataset(
            name=dataset.name,
            digest=dataset.digest,
            source_type=dataset.source_type,
            source=dataset.source,
            schema=dataset.schema or "",
            profile=dataset.profile or "",
        ),
        tags={tag.key: tag.value for tag in given.tags or ()},
    )
