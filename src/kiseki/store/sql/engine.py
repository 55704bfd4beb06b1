"""What kinds of database servers do each in its own way; `postgresql` and `mysql` do it."""

from __future__ import annotations

from threading import Event
from typing import Any, ClassVar, Final, Protocol

from sqlalchemy.engine import Dialect

READ_SECONDS: Final = 30.0
"""A read that takes longer is ended."""
LOCK_SECONDS: Final = 10.0
"""A write that waits longer for a lock is given up."""
CONNECT_SECONDS: Final = 5.0
TRIES: Final = 8
"""So often in all a transaction is done that meets others, or whose rows contradict what they committed meanwhile."""


class Engine(Protocol):
    """One database on a server. A driver is a connection of DB-API 2.0 without autocommit."""

    arrays: ClassVar[bool]
    """A list parameter may be an array."""
    returns: ClassVar[bool]
    """An INSERT can tell the number of its row by RETURNING."""
    walks: ClassVar[bool]
    """A query finds the next entry of an index behind a value that another row of it has, and not only behind a parameter."""
    sends_ahead: ClassVar[bool]
    """A driver of `connect_to_write` does not wait for the answers to statements; its `sync` waits for all.

    An error may come with the answer to a later statement, or with the commit.
    """
    dialect: Dialect

    @property
    def place(self) -> str:
        """Where the database is, without its password."""
        ...

    def connect(self) -> Any:
        """A connection: each statement sees what others have committed.

        Raises:
            Exception: One of the driver's, which `translate` understands.
        """
        ...

    def connect_to_write(self) -> Any:
        """A connection for the many small writes of a server."""
        ...

    def connect_to_read(self) -> Any:
        """A connection whose transactions see one state, change nothing and end after `READ_SECONDS`."""
        ...

    def begin_read(self, driver: Any) -> None:
        """Begins a transaction on a connection for reading."""
        ...

    def is_failure(self, error: BaseException) -> bool:
        """Whether the driver raised it."""
        ...

    def is_lost(self, driver: Any) -> bool:
        """Whether the connection is of no use any more."""
        ...

    def tries(self, error: BaseException) -> int:
        """How often in all a transaction is done that fails so, since it may have met another one; 1 for any other failure."""
        ...

    def means_lost(self, error: BaseException) -> bool:
        """Whether the connection ended, so that what was not committed is not stored."""
        ...

    def translate(self, error: BaseException) -> Exception:
        """What a failure means to who asked."""
        ...

    def lock(self, driver: Any, name: str, seconds: float) -> bool:
        """Takes a lock that the connection holds until `unlock` or its end; False when another one holds it so long."""
        ...

    def unlock(self, driver: Any, name: str) -> None:
        """Gives the lock back."""
        ...

    def signals(self, driver: Any) -> Signals:
        """The way to and from other processes, over a connection that serves nothing else."""
        ...

    def tables(self, driver: Any) -> set[str]:
        """The names of the tables of the database."""
        ...

    def size(self, driver: Any) -> int:
        """The bytes of the database."""
        ...


class Signals(Protocol):
    """Short texts from and to other processes that use the database."""

    def send(self, text: str) -> None:
        """Tells all others; at most 8,000 bytes."""
        ...

    def wait(self, seconds: float, closing: Event) -> list[str]:
        """What others told since the last call; waits so long for it, but not once `closing` is set.

        A text that is no JSON says that something was told, but not what.
        """
        ...
