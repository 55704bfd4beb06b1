"""Rows 1, 3, 4, 5, 8, 9, 19, 53 and 54 of the faults, through the server; the store alone is in test_artifact_paths."""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import os
import sqlite3
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

from kiseki.artifact_store import check_path
from kiseki.base.errors import InvalidParameter
from tests.faults.server import NATIVE, Target, chunk, head
from tests.faults.test_artifact_paths import NONSENSE_LOCATIONS, SECRET, TRAVERSALS, inventory
from tests.wire.server import API, PROXY, Response

Send = Callable[[str], Response]

UPLOAD = "/ajax-api/2.0/mlflow/upload-artifact"
MPU = "/api/2.0/mlflow-artifacts/mpu"
BUNDLES = f"{NATIVE}artifacts/bundles"
MEMBER = b'{"path":"evil.txt","size":4}\nevil'


class Ground(Target):
    """A server between canaries, none of which may be read or changed."""

    def __init__(self, folder: Path, *, options: tuple[str, ...] = ()) -> None:
        self.around = folder
        self.outside = folder / "outside"
        self.outside.mkdir()
        super().__init__(folder / "middle", options=options)
        self.folder.mkdir()
        self.artifacts.mkdir()
        (folder / "middle" / "artifacts-evil").mkdir()
        for canary in (folder, self.outside, self.folder, folder / "middle" / "artifacts-evil"):
            (canary / "canary.txt").write_bytes(SECRET)

    def everything_else(self) -> dict[str, object]:
        """All files but the server's own, with their times and contents."""
        own = ("middle/artifacts/", "middle/artifacts.parts", "middle/wire.db", "middle/server.log")
        # Folders change when what is the server's comes or goes in them.
        folders = ("middle", "middle/artifacts")
        found = inventory(self.around).items()
        return {path: facts for path, facts in found if not path.startswith(own) and path not in folders}

    def inside(self) -> list[str]:
        """All that is in the proxy's root, and parts of uploads beside it; but not the empty folder for uploads."""
        roots = (self.artifacts, self.folder / "artifacts.parts")
        found = [path for root in roots if root.exists() for path in root.rglob("*")]
        return sorted(str(path.relative_to(self.folder)) for path in found if path.name != ".kiseki-uploads")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with Ground(tmp_path_factory.mktemp("ground")) as running:
        yield running


@pytest.fixture
def ground(hostile: Ground) -> Iterator[Ground]:
    before = hostile.everything_else()
    yield hostile
    hostile.check()
    assert hostile.everything_else() == before


def new_run(server: Target, **fields: str) -> str:
    return server.new_run(server.new_experiment(**fields))


# --- row 1 ------------------------------------------------------------------------------------------------------------


def once_encoded(path: str) -> str:
    """Such that the server decodes it to `path`."""
    return quote(path.encode("utf-8", "surrogatepass"), safe="/")


def as_it_is(path: str) -> str:
    """Such that encodings in the path are decoded by the server, and nothing ends the path early."""
    return quote(path.encode("utf-8", "surrogatepass"), safe="/%\\:;&=@+$,~")


