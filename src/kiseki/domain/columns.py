"""Params, tags and metrics as columns: what a table of runs shows."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

import msgspec

from kiseki.base.ids import ExperimentId, RunId
from kiseki.domain.experiments import LifecycleStage
from kiseki.domain.runs import Page, RunStatus

ELLIPSIS: Final = "…"
"""What a text ends in that was cut."""
_NUMBER: Final = re.compile(r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf|infinity|nan)", re.IGNORECASE)


class ColumnKind(StrEnum):
    """What the values of a column are."""

    NUMBER = "number"
    TEXT = "text"


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """A run, and the values of the columns that were asked for in their order, None where it has none.

    Params and tags are texts; a metric is a float, and its count an int. `number` counts the runs of the database in the
    order in which they were created.
    """

    run_id: RunId
    number: int
    experiment_id: ExperimentId
    run_name: str
    user_id: str
    status: RunStatus
    start_time: int
    end_time: int | None
    lifecycle_stage: LifecycleStage
    values: list[str | int | float | None]


class FoundRuns(msgspec.Struct, frozen=True, kw_only=True):
    """A page of runs, and how many match on all pages if that was asked."""

    page: Page[RunRow]
    total: int | None = None


class KeySummary(msgspec.Struct, frozen=True, kw_only=True):
    """A key of params, tags or metrics: how many runs have it, and some of its different values as texts."""

    key: str
    runs: int
    values: list[str] = []

    @property
    def kind(self) -> ColumnKind:
        """A number if all values that are known are; a metric's always are."""
        return ColumnKind.NUMBER if all(is_number(value) for value in self.values) else ColumnKind.TEXT


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """What the runs of some experiments have, each by key."""

    metrics: list[KeySummary]
    params: list[KeySummary]
    tags: list[KeySummary]


def is_number(text: str) -> bool:
    """Whether a text is a number as programs write it, `nan` and `inf` included."""
    return _NUMBER.fullmatch(text.strip()) is not None


def cut(text: str, max_chars: int) -> str:
    """A text of at most `max_chars` characters as it is, a longer one cut there and ending in `…`; 0 cuts nothing."""
    return text if not max_chars or len(text) <= max_chars else text[:max_chars] + ELLIPSIS
