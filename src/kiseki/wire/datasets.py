"""Datasets on the wire."""

from __future__ import annotations

import msgspec

from kiseki.domain import datasets as domain
from kiseki.wire.experiments import Tag, tags_from_dict, tags_to_dict


class Dataset(msgspec.Struct, kw_only=True):
    """A dataset; `source`, `schema` and `profile` are JSON in text."""

    name: str
    digest: str = ""
    source_type: str = ""
    source: str = ""
    schema: str | msgspec.UnsetType = msgspec.UNSET
    profile: str | msgspec.UnsetType = msgspec.UNSET


class DatasetInput(msgspec.Struct, kw_only=True):
    """A dataset as a run used it."""

    dataset: Dataset
    tags: list[Tag] | msgspec.UnsetType = msgspec.UNSET


class ModelInput(msgspec.Struct, kw_only=True):
    """A logged model that a run used."""

    model_id: str


class ModelOutput(msgspec.Struct, kw_only=True):
    """A logged model that a run made."""

    model_id: str
    step: int = 0


def input_to_domain(given: DatasetInput) -> domain.DatasetInput:
    """The dataset input in its wire form."""
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
        tags=tags_to_dict(given.tags or []),
    )


def input_from_domain(given: domain.DatasetInput) -> DatasetInput:
    """The wire form of a dataset input."""
    dataset = given.dataset
    return DatasetInput(
        dataset=Dataset(
            name=dataset.name,
            digest=dataset.digest,
            source_type=dataset.source_type,
            source=dataset.source,
            schema=dataset.schema or msgspec.UNSET,
            profile=dataset.profile or msgspec.UNSET,
        ),
        tags=tags_from_dict(given.tags) or msgspec.UNSET,
    )
