"""What the parts of a server share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from kiseki.server.settings import ServerSettings
from kiseki.service import Session, Store
from kiseki.service.artifacts import Roots

T = TypeVar("T")


class Context:
    """The store, the artifact roots and the threads of one server."""

    def __init__(self, settings: ServerSettings, store: Store, roots: Roots, threads: ThreadPoolExecutor) -> None:
        self.settings = settings
        self.roots = roots
        self._store = store
        self._threads = threads

    async def read(self, work: Callable[[Session], T]) -> T:
        """Runs work that changes nothing, in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._store.read, work)

    async def write(self, work: Callable[[Session], T]) -> T:
        """Runs work that changes something; returns once the change is durable."""
        return await asyncio.wrap_future(self._store.submit(work))

    async def thread(self, work: Callable[[], T]) -> T:
        """Runs what may block, such as reading a file, in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Waits for queued writes and releases everything."""
        self._store.close()
        self._threads.shutdown()
