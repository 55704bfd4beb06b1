"""Metrics on the wire."""

from __future__ import annotations

import msgspec
from msgspec.structs import astuple

from kiseki.domain import metrics as domain


class Metric(msgspec.Struct, kw_only=True, gc=False):
    """One point. `timestamp` is milliseconds; NaN and infinities are strings, as protobuf's JSON has them."""

    key: str
    value: float | str
    timestamp: int
    step: int = 0
    dataset_name: str | msgspec.UnsetType = msgspec.UNSET
    dataset_digest: str | msgspec.UnsetType = msgspec.UNSET
    model_id: str | msgspec.UnsetType = msgspec.UNSET
    run_id: str | msgspec.UnsetType = msgspec.UNSET


class LoggedMetric(msgspec.Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """One point of a request, its step 0 when absent. The value may also be "NaN", "Infinity" or "-Infinity"."""

    key: str
    value: float
    timestamp: int
    step: int | msgspec.UnsetType = msgspec.UNSET
    dataset_name: str = ""
    dataset_digest: str = ""
    model_id: str = ""


class GetHistory(msgspec.Struct, kw_only=True, omit_defaults=True):
    """GET metrics/get-history."""

    metric_key: str = ""
    run_id: str = ""
    run_uuid: str = ""
    max_results: int | None = None
    page_token: str = ""


class GetHistoryBulk(msgspec.Struct, kw_only=True, omit_defaults=True):
    """GET metrics/get-history-bulk. 1 to 100 runs, at most 25,000 points in all."""

    metric_key: str = ""
    run_id: list[str] = []
    max_results: int = 25_000


class GetHistoryBulkInterval(msgspec.Struct, kw_only=True, omit_defaults=True):
    """GET metrics/get-history-bulk-interval. 1 to 100 runs, at most 2,500 points of each."""

    metric_key: str = ""
    run_ids: list[str] = []
    start_step: int | None = None
    end_step: int | None = None
    max_results: int | None = None


class MetricsAnswer(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Points, and the token of the next page when there is one."""

    metrics: list[Metric] = []
    next_page_token: str = ""


class MetricsList(msgspec.Struct, kw_only=True):
    """Points; the list is there even when it is empty."""

    metrics: list[Metric]


class SeriesRef(msgspec.Struct, kw_only=True):
    """One metric of one run."""

    run_id: str
    key: str


class Chart(msgspec.Struct, kw_only=True):
    """POST /api/kiseki/v1/metrics/chart: many series, each reduced to at most `buckets` buckets.

    `x` is `step`, `time` (milliseconds since the epoch) or `relative` (milliseconds since the run's start). `range`
    is the first and last x that count, both included; without it all points do.
    """

    series: list[SeriesRef]
    x: str = "step"
    buckets: int = 1000
    range: tuple[float, float] | None = None


class ChartSeries(msgspec.Struct, kw_only=True):
    """One series in the header of a chart: `points` in range, in `length` buckets that are not empty."""

    run_id: str
    key: str
    points: int
    length: int


class ChartHeader(msgspec.Struct, kw_only=True):
    """The JSON header of a binary chart; see docs/wire.md for the columns that follow it."""

    x: str
    buckets: int
    series: list[ChartSeries]


def metric_from_domain(given: domain.Metric, run_id: str = "") -> Metric:
    """The wire form of a point; `run_id` counts where the point has none."""
    return Metric(
        key=given.key,
        value=domain.json_number(given.value),
        timestamp=given.timestamp,
        step=given.step,
        dataset_name=given.dataset_name or msgspec.UNSET,
        dataset_digest=given.dataset_digest or msgspec.UNSET,
        model_id=given.model_id or msgspec.UNSET,
        run_id=given.run_id or run_id or msgspec.UNSET,
    )


def metric_to_domain(given: Metric) -> domain.Metric:
    """The point in its wire form."""
    return domain.Metric(
        key=given.key,
        value=float(given.value),
        timestamp=given.timestamp,
        step=given.step,
        model_id=given.model_id or "",
        dataset_name=given.dataset_name or "",
        dataset_digest=given.dataset_digest or "",
        run_id=given.run_id or "",
    )


def points_to_domain(given: list[LoggedMetric]) -> domain.Points:
    """The points of a request as columns."""
    if not given:
        return domain.NO_POINTS
    # All fields of all points at once: the loops are in C, and this is most of what a point costs.
    keys, values, timestamps, steps, names, digests, models = zip(*map(astuple, given), strict=True)
    if msgspec.UNSET in steps:
        steps = tuple(0 if step is msgspec.UNSET else step for step in steps)
    linked = any(models) or any(names) or any(digests)
    links = domain.links_of(zip(models, names, digests, strict=True)) if linked else {}
    return domain.Points(keys=keys, steps=steps, timestamps=timestamps, values=values, links=links)


def points_from_domain(given: domain.Points) -> list[Metric]:
    """The points of a request in their wire form."""
    none = domain.Link("", "", "")
    links = {i: link for link, places in given.links.items() for i in places}
    metrics = []
    for i, key in enumerate(given.keys):
        link = links.get(i, none)
        metrics.append(
            Metric(
                key=key,
                value=domain.json_number(given.values[i]),
                timestamp=given.timestamps[i],
                step=given.steps[i],
                dataset_name=link.dataset_name or msgspec.UNSET,
                dataset_digest=link.dataset_digest or msgspec.UNSET,
                model_id=link.model_id or msgspec.UNSET,
            )
        )
    return metrics
