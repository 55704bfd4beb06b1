"""Rows 10-13, 17, 18 and 22 of the faults: whom a server on a user's machine believes."""

from __future__ import annotations

import itertools
import json
from typing import Any
from urllib.parse import quote

import pytest

from kiseki.asgi.body import MAX_JSON_BYTES
from kiseki.wire.routes import ENDPOINTS
from tests.faults.server import NATIVE, Target, filled, head, of_body
from tests.wire.server import API, PROXY

JSON = "application/json"
OPEN = ("/health", "/ready", "/version")
"""What a load balancer asks, by whatever name it knows the server."""
EVERY_PATH = sorted({filled(path, "some/path") for endpoint in ENDPOINTS for path in endpoint.paths})


def state(server: Target) -> Any:
    """All experiments and artifacts."""
    found = server.post("experiments/search", max_results=50_000, view_type="ALL").ok()
    return found, sorted(str(path) for path in server.artifacts.rglob("*")) if server.artifacts.exists() else []


def create(name: str) -> bytes:
    return json.dumps({"name": name}).encode()


# --- row 10 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        *(
            "evil.example",
            "10.evil.example",
            "192.168.evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
        ),
        *(
            "127.0.0.1:x.evil",
            "[::1]evil",
            "[::1]evil:80",
            "localhost.",
            "localhost:5000@evil.example",
            "evil@localhost",
        ),
        *("127.0.0.1:", "localhost:99999999", "127.0.0.1:80:80", "[::1", "::1", "[127.0.0.1]", "[localhost]"),
        *("127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.1%00.evil", "127.0.0.1/evil", "127.0.0.1\\evil"),
        *("8.8.8.8", "[2001:4860:4860::8888]", "localhost evil", "", " ", "*", "\xe9.example"),
        *(
            "http://localhost",
            "localhost,evil.example",
            "localhost#evil",
            "localhost?evil",
            "１２７.0.0.1".encode().decode("latin-1"),
        ),
    ],
)
def test_row_10_other_hosts_are_refused(server: Target, host: str) -> None:
    before = state(server)
    body = create("by-host")
    sent = head("POST", f"{API}experiments/create", f"Content-Type: {JSON}", f"Content-Length: {len(body)}", host=host)
    (answer,) = server.send(sent + body)
    assert answer.status in (400, 403), answer
    (answer,) = server.send(head("GET", f"{API}experiments/search?max_results=1", host=host))
    assert answer.status in (400, 403), answer
    assert b"experiments" not in answer.body
    assert state(server) == before


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"])
def test_row_10_no_host_and_two_hosts_are_refused(server: Target, method: str) -> None:
    for headers in ((), ("Host: localhost", "Host: evil.example"), ("Host: localhost", "Host: localhost")):
        (answer,) = server.send(head(method, f"{API}experiments/search?max_results=1", *headers, host=None))
        assert answer.status in (400, 403), answer
    (answer,) = server.send(f"GET {API}experiments/search?max_results=1 HTTP/1.0\r\n\r\n".encode())
    assert answer.status in (400, 403), answer


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "LocalHost:5000", "127.0.0.1", "127.0.0.1:1", "127.8.8.8", "[::1]", "[::1]:5000"]
)
def test_row_10_loopback_hosts_are_served(server: Target, host: str) -> None:
    (answer,) = server.send(head("GET", f"{API}experiments/search?max_results=1", host=host))
    assert answer.status == 200


def test_row_10_every_path_but_three_asks_for_the_host(server: Target) -> None:
    for path in EVERY_PATH:
        (answer,) = server.send(head("GET", path, host="evil.example"))
        assert answer.status == (200 if path in OPEN else 403), path


# --- row 11 -----------------------------------------------------------------------------------------------------------


ORIGINS = [
    ["Origin: http://evil.example"],
    ["Origin: null"],
    ["Origin: http://localhost:1"],
    ["Origin: http://127.0.0.1.evil.example"],
    ["Origin: file://"],
    ["Origin: http://evil@127.0.0.1"],
    ["Origin: "],
    ["Sec-Fetch-Site: cross-site"],
    ["Sec-Fetch-Site: Cross-Site"],
    ["Sec-Fetch-Site: anything"],
]


