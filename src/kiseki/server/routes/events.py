"""The endpoint of live updates: server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from kiseki.server.context import Context


async def stream(request: Request, context: Context) -> Response:
    """GET /api/kiseki/v1/events."""
    return StreamingResponse(_events(), media_type="text/event-stream", headers={"cache-control": "no-cache"})


async def _events() -> AsyncIterator[bytes]:
    yield b"retry: 2000\nevent: hello\ndata: {}\n\n"


STREAMS: Final = {"events.stream": stream}
