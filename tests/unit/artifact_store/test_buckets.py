from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kiseki.artifact_store import bucket_name, key_prefix, parse_location
from kiseki.artifact_store.object_version import stamp
from kiseki.artifact_store.recent import MAX_NAMES, Recent
from kiseki.base.errors import InvalidParameter, NotImplementedByKiseki


@pytest.mark.parametrize(
    ("location", "name", "prefix"),
    [
        ("s3://bucket", "s3://bucket", ""),
        ("s3a://bucket/a//b/./c/", "s3://bucket", "a/b/c"),
        ("gs://bucket/100%/a b", "gs://bucket", "100%/a b"),
        ("abfss://box@acc.dfs.core.windows.net/x", "azure://box@acc.core.windows.net", "x"),
        ("wasbs://box@acc.blob.core.windows.net/x", "azure://box@acc.core.windows.net", "x"),
        ("wasb://box@ACC.blob.core.windows.net/", "azure://box@acc.core.windows.net", ""),
        ("abfs://box@acc.dfs.core.usgovcloudapi.net/x", "azure://box@acc.core.usgovcloudapi.net", "x"),
    ],
)
def test_a_location_names_a_bucket_and_a_folder(location: str, name: str, prefix: str) -> None:
    parsed = parse_location(location)
    assert (bucket_name(parsed), key_prefix(parsed)) == (name, prefix)


@pytest.mark.parametrize(
    "location", ["s3://b", "s3://a/../b", "gs://bucket/../x", "s3://bucket/%2e%2e/x", "abfss://c/x"]
)
def test_what_names_no_bucket_or_climbs_is_refused(location: str) -> None:
    parsed = parse_location(location)
    with pytest.raises(InvalidParameter):
        _ = bucket_name(parsed), key_prefix(parsed)


def test_other_schemes_are_told_what_there_is() -> None:
    with pytest.raises(NotImplementedByKiseki, match=r"'hdfs'.*s3://"):
        bucket_name(parse_location("hdfs://host/x"))


def test_a_time_keeps_its_second_and_tells_etags_apart() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    first, second = stamp(moment, "a"), stamp(moment, "b")
    assert first != second
    assert first // 10**9 == second // 10**9 == int(moment.timestamp())
    assert first == stamp(moment, "a")


def test_recent_names_are_forgotten() -> None:
    recent = Recent(60.0)
    for name in ("a", "a/b", "a/bc", "c"):
        recent.add(name)
    recent.forget("a/b")
    assert [name for name in ("a", "a/b", "a/bc", "c") if recent.has(name)] == ["a/bc", "c"]
    assert not Recent(0.0).has("a")
    for number in range(MAX_NAMES):
        recent.add(str(number))
    assert recent.has(str(MAX_NAMES - 1))
    assert not recent.has("c")