@pytest.mark.parametrize("headers", ORIGINS, ids=lambda headers: headers[0])
def test_row_11_no_route_takes_a_write_of_another_origin(server: Target, headers: list[str]) -> None:
    before = state(server)
    for path in EVERY_PATH:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            body = create("cross-origin")
            sent = head(method, path, *headers, f"Content-Type: {JSON}", f"Content-Length: {len(body)}")
            (answer,) = server.send(sent + body)
            if path in OPEN:
                assert answer.status == 405, (method, path, answer)
            else:
                assert answer.status == 403, (method, path, answer)
                assert answer.json()["error_code"] == "PERMISSION_DENIED"
    assert state(server) == before


def test_row_11_the_same_origin_may_write(server: Target) -> None:
    origin = f"127.0.0.1:{server.port}"
    for headers in ({"Origin": f"http://{origin}"}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}):
        answer = server.request(
            "POST",
            f"{API}experiments/create",
            json={"name": server.unique("origin")},
            headers={"Host": origin, **headers},
        )
        assert answer.status == 200, answer


# --- row 12 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "",
        "text/plain",
        "text/plain;application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=application/json",
        "text/plain; x=application/json",
        "application/json+x",
        "application/jsonx",
        "text/json",
        "application/x-json",
        "*/*",
    ],
)
def test_row_12_only_json_is_read_as_json(server: Target, kind: str | None) -> None:
    before = state(server)
    for endpoint in ENDPOINTS:
        for method, path in itertools.product(of_body(endpoint), endpoint.paths):
            body = json.dumps({"name": "by-type", "path": "x", "series": [], "max_results": 1}).encode()
            headers = [f"Content-Length: {len(body)}", *([] if kind is None else [f"Content-Type: {kind}"])]
            (answer,) = server.send(head(method, filled(path, "path"), *headers) + body)
            assert answer.status in (400, 415), (path, answer)
            assert "Content-Type" in answer.json()["message"], (path, answer)
    assert state(server) == before


@pytest.mark.parametrize("kind", [JSON, "application/JSON", "application/json; charset=utf-8", "application/json ; x"])
def test_row_12_json_is_read_in_every_spelling(server: Target, kind: str) -> None:
    body = json.dumps({"max_results": 1}).encode()
    answer = server.request("POST", f"{API}experiments/search", body=body, headers={"Content-Type": kind})
    assert answer.status == 200


# --- row 13 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "*", "http://localhost:1"])
def test_row_13_a_preflight_of_an_unlisted_origin_allows_nothing(server: Target, origin: str) -> None:
    for path in EVERY_PATH:
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        for method in ("OPTIONS", "GET", "POST"):
            answer = server.request(method, path, headers=headers)
            assert [name for name in answer.headers if name.startswith("access-control")] == [], (method, path, answer)


def test_row_13_listed_origins_get_credentials_and_a_star_does_not(tmp_path_factory: pytest.TempPathFactory) -> None:
    listed = "http://app.example:8080"
    folder = tmp_path_factory.mktemp("cors")
    with Target(
        folder, options=("--cors-allowed-origins", f"{listed},*", "--allowed-hosts", "other.example")
    ) as server:
        for origin, credentials in ((listed, "true"), ("http://evil.example", None)):
            for method in ("OPTIONS", "GET"):
                answer = server.request(
                    method, f"{API}experiments/search", query={"max_results": 1}, headers={"Origin": origin}
                )
                assert answer.headers["access-control-allow-origin"] == (origin if credentials else "*")
                assert answer.headers.get("access-control-allow-credentials") == credentials
            error = server.request("GET", f"{API}runs/get", query={"run_id": "x"}, headers={"Origin": origin})
            assert (error.status, "access-control-allow-origin" in error.headers) == (404, True)
        assert server.request("GET", "/", headers={"Host": "other.example:1234"}).status == 200
        assert server.request("GET", "/", headers={"Host": "another.example"}).status == 403
        server.check()


# --- row 17 -----------------------------------------------------------------------------------------------------------

