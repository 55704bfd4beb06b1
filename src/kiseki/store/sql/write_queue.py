"""Work that waits to be written by the one thread of a store that writes."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, NamedTuple

from kiseki.base.errors import TooManyRequests, Unavailable
from kiseki.store.protocol import Reads, Session

QUEUE_LIMIT: Final = 4096
"""Pieces of work that may wait before more are refused."""

Work = Callable[[Session], Any]
Foresight = Callable[[], Reads]


class Job(NamedTuple):
    """Work, who waits for it, and what it is about to read, if it tells."""

    work: Work
    future: Future[Any]
    reads: Foresight | None = None


class WriteQueue:
    """A bounded queue that is taken from in groups, and has an end."""

    def __init__(self, group_limit: int) -> None:
        self._group_limit = group_limit
        self._lock = threading.Lock()
        """Held to add, so that nothing comes behind the end."""
        self._queue: queue.Queue[Job | None] = queue.Queue(QUEUE_LIMIT)
        self.closed = False

    def submit(self, work: Work, reads: Foresight | None = None) -> Future[Any]:
        """Adds work; the future gets its result.

        Raises:
            TooManyRequests: So much waits already.
            Unavailable: The store is closed.
        """
        future: Future[Any] = Future()
        with self._lock:
            self.check_open()
            try:
                self._queue.put_nowait(Job(work, future, reads))
            except queue.Full:
                raise TooManyRequests(
                    f"{QUEUE_LIMIT} requests wait to be written. Nothing was stored; send the request again."
                ) from None
        return future

    def take(self, seconds: float | None) -> tuple[list[Job], bool]:
        """What waits, up to the limit, and whether that was the last; waits so long for the first, for ever with None.

        Raises:
            queue.Empty: Nothing came.
        """
        group = [self._queue.get(timeout=seconds)]
        while len(group) < self._group_limit:
            try:
                group.append(self._queue.get_nowait())
            except queue.Empty:
                break
        return [job for job in group if job is not None], None in group

    def close(self) -> bool:
        """Adds the end; False when it is there already."""
        with self._lock:
            if self.closed:
                return False
            self.closed = True
        self._queue.put(None)
        return True

    def check_open(self) -> None:
        """Raises Unavailable after the end."""
        if self.closed:
            raise closed()


def closed() -> Unavailable:
    """The error of a store that was closed."""
    return Unavailable("The store is closed.")
