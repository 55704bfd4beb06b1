"""Artifacts in a folder that the client opens itself: their digests are recorded, and checked when they are read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiseki import KisekiClient
from kiseki.base.errors import IntegrityError
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