SECOND = (
    head("POST", f"{API}experiments/create", f"Content-Type: {JSON}", "Content-Length: 20") + b'{"name": "smuggled"}'
)
POST = f"POST {API}experiments/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: {JSON}\r\n".encode()
BODY = b'{"max_results": 1}'


@pytest.mark.parametrize(
    "sent",
    [
        POST + b"Content-Length: 18\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SECOND,
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + SECOND,
        POST + b"Content-Length: 18\r\nContent-Length: 5\r\n\r\n" + BODY + SECOND,
        POST + b"Content-Length: 18\r\nContent-Length: 18\r\n\r\n" + BODY + SECOND,
        POST + b"Content-Length: 18, 5\r\n\r\n" + BODY + SECOND,
        POST + b"Content-Length: +18\r\n\r\n" + BODY + SECOND,
        POST + b"Content-Length: 0x12\r\n\r\n" + BODY + SECOND,
        POST + b"Content-Length: -1\r\n\r\n" + BODY + SECOND,
        POST + b"Content-Length: 99999999999999999999999\r\n\r\n" + BODY + SECOND,
        POST + b"Content-Length : 18\r\n\r\n" + BODY + SECOND,
        POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SECOND,
        POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + SECOND,
        POST + b"Transfer-Encoding: identity, chunked, chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n" + SECOND,
        POST + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n" + SECOND,
        POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + SECOND,
        POST + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n\r\n" + SECOND,
        POST + b"Transfer-Encoding: chunked\r\n\r\n5;\nx\r\nhello\r\n0\r\n\r\n" + SECOND,
        POST + b"X-Folded: a\r\n b\r\nContent-Length: 18\r\n\r\n" + BODY + SECOND,
        POST + b"Bad Name: a\r\nContent-Length: 18\r\n\r\n" + BODY + SECOND,
        POST + b"X: a\0b\r\nContent-Length: 18\r\n\r\n" + BODY + SECOND,
        POST + b"X: a\rContent-Length: 0\r\nContent-Length: 18\r\n\r\n" + BODY + SECOND,
        POST.replace(b"\r\n", b"\n") + b"Content-Length: 18\n\n" + BODY + SECOND,
        b" " + POST + b"Content-Length: 18\r\n\r\n" + BODY + SECOND,
        POST.replace(b"HTTP/1.1", b"HTTP/9.9") + b"Content-Length: 18\r\n\r\n" + BODY + SECOND,
        b"GET /he\0alth HTTP/1.1\r\nHost: localhost\r\n\r\n" + SECOND,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(300),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + SECOND,
    ],
    ids=lambda sent: repr(sent[-len(SECOND) - 60 : -len(SECOND)]),
)
def test_row_17_an_ambiguous_request_is_refused_and_the_connection_closed(server: Target, sent: bytes) -> None:
    with server.connect() as connection:
        answers = server.exchange(connection, [sent])
        assert [answer.status for answer in answers] in ([400], [415]), answers
        assert server.is_closed(connection)
    assert server.get("experiments/get-by-name", experiment_name="smuggled").status == 404


def test_row_17_bodies_in_chunks_are_read(server: Target) -> None:
    sent = (
        POST
        + b"Transfer-Encoding: chunked\r\n\r\n8\r\n"
        + BODY[:8]
        + b"\r\na;x=y\r\n"
        + BODY[8:]
        + b"\r\n0\r\nX: y\r\n\r\n"
    )
    (answer,) = server.send(sent)
    assert answer.status == 200


@pytest.mark.parametrize(
    "headers",
    [
        [f"X-{i}: x" for i in range(10_000)],
        [f"X: {'x' * 100_000}"],
        [f"{'X' * 100_000}: x"],
        [f"X-{i}: {'x' * 1_000}" for i in range(200)],
        ["Cookie: " + "x" * 10_000_000],
    ],
    ids=["many", "long value", "long name", "large", "very long value"],
)
def test_row_17_too_many_headers_are_refused(server: Target, headers: list[str]) -> None:
    with server.memory_within(40), server.connect() as connection:
        answers = server.exchange(
            connection, [head("GET", f"{API}experiments/search?max_results=1", *headers, close=False)]
        )
        assert [answer.status for answer in answers] == [400]
        assert server.is_closed(connection)


