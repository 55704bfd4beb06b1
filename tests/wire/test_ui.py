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
