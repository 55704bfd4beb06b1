"""What the tracking server counts of its own work."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, Self, TypeVar

import msgspec

from kiseki.asgi import monitor
from kiseki.asgi.monitor import HttpCounts, sums
from kiseki.service import Session

T = TypeVar("T")

GROUP_SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""Upper bounds of the buckets in which commits are counted by the requests that they kept."""


class Counts(HttpCounts, kw_only=True):
    """Everything that is counted. What follows `points` is of this moment, the rest since the start."""

    refused: dict[str, int] = msgspec.field(default_factory=lambda: {"read": 0, "write": 0, "stream": 0})
    """What was answered with 429 because too many waited, by kind."""
    groups: list[int] = msgspec.field(default_factory=lambda: [0] * (len(GROUP_SIZES) + 1))
    grouped: int = 0
    points: int = 0
    reads_waiting: int = 0
    writes_waiting: int = 0
    streams: int = 0

    def add(self, other: Self, *, running: bool) -> None:
        super().add(other, running=running)
        self.refused = {kind: count + other.refused.get(kind, 0) for kind, count in self.refused.items()}
        self.groups = sums(self.groups, other.groups)
        self.grouped += other.grouped
        self.points += other.points
        if running:
            self.reads_waiting += other.reads_waiting
            self.writes_waiting += other.writes_waiting
            self.streams += other.streams


class Monitor(monitor.Monitor[Counts]):
    """The counts of one process. For the event loop's thread alone, but for what `counted` makes and `answered`.

    Args:
        folder: Where the workers of one server leave their counts for each other; "" when there is one.
    """

    def __init__(self, folder: str = "") -> None:
        super().__init__(Counts, folder)
        self._local = threading.local()
        self._lock = threading.Lock()

    def counted(self, work: Callable[[Session], T]) -> Callable[[Session], T]:
        """The same work, counted as part of the group that its thread is about to commit."""

        def run(session: Session) -> T:
            result = work(session)
            self._local.size = getattr(self._local, "size", 0) + 1
            return result

        return run

    def answered(self, _future: Future[Any]) -> None:
        """Is told of each write that is durable.

        A store commits what a thread ran since its last commit, and answers it in that thread; so the first answer
        tells of a commit, and what was counted until then is its group.
        """
        size = getattr(self._local, "size", 0)
        if size:
            self._local.size = 0
            with self._lock:
                self.counts.groups[bisect_left(GROUP_SIZES, size)] += 1
                self.counts.grouped += size
