"""What can be read of metric histories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from kiseki.base.errors import InvalidParameter, NotFound
from kiseki.base.ids import RunId, is_run_id
from kiseki.domain.keys import check_given
from kiseki.domain.metrics import INT64_MAX, INT64_MIN, Metric
from kiseki.domain.runs import Page
from kiseki.domain.series import Axis, Buckets
from kiseki.service.runs import locate
from kiseki.store import Session
from kiseki.store.protocol import RunKey

MAX_PAGE: Final = 100_000
"""The most points in one page of a history; a request for more gets so many and a token."""
MAX_BULK_RUNS: Final = 100
MAX_BULK_POINTS: Final = 25_000
MAX_SAMPLE: Final = 2_500
MAX_CHART_SERIES: Final = 2_000
MAX_CHART_BUCKETS: Final = 20_000
MAX_CHART_X: Final = 2.0**63


def history(
    session: Session, run_id: str, key: str, max_results: int | None = None, page_token: str = ""
) -> Page[Metric]:
    """One page of a metric's points by (timestamp, step, value); an unknown run or metric has none."""
    if max_results is not None and max_results < 1:
        raise InvalidParameter(
            f"Invalid value {max_results} for parameter 'max_results' supplied. It must be a positive integer"
        )
    try:
        run = locate(session, run_id)
    except NotFound:
        return Page(items=[])
    search = ["history", str(run.run_id), key]
    offset = _offset(session, search, page_token)
    limit = min(max_results or MAX_PAGE, MAX_PAGE)
    points = session.metrics.history(run, key, offset, limit + 1)
    token = session.sign([*search, offset + limit]) if len(points) > limit else ""
    return Page(items=points[:limit], next_page_token=token)


def bulk(session: Session, run_ids: Sequence[str], key: str, max_results: int) -> list[tuple[str, Metric]]:
    """The points of one metric of 1 to 100 runs, at most `max_results` in all, the runs in the order given."""
    if not run_ids:
        raise InvalidParameter("GetMetricHistoryBulk request must specify at least one run_id.")
    if len(run_ids) > MAX_BULK_RUNS:
        raise InvalidParameter(
            f"GetMetricHistoryBulk request cannot specify more than {MAX_BULK_RUNS} run_ids. "
            f"Received {len(run_ids)} run_ids."
        )
    if not key:
        raise InvalidParameter("GetMetricHistoryBulk request must specify a metric_key.")
    left = min(max_results, MAX_BULK_POINTS) if max_results >= 0 else MAX_BULK_POINTS
    found: list[tuple[str, Metric]] = []
    for run in _known(session, run_ids):
        if left > len(found):
            points = session.metrics.history(run, key, 0, left - len(found))
            found += [(run.run_id, point) for point in points]
    return found


def sampled(
    session: Session,
    run_ids: Sequence[str],
    key: str,
    start_step: int | None,
    end_step: int | None,
    max_results: int | None,
) -> list[tuple[str, Metric]]:
    """At most `max_results` points of one metric of each of 1 to 100 runs, by step, evenly spaced."""
    check_given("".join(run_ids), "run_ids")
    check_given(key, "metric_key")
    if len(run_ids) > MAX_BULK_RUNS:
        raise InvalidParameter(
            f"GetMetricHistoryBulkInterval request must specify at most {MAX_BULK_RUNS} run_ids. "
            f"Received {len(run_ids)} run_ids."
        )
    limit = MAX_SAMPLE if max_results is None else max_results
    if not 1 <= limit <= MAX_SAMPLE:
        raise InvalidParameter(f"max_results must be between 1 and {MAX_SAMPLE}. Got {limit}.")
    steps = None
    if start_step is not None and end_step is not None:
        if start_step > end_step:
            raise InvalidParameter(
                f"end_step must be greater than start_step. Found start_step={start_step} and end_step={end_step}."
            )
        if start_step < INT64_MIN or end_step > INT64_MAX:
            raise InvalidParameter(f"start_step and end_step lie between {INT64_MIN} and {INT64_MAX}.")
        steps = (start_step, end_step)
    elif start_step is not None or end_step is not None:
        raise InvalidParameter("If either start step or end step are specified, both must be specified.")
    found: list[tuple[str, Metric]] = []
    for run in _known(session, run_ids):
        found += [(run.run_id, point) for point in session.metrics.sample(run, key, steps, limit)]
    return found


def chart(
    session: Session,
    series: Sequence[tuple[str, str]],
    axis: Axis,
    extent: tuple[float, float] | None,
    buckets: int,
) -> list[Buckets]:
    """Many series, given as (run id, key), each reduced to at most `buckets` buckets over their common extent."""
    if not 1 <= len(series) <= MAX_CHART_SERIES:
        raise InvalidParameter(
            f"Invalid value for parameter 'series' supplied: it has {len(series)} series. Give 1 to {MAX_CHART_SERIES}."
        )
    if not 1 <= buckets <= MAX_CHART_BUCKETS:
        raise InvalidParameter(
            f"Invalid value {buckets} for parameter 'buckets' supplied: it lies between 1 and {MAX_CHART_BUCKETS}."
        )
    if extent is not None and not -MAX_CHART_X <= extent[0] <= extent[1] <= MAX_CHART_X:
        raise InvalidParameter(
            f"Invalid value {list(extent)} for parameter 'range' supplied: the first x is not after the last, and both "
            f"lie between -{MAX_CHART_X:g} and {MAX_CHART_X:g}. Leave it out for all points."
        )
    runs = {run_id: locate(session, run_id) for run_id in dict.fromkeys(run_id for run_id, _ in series)}
    return session.metrics.chart([(runs[run_id], key) for run_id, key in series], axis, extent, buckets)


def _offset(session: Session, search: list[str], token: str) -> int:
    """Where the page of a token begins."""
    if not token:
        return 0
    *made_for, offset = session.verify(token)
    if made_for != search or not isinstance(offset, int):
        raise InvalidParameter(
            "Invalid page token: it belongs to another history. Use it with the same run and metric as the page that it "
            "came with."
        )
    return offset


def _known(session: Session, run_ids: Sequence[str]) -> Iterator[RunKey]:
    """Those of the runs that exist, each once."""
    for run_id in dict.fromkeys(run_ids):
        run = session.runs.locate(RunId(run_id)) if is_run_id(run_id) else None
        if run is not None:
            yield run
