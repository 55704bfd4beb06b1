"""Telling what was committed to a database server, by this process and by others."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final

import msgspec

from kiseki.base.ids import ModelId, RunId
from kiseki.base.learned import learned
from kiseki.domain.changes import Changes
from kiseki.store.sql.engine import Engine, Signals

PAUSE_SECONDS: Final = 0.25
"""Changes of so long are told to other processes at once, and theirs are looked for as often."""
_AGAIN_SECONDS: Final = 2.0
MOST_CHARS: Final = 7_000
"""PostgreSQL takes less than 8,000 bytes; for more than that, everything changed."""

Listener = Callable[[Changes], None]

log = logging.getLogger("kiseki.store")


class _Told(msgspec.Struct, array_like=True):
    """Changes as other processes are told of them.

    They are (run, what, experiment), numbers of experiments, (model, what, experiment), names of registered models.
    What is new comes last, since a process of an earlier version reads the first ones.
    """

    runs: list[tuple[str, str, int]] = []
    experiments: list[int] = []
    everything: bool = False
    models: list[tuple[str, str, int]] = []
    registered_models: list[str] = []


class Listeners:
    """Those who are told of changes.

    What this process commits they are told at once. A thread tells the other processes, and hears of theirs; while the
    database is away it hears nothing, and then tells that everything may have changed.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._listeners: tuple[Listener, ...] = ()
        self._waiting = Changes()
        self._closing = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kiseki-changes", daemon=True)
        self._thread.start()

    def add(self, listener: Listener) -> Callable[[], None]:
        """Tells a listener of what is committed from now on; returns what ends it."""
        # Another object each time, so that one listener may be added twice.
        entry = partial(listener)
        self._ready.wait(_AGAIN_SECONDS)
        with self._lock:
            self._listeners = (*self._listeners, entry)

        def remove() -> None:
            with self._lock:
                self._listeners = tuple(one for one in self._listeners if one is not entry)

        return remove

    def committed(self, changes: Changes) -> None:
        """Tells all listeners here, and soon those elsewhere, of a commit of this process."""
        with self._lock:
            self._waiting.add(changes)
        self._tell(changes)

    def close(self) -> None:
        """Ends the thread, once it has told what is left to be told."""
        with self._lock:
            self._listeners = ()
        self._closing.set()
        self._thread.join()

    def _tell(self, changes: Changes) -> None:
        """Tells all listeners; what one of them raises is logged and concerns nobody else."""
        for listener in self._listeners:
            try:
                listener(changes)
            except Exception:
                log.exception("a listener failed")

    def _run(self) -> None:
        """The thread."""
        driver: Any = None
        signals: Signals | None = None
        missed = False
        while True:
            closing = self._closing.is_set()
            try:
                if signals is None:
                    driver = self._engine.connect()
                    signals = self._engine.signals(driver)
                    self._ready.set()
                    if missed:
                        self._tell(Changes(everything=True))
                        missed = False
                told = self._take()
                if told is not None:
                    signals.send(told)
                for text in () if closing else signals.wait(PAUSE_SECONDS, self._closing):
                    self._tell(_heard(text))
            except Exception as error:  # noqa: BLE001 - whatever it is, it may be over later
                log.debug("cannot hear of commits of others: %s", error)
                signals, missed = None, True
                with suppress(Exception):
                    driver.close()
                self._closing.wait(_AGAIN_SECONDS)
            if closing:
                break
        with suppress(Exception):
            driver.close()

    def _take(self) -> str | None:
        """What other processes are to be told, None when there is nothing."""
        with self._lock:
            changes, self._waiting = self._waiting, Changes()
        if not changes:
            return None
        told = _Told(
            runs=[(run, what, experiment) for (run, what), experiment in changes.runs.items()],
            experiments=sorted(changes.experiments),
            everything=changes.everything,
            models=[(model, what, experiment) for (model, what), experiment in changes.models.items()],
            registered_models=sorted(changes.registered_models),
        )
        text = msgspec.json.encode(told).decode()
        return text if len(text) <= MOST_CHARS else msgspec.json.encode(_Told(everything=True)).decode()


def _heard(text: str) -> Changes:
    try:
        told = msgspec.json.decode(text, type=learned(_Told))
    except msgspec.DecodeError:
        return Changes(everything=True)
    changes = Changes(everything=told.everything)
    changes.runs = {(RunId(run), what): experiment for run, what, experiment in told.runs}
    changes.models = {(ModelId(model), what): experiment for model, what, experiment in told.models}
    changes.experiments = set(told.experiments)
    changes.registered_models = set(told.registered_models)
    return changes
