"""Many records in as many requests as the limits of one ask for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.client.values import integer, key_of, metric_value
from kiseki.domain.metrics import INT64_MAX, NO_POINTS, Metric, Points, points_of
from kiseki.entities import Metric as MetricEntity

MAX_POINTS: Final = 1000
MAX_PARAMS: Final = 100
MAX_TAGS: Final = 100
MAX_RECORDS: Final = 1000


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What goes into one request."""

    points: Points = NO_POINTS
    params: list[tuple[str, str]] = []
    tags: list[tuple[str, str]] = []


def points(metrics: Sequence[MetricEntity]) -> list[Metric]:
    """Metrics as callers give them, checked.

    Raises:
        InvalidParameter: One is not a metric, or has a value, step or time that is none.
    """
    found = []
    for i, metric in enumerate(metrics):
        if not hasattr(metric, "timestamp"):
            raise InvalidParameter(f"metrics[{i}] is of type {type(metric).__name__}; expected kiseki.entities.Metric.")
        found.append(
            Metric(
                key=key_of("metric key", metric.key),
                value=metric_value(metric.key, metric.value),
                timestamp=integer(f"metrics[{i}].timestamp", metric.timestamp, low=0, high=INT64_MAX),
                step=integer(f"metrics[{i}].step", metric.step or 0),
                model_id=metric.model_id or "",
                dataset_name=metric.dataset_name or "",
                dataset_digest=metric.dataset_digest or "",
            )
        )
    return found


def mapping(kind: str, given: Iterable[Any]) -> dict[Any, Any]:
    """Params or tags as callers give them, as a mapping.

    Raises:
        InvalidParameter: One is not a param or tag, or a param is given twice with two values.
    """
    found: dict[Any, Any] = {}
    for i, item in enumerate(given):
        if not hasattr(item, "key") or not hasattr(item, "value"):
            raise InvalidParameter(
                f"{kind}s[{i}] is of type {type(item).__name__}; expected an entity with key and value."
            )
        if kind == "param" and found.get(item.key, item.value) != item.value:
            raise InvalidParameter(
                f"Duplicate parameter keys have been submitted: {item.key!r} with {str(found[item.key])[:100]!r} and "
                f"{str(item.value)[:100]!r}. Give each once."
            )
        found[item.key] = item.value
    return found


def split(metrics: list[Metric], params: list[tuple[str, str]], tags: list[tuple[str, str]]) -> list[Part]:
    """Records in parts that each fit into one request: params and tags first, since the server may refuse them."""
    parts = []
    while params or tags or metrics:
        some_params, params = params[:MAX_PARAMS], params[MAX_PARAMS:]
        some_tags, tags = tags[:MAX_TAGS], tags[MAX_TAGS:]
        room = min(MAX_POINTS, MAX_RECORDS - len(some_params) - len(some_tags))
        some, metrics = metrics[:room], metrics[room:]
        parts.append(Part(points=points_of(some) if some else NO_POINTS, params=some_params, tags=some_tags))
    return parts
