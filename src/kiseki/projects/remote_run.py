"""Runs of projects that are jobs of a scheduler: watched until they have ended, with their output shown here."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final, Protocol, TextIO

from kiseki.base.errors import KisekiError, Unavailable
from kiseki.domain.runs import RunStatus
from kiseki.projects.backend import Submission
from kiseki.projects.background_run import BackgroundRun
from kiseki.projects.recorded_run import ENDED

JOB_TAG: Final = "kiseki.project.job"
"""Of the run: who executes it, and the name that the job has there."""

_SOONEST_SECONDS: Final = 0.2
_LATEST_SECONDS: Final = 30.0
_SHOWN_SECONDS: Final = 10.0
"""How long the rest of the output may take to arrive, when the job has ended."""

_log = logging.getLogger("kiseki")


class Job(Protocol):
    """A job of a scheduler that executes the command of one run. Safe for use by several threads."""

    @property
    def name(self) -> str:
        """The scheduler, and the job's name there."""
        ...

    def status(self) -> RunStatus | None:
        """What the scheduler knows of it now; None where it does not know it any more.

        Raises:
            Unavailable: The scheduler does not answer.
        """
        ...

    def stop(self) -> None:
        """Has the scheduler end it and all that it started, and does not wait; does nothing when it has ended.

        Raises:
            Unavailable: The scheduler does not answer.
        """
        ...

    def lines(self, goes_on: Callable[[], bool]) -> Iterator[str]:
        """What it wrote so far, and what it writes for as long as it goes on; its last lines, too."""
        ...


class RemoteRun(BackgroundRun):
    """A run that is a job of a scheduler.

    Its end is noticed after a tenth of the time that it took, and at most half a minute.

    Args:
        submission: The run.
        submit: Makes the environment, and the job; called in the background.
    """

    def __init__(self, submission: Submission, submit: Callable[[], Job]) -> None:
        super().__init__(submission)
        self._status = RunStatus.SCHEDULED
        self._submit = submit
        self._job: Job | None = None
        self._is_submitted = threading.Event()
        self._is_over = threading.Event()
        self._is_to_stop = threading.Event()
        self._target = sys.stdout
        self.start()

    def logs(self, follow: bool = False) -> Iterator[str]:
        if follow:
            self._is_submitted.wait()
        if self._job is not None:
            yield from self._job.lines(lambda: follow and not self._is_over.is_set())

    def _execute(self) -> RunStatus:
        shower = None
        try:
            job = self._submit()
            self._job = job
            self._is_submitted.set()
            self._record(job)
            shower = threading.Thread(target=self._show, args=(self._target,), daemon=True)
            shower.start()
            return self._watch(job)
        finally:
            self._is_submitted.set()
            self._is_over.set()
            if shower is not None:
                shower.join(_SHOWN_SECONDS)

    def _record(self, job: Job) -> None:
        try:
            self._submission.client.set_tag(self.run_id, JOB_TAG, job.name, synchronous=True)
        except KisekiError as error:
            _log.warning("Run %s is %s, which could not be recorded: %s", self.run_id, job.name, error)

    def _watch(self, job: Job) -> RunStatus:
        started = time.monotonic()
        is_told = is_stopped = False
        while True:
            try:
                if self._is_cancelled and not is_stopped:
                    job.stop()
                    is_stopped = True
                found = job.status()
                is_told = False
            except Unavailable as error:
                found = self._status
                if not is_told:
                    _log.warning("%s is asked again until it answers: %s", job.name, error)
                is_told = True
            if found is None:
                # A job that is one of kiseki's own has said itself how it ended.
                recorded = RunStatus(self._submission.client.get_run(self.run_id).info.status)
                if recorded not in ENDED and not self._is_cancelled:
                    _log.warning("%s is not known there any more, and has not recorded how it ended.", job.name)
                return recorded if recorded in ENDED else RunStatus.KILLED
            if found in ENDED:
                return found
            self._status = found
            wait = min(_LATEST_SECONDS, max(_SOONEST_SECONDS, (time.monotonic() - started) / 10))
            if self._is_to_stop.wait(wait):
                time.sleep(min(wait, 1.0))

    def _stop(self) -> None:
        self._is_to_stop.set()

    def _show(self, target: TextIO) -> None:
        try:
            for line in self.logs(follow=True):
                target.write(f"{line}\n")
                target.flush()
        except (KisekiError, OSError, ValueError) as error:
            # Whoever read it has enough of it, or the log cannot be had; the job goes on.
            _log.debug("The output of %s is not shown any more: %s", self.run_id, error)
