"""The way of what another thread has done back to the event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


class Answers:
    """Hands results over to the event loop, all that are there at once.

    Requests are written in groups, and those of a group are answered at the same moment. To wake the loop for each of them, as
    `asyncio.wrap_future` does, makes the two threads wait for each other as often.
    """

    def __init__(self) -> None:
        self._done: deque[tuple[asyncio.Future[Any], Future[Any]]] = deque()
        self._called = False

    async def wait(self, future: Future[T]) -> T:
        """The result of what another thread does. Who is cancelled takes it back, unless it has begun."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[T] = loop.create_future()

        def done(future: Future[T]) -> None:
            self._done.append((waiter, future))
            # Whoever sees it set has added before the loop looks.
            if not self._called:
                self._called = True
                # A loop that is closed, as of a server that was told to end twice, has nobody who waits.
                with suppress(RuntimeError):
                    loop.call_soon_threadsafe(self._settle)

        future.add_done_callback(done)
        try:
            return await waiter
        except asyncio.CancelledError:
            future.cancel()
            raise

    def _settle(self) -> None:
        self._called = False
        while self._done:
            waiter, future = self._done.popleft()
            if waiter.done():
                continue
            try:
                result = future.result()
            except CancelledError:
                waiter.cancel()
            except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to who waits
                waiter.set_exception(error)
            else:
                waiter.set_result(result)
