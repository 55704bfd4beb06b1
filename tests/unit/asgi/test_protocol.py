"""Connections that say nothing for too long are closed, others are not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from kiseki.asgi.protocol import ENDS, Ends, Protocol


class Impatient(Protocol):
    """A protocol that waits for a moment only."""

    head_seconds = 0.1
    body_seconds = 0.1


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the length of the body, after a while that is longer than a client may be silent."""
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    await asyncio.sleep(0.5)
    body = str(size).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def answer(parts: list[bytes], protocol: type[Protocol] = Impatient) -> bytes:
    """All that a server sends to a client that sends the parts and then says nothing."""
    config = uvicorn.Config(echo, log_config=None, lifespan="off")
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: protocol(config, state, {}), "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
        for part in parts:
            writer.write(part)
            await writer.drain()
        received = await reader.read()
        writer.close()
        await writer.wait_closed()
    return received


HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n"


@pytest.mark.parametrize(
    "parts",
    [[], [b"POST"], [HEAD[:-2]], [HEAD], [HEAD, b"12345"]],
    ids=["nothing", "a word", "a head without end", "a head", "half a body"],
)
def test_a_silent_client_is_left(parts: list[bytes]) -> None:
    assert asyncio.run(asyncio.wait_for(answer(parts), 60)) == b""


def test_a_client_that_waits_for_its_answer_gets_it() -> None:
    received = asyncio.run(asyncio.wait_for(answer([HEAD, b"1234567890"]), 60))
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.endswith(b"\r\n\r\n10")


async def until(condition: Callable[[], bool]) -> None:
    """Waits for what nobody tells."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def pour(scope: Any, receive: Any, send: Any) -> None:
    """Sends until it is told to end."""
    ended = asyncio.Event()
    scope[ENDS].add(ended.set)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while not ended.is_set():
        await send({"type": "http.response.body", "body": b"x" * 2**16, "more_body": True})
        await asyncio.sleep(0)
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize("reads", [True, False])
def test_a_response_without_an_end_is_ended_when_the_server_stops(reads: bool) -> None:
    async def work() -> int:
        config = uvicorn.Config(pour, log_config=None, lifespan="off")
        config.load()
        state = ServerState()
        protocols: list[Protocol] = []

        def connected() -> Protocol:
            protocols.append(Protocol(config, state, {}))
            return protocols[-1]

        loop = asyncio.get_running_loop()
        server = await loop.create_server(connected, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
            writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3)
            reading = asyncio.create_task(reader.read()) if reads else None
            await until(lambda: bool(protocols) and (reads or protocols[0].flow.write_paused))
            await asyncio.sleep(0.2)
            protocols[0].shutdown()
            await until(lambda: not state.connections)
            received = len(await reading) if reading else 0
            writer.transport.abort()
        return received

    received = asyncio.run(asyncio.wait_for(work(), 30))
    assert (received > 2**16) is reads


def test_what_ends_responses_ends_those_that_come_later_too() -> None:
    told: list[str] = []
    ends = Ends()
    ends.add(lambda: told.append("first"))
    gone = lambda: told.append("gone")  # noqa: E731
    ends.add(gone)
    ends.discard(gone)
    assert (ends.end(), told) == (True, ["first"])
    ends.add(lambda: told.append("later"))
    assert told == ["first", "later"]
    assert Ends().end() is False


class Recorder:
    """A transport that says what was written to it at once."""

    def __init__(self, transport: Any, written: list[bytes]) -> None:
        self._transport = transport
        self._written = written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        self._written.append(data)
        self._transport.write(data)


def written(app: Any, request: bytes) -> tuple[list[bytes], bytes]:
    """What a protocol writes for a request, piece by piece, and what the client gets until the connection is closed."""
    pieces: list[bytes] = []

    class Recorded(Protocol):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(Recorder(transport, pieces))  # type: ignore[arg-type]

    async def work() -> bytes:
        config = uvicorn.Config(app, log_config=None, lifespan="off", date_header=False, server_header=False)
        config.load()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Recorded(config, ServerState(), {}), "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
            writer.write(request)
            received = await reader.read()
            writer.close()
            await writer.wait_closed()
        return received

    received = asyncio.run(asyncio.wait_for(work(), 30))
    return pieces, received


LAST = b" / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


async def two_parts(scope: Any, receive: Any, send: Any) -> None:
    """Sends a part, and another that looks like a head."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"27")]})
    await send({"type": "http.response.body", "body": b"12345678", "more_body": True})
    await send({"type": "http.response.body", "body": b"HTTP/1.1 200 OK\r\n\r\n"})


async def late(scope: Any, receive: Any, send: Any) -> None:
    """Sends its body long after its head."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
    await asyncio.sleep(0.1)
    await send({"type": "http.response.body", "body": b"late"})


def test_the_head_of_an_answer_is_sent_with_its_body() -> None:
    pieces, received = written(two_parts, b"GET" + LAST)
    assert pieces[0].startswith(b"HTTP/1.1 200 OK\r\n")
    assert pieces[0].endswith(b"\r\n\r\n12345678")
    assert received == b"".join(pieces)
    assert received.endswith(b"\r\n\r\n12345678HTTP/1.1 200 OK\r\n\r\n")


def test_a_head_does_not_wait_for_a_body_that_comes_later() -> None:
    pieces, received = written(late, b"GET" + LAST)
    assert [piece.endswith(b"\r\n\r\n") for piece in pieces] == [True, False]
    assert pieces[1] == b"late"
    assert received == b"".join(pieces)


def test_an_answer_without_a_body_is_sent() -> None:
    _, received = written(late, b"HEAD" + LAST)
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.endswith(b"\r\n\r\n")
    two = b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n" + b"GET" + LAST
    assert written(two_parts, two)[1].count(b"HTTP/1.1 200 OK\r\n") == 3


def test_pieces_that_come_together_are_joined_in_a_buffer() -> None:
    waiting: list[bytes | bytearray] = []

    class Watched(Protocol):
        def on_body(self, body: bytes) -> None:
            super().on_body(body)
            waiting.append(self.cycle.body)

    pieces = b"5\r\nfirst\r\n" + b"1\r\nx\r\n" * 1_000 + b"0\r\n\r\n"
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    answered = asyncio.run(answer([head + pieces], Watched))
    assert answered.endswith(b"\r\n\r\n1005")
    first, second, *others = waiting
    assert first == b"first"
    assert isinstance(first, bytes)
    assert bytes(second) == b"first" + b"x" * 1_000
    assert isinstance(second, bytearray)
    assert all(one is second for one in others)