def ways_of_paths(server: Target, run: str, model: str) -> dict[str, Send]:
    """Every way to name a file in a URL's path, where the server decodes it once."""
    size = {"Content-Length": "4"}

    def put(prefix: str) -> Send:
        return lambda path: server.request("PUT", prefix + path, body=b"evil", headers=size)

    def send(method: str, prefix: str) -> Send:
        return lambda path: server.request(method, prefix + path)

    def create(path: str) -> Response:
        return server.request("POST", f"{MPU}/create/{path}", json={"path": "x", "num_parts": 1})

    def finish(verb: str) -> Send:
        fields = {"path": "x", "upload_id": "0" * 32, "parts": [{"part_number": 1}]}
        return lambda path: server.request("POST", f"{MPU}/{verb}/{path}", json=fields)

    return {
        "get": send("GET", f"{PROXY}/"),
        "head": send("HEAD", "/ajax-api/2.0/mlflow-artifacts/artifacts/"),
        "put": put(f"{PROXY}/"),
        "delete": send("DELETE", f"{PROXY}/"),
        "list": send("GET", f"{PROXY}?path="),
        "run get": send("GET", f"/get-artifact?run_id={run}&path="),
        "run list": send("GET", f"{API}artifacts/list?run_id={run}&path="),
        "zip": send("GET", f"{NATIVE}artifacts/zip?run_id={run}&path="),
        "model get": send("GET", f"/ajax-api/2.0/mlflow/logged-models/{model}/artifacts/files?artifact_file_path="),
        "model list": send("GET", f"{API}logged-models/{model}/artifacts/directories?artifact_directory_path="),
        "model zip": send("GET", f"{NATIVE}artifacts/zip?model_id={model}&path="),
        "upload": lambda path: server.request("POST", f"{UPLOAD}?run_uuid={run}&path={path}", body=b"evil"),
        "bundle put": lambda path: server.request("PUT", f"{BUNDLES}?path={path}", body=MEMBER),
        "bundle get": lambda path: server.request(
            "POST", BUNDLES, json={"path": unquote(path, errors="replace"), "files": ["canary.txt"]}
        ),
        "mpu create": create,
        "mpu complete": finish("complete"),
        "mpu abort": finish("abort"),
        "part": put(f"{NATIVE}artifacts/parts/"),
        "part of an upload": put(f"{NATIVE}artifacts/parts/{'0' * 32}/"),
    }


WAYS = [
    *("get", "head", "put", "delete", "list", "run get", "run list", "zip", "upload", "bundle put", "bundle get"),
    *("mpu create", "mpu complete", "mpu abort", "part", "part of an upload"),
    *("model get", "model list", "model zip"),
]


@pytest.mark.parametrize("way", WAYS)
def test_row_1_every_traversal_is_refused_on_every_route(ground: Ground, way: str) -> None:
    ground.put_artifact("a/b/kept.txt", b"kept")
    before = stored(ground)
    ways = ways_of_paths(ground, new_run(ground), ground.new_model(ground.new_experiment()))
    send = ways[way]
    assert set(WAYS) == set(ways)
    # All of them where a file is opened, a third of them elsewhere.
    strings = TRAVERSALS if way in ("get", "put") else TRAVERSALS[WAYS.index(way) % 3 :: 3]
    for path in strings:
        for encode in (once_encoded, as_it_is):
            # Where a file would be stored or its absence told, what is no traversal once decoded says nothing.
            if way in ("bundle put", "bundle get", "mpu create") and names_something(unquote(encode(path))):
                continue
            answer = send(encode(path))
            assert SECRET not in answer.body, (path, answer)
            if answer.status == 200:
                # What is no traversal once decoded may be looked at, and there is nothing.
                checked = check_path(unquote(encode(path)), folder=True)
                assert (
                    way in ("list", "run list", "model list", "zip", "model zip", "head", "mpu create")
                    or answer.body == b"kept"
                ), (
                    checked,
                    answer,
                )
            else:
                assert answer.status in (400, 403, 404), (path, answer)
                if way != "head":
                    answer.rejected()
    assert stored(ground) == before


def names_something(path: str) -> bool:
    """Whether a path is one that a client may use; the root, too."""
    try:
        check_path(path.strip("/"), folder=True)
    except InvalidParameter:
        return False
    return True


def stored(ground: Ground) -> list[str]:
    return [path for path in ground.inside() if path.startswith("artifacts/")]


def test_row_1_bodies_that_name_paths(ground: Ground) -> None:
    before = stored(ground)
    for path in [path for path in TRAVERSALS if path.isprintable()]:
        for url, fields in (
            (f"{MPU}/create/folder", {"path": path, "num_parts": 1}),
            (f"{MPU}/complete/folder", {"path": path, "upload_id": path, "parts": [{"part_number": 1}]}),
            (f"{MPU}/abort/folder", {"path": path, "upload_id": "0" * 32}),
        ):
            answer = ground.request("POST", url, json=fields)
            assert SECRET not in answer.body
            # Of a path in the body only the last segment counts.
            assert answer.status in (200, 400, 404), (path, answer)
    assert stored(ground) == before


