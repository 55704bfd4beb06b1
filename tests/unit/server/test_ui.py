"""The web UI as the server gives it out: the page, its policy, its assets, and nothing else of the disk."""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from kiseki.server.site import STATIC, Site, accepted_encodings
from tests.unit.server.asgi import Local

PAGES = ["/", "/experiments", "/experiments/1,2", "/experiments/1/charts", "/runs/abc", "/runs/abc/artifacts/a/b.png"]
PAGES += ["/compare", "/settings", "/models", "/models/m/versions/1"]
INDEX = """<!doctype html><html lang="en"><head><base href="__KISEKI_BASE__">
<meta name="nonce" content="__KISEKI_NONCE__"><script type="module" src="assets/index-1a2b.js"></script></head></html>"""
SCRIPT = b"export const answer = 42\n" * 100


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """A build of the UI."""
    folder = tmp_path / "static"
    (folder / "assets" / "fonts").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "assets" / "index-1a2b.js").write_bytes(SCRIPT)
    (folder / "assets" / "index-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT))
    (folder / "assets" / "index-3c4d.css").write_text("body{}")
    (folder / "assets" / "fonts" / "a.woff2").write_bytes(b"font")
    (folder / "assets" / ".hidden").write_text("secret")
    (tmp_path / "secret.js").write_text("secret")
    (folder / "assets" / "link.js").symlink_to(tmp_path / "secret.js")
    (folder / "assets" / "within.js").symlink_to(folder / "assets" / "index-1a2b.js")
    return folder


@pytest.fixture
def app(tmp_path: Path, static: Path) -> Iterator[Local]:
    local = Local(tmp_path, static)
    yield local
    local.close()


def started(tmp_path: Path, static: Path, **settings: Any) -> Iterator[Local]:
    local = Local(tmp_path, static, **settings)
    yield local
    local.close()


# --- the page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_the_page_is_the_same_under_all_its_paths(app: Local, path: str) -> None:
    answer = app.request("GET", path)
    nonce = re.search(r"'nonce-([^']+)'", answer.headers["content-security-policy"])
    assert nonce is not None
    assert answer.status == 200
    assert answer.body.decode() == INDEX.replace("__KISEKI_BASE__", "/").replace("__KISEKI_NONCE__", nonce[1])
    assert {
        name: answer.headers[name]
        for name in answer.headers
        if name not in ("content-security-policy", "date", "x-request-id")
    } == {
        "content-type": "text/html; charset=utf-8",
        "content-length": str(len(answer.body)),
        "cache-control": "no-cache",
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "x-frame-options": "SAMEORIGIN",
    }


def test_the_policy(app: Local) -> None:
    policy = app.request("GET", "/").headers["content-security-policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    nonce = directives["style-src"].split()[1]
    assert re.fullmatch(r"'nonce-[A-Za-z0-9_-]{22}'", nonce)
    assert directives == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": f"'self' {nonce}",
        "img-src": "'self' data: blob:",
        "media-src": "'self' blob:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "frame-src": "'self' blob: data:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


def test_a_nonce_is_used_once(app: Local) -> None:
    policies = {app.request("GET", "/").headers["content-security-policy"] for _ in range(20)}
    assert len(policies) == 20


def test_who_turned_x_frame_options_off_may_frame_the_page(tmp_path: Path, static: Path) -> None:
    for local in started(tmp_path, static, x_frame_options="NONE"):
        assert "frame-ancestors" not in local.request("GET", "/").headers["content-security-policy"]


@pytest.mark.parametrize(("prefix", "base"), [("", "/"), ("/kiseki", "/kiseki/"), ('/a"<b>', "/a&quot;&lt;b&gt;/")])
def test_the_base_is_the_prefix(tmp_path: Path, static: Path, prefix: str, base: str) -> None:
    for local in started(tmp_path, static, static_prefix=prefix):
        for path in {"/", f"{prefix}/", prefix or "/", f"{prefix}/runs/abc"}:
            assert f'<base href="{base}">' in local.request("GET", path).body.decode()
        assert local.request("GET", f"{prefix}/assets/index-3c4d.css").body == b"body{}"


@pytest.mark.parametrize("path", PAGES)
def test_without_a_build_every_page_says_how_to_make_one(tmp_path: Path, path: str) -> None:
    for local in started(tmp_path, tmp_path / "none", static_prefix="/k"):
        answer = local.request("GET", path)
        text = answer.body.decode()
        assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "make ui" in text
        assert 'set_tracking_uri("http://localhost:5000/k")' in text
        assert 'href="/k/api/kiseki/v1/openapi.json"' in text
        assert "script" not in text
        assert answer.headers["content-security-policy"] == (
            "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )


def test_where_the_build_is_by_default() -> None:
    assert STATIC.parts[-3:] == ("kiseki", "server", "static")


@pytest.mark.parametrize("path", ["/experiments/", "/run/1", "/experiment", "/index.html", "/assets", "/assets/", "/x"])
def test_other_paths_are_not_found(app: Local, path: str) -> None:
    assert app.request("GET", path).status == 404


@pytest.mark.parametrize("path", ["/", "/runs/x", "/assets/index-3c4d.css", "/favicon.svg"])
def test_the_ui_is_only_read_and_only_under_the_servers_name(app: Local, path: str) -> None:
    assert app.request("HEAD", path).status == 200
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert app.request(method, path).status == 405
    assert app.request("GET", path, headers={"host": "evil.example"}).status == 403


# --- assets -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "kind", "body", "kept"),
    [
        ("/assets/index-1a2b.js", "text/javascript; charset=utf-8", SCRIPT, "public, max-age=31536000, immutable"),
        ("/assets/index-3c4d.css", "text/css; charset=utf-8", b"body{}", "public, max-age=31536000, immutable"),
        ("/assets/fonts/a.woff2", "font/woff2", b"font", "public, max-age=31536000, immutable"),
        ("/assets/within.js", "text/javascript; charset=utf-8", SCRIPT, "public, max-age=31536000, immutable"),
        ("/favicon.svg", "image/svg+xml", b"<svg/>", "no-cache"),
    ],
)
def test_assets(app: Local, path: str, kind: str, body: bytes, kept: str) -> None:
    answer = app.request("GET", path)
    assert (answer.status, answer.body) == (200, body)
    assert {
        name: answer.headers[name] for name in ("content-type", "cache-control", "vary", "x-content-type-options")
    } == {
        "content-type": kind,
        "cache-control": kept,
        "vary": "accept-encoding",
        "x-content-type-options": "nosniff",
    }
    assert "content-encoding" not in answer.headers
    again = app.request("GET", path, headers={"if-none-match": f'"x", W/{answer.headers["etag"]}'})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", answer.headers["etag"])
    assert app.request("GET", path, headers={"if-none-match": '"x"'}).status == 200


def test_an_asset_comes_compressed_when_it_may(app: Local, static: Path) -> None:
    path = "/assets/index-1a2b.js"
    plain = app.request("GET", path, headers={"accept-encoding": "identity, gzip;q=0, br"})
    packed = app.request("GET", path, headers={"accept-encoding": "deflate, gzip, br;q=0.5"})
    assert plain.body == SCRIPT
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["content-type"] == plain.headers["content-type"]
    assert gzip.decompress(packed.body) == SCRIPT
    assert packed.headers["etag"] != plain.headers["etag"]
    (static / "assets" / "index-1a2b.js.br").write_bytes(b"packed better")
    best = app.request("GET", path, headers={"accept-encoding": "gzip, br"})
    assert (best.headers["content-encoding"], best.body) == ("br", b"packed better")
    assert app.request("GET", "/assets/index-3c4d.css", headers={"accept-encoding": "gzip"}).body == b"body{}"


def test_an_asset_that_changes_has_another_etag(app: Local, static: Path) -> None:
    before = app.request("GET", "/favicon.svg").headers["etag"]
    (static / "favicon.svg").write_text("<svg> </svg>")
    os.utime(static / "favicon.svg", ns=(1, 1))
    assert app.request("GET", "/favicon.svg").headers["etag"] != before


@pytest.mark.parametrize(
    "name",
    [
        *(
            "../secret.js",
            "..",
            ".",
            "fonts/../../secret.js",
            "fonts/../../../secret.js",
            "/etc/passwd",
            "//etc/passwd",
        ),
        *(
            "..\\secret.js",
            "fonts\\a.woff2",
            "C:/x",
            "link.js",
            ".hidden",
            "fonts",
            "fonts/",
            "none.js",
            "index-1a2b.js/",
        ),
        *("index-1a2b.js\0.css", "index-1a2b.js\n", "%2e%2e/secret.js", "..%2fsecret.js", "é.js", "x" * 5_000),
        *("index-1a2b.js/x", "fonts//a.woff2", "./index-1a2b.js", "index-1a2b.js ", "~root", "a:b", "con"),
    ],
)
def test_nothing_else_is_read(app: Local, name: str) -> None:
    for method in ("GET", "HEAD"):
        answer = app.request(method, f"/assets/{name}")
        assert answer.status == 404
        assert b"secret" not in answer.body or "secret" in name
    assert Site(Path("/nowhere")).asset(f"assets/{name}") is None
    assert app.request("GET", f"/assets/{quote(name)}").status == 404


def test_a_missing_icon_is_not_found(tmp_path: Path) -> None:
    for local in started(tmp_path, tmp_path / "none"):
        local.request("GET", "/favicon.svg").refused("RESOURCE_DOES_NOT_EXIST", "favicon.svg")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", {""}),
        ("gzip", {"gzip"}),
        ("GZIP , br", {"gzip", "br"}),
        ("gzip;q=0, br;q=0.000, zstd;q=0.001, deflate; q=1", {"zstd", "deflate"}),
        ("*", {"*"}),
    ],
)
def test_encodings_that_a_client_takes(header: str, expected: set[str]) -> None:
    assert accepted_encodings(header) == expected
