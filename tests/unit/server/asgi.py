"""An application of the server in this process, asked through ASGI itself."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from kiseki.asgi.security import Guard
from kiseki.server.app import App
from kiseki.server.context import Context
from kiseki.server.settings import ServerSettings
from kiseki.server.site import Site
from kiseki.service.artifacts import Roots
from kiseki.store import open_store
from tests.wire.server import Response

Message = MutableMapping[str, Any]


class Local:
    """An application on an empty database, with the UI that lies in `static`."""

    def __init__(self, folder: Path, static: Path, **settings: Any) -> None:
        given = ServerSettings(**settings)
        artifacts = str(folder / "artifacts")
        store = open_store(f"sqlite:///{folder / 'kiseki.db'}", artifacts)
        self.context = Context(given, store, Roots(None, artifacts), ThreadPoolExecutor(2), Site(static))
        self._app = App(self.context, Guard((), (), given.x_frame_options))

    def request(self, method: str, path: str, *, query: str = "", headers: dict[str, str] | None = None) -> Response:
        """One request; its body is empty."""
        given = {"host": "localhost:5000", **(headers or {})}
        scope: Message = {
            "type": "http",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        }
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            messages.append(message)

        asyncio.run(self._app(scope, receive, send))
        return Response(
            status=messages[0]["status"],
            headers={name.decode(): value.decode() for name, value in messages[0]["headers"]},
            body=b"".join(message.get("body", b"") for message in messages[1:]),
        )

    def close(self) -> None:
        """Releases the database."""
        self.context.close()