def test_row_1_an_error_tells_no_path_of_the_server(ground: Ground) -> None:
    run, model = new_run(ground), ground.new_model(ground.new_experiment())
    (ground.artifacts / "file").write_bytes(b"")
    for path in ("missing", "file/below", "x" * 256, "../x", "\ufffd", "a//../b"):
        for way, send in ways_of_paths(ground, run, model).items():
            answer = send(once_encoded(path))
            assert str(ground.around).encode() not in answer.body, (way, path, answer)


# --- rows 3 and 4 -----------------------------------------------------------------------------------------------------


def reads_of(server: Target, run: str, path: str = "canary.txt") -> list[Response]:
    """Everything that opens a run's artifacts."""
    return [
        server.request("GET", "/get-artifact", query={"run_id": run, "path": path}),
        server.get("artifacts/list", run_id=run),
        server.get("artifacts/list", run_id=run, path="x"),
        server.request("GET", f"{NATIVE}artifacts/zip", query={"run_id": run}),
        server.request("GET", f"{NATIVE}artifacts/zip", query={"run_id": run, "path": path}),
        server.request("POST", f"{UPLOAD}?run_uuid={run}&path={path}", body=b"evil"),
    ]


def reads_of_model(server: Target, model: str, path: str = "canary.txt") -> list[Response]:
    """Everything that opens a logged model's files."""
    files = f"/ajax-api/2.0/mlflow/logged-models/{model}/artifacts/files"
    return [
        server.request("GET", files, query={"artifact_file_path": path}),
        server.get(f"logged-models/{model}/artifacts/directories"),
        server.get(f"logged-models/{model}/artifacts/directories", artifact_directory_path="x"),
        server.request("GET", f"{NATIVE}artifacts/zip", query={"model_id": model}),
        server.request("GET", f"{NATIVE}artifacts/zip", query={"model_id": model, "path": path}),
    ]


def hostile_locations(ground: Ground) -> list[str]:
    root = ground.artifacts
    return [
        *(str(ground.outside), f"file://{ground.outside}", f"file:{ground.outside}", f"FILE://{ground.outside}"),
        *(f"{root}-evil", f"{root}/../../outside", f"{root}/..", f"file://{root}/%2e%2e/%2e%2e/outside"),
        *("mlflow-artifacts:/../../outside", "mlflow-artifacts:/%2e%2e/outside", "mlflow-artifacts://evil.example/x"),
        *("mlflow-artifacts:/a/../../..", "mlflow-artifacts:/%252e%252e/outside", "mlflow-artifacts:..\\outside"),
        *(
            "/",
            "/etc",
            "//",
            "file:///",
            "s3://bucket/x",
            "http://127.0.0.1:1/x",
            "runs:/x/y",
            "javascript:x",
            "../outside",
        ),
        *(
            "outside",
            ".",
            "..",
            "~",
            "$HOME",
            "",
            " ",
            "\0",
            "\n",
            "x" * 100_000,
            "mlflow-artifacts:/\0",
            "%",
            "\ud7ff",
        ),
        *(
            f"file://evil.example{ground.outside}",
            f"file://localhost{ground.outside}",
            f"mlflow-artifacts:{ground.outside}",
        ),
    ]


