"""Logging metrics to the active run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kiseki.base.clock import now_ms
from kiseki.base.errors import InvalidParameter
from kiseki.client.operations import RunOperations
from kiseki.entities import Metric
from kiseki.fluent.logged_models import measured_model
from kiseki.fluent.runs import logging_to


def log_metric(
    key: str,
    value: float,
    step: int | None = None,
    synchronous: bool | None = None,
    timestamp: int | None = None,
    run_id: str | None = None,
    model_id: str | None = None,
    dataset: Any = None,
) -> RunOperations | None:
    """Records one point of a metric of the active run.

    Args:
        key: Up to 250 characters.
        value: A number; NaN and infinities are kept.
        step: A whole number, 0 when None.
        synchronous: False returns at once, with something to wait for.
        timestamp: Milliseconds since 1970-01-01T00:00:00Z; now when None.
        run_id: Another run than the active one.
        model_id: Of the logged model that was measured; the active one when None.
        dataset: What the value was measured on.
    """
    client, run_id = logging_to(run_id)
    name, digest = _named(dataset)
    model_id = measured_model(client, run_id, model_id)
    return client.log_metric(run_id, key, value, timestamp, step, synchronous, name, digest, model_id)


def log_metrics(
    metrics: dict[str, float],
    step: int | None = None,
    synchronous: bool | None = None,
    run_id: str | None = None,
    timestamp: int | None = None,
    model_id: str | None = None,
    dataset: Any = None,
) -> RunOperations | None:
    """Records one point of each of several metrics, all with the same step and time.

    Args:
        metrics: Values by key.
        step: A whole number, 0 when None.
        synchronous: False returns at once, with something to wait for.
        run_id: Another run than the active one.
        timestamp: Milliseconds since 1970-01-01T00:00:00Z; now when None.
        model_id: Of the logged model that was measured; the active one when None.
        dataset: What the values were measured on.
    """
    if not isinstance(metrics, Mapping):
        raise InvalidParameter(f"The metrics must be a dictionary, got {type(metrics).__name__}.")
    time = now_ms() if timestamp is None else timestamp
    name, digest = _named(dataset)
    client, run_id = logging_to(run_id)
    model_id = measured_model(client, run_id, model_id)
    points = [
        Metric(key, value, time, 0 if step is None else step, model_id, name, digest) for key, value in metrics.items()
    ]
    return client.log_batch(run_id, metrics=points, synchronous=synchronous)


def _named(dataset: Any) -> tuple[str | None, str | None]:
    if dataset is None:
        return None, None
    try:
        return str(dataset.name), str(dataset.digest)
    except AttributeError:
        raise InvalidParameter(
            f"The dataset is of type {type(dataset).__name__}; expected one that kiseki.data makes."
        ) from None
