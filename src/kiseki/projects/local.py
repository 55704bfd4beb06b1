"""Runs of projects on this machine: a process for each, in the background, whose output is shown and kept."""

from __future__ import annotations

import atexit
import codecs
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Final, TextIO

from kiseki.base.errors import ExecutionFailed, KisekiError
from kiseki.domain.runs import RunStatus
from kiseki.projects.backend import Submission
from kiseki.projects.launch import Launch
from kiseki.projects.recorded_run import record_end
from kiseki.projects.submitted_run import SubmittedRun

STOP_SECONDS: Final = 10.0
"""How long a command that is cancelled has to end by itself."""

_PIPE_SECONDS: Final = 10.0
"""How long what a command left behind may still write, when it has ended itself."""

_BLOCK_BYTES: Final = 1 << 16
_open: weakref.WeakSet[LocalRun] = weakref.WeakSet()


class LocalBackend:
    """Executes runs as processes of this machine.

    This process does not end before them; where Ctrl-C ends it, it cancels them.

    Args:
        config: Empty.

    Raises:
        ExecutionFailed: It is not.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        if config:
            raise ExecutionFailed(
                f"The backend 'local' has no configuration, and was given {', '.join(map(repr, config))}."
            )

    def submit(self, submission: Submission) -> SubmittedRun:
        return LocalRun(submission)


class LocalRun(SubmittedRun):
    """A run whose command is a process of this machine.

    Args:
        submission: The run, which is started at once. Its environment is made in the background, too.
    """

    def __init__(self, submission: Submission) -> None:
        self._submission = submission
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_cancelled = False
        self._status = RunStatus.RUNNING.value
        self._error: KisekiError | None = None
        self._ended = threading.Event()
        self._written = threading.Condition()
        folder = tempfile.mkdtemp(prefix="kiseki-run-")
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._log = Path(folder, "log")
        self._log.touch()
        self._targets = (sys.stdout, sys.stderr)
        _open.add(self)
        threading.Thread(target=self._execute, name=f"kiseki run {self.run_id}", daemon=True).start()

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
        return self._status == RunStatus.FINISHED.value

    def get_status(self) -> str:
        return self._status

    def cancel(self) -> None:
        with self._lock:
            if not self._ended.is_set():
                self._is_cancelled = True
            process = self._process
        if process is not None:
            _stop(process)
        self._ended.wait()

    def logs(self, follow: bool = False) -> Iterator[str]:
        with self._log.open("rb") as file:
            line = b""
            while True:
                with self._written:
                    is_last = self._ended.is_set() or not follow
                    found = file.read()
                    if not found and not is_last:
                        self._written.wait()
                        continue
                *lines, line = (line + found).split(b"\n")
                yield from (one.decode(errors="replace") for one in lines)
                if is_last:
                    if line:
                        yield line.decode(errors="replace")
                    return

    def _execute(self) -> None:
        submission = self._submission
        status = RunStatus.FAILED
        try:
            launch = submission.environment.launch(submission.line, submission.folder, submission.variables)
            if self._run(launch) == 0:
                status = RunStatus.FINISHED
        except KisekiError as error:
            self._error = error
        except OSError as error:
            self._error = ExecutionFailed(f"The command of the project could not be started: {error}")
        finally:
            if self._is_cancelled:
                # Who cancels it knows why it did not start.
                status, self._error = RunStatus.KILLED, None
            self._finish(status)

    def _finish(self, status: RunStatus) -> None:
        try:
            self._status = record_end(self._submission.client, self.run_id, status).value
        except KisekiError as error:
            self._status = status.value
            self._error = self._error or error
        finally:
            self._submission.release()
            with self._lock:
                self._ended.set()
            with self._written:
                self._written.notify_all()
            _open.discard(self)

    def _run(self, launch: Launch) -> int:
        with self._lock:
            if self._is_cancelled:
                return -1
            # In a session of its own, so that a signal reaches all that the command starts, and Ctrl-C this process alone.
            process = subprocess.Popen(  # noqa: S603 - the author's line is the project
                launch.arguments,
                cwd=launch.folder,
                env={"PYTHONUNBUFFERED": "1", **launch.variables},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
            self._process = process
        assert process.stdout is not None
        assert process.stderr is not None
        pumps = [
            threading.Thread(target=self._pump, args=(stream, target), daemon=True)
            for stream, target in zip((process.stdout, process.stderr), self._targets, strict=True)
        ]
        for pump in pumps:
            pump.start()
        code = process.wait()
        for pump in pumps:
            pump.join(_PIPE_SECONDS)
        return code

    def _pump(self, stream: IO[bytes], target: TextIO) -> None:
        """Hands on what a command writes, as it comes."""
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        is_shown = True
        with stream, self._log.open("ab", buffering=0) as log:
            while block := os.read(stream.fileno(), _BLOCK_BYTES):
                with self._written:
                    log.write(block)
                    self._written.notify_all()
                if is_shown:
                    try:
                        target.write(decoder.decode(block))
                        target.flush()
                    except (OSError, ValueError):
                        # Whoever read it has enough of it; the command goes on.
                        is_shown = False


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Asks all that a command started to end, and ends what has not after a while."""
    try:
        if process.poll() is None:
            _signal(process, signal.SIGTERM)
            process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        _signal(process, getattr(signal, "SIGKILL", signal.SIGTERM))


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
    except ProcessLookupError:
        pass


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
