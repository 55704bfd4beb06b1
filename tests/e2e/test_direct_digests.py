"""Artifacts in a folder that the client opens itself: their digests are recorded, and checked when they are read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiseki import KisekiClient
from kiseki.base.errors import IntegrityError, NotFound
from kiseki.client.artifacts import log_folder, store_of
from tests.wire.server import Server


@pytest.fixture(params=["local", "server"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KisekiClient]:
    """A client whose runs keep their artifacts in a folder: of its own database, or one that a server has named."""
    if request.param == "local":
        yield KisekiClient(f"sqlite:///{tmp_path}/kiseki.db")
        return
    options = ("--no-serve-artifacts", "--default-artifact-root", str(tmp_path / "nas"))
    with Server(tmp_path / "server", options=options) as server:
        yield KisekiClient(server.uri)


def _stored(client: KisekiClient, run_id: str, path: str) -> Path:
    return Path(str(client.get_run(run_id).info.artifact_uri)) / path


def test_what_was_stored_is_read_back(client: KisekiClient, tmp_path: Path) -> None:
    run_id = client.create_run("0").info.run_id
    client.log_text(run_id, "some text", "deep/a.txt")
    assert _stored(client, run_id, "deep/a.txt").read_text() == "some text"
    fetched = client.download_artifacts(run_id, "deep/a.txt", str(tmp_path))
    assert Path(fetched).read_text() == "some text"


def test_the_files_of_a_folder_are_recorded_and_checked(client: KisekiClient, tmp_path: Path) -> None:
    run_id = client.create_run("0").info.run_id
    source = tmp_path / "source"
    contents = {f"{i % 3}/{i}": os.urandom(100) for i in range(40)}
    for path, content in contents.items():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_bytes(content)
    client.log_artifacts(run_id, str(source), "f")
    fetched = Path(client.download_artifacts(run_id, "f", str(tmp_path / "fetched")))
    assert {path.relative_to(fetched).as_posix(): path.read_bytes() for path in fetched.glob("*/*")} == contents
    file = _stored(client, run_id, "f/1/22")
    before = file.stat()
    file.write_bytes(bytes(100))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(IntegrityError, match="'f/1/22' does not match the digest"):
        client.download_artifacts(run_id, "f", str(tmp_path / "again"))


def test_nothing_of_a_folder_stays_with_a_run_that_was_purged(client: KisekiClient, tmp_path: Path) -> None:
    run_id = client.create_run("0").info.run_id
    root = _stored(client, run_id, "")
    store = store_of(client.backend, run_id)
    client.delete_run(run_id)
    client.purge_runs([run_id])
    (tmp_path / "source").mkdir()
    for name in ("a", "b"):
        (tmp_path / "source" / name).write_text(name)
    with pytest.raises(NotFound, match="deleted permanently"):
        log_folder(store, tmp_path / "source", None)
    assert not [path for path in root.rglob("*") if path.is_file()]


def test_bytes_that_changed_on_disk_are_not_handed_out(client: KisekiClient, tmp_path: Path) -> None:
    run_id = client.create_run("0").info.run_id
    client.log_text(run_id, "some text", "a.txt")
    file = _stored(client, run_id, "a.txt")
    before = file.stat()
    file.write_text("sOme text")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(IntegrityError, match="digest"):
        client.download_artifacts(run_id, "a.txt", str(tmp_path / "fetched"))
    assert not (tmp_path / "fetched" / "a.txt").exists()


def test_a_file_that_somebody_else_replaced_is_what_it_is(client: KisekiClient, tmp_path: Path) -> None:
    run_id = client.create_run("0").info.run_id
    client.log_text(run_id, "some text", "a.txt")
    _stored(client, run_id, "a.txt").write_text("another, longer text")
    fetched = client.download_artifacts(run_id, "a.txt", str(tmp_path))
    assert Path(fetched).read_text() == "another, longer text"
