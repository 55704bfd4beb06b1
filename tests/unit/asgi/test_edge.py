"""A server that ends and waits no longer says so to whom it leaves."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.responses import StreamingResponse

from kiseki.asgi.edge import Edge
from kiseki.asgi.monitor import HttpCounts, Monitor


async def cut_off(respond: Any, until: asyncio.Event) -> list[Any]:
    """What is sent for a request whose task is cancelled once the event is set, and that the task ends by itself."""
    messages: list[Any] = []

    async def receive() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        messages.append(message)

    scope = {"type": "http", "method": "GET", "headers": []}
    edge = Edge(None, Monitor(HttpCounts))
    task = asyncio.create_task(edge.pass_through(scope, receive, send, "/slow", respond))
    await until.wait()
    task.cancel()
    await task
    return messages


def test_a_request_under_way_is_answered_with_503() -> None:
    async def ask() -> list[Any]:
        begun = asyncio.Event()

        async def respond(*_: Any) -> Any:
            begun.set()
            await asyncio.Event().wait()

        return await cut_off(respond, begun)

    start, body = asyncio.run(ask())
    assert start["status"] == 503
    headers = dict(start["headers"])
    assert (headers[b"connection"], headers[b"retry-after"]) == (b"close", b"1")
    error = json.loads(body["body"])
    assert error["error_code"] == "TEMPORARILY_UNAVAILABLE"
    assert "may be done or not" in error["message"]


def test_an_answer_under_way_is_left_without_its_end() -> None:
    async def ask() -> list[Any]:
        begun = asyncio.Event()

        async def parts() -> Any:
            yield b"a part"
            begun.set()
            await asyncio.Event().wait()

        async def respond(*_: Any) -> Any:
            return StreamingResponse(parts())

        return await cut_off(respond, begun)

    start, body = asyncio.run(ask())
    assert start["status"] == 200
    assert (body["body"], body["more_body"]) == (b"a part", True)
