"""HTTP/1.1 with an end to the head of a request: Uvicorn keeps headers as long as they come."""

from __future__ import annotations

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES: Final = 2**18
"""Some times of what `kiseki.server.security` lets pass, which answers with JSON."""


class Protocol(HttpToolsProtocol):
    """One connection. A head that does not end is answered with 400, and the connection closed."""

    _in_head = False
    _head = 0

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head += len(data)
            if self._head > MAX_HEAD_BYTES:
                self.send_400_response("The head of the request is too long.")
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        self._in_head = True
        self._head = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()
