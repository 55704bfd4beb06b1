"""An application of the scoring server in this process, asked through ASGI itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, MutableMapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from kiseki.serving.app import App, create_app
from kiseki.serving.model import Served
from kiseki.serving.settings import ServingSettings
from tests.wire.server import Response

Message = MutableMapping[str, Any]


@asynccontextmanager
async def running(served: Served, **settings: Any) -> AsyncIterator[App]:
    """An application that was started, and is stopped in the end."""
    app = create_app(ServingSettings(model="m", **settings), served)
    messages: asyncio.Queue[Message] = asyncio.Queue()
    started = asyncio.Event()

    async def send(message: Message) -> None:
        assert message["type"] in {"lifespan.startup.complete", "lifespan.shutdown.complete"}
        started.set()

    lifespan = asyncio.create_task(app({"type": "lifespan"}, messages.get, send))
    await messages.put({"type": "lifespan.startup"})
    await started.wait()
    try:
        yield app
    finally:
        await messages.put({"type": "lifespan.shutdown"})
        await lifespan


async def ask(
    app: App,
    method: str,
    path: str,
    body: bytes | Sequence[bytes] = b"",
    headers: dict[str, str] | None = None,
) -> Response:
    """One request, its body in one part or in several."""
    given = {"host": "localhost:5000", "content-type": "application/json", **(headers or {})}
    scope: Message = {
        "type": "http",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in given.items() if value],
    }
    parts = [body] if isinstance(body, bytes) else list(body)
    messages: list[Message] = []

    async def receive() -> Message:
        if not parts:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, send)
    return Response(
        status=messages[0]["status"],
        headers={name.decode(): value.decode() for name, value in messages[0]["headers"]},
        body=b"".join(message.get("body", b"") for message in messages[1:]),
    )
