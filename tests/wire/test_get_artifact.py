"""GET /get-artifact, by which the UI shows and downloads files."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire.server import INVALID, MISSING, Response, Server

BINARY = bytes(range(256)) * 5


def fetch(server: Server, *, method: str = "GET", headers: dict[str, str] | None = None, **query: Any) -> Response:
    return server.request(method, "/get-artifact", query=query, headers=headers)


@pytest.fixture
def filled(server: Server, run: str) -> str:
    root = server.artifact_path(run)
    server.put_artifact(f"{root}/a.txt", b"hello")
    server.put_artifact(f"{root}/deep/b.bin", BINARY)
    server.put_artifact(f"{root}/empty", b"")
    return run


def test_a_file_comes_as_an_attachment(server: Server, filled: str) -> None:
    answer = fetch(server, run_id=filled, path="a.txt")
    assert (answer.status, answer.body) == (200, b"hello")
    assert answer.headers["content-type"].split(";")[0] == "text/plain"
    assert answer.headers["content-length"] == "5"
    assert answer.headers["content-disposition"].replace('"', "") == "attachment; filename=a.txt"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["etag"]


def test_a_file_in_a_folder_and_an_empty_one(server: Server, filled: str) -> None:
    assert fetch(server, run_id=filled, path="deep/b.bin").body == BINARY
    empty = fetch(server, run_id=filled, path="empty")
    assert (empty.status, empty.body) == (200, b"")


def test_run_uuid_is_another_word_for_run_id(server: Server, filled: str) -> None:
    assert fetch(server, run_uuid=filled, path="a.txt").body == b"hello"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("x.txt", "text/plain"),
        ("x.json", "text/plain"),
        ("x.yaml", "text/plain"),
        ("x.py", "text/plain"),
        ("x.csv", "text/plain"),
        ("x.md", "text/plain"),
        ("x.log", "text/plain"),
        ("x.js", "text/plain"),
        ("x.xml", "text/plain"),
        ("x.conf", "text/plain"),
        ("x.ipynb", "text/plain"),
        ("MLmodel", "text/plain"),
        ("x.png", "image/png"),
        ("x.pdf", "application/pdf"),
        ("x.unknown", "application/octet-stream"),
        ("noextension", "application/octet-stream"),
    ],
)
def test_text_of_all_kinds_is_told_as_plain_text(server: Server, run: str, name: str, kind: str) -> None:
    server.put_artifact(f"{server.artifact_path(run)}/{name}", b"x")
    assert fetch(server, run_id=run, path=name).headers["content-type"].split(";")[0] == kind


@pytest.mark.parametrize("name", ["x.html", "x.svg", "x.xhtml", "x.js", "x.pdf"])
def test_what_a_browser_would_run_stays_an_attachment(server: Server, run: str, name: str) -> None:
    server.put_artifact(f"{server.artifact_path(run)}/{name}", b"<script>alert(1)</script>")
    answer = fetch(server, run_id=run, path=name)
    assert answer.body == b"<script>alert(1)</script>"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_name_outside_of_ascii_is_told_encoded(server: Server, run: str) -> None:
    server.put_artifact(f"{server.artifact_path(run)}/軌 跡.txt", b"x")
    answer = fetch(server, run_id=run, path="軌 跡.txt")
    assert answer.body == b"x"
    assert "filename*=UTF-8''%E8%BB%8C%20%E8%B7%A1.txt".lower() in answer.headers["content-disposition"].lower()


# --- ranges, HEAD, conditions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "start", "stop"), [("bytes=1-2", 1, 3), ("bytes=0-0", 0, 1), ("bytes=1000-", 1000, 1280)]
)
def test_a_part_of_a_file(server: Server, filled: str, asked: str, start: int, stop: int) -> None:
    answer = fetch(server, run_id=filled, path="deep/b.bin", headers={"Range": asked})
    assert (answer.status, answer.body) == (206, BINARY[start:stop])
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/1280"
    assert answer.headers["content-length"] == str(stop - start)


def test_a_part_beyond_the_end_is_not_satisfiable(server: Server, filled: str) -> None:
    answer = fetch(server, run_id=filled, path="a.txt", headers={"Range": "bytes=100-"})
    assert answer.status == 416
    assert answer.headers["content-range"] == "bytes */5"


def test_head_tells_what_get_would(server: Server, filled: str) -> None:
    answer = fetch(server, method="HEAD", run_id=filled, path="a.txt")
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "5")


def test_an_unchanged_file_is_not_sent_again(server: Server, filled: str) -> None:
    tag = fetch(server, run_id=filled, path="a.txt").headers["etag"]
    again = fetch(server, run_id=filled, path="a.txt", headers={"If-None-Match": tag})
    assert (again.status, again.body) == (304, b"")
    server.put_artifact(f"{server.artifact_path(filled)}/a.txt", b"changed!")
    changed = fetch(server, run_id=filled, path="a.txt", headers={"If-None-Match": tag})
    assert (changed.status, changed.body) == (200, b"changed!")
    assert changed.headers["etag"] != tag


# --- mistakes ---------------------------------------------------------------------------------------------------------


def test_a_missing_file_is_not_found(server: Server, filled: str) -> None:
    fetch(server, run_id=filled, path="nothing").refused(MISSING, "No such artifact", "nothing")
    fetch(server, run_id=filled, path="deep/nothing").refused(MISSING, "No such artifact", "deep/nothing")


@pytest.mark.parametrize("path", ["deep", ""])
def test_a_folder_is_no_file(server: Server, filled: str, path: str) -> None:
    fetch(server, run_id=filled, path=path).refused(INVALID)


@pytest.mark.parametrize(
    "path", ["../x", "..", "/etc/passwd", "deep/../a.txt", "%2e%2e/x", "%252e%252e/x", "file:///etc/passwd"]
)
def test_paths_that_lead_elsewhere_are_refused(server: Server, filled: str, path: str) -> None:
    fetch(server, run_id=filled, path=path).refused(INVALID, "Invalid path")


def test_an_unknown_run_is_not_found(server: Server) -> None:
    fetch(server, run_id="nope", path="a.txt").refused(MISSING, "Run with id=nope not found")


@pytest.mark.differs(reason="MLflow answers in HTML")
def test_the_path_is_required(server: Server, filled: str) -> None:
    fetch(server, run_id=filled).refused(INVALID, "path")
    fetch(server).rejected()


@pytest.mark.differs(reason="MLflow looks for a run of the name None")
def test_the_run_is_required(server: Server) -> None:
    fetch(server, path="a.txt").refused(INVALID, "run_id")
