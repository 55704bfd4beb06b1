"""The endpoint of live updates: server-sent events."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from kiseki.asgi.protocol import ENDS, Ends
from kiseki.base.errors import InvalidParameter
from kiseki.domain.experiments import check_id
from kiseki.server.context import Context
from kiseki.server.live import Live, Subscription
from kiseki.wire import codec
from kiseki.wire.events import AskEvents

HEARTBEAT_SECONDS: Final = 15.0
"""So often something is sent, that nobody on the way takes the connection for dead."""
MAX_EXPERIMENTS: Final = 1_000
_HELLO: Final = b"retry: 2000\nevent: hello\ndata: {}\n\n"
_HEARTBEAT: Final = b": nothing changed\n\n"

Message = MutableMapping[str, Any]

log = logging.getLogger("kiseki.server")


async def stream(request: Request, context: Context) -> Response:
    """GET /api/kiseki/v1/events."""
    asked = codec.decode_query(request.scope["query_string"].decode("latin-1"), AskEvents)
    if len(asked.experiment_ids) > MAX_EXPERIMENTS:
        raise InvalidParameter(
            f"Invalid value for parameter 'experiment_ids' supplied: it has {len(asked.experiment_ids)} experiments. "
            f"Give at most {MAX_EXPERIMENTS}, or none for all."
        )
    experiments = frozenset(check_id(one) for one in asked.experiment_ids)
    return EventStream(context.live, await context.subscribe(experiments))


class EventStream(Response):
    """A response that ends when the client goes away or the server stops."""

    def __init__(self, live: Live, subscription: Subscription) -> None:
        super().__init__(media_type="text/event-stream", headers={"cache-control": "no-cache"})
        del self.headers["content-length"]
        self._live = live
        self._subscription = subscription

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        ends = scope.get(ENDS) or Ends()
        ends.add(self._subscription.end)
        gone = asyncio.create_task(_until_gone(receive))
        gone.add_done_callback(lambda _: self._subscription.end())
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            chunk = _HELLO
            while not self._subscription.ended:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                chunk = await self._subscription.event(HEARTBEAT_SECONDS) or _HEARTBEAT
            await send({"type": "http.response.body", "body": b""})
        except (OSError, RuntimeError) as error:
            log.debug("the client went away: %s", error)
        finally:
            ends.discard(self._subscription.end)
            self._live.unsubscribe(self._subscription)
            gone.cancel()


async def _until_gone(receive: Callable[[], Awaitable[Message]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


STREAMS: Final = {"events.stream": stream}
