"""The artifact proxy in front of an object store: clients have no credentials, and see what they see of a disk."""

from __future__ import annotations

import hashlib
import io
import random
import signal
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import mlflow
import pytest

from kiseki.artifact_store import ObjectStore, resolve
from kiseki.base.errors import KisekiError
from tests.faults.server import head
from tests.objects.conftest import Stored
from tests.objects.servers import START_SECONDS, ObjectServer, reach
from tests.wire.server import PROXY, Response

LARGE = 20 << 20
"""More than goes in one request."""

STORES_FOR_REAL = pytest.mark.parametrize("objects", ["seaweedfs"], indirect=True)


def content(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)


def raw(server: Stored) -> ObjectStore:
    """The server's destination, opened past the server."""
    store = resolve(server.destination)
    assert isinstance(store, ObjectStore)
    return store


def until_it_serves(store: ObjectStore, path: str) -> None:
    """Waits until a store that has just started reads and writes: it takes requests before it finds its volumes."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with store.open_download(path) as download:
                download.read()
            with store.open_upload("0/serves") as upload:
                upload.write(b"x")
                upload.commit()
            return
        except KisekiError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def get(server: Stored, path: str, **headers: str) -> Response:
    return server.request(
        "GET", f"{PROXY}/{quote(path)}", headers={name.replace("_", "-"): v for name, v in headers.items()}
    )


def test_files_come_back_with_their_digests(server: Stored, top: str) -> None:
    files = {
        f"{top}/a.txt": b"some text",
        f"{top}/日本語 100%.bin": content(3 << 20),
        f"{top}/empty": b"",
        f"{top}/large": content(LARGE),
    }
    for path, body in files.items():
        server.put_artifact(path, body)
    for path, body in files.items():
        answer = get(server, path)
        assert answer.body == body
        assert answer.headers["x-kiseki-sha256"] == hashlib.sha256(body).hexdigest()
        assert answer.headers["content-length"] == str(len(body))
        assert get(server, path, If_None_Match=answer.headers["etag"]).status == 304
    listed = server.request("GET", PROXY, query={"path": top}).ok()["files"]
    assert {one["path"]: one["file_size"] for one in listed} == {
        path.removeprefix(f"{top}/"): len(body) for path, body in files.items()
    }


def test_ranges(server: Stored, top: str) -> None:
    body = content(LARGE)
    server.put_artifact(f"{top}/large", body)
    for start, end in ((0, 10), (1 << 20, (1 << 20) + 1), (5_000_000, 15_000_000), (LARGE - 7, LARGE)):
        answer = get(server, f"{top}/large", Range=f"bytes={start}-{end - 1}")
        assert (answer.status, answer.body) == (206, body[start:end])
        assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{LARGE}"
    assert get(server, f"{top}/large", Range=f"bytes={LARGE}-").status == 416


def test_folders_are_listed_zipped_and_deleted(server: Stored) -> None:
    run = server.new_run(server.new_experiment())
    root = server.artifact_path(run)
    files = {"a.txt": b"a", "model/MLmodel": b"x" * 100, "model/data/weights.bin": content(2 << 20)}
    for path, body in files.items():
        server.put_artifact(f"{root}/{path}", body)
    assert server.get("artifacts/list", run_id=run, path="model").ok()["files"] == [
        {"path": "model/MLmodel", "is_dir": False, "file_size": 100},
        {"path": "model/data", "is_dir": True},
    ]
    zipped = server.request("GET", "/api/kiseki/v1/artifacts/zip", query={"run_id": run})
    with zipfile.ZipFile(io.BytesIO(zipped.body)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files
    assert server.request("DELETE", f"{PROXY}/{root}/model").status == 200
    assert [info.path for info in raw(server).walk(root)] == [f"{root}/a.txt"]


def test_what_is_no_file_is_refused(own_server: Stored, top: str) -> None:
    server = own_server
    server.put_artifact(f"{top}/folder/x", b"x")
    assert get(server, f"{top}/none").status == 404
    get(server, f"{top}/folder").rejected("directory")
    server.request("PUT", f"{PROXY}/{top}/folder", body=b"x").rejected("folder")
    server.request("PUT", f"{PROXY}/{top}/folder/x/y", body=b"x").rejected("not a folder")
    for path in ("../x", "%2e%2e/x", "a/../../x", ".kiseki-uploads/parts/x"):
        assert server.request("PUT", f"{PROXY}/{path}", body=b"x").status in {400, 404}
    assert [info.path for info in raw(server).walk("")] == [f"{top}/folder/x"]


def test_a_file_that_somebody_else_replaced_is_what_it_is(server: Stored, top: str) -> None:
    server.put_artifact(f"{top}/a", b"ours")
    with raw(server).open_upload(f"{top}/a") as upload:
        upload.write(b"theirs")
        upload.commit()
    answer = get(server, f"{top}/a")
    assert answer.body == b"theirs"
    assert "x-kiseki-sha256" not in answer.headers


@pytest.mark.parametrize("percent", [10, 50, 99])
@pytest.mark.parametrize("size", [1 << 20, LARGE])
def test_row_53_a_cut_upload_leaves_the_old_bytes(server: Stored, top: str, size: int, percent: int) -> None:
    body = content(size)
    for path in (f"{top}/old", f"{top}/new"):
        if path == f"{top}/old":
            server.put_artifact(path, b"old bytes")
        with server.connect() as connection:
            connection.sendall(head("PUT", f"{PROXY}/{path}", f"Content-Length: {size}"))
            connection.sendall(body[: size * percent // 100])
    # The server hears of the end after the connection has gone.
    time.sleep(0.5)
    assert get(server, f"{top}/old").body == b"old bytes"
    assert get(server, f"{top}/new").status == 404
    assert [info.path for info in raw(server).walk(top)] == [f"{top}/old"]


def test_row_53_two_writers_on_one_name(server: Stored, top: str) -> None:
    bodies = [content(size, seed) for seed, size in enumerate((LARGE, LARGE + 1, 1000, 1 << 20))]
    with ThreadPoolExecutor(len(bodies)) as pool:
        answers = list(pool.map(lambda body: server.request("PUT", f"{PROXY}/{top}/x", body=body).status, bodies))
    # Azure discards the blocks of all others when one is committed; the others are told to come again.
    assert 200 in answers
    assert set(answers) <= {200, 503}
    answer = get(server, f"{top}/x")
    assert answer.status == 200
    assert answer.body in [body for body, status in zip(bodies, answers, strict=True) if status == 200]
    told = answer.headers.get("x-kiseki-sha256")
    assert told in {None, hashlib.sha256(answer.body).hexdigest()}


@STORES_FOR_REAL
def test_memory_stays_constant(own_server: Stored) -> None:
    body = content(1 << 20) * 200
    own_server.put_artifact("1/first", body[:LARGE])
    get(own_server, "1/first")
    with own_server.memory_within(160):
        own_server.put_artifact("1/x", body)
        assert get(own_server, "1/x").body == body


def test_mlflow_uploads_and_downloads(server: Stored, tmp_path: Path) -> None:
    client = mlflow.MlflowClient(server.uri)
    run = server.new_run(server.new_experiment())
    (tmp_path / "folder" / "deep").mkdir(parents=True)
    (tmp_path / "folder" / "deep" / "a.bin").write_bytes(content(100_000))
    (tmp_path / "folder" / "b.txt").write_text("b")
    client.log_artifacts(run, str(tmp_path / "folder"), "f")
    (tmp_path / "back").mkdir()
    back = Path(client.download_artifacts(run, "f", str(tmp_path / "back")))
    assert (back / "deep" / "a.bin").read_bytes() == content(100_000)
    assert sorted(one.path for one in client.list_artifacts(run, "f")) == ["f/b.txt", "f/deep"]


def test_mlflow_uploads_in_parts(server: Stored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", "true")
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", str(2**20))
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", str(5 * 2**20))
    client = mlflow.MlflowClient(server.uri)
    run = server.new_run(server.new_experiment())
    (tmp_path / "large.bin").write_bytes(content(12 << 20))
    client.log_artifact(run, str(tmp_path / "large.bin"))
    root = server.artifact_path(run)
    assert get(server, f"{root}/large.bin").body == content(12 << 20)
    assert [info.path for info in raw(server).walk(root)] == [f"{root}/large.bin"]


@STORES_FOR_REAL
def test_row_53_a_server_that_is_killed_leaves_whole_files(own_server: Stored) -> None:
    server = own_server
    bodies = [content(LARGE, seed) for seed in range(5)]
    server.put_artifact("1/x", b"old bytes")
    whole = [b"old bytes"]
    for turn, body in enumerate(bodies):
        with server.connect() as connection:
            connection.sendall(head("PUT", f"{PROXY}/1/x", f"Content-Length: {LARGE}"))
            connection.sendall(body[:-1])
            time.sleep(turn * 0.1)
            connection.sendall(body[-1:])
            time.sleep(turn * 0.05)
            server.end(signal.SIGKILL)
        whole.append(body)
        server.__enter__()
        answer = get(server, "1/x")
        assert answer.status == 200
        assert answer.body in whole
    assert [info.path for info in raw(server).walk("")] == ["1/x"]


def test_an_object_store_that_ends_is_told_and_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    objects = ObjectServer("seaweedfs", tmp_path / "objects")
    reach(objects, monkeypatch)
    try:
        with Stored(tmp_path / "server", objects) as server:
            server.put_artifact("1/x", b"some bytes")
            objects.stop()
            assert get(server, "1/x").status == 503
            assert server.request("PUT", f"{PROXY}/1/y", body=b"new").status == 503
            assert server.request("GET", "/health").status == 200
            objects.start()
            until_it_serves(raw(server), "1/x")
            assert get(server, "1/x").body == b"some bytes"
            server.put_artifact("1/y", b"new")
    finally:
        objects.stop()
