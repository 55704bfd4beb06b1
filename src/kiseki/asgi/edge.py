"""The way of a request into a server and out of it: whom it may come from, its id, its errors, its headers, its counts."""

from __future__ import annotations

import logging
from asyncio import CancelledError
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, Protocol

from starlette.responses import Response

from kiseki.asgi.body import Receive
from kiseki.asgi.errors import answer
from kiseki.asgi.exchange import REQUEST_ID, Exchange, Send
from kiseki.asgi.monitor import Monitor
from kiseki.asgi.security import Guard, Headers
from kiseki.base.errors import BadRequest, KisekiError, Unavailable

Scope = MutableMapping[str, Any]

log = logging.getLogger("kiseki.server")

_JSON: Final = (b"content-type", b"application/json")


class Answer(Protocol):
    """A response as ASGI applications have it."""

    status_code: int
    raw_headers: Headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


Respond = Callable[[Exchange, Receive], Awaitable[Answer]]
"""What answers a request that may come in. It tells the exchange its route, and its answer may be an error that it raises."""


class Edge:
    """One server's edge; without a guard every request may come in."""

    def __init__(self, guard: Guard | None, monitor: Monitor[Any]) -> None:
        self._guard = guard
        self._monitor = monitor
        self._headers: Headers = guard.response_headers if guard else []

    async def pass_through(self, scope: Scope, receive: Receive, send: Send, path: str, respond: Respond) -> None:
        """Answers a request, with an error where it may not come in or `respond` raises one.

        Args:
            scope: Of the request, as ASGI has it.
            receive: Gets its body.
            send: Takes the answer.
            path: The path by which the request is judged.
            respond: Called for a request that may come in.
        """
        method: str = scope["method"]
        headers: Headers = scope["headers"]
        exchange = Exchange(method, headers)
        cors: Headers = []
        response: Answer
        try:
            if self._guard:
                self._guard.check(method, path, headers)
                cors = self._guard.cors_headers(headers)
            if method == "OPTIONS":
                response = Response(status_code=204)
                response.raw_headers = _preflight(cors)
            else:
                response = await respond(exchange, receive)
        except (Exception, CancelledError) as error:  # noqa: BLE001 - whatever it is, the client gets an answer
            if isinstance(error, CancelledError):
                error = Unavailable(
                    "The server ends and waits no longer for the request, which may be done or not. Send it again."
                )
                exchange.unread = True
            status, body, further = answer(error, path, exchange.request_id)
            if exchange.unread or isinstance(error, BadRequest) or not isinstance(error, KisekiError):
                further = [*further, (b"connection", b"close")]
            response = JsonResponse(status, body, further)
        present = {name for name, _ in response.raw_headers}
        response.raw_headers.extend(header for header in (*self._headers, *cors) if header[0] not in present)
        response.raw_headers.append((REQUEST_ID, exchange.request_id))
        exchange.status = response.status_code
        if isinstance(response, WholeResponse):
            exchange.sent = len(response.body)
        else:
            send = exchange.counting_send(send)
        try:
            await response(scope, receive, send)
        except CancelledError:
            log.info("%s was cut off by the end of the server", path)
        finally:
            exchange.finish(self._monitor)


class WholeResponse:
    """A response that is there as a whole; Starlette's own does more than one needs whose headers are known."""

    __slots__ = ("body", "raw_headers", "status_code")

    def __init__(self, status: int, body: bytes, headers: Headers) -> None:
        self.status_code = status
        self.body = body
        self.raw_headers = [(b"content-length", str(len(body)).encode()), *headers]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": self.body})
        except (OSError, RuntimeError) as error:
            # A client that went away, which event loops tell in several ways. What it asked for was done.
            log.debug("the client went away: %s", error)


class JsonResponse(WholeResponse):
    """A whole response that is JSON."""

    __slots__ = ()

    def __init__(self, status: int, body: bytes, headers: Headers) -> None:
        super().__init__(status, body, [_JSON, *headers])


def _preflight(cors: Headers) -> Headers:
    if not cors:
        return []
    return [
        (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE"),
        (b"access-control-allow-headers", b"content-type, authorization"),
        (b"access-control-max-age", b"600"),
    ]
