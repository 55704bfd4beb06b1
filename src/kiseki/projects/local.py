"""Runs of projects on this machine: a process for each, in the background, whose output is shown and kept."""

from __future__ import annotations

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

from kiseki.base.errors import ExecutionFailed
from kiseki.domain.runs import RunStatus
from kiseki.projects.backend import Submission
from kiseki.projects.background_run import BackgroundRun
from kiseki.projects.environment import Environment
from kiseki.projects.launch import Launch
from kiseki.projects.submitted_run import SubmittedRun, lines_of

STOP_SECONDS: Final = 10.0
"""How long a command that is cancelled has to end by itself."""

_PIPE_SECONDS: Final = 10.0
"""How long what a command left behind may still write, when it has ended itself."""

_BLOCK_BYTES: Final = 1 << 16


class LocalBackend:
    """Executes runs as processes of this machine.

    This process does not end before them; where Ctrl-C ends it, it cancels them.

    Args:
        config: Empty.

    Raises:
        ExecutionFailed: It is not.
    """

    folder = None

    def __init__(self, config: Mapping[str, Any]) -> None:
        if config:
            raise ExecutionFailed(
                f"The backend 'local' has no configuration, and was given {', '.join(map(repr, config))}."
            )

    def check(self, environment: Environment, tracking_uri: str) -> None:
        del environment, tracking_uri

    def submit(self, submission: Submission) -> SubmittedRun:
        return LocalRun(submission)


class LocalRun(BackgroundRun):
    """A run whose command is a process of this machine.

    Args:
        submission: The run, which is started at once. Its environment is made in the background, too.
    """

    def __init__(self, submission: Submission) -> None:
        super().__init__(submission)
        self._process: subprocess.Popen[bytes] | None = None
        self._written = threading.Condition()
        folder = tempfile.mkdtemp(prefix="kiseki-run-")
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._log = Path(folder, "log")
        self._log.touch()
        self._targets = (sys.stdout, sys.stderr)
        self.start()

    def logs(self, follow: bool = False) -> Iterator[str]:
        return lines_of(self._blocks(follow))

    def _blocks(self, follow: bool) -> Iterator[bytes]:
        with self._log.open("rb") as file:
            while True:
                with self._written:
                    is_last = self._ended.is_set() or not follow
                    found = file.read(_BLOCK_BYTES)
                    if not found and not is_last:
                        self._written.wait()
                        continue
                if not found:
                    return
                yield found

    def _execute(self) -> RunStatus:
        submission = self._submission
        launch = submission.environment.launch(submission.line, submission.folder, submission.variables)
        return RunStatus.FINISHED if self._run(launch) == 0 else RunStatus.FAILED

    def _stop(self) -> None:
        with self._lock:
            process = self._process
        if process is not None:
            _stop(process)

    def _finish(self, status: RunStatus) -> None:
        super()._finish(status)
        with self._written:
            self._written.notify_all()

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
