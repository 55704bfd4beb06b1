"""Logged models: a model that a run made, or that somebody keeps elsewhere, with what is known and measured of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.base.ids import ExperimentId, ModelId
from kiseki.domain.experiments import LifecycleStage
from kiseki.domain.keys import check_text, check_value
from kiseki.domain.metrics import Metric

MAX_NAME_CHARS: Final = 500
MAX_TYPE_CHARS: Final = 500
MAX_KEY_CHARS: Final = 250
MAX_PARAMS: Final = 1_000
"""The most params, and the most tags, in one request."""
FORBIDDEN_IN_NAME: Final = ("/", ":", ".", "%", '"', "'")
"""A name is part of `runs:/` URIs and of filters."""

EXTERNAL_TAG: Final = "mlflow.model.isExternal"
"""Says `true` of a model whose files are kept elsewhere."""


class LoggedModelStatus(StrEnum):
    """Where a logged model is in its life."""

    PENDING = "PENDING"
    READY = "READY"
    FAILED = "FAILED"


class LoggedModel(msgspec.Struct, frozen=True, kw_only=True):
    """One logged model. Times are milliseconds since the epoch; `source_run_id` is "" where no run made it.

    `metrics` has the points that were logged of it, in that order: all of them while they are few, else the latest of
    each metric on each dataset.
    """

    model_id: ModelId
    experiment_id: ExperimentId
    name: str
    artifact_uri: str
    creation_time: int
    last_update_time: int
    status: LoggedModelStatus = LoggedModelStatus.PENDING
    status_message: str = ""
    model_type: str = ""
    source_run_id: str = ""
    lifecycle_stage: LifecycleStage = LifecycleStage.ACTIVE
    params: dict[str, str] = {}
    tags: dict[str, str] = {}
    metrics: list[Metric] = []


class NewLoggedModel(msgspec.Struct, frozen=True, kw_only=True):
    """What a client says of a model that it is about to log; without a name it gets a random one."""

    experiment_id: str
    name: str = ""
    model_type: str = ""
    source_run_id: str = ""
    params: dict[str, str] = {}
    tags: dict[str, str] = {}


class LoggedModelOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What models are sorted by: an attribute, or `metrics.KEY`; then perhaps as measured on one dataset."""

    field_name: str
    ascending: bool = True
    dataset_name: str = ""
    dataset_digest: str = ""


def check_name(name: str) -> str:
    """Returns the name of a logged model, or raises InvalidParameter when it cannot be one."""
    if not name or any(one in name for one in FORBIDDEN_IN_NAME):
        raise InvalidParameter(
            f"Invalid model name ({name[:64]!r}) provided. Model name must be a non-empty string and cannot contain the "
            f"following characters: {FORBIDDEN_IN_NAME}"
        )
    return _short(name, "name", MAX_NAME_CHARS)


def check_type(model_type: str) -> str:
    """Returns the type of a logged model, or raises InvalidParameter when it is longer than 500 characters."""
    return _short(model_type, "model_type", MAX_TYPE_CHARS)


def check_pairs(field: str, given: dict[str, str]) -> None:
    """Raises InvalidParameter naming the first bad one of the params or tags of a logged model.

    Their keys are not those of a run, so any text of up to 250 characters is one.
    """
    if len(given) > MAX_PARAMS:
        raise InvalidParameter(
            f"A request can contain at most {MAX_PARAMS} {field} of a logged model. Got {len(given)}. "
            "Please split up your request and retry."
        )
    for i, (key, value) in enumerate(given.items()):
        if not key:
            raise InvalidParameter(f"Missing value for required parameter '{field}[{i}].key'. Give each a key.")
        _short(key, f"{field}[{i}].key", MAX_KEY_CHARS)
        check_value(value, f"{field}[{i}].value")


def _short(text: str, field: str, limit: int) -> str:
    if len(text) > limit:
        raise InvalidParameter(
            f"'{field}' exceeds the maximum length of {limit} characters: it has {len(text)}. Shorten it."
        )
    return check_text(text, field)
