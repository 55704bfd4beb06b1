"""One request and what became of it: its id, its bytes, its line in the log."""

from __future__ import annotations

import itertools
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from time import perf_counter
from typing import Any, Final

from kiseki.asgi.body import Receive
from kiseki.asgi.monitor import Monitor
from kiseki.asgi.security import Headers

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

UNKNOWN: Final = "unknown"
"""The route, and the method, of a request that no route matched."""
REQUEST_ID: Final = b"x-request-id"

_VALID = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")
_PROCESS: Final = secrets.token_hex(6).encode()
_numbers = itertools.count(1)

access = logging.getLogger("kiseki.access")


class Exchange:
    """What is known of one request while it is answered."""

    __slots__ = ("_method", "_started", "endless", "received", "request_id", "route", "sent", "status", "unread")

    def __init__(self, method: str, headers: Headers) -> None:
        self._started = perf_counter()
        self._method = method
        self.route = UNKNOWN
        self.endless = False
        self.status = 500
        self.received = 0
        self.sent = 0
        # Whether a part of the body may never be read: then the connection ends with the answer.
        self.unread = False
        given = next((value for name, value in headers if name == REQUEST_ID), None)
        self.request_id = given if given is not None and _VALID.fullmatch(given) else _new_id()

    def counting_receive(self, receive: Receive) -> Receive:
        """The same function, which counts the bytes of the body."""

        async def counting() -> MutableMapping[str, Any]:
            message = await receive()
            self.received += len(message.get("body", b""))
            return message

        return counting

    def counting_send(self, send: Send) -> Send:
        """The same function, which counts the bytes of the answer."""

        async def counting(message: MutableMapping[str, Any]) -> None:
            self.sent += len(message.get("body", b""))
            await send(message)

        return counting

    def finish(self, monitor: Monitor[Any]) -> None:
        """Counts the request and writes its line, once the answer is sent or the client is gone."""
        seconds = perf_counter() - self._started
        # Without a route the method may be anything, and each would be a series of its own.
        method = UNKNOWN if self.route is UNKNOWN else self._method
        monitor.request(method, self.route, self.status, None if self.endless else seconds, self.received, self.sent)
        level = logging.INFO if self.status < 500 else logging.WARNING
        if access.isEnabledFor(level):
            access.log(
                level,
                "request",
                extra={
                    "fields": {
                        "method": method,
                        "route": self.route,
                        "status": self.status,
                        "ms": round(seconds * 1000, 3),
                        "request_bytes": self.received,
                        "bytes": self.sent,
                        "request_id": self.request_id.decode("ascii"),
                    }
                },
            )


def _new_id() -> bytes:
    """An id that no other request of any server gets: a random number for the process, and a count."""
    return b"%s-%x" % (_PROCESS, next(_numbers))
