"""GET /api/kiseki/v1/registry/artifacts."""

from __future__ import annotations

import pytest

from tests.wire.server import MISSING, NATIVE, Response, Server

pytestmark = pytest.mark.differs(reason="MLflow has no such list")
ENDPOINT = f"{NATIVE}registry/artifacts"


def version(server: Server, run: str) -> str:
    """A model whose version 1 has two files, beside one that is not its own."""
    name = server.new_registered_model()
    root = server.artifact_path(run)
    for path, content in (("model/a/b", b"1"), ("model/c", b"22"), ("secret", b"3")):
        server.put_artifact(f"{root}/{path}", content)
    server.new_version(name, f"{server.run(run)['info']['artifact_uri']}/model", run_id=run)
    return name


def get(server: Server, name: str, path: str = "", version: str = "1") -> Response:
    return server.request("GET", ENDPOINT, query={"name": name, "version": version, "path": path})


def test_a_folder(server: Server, run: str) -> None:
    name = version(server, run)

    def listed(path: str) -> list[tuple[str, bool, int | None]]:
        files = get(server, name, path).ok()["files"]
        return [(one["path"], one["is_dir"], one.get("file_size")) for one in files]

    assert listed("") == [("a", True, None), ("c", False, 2)]
    assert listed("a") == [("a/b", False, 1)]


def test_what_is_refused(server: Server, run: str) -> None:
    name = version(server, run)
    for path in ("..", "../secret", "/secret", "a/../..", "\x00"):
        get(server, name, path).rejected()
    get(server, name, "", "9").refused(MISSING, "version=9")
