"""Exports to an object store, which is a real server of S3's protocol."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pyarrow.dataset as ds
import pytest
from pyarrow import fs

from kiseki.client import KisekiClient
from kiseki.client.resolve import close_all
from kiseki.data.place import Place
from kiseki.entities import Metric
from kiseki.export.manifest import NAME, Manifest
from kiseki.export.parquet import export_parquet


@pytest.fixture
def client(tmp_path: Path) -> Iterator[KisekiClient]:
    yield KisekiClient(f"sqlite:///{tmp_path / 'kiseki.db'}")
    close_all()


def names(bucket: fs.S3FileSystem, prefix: str) -> list[str]:
    found = bucket.get_file_info(fs.FileSelector(f"exports/{prefix}", recursive=True))
    return sorted(info.path.removeprefix(f"exports/{prefix}/") for info in found if info.type == fs.FileType.File)


def test_an_export_to_a_bucket(client: KisekiClient, bucket: fs.S3FileSystem, endpoint: str) -> None:
    uri = f"s3://exports/team/kiseki?endpoint_override={endpoint}&scheme=http&region=us-east-1"
    experiment = client.create_experiment("digits")
    runs = [client.create_run(experiment).info.run_id for _ in range(3)]
    for run_id in runs:
        client.log_batch(run_id, [Metric("loss", 0.5, step, step) for step in range(100)])
    assert export_parquet(client.backend, uri).written == 3
    client.log_metric(runs[0], "loss", 0.25, 100, 100)
    client.delete_run(runs[1])
    outcome = export_parquet(client.backend, uri)
    assert (outcome.written, outcome.unchanged, outcome.gone, outcome.points) == (1, 1, 1, 201)
    assert export_parquet(client.backend, uri).unchanged == 2
    with bucket.open_input_stream(f"exports/team/kiseki/{NAME}") as stream:
        manifest = msgspec.json.decode(stream.read(), type=Manifest)
    assert names(bucket, "team/kiseki") == sorted(
        [NAME, *(path for paths in manifest.files.values() for path in paths)]
    )
    rows = ds.dataset("exports/team/kiseki/histories", filesystem=bucket, partitioning="hive").to_table()
    assert rows.num_rows == 201
    assert set(rows.column("run_id").to_pylist()) == {runs[0], runs[2]}


def test_a_file_of_a_bucket_is_there_when_it_is_closed(bucket: fs.S3FileSystem, endpoint: str) -> None:
    place = Place(f"s3://exports/one?endpoint_override={endpoint}&scheme=http&region=us-east-1")
    assert (place.names(), place.read("a/b")) == ([], None)
    with place.create("a/b") as stream:
        stream.write(b"x")
        assert place.names() == []
    place.publish("a/b")
    assert (place.names(), place.read("a/b")) == (["a/b"], b"x")
    place.remove("a/b")
    place.remove("a/b")
    assert place.names() == []


def test_a_file_of_a_folder_is_there_when_it_is_published(tmp_path: Path) -> None:
    place = Place(str(tmp_path / "new"))
    assert (place.names(), place.read("a/b")) == ([], None)
    with place.create("a/b") as stream:
        stream.write(b"x")
    assert (place.names(), place.read("a/b")) == (["a/.b.tmp"], None)
    place.publish("a/b")
    assert (place.names(), place.read("a/b")) == (["a/b"], b"x")
    place.remove("a/b")
    assert not (tmp_path / "new" / "a").exists()
    with place.create("a/c"):
        pass
    place.remove("a/c")
    assert place.names() == []
