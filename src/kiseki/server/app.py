"""The composition root: everything that makes a server, wired by hand, and the way of a request through it."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from urllib.parse import unquote_to_bytes

import msgspec
from starlette.requests import Request

from kiseki.__about__ import __version__
from kiseki.asgi.body import Receive, check_json, read_body
from kiseki.asgi.edge import Answer, Edge, JsonResponse, Scope
from kiseki.asgi.exchange import Exchange, Send
from kiseki.asgi.monitor import SHARE_SECONDS
from kiseki.asgi.security import Guard, Headers
from kiseki.base.errors import EndpointNotFound, InvalidParameter
from kiseki.server.acting import acted, mark_of
from kiseki.server.context import Context
from kiseki.server.router import Route, Router, named
from kiseki.server.routes import (
    artifacts,
    bundles,
    events,
    experiments,
    lineage,
    logged_models,
    metrics,
    model_versions,
    moves,
    proxy,
    registered_models,
    runs,
    server,
    transfers,
    trash,
    ui,
    views,
    webhooks,
)
from kiseki.server.settings import ServerSettings, check_apart, check_prefix
from kiseki.service import Session
from kiseki.service.artifacts import Roots
from kiseki.service.multipart import remove_unfinished
from kiseki.service.replies import once
from kiseki.store import open_store
from kiseki.wire import codec
from kiseki.wire.routes import Endpoint

log = logging.getLogger("kiseki.server")

READ_THREADS: Final = 8
_MODULES: Final = (
    experiments,
    runs,
    metrics,
    artifacts,
    bundles,
    proxy,
    transfers,
    trash,
    views,
    events,
    logged_models,
    registered_models,
    model_versions,
    moves,
    lineage,
    webhooks,
    server,
    ui,
)


def create_app(settings: ServerSettings) -> App:
    """A server, its database open and brought to the current schema."""
    check_apart(settings)
    store = open_store(settings.backend_store_uri, settings.artifact_root)
    destination = settings.destination if settings.serve_artifacts else None
    roots = Roots(destination, settings.artifact_root, settings.allowed_artifact_locations)
    if settings.serve_artifacts:
        remove_unfinished(roots.parts)
    threads = ThreadPoolExecutor(READ_THREADS, thread_name_prefix="kiseki-reader")
    context = Context(settings, store, roots, threads)
    guard = Guard(settings.allowed_hosts, settings.cors_allowed_origins, settings.x_frame_options)
    return App(context, guard if settings.security else None)


class App:
    """The ASGI application."""

    def __init__(self, context: Context, guard: Guard | None) -> None:
        self._context = context
        self._edge = Edge(guard, context.monitor)
        self._prefix = check_prefix(context.settings.static_prefix)
        self._router = Router(_MODULES)
        # Two threads hand each request to each other; the default of 5 ms would let one starve the other.
        sys.setswitchinterval(0.001)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http":
            # No endpoint is a WebSocket; without an answer the server closes it.
            return
        path: str = scope["path"]
        if self._prefix and (path == self._prefix or path.startswith(f"{self._prefix}/")):
            path = path[len(self._prefix) :] or "/"

        async def respond(exchange: Exchange, receive: Receive) -> Answer:
            if "\ufffd" in path:
                _check_utf8(scope)
            try:
                route, names = self._router.find(scope["method"], path)
            except EndpointNotFound:
                if not _is_for_people(scope["method"], path, scope["headers"]):
                    raise
                return await ui.missing(Request(scope, receive, send), self._context)
            exchange.route, exchange.endless = route.template, route.endpoint.endless
            if route.stream is None:
                return JsonResponse(200, await self._answer(route, names, scope, receive, exchange), [])
            scope["path_params"] = names
            return await route.stream(Request(scope, exchange.counting_receive(receive), send), self._context)

        await self._edge.pass_through(scope, receive, send, path, respond)

    async def _answer(
        self,
        route: Route,
        names: dict[str, str],
        scope: Scope,
        receive: Receive,
        exchange: Exchange,
    ) -> bytes:
        """The JSON of an endpoint that is a function of a session and a struct."""
        headers: Headers = scope["headers"]
        asked, body = await _request(self._context, route.endpoint, names, scope, receive, headers)
        exchange.received = len(body)
        if route.write is None:
            reader = route.read
            assert reader is not None
            return await self._context.read(lambda session: codec.encode(reader(session, asked())))
        handler, count, ahead = route.write, route.points, route.ahead
        points = 0
        made: msgspec.Struct | None = None

        def struct() -> msgspec.Struct:
            """What is asked for, made once for all that look at it."""
            nonlocal made
            if made is None:
                made = asked()
            return made

        def work(session: Session) -> bytes:
            nonlocal points
            request = struct()
            done = codec.encode(handler(session, request))
            points = count(request) if count else 0
            return done

        whole = mark_of(headers, route.endpoint.name, names, body)
        if whole is None:
            encoded = await self._context.write(work, None if ahead is None else lambda: ahead(struct()))
        else:
            marked = None if ahead is None else lambda: msgspec.structs.replace(ahead(struct()), mark=whole)
            encoded = await self._context.write(lambda session: once(session, whole, work), marked)
        self._context.monitor.counts.points += points
        return encoded

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        sharing = asyncio.create_task(self._share())
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._context.deliveries.start()
                self._tell("started")
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                sharing.cancel()
                self._context.share_counts()
                self._context.close()
                self._tell("stopped")
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _share(self) -> None:
        """Leaves what this worker counted for the others, as long as the server runs."""
        while self._context.settings.counts_folder:
            self._context.share_counts()
            await asyncio.sleep(SHARE_SECONDS)

    def _tell(self, what: str) -> None:
        """Writes the line of a start or a stop."""
        fields = self._context.settings.places() | {"process": os.getpid()}
        log.info("kiseki %s %s", __version__, what, extra={"fields": fields})


def _is_for_people(method: str, path: str, headers: Headers) -> bool:
    """Whether a browser asks for a page, and not a program for an endpoint."""
    accepted = next((value for name, value in headers if name == b"accept"), b"")
    return method in ("GET", "HEAD") and b"text/html" in accepted and not path.startswith(("/api/", "/ajax-api/"))


def _check_utf8(scope: Scope) -> None:
    """Raises InvalidParameter for a path in which what is no UTF-8 was replaced by U+FFFD: it would name another file."""
    try:
        unquote_to_bytes(scope.get("raw_path", b"")).decode()
    except UnicodeDecodeError:
        raise InvalidParameter(
            "Invalid path: it is not UTF-8 after URL-decoding. Percent-encode it as UTF-8."
        ) from None


async def _request(
    context: Context, endpoint: Endpoint, names: dict[str, str], scope: Scope, receive: Receive, headers: Headers
) -> tuple[Callable[[], msgspec.Struct], bytes | bytearray]:
    """What makes the struct of a request's body or query, in the thread that then works with it; and the body.

    Threads that hand Python objects to each other wait for each other; so the event loop moves bytes and no more.
    """
    kind = endpoint.request
    assert kind is not None

    def of(request: msgspec.Struct) -> msgspec.Struct:
        return acted(named(request, names) if names else request, headers)

    query = scope["query_string"].decode("latin-1")
    if scope["method"] == "GET":
        # Some clients send what they ask for as a body.
        if query:
            return lambda: of(codec.decode_query(query, kind)), b""
    elif endpoint.in_query:
        return lambda: of(codec.decode_query(query, kind)), b""
    else:
        check_json(headers)
    body = await read_body(receive, headers)
    if len(body) <= codec.LARGE_BYTES:
        return lambda: of(codec.decode_request(body, kind)), body
    # Not by the one thread that writes for all.
    request = await context.thread(lambda: of(codec.decode_request(body, kind)))
    return lambda: request, body
