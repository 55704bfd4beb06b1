"""GET /api/kiseki/v1/registry/zip."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.wire.server import MISSING, NATIVE, Response, Server

pytestmark = pytest.mark.differs(reason="MLflow has no such download")
ENDPOINT = f"{NATIVE}registry/zip"


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

    def packed(path: str) -> dict[str, bytes]:
        answer = get(server, name, path)
        assert f'filename="{path or f"{name}-1"}.zip"' in answer.headers["content-disposition"]
        with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
            return {one: archive.read(one) for one in archive.namelist() if not one.endswith("/")}

    assert packed("") == {"a/b": b"1", "c": b"22"}
    assert list(packed("a").values()) == [b"1"]


def test_what_is_refused(server: Server, run: str) -> None:
    name = version(server, run)
    for path in ("..", "../secret", "/secret"):
        get(server, name, path).rejected()
    get(server, name, "nope").refused(MISSING, "nope")
    get(server, name, "", "9").refused(MISSING, "version=9")
