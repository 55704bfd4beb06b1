"""Counts as Prometheus reads them: the text format 0.0.4."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final

from kiseki.__about__ import __version__
from kiseki.server.monitor import GROUP_SIZES, SECONDS, Counts

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

Sample = tuple[str, dict[str, str], float]
"""What follows the family's name, the labels, and the value."""


def text(counts: Counts) -> bytes:
    """All families, each with its help and type, in the same order always."""
    return "".join(line for family in _families(counts) for line in family).encode()


def _families(counts: Counts) -> Iterator[Iterator[str]]:
    routes = [({"method": method, "route": path}, one) for (method, path), one in sorted(counts.routes.items())]
    yield _family(
        "kiseki_http_requests_total", "counter", "Requests that were answered, by the class of their status.",
        (
            ("", {**labels, "status": f"{digit}xx"}, count)
            for labels, one in routes
            for digit, count in enumerate(one.statuses)
            if count
        ),
    )  # fmt: skip
    yield _family(
        "kiseki_http_request_duration_seconds", "histogram",
        "From the head of a request to the end of its answer; streams of events are left out.",
        (
            sample
            for labels, one in routes
            if any(one.durations)
            for sample in _histogram(labels, SECONDS, one.durations, one.seconds)
        ),
    )  # fmt: skip
    yield _family(
        "kiseki_http_request_bytes_total", "counter", "Bytes of requests' bodies.",
        (("", labels, one.received) for labels, one in routes),
    )  # fmt: skip
    yield _family(
        "kiseki_http_response_bytes_total", "counter", "Bytes of answers' bodies.",
        (("", labels, one.sent) for labels, one in routes),
    )  # fmt: skip
    yield _one("kiseki_reads_waiting", "gauge", "Reads that wait or are being answered.", counts.reads_waiting)
    yield _one("kiseki_writes_waiting", "gauge", "Writes that are not durable yet.", counts.writes_waiting)
    yield _family(
        "kiseki_refused_total", "counter", "Requests that were refused with 429 because too many waited.",
        (("", {"kind": kind}, count) for kind, count in sorted(counts.refused.items())),
    )  # fmt: skip
    yield _one("kiseki_commits_total", "counter", "Commits that kept what requests wrote.", sum(counts.groups))
    yield _family(
        "kiseki_commit_group_size", "histogram", "Requests that one commit kept.",
        _histogram({}, GROUP_SIZES, counts.groups, counts.grouped),
    )  # fmt: skip
    yield _one(
        "kiseki_points_total", "counter", "Points of metrics that were logged, repeated ones too.", counts.points
    )
    yield _one("kiseki_event_streams", "gauge", "Open streams of events.", counts.streams)
    process = counts.process
    for name, kind, what, value in (
        ("resident_memory_bytes", "gauge", "Memory that lies in RAM.", process.resident_bytes),
        ("cpu_seconds_total", "counter", "Processor time, of the user and of the system.", process.cpu_seconds),
        ("open_fds", "gauge", "Open files and connections.", process.open_files),
        ("max_fds", "gauge", "How many a process may have open.", process.max_files),
        ("start_time_seconds", "gauge", "When the process started, since 1970-01-01 UTC.", process.started),
    ):
        if value:
            yield _one(f"process_{name}", kind, what, value)
    built = {"version": __version__, "python": platform.python_version()}
    yield _family("kiseki_build_info", "gauge", "What is running.", [("", built, 1)])


def _one(name: str, kind: str, what: str, value: float) -> Iterator[str]:
    return _family(name, kind, what, [("", {}, value)])


def _family(name: str, kind: str, what: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP {name} {what}\n# TYPE {name} {kind}\n"
    for suffix, labels, value in samples:
        shown = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        yield f"{name}{suffix}{'{' + shown + '}' if shown else ''} {value!r}\n"


def _histogram(
    labels: dict[str, str], bounds: Sequence[float], counts: Sequence[int], total: float
) -> Iterator[Sample]:
    sums = list(accumulate(counts))
    for bound, count in zip((*map(str, bounds), "+Inf"), sums, strict=True):
        yield "_bucket", {**labels, "le": bound}, count
    yield "_sum", labels, total
    yield "_count", labels, sums[-1]


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