def test_row_3_hostile_rows_are_refused_when_they_are_used(ground: Ground) -> None:
    experiment = ground.new_experiment()
    locations = hostile_locations(ground)
    runs = [ground.new_run(experiment) for _ in locations]
    models = [ground.new_model(experiment) for _ in locations]
    driver = sqlite3.connect(ground.database, timeout=30)
    with driver:
        driver.executemany("UPDATE runs SET artifact_uri = ? WHERE run_id = ?", zip(locations, runs, strict=True))
        rows = zip(locations, models, strict=True)
        driver.executemany("UPDATE logged_models SET artifact_uri = ? WHERE model_id = ?", rows)
    driver.close()
    for location, run, model in zip(locations, runs, models, strict=True):
        assert ground.run(run)["info"]["artifact_uri"] == location
        assert ground.model(model)["info"]["artifact_uri"] == location
        for answer in (*reads_of(ground, run), *reads_of_model(ground, model)):
            assert SECRET not in answer.body, (location, answer)
            # Below the proxy's own root everything may be asked for.
            assert answer.status in (400, 403, 404, 501) or location.startswith("mlflow-artifacts:/"), (
                location,
                answer,
            )
            assert answer.status < 500 or answer.status == 501, (location, answer)


@pytest.mark.parametrize("location", [one for one in NONSENSE_LOCATIONS if one], ids=lambda one: ascii(one)[:40])
def test_row_4_a_nonsense_location_is_refused_and_nothing_stored(ground: Ground, location: str) -> None:
    name = ground.unique("nonsense")
    body = json.dumps({"name": name, "artifact_location": location}).encode()
    answer = ground.request("POST", f"{API}experiments/create", body=body, headers={"Content-Type": "application/json"})
    answer.refused("INVALID_PARAMETER_VALUE")
    assert ground.get("experiments/get-by-name", experiment_name=name).status == 404


def test_row_4_a_location_outside_is_stored_and_never_opened(ground: Ground) -> None:
    root = str(ground.artifacts)
    for location in (str(ground.outside), f"file://{ground.outside}", f"{root}-evil", "/etc", "s3://bucket/x"):
        run = new_run(ground, artifact_location=location)
        assert ground.run(run)["info"]["artifact_uri"] == f"{location}/{run}/artifacts"
        model = ground.new_model(ground.run(run)["info"]["experiment_id"])
        assert ground.model(model)["info"]["artifact_uri"] == f"{location}/models/{model}/artifacts"
        for answer in (*reads_of(ground, run), *reads_of_model(ground, model)):
            answer.refused("PERMISSION_DENIED", "does not open", status=403)


def test_row_4_a_location_that_names_the_proxy_stays_in_it(ground: Ground) -> None:
    run = new_run(ground, artifact_location="mlflow-artifacts:/team/a")
    ground.request("POST", f"{UPLOAD}?run_uuid={run}&path=x.txt", body=b"mine")
    assert (ground.artifacts / "team" / "a" / run / "artifacts" / "x.txt").read_bytes() == b"mine"
    same = new_run(ground, artifact_location=str(ground.artifacts))
    ground.request("POST", f"{UPLOAD}?run_uuid={same}&path=x.txt", body=b"mine")
    assert (ground.artifacts / same / "artifacts" / "x.txt").read_bytes() == b"mine"


# --- row 5 ------------------------------------------------------------------------------------------------------------


def test_row_5_planted_links_lead_nowhere(ground: Ground) -> None:
    run = new_run(ground)
    home = ground.artifact_path(run)
    ground.put_artifact(f"{home}/real.txt", b"real")
    folder = ground.artifacts / home
    (folder / "to-file").symlink_to(ground.outside / "canary.txt")
    (folder / "to-folder").symlink_to(ground.outside)
    (folder / "dangling").symlink_to(ground.outside / "new")
    os.mkfifo(folder / "fifo")
    for path in ("to-file", "to-folder", "to-folder/canary.txt", "dangling", "fifo"):
        for method, url in (
            ("GET", f"{PROXY}/{home}/{path}"),
            ("GET", f"/get-artifact?run_id={run}&path={path}"),
            ("PUT", f"{PROXY}/{home}/{path}"),
            ("POST", f"{UPLOAD}?run_uuid={run}&path={path}"),
            ("DELETE", f"{PROXY}/{home}/{path}"),
        ):
            answer = ground.request(method, url, body=None if method == "GET" else b"evil")
            assert SECRET not in answer.body
            assert answer.status in (400, 404) or path == "to-folder/canary.txt", (path, answer)
    archive = ground.request("GET", f"{NATIVE}artifacts/zip", query={"run_id": run})
    assert zipfile.ZipFile(io.BytesIO(archive.body)).namelist() == ["real.txt"]
    listed = ground.get("artifacts/list", run_id=run).ok()
    assert [file["path"] for file in listed["files"]] == ["real.txt"]
    assert ground.request("DELETE", f"{PROXY}/{home}").status == 200
    assert not folder.exists()


