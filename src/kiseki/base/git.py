"""git, asked by lists of arguments: it asks nobody for a password, runs no hooks, and ends in time."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Final

from kiseki.base.errors import MissingDependency, Unavailable
from kiseki.base.uris import without_user

_ELSEWHERE: Final = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_EXTERNAL_DIFF"})
"""Variables that a hook of git has, and that would lead to its repository instead of that of the folder."""


class Git:
    """git in a folder.

    Args:
        folder: Where it runs.
        purpose: What needs it, for the message where it is not installed.
        protocols: By which it may fetch, as in GIT_ALLOW_PROTOCOL; none by default.
        seconds: How long one question may take.

    Raises:
        MissingDependency: git is not installed.
    """

    def __init__(self, folder: Path, *, purpose: str, protocols: str = "none", seconds: float) -> None:
        program = shutil.which("git")
        if program is None:
            raise MissingDependency("git", purpose)
        options = ("advice.detachedHead=false", "core.hooksPath=/dev/null", "core.fsmonitor=false")
        self._command = [program, "-C", str(folder), *(part for option in options for part in ("-c", option))]
        self._seconds = seconds
        self._variables = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE} | {
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_ALLOW_PROTOCOL": protocols,
            "LC_ALL": "C",
        }

    def ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """What git answers, whether it succeeds or not.

        Raises:
            Unavailable: It does not end in time.
        """
        try:
            return subprocess.run(  # noqa: S603 - a list of arguments
                [*self._command, *arguments],
                capture_output=True,
                check=False,
                encoding="utf-8",
                env=self._variables,
                errors="replace",
                stdin=subprocess.DEVNULL,
                timeout=self._seconds,
            )
        except subprocess.TimeoutExpired:
            raise self._late(arguments) from None

    def run(self, *arguments: str) -> str:
        """What git answers.

        Raises:
            Unavailable: It fails; the message is git's.
        """
        finished = self.ask(*arguments)
        if finished.returncode != 0:
            raise Unavailable(f"git {arguments[0]} failed: {reason(finished)}.")
        return finished.stdout

    def read(self, *arguments: str, max_bytes: int) -> bytes | None:
        """What git answers, as it is; None where that is more than `max_bytes`, which are not kept in memory.

        Raises:
            Unavailable: It fails, or does not end in time.
        """
        with (
            tempfile.TemporaryFile() as errors,
            subprocess.Popen(  # noqa: S603 - a list of arguments
                [*self._command, *arguments],
                env=self._variables,
                stderr=errors,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
            ) as process,
        ):
            late = threading.Timer(self._seconds, process.kill)
            late.start()
            try:
                assert process.stdout is not None
                found = process.stdout.read(max_bytes + 1)
                if len(found) > max_bytes:
                    process.kill()
                    return None
                ended = process.wait()
                if not late.is_alive():
                    raise self._late(arguments)
            finally:
                late.cancel()
            if ended != 0:
                errors.seek(0)
                told = subprocess.CompletedProcess[str]([], ended, "", errors.read().decode(errors="replace"))
                raise Unavailable(f"git {arguments[0]} failed: {reason(told)}.")
            return found

    def _late(self, arguments: tuple[str, ...]) -> Unavailable:
        return Unavailable(f"git {arguments[0]} did not end within {self._seconds:.0f} seconds.")


def reason(finished: subprocess.CompletedProcess[str]) -> str:
    """Why git failed, in its words, without passwords."""
    return without_user(" ".join(finished.stderr.split())[-1000:]).rstrip(".") or f"it ended with {finished.returncode}"
