"""Logging that the caller does not wait for: one thread for records, in the order of the calls, and some for files."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

from kiseki.base.settings import flag

_log = logging.getLogger("kiseki")


class RunOperations:
    """Calls that are on their way; `wait()` returns when they are done and raises the first error."""

    def __init__(self, operation_futures: list[Future[Any]]) -> None:
        self._operation_futures = operation_futures

    def wait(self) -> None:
        """Waits until all are done.

        Raises:
            KisekiError: One was refused or not delivered.
        """
        for future in self._operation_futures:
            future.result()


class Queue:
    """Calls that run in threads of their own.

    Args:
        name: What the threads are called.
        threads: How many; with one, calls are made in the order in which they were given.
    """

    def __init__(self, name: str, threads: int) -> None:
        self._name = name
        self._threads = threads
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._pid = 0
        self._pending: set[Future[Any]] = set()

    def submit(self, call: Callable[[], object]) -> RunOperations:
        """Gives a call to the threads. An error that nobody waits for is written to the log."""
        with self._lock:
            if self._pool is None or self._pid != os.getpid():
                self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix=self._name)
                self._pid = os.getpid()
                self._pending = set()
            future = self._pool.submit(_telling, call)
            self._pending.add(future)
        future.add_done_callback(self._done)
        return RunOperations([future])

    def flush(self) -> None:
        """Waits until all calls that were given by now are done, whether or not they were refused."""
        with self._lock:
            pending = list(self._pending) if self._pid == os.getpid() else []
        for future in pending:
            future.exception()

    def _done(self, future: Future[Any]) -> None:
        with self._lock:
            self._pending.discard(future)


def _telling(call: Callable[[], object]) -> object:
    """Makes a call and logs its error, before anybody who waits goes on."""
    try:
        return call()
    except BaseException as error:
        _log.error("What was logged without waiting did not arrive: %s", error)
        raise


records: Final = Queue("kiseki-records", 1)
"""Params, metrics and tags: one thread, so that the last of two values of a tag is the one that stays."""

files: Final = Queue("kiseki-files", 4)


def run(call: Callable[[], object], synchronous: bool | None, queue: Queue = records) -> RunOperations | None:
    """Makes a call, or gives it to `queue` when `synchronous` is False or None and the settings say so."""
    if synchronous is None:
        synchronous = not flag("ENABLE_ASYNC_LOGGING", False)
    if synchronous:
        call()
        return None
    return queue.submit(call)


def flush_async_logging() -> None:
    """Waits until everything that was logged with `synchronous=False` has arrived or was refused."""
    records.flush()


def flush_artifact_async_logging() -> None:
    """Waits until every artifact that was logged with `synchronous=False` has arrived or was refused."""
    files.flush()
