"""Runs a command of kiseki and kills it, as `kill -9` does, before its n-th step.

    python killed.py N ARGUMENTS...

A step is a statement that changes the database or begins or ends a transaction, or a change of a folder. With N 0
nothing is killed, and the number of steps is the last line on stderr.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from typing import Any

_CHANGES = ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK", "INSERT", "UPDATE", "DELETE")
_FOLDERS = {"os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link"}

_connect = sqlite3.connect


class Steps:
    """Counts, and kills when it is time."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.count = 0

    def step(self) -> None:
        self.count += 1
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def statement(self, text: str) -> None:
        if text.lstrip().startswith(_CHANGES):
            self.step()

    def audit(self, event: str, _: tuple[Any, ...]) -> None:
        if event in _FOLDERS:
            self.step()

    def connect(self, *arguments: Any, **options: Any) -> sqlite3.Connection:
        driver: sqlite3.Connection = _connect(*arguments, **options)
        driver.set_trace_callback(self.statement)
        return driver


def main() -> None:
    from kiseki.cli import cli

    steps = Steps(int(sys.argv[1]))
    sys.addaudithook(steps.audit)
    sqlite3.connect = steps.connect  # type: ignore[assignment]
    try:
        cli.main(sys.argv[2:], prog_name="kiseki", standalone_mode=False)
    finally:
        print(steps.count, file=sys.stderr)


if __name__ == "__main__":
    main()
