"""The client's side of the artifact proxy, against servers that lie, break and damage."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from kiseki.artifact_store.proxied import ProxiedStore
from kiseki.base.errors import Conflict, IntegrityError, InvalidParameter, KisekiError, Unavailable
from kiseki.client.artifacts import download
from kiseki.client.http import HttpClient
from tests.unit.client.answers import Answers, Reply, Request

FILES = "/api/2.0/mlflow-artifacts/artifacts"
DATA = os.urandom(3_000_000)
DIGEST = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("KISEKI_", "MLFLOW_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("KISEKI_HTTP_REQUEST_BACKOFF_FACTOR", "0.01")


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[Request], Reply]], tuple[ProxiedStore, Answers]]]:
    opened: list[tuple[Answers, HttpClient]] = []

    def start(answer: Callable[[Request], Reply]) -> tuple[ProxiedStore, Answers]:
        server = Answers(answer).__enter__()
        http = HttpClient(server.uri)
        opened.append((server, http))
        return ProxiedStore(http, "0/r/artifacts"), server

    yield start
    for server, http in opened:
        http.close()
        server.__exit__()


Serve = Callable[[Callable[[Request], Reply]], tuple[ProxiedStore, Answers]]


def file_server(
    data: bytes = DATA, *, cuts: tuple[int, ...] = (), ranges: bool = True, headers: dict[str, str] | None = None
) -> Callable[[Request], Reply]:
    """Serves one file `f`, cutting the first connections after so many bytes."""
    left = list(cuts)
    announced = {"ETag": '"1"', "X-Kiseki-SHA256": hashlib.sha256(data).hexdigest(), **(headers or {})}

    def answer(request: Request) -> Reply:
        if request.path.startswith(f"{FILES}?"):
            entry = {"path": "f", "is_dir": False, "file_size": len(data)}
            return Reply(body=json.dumps({"files": [entry]}).encode())
        cut = left.pop(0) if left else None
        given = request.headers.get("range")
        if given is None or not ranges:
            return Reply(body=data, headers=announced, cut_after=cut)
        start = int(given.removeprefix("bytes=").removesuffix("-"))
        of = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"}
        return Reply(status=206, body=data[start:], headers={**announced, **of}, cut_after=cut)

    return answer


def fetch(store: ProxiedStore, target: Path) -> bytes:
    found = download(store, "f", target).read_bytes()
    assert [path.name for path in target.iterdir()] == ["f"]
    return found


def test_a_download_is_whole(serve: Serve, tmp_path: Path) -> None:
    store, server = serve(file_server())
    assert fetch(store, tmp_path) == DATA
    assert [unquote(request.path) for request in server.requests] == [
        f"{FILES}?path=0/r/artifacts",
        f"{FILES}/0/r/artifacts/f",
    ]


@pytest.mark.parametrize("cuts", [(0,), (1,), (1_500_000,), (2_999_999,), (10, 500_000, 3), (0, 0, 0)])
def test_a_cut_download_goes_on_where_it_stopped(cuts: tuple[int, ...], serve: Serve, tmp_path: Path) -> None:
    store, server = serve(file_server(cuts=cuts))
    assert fetch(store, tmp_path) == DATA
    assert len(server.requests) == 2 + len(cuts)
    if sum(cuts):
        assert server.requests[-1].headers["range"] == f"bytes={sum(cuts)}-"
        assert server.requests[-1].headers["if-range"] == '"1"'


def test_a_server_without_ranges_is_read_again_from_the_start(serve: Serve, tmp_path: Path) -> None:
    store, _ = serve(file_server(cuts=(1_000_000,), ranges=False))
    assert fetch(store, tmp_path) == DATA


def test_a_file_that_is_replaced_meanwhile_is_not_mixed(serve: Serve, tmp_path: Path) -> None:
    first = file_server(cuts=(1000,))
    other = os.urandom(len(DATA))
    second = file_server(other, headers={"ETag": '"2"'}, ranges=False)
    seen: list[Request] = []

    def answer(request: Request) -> Reply:
        if "?" not in request.path:
            seen.append(request)
        return first(request) if len(seen) < 2 else second(request)

    store, _ = serve(answer)
    with pytest.raises(Conflict, match="was replaced"):
        download(store, "f", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_download_that_never_ends_is_given_up(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    store, server = serve(file_server(cuts=(1000, *([0] * 50))))
    with pytest.raises(Unavailable, match="broke at byte 1000"):
        download(store, "f", tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert len(server.requests) < 15


@pytest.mark.parametrize("damage", [0, 1_234_567, len(DATA) - 1])
def test_a_flipped_bit_is_found(damage: int, serve: Serve, tmp_path: Path) -> None:
    damaged = bytearray(DATA)
    damaged[damage] ^= 1
    store, _ = serve(file_server(bytes(damaged), headers={"X-Kiseki-SHA256": DIGEST}))
    with pytest.raises(IntegrityError, match="SHA-256"):
        download(store, "f", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_without_a_digest_is_taken_by_its_length(serve: Serve, tmp_path: Path) -> None:
    store, _ = serve(file_server(headers={"X-Kiseki-SHA256": ""}))
    assert fetch(store, tmp_path) == DATA


def test_an_empty_file(serve: Serve, tmp_path: Path) -> None:
    store, _ = serve(file_server(b""))
    assert fetch(store, tmp_path) == b""


HOSTILE = [
    "../evil",
    "..",
    ".",
    "/etc/evil",
    "a/../../evil",
    "sub/evil",
    "%2e%2e/evil",
    "..%2fevil",
    "C:\\evil",
    "a\\b",
    "a\nb",
    "a\x00b",
    "",
    "~/../evil/../../x",
    "file:///etc/evil",
]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("is_dir", [False, True])
def test_a_listing_with_a_hostile_name_is_refused(name: str, is_dir: bool, serve: Serve, tmp_path: Path) -> None:
    listing = json.dumps({"files": [{"path": "good", "is_dir": False}, {"path": name, "is_dir": is_dir}]}).encode()

    def answer(request: Request) -> Reply:
        return Reply(body=listing if "?" in request.path else b"canary")

    store, _ = serve(answer)
    target = tmp_path / "inner" / "target"
    with pytest.raises(KisekiError):
        download(store, "", target)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_folders_without_end_are_refused(serve: Serve, tmp_path: Path) -> None:
    store, _ = serve(lambda _request: Reply(body=b'{"files":[{"path":"d","is_dir":true}]}'))
    with pytest.raises(InvalidParameter, match="deeper"):
        download(store, "", tmp_path)


def test_a_file_name_in_a_header_is_not_used(serve: Serve, tmp_path: Path) -> None:
    store, _ = serve(file_server(headers={"Content-Disposition": "attachment; filename=../../evil"}))
    target = tmp_path / "a" / "b"
    assert fetch(store, target) == DATA
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["f"]


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", "a\\b", ""])
def test_a_path_that_leaves_the_root_is_not_asked_for(path: str, serve: Serve) -> None:
    store, server = serve(lambda _request: Reply())
    for ask in (store.open_download, store.open_upload, store.delete):
        with pytest.raises(InvalidParameter, match="Invalid path"):
            ask(path)
    assert server.requests == []


def test_an_upload_is_sent_whole_and_only_by_commit(serve: Serve) -> None:
    store, server = serve(lambda _request: Reply())
    with store.open_upload("a b/ü#?%.json") as upload:
        upload.write(b"never")
    with store.open_upload("a b/ü#?%.json") as upload:
        upload.write(DATA[:5])
        upload.write(memoryview(DATA)[5:])
        assert server.requests == []
        stored = upload.commit()
    (request,) = server.requests
    assert (request.method, request.body) == ("PUT", DATA)
    assert unquote(request.path) == f"{FILES}/0/r/artifacts/a b/ü#?%.json"
    assert request.headers["content-type"] == "application/json"
    assert (stored.path, stored.size, stored.sha256) == ("a b/ü#?%.json", len(DATA), DIGEST)


def test_reading_from_the_middle(serve: Serve) -> None:
    store, _ = serve(file_server())
    with store.open_download("f") as file:
        assert file.size == len(DATA)
        assert file.read(10) == DATA[:10]
        assert file.seek(-10, 2) == len(DATA) - 10
        assert file.read() == DATA[-10:]
        assert file.seek(5) == file.tell() == 5
        assert file.read(7) == DATA[5:12]