# --- rows 8, 9 and 19 -------------------------------------------------------------------------------------------------

NAMES = [
    *("a b.txt", "100%.txt", "50%25.txt", "a#b.txt", "a?b.txt", "a;b=c", "a&b", "a+b", "'q'", '"q"', "<b>x", "{{7*7}}"),
    *("CON", "NUL.txt", "trailing.", "trailing ", " leading", "...", ".hidden", "Case", "case", "~root", "$HOME", "*"),
    *(
        "日本語の図.png",
        "e\u0301.txt",
        "\u00e9.txt",
        "🎌.txt",
        "x" * 255,
        "字" * 85,
        "name=x",
        "a,b",
        "filename*=UTF-8''x",
    ),
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_row_9_a_name_round_trips_on_every_route(ground: Ground, name: str) -> None:
    run = new_run(ground)
    home = ground.artifact_path(run)
    content = name.encode()
    ground.put_artifact(f"{home}/folder/{name}", content)
    ground.request("POST", f"{UPLOAD}?run_uuid={run}&path={quote(name, safe='')}", body=content)
    for path in (name, f"folder/{name}"):
        for answer in (
            ground.request("GET", f"{PROXY}/{home}/{quote(path)}"),
            ground.request("GET", "/get-artifact", query={"run_id": run, "path": path}),
        ):
            assert (answer.status, answer.body) == (200, content)
            assert answer.headers["x-kiseki-sha256"] == hashlib.sha256(content).hexdigest()
            disposition = answer.headers["content-disposition"]
            assert disposition.startswith("attachment; filename=")
            assert disposition.isascii()
            assert disposition.isprintable()
            assert disposition.count('"') == 2
    listed = ground.get("artifacts/list", run_id=run).ok()
    assert [file["path"] for file in listed["files"]] == sorted(["folder", name])
    archive = zipfile.ZipFile(io.BytesIO(ground.request("GET", f"{NATIVE}artifacts/zip", query={"run_id": run}).body))
    assert sorted(archive.namelist()) == sorted([name, f"folder/{name}"])


@pytest.mark.parametrize("name", ["x\n.html", "x\r\nX-Header: 1", "x\0", "x\x1b", "字" * 86, "x" * 256, "a\u2028b"])
def test_row_9_a_name_that_can_not_be_kept_is_refused(ground: Ground, name: str) -> None:
    run = new_run(ground)
    answers = [
        ground.request("PUT", f"{PROXY}/{quote(name)}", body=b"x"),
        ground.request("POST", f"{UPLOAD}?run_uuid={run}&path={quote(name)}", body=b"x"),
        ground.request("POST", f"{MPU}/create/{quote(name)}", json={"path": "x"}),
    ]
    for answer in answers:
        answer.refused("INVALID_PARAMETER_VALUE", "Invalid path")
        assert "x-header" not in answer.headers


PAGES = {
    "x.html": b"<script>alert(1)</script>",
    "x.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "x.xhtml": b'<html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>',
    "x.xml": b"<?xml-stylesheet href='x.xsl'?><x/>",
    "x.js": b"alert(1)",
    "x.mjs": b"alert(1)",
    "x.pdf": b"%PDF-1.4",
    "x.md": b"<script>alert(1)</script>",
    "x.htm": b"<script>alert(1)</script>",
    "x.shtml": b"<script>alert(1)</script>",
    "x.mht": b"x",
    "x.swf": b"x",
    "x.wasm": b"\0asm",
    "x.unknown": b"<html><script>alert(1)</script>",
    "x": b"<html><script>alert(1)</script>",
    "x.HTML": b"<script>alert(1)</script>",
    "x.html.gz": b"x",
}


@pytest.mark.parametrize("name", PAGES)
def test_row_19_no_artifact_becomes_a_page_of_the_server(ground: Ground, name: str) -> None:
    run = new_run(ground)
    home = ground.artifact_path(run)
    ground.put_artifact(f"{home}/{name}", PAGES[name])
    downloads = [
        (method, *url)
        for method in ("GET", "HEAD")
        for url in (
            (f"{PROXY}/{home}/{name}", {}),
            (f"/ajax-api/2.0/mlflow-artifacts/artifacts/{home}/{name}", {}),
            ("/get-artifact", {"run_id": run, "path": name}),
        )
    ]
    for method, path, query in downloads:
        for headers in ({}, {"Range": "bytes=0-3"}):
            answer = ground.request(method, path, query=query, headers=headers)
            assert answer.status == (206 if headers else 200), answer
            assert answer.headers["content-disposition"].startswith("attachment"), answer
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
            assert "javascript" not in answer.headers["content-type"]
    archive = ground.request("GET", f"{NATIVE}artifacts/zip", query={"run_id": run, "path": name})
    assert archive.headers["content-disposition"].startswith("attachment")
    assert (archive.headers["content-type"], archive.headers["x-content-type-options"]) == (
        "application/zip",
        "nosniff",
    )


# --- row 53 -----------------------------------------------------------------------------------------------------------


def eventually(check: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while not check() and time.monotonic() < deadline:
        time.sleep(0.02)
    return check()


@pytest.mark.parametrize("before", [None, b"old"])
@pytest.mark.parametrize("percent", [0, 10, 50, 99])
@pytest.mark.parametrize("way", ["put", "chunked", "run", "part"])
def test_row_53_a_cut_upload_leaves_what_was_there(
    ground: Ground, way: str, percent: int, before: bytes | None
) -> None:
    run = new_run(ground)
    name = f"{ground.artifact_path(run)}/x"
    content = os.urandom(3_000_000)
    cut = content[: len(content) * percent // 100]
    if before is not None:
        ground.put_artifact(name, before)
    size = f"Content-Length: {len(content)}"
    upload_id = ""
    if way == "put":
        parts = [head("PUT", f"{PROXY}/{name}", size), cut]
    elif way == "chunked":
        parts = [head("PUT", f"{PROXY}/{name}", "Transfer-Encoding: chunked"), *([chunk(cut)] if cut else [])]
    elif way == "run":
        parts = [head("POST", f"{UPLOAD}?run_uuid={run}&path=x", size), cut]
    else:
        created = ground.request("POST", f"{MPU}/create/{name}".removesuffix("/x"), json={"path": "x", "num_parts": 1})
        upload_id = created.ok()["upload_id"]
        parts = [head("PUT", f"{NATIVE}artifacts/parts/{upload_id}/1", size), cut]
    seen = ground.inside()
    with ground.connect() as connection:
        for part in parts:
            connection.sendall(part)
        time.sleep(0.05)
    assert eventually(lambda: ground.inside() == seen)
    answer = ground.request("GET", f"{PROXY}/{name}")
    assert (answer.status, answer.body if before is not None else None) == (
        (200, before) if before is not None else (404, None)
    )
    if way == "part":
        fields = {"path": "x", "upload_id": upload_id, "parts": [{"part_number": 1}]}
        folder = name.removesuffix("/x")
        ground.request("POST", f"{MPU}/complete/{folder}", json=fields).refused("INVALID_PARAMETER_VALUE", "Part 1")
        ground.request("PUT", f"{NATIVE}artifacts/parts/{upload_id}/1", body=content)
        ground.request("POST", f"{MPU}/complete/{folder}", json=fields).ok()
        assert ground.request("GET", f"{PROXY}/{name}").body == content


def test_row_53_a_body_shorter_or_longer_than_declared(ground: Ground) -> None:
    answers = ground.send(head("PUT", f"{PROXY}/sized", "Content-Length: 3") + b"abcdef")
    assert answers[0].status == 200
    assert ground.request("GET", f"{PROXY}/sized").body == b"abc"


def test_row_53_writers_of_one_name_never_mix(ground: Ground) -> None:
    name = "shared/file.bin"
    contents = [bytes([i]) * 300_000 for i in range(6)]
    digests = {hashlib.sha256(content).hexdigest() for content in contents}

    def write(content: bytes) -> None:
        for _ in range(10):
            ground.put_artifact(name, content)

    def read() -> None:
        for _ in range(30):
            answer = ground.request("GET", f"{PROXY}/{name}")
            if answer.status != 404:
                assert (answer.status, answer.body in contents) == (200, True), answer.headers
                told = answer.headers.get("x-kiseki-sha256")
                assert told is None or (told in digests and told == hashlib.sha256(answer.body).hexdigest())

    with ThreadPoolExecutor(8) as pool:
        for future in [*[pool.submit(write, content) for content in contents], pool.submit(read), pool.submit(read)]:
            future.result(60)
    answer = ground.request("GET", f"{PROXY}/{name}")
    assert answer.headers["x-kiseki-sha256"] == hashlib.sha256(answer.body).hexdigest()


def test_row_53_unfinished_parts_are_removed_after_a_week(tmp_path: Path) -> None:
    with Target(tmp_path / "server") as server:
        ids = [
            server.request("POST", f"{MPU}/create/folder", json={"path": "x", "num_parts": 1}).ok()["upload_id"]
            for _ in range(2)
        ]
        for upload_id in ids:
            server.request("PUT", f"{NATIVE}artifacts/parts/{upload_id}/1", body=b"x")
        parts = server.folder / "artifacts.parts"
        long_ago = time.time() - 8 * 24 * 3600
        for path in [parts / ids[0], *(parts / ids[0]).iterdir()]:
            os.utime(path, (long_ago, long_ago))
    with server:
        assert [path.name for path in parts.iterdir() if not path.name.startswith(".")] == [ids[1]]
        server.check()


# --- row 54 -----------------------------------------------------------------------------------------------------------


def damage(path: Path, place: int = 1_234) -> None:
    """Flips one bit of a file and leaves its times as they are."""
    status = path.stat()
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def shorten(path: Path) -> None:
    """Cuts a file and leaves its times as they are."""
    status = path.stat()
    os.truncate(path, status.st_size - 1_000)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize("size", [5_000, 2**20, 2**20 + 1, 5_000_000])
@pytest.mark.parametrize("harm", [damage, shorten])
@pytest.mark.parametrize("way", ["put", "run", "parts"])
def test_row_54_a_damaged_file_is_never_a_success(
    tmp_path_factory: pytest.TempPathFactory, hostile: Ground, way: str, harm: Callable[[Path], None], size: int
) -> None:
    content = os.urandom(size)
    run = new_run(hostile)
    home = hostile.artifact_path(run)
    if way == "put":
        hostile.put_artifact(f"{home}/x", content)
    elif way == "run":
        hostile.request("POST", f"{UPLOAD}?run_uuid={run}&path=x", body=content)
    else:
        created = hostile.request("POST", f"{MPU}/create/{home}", json={"path": "x", "num_parts": 2}).ok()
        for number, part in ((1, content[: size // 2]), (2, content[size // 2 :])):
            hostile.request("PUT", f"{NATIVE}artifacts/parts/{created['upload_id']}/{number}", body=part)
        parts = [{"part_number": 2}, {"part_number": 1}]
        hostile.request(
            "POST", f"{MPU}/complete/{home}", json={"path": "x", "upload_id": created["upload_id"], "parts": parts}
        ).ok()
    downloads: list[tuple[str, dict[str, str]]] = [
        (f"{PROXY}/{home}/x", {}),
        ("/get-artifact", {"run_id": run, "path": "x"}),
    ]
    zips = [(f"{NATIVE}artifacts/zip", {"run_id": run, "path": path}) for path in ("", "x")]
    for path, query in zips:
        with zipfile.ZipFile(io.BytesIO(hostile.request("GET", path, query=query).body)) as archive:
            assert archive.read("x") == content
    for path, query in downloads:
        answer = hostile.request("GET", path, query=query)
        assert (answer.status, answer.body == content) == (200, True)
        assert answer.headers["x-kiseki-sha256"] == hashlib.sha256(content).hexdigest()
    harm(hostile.artifacts / home / "x")
    for path, query in [*downloads, *zips]:
        try:
            answer = hostile.request("GET", path, query=query)
        except (http.client.IncompleteRead, ConnectionError):
            continue  # the connection ended before the file did
        answer.refused("DATA_LOSS", status=500)
    # What the log tells of it is not of interest to the tests that follow.
    with suppress(AssertionError):
        hostile.check()
    assert hostile.request("GET", "/health").status == 200
    hostile.put_artifact(f"{home}/x", content)
    assert hostile.request("GET", f"{PROXY}/{home}/x").body == content


def test_row_54_a_file_that_somebody_else_replaced_is_served(ground: Ground) -> None:
    ground.put_artifact("edited", b"old")
    time.sleep(0.02)
    (ground.artifacts / "edited").write_bytes(b"new and longer")
    answer = ground.request("GET", f"{PROXY}/edited")
    assert (answer.body, answer.headers.get("x-kiseki-sha256")) == (b"new and longer", None)


def test_row_54_a_range_goes_on_where_a_download_ended(ground: Ground) -> None:
    content = os.urandom(3_000_000)
    ground.put_artifact("long", content)
    whole = ground.request("GET", f"{PROXY}/long")
    etag = whole.headers["etag"]
    for start in (0, 1, 1_048_576, 2_999_999):
        answer = ground.request("GET", f"{PROXY}/long", headers={"Range": f"bytes={start}-", "If-Range": etag})
        assert (answer.status, answer.body == content[start:]) == (206, True)
        assert answer.headers["content-range"] == f"bytes {start}-2999999/3000000"
    ground.put_artifact("long", content[::-1])
    changed = ground.request("GET", f"{PROXY}/long", headers={"Range": "bytes=5-", "If-Range": etag})
    assert (changed.status, changed.body == content[::-1]) == (200, True)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("bytes=0-0", b"0"),
        ("bytes=2-4", b"234"),
        ("bytes=-3", b"789"),
        ("bytes=-30", b"0123456789"),
        ("bytes=8-", b"89"),
        ("bytes=8-99999999999999999999999999999999", b"89"),
        ("bytes=10-", None),
        ("bytes=99999999999999999999999999-", None),
        ("bytes=-0", None),
        ("bytes=4-2", b"0123456789"),
        ("bytes=a-b", b"0123456789"),
        ("bytes=\xb2-", b"0123456789"),
        ("bytes=-", b"0123456789"),
        ("bytes=1-2,4-5", b"0123456789"),
        ("bytes=" + "9" * 5_000 + "-", b"0123456789"),
        ("lines=1-2", b"0123456789"),
        ("bytes=--1", b"0123456789"),
        ("bytes=+1-2", b"0123456789"),
    ],
)
def test_row_54_ranges(ground: Ground, given: str, expected: bytes | None) -> None:
    ground.put_artifact("digits", b"0123456789")
    answer = ground.request("GET", f"{PROXY}/digits", headers={"Range": given})
    if expected is None:
        assert (answer.status, answer.body, answer.headers["content-range"]) == (416, b"", "bytes */10")
    else:
        assert (answer.status, answer.body) == (200 if len(expected) == 10 and given != "bytes=-30" else 206, expected)
