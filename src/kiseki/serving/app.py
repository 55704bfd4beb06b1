"""The ASGI application: the endpoints of a scoring server."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import msgspec

from kiseki.__about__ import MLFLOW_VERSION, __version__
from kiseki.asgi.body import Receive, read_body
from kiseki.asgi.edge import Answer, Edge, JsonResponse, Scope, WholeResponse
from kiseki.asgi.errors import answer
from kiseki.asgi.exchange import Exchange, Send
from kiseki.asgi.exposition import MEDIA_TYPE
from kiseki.asgi.monitor import SHARE_SECONDS
from kiseki.asgi.run import is_loopback
from kiseki.asgi.security import Guard, Headers
from kiseki.base.errors import DeadlineExceeded, EndpointNotFound, MethodNotAllowed, TooManyRequests
from kiseki.models.payload import JSON
from kiseki.serving import exposition
from kiseki.serving.lanes import Lanes
from kiseki.serving.model import Served
from kiseki.serving.monitor import Counts, Monitor
from kiseki.serving.openapi import document
from kiseki.serving.page import Page
from kiseki.serving.scorer import Invocation, Outcome, Scored, Scorer
from kiseki.serving.settings import ServingSettings

log = logging.getLogger("kiseki.serving")

BODIES: Final = 4
"""So many of the longest bodies may be in memory at a time, read or half read."""
LARGE_BYTES: Final = 2**18
"""A longer body is not taken together with others: what it takes to read it is no time for others to wait."""

Endpoint = Callable[[Exchange, Receive, Headers], Awaitable[Answer]]


def create_app(settings: ServingSettings, served: Served) -> App:
    """The application around a loaded model."""
    # A name that only this machine reaches is a name of this machine; where others may call, anything may be its name.
    hosts = settings.allowed_hosts or (() if is_loopback(settings.host) else ("*",))
    guard = Guard(hosts, settings.cors_allowed_origins, "DENY")
    monitor = Monitor(settings.counts_folder)
    return App(settings, served, guard, monitor)


class App:
    """The ASGI application."""

    def __init__(self, settings: ServingSettings, served: Served, guard: Guard, monitor: Monitor) -> None:
        self._settings = settings
        self._served = served
        self._monitor = monitor
        self._edge = Edge(guard, monitor)
        self._scorer = Scorer(
            served.model,
            served.signature,
            batching=settings.batching,
            told=monitor.predicted,
            max_table_bytes=settings.max_body_bytes,
        )
        self._lanes: Lanes[Invocation, Outcome] | None = None
        self._page = Page()
        self._held = 0
        self._document: bytes | None = None
        ping = {"GET": self._ping, "HEAD": self._ping}
        page = {"GET": self._static, "HEAD": self._static}
        self._routes: Mapping[str, Mapping[str, Endpoint]] = {
            "/invocations": {"POST": self._invocations},
            "/ping": ping,
            "/health": ping,
            "/version": {"GET": self._version},
            "/metrics": {"GET": self._metrics},
            "/openapi.json": {"GET": self._openapi},
            **dict.fromkeys(self._page.paths, page),
        }
        # A lane and the event loop hand each request to each other; the default of 5 ms would let one starve the other.
        sys.setswitchinterval(0.0005)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http":
            # No endpoint is a WebSocket; without an answer the server closes it.
            return
        path: str = scope["path"]

        async def respond(exchange: Exchange, receive: Receive) -> Answer:
            methods = self._routes.get(path)
            if methods is None:
                raise EndpointNotFound(
                    f"No endpoint has the path {path[:300]!r}. POST /invocations asks the model; GET /openapi.json "
                    "lists all there are."
                )
            endpoint = methods.get(scope["method"])
            if endpoint is None:
                raise MethodNotAllowed(f"{path} takes {', '.join(sorted(methods))}, not {scope['method']}.")
            exchange.route = path
            return await endpoint(exchange, receive, scope["headers"])

        await self._edge.pass_through(scope, receive, send, path, respond)

    async def _invocations(self, exchange: Exchange, receive: Receive, headers: Headers) -> Answer:
        """POST /invocations."""
        lanes = self._running()
        exchange.unread = True
        try:
            body = await read_body(self._counted(exchange, receive), headers, self._settings.max_body_bytes)
            exchange.unread = False
            invocation = Invocation(
                body=body, content_type=_header(headers, b"content-type"), accept=_header(headers, b"accept")
            )
            together = len(body) <= LARGE_BYTES and self._scorer.joins
            outcome = await lanes.score(invocation, together=together, seconds=self._settings.timeout_seconds)
        except TooManyRequests:
            self._monitor.counts.refused += 1
            raise
        except DeadlineExceeded:
            self._monitor.counts.timeouts += 1
            raise
        finally:
            self._held -= exchange.received
        if isinstance(outcome, Scored):
            return WholeResponse(200, outcome.body, [(b"content-type", outcome.media_type.encode())])
        if outcome.__cause__ is not None:
            fields = {"request_id": exchange.request_id.decode("ascii")}
            log.warning("the model failed", exc_info=outcome.__cause__, extra={"fields": fields})
        # The body was read to its end, so that the connection is as good as before.
        status, text, further = answer(outcome, "/invocations", exchange.request_id)
        return JsonResponse(status, text, further)

    def _counted(self, exchange: Exchange, receive: Receive) -> Receive:
        """Gets a body, and counts what all bodies take of the memory.

        Raises:
            TooManyRequests: They take too much.
        """
        most = BODIES * self._settings.max_body_bytes

        async def counting() -> Scope:
            message = await receive()
            size = len(message.get("body", b""))
            exchange.received += size
            self._held += size
            if self._held > most:
                raise TooManyRequests(
                    f"The server has {most} bytes of requests in memory. Nothing was done; ask again later."
                )
            return message

        return counting

    async def _ping(self, exchange: Exchange, receive: Receive, headers: Headers) -> Answer:
        """GET /ping and /health."""
        self._running().check()
        return WholeResponse(200, b"\n", [(b"content-type", JSON.encode())])

    async def _version(self, exchange: Exchange, receive: Receive, headers: Headers) -> Answer:
        """GET /version."""
        return WholeResponse(200, MLFLOW_VERSION.encode(), [(b"content-type", b"text/plain")])

    async def _metrics(self, exchange: Exchange, receive: Receive, headers: Headers) -> Answer:
        """GET /metrics."""
        if not self._settings.metrics:
            raise EndpointNotFound("This server was started with --no-metrics, and tells nothing of its work.")
        self._look()
        return WholeResponse(200, exposition.text(self._monitor.all()), [(b"content-type", MEDIA_TYPE.encode())])

    async def _openapi(self, exchange: Exchange, receive: Receive, headers: Headers) -> Answer:
        """GET /openapi.json."""
        if self._document is None:
            described = document(self._served.signature, self._served.example, self._served.name)
            self._document = msgspec.json.encode(described)
        return JsonResponse(200, self._document, [])

    async def _static(self, exchange: Exchange, receive: Receive, headers: Headers) -> Answer:
        """GET / and what the page needs."""
        return self._page.answer(exchange.route)

    def _running(self) -> Lanes[Invocation, Outcome]:
        if self._lanes is None:
            self._lanes = Lanes(self._scorer.answer, self._scorer.probe)
        return self._lanes

    def _look(self) -> Counts:
        """The counts, with those of this moment."""
        lanes = self._running()
        self._monitor.counts.waiting = lanes.waiting
        self._monitor.counts.lost_lanes = lanes.lost
        return self._monitor.counts

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        sharing = asyncio.create_task(self._share())
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._running()
                self._tell("started")
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                sharing.cancel()
                self._look()
                self._monitor.share()
                self._running().close()
                self._tell("stopped")
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _share(self) -> None:
        """Leaves what this worker counted for the others, as long as the server runs."""
        while self._settings.counts_folder:
            self._look()
            self._monitor.share()
            await asyncio.sleep(SHARE_SECONDS)

    def _tell(self, what: str) -> None:
        """Writes the line of a start or a stop."""
        name = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        fields = {
            "address": f"http://{name}:{self._settings.port}",
            "model": self._served.name,
            "process": os.getpid(),
        }
        log.info("kiseki %s serving %s", __version__, what, extra={"fields": fields})


def _header(headers: Headers, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in headers if key == name), "")
