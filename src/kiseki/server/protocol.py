"""HTTP/1.1 with an end to waiting: Uvicorn keeps headers as long as they come, and waits for them for ever."""

from __future__ import annotations

from asyncio import Transport
from math import inf
from typing import Any, ClassVar, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

MAX_HEAD_BYTES: Final = 2**18
"""Some times of what `kiseki.server.security` lets pass, which answers with JSON."""

END: Final = "kiseki.end"
"""Where the scope of a request has the function that ends its response, if that has no end of its own."""
STOPPING: Final = "kiseki.stopping"
"""Whether the server stops; in the scope of requests that were under way when it was told to."""


class Protocol(HttpToolsProtocol):
    """One connection. One whose head does not end is answered with 400; one that says nothing for too long is closed."""

    head_seconds: ClassVar[float] = 30.0
    """The time in which the head of a request must come, from the opening of the connection or its first byte on."""
    body_seconds: ClassVar[float] = 120.0
    """The longest time in which nothing of a body comes before its connection is taken for dead."""

    _in_head = False
    _head = 0
    _until = 0.0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait(self.head_seconds)
        self._watch()

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head += len(data)
            if self._head > MAX_HEAD_BYTES:
                self.send_400_response("The head of the request is too long.")
                return
        elif self._until < inf and self.cycle is not None:
            self._wait(self.body_seconds)
        super().data_received(data)

    def on_message_begin(self) -> None:
        self._in_head = True
        self._head = 0
        self._wait(self.head_seconds)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._wait(self.body_seconds)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._until = inf
        super().on_message_complete()

    def shutdown(self) -> None:
        """Lets a response finish that is under way, and ends one that would not."""
        super().shutdown()
        cycle = cast("RequestResponseCycle | None", self.cycle)
        if cycle is None or cycle.response_complete:
            return
        scope = cast("dict[str, Any]", self.scope)
        scope[STOPPING] = True
        if END in scope:
            scope[END]()
            if self.flow.write_paused:
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
