"""A bounded number of connections to a database server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from kiseki.base.errors import TooManyRequests
from kiseki.store.sql.engine import Engine
from kiseki.store.sql.write_queue import closed

WAIT_SECONDS: Final = 10.0
"""So long is waited for a connection while all are in use."""
_KEPT_SECONDS: Final = 300.0
"""A connection that was not used for so long is closed."""


class Pool:
    """Connections that are made when they are needed and used again, the latest first."""

    def __init__(self, engine: Engine, connect: Callable[[], Any], size: int) -> None:
        self._engine = engine
        self._connect = connect
        self._size = size
        self._free = threading.BoundedSemaphore(size)
        self._lock = threading.Lock()
        self._idle: list[tuple[Any, float]] = []
        self._closed = False

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """A connection for the time of the context; one that an error left in a transaction is rolled back, or closed.

        Raises:
            TooManyRequests: All are in use.
            Unavailable: The server does not answer, or refuses.
        """
        if not self._free.acquire(timeout=WAIT_SECONDS):
            raise TooManyRequests(
                f"All {self._size} connections to the database were in use for {WAIT_SECONDS:g} s. Nothing was done; "
                "send the request again."
            )
        try:
            driver = self._take()
            try:
                yield driver
            except BaseException:
                try:
                    driver.rollback()
                except Exception:  # noqa: BLE001 - of a statement that was sent ahead, and then nothing is rolled back
                    with suppress(Exception):
                        driver.close()
                raise
            finally:
                self._give(driver)
        finally:
            self._free.release()

    def forget(self) -> None:
        """Closes the connections that are not in use: the server that they went to is gone."""
        with self._lock:
            idle, self._idle = self._idle, []
        for driver, _ in idle:
            with suppress(Exception):
                driver.close()

    def close(self) -> None:
        """Closes all connections, those in use when they are given back."""
        self._closed = True
        self.forget()

    def _take(self) -> Any:
        if self._closed:
            raise closed()
        now = time.monotonic()
        stale = []
        with self._lock:
            while self._idle and self._idle[0][1] < now - _KEPT_SECONDS:
                stale.append(self._idle.pop(0)[0])
            driver = self._idle.pop()[0] if self._idle else None
        for one in stale:
            with suppress(Exception):
                one.close()
        if driver is not None:
            return driver
        try:
            return self._connect()
        except Exception as error:
            if self._engine.is_failure(error):
                raise self._engine.translate(error) from error
            raise

    def _give(self, driver: Any) -> None:
        if self._closed or self._engine.is_lost(driver):
            with suppress(Exception):
                driver.close()
            return
        with self._lock:
            self._idle.append((driver, time.monotonic()))
