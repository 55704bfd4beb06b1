"""Metrics as callers see them."""

from __future__ import annotations

from dataclasses import dataclass

from kiseki.domain import metrics as domain
from kiseki.entities.entity import Entity


@dataclass(frozen=True, repr=False)
class Metric(Entity):
    """One point of a metric. `timestamp` is milliseconds since 1970-01-01T00:00:00Z."""

    key: str
    value: float
    timestamp: int
    step: int
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None
    run_id: str | None = None


def metric_from_domain(given: domain.Metric, run_id: str | None = None) -> Metric:
    """A point as callers see it."""
    return Metric(
        given.key,
        given.value,
        given.timestamp,
        given.step,
        given.model_id or None,
        given.dataset_name or None,
        given.dataset_digest or None,
        given.run_id or run_id,
    )


def metric_to_domain(given: Metric) -> domain.Metric:
    """A point that a caller made."""
    return domain.Metric(
        key=given.key,
        value=given.value,
        timestamp=given.timestamp,
        step=given.step,
        model_id=given.model_id or "",
        dataset_name=given.dataset_name or "",
        dataset_digest=given.dataset_digest or "",
    )
