"""PUT and POST /api/kiseki/v1/artifacts/bundles."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import pytest

from kiseki import KisekiClient
from kiseki.client.resolve import close_all
from tests.wire.server import INVALID, MISSING, NATIVE, PROXY, Json, Response, Server

BUNDLES = f"{NATIVE}artifacts/bundles"

differs = pytest.mark.differs(reason="the endpoint is kiseki's own")


def line(path: str, content: bytes = b"", **fields: Any) -> bytes:
    """A file as a bundle has it, written by hand."""
    return json.dumps({"path": path, "size": len(content), **fields}).encode() + b"\n" + content


def put(server: Server, folder: str, body: bytes) -> Response:
    return server.request("PUT", BUNDLES, query={"path": folder}, body=body)


def get(server: Server, folder: str, *paths: str) -> Response:
    return server.request("POST", BUNDLES, json={"path": folder, "files": list(paths)})


def taken_apart(body: bytes) -> list[tuple[Json, bytes]]:
    """The files of a bundle, read by hand."""
    found = []
    while body:
        head, _, body = body.partition(b"\n")
        said = json.loads(head)
        size = said.get("size", 0)
        found.append((said, body[:size]))
        body = body[size:]
    return found


@differs
def test_files_are_stored_as_if_each_had_been_sent_alone(server: Server, client: mlflow.MlflowClient, run: str) -> None:
    folder = server.artifact_path(run)
    contents = {"a.txt": b"hello", "deep/er/図 1.bin": bytes(range(256)) * 100, "empty": b"", "100%.txt": b"\n{}\n"}
    body = b"".join(line(path, content) for path, content in contents.items())
    assert put(server, folder, body).ok() == {"stored": 4, "refused": []}
    root = Path(client.download_artifacts(run, ""))
    assert {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()} == (
        contents
    )
    alone = server.request("GET", f"{PROXY}/{folder}/a.txt")
    assert alone.headers["x-kiseki-sha256"] == hashlib.sha256(b"hello").hexdigest()


@differs
def test_files_come_in_the_order_in_which_they_are_asked_for(server: Server, run: str) -> None:
    folder = server.artifact_path(run)
    contents = {f"{i}.bin": bytes([i]) * 20_000 for i in range(150)}
    for path, content in contents.items():
        server.put_artifact(f"{folder}/{path}", content)
    paths = [*reversed(contents), "7.bin"]
    answer = get(server, folder, *paths)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/vnd.kiseki.bundle")
    assert taken_apart(answer.body) == [
        ({"path": path, "size": 20_000, "sha256": hashlib.sha256(contents[path]).hexdigest()}, contents[path])
        for path in paths
    ]


@differs
def test_what_can_not_be_stored_is_told_with_its_name(server: Server, run: str) -> None:
    folder = server.artifact_path(run)
    server.put_artifact(f"{folder}/file", b"x")
    server.put_artifact(f"{folder}/folder/x", b"x")
    body = b"".join(
        [
            line("good", b"good"),
            line("../evil", b"evil"),
            line("folder", b"x"),
            line("file/below", b"x"),
            line("damaged", b"damaged", sha256=hashlib.sha256(b"sent").hexdigest()),
            line("sound", b"sound", sha256=hashlib.sha256(b"sound").hexdigest()),
        ]
    )
    answer = put(server, folder, body).ok()
    assert answer["stored"] == 2
    assert [(one["path"], one["error_code"]) for one in answer["refused"]] == [
        ("../evil", INVALID),
        ("folder", INVALID),
        ("file/below", INVALID),
        ("damaged", "DATA_LOSS"),
    ]
    assert "'damaged'" in answer["refused"][3]["message"]
    listed = server.get("artifacts/list", run_id=run).ok()["files"]
    assert [one["path"] for one in listed] == ["file", "folder", "good", "sound"]


@differs
def test_what_can_not_be_read_is_told_in_its_place(server: Server, run: str) -> None:
    folder = server.artifact_path(run)
    server.put_artifact(f"{folder}/a/b", b"x")
    server.put_artifact(f"{folder}/large", b"x" * (256 * 1024 + 1))
    server.put_artifact(f"{folder}/full", b"x" * (256 * 1024))
    found = taken_apart(get(server, folder, "a/b", "none", "a", "large", "../x", "full").body)
    assert [(one["path"], one.get("error_code", ""), len(content)) for one, content in found] == [
        ("a/b", "", 1),
        ("none", MISSING, 0),
        ("a", INVALID, 0),
        ("large", "BAD_REQUEST", 0),
        ("../x", INVALID, 0),
        ("full", "", 256 * 1024),
    ]
    assert "read it alone" in found[3][0]["message"]


@differs
def test_a_second_bundle_replaces_files_and_their_digests(server: Server, run: str) -> None:
    folder = server.artifact_path(run)
    for turn in (b"first", b"second", b"second"):
        assert put(server, folder, line("a", turn) + line("b", turn * 2)).ok()["stored"] == 2
        (one, content), (other, _) = taken_apart(get(server, folder, "a", "b").body)
        assert content == turn
        assert one["sha256"] == hashlib.sha256(turn).hexdigest()
        assert other["sha256"] == hashlib.sha256(turn * 2).hexdigest()


@differs
def test_nothing_is_a_bundle_too(server: Server, run: str) -> None:
    folder = server.artifact_path(run)
    assert put(server, folder, b"").ok() == {"stored": 0, "refused": []}
    assert server.request("PUT", BUNDLES).ok() == {"stored": 0, "refused": []}
    assert get(server, folder).body == b""


@differs
@pytest.mark.parametrize(
    "body",
    [
        b"x",
        b"\n",
        b"{}\n",
        b"[]\n",
        b'{"path":1,"size":0}\n',
        b'{"path":"a","size":-1}\n',
        b'{"path":"a","size":1.5}\n',
        b'{"path":"a","size":"1"}\nx',
        b'{"path":"a","size":2}\nx',
        b'{"path":"a","size":0}\n{"path":"b"',
        b'{"path":"\xff","size":0}\n',
        b'{"path":"\\ud800","size":0}\n',
        b'{"path":"a","size":99999999999999999999}\n',
        b'{"path":"' + b"a" * 40_000 + b'","size":0}\n',
        line("a", b"x" * (256 * 1024 + 1)),
        b"".join(line(str(i)) for i in range(1001)),
    ],
    ids=lambda body: ascii(body[:30]),
)
def test_what_is_no_bundle_is_refused_and_nothing_of_it_stored(server: Server, run: str, body: bytes) -> None:
    folder = server.artifact_path(run)
    put(server, folder, line("sound", b"sound") + body).refused(INVALID)
    assert server.get("artifacts/list", run_id=run).ok().get("files", []) == []


@differs
def test_limits(server: Server, run: str) -> None:
    folder = server.artifact_path(run)
    full = b"".join(line(str(i), b"x" * 8_000) for i in range(1000))
    assert put(server, folder, full).ok()["stored"] == 1000
    get(server, folder, *["x"] * 1001).refused(INVALID, "1000 files")
    server.request("PUT", BUNDLES, body=b"x", headers={"Content-Encoding": "gzip"}).refused("BAD_REQUEST", status=415)
    server.request("POST", BUNDLES, body=b"{}").refused(INVALID, "Content-Type")
    server.request("POST", BUNDLES, json={"path": folder}).refused(INVALID, "files")


@differs
def test_a_folder_is_a_path_as_everywhere(server: Server) -> None:
    for folder in ("../x", "/etc", "a/../../x", "C:/x", "a\\b", ".kiseki-uploads"):
        put(server, folder, line("a", b"a")).refused(INVALID, "Invalid path")
        get(server, folder, "a").refused(INVALID, "Invalid path")


@differs
def test_nothing_comes_to_a_run_that_was_purged(server: Server, experiment: str) -> None:
    run = server.new_run(experiment)
    folder = server.artifact_path(run)
    other = server.artifact_path(server.new_run(experiment))
    server.post("runs/delete", run_id=run).ok()
    server.native("trash/purge", run_ids=[run]).ok()
    root = folder.rpartition(f"/{run}/")[0]
    late = [f"{folder.removeprefix(f'{root}/')}/{i % 3}/{i}" for i in range(300)]
    body = b"".join(line(path, b"x") for path in late) + line(f"{other.removeprefix(f'{root}/')}/y", b"y")
    answer = put(server, root, body).ok()
    assert answer["stored"] == 1
    assert [(one["path"], one["error_code"]) for one in answer["refused"]] == [(path, MISSING) for path in late]
    assert server.request("GET", f"{PROXY}/{root}/{late[0]}").status == 404
    assert not (server.artifacts / root / run).exists()
    assert server.request("GET", f"{PROXY}/{other}/y").body == b"y"


# --- kiseki's client, on kiseki's server and on MLflow's ---------------------------------------------------------------


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the real MLflow, which is slow to start: one for all databases of kiseki's."""
    command = Path(sys.executable).with_name("mlflow")
    with Server(tmp_path_factory.mktemp("mlflow"), reference=command) as running:
        yield running


