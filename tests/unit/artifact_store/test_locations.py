from __future__ import annotations

from pathlib import Path

import pytest

from kiseki.artifact_store import (
    DiskStore,
    Location,
    absolute_location,
    check_artifact_location,
    join_uri,
    parse_location,
    resolve,
)
from kiseki.base.errors import InvalidParameter


@pytest.mark.parametrize(
    ("uri", "scheme", "authority", "path"),
    [
        ("/data/runs", "file", "", "/data/runs"),
        ("./mlruns", "file", "", "./mlruns"),
        ("../up", "file", "", "../up"),
        ("/data/100%25", "file", "", "/data/100%25"),
        ("C:\\runs", "file", "", "C:\\runs"),
        ("c:/runs", "file", "", "c:/runs"),
        ("file:///data/a%20b", "file", "", "/data/a b"),
        ("file:/data", "file", "", "/data"),
        ("FILE:///data", "file", "", "/data"),
        ("file://localhost/data", "file", "", "/data"),
        ("file:////data", "file", "", "/data"),
        ("file:relative/x", "file", "", "relative/x"),
        ("file:///C:/runs", "file", "", "C:/runs"),
        ("file:///data/%E6%97%A5", "file", "", "/data/日"),
        ("mlflow-artifacts:/1/run", "mlflow-artifacts", "", "1/run"),
        ("mlflow-artifacts:///1", "mlflow-artifacts", "", "1"),
        ("mlflow-artifacts:/", "mlflow-artifacts", "", ""),
        ("mlflow-artifacts:", "mlflow-artifacts", "", ""),
        ("mlflow-artifacts:1/x", "mlflow-artifacts", "", "1/x"),
        ("Mlflow-Artifacts://host:5000/1/a%20b", "mlflow-artifacts", "host:5000", "1/a b"),
        ("mlflow-artifacts://[::1]:5000/1", "mlflow-artifacts", "[::1]:5000", "1"),
        ("https://host/api/x", "https", "host", "/api/x"),
        ("runs:/abc/model", "runs", "", "/abc/model"),
        ("models:/name@alias", "models", "", "/name@alias"),
        ("s3://bucket/a%20b", "s3", "bucket", "/a%20b"),
        ("abfss://c@account.dfs.core.windows.net/x", "abfss", "c@account.dfs.core.windows.net", "/x"),
        ("dbfs:/x", "dbfs", "", "/x"),
        ("plugin://name/x", "plugin", "name", "/x"),
    ],
)
def test_parts(uri: str, scheme: str, authority: str, path: str) -> None:
    location = parse_location(uri)
    assert location == Location(uri=uri, scheme=scheme, authority=authority, path=path)
    assert location.is_local == (scheme == "file")


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("", "is empty"),
        ("a\nb", "control characters"),
        ("file://host/x", "another host, 'host'"),
        ("file:///x?y", "queries and fragments"),
        ("file:///%00", "control characters"),
        ("file:///%ff", "not UTF-8"),
        ("mlflow-artifacts:/../x", "'..' is not allowed"),
        ("mlflow-artifacts:/%2e%2e/x", "'..' is not allowed"),
        ("mlflow-artifacts:/%ff", "can't decode"),
        ("mlflow-artifacts://user@host/x", "expected 'host' or 'host:port'"),
        ("http:/x", "expected 'http://host/path'"),
        ("javascript:x", "'javascript' is not the scheme of a storage"),
        ("foo:x", "'foo' is not the scheme of a known storage"),
    ],
)
def test_a_refusal_gives_its_reason(uri: str, reason: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        parse_location(uri)
    assert reason in caught.value.message


@pytest.mark.parametrize(
    ("root", "path", "joined"),
    [
        ("/data", "a/b", "/data/a/b"),
        ("/data/", "a%41#b", "/data/a%41#b"),
        ("/data", "", "/data"),
        ("file:///data", "a b/100%#?", "file:///data/a%20b/100%25%23%3F"),
        ("mlflow-artifacts:/1", "a b/100%#?日", "mlflow-artifacts:/1/a b/100%25%23%3F日"),
        ("mlflow-artifacts:/", "x", "mlflow-artifacts:/x"),
        ("mlflow-artifacts://h:1/r", "x%41", "mlflow-artifacts://h:1/r/x%2541"),
        ("s3://bucket", "a%41", "s3://bucket/a%41"),
        ("runs:/abc", "model", "runs:/abc/model"),
    ],
)
def test_join_gives_a_uri_of_the_joined_path(root: str, path: str, joined: str) -> None:
    assert join_uri(root, path) == joined
    whole, base = parse_location(joined), parse_location(root)
    assert whole.path.strip("/") == "/".join(part for part in (base.path.strip("/"), path) if part)
    with pytest.raises(InvalidParameter, match=r"^Invalid path"):
        join_uri(root, "../x")


def test_an_operator_may_allow_schemes_with_hosts() -> None:
    with pytest.raises(InvalidParameter, match="operator has not allowed it"):
        check_artifact_location("hdfs://namenode/runs")
    assert check_artifact_location("hdfs://namenode/runs", allowed_schemes={"hdfs"}) == "hdfs://namenode/runs"
    with pytest.raises(InvalidParameter, match="operator has not allowed it"):
        check_artifact_location("mlflow-artifacts://other/x", allowed_schemes={"hdfs"})
    assert check_artifact_location("mlflow-artifacts://other/x", allowed_schemes={"mlflow-artifacts"})


def test_the_length_limit_is_exact() -> None:
    assert check_artifact_location("/" + "x" * 2047)
    with pytest.raises(InvalidParameter, match="it has 2049 characters, the limit is 2048"):
        check_artifact_location("/" + "x" * 2048)


def test_relative_locations_become_absolute_where_they_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert absolute_location("runs/x") == f"{tmp_path}/runs/x"
    assert absolute_location("file:a%20b") == f"file://{tmp_path}/a%20b"
    for unchanged in ("/data", "file:///data", "s3://b/x", "mlflow-artifacts:/", "C:\\x"):
        assert absolute_location(unchanged) == unchanged


@pytest.mark.parametrize("spelling", ["{}", "file://{}", "file:{}", "FILE://localhost{}"])
def test_local_locations_resolve_to_a_folder(tmp_path: Path, spelling: str) -> None:
    store = resolve(spelling.format(tmp_path))
    assert isinstance(store, DiskStore)
    with store.open_upload("a/b") as upload:
        upload.commit()
    assert (tmp_path / "a" / "b").exists()


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("runs:/x/y", "is a reference, not a place"),
        ("models:/x/1", "is a reference, not a place"),
        ("mlflow-artifacts:/x", "through a tracking server"),
        ("http://h/x", "through a tracking server"),
    ],
)
def test_other_locations_do_not_resolve(location: str, reason: str) -> None:
    with pytest.raises(InvalidParameter, match=reason):
        resolve(location)
