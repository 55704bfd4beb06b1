"""Runs of projects that this process sees to in the background, whoever executes them."""

from __future__ import annotations

import atexit
import sys
import threading
import weakref
from abc import abstractmethod

from kiseki.base.errors import ExecutionFailed, KisekiError
from kiseki.domain.runs import RunStatus
from kiseki.projects.backend import Submission
from kiseki.projects.recorded_run import record_end
from kiseki.projects.submitted_run import SubmittedRun

_open: weakref.WeakSet[BackgroundRun] = weakref.WeakSet()


class BackgroundRun(SubmittedRun):
    """A run that a thread of this process executes or watches, and whose end it records.

    This process does not end before it; where Ctrl-C ends this process, it is cancelled.

    Args:
        submission: The run.
    """

    def __init__(self, submission: Submission) -> None:
        self._submission = submission
        self._lock = threading.Lock()
        self._is_cancelled = False
        self._status = RunStatus.RUNNING
        self._error: KisekiError | None = None
        self._ended = threading.Event()
        _open.add(self)

    def start(self) -> None:
        """Has it executed, in the background."""
        threading.Thread(target=self._see_to_it, name=f"kiseki run {self.run_id}", daemon=True).start()

    @property
    def run_id(self) -> str:
        return self._submission.run_id

    def wait_for_end(self) -> None:
        """Waits until it has ended, however."""
        self._ended.wait()

    def wait(self) -> bool:
        self.wait_for_end()
        if self._error is not None:
            raise self._error
        return self._status == RunStatus.FINISHED

    def get_status(self) -> str:
        return self._status.value

    def cancel(self) -> None:
        with self._lock:
            if not self._ended.is_set():
                self._is_cancelled = True
        self._stop()
        self._ended.wait()

    @abstractmethod
    def _execute(self) -> RunStatus:
        """Has the command executed, waits for its end, and returns how that was.

        Raises:
            KisekiError: It could not be started.
            OSError: It could not be started.
            ValueError: It has arguments or variables that no process can have.
        """

    @abstractmethod
    def _stop(self) -> None:
        """Ends the command, if it has started, and all that it started."""

    def _see_to_it(self) -> None:
        status = RunStatus.FAILED
        try:
            status = self._execute()
        except KisekiError as error:
            self._error = error
        except (OSError, ValueError) as error:
            self._error = ExecutionFailed(f"The command of the project could not be started: {error}")
        finally:
            if self._is_cancelled:
                # Who cancels it knows why it did not start.
                status, self._error = RunStatus.KILLED, None
            self._finish(status)

    def _finish(self, status: RunStatus) -> None:
        try:
            self._status = record_end(self._submission.client, self.run_id, status)
        except KisekiError as error:
            self._status = status
            self._error = self._error or error
        finally:
            self._submission.release()
            with self._lock:
                self._ended.set()
            _open.discard(self)


def _wait_for_all() -> None:
    """The end of this process waits for what it started, unless Ctrl-C ended it."""
    is_interrupted = issubclass(getattr(sys, "last_type", None) or object, KeyboardInterrupt)
    for run in list(_open):
        try:
            if not is_interrupted:
                run.wait_for_end()
                continue
        except KeyboardInterrupt:
            is_interrupted = True
        run.cancel()


atexit.register(_wait_for_all)
