"""Whom `Guard` lets in, as tables; tests/faults/test_network_trust.py asks a running server."""

from __future__ import annotations

import pytest

from kiseki.asgi.security import MAX_HEADER_BYTES, MAX_HEADERS, Guard, Headers
from kiseki.base.errors import BadRequest, KisekiError, PermissionDenied

PATH = "/api/2.0/mlflow/runs/create"


def guard(hosts: tuple[str, ...] = (), origins: tuple[str, ...] = (), frames: str = "SAMEORIGIN") -> Guard:
    return Guard(hosts, origins, frames)


def outcome(one: Guard, method: str = "POST", path: str = PATH, **headers: str) -> type[KisekiError] | None:
    sent: Headers = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    try:
        one.check(method, path, sent)
    except KisekiError as error:
        return type(error)
    return None


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "LOCALHOST", "localhost:5000", "127.0.0.1", "127.0.0.1:65535", "127.1.2.3", "[::1]", "[::1]:80", "0.0.0.0:5000"),
        *("10.0.0.1", "10.255.255.255:5000", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.1.1", "[fc00::1]", "[fd12::1]:9", "[fe80::1]"),
    ],
)  # fmt: skip
def test_hosts_of_this_machine_and_its_network_are_served(host: str) -> None:
    assert guard().host_allowed(host)


@pytest.mark.parametrize(
    "host",
    [
        *("", " ", ":", ":5000", "evil.example", "localhost.evil.example", "evil-localhost", "localhost.", "127.0.0.1."),
        *("10.0.0.1.evil.example", "192.168.evil.example", "10.evil.example", "127.0.0.1:x", "127.0.0.1:123456", "127.0.0.1:-1", "127.0.0.1:"),
        *("8.8.8.8", "11.0.0.1", "172.15.0.1", "172.32.0.1", "192.167.1.1", "192.169.1.1", "100.64.0.1", "[2001:db8::1]", "[::]x", "[::1", "::1"),
        *("[127.0.0.1]", "[localhost]", "[]", "[::1]:", "[::1]:x", "[::1]80", "[[::1]]", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.0.0.01"),
        *("a@localhost", "localhost@evil", "localhost/x", "localhost?x", "localhost#x", "localhost\\x", "localhost evil", "localhost,evil", "*"),
        *("localhost\x00", "localhost%00", "\xe9", "xn--localhost", "１２７.0.0.1", "[::ffff:8.8.8.8]", "[64:ff9b::7f00:1]"),
    ],
)  # fmt: skip
def test_other_hosts_are_refused(host: str) -> None:
    assert not guard().host_allowed(host)
    assert not guard(("good.example",)).host_allowed(host)


@pytest.mark.parametrize(
    ("allowed", "host", "expected"),
    [
        ("good.example", "good.example", True),
        ("good.example", "GOOD.example:8080", True),
        ("good.example", "good.example:x", False),
        ("good.example", "sub.good.example", False),
        ("good.example", "good.example.evil", False),
        ("good.example", "evilgood.example", False),
        ("good.example:8080", "good.example:8080", True),
        ("good.example:8080", "good.example:8081", False),
        ("good.example:8080", "good.example", False),
        (" Good.Example ", "good.example", True),
        ("*.example", "good.example", False),
        ("*", "anything.example:1", True),
        ("", "good.example", False),
    ],
)
def test_allowed_hosts_are_exact(allowed: str, host: str, expected: bool) -> None:
    assert guard((allowed,)).host_allowed(host) is expected


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "TRACE"])
def test_every_method_asks_for_the_host(method: str) -> None:
    assert outcome(guard(), method) is PermissionDenied
    assert outcome(guard(), method, host="evil.example") is PermissionDenied
    assert outcome(guard(), method, host="localhost") is None


def test_two_hosts_are_refused() -> None:
    for values in ((b"localhost", b"localhost"), (b"localhost", b"evil"), (b"evil", b"localhost")):
        with pytest.raises(BadRequest, match="two Host"):
            guard().check("GET", PATH, [(b"host", value) for value in values])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/health", None),
        ("/ready", None),
        ("/version", None),
        ("/metrics", PermissionDenied),
        ("/health/", PermissionDenied),
        ("//health", PermissionDenied),
    ],
)
def test_three_paths_are_open_to_all(path: str, expected: type[KisekiError] | None) -> None:
    assert outcome(guard(), "GET", path, host="evil.example") is expected
    assert outcome(guard(), "GET", path) is expected


