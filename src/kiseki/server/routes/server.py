"""The endpoints of the server itself."""

from __future__ import annotations

from html import escape
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from kiseki.__about__ import __version__
from kiseki.server import openapi
from kiseki.server.context import Context
from kiseki.wire import codec
from kiseki.wire.server import ServerInfo

MLFLOW_VERSION: Final = "3.4.0"
"""The version of MLflow whose REST API this server answers; clients compare it to decide what they may ask."""

_PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


async def health(request: Request, context: Context) -> Response:
    """GET /health."""
    return Response("OK", media_type="text/plain")


async def version(request: Request, context: Context) -> Response:
    """GET /version."""
    return Response(MLFLOW_VERSION, media_type="text/plain")


async def info(request: Request, context: Context) -> Response:
    """GET server-info."""
    answer = ServerInfo(kiseki_version=__version__, multipart_uploads_enabled=context.settings.serve_artifacts)
    return Response(codec.encode(answer), media_type="application/json")


async def openapi_(request: Request, context: Context) -> Response:
    """GET openapi.json."""
    return Response(await context.thread(openapi.document), media_type="application/json")


async def index(request: Request, context: Context) -> Response:
    """GET /: what runs here and how to use it."""
    address = escape(f"{request.scope['scheme']}://{request.headers.get('host', '')}{context.settings.static_prefix}")
    page = f"""<!doctype html>
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
<p>API: <a href="api/kiseki/v1/openapi.json">OpenAPI</a></p>
</body>
</html>
"""
    return Response(page, media_type="text/html", headers={"content-security-policy": _PAGE_POLICY})


STREAMS: Final = {
    "server.health": health,
    "server.version": version,
    "server.info": info,
    "server.openapi": openapi_,
    "server.index": index,
}
