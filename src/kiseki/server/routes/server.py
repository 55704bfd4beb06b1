"""The endpoints of the server itself."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from kiseki.__about__ import MLFLOW_VERSION, __version__
from kiseki.asgi.exposition import MEDIA_TYPE
from kiseki.base.errors import EndpointNotFound
from kiseki.server import exposition, openapi
from kiseki.server.context import Context
from kiseki.wire import codec
from kiseki.wire.server import ServerInfo


async def health(request: Request, context: Context) -> Response:
    """GET /health."""
    return Response("OK", media_type="text/plain")


async def ready(request: Request, context: Context) -> Response:
    """GET /ready."""
    await context.readiness.check()
    return Response("READY", media_type="text/plain")


async def metrics(request: Request, context: Context) -> Response:
    """GET /metrics."""
    if not context.settings.metrics:
        raise EndpointNotFound("This server was started with --no-metrics, and tells nothing of its work.")
    return Response(exposition.text(context.counts()), headers={"content-type": MEDIA_TYPE})


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


STREAMS: Final = {
    "server.health": health,
    "server.ready": ready,
    "server.metrics": metrics,
    "server.version": version,
    "server.info": info,
    "server.openapi": openapi_,
}
