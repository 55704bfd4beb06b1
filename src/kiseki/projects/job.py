"""A command on another machine that has this kiseki: runs it as a local run, and records how it ended.

Whoever submitted it may be gone by then.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Final

import msgspec

from kiseki import base
from kiseki.base.errors import KisekiError
from kiseki.base.settings import setting
from kiseki.client.client import KisekiClient
from kiseki.projects.backend import Submission
from kiseki.projects.launch import Launch, inherited
from kiseki.projects.local import LocalRun

PROGRAM: Final = """\
import os, sys
sys.path.pop(0)
try:
    from kiseki.projects.job import main
except ImportError:
    os.execvp(sys.argv[1], sys.argv[1:])
sys.exit(main(sys.argv[1:]))
"""
"""For Python: runs the command that its arguments are, and ends its run where this module is at hand."""


class JobEnvironment(msgspec.Struct, frozen=True):
    """The environment in which a job finds itself."""

    arguments: list[str]
    """The command."""
    kind: str | None = None

    def launch(self, line: str, folder: Path, variables: Mapping[str, str]) -> Launch:
        del line
        return Launch(arguments=self.arguments, variables={**inherited(), **variables}, folder=folder)


def job_arguments(launch: Launch) -> list[str]:
    """The process that runs a command, in the folder and with the variables of the launch, and ends its run.

    It is of this very Python and kiseki, whatever the environment of the command is.
    """
    place = Path(base.__file__).parents[2]
    return [sys.executable, "-c", f"import sys\nsys.path.append({str(place)!r})\n{PROGRAM}", *launch.arguments]


def main(arguments: Sequence[str]) -> int:
    """Runs a command, and ends the run that the variables of the environment name.

    Returns:
        What the process ends with: 0 when the command succeeded, 143 when SIGTERM ended it, else 1.
    """
    submission = Submission(
        client=KisekiClient(),
        run_id=setting("RUN_ID") or "",
        folder=Path.cwd(),
        line="",
        environment=JobEnvironment([*arguments]),
        variables={},
        release=lambda: None,
    )
    run = LocalRun(submission)
    try:
        signal.signal(signal.SIGTERM, _interrupt)
        return 0 if run.wait() else 1
    except KeyboardInterrupt:
        run.cancel()
        return 128 + signal.SIGTERM
    except KisekiError as error:
        print(f"Error: {error}", file=sys.stderr)  # noqa: T201 - the job's log
        return 1


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
