"""GET /api/kiseki/v1/registry/zip."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.wire.server import MISSING, NATIVE, Response, Server

pytestmark = pytest.mark.differs(reason="MLflow has no such download")
ENDPOINT = f"{NATIVE}registry/zip"


def get(server: Server, name: str, path: str = "", version: str = "1") -> Response:
    return server.request("GET", ENDPOINT, query={"name": name, "version": version, "path": path})


def test_a_folder(server: Server, filed: str) -> None:

    def packed(path: str) -> dict[str, bytes]:
        answer = get(server, filed, path)
        assert f'filename="{path or f"{filed}-1"}.zip"' in answer.headers["content-disposition"]
        with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
            return {one: archive.read(one) for one in archive.namelist() if not one.endswith("/")}

    assert packed("") == {"a/b": b"1", "c": b"22"}
    assert list(packed("a").values()) == [b"1"]


def test_what_is_refused(server: Server, filed: str) -> None:
    for path in ("..", "../secret", "/secret"):
        get(server, filed, path).rejected()
    get(server, filed, "nope").refused(MISSING, "nope")
    get(server, filed, "", "9").refused(MISSING, "version=9")
