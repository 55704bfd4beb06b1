"""What Prometheus is told is what Prometheus' own parser reads."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kiseki.asgi.monitor import SECONDS
from kiseki.server.exposition import text
from kiseki.server.monitor import GROUP_SIZES, Counts, Monitor

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(counts: Counts) -> tuple[dict[str, str], Samples]:
    """The type of each family, and all samples."""
    families = list(text_string_to_metric_families(text(counts).decode()))
    assert all(family.documentation for family in families)
    samples = {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }
    assert len(samples) == sum(len(family.samples) for family in families)
    return {family.name: family.type for family in families}, samples


def test_everything_is_told_with_its_type() -> None:
    monitor = Monitor()
    monitor.request("GET", "/a", 200, 0.5, 0, 1)
    kinds, _ = read(monitor.all())
    assert kinds == {
        "kiseki_http_requests": "counter",
        "kiseki_http_request_duration_seconds": "histogram",
        "kiseki_http_request_bytes": "counter",
        "kiseki_http_response_bytes": "counter",
        "kiseki_reads_waiting": "gauge",
        "kiseki_writes_waiting": "gauge",
        "kiseki_refused": "counter",
        "kiseki_commits": "counter",
        "kiseki_commit_group_size": "histogram",
        "kiseki_points": "counter",
        "kiseki_event_streams": "gauge",
        "process_resident_memory_bytes": "gauge",
        "process_cpu_seconds": "counter",
        "process_open_fds": "gauge",
        "process_max_fds": "gauge",
        "process_start_time_seconds": "gauge",
        "kiseki_build_info": "gauge",
    }


def test_values_are_those_that_were_counted() -> None:
    monitor = Monitor()
    for seconds in (0.0005, 0.03, 0.03, 100.0):
        monitor.request("POST", "/api/{path}", 200, seconds, 10, 1)
    monitor.request("POST", "/api/{path}", 429, 0.03, 0, 1)
    monitor.counts.groups = [3, 0, 1, *[0] * (len(GROUP_SIZES) - 3), 2]
    monitor.counts.grouped = 1006
    monitor.counts.points, monitor.counts.writes_waiting, monitor.counts.refused["write"] = 2**53, 8, 9
    _, samples = read(monitor.counts)
    route = frozenset({("method", "POST"), ("route", "/api/{path}")})
    assert samples["kiseki_http_requests_total", route | {("status", "2xx")}] == 4
    assert samples["kiseki_http_requests_total", route | {("status", "4xx")}] == 1
    assert samples["kiseki_http_request_bytes_total", route] == 40
    assert samples["kiseki_http_response_bytes_total", route] == 5
    bucket = "kiseki_http_request_duration_seconds_bucket"
    found = [samples[bucket, route | {("le", str(bound))}] for bound in (*SECONDS, "+Inf")]
    assert found == [1, 1, 1, 1, 1, 4, 4, 4, 4, 4, 4, 4, 4, 5]
    assert samples["kiseki_http_request_duration_seconds_count", route] == 5
    assert samples["kiseki_http_request_duration_seconds_sum", route] == pytest.approx(100.0905)
    groups = [
        samples["kiseki_commit_group_size_bucket", frozenset({("le", str(bound))})] for bound in (*GROUP_SIZES, "+Inf")
    ]
    assert groups == [3, 3, 4, 4, 4, 4, 4, 4, 4, 6]
    none: frozenset[tuple[str, str]] = frozenset()
    assert samples["kiseki_commits_total", none] == 6
    assert samples["kiseki_commit_group_size_sum", none] == 1006
    assert samples["kiseki_points_total", none] == 2**53
    assert samples["kiseki_writes_waiting", none] == 8
    assert samples["kiseki_refused_total", frozenset({("kind", "write")})] == 9


def test_labels_are_escaped() -> None:
    monitor = Monitor()
    monitor.request("GET", 'a"b\\c\nd', 200, 0.1, 0, 0)
    _, samples = read(monitor.counts)
    labels = frozenset({("method", "GET"), ("route", 'a"b\\c\nd'), ("status", "2xx")})
    assert samples["kiseki_http_requests_total", labels] == 1
