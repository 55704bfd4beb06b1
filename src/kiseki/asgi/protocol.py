"""HTTP/1.1 with an end to waiting: Uvicorn keeps headers as long as they come, and waits for them for ever."""

from __future__ import annotations

import threading
from asyncio import AbstractEventLoop, BufferedProtocol, Transport
from collections.abc import Callable
from math import inf
from typing import Any, ClassVar, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES: Final = 2**18
"""Some times of what `kiseki.asgi.security` lets pass, which answers with JSON."""

_RECEIVED_BYTES: Final = 2**18

ENDS: Final = "kiseki.ends"
"""Where the scope of a request has the `Ends` of its connection."""


class Ends:
    """What ends the responses of one connection that have no end of their own.

    They cannot wait to be told that the client went away: of requests that were sent at once, Uvicorn tells the last.
    """

    def __init__(self) -> None:
        self._functions: set[Callable[[], None]] = set()
        self._all = False

    def add(self, function: Callable[[], None]) -> None:
        """Has a function called once the connection is lost or the server stops; at once if it did already."""
        self._functions.add(function)
        if self._all:
            function()

    def discard(self, function: Callable[[], None]) -> None:
        """Forgets a function."""
        self._functions.discard(function)

    def end(self) -> bool:
        """Ends all responses, and those that are yet to begin; whether there was one."""
        self._all = True
        for function in list(self._functions):
            function()
        return bool(self._functions)


class _WholeAnswers:
    """The transport of a connection, which sends the head of an answer together with the first part of its body.

    Uvicorn writes them one after the other, for each of which the kernel would be asked to send, and the client woken.
    """

    def __init__(self, transport: Transport, loop: AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._head = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Sends data, or keeps it until more comes or the event loop goes on, if it is a head."""
        if self._head:
            data, self._head = self._head + data, b""
        elif data.startswith(b"HTTP/1.1 ") and data.endswith(b"\r\n\r\n"):
            self._head = data
            self._loop.call_soon(self._flush)
            return
        self._transport.write(data)

    def close(self) -> None:
        """Closes once all is sent."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._head:
            data, self._head = self._head, b""
            self._transport.write(data)


class _Received(threading.local):
    """Where the event loop of this thread receives, for all its connections: each is done with it before the next one receives."""

    def __init__(self) -> None:
        self.view = memoryview(bytearray(_RECEIVED_BYTES))


_received: Final = _Received()


class Protocol(HttpToolsProtocol, BufferedProtocol):
    """One connection. One whose head does not end is answered with 400; one that says nothing for too long is closed."""

    head_seconds: ClassVar[float] = 30.0
    """The time in which the head of a request must come, from the opening of the connection or its first byte on."""
    body_seconds: ClassVar[float] = 120.0
    """The longest time in which nothing of a body comes before its connection is taken for dead."""

    _in_head = False
    _head = 0
    _until = 0.0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(cast("Transport", _WholeAnswers(transport, self.loop)))
        self._ends = Ends()
        self._wait(self.head_seconds)
        self._watch()

    def get_buffer(self, sizehint: int) -> memoryview:
        del sizehint
        return _received.view

    def buffer_updated(self, nbytes: int) -> None:
        self.data_received(_received.view[:nbytes])

    def data_received(self, data: bytes | memoryview) -> None:
        if self._in_head:
            self._head += len(data)
            if self._head > MAX_HEAD_BYTES:
                self.send_400_response("The head of the request is too long.")
                return
        elif self._until < inf and self.cycle is not None:
            self._wait(self.body_seconds)
        super().data_received(cast("bytes", data))

    def on_message_begin(self) -> None:
        self._in_head = True
        self._head = 0
        self._wait(self.head_seconds)
        super().on_message_begin()
        cast("dict[str, Any]", self.scope)[ENDS] = self._ends

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._wait(self.body_seconds)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        # What waits alone is handed over as it is, where Uvicorn would copy it twice. What joins it is added to a buffer: there may be
        # very many small pieces.
        waiting: bytes | bytearray = self.cycle.body
        if not waiting:
            self.cycle.body = cast("bytearray", b"")
        elif isinstance(waiting, bytes):
            self.cycle.body = bytearray(waiting)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._until = inf
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._ends.end()

    def shutdown(self) -> None:
        """Lets responses finish that are under way, and ends those that would not."""
        super().shutdown()
        if self._ends.end() and self.flow.write_paused:
            # The client does not read, and would not read the end either.
            self.transport.abort()

    def _wait(self, seconds: float) -> None:
        self._until = self.loop.time() + seconds

    def _watch(self) -> None:
        """Looks now and then, which costs less than a timer for each request."""
        if self.transport.is_closing():
            return
        now = self.loop.time()
        # What is not read because the disk is slow is no fault of the client.
        if now >= self._until and not self.flow.read_paused:
            self.transport.close()
            return
        self.loop.call_later(min(abs(self._until - now), self.head_seconds), self._watch)
