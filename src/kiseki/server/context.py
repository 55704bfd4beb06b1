"""What the parts of a server share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from kiseki.base.errors import TooManyRequests
from kiseki.server.live import Live
from kiseki.server.settings import ServerSettings
from kiseki.server.site import Site
from kiseki.service import Session, Store
from kiseki.service.artifacts import Roots

T = TypeVar("T")

MAX_WAITING_READS: Final = 256
"""So many reads may wait for a thread; more would be answered after their clients have given up."""


class Context:
    """The store, the artifact roots, the threads, the web UI and the open streams of one server."""

    def __init__(
        self,
        settings: ServerSettings,
        store: Store,
        roots: Roots,
        threads: ThreadPoolExecutor,
        site: Site | None = None,
    ) -> None:
        self.settings = settings
        self.roots = roots
        self.site = site or Site()
        self.live = Live(store.watch)
        self._store = store
        self._threads = threads
        self._reads = 0

    async def read(self, work: Callable[[Session], T]) -> T:
        """Runs work that changes nothing, in a thread.

        Raises:
            TooManyRequests: 256 others wait already.
        """
        if self._reads >= MAX_WAITING_READS:
            raise TooManyRequests(
                f"The server has {MAX_WAITING_READS} requests that wait to be read. Nothing was done; ask again later."
            )
        self._reads += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._store.read, work)
        finally:
            self._reads -= 1

    def read_here(self, work: Callable[[Session], T]) -> T:
        """Runs work that changes nothing in the calling thread, which is not the event loop's."""
        return self._store.read(work)

    async def write(self, work: Callable[[Session], T]) -> T:
        """Runs work that changes something; returns once the change is durable."""
        return await asyncio.wrap_future(self._store.submit(work))

    async def thread(self, work: Callable[[], T]) -> T:
        """Runs what may block, such as reading a file, in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Waits for queued writes and releases everything."""
        self.live.close()
        self._store.close()
        self._threads.shutdown()
