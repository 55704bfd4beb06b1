"""What a scoring server counts."""

from __future__ import annotations

from bisect import bisect_left
from threading import Lock
from typing import Final, Self

import msgspec

from kiseki.asgi import monitor
from kiseki.asgi.monitor import SECONDS, HttpCounts, sums

SIZES: Final = (1, 2, 4, 8, 16, 32, 64)
"""Upper bounds of the buckets in which predictions are counted by the requests that they answered."""


class Counts(HttpCounts, kw_only=True):
    """Everything that is counted. What follows `refused` is of this moment, the rest since the start."""

    durations: list[int] = msgspec.field(default_factory=lambda: [0] * (len(SECONDS) + 1))
    seconds: float = 0.0
    sizes: list[int] = msgspec.field(default_factory=lambda: [0] * (len(SIZES) + 1))
    requests: int = 0
    failures: int = 0
    timeouts: int = 0
    refused: int = 0
    waiting: int = 0
    lost_lanes: int = 0

    def add(self, other: Self, *, running: bool) -> None:
        super().add(other, running=running)
        self.durations = sums(self.durations, other.durations)
        self.seconds += other.seconds
        self.sizes = sums(self.sizes, other.sizes)
        self.requests += other.requests
        self.failures += other.failures
        self.timeouts += other.timeouts
        self.refused += other.refused
        if running:
            self.waiting += other.waiting
            self.lost_lanes += other.lost_lanes


class Monitor(monitor.Monitor[Counts]):
    """The counts of one process. For the event loop's thread alone, but for `predicted`.

    Args:
        folder: Where the workers of one server leave their counts for each other; "" when there is one.
    """

    def __init__(self, folder: str = "") -> None:
        super().__init__(Counts, folder)
        self._lock = Lock()

    def predicted(self, requests: int, seconds: float, failed: bool) -> None:
        """Is told of each call of the model: for how many requests, and how long it took."""
        counts = self.counts
        with self._lock:
            counts.durations[bisect_left(SECONDS, seconds)] += 1
            counts.seconds += seconds
            counts.sizes[bisect_left(SIZES, requests)] += 1
            counts.requests += requests
            counts.failures += failed
