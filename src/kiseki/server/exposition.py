"""What the tracking server counts, as Prometheus reads it."""

from __future__ import annotations

from collections.abc import Iterator

from kiseki.asgi import exposition
from kiseki.asgi.exposition import Family, family, histogram, single
from kiseki.server.monitor import GROUP_SIZES, Counts


def text(counts: Counts) -> bytes:
    """All families, each with its help and type, in the same order always."""
    return exposition.text((*exposition.of_requests(counts), *_own(counts), *exposition.of_process(counts)))


def _own(counts: Counts) -> Iterator[Family]:
    yield single("kiseki_reads_waiting", "gauge", "Reads that wait or are being answered.", counts.reads_waiting)
    yield single("kiseki_writes_waiting", "gauge", "Writes that are not durable yet.", counts.writes_waiting)
    yield family(
        "kiseki_refused_total", "counter", "Requests that were refused with 429 because too many waited.",
        (("", {"kind": kind}, count) for kind, count in sorted(counts.refused.items())),
    )  # fmt: skip
    yield single("kiseki_commits_total", "counter", "Commits that kept what requests wrote.", sum(counts.groups))
    yield family(
        "kiseki_commit_group_size", "histogram", "Requests that one commit kept.",
        histogram({}, GROUP_SIZES, counts.groups, counts.grouped),
    )  # fmt: skip
    yield single(
        "kiseki_points_total", "counter", "Points of metrics that were logged, repeated ones too.", counts.points
    )
    yield single("kiseki_event_streams", "gauge", "Open streams of events.", counts.streams)
