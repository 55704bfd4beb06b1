"""GET /health and GET /version."""

from __future__ import annotations

import re

import pytest
from packaging.version import Version

from tests.wire.server import Server


def test_health_is_ok(server: Server) -> None:
    answer = server.request("GET", "/health")
    assert (answer.status, answer.body) == (200, b"OK")
    assert answer.headers["content-type"].startswith("text/plain")


def test_version_is_a_bare_version_that_mlflows_client_takes_for_new_enough(server: Server) -> None:
    answer = server.request("GET", "/version")
    assert answer.status == 200
    text = answer.body.decode()
    assert re.fullmatch(r"[0-9][0-9A-Za-z.+]*", text)
    assert Version(text) >= Version("3.4")


@pytest.mark.parametrize("path", ["/health", "/version"])
def test_head_tells_what_get_would(server: Server, path: str) -> None:
    head, get = server.request("HEAD", path), server.request("GET", path)
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(get.body)))


@pytest.mark.parametrize("path", ["/health", "/version"])
def test_they_answer_under_any_name_of_the_host(server: Server, path: str) -> None:
    assert server.request("GET", path, headers={"Host": "load-balancer.example"}).status == 200


@pytest.mark.parametrize("path", ["/health", "/version"])
def test_they_are_only_read(server: Server, path: str) -> None:
    assert server.request("POST", path, json={}).status == 405