@pytest.fixture(params=["server", "reference"])
def any_server(request: pytest.FixtureRequest) -> Server:
    """A server of kiseki, and one of MLflow."""
    found: Server = request.getfixturevalue(request.param)
    return found


def test_kisekis_client_sends_and_fetches_a_folder(any_server: Server, tmp_path: Path) -> None:
    source = tmp_path / "source"
    contents = {f"{i % 3}/{i} 図.bin": bytes([i % 251]) * (i * 13) for i in range(60)}
    contents["large.bin"] = bytes(range(256)) * 2_000
    contents["100%.txt"] = b""
    for path, content in contents.items():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_bytes(content)
    run = any_server.new_run(any_server.new_experiment())
    try:
        client = KisekiClient(any_server.uri)
        client.log_artifacts(run, str(source), "f")
        client.log_artifacts(run, str(source), "f")
        back = Path(client.download_artifacts(run, "f", str(tmp_path / "back")))
    finally:
        close_all()
    found = {path.relative_to(back).as_posix(): path.read_bytes() for path in back.rglob("*") if path.is_file()}
    assert found == contents
    theirs = Path(mlflow.MlflowClient(any_server.uri).download_artifacts(run, "f", str(tmp_path)))
    assert sum(path.is_file() for path in theirs.rglob("*")) == len(contents)
