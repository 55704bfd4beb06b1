"""What a server counts of its requests, and how the processes of a server with several workers add it up."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Generic, Self, TypeVar

import msgspec

from kiseki.asgi.process import Process, is_running, look
from kiseki.base.learned import learned

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the buckets in which requests are counted by the time they took."""
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
        self.statuses = sums(self.statuses, other.statuses)
        self.durations = sums(self.durations, other.durations)
        self.seconds += other.seconds
        self.received += other.received
        self.sent += other.sent


class HttpCounts(msgspec.Struct, kw_only=True):
    """What every server counts. `process` is of this moment, the rest since the start."""

    routes: dict[tuple[str, str], RouteCounts] = {}
    """By method and path; the path is a template."""
    process: Process = msgspec.field(default_factory=Process)

    def add(self, other: Self, *, running: bool) -> None:
        """Adds the counts of another process, which may have ended: then nothing of it is of this moment."""
        for key, counts in other.routes.items():
            self.routes.setdefault(key, RouteCounts()).add(counts)
        self.process.add(other.process, running=running)


C = TypeVar("C", bound=HttpCounts)


class Monitor(Generic[C]):
    """The counts of one process, for the event loop's thread alone.

    Args:
        kind: What is counted.
        folder: Where the workers of one server leave their counts for each other; "" when there is one.
    """

    def __init__(self, kind: type[C], folder: str = "") -> None:
        self.counts = kind()
        self._kind = kind
        self._folder = Path(folder) if folder else None

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

    def all(self) -> C:
        """The counts of all workers: of this one as they are, of others as they were up to a second ago."""
        self.counts.process = look()
        total = self._kind()
        total.add(self.counts, running=True)
        for file in sorted(self._folder.glob(f"*{_SUFFIX}")) if self._folder else ():
            number = int(file.stem)
            if number != os.getpid():
                total.add(
                    msgspec.msgpack.decode(file.read_bytes(), type=learned(self._kind)), running=is_running(number)
                )
        return total


def sums(one: Sequence[int], other: Sequence[int]) -> list[int]:
    """The sums of the counts of two processes, bucket by bucket."""
    return [a + b for a, b in zip(one, other, strict=True)]
