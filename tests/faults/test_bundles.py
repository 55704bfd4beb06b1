"""Rows 1, 5, 6, 53 and 54 of the faults for many files in one request."""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import os
import random
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kiseki import KisekiClient
from kiseki.base.errors import IntegrityError
from kiseki.client.resolve import close_all
from tests.faults.disks import small_disk
from tests.faults.server import Target, chunk, head
from tests.faults.test_artifact_paths import SECRET, TRAVERSALS
from tests.faults.test_files_over_http import BUNDLES, Ground, damage, eventually, ground, hostile, new_run, stored
from tests.wire.server import Json, Response

__all__ = ["ground", "hostile"]


def packed(files: dict[str, bytes]) -> bytes:
    return b"".join(
        json.dumps({"path": path, "size": len(data)}).encode() + b"\n" + data for path, data in files.items()
    )


def put(server: Target, folder: str, files: dict[str, bytes]) -> Response:
    return server.request("PUT", BUNDLES, query={"path": folder}, body=packed(files))


def get(server: Target, folder: str, *paths: str) -> list[tuple[Json, bytes]]:
    """What the server says of files, and their bytes."""
    body = io.BytesIO(server.request("POST", BUNDLES, json={"path": folder, "files": list(paths)}).body)
    found = []
    while line := body.readline():
        said: Json = json.loads(line)
        found.append((said, body.read(said.get("size", 0))))
    return found


@pytest.fixture(autouse=True)
def _no_connections_are_left() -> Iterator[None]:
    yield
    close_all()


# --- rows 1, 5 and 6 ----------------------------------------------------------------------------------------------------


def test_row_1_every_traversal_is_refused_as_the_path_of_a_file(ground: Ground) -> None:
    paths = [path for path in TRAVERSALS if not any("\ud800" <= c <= "\udfff" for c in path)]
    assert len(paths) > 200
    before = stored(ground)
    for start in range(0, len(paths), 100):
        some = paths[start : start + 100]
        answer = put(ground, "a/b", dict.fromkeys(some, b"evil")).ok()
        assert [one["path"] for one in answer["refused"]] == list(dict.fromkeys(some))
        assert {one["error_code"] for one in answer["refused"]} == {"INVALID_PARAMETER_VALUE"}
        assert answer["stored"] == 0
        found = get(ground, "a/b", *some)
        assert [said["path"] for said, _ in found] == some
        assert {(said.get("error_code"), content) for said, content in found} == {("INVALID_PARAMETER_VALUE", b"")}
    assert stored(ground) == before


def test_row_5_planted_links_lead_nowhere(ground: Ground) -> None:
    folder = ground.artifact_path(new_run(ground))
    ground.put_artifact(f"{folder}/real.txt", b"real")
    home = ground.artifacts / folder
    (home / "to-file").symlink_to(ground.outside / "canary.txt")
    (home / "to-folder").symlink_to(ground.outside)
    (home / "dangling").symlink_to(ground.outside / "new")
    os.mkfifo(home / "fifo")
    paths = ["to-file", "to-folder", "to-folder/canary.txt", "to-folder/new", "dangling", "fifo"]
    answer = put(ground, folder, dict.fromkeys([*paths, "beside"], b"evil")).ok()
    assert [one["path"] for one in answer["refused"]] == paths
    found = get(ground, folder, *paths, "beside")
    assert [content for _, content in found] == [b""] * len(paths) + [b"evil"]
    assert all(said["error_code"] for said, _ in found[:-1])
    assert put(ground, f"{folder}/to-folder", {"new": b"evil"}).ok()["stored"] == 0
    assert SECRET not in b"".join(content for _, content in get(ground, f"{folder}/to-folder", "canary.txt"))


def test_an_error_tells_no_path_of_the_server(ground: Ground) -> None:
    paths = ["missing", "x" * 256, "../x", "a//../b"]
    bodies = [
        put(ground, "a", dict.fromkeys(paths, b"x")).body,
        ground.request("POST", BUNDLES, json={"path": "a", "files": paths}).body,
        put(ground, "../..", {"x": b"x"}).body,
    ]
    assert str(ground.around).encode() not in b"".join(bodies)


