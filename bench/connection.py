"""A keep-alive HTTP/1.1 connection that costs the benchmark's clients as little as possible."""

import json
import re
import select
import socket
import time
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[^\r]*chunked", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection:[ \t]*close", re.IGNORECASE)
_READ_SIZE = 1 << 18
# Servers drop idle connections after some seconds; below this age a connection is used without looking.
_FRESH_SECONDS = 1.0


class Response(NamedTuple):
    """The status and the whole body of one answer."""

    status: int
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether the status is a 2xx."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON; raises `RequestFailed` unless the status is a 2xx."""
        if not self.ok:
            raise RequestFailed(f"HTTP {self.status}: {self.excerpt()}")
        return json.loads(self.body)

    def excerpt(self) -> str:
        """The first characters of the body, on one line, for messages."""
        return " ".join(self.body[:300].decode("utf-8", "replace").split())


class RequestFailed(Exception):
    """A server answered with an error, or with something that is not HTTP, or not at all."""


class Connection:
    """One client's connection; it opens itself when first used and again after it was lost.

    `exchange` sends bytes that were encoded before and reads one answer, whether it has a Content-Length or comes in
    chunks. It counts what fails (`failures`, and the first few texts in `messages`) and raises nothing, so that a load
    run goes on; `get` and `post` are for the calls around it and raise `RequestFailed`.
    """

    def __init__(self, host: str, port: int, *, timeout: float = 120.0) -> None:
        self.host = host
        self.port = port
        self.timeout = timeout
        self.failures = 0
        self.messages: list[str] = []
        self._socket: socket.socket | None = None
        self._used = 0.0

    def encode(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """Returns the bytes of a request, ready for `exchange`."""
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nAccept: */*\r\n"
        if body is None:
            return head.encode() + b"\r\n"
        return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    def exchange(self, request: bytes) -> Response:
        """Sends one encoded request and returns the answer; status 0 when the connection failed."""
        try:
            response = self._round_trip(request)
        except (OSError, RequestFailed) as error:
            self.close()
            response = Response(0, f"{type(error).__name__}: {error}".encode())
        if not response.ok:
            self.failures += 1
            if len(self.messages) < 3:
                self.messages.append(f"HTTP {response.status}: {response.excerpt()}")
        return response

    def get(self, path: str, query: Mapping[str, str | int] | None = None) -> Any:
        """Returns the JSON answer to a GET."""
        return self.exchange(self.encode("GET", path + _query(query))).json()

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Returns the JSON answer to a POST."""
        return self.exchange(self.encode("POST", path, json.dumps(body).encode())).json()

    def close(self) -> None:
        """Closes the socket; the next exchange opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _round_trip(self, request: bytes) -> Response:
        connected = self._connected()
        connected.sendall(request)
        response, keep = _read_response(connected)
        self._used = time.monotonic()
        if not keep:
            self.close()
        return response

    def _connected(self) -> socket.socket:
        if self._socket is not None and time.monotonic() - self._used > _FRESH_SECONDS and _ended(self._socket):
            self.close()
        if self._socket is None:
            self._socket = socket.create_connection((self.host, self.port), timeout=self.timeout)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket


def _ended(idle: socket.socket) -> bool:
    # Readable without a request under way means that the server has closed it.
    return bool(select.select([idle], [], [], 0)[0])


def _query(query: Mapping[str, str | int] | None) -> str:
    if not query:
        return ""
    return "?" + "&".join(f"{quote(name)}={quote(str(value), safe='')}" for name, value in query.items())


def _read_response(source: socket.socket) -> tuple[Response, bool]:
    """Returns the next answer and whether the connection may be used again."""
    data = bytearray()
    end = -1
    while end < 0:
        _receive(source, data)
        end = data.find(b"\r\n\r\n")
    head = bytes(data[: end + 2])
    del data[: end + 4]
    try:
        status = int(head[9:12])
    except ValueError:
        raise RequestFailed(f"not an HTTP status line: {head[:60]!r}") from None
    keep = _CLOSE.search(head) is None
    length = _CONTENT_LENGTH.search(head)
    if length is not None:
        size = int(length[1])
        while len(data) < size:
            _receive(source, data)
        return Response(status, bytes(data[:size])), keep
    if _CHUNKED.search(head) is not None:
        return Response(status, _read_chunks(source, data)), keep
    if status in {204, 304}:
        return Response(status, b""), keep
    raise RequestFailed(f"an answer with neither Content-Length nor chunks (status {status})")


def _read_chunks(source: socket.socket, data: bytearray) -> bytes:
    body = bytearray()
    at = 0
    while True:
        line_end = data.find(b"\r\n", at)
        while line_end < 0:
            _receive(source, data)
            line_end = data.find(b"\r\n", at)
        size = int(data[at:line_end].split(b";")[0], 16)
        start = line_end + 2
        while len(data) < start + size + 2:
            _receive(source, data)
        if size == 0:
            # No server here sends trailers, so the blank line after the last chunk ends the answer.
            return bytes(body)
        body += memoryview(data)[start : start + size]
        at = start + size + 2


def _receive(source: socket.socket, data: bytearray) -> None:
    part = source.recv(_READ_SIZE)
    if not part:
        raise RequestFailed("the server closed the connection before its answer was complete")
    data += part
