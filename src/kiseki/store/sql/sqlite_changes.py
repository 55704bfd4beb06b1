"""Telling what was committed to a SQLite file, by this process and by others."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from functools import partial
from typing import Final

from kiseki.domain.changes import Changes

LOOK_SECONDS: Final = 0.5
"""How often is looked for commits of other processes, while somebody wants to know."""

Listener = Callable[[Changes], None]

log = logging.getLogger("kiseki.store")


class Listeners:
    """Those who are told of changes.

    `version` gives a number that changes with each commit of another process and with none of this one's. A thread
    asks for it as long as there is a listener; that something changed is all that it can tell.
    """

    def __init__(self, version: Callable[[], int]) -> None:
        self._version = version
        self._seen = 0
        self._lock = threading.Lock()
        self._listeners: tuple[Listener, ...] = ()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def __bool__(self) -> bool:
        return bool(self._listeners)

    def add(self, listener: Listener) -> Callable[[], None]:
        """Tells a listener of what is committed from now on; returns what ends it."""
        # Another object each time, so that one listener may be added twice.
        entry = partial(listener)
        with self._lock:
            if not self._listeners:
                self._seen = self._version()
            self._listeners = (*self._listeners, entry)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="kiseki-changes", daemon=True)
                self._thread.start()

        def remove() -> None:
            with self._lock:
                self._listeners = tuple(one for one in self._listeners if one is not entry)

        return remove

    def tell(self, changes: Changes) -> None:
        """Tells all listeners; what one of them raises is logged and concerns nobody else."""
        for listener in self._listeners:
            try:
                listener(changes)
            except Exception:
                log.exception("a listener failed")

    def close(self) -> None:
        """Ends the thread."""
        with self._lock:
            self._listeners = ()
            thread = self._thread
        self._closing.set()
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        """The thread."""
        while not self._closing.wait(LOOK_SECONDS):
            with self._lock:
                if not self._listeners:
                    self._thread = None
                    return
            try:
                version = self._version()
            except sqlite3.Error as error:
                log.debug("cannot look for commits of others: %s", error)
                continue
            if version != self._seen:
                self._seen = version
                self.tell(Changes(everything=True))