# --- row 38 -------------------------------------------------------------------------------------------------------------


def test_row_38_a_bundle_beyond_the_limit_is_not_read(ground: Ground) -> None:
    with ground.memory_within(32):
        for size in ("Content-Length: 8388609", "Content-Length: 1000000000000"):
            (answer,) = ground.send(head("PUT", BUNDLES, size))
            answer.refused("BAD_REQUEST", "longer than", status=413)
        body = [chunk(b"x" * 65_536)] * 1_000
        (answer,) = ground.send(head("PUT", BUNDLES, "Transfer-Encoding: chunked"), *body)
        answer.refused("BAD_REQUEST", "longer than", status=413)


def test_row_38_bundles_take_little_memory(ground: Ground) -> None:
    files = {f"{i}": bytes([i]) * 200_000 for i in range(40)}
    put(ground, "memory", files).ok()
    get(ground, "memory", *files)
    with ground.memory_within(96):
        for _ in range(10):
            put(ground, "memory", files).ok()
        # 200 MB in one answer.
        found = get(ground, "memory", *[*files] * 25)
    assert [content for _, content in found] == [*files.values()] * 25


# --- row 53 -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("percent", [0, 10, 50, 99])
@pytest.mark.parametrize("way", ["length", "chunked"])
def test_row_53_a_cut_bundle_leaves_what_was_there(ground: Ground, way: str, percent: int) -> None:
    folder = ground.artifact_path(new_run(ground))
    files = {f"{i % 5}/{i}": os.urandom(6_000) for i in range(500)}
    put(ground, folder, {"0/0": b"old"}).ok()
    body = packed(files)
    cut = body[: len(body) * percent // 100]
    seen = ground.inside()
    with ground.connect() as connection:
        if way == "length":
            connection.sendall(head("PUT", f"{BUNDLES}?path={folder}", f"Content-Length: {len(body)}") + cut)
        else:
            connection.sendall(head("PUT", f"{BUNDLES}?path={folder}", "Transfer-Encoding: chunked"))
            connection.sendall(chunk(cut) if cut else b"")
        time.sleep(0.05)
    assert eventually(lambda: ground.inside() == seen)
    assert get(ground, folder, "0/0")[0][1] == b"old"
    # The same once more, as a client does, and once more than that.
    for _ in range(2):
        assert put(ground, folder, files).ok() == {"stored": 500, "refused": []}
    assert [content for _, content in get(ground, folder, *files)] == list(files.values())
    assert sorted(path.name for path in (ground.artifacts / folder).rglob("*") if path.is_file()) == sorted(
        path.rpartition("/")[2] for path in files
    )


def test_row_53_bundles_of_the_same_names_never_mix(ground: Ground) -> None:
    names = [f"{i}" for i in range(100)]
    contents = [bytes([number]) * 5_000 for number in range(4)]

    def write(content: bytes) -> None:
        for _ in range(5):
            assert put(ground, "mixed", dict.fromkeys(names, content)).ok()["stored"] == len(names)

    def read() -> None:
        for _ in range(10):
            for said, content in get(ground, "mixed", *names):
                assert content in contents or said["error_code"] == "RESOURCE_DOES_NOT_EXIST", said
                assert said.get("sha256", "") in {"", hashlib.sha256(content).hexdigest()}

    with ThreadPoolExecutor(6) as pool:
        for future in [*[pool.submit(write, content) for content in contents], pool.submit(read), pool.submit(read)]:
            future.result(120)
    found = get(ground, "mixed", *names)
    assert {said.get("sha256") for said, _ in found} <= {hashlib.sha256(content).hexdigest() for content in contents}


def test_row_53_a_killed_server_keeps_what_it_answered_and_no_half_of_a_file(tmp_path: Path, rounds: int) -> None:
    random_ = random.Random(53)
    server = Target(tmp_path / "server")
    answered: list[dict[str, bytes]] = []
    tried: list[dict[str, bytes]] = []
    for turn in range(rounds):
        with server, ThreadPoolExecutor(3) as pool:

            def write(number: int, turn: int = turn) -> None:
                for bundle in range(1_000):
                    content = f"{turn} {number} {bundle} ".encode() * 300
                    files = {f"{turn}/{number}/{bundle}/{i}": content + bytes([i]) for i in range(200)}
                    tried.append(files)
                    try:
                        assert put(server, "killed", files).ok() == {"stored": 200, "refused": []}
                    except (OSError, http.client.HTTPException):  # also an answer that ends after its head
                        return
                    answered.append(files)

            writers = [pool.submit(write, number) for number in range(3)]
            time.sleep(random_.uniform(0.1, 0.5))
            assert server.end(signal.SIGKILL) == -signal.SIGKILL
            for writer in writers:
                writer.result(60)
    assert answered
    with server:
        for files in tried:
            for (path, content), (said, came) in zip(files.items(), get(server, "killed", *files), strict=True):
                if files in answered:
                    assert said == {"path": path, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
                assert came == content or said["error_code"] == "RESOURCE_DOES_NOT_EXIST", said
        server.check()


def test_row_53_a_full_disk_stores_whole_files_and_says_which(tmp_path: Path) -> None:
    with (
        small_disk(tmp_path / "disk", 4) as disk,
        Target(tmp_path / "server", options=("--artifacts-destination", str(disk / "files"))) as server,
    ):
        files = {f"{i}": bytes([i]) * 100_000 for i in range(60)}
        answer = put(server, "full", files).ok()
        refused = [one["path"] for one in answer["refused"]]
        assert 0 < len(refused) < 60
        assert answer["stored"] == 60 - len(refused)
        assert {one["error_code"] for one in answer["refused"]} == {"TEMPORARILY_UNAVAILABLE"}
        for path, (said, content) in zip(files, get(server, "full", *files), strict=True):
            assert content == (b"" if path in refused else files[path]), said
        assert list((disk / "files" / ".kiseki-uploads").iterdir()) == []
        server.check()


# --- row 54 -------------------------------------------------------------------------------------------------------------


def test_row_54_a_damaged_file_is_told_and_the_others_come(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The client would ask for the damaged file again and again.
    monkeypatch.setenv("KISEKI_HTTP_REQUEST_MAX_RETRIES", "0")
    run = new_run(ground)
    folder = ground.artifact_path(run)
    files = {f"f/{i}.bin": os.urandom(5_000) for i in range(80)}
    put(ground, folder, files).ok()
    damage(ground.artifacts / folder / "f" / "33.bin")
    found = dict(zip(files, get(ground, folder, *files), strict=True))
    said, content = found.pop("f/33.bin")
    assert (said["error_code"], content) == ("DATA_LOSS", b"")
    assert "'f/33.bin'" in said["message"]
    assert {path: content for path, (_, content) in found.items()} == {
        path: content for path, content in files.items() if path in found
    }
    with pytest.raises(IntegrityError, match="digest"):
        KisekiClient(ground.uri).download_artifacts(run, "f", str(tmp_path))
    assert not (tmp_path / "f" / "33.bin").exists()
    assert not list(tmp_path.rglob("*.part"))


def test_row_54_a_download_is_cut_by_the_end_of_the_server(tmp_path: Path) -> None:
    with Target(tmp_path / "server") as server:
        files = {f"{i}": bytes([i % 251]) * 200_000 for i in range(40)}
        put(server, "cut", files).ok()
        asked: dict[str, Any] = {"path": "cut", "files": [*files] * 25}
        body = json.dumps(asked).encode()
        with server.connect() as connection:
            kind = "Content-Type: application/json"
            connection.sendall(head("POST", BUNDLES, f"Content-Length: {len(body)}", kind) + body)
            received = connection.recv(65_536)
            server.end(signal.SIGKILL)
            while data := _received(connection):
                received += data
        # Neither the last chunk nor a length says that this was all.
        assert not received.endswith(b"0\r\n\r\n")


def _received(connection: Any) -> bytes:
    try:
        return bytes(connection.recv(1 << 20))
    except ConnectionResetError:
        return b""
