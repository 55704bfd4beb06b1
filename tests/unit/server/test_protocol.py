"""Connections that say nothing for too long are closed, others are not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from kiseki.server.protocol import Protocol


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


async def answer(parts: list[bytes]) -> bytes:
    """All that a server sends to a client that sends the parts and then says nothing."""
    config = uvicorn.Config(echo, log_config=None, lifespan="off")
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Impatient(config, state, {}), "127.0.0.1", 0)
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