ORIGINS = [
    ("http://localhost:5000", None),
    ("https://localhost:5000", None),
    ("HTTP://LOCALHOST:5000", None),
    ("http://localhost", PermissionDenied),
    ("http://localhost:5001", PermissionDenied),
    ("http://127.0.0.1:5000", PermissionDenied),
    ("http://localhost:5000.evil.example", PermissionDenied),
    ("http://localhost:5000/", PermissionDenied),
    ("http://localhost:5000/path", PermissionDenied),
    ("http://localhost:5000?x", PermissionDenied),
    ("http://evil@localhost:5000", PermissionDenied),
    ("ftp://localhost:5000", PermissionDenied),
    ("//localhost:5000", PermissionDenied),
    ("localhost:5000", PermissionDenied),
    ("http://evil.example", PermissionDenied),
    ("null", PermissionDenied),
    ("", PermissionDenied),
    ("file://", PermissionDenied),
    ("http://[", PermissionDenied),
    ("http://[::1", PermissionDenied),
    ("*", PermissionDenied),
    ("\xff", PermissionDenied),
]


@pytest.mark.parametrize(("origin", "expected"), ORIGINS)
def test_pages_of_other_origins_may_not_write(origin: str, expected: type[KisekiError] | None) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "WHATEVER"):
        assert outcome(guard(), method, host="localhost:5000", origin=origin) is expected
    for method in ("GET", "HEAD", "OPTIONS"):
        assert outcome(guard(), method, host="localhost:5000", origin=origin) is None


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        ("same-origin", None),
        ("same-site", None),
        ("none", None),
        ("cross-site", PermissionDenied),
        ("", PermissionDenied),
        ("x", PermissionDenied),
    ],
)
def test_without_an_origin_the_site_decides(site: str, expected: type[KisekiError] | None) -> None:
    assert outcome(guard(), host="localhost", sec_fetch_site=site) is expected
    assert outcome(guard(), "GET", host="localhost", sec_fetch_site=site) is None


def test_programs_send_neither() -> None:
    assert outcome(guard(), host="localhost") is None


@pytest.mark.parametrize(
    ("allowed", "origin", "expected"),
    [
        ("https://app.example", "https://app.example", None),
        ("https://app.example/", "https://APP.example", None),
        ("https://app.example", "http://app.example", PermissionDenied),
        ("https://app.example", "https://app.example:8443", PermissionDenied),
        ("https://app.example", "https://app.example.evil", PermissionDenied),
        ("*", "https://anything.example", None),
        ("*", "null", None),
    ],
)
def test_allowed_origins_are_exact(allowed: str, origin: str, expected: type[KisekiError] | None) -> None:
    assert outcome(guard(origins=(allowed,)), host="localhost", origin=origin) is expected


def test_cors_headers_never_give_credentials_to_any_origin() -> None:
    def cors(origins: tuple[str, ...], origin: str | None) -> dict[bytes, bytes]:
        sent = [] if origin is None else [(b"origin", origin.encode())]
        return dict(guard(origins=origins).cors_headers(sent))

    listed = {
        b"access-control-allow-origin": b"https://a.example",
        b"access-control-allow-credentials": b"true",
        b"vary": b"Origin",
    }
    assert cors((), "https://a.example") == {}
    assert cors(("https://a.example",), None) == {}
    assert cors(("https://a.example",), "https://b.example") == {}
    assert cors(("https://a.example",), "https://a.example") == listed
    assert cors(("*",), "https://a.example") == {b"access-control-allow-origin": b"*"}
    assert cors(("*", "https://a.example"), "https://a.example") == listed
    assert cors(("*", "https://a.example"), "https://b.example") == {b"access-control-allow-origin": b"*"}


def test_headers_have_limits() -> None:
    few: Headers = [(b"host", b"localhost")]
    guard().check("GET", PATH, few + [(b"x", b"y")] * (MAX_HEADERS - 1))
    guard().check("GET", PATH, [*few, (b"x", b"y" * (MAX_HEADER_BYTES - 100))])
    for many in ([(b"x", b"y")] * MAX_HEADERS, [(b"x", b"y" * MAX_HEADER_BYTES)], [(b"x" * MAX_HEADER_BYTES, b"")]):
        for path in (PATH, "/health"):
            with pytest.raises(BadRequest, match="headers"):
                guard().check("GET", path, few + many)


@pytest.mark.parametrize(
    ("frames", "expected"), [("SAMEORIGIN", b"SAMEORIGIN"), ("DENY", b"DENY"), ("NONE", None), ("none", None)]
)
def test_headers_of_all_responses(frames: str, expected: bytes | None) -> None:
    headers = dict(guard(frames=frames).response_headers)
    assert headers.pop(b"x-frame-options", None) == expected
    assert headers == {
        b"x-content-type-options": b"nosniff",
        b"referrer-policy": b"same-origin",
        b"cross-origin-opener-policy": b"same-origin",
    }
