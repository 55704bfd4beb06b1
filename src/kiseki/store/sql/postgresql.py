"""PostgreSQL, through psycopg 3."""

from __future__ import annotations

from threading import Event
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

import psycopg
from psycopg import errors
from psycopg.types.numeric import Int8Dumper
from sqlalchemy.engine import Dialect, make_url

from kiseki.base.errors import InvalidParameter, PermissionDenied, StorageFull, Unavailable
from kiseki.store.ordered import text_hash
from kiseki.store.sql.engine import CONNECT_SECONDS, LOCK_SECONDS, READ_SECONDS, TRIES
from kiseki.store.sql.postgresql_sender import Sender

# The last two: a row that another transaction added, or removed while this one referred to it. Or the work is wrong.
_MET: Final = (
    errors.DeadlockDetected,
    errors.SerializationFailure,
    errors.UniqueViolation,
    errors.ForeignKeyViolation,
)
# A server that loses its client ends the transaction; a client that loses its server hears of it.
_SETTINGS: Final = {
    "lock_timeout": f"{LOCK_SECONDS:.0f}s",
    "idle_in_transaction_session_timeout": "60s",
    "synchronous_commit": "on",
}
# Who writes looks rows up by their keys. A plan that was made while a table was small, to read it whole, would be kept while it grows.
_ROWS_BY_KEY: Final = {"enable_hashjoin": "off", "enable_mergejoin": "off", "enable_seqscan": "off"}


class Postgresql:
    """`kiseki.store.sql.engine.Engine`."""

    arrays: ClassVar = True
    returns: ClassVar = True
    walks: ClassVar = True
    sends_ahead: ClassVar = True

    def __init__(self, uri: str) -> None:
        scheme, _, rest = uri.partition("://")
        if not rest or scheme.partition("+")[2] not in ("", "psycopg", "psycopg2"):
            raise InvalidParameter(
                f"{scheme!r} is no PostgreSQL address. Write postgresql://user:password@host:5432/name."
            )
        self._uri = f"postgresql://{rest}"
        self.dialect: Dialect = make_url("postgresql+psycopg://").get_dialect()()

    @property
    def place(self) -> str:
        parts = urlsplit(self._uri)
        return f"postgresql://{parts.netloc.rpartition('@')[2]}{parts.path}"

    def connect(self) -> psycopg.Connection[Any]:
        return self._connect({**_SETTINGS, "default_transaction_isolation": "read committed"})

    def connect_to_write(self) -> Sender:
        return Sender(self._connect({**_SETTINGS, **_ROWS_BY_KEY, "default_transaction_isolation": "read committed"}))

    def connect_to_read(self) -> psycopg.Connection[Any]:
        return self._connect(
            {
                **_SETTINGS,
                "default_transaction_isolation": "repeatable read",
                "default_transaction_read_only": "on",
                "statement_timeout": f"{READ_SECONDS:.0f}s",
            }
        )

    def _connect(self, settings: dict[str, str]) -> psycopg.Connection[Any]:
        driver = psycopg.connect(
            self._uri,
            connect_timeout=round(CONNECT_SECONDS),
            options=" ".join(f"-c {name}={value.replace(' ', chr(92) + ' ')}" for name, value in settings.items()),
            application_name="kiseki",
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
            tcp_user_timeout=20_000,
        )
        # One type for all integers, so that a statement is prepared once whatever their sizes.
        driver.adapters.register_dumper(int, Int8Dumper)
        driver.prepare_threshold = 2
        return driver

    def begin_read(self, driver: Any) -> None:
        """The driver begins by itself."""

    def is_failure(self, error: BaseException) -> bool:
        return isinstance(error, psycopg.Error)

    def is_lost(self, driver: Any) -> bool:
        return bool(driver.closed or driver.broken)

    def tries(self, error: BaseException) -> int:
        return TRIES if isinstance(error, _MET) else 1

    def means_lost(self, error: BaseException) -> bool:
        return isinstance(error, psycopg.OperationalError) and (
            error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))
        )

    def translate(self, error: BaseException) -> Exception:
        text = " ".join(str(error).split())[:500]
        if isinstance(error, errors.QueryCanceled):
            # Not one of the errors after which clients send the same again.
            return InvalidParameter(
                f"The request took longer than {READ_SECONDS:g} s and was ended. Ask for less at once: fewer conditions "
                "and wildcards, one experiment, a smaller page."
            )
        if isinstance(error, errors.DiskFull):
            return StorageFull("No space is left for the database. Nothing was stored; free space and send it again.")
        if isinstance(error, errors.InsufficientPrivilege | errors.ReadOnlySqlTransaction):
            return PermissionDenied(f"The database cannot be written to: {text}. Check the rights of its user.")
        if isinstance(error, errors.LockNotAvailable):
            return Unavailable(
                f"Another transaction held a lock for over {LOCK_SECONDS:g} s. Nothing was stored; send it again."
            )
        if isinstance(
            error, errors.StatementTooComplex | errors.ProgramLimitExceeded | errors.ConfigurationLimitExceeded
        ):
            return InvalidParameter(
                f"The search is larger than the database can take ({text}). Use fewer conditions, values or experiments."
            )
        return Unavailable(f"The database at {self.place} failed: {text}.")

    def lock(self, driver: Any, name: str, seconds: float) -> bool:
        cursor = driver.cursor()
        try:
            if seconds == 0:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", (text_hash(name),))
                return bool(cursor.fetchone()[0])
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", (f"{seconds:.0f}s",))
            try:
                cursor.execute("SELECT pg_advisory_lock(%s)", (text_hash(name),))
            except errors.LockNotAvailable:
                driver.rollback()
                return False
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", (_SETTINGS["lock_timeout"],))
            return True
        finally:
            driver.commit()

    def unlock(self, driver: Any, name: str) -> None:
        driver.execute("SELECT pg_advisory_unlock(%s)", (text_hash(name),))
        driver.commit()

    def signals(self, driver: Any) -> PostgresqlSignals:
        return PostgresqlSignals(driver)

    def tables(self, driver: Any) -> set[str]:
        cursor = driver.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        return {name for (name,) in cursor.fetchall()}

    def size(self, driver: Any) -> int:
        return int(driver.execute("SELECT pg_database_size(current_database())").fetchone()[0])


class PostgresqlSignals:
    """`kiseki.store.sql.engine.Signals` by LISTEN and NOTIFY."""

    def __init__(self, driver: psycopg.Connection[Any]) -> None:
        self._driver = driver
        self._own = driver.info.backend_pid
        driver.autocommit = True
        driver.execute("LISTEN kiseki")

    def send(self, text: str) -> None:
        self._driver.execute("SELECT pg_notify('kiseki', %s)", (text,))

    def wait(self, seconds: float, closing: Event) -> list[str]:
        closing.wait(seconds)
        return [one.payload for one in self._driver.notifies(timeout=0) if one.pid != self._own]
