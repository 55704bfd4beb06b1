"""Experiments: named groups of runs."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.base.ids import ExperimentId
from kiseki.domain.keys import check_text

MAX_NAME_CHARS: Final = 500
"""The longest experiment name, in characters."""


class LifecycleStage(StrEnum):
    """Whether an experiment or run is there or in the trash."""

    ACTIVE = "active"
    DELETED = "deleted"


class View(StrEnum):
    """Which lifecycle stages a search returns."""

    ACTIVE_ONLY = "ACTIVE_ONLY"
    DELETED_ONLY = "DELETED_ONLY"
    ALL = "ALL"


class Experiment(msgspec.Struct, frozen=True, kw_only=True):
    """One experiment. Times are milliseconds since the epoch."""

    experiment_id: ExperimentId
    name: str
    artifact_location: str
    lifecycle_stage: LifecycleStage
    creation_time: int
    last_update_time: int
    tags: dict[str, str]


class ExperimentOrder(StrEnum):
    """What a list of experiments is sorted by."""

    NAME = "name"
    CREATION_TIME = "creation_time"
    LAST_ACTIVITY = "last_activity"
    RUNS = "runs"


class ActiveExperiment(msgspec.Struct, frozen=True, kw_only=True):
    """An experiment and what goes on in it.

    `runs` and `running` count its active runs. `last_activity` is the latest of the experiment's last change and of the
    starts and ends of its active runs, in milliseconds since the epoch.
    """

    experiment: Experiment
    runs: int
    running: int
    last_activity: int


def check_name(name: str) -> str:
    """Returns an experiment's name, or raises InvalidParameter when it is empty or longer than 500 characters."""
    if not name.strip():
        raise InvalidParameter(f"Invalid experiment name: {name!r}. Give a name of 1 to {MAX_NAME_CHARS} characters.")
    if len(name) > MAX_NAME_CHARS:
        raise InvalidParameter(
            f"'name' exceeds the maximum length of {MAX_NAME_CHARS} characters: it has {len(name)}. Shorten it."
        )
    return check_text(name, "name")


def check_id(experiment_id: str) -> int:
    """Returns an experiment id as the integer that it is, or raises InvalidParameter."""
    if experiment_id.isascii() and experiment_id.isdigit() and len(experiment_id) <= 18:
        return int(experiment_id)
    raise InvalidParameter(f"Invalid experiment ID {experiment_id[:64]!r}. Experiment ID must be a valid integer.")
