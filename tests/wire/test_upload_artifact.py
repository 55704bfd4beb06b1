"""POST /ajax-api/2.0/mlflow/upload-artifact, by which the UI uploads."""

from __future__ import annotations

import pytest

from tests.wire.server import AJAX, API, INVALID, MISSING, Query, Response, Server

MAX = 10 * 1024 * 1024


def upload(server: Server, query: Query, body: bytes, headers: dict[str, str] | None = None) -> Response:
    return server.request("POST", AJAX + "upload-artifact", query=query, body=body, headers=headers)


def content(server: Server, run: str, path: str) -> Response:
    return server.request("GET", "/get-artifact", query={"run_id": run, "path": path})


@pytest.mark.parametrize("path", ["a.txt", "deep/er/a.txt", "軌 跡.txt"])
@pytest.mark.parametrize("kind", [None, "text/plain", "application/octet-stream"])
def test_the_body_is_the_file(server: Server, run: str, path: str, kind: str | None) -> None:
    body = b"hello \x00\xff"
    answer = upload(server, {"run_uuid": run, "path": path}, body, {"Content-Type": kind} if kind else None)
    assert answer.status == 200
    # MLflow's answer says that it is JSON, and is empty.
    assert answer.body in (b"", b"{}")
    assert content(server, run, path).body == body


def test_a_second_upload_replaces_the_first(server: Server, run: str) -> None:
    for body in (b"first, and longer", b"second"):
        assert upload(server, {"run_uuid": run, "path": "a.txt"}, body).status == 200
    assert content(server, run, "a.txt").body == b"second"


def test_ten_megabytes_at_most(server: Server, run: str) -> None:
    body = bytes(MAX)
    assert upload(server, {"run_uuid": run, "path": "most"}, body).status == 200
    assert content(server, run, "most").body == body
    upload(server, {"run_uuid": run, "path": "more"}, body + b"x").refused(INVALID, "10MB")
    assert content(server, run, "more").status == 404


@pytest.mark.parametrize(
    ("query", "word"), [({}, "run_uuid"), ({"path": "a"}, "run_uuid"), ({"run_uuid": ""}, "run_uuid")]
)
def test_the_run_is_required(server: Server, query: dict[str, str], word: str) -> None:
    upload(server, query, b"x").refused(INVALID, "must specify", word)


def test_the_path_is_required(server: Server, run: str) -> None:
    upload(server, {"run_uuid": run}, b"x").refused(INVALID, "must specify", "path")


def test_a_body_is_required(server: Server, run: str) -> None:
    upload(server, {"run_uuid": run, "path": "a.txt"}, b"").refused(INVALID, "must specify", "data")
    assert content(server, run, "a.txt").status == 404


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", "%2e%2e/x", "file:///x"])
def test_paths_that_lead_elsewhere_are_refused(server: Server, run: str, path: str) -> None:
    upload(server, {"run_uuid": run, "path": path}, b"x").refused(INVALID, "Invalid path")
    assert "files" not in server.get("artifacts/list", run_id=run).ok()


def test_an_unknown_run_is_not_found(server: Server) -> None:
    upload(server, {"run_uuid": "nope", "path": "a.txt"}, b"x").refused(MISSING, "Run with id=nope not found")


@pytest.mark.differs(reason="MLflow answers 500")
def test_a_folder_is_not_replaced_by_a_file(server: Server, run: str) -> None:
    assert upload(server, {"run_uuid": run, "path": "deep/a.txt"}, b"x").status == 200
    upload(server, {"run_uuid": run, "path": "deep"}, b"y").rejected()
    upload(server, {"run_uuid": run, "path": "deep/a.txt/b"}, b"y").rejected()
    assert content(server, run, "deep/a.txt").body == b"x"


@pytest.mark.differs(reason="MLflow writes into a deleted run")
def test_a_deleted_run_takes_no_files(server: Server, run: str) -> None:
    server.post("runs/delete", run_id=run).ok()
    upload(server, {"run_uuid": run, "path": "a.txt"}, b"x").refused(INVALID, "'active'")


def test_it_belongs_to_the_ui_alone(server: Server, run: str) -> None:
    query = {"run_uuid": run, "path": "a.txt"}
    assert server.request("POST", API + "upload-artifact", query=query, body=b"x").status == 404
    assert server.request("GET", AJAX + "upload-artifact", query=query).status == 405
