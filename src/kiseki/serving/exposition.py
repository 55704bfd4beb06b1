"""What a scoring server counts, as Prometheus reads it."""

from __future__ import annotations

from collections.abc import Iterator

from kiseki.asgi import exposition
from kiseki.asgi.exposition import Family, family, histogram, single
from kiseki.asgi.monitor import SECONDS
from kiseki.serving.monitor import SIZES, Counts


def text(counts: Counts) -> bytes:
    """All families, each with its help and type, in the same order always."""
    return exposition.text((*exposition.of_requests(counts), *_own(counts), *exposition.of_process(counts)))


def _own(counts: Counts) -> Iterator[Family]:
    yield family(
        "kiseki_model_prediction_duration_seconds", "histogram", "Calls of the model's predict.",
        histogram({}, SECONDS, counts.durations, counts.seconds),
    )  # fmt: skip
    yield family(
        "kiseki_model_prediction_requests", "histogram", "Requests that one call of the model answered.",
        histogram({}, SIZES, counts.sizes, counts.requests),
    )  # fmt: skip
    yield single("kiseki_model_failures_total", "counter", "Calls of the model that raised.", counts.failures)
    yield single("kiseki_model_timeouts_total", "counter", "Requests that were answered with 504.", counts.timeouts)
    yield single(
        "kiseki_refused_total", "counter", "Requests that were refused with 429 because too many waited.",
        counts.refused,
    )  # fmt: skip
    yield single("kiseki_requests_waiting", "gauge", "Requests that wait or are being answered.", counts.waiting)
    yield single(
        "kiseki_lost_lanes", "gauge", "Threads in predictions that nobody waits for any longer.", counts.lost_lanes
    )
