"""Capturing how a run came about, while the program goes on.

A process is captured once for each place that it logs to, with the first run that it starts there; further ones refer to that.
In a notebook or at a prompt the code grows, so there each run has its own, but for those that are nested.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from kiseki.base.settings import flag, setting
from kiseki.capture.capture import CAPTURE_TAG
from kiseki.client.capture import write_capture
from kiseki.client.client import KisekiClient
from kiseki.client.deadline import seconds_left, within
from kiseki.client.resolve import written_paths
from kiseki.fluent.context import source_tags
from kiseki.fluent.state import current, in_notebook

if TYPE_CHECKING:
    from kiseki.capture.capture import Capture

WAIT_SECONDS: Final = 10.0
"""How long the end of a run waits for its capture."""

_SECONDS: Final = 120.0
"""How long storing a capture may take, while the program goes on."""

_log = logging.getLogger("kiseki")
_lock = threading.Lock()
_captured: dict[str, str] = {}
"""By place, the run that has the capture of this process."""
_running: dict[str, _Capturing] = {}


def reference(client: KisekiClient) -> dict[str, str]:
    """The tag of a run that refers to what has been captured already; none where the run is to have its own capture."""
    outer = current()
    if not flag("CAPTURE", True) or (outer is None and (in_notebook() or hasattr(sys, "ps1"))):
        return {}
    with _lock:
        found = _captured.get(client.backend.uri)
    return {} if found is None else {CAPTURE_TAG: found}


def start(client: KisekiClient, run_id: str) -> None:
    """Begins to capture this process for a run; KISEKI_CAPTURE=false leaves that out."""
    if not flag("CAPTURE", True):
        return
    try:
        one = _Capturing(client, run_id, Path.cwd())
        with _lock:
            one.start()
            _captured[client.backend.uri] = run_id
            _running[run_id] = one
    except (OSError, RuntimeError) as error:
        # The current folder was removed, or the process may have no more threads.
        _warn(run_id, error)


def finish(run_id: str) -> None:
    """Waits for a run's capture, and has it say what random numbers start from by now."""
    with _lock:
        one = _running.pop(run_id, None)
    if one is not None:
        one.finish()


def settle() -> None:
    """Waits for captures that are on their way: a process that forks meanwhile gives its child locks that nobody opens."""
    with _lock:
        running = [*_running.values()]
    for one in running:
        if one is not threading.current_thread():
            one.join(WAIT_SECONDS)


def forget() -> None:
    """Lets go of what a parent process is capturing; a child refers to it."""
    global _lock
    _lock = threading.Lock()
    _running.clear()


class _Capturing(threading.Thread):
    """A capture that is on its way. The end of the process does not wait longer for it than the end of the run."""

    def __init__(self, client: KisekiClient, run_id: str, folder: Path) -> None:
        super().__init__(name="kiseki-capture", daemon=True)
        self._client = client
        self._run_id = run_id
        # Both may be others when the thread gets to them.
        self._folder = folder
        self._notebook = source_tags()["mlflow.source.name"] if in_notebook() else None
        self._capture: Capture | None = None

    def run(self) -> None:
        try:
            self._take()
        except Exception as error:  # noqa: BLE001 - whatever goes wrong here, the run goes on
            _warn(self._run_id, error)

    def finish(self) -> None:
        """Waits, within limits, and stores the seeds of now."""
        # What is left of the time at the end of a process is for ending its run, too.
        self.join(min(WAIT_SECONDS, seconds_left() / 2))
        if self.is_alive():
            _warn(self._run_id, "it takes longer than the end of the run can wait")
        elif self._capture is not None:
            try:
                self._store_seeds(self._capture)
            except Exception as error:  # noqa: BLE001 - whatever goes wrong here, the run ends
                _warn(self._run_id, error)

    def _store_seeds(self, capture: Capture) -> None:
        from kiseki.capture.capture import CAPTURE_FILE, encode
        from kiseki.capture.seeds import current_seeds

        found = msgspec.structs.replace(capture, seeds=current_seeds(os.environ))
        if found != capture:
            with within(min(WAIT_SECONDS, seconds_left())):
                write_capture(self._client, self._run_id, {CAPTURE_FILE: encode(found)})

    def _take(self) -> None:
        # Loaded here, so that starting a run does not wait for it.
        from kiseki.capture.capture import take
        from kiseki.capture.command import command_of_process

        command = command_of_process(self._folder, self._notebook)
        further = [pattern.strip() for pattern in (setting("CAPTURE_VARIABLES") or "").split(",")]
        taken = take(self._run_id, command, leave_out=written_paths(self._client.backend.uri), variables=further)
        with within(_SECONDS):
            write_capture(self._client, self._run_id, taken.files)
            self._client.set_tag(self._run_id, CAPTURE_TAG, self._run_id, synchronous=True)
        self._capture = taken.capture


def _warn(run_id: str, reason: object) -> None:
    _log.warning(
        "How run %s came about is not recorded completely: %s. KISEKI_CAPTURE=false leaves it out.", run_id, reason
    )


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=settle, after_in_child=forget)
