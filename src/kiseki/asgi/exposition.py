"""Counts as Prometheus reads them: the text format 0.0.4."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final

from kiseki.__about__ import __version__
from kiseki.asgi.monitor import SECONDS, HttpCounts

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

Sample = tuple[str, dict[str, str], float]
"""What follows the family's name, the labels, and the value."""

Family = Iterator[str]
"""The lines of one metric, its help and type first."""


def text(families: Iterable[Family]) -> bytes:
    """The whole answer to a scrape."""
    return "".join(line for lines in families for line in lines).encode()


def of_requests(counts: HttpCounts) -> Iterator[Family]:
    """What is counted of the requests themselves."""
    routes = [({"method": method, "route": path}, one) for (method, path), one in sorted(counts.routes.items())]
    yield family(
        "kiseki_http_requests_total", "counter", "Requests that were answered, by the class of their status.",
        (
            ("", {**labels, "status": f"{digit}xx"}, count)
            for labels, one in routes
            for digit, count in enumerate(one.statuses)
            if count
        ),
    )  # fmt: skip
    yield family(
        "kiseki_http_request_duration_seconds", "histogram",
        "From the head of a request to the end of its answer; streams of events are left out.",
        (
            sample
            for labels, one in routes
            if any(one.durations)
            for sample in histogram(labels, SECONDS, one.durations, one.seconds)
        ),
    )  # fmt: skip
    yield family(
        "kiseki_http_request_bytes_total", "counter", "Bytes of requests' bodies.",
        (("", labels, one.received) for labels, one in routes),
    )  # fmt: skip
    yield family(
        "kiseki_http_response_bytes_total", "counter", "Bytes of answers' bodies.",
        (("", labels, one.sent) for labels, one in routes),
    )  # fmt: skip


def of_process(counts: HttpCounts) -> Iterator[Family]:
    """What the processes take of their machine, and what they run."""
    process = counts.process
    for name, kind, what, value in (
        ("resident_memory_bytes", "gauge", "Memory that lies in RAM.", process.resident_bytes),
        ("cpu_seconds_total", "counter", "Processor time, of the user and of the system.", process.cpu_seconds),
        ("open_fds", "gauge", "Open files and connections.", process.open_files),
        ("max_fds", "gauge", "How many a process may have open.", process.max_files),
        ("start_time_seconds", "gauge", "When the process started, since 1970-01-01 UTC.", process.started),
    ):
        if value:
            yield single(f"process_{name}", kind, what, value)
    built = {"version": __version__, "python": platform.python_version()}
    yield family("kiseki_build_info", "gauge", "What is running.", [("", built, 1)])


def single(name: str, kind: str, what: str, value: float) -> Family:
    """A metric that is one number."""
    return family(name, kind, what, [("", {}, value)])


def family(name: str, kind: str, what: str, samples: Iterable[Sample]) -> Family:
    """A metric with all its samples."""
    yield f"# HELP {name} {what}\n# TYPE {name} {kind}\n"
    for suffix, labels, value in samples:
        shown = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        yield f"{name}{suffix}{'{' + shown + '}' if shown else ''} {value!r}\n"


def histogram(labels: dict[str, str], bounds: Sequence[float], counts: Sequence[int], total: float) -> Iterator[Sample]:
    """The samples of a histogram: how many were at most as great as each bound, the sum, and how many there were."""
    sums = list(accumulate(counts))
    for bound, count in zip((*map(str, bounds), "+Inf"), sums, strict=True):
        yield "_bucket", {**labels, "le": bound}, count
    yield "_sum", labels, total
    yield "_count", labels, sums[-1]


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
