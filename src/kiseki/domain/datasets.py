"""Datasets: what a run read."""

from __future__ import annotations

from typing import Final

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.domain.keys import check_text

MAX_NAME_CHARS: Final = 500
MAX_DIGEST_CHARS: Final = 36
MAX_SOURCE_TYPE_CHARS: Final = 100
MAX_SOURCE_CHARS: Final = 65_535
MAX_SCHEMA_CHARS: Final = 1_048_575
MAX_PROFILE_CHARS: Final = 16_777_215
MAX_TAG_KEY_CHARS: Final = 255
MAX_TAG_VALUE_CHARS: Final = 500


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset, one per (experiment, name, digest). `source`, `schema` and `profile` are JSON in text."""

    name: str
    digest: str
    source_type: str
    source: str
    schema: str = ""
    profile: str = ""


class DatasetInput(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset as a run used it; the tag `mlflow.data.context` says what for ("training", "eval")."""

    dataset: Dataset
    tags: dict[str, str] = {}


class DatasetSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset that some run of an experiment used, in one context."""

    experiment_id: str
    name: str
    digest: str
    context: str = ""


class ModelOutput(msgspec.Struct, frozen=True, kw_only=True):
    """A logged model that a run made, at a step."""

    model_id: str
    step: int = 0


def check_dataset_input(given: DatasetInput, field: str) -> None:
    """Raises InvalidParameter naming the part of the input that is too long or missing."""
    dataset = given.dataset
    if not dataset.name:
        raise InvalidParameter(f"Missing value for required parameter '{field}.dataset.name'. Name the dataset.")
    limits = (
        ("name", dataset.name, MAX_NAME_CHARS),
        ("digest", dataset.digest, MAX_DIGEST_CHARS),
        ("source_type", dataset.source_type, MAX_SOURCE_TYPE_CHARS),
        ("source", dataset.source, MAX_SOURCE_CHARS),
        ("schema", dataset.schema, MAX_SCHEMA_CHARS),
        ("profile", dataset.profile, MAX_PROFILE_CHARS),
    )
    for part, text, limit in limits:
        if len(text) > limit:
            raise InvalidParameter(
                f"'{field}.dataset.{part}' exceeds the maximum length of {limit} characters: it has {len(text)}."
            )
        check_text(text, f"{field}.dataset.{part}")
    for i, (key, value) in enumerate(given.tags.items()):
        for part, text, limit in (("key", key, MAX_TAG_KEY_CHARS), ("value", value, MAX_TAG_VALUE_CHARS)):
            if len(text) > limit:
                raise InvalidParameter(
                    f"'{field}.tags[{i}].{part}' exceeds the maximum length of {limit} characters: it has {len(text)}."
                )
            check_text(text, f"{field}.tags[{i}].{part}")
