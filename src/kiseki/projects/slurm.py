"""Runs of projects as batch jobs of Slurm, whose machines share a file system with this one.

The environment is made here, and the job runs the same command as a local run would, in the same folder. Asked and told
with Slurm's own programs, whose output is made for that: https://slurm.schedmd.com/sbatch.html, squeue.html, scancel.html.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from kiseki.base.errors import ExecutionFailed, Unavailable
from kiseki.domain.runs import RunStatus
from kiseki.projects.backend import Submission
from kiseki.projects.docker import DockerEnvironment
from kiseki.projects.environment import Environment
from kiseki.projects.job import job_arguments
from kiseki.projects.launch import options
from kiseki.projects.remote_run import Job, RemoteRun
from kiseki.projects.submitted_run import SubmittedRun, lines_of

_OURS: Final = frozenset(
    {
        "array",
        "chdir",
        "clusters",
        "error",
        "export",
        "export-file",
        "help",
        "input",
        "no-requeue",
        "open-mode",
        "output",
    }
    | {"parsable", "quiet", "requeue", "test-only", "uid", "usage", "version", "wait", "wrap"}
)
"""Options of sbatch that would change what a run is."""

_WAITING: Final = frozenset({"PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "RESV_DEL_HOLD"})
_KILLED: Final = frozenset({"CANCELLED", "DEADLINE", "PREEMPTED", "REVOKED", "TIMEOUT"})
"""Somebody, or a limit, ended what would have gone on."""
_FAILED: Final = frozenset({"BOOT_FAIL", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "SPECIAL_EXIT"})

_SECONDS: Final = 60
_LOG_SECONDS: Final = 0.5


class SlurmBackend:
    """Executes runs as batch jobs of the Slurm that this machine submits to.

    Args:
        config: `folder`, which all machines see, for logs and what is fetched; ~/.kiseki/slurm when missing. All else are
            long options of sbatch.

    Raises:
        ExecutionFailed: Slurm's programs are not here, or an option is not the caller's.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        given = dict(config)
        place = given.pop("folder", None)
        if refused := sorted(_OURS & given.keys()):
            raise ExecutionFailed(
                f"The backend 'slurm' was given {', '.join(refused)}, which it sets itself. Give other long options of sbatch, "
                "such as partition, time, gres or cpus-per-task."
            )
        if short := [name for name in given if len(name) == 1]:
            raise ExecutionFailed(f"The backend 'slurm' was given {', '.join(short)}; expected long options of sbatch.")
        self._options = options(given, "sbatch")
        self.folder = Path(place or Path.home() / ".kiseki" / "slurm").expanduser().absolute()
        if "%" in str(self.folder) or "\\" in str(self.folder):
            raise ExecutionFailed(
                f"The folder {str(self.folder)!r} has a character that sbatch interprets; name another."
            )
        self._programs = {name: _program(name) for name in ("sbatch", "squeue", "scancel")}
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def check(self, environment: Environment, tracking_uri: str) -> None:
        del tracking_uri
        if isinstance(environment, DockerEnvironment) and environment.builds:
            raise ExecutionFailed(
                "An image that is built here is not on the machines of Slurm. Leave --build-image away, and the project is "
                "mounted into the image that it names."
            )

    def submit(self, submission: Submission) -> SubmittedRun:
        return RemoteRun(submission, lambda: self._submitted(submission))

    def _submitted(self, submission: Submission) -> Job:
        launch = submission.environment.launch(submission.line, submission.folder, submission.variables)
        log = self.folder / f"{submission.run_id}.log"
        # What is secret is in the variables, not in the script.
        script = f"#!/bin/sh\nexec {shlex.join(job_arguments(launch))}\n"
        command = [self._programs["sbatch"], "--parsable", "--no-requeue", f"--job-name=kiseki-{submission.run_id[:8]}"]
        command += [f"--chdir={launch.folder}", f"--output={log}", "--export=ALL", *self._options]
        # Those of a job in which this process may be are of that job.
        own = {
            name: value
            for name, value in launch.variables.items()
            if not name.startswith("SLURM_") or name == "SLURM_CONF"
        }
        finished = subprocess.run(  # noqa: S603 - a list of arguments
            command, env=own, input=script, capture_output=True, text=True, check=False
        )
        if finished.returncode != 0:
            raise ExecutionFailed(
                f"Slurm did not take the job: {finished.stderr.strip()[-1000:]}\nThe options are: {' '.join(command[1:])}"
            )
        return SlurmJob(finished.stdout.strip().partition(";")[0], log, self._programs)


class SlurmJob:
    """A batch job.

    Args:
        number: Slurm's id of it.
        log: The file into which it writes.
        programs: Slurm's programs, by name.
    """

    def __init__(self, number: str, log: Path, programs: Mapping[str, str]) -> None:
        self.name = f"slurm {number}"
        self._number = number
        self._log = log
        self._programs = programs

    def status(self) -> RunStatus | None:
        found = self._ask("squeue", "--noheader", "--states=all", f"--jobs={self._number}", "--format=%T")
        return None if found is None else status_of(found)

    def stop(self) -> None:
        self._ask("scancel", self._number)

    def lines(self, goes_on: Callable[[], bool]) -> Iterator[str]:
        return lines_of(self._blocks(goes_on))

    def _blocks(self, goes_on: Callable[[], bool]) -> Iterator[bytes]:
        position = 0
        while True:
            is_last = not goes_on()
            if self._log.exists():
                # Opened anew each time: on a network's file system an open file may not see what others write.
                with self._log.open("rb") as file:
                    file.seek(position)
                    found = file.read()
                position += len(found)
                yield found
            if is_last:
                return
            time.sleep(_LOG_SECONDS)

    def _ask(self, program: str, *arguments: str) -> str | None:
        """What a program of Slurm says; None when it does not know the job."""
        try:
            finished = subprocess.run(  # noqa: S603 - a list of arguments
                [self._programs[program], *arguments], capture_output=True, text=True, check=False, timeout=_SECONDS
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unavailable(f"{program} cannot be asked: {error}") from None
        if finished.returncode == 0:
            return finished.stdout.strip() or None
        if "Invalid job id" in finished.stderr:
            return None
        raise Unavailable(f"{program} ended with {finished.returncode}: {finished.stderr.strip()[-300:]}")


def status_of(state: str) -> RunStatus:
    """What a run's status is when its job has a state, one of those of squeue."""
    if state in _WAITING:
        return RunStatus.SCHEDULED
    if state in _KILLED:
        return RunStatus.KILLED
    if state in _FAILED:
        return RunStatus.FAILED
    # COMPLETING, SUSPENDED and others are of a job that has started, and has not ended.
    return RunStatus.FINISHED if state == "COMPLETED" else RunStatus.RUNNING


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise ExecutionFailed(f"The backend 'slurm' needs the program {name}: run it where jobs can be submitted.")
    return found
