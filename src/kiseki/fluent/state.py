"""Which runs and which logged model are active: per thread, and per task where asyncio runs several in one.

A thread starts without any. A task starts with those of its creator, and what it starts or ends itself is its own. In a
notebook every cell may be a task of its own, and yet a run that one cell starts must be there for the next: there they
belong to the thread alone.
"""

from __future__ import annotations

import sys
import threading
from contextvars import ContextVar
from typing import Final, Generic, NamedTuple, TypeVar

from kiseki.client.client import KisekiClient
from kiseki.entities import Run

T = TypeVar("T")


class Entry(NamedTuple):
    """A run that was started here, and the client that it was started with: it stays where it began."""

    run: Run
    client: KisekiClient

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.run.info.run_id


class Own(Generic[T]):
    """A value that each thread or task has for itself."""

    def __init__(self, name: str, default: T) -> None:
        self._default = default
        self._of_task: ContextVar[T] = ContextVar(name, default=default)
        self._of_thread = threading.local()

    def get(self) -> T:
        """The value here."""
        if in_notebook():
            found: T = getattr(self._of_thread, "value", self._default)
            return found
        return self._of_task.get()

    def set(self, value: T) -> None:
        """Changes the value here."""
        if in_notebook():
            self._of_thread.value = value
        else:
            self._of_task.set(value)


_stack: Final[Own[tuple[Entry, ...]]] = Own("kiseki_active_runs", ())
_last: Final[Own[Entry | None]] = Own("kiseki_last_run", None)
active_model_id: Final[Own[str | None]] = Own("kiseki_active_model", None)
"""The id of the logged model that was made the active one."""
last_model_id: Final[Own[str | None]] = Own("kiseki_last_model", None)
"""The id of the logged model that was added last."""

_lock = threading.Lock()
_open: dict[str, Entry] = {}
"""All runs that this process started and has not ended, of all threads."""


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    # Asked of what is loaded: importing IPython to find out would cost more than kiseki itself.
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None and hasattr(module, "get_ipython") else None
    return shell is not None and getattr(shell, "kernel", None) is not None


def stack() -> tuple[Entry, ...]:
    """The active runs, the innermost last."""
    return _stack.get()


def current() -> Entry | None:
    """The innermost active run."""
    entries = stack()
    return entries[-1] if entries else None


def last() -> Entry | None:
    """The run that was started or ended last here."""
    return current() or _last.get()


def push(entry: Entry) -> None:
    """Makes a run the innermost active one."""
    _set((*stack(), entry), entry)
    with _lock:
        _open[entry.run_id] = entry


def remove(run_id: str) -> Entry | None:
    """Takes a run from the stack; None when it is not active here."""
    entries = stack()
    found = next((entry for entry in reversed(entries) if entry.run_id == run_id), None)
    if found is not None:
        _set(tuple(entry for entry in entries if entry.run_id != run_id), found)
        with _lock:
            _open.pop(run_id, None)
    return found


def all_open() -> list[Entry]:
    """The runs that this process started and has not ended, the latest first."""
    with _lock:
        return list(reversed(_open.values()))


def _set(entries: tuple[Entry, ...], touched: Entry) -> None:
    _stack.set(entries)
    _last.set(touched)


def forget() -> None:
    """Lets go of the open runs of a parent process; a child that logs to one must not end it."""
    global _lock
    # The thread that held the lock when the process forked does not exist in the child.
    _lock = threading.Lock()
    _open.clear()
