"""What the parts of a server share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from kiseki.base.errors import TooManyRequests
from kiseki.server.answers import Answers
from kiseki.server.deliveries import Deliveries
from kiseki.server.live import Live, Subscription
from kiseki.server.monitor import Counts, Monitor
from kiseki.server.readiness import Readiness
from kiseki.server.settings import ServerSettings
from kiseki.server.site import Site
from kiseki.service import Reads, Session, Store
from kiseki.service.artifacts import Roots
from kiseki.service.egress import Egress

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
        self.egress = Egress(settings.webhook_allowed_hosts)
        self.site = site or Site()
        self.live = Live(store.watch)
        self.monitor = Monitor(settings.counts_folder)
        self.readiness = Readiness(settings.backend_store_uri, store)
        self.deliveries = Deliveries(store, self.egress)
        self._store = store
        self._threads = threads
        self._answers = Answers()

    @property
    def store(self) -> Store:
        """The database, for work of several transactions, in a thread."""
        return self._store

    async def read(self, work: Callable[[Session], T]) -> T:
        """Runs work that changes nothing, in a thread.

        Raises:
            TooManyRequests: 256 others wait already.
        """
        counts = self.monitor.counts
        if counts.reads_waiting >= MAX_WAITING_READS:
            counts.refused["read"] += 1
            raise TooManyRequests(
                f"The server has {MAX_WAITING_READS} requests that wait to be read. Nothing was done; ask again later."
            )
        counts.reads_waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._store.read, work)
        finally:
            counts.reads_waiting -= 1

    def read_here(self, work: Callable[[Session], T]) -> T:
        """Runs work that changes nothing in the calling thread, which is not the event loop's."""
        return self._store.read(work)

    async def write(self, work: Callable[[Session], T], reads: Callable[[], Reads] | None = None) -> T:
        """Runs work that changes something; returns once the change is durable.

        `reads` tells what the work is about to read, as in `Store.submit`.

        Raises:
            TooManyRequests: Too many others wait already.
        """
        counts = self.monitor.counts
        try:
            future = self._store.submit(self.monitor.counted(work), reads)
        except TooManyRequests:
            counts.refused["write"] += 1
            raise
        future.add_done_callback(self.monitor.answered)
        counts.writes_waiting += 1
        try:
            return await self._answers.wait(future)
        finally:
            counts.writes_waiting -= 1

    async def subscribe(self, experiments: frozenset[int]) -> Subscription:
        """A new stream of events, of some experiments or of all if none are named.

        Raises:
            TooManyRequests: There are as many as there may be.
        """
        try:
            return await self.live.subscribe(experiments)
        except TooManyRequests:
            self.monitor.counts.refused["stream"] += 1
            raise

    def counts(self) -> Counts:
        """What all workers of this server counted."""
        self.monitor.counts.streams = self.live.open
        return self.monitor.all()

    def share_counts(self) -> None:
        """Leaves this worker's counts for the others."""
        self.monitor.counts.streams = self.live.open
        self.monitor.share()

    async def thread(self, work: Callable[[], T]) -> T:
        """Runs what may block, such as reading a file, in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Waits for queued writes and releases everything."""
        self.live.close()
        self.deliveries.close()
        self.readiness.close()
        self._store.close()
        self._threads.shutdown()
