"""The client's side of bundles, against servers that do not know them, lie, break and damage."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from kiseki.artifact_store.proxied import ProxiedStore
from kiseki.base.errors import IntegrityError, KisekiError, Unavailable
from kiseki.client.artifacts import BUNDLE_FILES, SMALL_BYTES, download, log_folder
from kiseki.client.http import HttpClient
from kiseki.wire.bundles import Member, packed, unpacked
from tests.unit.client.answers import Answers, Reply, Request

ROOT = "0/r/artifacts"
FILES = "/api/2.0/mlflow-artifacts/artifacts"
BUNDLES = "/api/kiseki/v1/artifacts/bundles"

Answer = Callable[[Request], Reply | None]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("KISEKI_", "MLFLOW_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("KISEKI_HTTP_REQUEST_BACKOFF_FACTOR", "0.01")
    monkeypatch.setenv("KISEKI_HTTP_REQUEST_MAX_RETRIES", "2")


class Place:
    """A server that keeps files, knows bundles or not, and does something else where `instead` says so."""

    def __init__(self, instead: Answer = lambda _: None, *, knows_bundles: bool = True) -> None:
        self.files: dict[str, bytes] = {}
        self._instead = instead
        self._knows_bundles = knows_bundles
        self._server = Answers(self._answer)
        self.requests = self._server.requests
        self.http = HttpClient(self._server.__enter__().uri)
        self.store = ProxiedStore(self.http, ROOT)

    def close(self) -> None:
        self.http.close()
        self._server.__exit__()

    def asked(self) -> list[str]:
        """Methods and last parts of paths of what was asked for, without lists of folders."""
        asked = [(request.method, urlsplit(request.path)) for request in self.requests]
        return [f"{method} {unquote(url.path).rpartition('/')[2]}" for method, url in asked if url.path != FILES]

    def _answer(self, request: Request) -> Reply:
        other = self._instead(request)
        if other is not None:
            return other
        url = urlsplit(request.path)
        if url.path == BUNDLES:
            return self._bundle(request) if self._knows_bundles else Reply(status=404, body=b"<html>Not Found")
        if url.path == FILES:
            entries = [
                {"path": path.rpartition("/")[2], "is_dir": False, "file_size": len(data)}
                for path, data in self.files.items()
            ]
            return Reply(body=json.dumps({"files": entries}).encode())
        path = unquote(url.path).removeprefix(f"{FILES}/{ROOT}/")
        if request.method == "PUT":
            self.files[path] = request.body
            return Reply()
        return Reply(body=self.files[path])

    def _bundle(self, request: Request) -> Reply:
        if request.method == "PUT":
            assert unquote(urlsplit(request.path).query) == f"path={ROOT}"
            files = list(unpacked([request.body]))
            assert all(member.sha256 == hashlib.sha256(data).hexdigest() for member, data in files)
            self.files.update((member.path, data) for member, data in files)
            return Reply(body=json.dumps({"stored": len(files), "refused": []}).encode())
        return Reply(body=b"".join(self.packed(path) for path in json.loads(request.body)["files"]))

    def packed(self, path: str) -> bytes:
        data = self.files[path]
        return packed(Member(path=path, size=len(data), sha256=hashlib.sha256(data).hexdigest()), data)


Start = Callable[..., Place]


@pytest.fixture
def start() -> Iterator[Start]:
    places: list[Place] = []

    def begin(instead: Answer = lambda _: None, *, knows_bundles: bool = True) -> Place:
        places.append(Place(instead, knows_bundles=knows_bundles))
        return places[-1]

    yield begin
    for place in places:
        place.close()


def folder(where: Path, contents: dict[str, bytes]) -> Path:
    for path, content in contents.items():
        (where / path).parent.mkdir(parents=True, exist_ok=True)
        (where / path).write_bytes(content)
    return where


def some(number: int) -> dict[str, bytes]:
    return {f"{i:04d}.bin": bytes([i % 251]) * (i % 50) for i in range(number)}


def below(where: Path) -> dict[str, bytes]:
    return {path.relative_to(where).as_posix(): path.read_bytes() for path in where.rglob("*") if path.is_file()}


# --- up -----------------------------------------------------------------------------------------------------------------


def test_small_files_go_together_and_large_ones_alone(start: Start, tmp_path: Path) -> None:
    place = start()
    contents = {
        **some(BUNDLE_FILES + 10),
        "deep/a": b"a",
        "large": bytes(SMALL_BYTES + 1),
        "full": bytes(SMALL_BYTES),
    }
    log_folder(place.store, folder(tmp_path, contents), "to")
    assert place.files == {f"to/{path}": content for path, content in contents.items()}
    # Two bundles, and before them whether there is such a thing, once or, when both ask at the same time, twice.
    asked = place.asked()
    assert sorted(set(asked)) == ["PUT bundles", "PUT large"]
    assert asked.count("PUT bundles") in {3, 4}


def test_one_file_needs_no_bundle(start: Start, tmp_path: Path) -> None:
    place = start()
    log_folder(place.store, folder(tmp_path, {"x": b"x"}), None)
    assert place.asked() == ["PUT x"]


def test_a_server_that_knows_no_bundles_gets_file_after_file(start: Start, tmp_path: Path) -> None:
    place = start(knows_bundles=False)
    contents = some(20)
    log_folder(place.store, folder(tmp_path, contents), None)
    assert place.files == contents
    assert sorted(place.asked()) == sorted(["PUT bundles", *(f"PUT {path}" for path in contents)])


@pytest.mark.parametrize("status", [403, 405, 413, 415])
def test_what_stands_between_and_refuses_bundles_is_gone_around(start: Start, tmp_path: Path, status: int) -> None:
    def refuse(request: Request) -> Reply | None:
        return Reply(status=status, body=b"no") if BUNDLES in request.path and request.body else None

    place = start(refuse)
    contents = some(20)
    log_folder(place.store, folder(tmp_path, contents), None)
    assert place.files == contents


def test_a_file_that_is_refused_goes_alone_and_meets_its_own_error(start: Start, tmp_path: Path) -> None:
    def answer(request: Request) -> Reply | None:
        if request.method == "PUT" and BUNDLES in request.path and request.body:
            files = [member.path for member, _ in unpacked([request.body])]
            refused = [{"path": path, "error_code": "RESOURCE_CONFLICT", "message": "no"} for path in files[1:]]
            return Reply(body=json.dumps({"stored": 1, "refused": refused}).encode())
        if request.path.endswith("0003.bin"):
            body = {"error_code": "INVALID_PARAMETER_VALUE", "message": "not '0003.bin'"}
            return Reply(status=400, body=json.dumps(body).encode())
        return None

    place = start(answer)
    with pytest.raises(KisekiError, match=r"not '0003\.bin'"):
        log_folder(place.store, folder(tmp_path, some(6)), None)
    # All others came, by themselves.
    assert sorted(place.files) == [f"{i:04d}.bin" for i in (1, 2, 4, 5)]


def test_a_bundle_is_sent_again_when_the_connection_breaks(start: Start, tmp_path: Path) -> None:
    broken: list[Request] = []

    def cut(request: Request) -> Reply | None:
        if BUNDLES in request.path and request.body and not broken:
            broken.append(request)
            return Reply(cut_after=0, headers={"Content-Length": "100"})
        return None

    place = start(cut)
    contents = some(20)
    log_folder(place.store, folder(tmp_path, contents), None)
    assert place.files == contents
    assert broken


def test_a_server_that_is_away_is_not_asked_for_each_file(start: Start, tmp_path: Path) -> None:
    place = start(lambda _request: Reply(status=503, body=b"{}"))
    with pytest.raises(KisekiError):
        log_folder(place.store, folder(tmp_path, some(200)), None)
    assert place.asked() == ["PUT bundles"] * 3


# --- down ---------------------------------------------------------------------------------------------------------------


def test_small_files_come_together_and_large_ones_alone(start: Start, tmp_path: Path) -> None:
    place = start()
    place.files = {**some(BUNDLE_FILES + 10), "large": bytes(SMALL_BYTES + 1)}
    assert below(download(place.store, "", tmp_path)) == place.files
    assert sorted(place.asked()) == ["GET large", "POST bundles", "POST bundles"]


def test_a_server_that_knows_no_bundles_is_asked_for_file_after_file(start: Start, tmp_path: Path) -> None:
    place = start(knows_bundles=False)
    place.files = some(20)
    assert below(download(place.store, "", tmp_path)) == place.files
    assert sorted(place.asked()) == sorted(["POST bundles", *(f"GET {path}" for path in place.files)])


@pytest.mark.parametrize("end", ["cut", "short"])
def test_a_bundle_that_ends_early_goes_on_with_the_next_file(start: Start, tmp_path: Path, end: str) -> None:
    left = [1_000, 5_000, 100]

    def cut(request: Request) -> Reply | None:
        if request.method != "POST" or not left:
            return None
        body = b"".join(place.packed(path) for path in json.loads(request.body)["files"])
        if end == "cut":
            return Reply(body=body, cut_after=left.pop(0))
        return Reply(body=body[: left.pop(0)])

    place = start(cut)
    place.files = {f"{i}": os.urandom(150) for i in range(100)}
    assert below(download(place.store, "", tmp_path)) == place.files
    # What came is not asked for again; when nothing came, the files that are left come by themselves.
    asked = [len(json.loads(request.body)["files"]) for request in place.requests if request.method == "POST"]
    assert asked == [100, 97, 78]
    assert len(place.asked()) == 3 + 78


@pytest.mark.parametrize("place_of_damage", [0, 40, 99])
def test_a_damaged_file_comes_by_itself(start: Start, tmp_path: Path, place_of_damage: int) -> None:
    def harm(request: Request) -> Reply | None:
        if request.method != "POST":
            return None
        parts = [bytearray(place.packed(path)) for path in json.loads(request.body)["files"]]
        parts[place_of_damage][-1] ^= 1
        return Reply(body=b"".join(parts))

    place = start(harm)
    place.files = {f"{i:02d}": os.urandom(150) for i in range(100)}
    assert below(download(place.store, "", tmp_path)) == place.files
    assert place.asked() == ["POST bundles", f"GET {place_of_damage:02d}"]


def test_a_file_that_is_damaged_where_it_lies_is_an_error_with_its_name(start: Start, tmp_path: Path) -> None:
    def harm(request: Request) -> Reply | None:
        if request.method == "GET" and "?" not in request.path and request.path.endswith("/07"):
            return Reply(body=b"damaged", headers={"X-Kiseki-SHA256": "0" * 64})
        if request.method == "POST":
            lines = [
                packed(Member(path=path, error_code="DATA_LOSS", message="damaged"))
                if path == "07"
                else place.packed(path)
                for path in json.loads(request.body)["files"]
            ]
            return Reply(body=b"".join(lines))
        return None

    place = start(harm)
    place.files = {f"{i:02d}": os.urandom(150) for i in range(10)}
    with pytest.raises(IntegrityError, match="'07'"):
        download(place.store, "", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(place.files.keys() - {"07"})


HOSTILE = ["../evil", "/etc/evil", "a/../../evil", "0001.bin", "", "C:\\evil", "0000.bin/../../evil"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_server_that_sends_another_path_changes_nothing(start: Start, tmp_path: Path, name: str) -> None:
    def lie(request: Request) -> Reply | None:
        return Reply(body=packed(Member(path=name, size=4), b"evil")) if request.method == "POST" else None

    place = start(lie)
    place.files = some(5)
    target = tmp_path / "inner" / "target"
    assert below(download(place.store, "", target)) == place.files
    assert {path.relative_to(target).parent.as_posix() for path in tmp_path.rglob("*") if path.is_file()} == {"."}


@pytest.mark.parametrize(
    "body",
    [b"", b"x", b"\n" * 100, b"{}\n", b"<html>" * 10_000, b'{"path":"0000.bin","size":99999999999}\n'],
    ids=lambda body: ascii(body[:20]),
)
def test_a_server_that_sends_nonsense_is_asked_for_file_after_file(start: Start, tmp_path: Path, body: bytes) -> None:
    place = start(lambda request: Reply(body=body) if request.method == "POST" else None)
    place.files = some(5)
    assert below(download(place.store, "", tmp_path)) == place.files
    assert place.asked().count("POST bundles") == 1


def test_a_server_that_sends_without_end_is_read_up_to_what_was_asked_for(start: Start, tmp_path: Path) -> None:
    def more(request: Request) -> Reply | None:
        if request.method != "POST":
            return None
        return Reply(body=b"".join(map(place.packed, place.files)) + place.packed("0000.bin") * 100_000)

    place = start(more)
    place.files = some(5)
    assert below(download(place.store, "", tmp_path)) == place.files


def test_a_server_that_went_away_is_told(start: Start, tmp_path: Path) -> None:
    place = start(lambda request: Reply(status=503, body=b"{}") if request.method == "POST" else None)
    place.files = some(50)
    with pytest.raises(Unavailable):
        download(place.store, "", tmp_path)
    assert "GET 0000.bin" not in place.asked()
