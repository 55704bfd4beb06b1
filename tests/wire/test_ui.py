"""The web UI's paths on a running server, whether the UI is built or not; tests/unit/server/test_ui.py has the rest."""

from __future__ import annotations

import pytest

from tests.wire.server import MISSING, Server

pytestmark = pytest.mark.differs(reason="the UI is kiseki's own")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/experiments",
        "/experiments/1",
        "/runs/x/artifacts/a",
        "/compare?runs=1,2",
        "/settings",
        "/models",
        "/models/m",
    ],
)
def test_pages(server: Server, path: str) -> None:
    get, head = server.request("GET", path), server.request("HEAD", path)
    assert (get.status, get.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert get.body.lower().startswith(b"<!doctype html>")
    policy = get.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert policy.endswith("; frame-ancestors 'none'")
    assert "unsafe" not in policy
    assert b"__KISEKI" not in get.body
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(get.body)))


def test_what_the_ui_does_not_have_is_told_in_json(server: Server) -> None:
    server.request("GET", "/assets/none-12345678.js").refused(MISSING, "none-12345678.js")
    server.request("GET", "/assets/..%2f..%2fapp.py").refused(MISSING)
    server.request("GET", "/assets/../../app.py").refused(MISSING)
    server.request("GET", "/nothing").refused("ENDPOINT_NOT_FOUND")


def test_a_browser_that_asks_for_what_there_is_not_gets_a_page_that_says_so(server: Server) -> None:
    answer = server.request("GET", "/nothing/here", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (answer.status, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; ")
    assert answer.headers["x-content-type-options"] == "nosniff"
    # A program, and whatever asks the API, gets JSON.
    for path, accept in (("/nothing/here", "*/*"), ("/api/2.0/mlflow/nothing", "text/html")):
        server.request("GET", path, headers={"Accept": accept}).refused("ENDPOINT_NOT_FOUND")
    server.request("POST", "/nothing/here", headers={"Accept": "text/html"}).refused("ENDPOINT_NOT_FOUND")
