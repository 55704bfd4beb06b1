"""How long a request may take in all, retries included, where the caller cannot wait for ever."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ends: ContextVar[float | None] = ContextVar("kiseki_deadline", default=None)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Gives the requests of the block, all together, so many seconds; then they are given up."""
    token = _ends.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends.reset(token)


def seconds_left() -> float:
    """What is left of the time, not less than zero; infinite without a deadline."""
    ends = _ends.get()
    return float("inf") if ends is None else max(0.0, ends - time.monotonic())
