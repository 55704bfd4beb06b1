"""Ending reads that take too long."""

from __future__ import annotations

import sqlite3
import threading
import time
from typing import Final

_LOOK_SECONDS: Final = 0.5


class Watch:
    """Interrupts what a connection does when it takes longer than `seconds`.

    A thread looks at the clock, because SQLite's own progress handler counts steps, and one step may compare a long
    text with a long pattern. A comparison that has begun is finished first.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._lock = threading.Lock()
        self._since: dict[sqlite3.Connection, float] = {}
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kiseki-watch", daemon=True)
        self._thread.start()

    def begin(self, driver: sqlite3.Connection) -> None:
        """Starts to count."""
        with self._lock:
            self._since[driver] = time.monotonic()

    def end(self, driver: sqlite3.Connection) -> None:
        """Ends to count; the connection is not interrupted after this."""
        with self._lock:
            self._since.pop(driver, None)

    def close(self) -> None:
        """Ends the thread."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.wait(_LOOK_SECONDS):
            with self._lock:
                oldest = time.monotonic() - self.seconds
                for driver, since in self._since.items():
                    if since < oldest:
                        driver.interrupt()
