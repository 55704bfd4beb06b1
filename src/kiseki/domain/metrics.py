"""Metrics: points (step, timestamp, value) under a key of a run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.domain.keys import check_key

INT64_MAX: Final = 2**63 - 1
INT64_MIN: Final = -(2**63)


class Metric(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One point of a metric. `timestamp` is milliseconds since the epoch, `value` any float64, NaN included.

    `run_id` is told with points of a logged model, which may come from several runs.
    """

    key: str
    value: float
    timestamp: int
    step: int = 0
    model_id: str = ""
    dataset_name: str = ""
    dataset_digest: str = ""
    run_id: str = ""


class Link(NamedTuple):
    """What a point was measured on: a logged model, a dataset, or both; "" where not given."""

    model_id: str
    dataset_name: str
    dataset_digest: str


class Points(msgspec.Struct, frozen=True, kw_only=True):
    """Points as columns of one length: point i is (keys[i], steps[i], timestamps[i], values[i]).

    `links` has what some of them were measured on, each with the indexes of those points.
    """

    keys: Sequence[str]
    steps: Sequence[int]
    timestamps: Sequence[int]
    values: Sequence[float]
    links: Mapping[Link, Sequence[int]] = {}

    def __len__(self) -> int:
        return len(self.keys)


NO_POINTS: Final = Points(keys=[], steps=[], timestamps=[], values=[])


def links_of(given: Iterable[tuple[str, str, str]]) -> dict[Link, Sequence[int]]:
    """What points were measured on, for `Points.links`: of each point the model, name and digest, "" where not given."""
    found: dict[tuple[str, str, str], list[int]] = {}
    for i, link in enumerate(given):
        found.setdefault(link, []).append(i)
    return {Link(*link): places for link, places in found.items() if any(link)}


def points_of(metrics: list[Metric]) -> Points:
    """The points of a list of metrics, as columns."""
    links = links_of((m.model_id, m.dataset_name, m.dataset_digest) for m in metrics)
    return Points(
        keys=[m.key for m in metrics],
        steps=[m.step for m in metrics],
        timestamps=[m.timestamp for m in metrics],
        values=[m.value for m in metrics],
        links=links,
    )


def check_points(points: Points, field: str = "metrics") -> None:
    """Raises InvalidParameter naming the first bad point; `field` is what the caller calls the list.

    Steps and timestamps are int64, timestamps not negative.
    """
    if not points.keys:
        return
    for key in set(points.keys):
        try:
            check_key(key, "key")
        except InvalidParameter:
            check_key(key, f"{field}[{points.keys.index(key)}].key")
    if min(points.timestamps) < 0 or max(points.timestamps) > INT64_MAX:
        i, bad = next((i, t) for i, t in enumerate(points.timestamps) if not 0 <= t <= INT64_MAX)
        raise InvalidParameter(
            f"Invalid value {bad} for parameter '{field}[{i}].timestamp' supplied: a timestamp is a nonnegative number "
            f"of milliseconds since 1970, at most {INT64_MAX}."
        )
    if min(points.steps) < INT64_MIN or max(points.steps) > INT64_MAX:
        i, bad = next((i, s) for i, s in enumerate(points.steps) if not INT64_MIN <= s <= INT64_MAX)
        raise InvalidParameter(
            f"Invalid value {bad} for parameter '{field}[{i}].step' supplied: a step lies between "
            f"{INT64_MIN} and {INT64_MAX}."
        )


class SeriesSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one metric of a run without reading its history.

    `count` is the number of distinct points, `nonfinite` how many of them are NaN or infinite. `last` is the point
    that is greatest by (step, timestamp, value), `first` the least. `min` and `max` ignore NaN and are NaN when there
    is nothing else.
    """

    key: str
    count: int
    nonfinite: int
    first: float
    first_step: int
    last: float
    last_step: int
    last_timestamp: int
    min: float
    min_step: int
    max: float
    max_step: int


def json_number(value: float) -> float | str:
    """A number as JSON can carry it: NaN and infinities as "NaN", "Infinity" and "-Infinity"."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
