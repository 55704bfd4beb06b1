"""What a server counts of its own work, and how the processes of a server with several workers add it up."""

from __future__ import annotations

import os
import threading
from bisect import bisect_left
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from kiseki.server.process import Process, is_running, look
from kiseki.service import Session

T = TypeVar("T")

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the buckets in which requests are counted by the time they took."""
GROUP_SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""Upper bounds of the buckets in which commits are counted by the requests that they kept."""
SHARE_SECONDS: Final = 1.0
"""So often a worker leaves its counts for the others."""
_SUFFIX: Final = ".counts"


class RouteCounts(msgspec.Struct, kw_only=True):
    """The requests of one method and route: by the first digit of their status, by time, and their bodies' bytes."""

    statuses: list[int] = msgspec.field(default_factory=lambda: [0] * 6)
    durations: list[int] = msgspec.field(default_factory=lambda: [0] * (len(SECONDS) + 1))
    seconds: float = 0.0
    received: int = 0
    sent: int = 0

    def add(self, other: RouteCounts) -> None:
        """Adds the counts of another process."""
        self.statuses = _sums(self.statuses, other.statuses)
        self.durations = _sums(self.durations, other.durations)
        self.seconds += other.seconds
        self.received += other.received
        self.sent += other.sent


class Counts(msgspec.Struct, kw_only=True):
    """Everything that is counted. What follows `points` is of this moment, the rest since the start."""

    routes: dict[tuple[str, str], RouteCounts] = {}
    """By method and path; the path is a template of `kiseki.wire.routes`."""
    refused: dict[str, int] = msgspec.field(default_factory=lambda: {"read": 0, "write": 0, "stream": 0})
    """What was answered with 429 because too many waited, by kind."""
    groups: list[int] = msgspec.field(default_factory=lambda: [0] * (len(GROUP_SIZES) + 1))
    grouped: int = 0
    points: int = 0
    reads_waiting: int = 0
    writes_waiting: int = 0
    streams: int = 0
    process: Process = msgspec.field(default_factory=Process)

    def add(self, other: Counts, *, running: bool) -> None:
        """Adds the counts of another process, which may have ended: then nothing of it is of this moment."""
        for key, counts in other.routes.items():
            self.routes.setdefault(key, RouteCounts()).add(counts)
        self.refused = {kind: count + other.refused.get(kind, 0) for kind, count in self.refused.items()}
        self.groups = _sums(self.groups, other.groups)
        self.grouped += other.grouped
        self.points += other.points
        if running:
            self.reads_waiting += other.reads_waiting
            self.writes_waiting += other.writes_waiting
            self.streams += other.streams
        self.process.add(other.process, running=running)


class Monitor:
    """The counts of one process. For the event loop's thread alone, but for what `counted` makes and `answered`.

    Args:
        folder: Where the workers of one server leave their counts for each other; "" when there is one.
    """

    def __init__(self, folder: str = "") -> None:
        self.counts = Counts()
        self._folder = Path(folder) if folder else None
        self._local = threading.local()
        self._lock = threading.Lock()

    def request(self, method: str, route: str, status: int, seconds: float | None, received: int, sent: int) -> None:
        """Counts a request that was answered; `seconds` is None for an answer that had no end of its own."""
        counts = self.counts.routes.get((method, route))
        if counts is None:
            counts = self.counts.routes[method, route] = RouteCounts()
        counts.statuses[status // 100] += 1
        counts.received += received
        counts.sent += sent
        if seconds is not None:
            counts.seconds += seconds
            counts.durations[bisect_left(SECONDS, seconds)] += 1

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

    def share(self) -> None:
        """Leaves the counts for the other workers."""
        if self._folder is None:
            return
        self.counts.process = look()
        file = self._folder / f"{os.getpid()}{_SUFFIX}"
        temporary = file.with_suffix(".part")
        # A folder that is gone belongs to a server that has ended.
        with suppress(OSError):
            temporary.write_bytes(msgspec.msgpack.encode(self.counts))
            temporary.replace(file)

    def all(self) -> Counts:
        """The counts of all workers: of this one as they are, of others as they were up to a second ago."""
        self.counts.process = look()
        total = Counts()
        total.add(self.counts, running=True)
        for file in sorted(self._folder.glob(f"*{_SUFFIX}")) if self._folder else ():
            number = int(file.stem)
            if number != os.getpid():
                total.add(msgspec.msgpack.decode(file.read_bytes(), type=Counts), running=is_running(number))
        return total


def _sums(one: list[int], other: list[int]) -> list[int]:
    return [a + b for a, b in zip(one, other, strict=True)]