def test_row_17_a_head_without_end_is_cut(server: Target) -> None:
    line = b"X: " + b"x" * 65_000 + b"\r\n"
    with server.memory_within(20), server.connect() as connection:
        answers = server.exchange(connection, [b"GET /health HTTP/1.1\r\nHost: localhost\r\n", *[line] * 2_000])
        assert [answer.status for answer in answers] in ([400], [])
        assert server.is_closed(connection)
    with server.memory_within(20), server.connect() as connection:
        server.exchange(connection, [b"GET /", *[b"x" * 65_536] * 2_000])
        assert server.is_closed(connection)


def test_row_17_a_long_url_is_no_failure(server: Target) -> None:
    for path in ("/" + "x" * 60_000, f"{API}runs/get?run_id=" + "x" * 60_000, f"{PROXY}/" + "x/" * 30_000):
        (answer,) = server.send(head("GET", path))
        assert answer.status in (400, 404)
        assert len(answer.body) < 2_000


def test_row_17_requests_on_one_connection_are_answered_in_order(server: Target) -> None:
    parts = [head("GET", f"{API}experiments/get?experiment_id={i}", close=False) for i in (0, 99999)] * 10
    answers = server.send(*parts, head("GET", "/health"))
    assert [answer.status for answer in answers] == [200, 404] * 10 + [200]


# --- row 18 -----------------------------------------------------------------------------------------------------------


def test_row_18_what_proxies_add_is_ignored(server: Target) -> None:
    run = server.new_run(server.new_experiment())
    headers = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "1.2.3.4",
        "X-Forwarded-Prefix": "/evil",
        "Forwarded": "host=evil.example;proto=https",
        "X-Original-URL": f"{API}runs/delete",
        "X-Rewrite-URL": f"{API}runs/delete",
        "X-HTTP-Method-Override": "DELETE",
        "X-Method-Override": "DELETE",
        "X-HTTP-Method": "DELETE",
    }
    answer = server.request("GET", f"{API}runs/get", query={"run_id": run}, headers=headers)
    assert answer.ok()["run"]["info"]["run_id"] == run
    created = server.request(
        "POST",
        "/api/2.0/mlflow-artifacts/mpu/create/folder",
        json={"path": "folder/x", "num_parts": 1},
        headers=headers,
    ).ok()
    assert created["credentials"][0]["url"].startswith(f"http://127.0.0.1:{server.port}{NATIVE}")
    server.put_artifact("kept", b"x")
    for method in ("GET", "POST"):
        server.request(method, f"{PROXY}/kept?_method=DELETE", headers=headers)
    assert server.request("GET", f"{PROXY}/kept").body == b"x"
    page = server.request("GET", "/", headers=headers)
    assert b"evil" not in page.body
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


# --- row 22 -----------------------------------------------------------------------------------------------------------

HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "\u202e\u0000\x1b[2J", "x\r\nSet-Cookie: a=b"]


@pytest.mark.parametrize("text", HOSTILE)
def test_row_22_errors_are_json_whatever_they_repeat(server: Target, text: str) -> None:
    answers = [
        server.get("runs/get", run_id=text),
        server.get("experiments/get", experiment_id=text),
        server.get("experiments/get-by-name", experiment_name=text),
        server.post("runs/set-tag", run_id=text, key=text, value=text),
        server.post("runs/search", experiment_ids=["0"], filter=text),
        server.post("runs/search", experiment_ids=["0"], order_by=[text], page_token=text),
        server.request("GET", f"{PROXY}/{quote(text)}"),
        server.request("GET", f"/{quote(text)}"),
        server.request("GET", "/get-artifact", query={"run_id": text, "path": text}),
        server.request("POST", f"{API}runs/log-batch", body=text.encode(), headers={"Content-Type": JSON}),
    ]
    for answer in answers:
        answer.rejected()
        assert answer.headers["content-type"] == JSON
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers
        assert answer.json().keys() <= {"error_code", "message", "position"}


def test_the_limit_of_bodies_is_the_one_that_is_tested() -> None:
    assert MAX_JSON_BYTES == 64 * 2**20
