"""The endpoints of the web UI: one page under many paths, and its assets."""

from __future__ import annotations

import secrets
from html import escape
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from kiseki.__about__ import __version__
from kiseki.base.errors import NotFound
from kiseki.server.context import Context
from kiseki.server.site import accepted_encodings

BASE_PLACE: Final = "__KISEKI_BASE__"
NONCE_PLACE: Final = "__KISEKI_NONCE__"
"""What stands in the built page for what is known only when it is asked for."""

# Blobs and data in frames are previews of artifacts; what they hold obeys the same policy, and so runs no script.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; font-src 'self'; connect-src 'self'; frame-src 'self' blob: data:; object-src 'none'; "
    "base-uri 'self'; form-action 'none'"
)
_START_POLICY: Final = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'"
_NOT_FRAMED: Final = "; frame-ancestors 'none'"
# The name of an asset has the hash of its content.
_FOR_EVER: Final = "public, max-age=31536000, immutable"


async def page(request: Request, context: Context) -> Response:
    """GET a page of the UI; which one it shows, it finds in the path itself."""
    built = await context.thread(context.site.page)
    if built is None:
        return _html(context, _start_page(request, context), _START_POLICY)
    nonce = secrets.token_urlsafe(16)
    base = escape(f"{context.settings.static_prefix}/")
    text = built.replace(BASE_PLACE, base).replace(NONCE_PLACE, nonce)
    return _html(context, text, _POLICY.format(nonce=nonce))


async def missing(request: Request, context: Context) -> Response:
    """A path that there is not: the page says so in the reader's language, and has the way on."""
    response = await page(request, context)
    response.status_code = 404
    return response


async def asset(request: Request, context: Context) -> Response:
    """GET /assets/{path}."""
    return await _file(request, context, f"assets/{request.path_params['path']}", _FOR_EVER)


async def icon(request: Request, context: Context) -> Response:
    """GET /favicon.svg."""
    return await _file(request, context, "favicon.svg", "no-cache")


async def _file(request: Request, context: Context, name: str, kept: str) -> Response:
    encodings = accepted_encodings(request.headers.get("accept-encoding", ""))
    found = await context.thread(lambda: context.site.asset(name, encodings))
    if found is None:
        raise NotFound(f"The web UI has no file {name[:300]!r}. If it is of an older version, reload the page.")
    headers = {
        "content-type": found.media_type,
        "cache-control": kept,
        "etag": found.etag,
        "vary": "accept-encoding",
    }
    if found.encoding:
        headers["content-encoding"] = found.encoding
    if found.etag in [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(found.data, headers=headers)


def _html(context: Context, text: str, policy: str) -> Response:
    # Who turned the older header off wants the page in a frame.
    framed = context.settings.x_frame_options.upper() == "NONE"
    headers = {
        "content-security-policy": policy + ("" if framed else _NOT_FRAMED),
        "cache-control": "no-cache",
    }
    return Response(text, media_type="text/html", headers=headers)


def _start_page(request: Request, context: Context) -> str:
    """What runs here and how to use it, where the UI is not built."""
    prefix = escape(context.settings.static_prefix)
    address = escape(f"{request.scope['scheme']}://{request.headers.get('host', '')}{context.settings.static_prefix}")
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>kiseki</title></head>
<body>
<h1>kiseki 軌跡</h1>
<p>kiseki {escape(__version__)} tracks experiments here. · ここで実験を記録しています。</p>
<pre>import kiseki
kiseki.set_tracking_uri("{address}")
with kiseki.start_run():
    kiseki.log_metric("loss", 0.1)</pre>
<p>On the command line · コマンドライン: <code>kiseki experiments list</code>, <code>kiseki runs list</code>,
<code>kiseki --help</code> (KISEKI_TRACKING_URI={address}).</p>
<p>The web UI is not built: run <code>make ui</code> in the source tree, then reload this page. ·
Web UI はまだビルドされていません。ソースツリーで <code>make ui</code> を実行し、再読み込みしてください。</p>
<p>API: <a href="{prefix}/api/kiseki/v1/openapi.json">OpenAPI</a></p>
</body>
</html>
"""


STREAMS: Final = {
    "ui.home": page,
    "ui.experiments": page,
    "ui.experiment": page,
    "ui.run": page,
    "ui.compare": page,
    "ui.settings": page,
    "ui.models": page,
    "ui.model": page,
    "ui.asset": asset,
    "ui.icon": icon,
}
