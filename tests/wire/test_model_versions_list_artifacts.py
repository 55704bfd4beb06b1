"""GET /api/kiseki/v1/registry/artifacts."""

from __future__ import annotations

import pytest

from tests.wire.server import MISSING, NATIVE, Response, Server

pytestmark = pytest.mark.differs(reason="MLflow has no such list")
ENDPOINT = f"{NATIVE}registry/artifacts"


def get(server: Server, name: str, path: str = "", version: str = "1") -> Response:
    return server.request("GET", ENDPOINT, query={"name": name, "version": version, "path": path})


def test_a_folder(server: Server, filed: str) -> None:

    def listed(path: str) -> list[tuple[str, bool, int | None]]:
        files = get(server, filed, path).ok()["files"]
        return [(one["path"], one["is_dir"], one.get("file_size")) for one in files]

    assert listed("") == [("a", True, None), ("c", False, 2)]
    assert listed("a") == [("a/b", False, 1)]


def test_what_is_refused(server: Server, filed: str) -> None:
    for path in ("..", "../secret", "/secret", "a/../..", "\x00"):
        get(server, filed, path).rejected()
    get(server, filed, "", "9").refused(MISSING, "version=9")
