"""GET /api/kiseki/v1/registry/files: what a version had when it was registered."""

from __future__ import annotations

import hashlib

import pytest

from tests.wire.server import MISSING, NATIVE, Response, Server

pytestmark = pytest.mark.differs(reason="MLflow keeps no digests")


def get(server: Server, name: str, version: str) -> Response:
    return server.request("GET", f"{NATIVE}registry/files", query={"name": name, "version": version})


def test_digests_of_the_files(server: Server, run: str) -> None:
    name = server.new_registered_model()
    root = server.artifact_path(run)
    server.put_artifact(f"{root}/model/MLmodel", b"flavors: {}")
    server.put_artifact(f"{root}/model/data/軌跡", b"x" * 1000)
    # One that kiseki did not store.
    (server.artifacts / root / "model" / "more").write_bytes(b"")
    server.new_version(name, f"{server.run(run)['info']['artifact_uri']}/model", run_id=run)
    wanted = {"MLmodel": b"flavors: {}", "data/軌跡": b"x" * 1000, "more": b""}
    told = get(server, name, "1").ok()
    assert told == {
        "known": True,
        "files": [
            {"path": path, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for path, content in wanted.items()
        ],
    }
    # A copy has them, too; what changes later changes nothing of a version.
    server.new_version(name, f"models:/{name}/1")
    server.put_artifact(f"{root}/model/MLmodel", b"other")
    assert get(server, name, "2").ok() == get(server, name, "1").ok() == told


def test_a_place_that_the_server_does_not_open(server: Server) -> None:
    name = server.new_registered_model()
    server.new_version(name)
    assert get(server, name, "1").ok() == {"known": False, "files": []}
    get(server, name, "9").refused(MISSING, "version=9")
