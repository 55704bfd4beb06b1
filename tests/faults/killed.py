"""Runs a command of kiseki and kills it, as `kill -9` does, before its n-th step.

    python killed.py N ARGUMENTS...

A step is a statement that changes the database or begins or ends a transaction, a change of a folder, or a request to an
object store. With N 0 nothing is killed, and the number of steps is the last line on stderr.
"""

from __future__ import annotations

import functools
import os
import signal
import sqlite3
import sys
from typing import Any

import psycopg
from obstore.store import S3Store
from pymysql.connections import Connection as MysqlConnection

from kiseki.store.sql.postgresql_sender import Sender

_CHANGES = ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK", "INSERT", "UPDATE", "DELETE")
_FOLDERS = {"os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link"}

_DRIVERS: dict[type, tuple[str, ...]] = {
    psycopg.Cursor: ("execute", "executemany"),
    psycopg.Connection: ("commit", "rollback"),
    Sender: ("send", "commit", "rollback"),
    MysqlConnection: ("_execute_command",),
}
"""All that goes to a database server goes through these."""

_REQUESTS = ("list", "list_with_delimiter", "head", "get", "put", "delete")
"""The methods of a store that ask a bucket for something."""

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

    def watch(self, owner: type, name: str) -> None:
        """Hears of the statements of a method of a driver; its name is the statement when it takes none."""
        method = getattr(owner, name)

        @functools.wraps(method)
        def watched(driver: Any, *arguments: Any, **options: Any) -> Any:
            texts = [one.decode(errors="replace") if isinstance(one, bytes) else one for one in arguments]
            self.statement(next((one for one in texts if isinstance(one, str)), name.upper()))
            return method(driver, *arguments, **options)

        setattr(owner, name, watched)

    def watch_requests(self, owner: type, name: str) -> None:
        """Counts the calls of a method of an object store."""
        method = getattr(owner, name)

        @functools.wraps(method)
        def watched(*arguments: Any, **options: Any) -> Any:
            self.step()
            return method(*arguments, **options)

        setattr(owner, name, watched)


def main() -> None:
    from kiseki.cli import cli

    steps = Steps(int(sys.argv[1]))
    sys.addaudithook(steps.audit)
    sqlite3.connect = steps.connect  # type: ignore[assignment]
    for owner, names in _DRIVERS.items():
        for name in names:
            steps.watch(owner, name)
    for name in _REQUESTS:
        steps.watch_requests(S3Store, name)
    try:
        cli.main(sys.argv[2:], prog_name="kiseki", standalone_mode=False)
    finally:
        print(steps.count, file=sys.stderr)


if __name__ == "__main__":
    main()
