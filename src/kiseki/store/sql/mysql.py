"""MariaDB and MySQL, through PyMySQL."""

from __future__ import annotations

import ssl
from threading import Event
from typing import Any, ClassVar, Final

import pymysql
from pymysql.constants import CLIENT, CR, ER
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.exc import ArgumentError

from kiseki.base.errors import InvalidParameter, PermissionDenied, StorageFull, Unavailable
from kiseki.store.sql.engine import CONNECT_SECONDS, LOCK_SECONDS, READ_SECONDS, TRIES

_STATEMENT_TIMEOUT: Final = 1969
_QUERY_TIMEOUT: Final = 3024
_MET: Final = (
    *(ER.LOCK_DEADLOCK, ER.CHECKREAD),
    # A row that another transaction added, or removed while this one referred to it. Or the work is wrong.
    *(ER.DUP_ENTRY, ER.NO_REFERENCED_ROW_2, ER.ROW_IS_REFERENCED_2),
)
_DENIED: Final = (
    ER.ACCESS_DENIED_ERROR,
    ER.DBACCESS_DENIED_ERROR,
    ER.TABLEACCESS_DENIED_ERROR,
    ER.OPTION_PREVENTS_STATEMENT,
)
_FULL: Final = (ER.DISK_FULL, ER.RECORD_FILE_FULL)
_TOO_LARGE: Final = (ER.NET_PACKET_TOO_LARGE, ER.TOO_MANY_TABLES, ER.STACK_OVERRUN_NEED_MORE, 1105)
# The server has gone away, or the connection ended in the middle; or it is shutting down, or was told to end it.
_LOST: Final = (0, 2006, 2013, 2055, 1053, 1927, 1158, 1159, 1160, 1161)
_OPTIONS: Final = {"ssl_ca", "ssl_cert", "ssl_key", "unix_socket"}
# Nothing is cut or changed silently, and 0 is a number like any other.
_MODE: Final = "STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"


class Mysql:
    """`kiseki.store.sql.engine.Engine`."""

    arrays: ClassVar = False
    returns: ClassVar = False
    walks: ClassVar = False
    sends_ahead: ClassVar = False

    def __init__(self, uri: str) -> None:
        try:
            url = make_url(uri)
        except ArgumentError as error:
            raise InvalidParameter(f"{uri.partition('://')[0]!r} address: {error}") from None
        if (
            url.get_driver_name() not in ("pymysql", "mysqldb", "mysqlconnector", "mariadbconnector")
            or not url.database
        ):
            raise InvalidParameter("This is no MySQL address. Write mysql://user:password@host:3306/name.")
        options = {name: str(value) for name, value in url.query.items() if name in _OPTIONS}
        self._place = f"mysql://{url.host or 'localhost'}{f':{url.port}' if url.port else ''}/{url.database}"
        self._options: dict[str, Any] = {
            "host": url.host or "localhost",
            "port": url.port or 3306,
            "user": url.username,
            "password": url.password or "",
            "database": url.database,
            "charset": "utf8mb4",
            "autocommit": False,
            "connect_timeout": round(CONNECT_SECONDS),
            "read_timeout": round(READ_SECONDS + LOCK_SECONDS),
            "write_timeout": round(READ_SECONDS + LOCK_SECONDS),
            "binary_prefix": True,
            # An UPDATE tells how many rows it found, not how many had other values before.
            "client_flag": CLIENT.FOUND_ROWS,
            **options,
        }
        if "ssl_ca" in options:
            self._options["ssl_verify_cert"] = True
        self._tls: dict[str, Any] = {} if any(name.startswith("ssl_") for name in options) else {"ssl": _encrypted()}
        self.is_mariadb = True
        self.dialect: Dialect = make_url("mariadb+pymysql://").get_dialect()()

    @property
    def place(self) -> str:
        return self._place

    def connect(self) -> Any:
        return self._connect("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")

    def connect_to_write(self) -> Any:
        return self.connect()

    def connect_to_read(self) -> Any:
        driver = self._connect("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with driver.cursor() as cursor:
            if self.is_mariadb:
                cursor.execute(f"SET SESSION max_statement_time = {READ_SECONDS}")
            else:
                cursor.execute(f"SET SESSION max_execution_time = {READ_SECONDS * 1000:.0f}")
        return driver

    def _connect(self, isolation: str) -> Any:
        driver = self._driver()
        with driver.cursor() as cursor:
            cursor.execute("SELECT VERSION()")
            version = str((cursor.fetchone() or ("",))[0])
            if self.is_mariadb and "mariadb" not in version.lower():
                self.is_mariadb, self.dialect = False, MySQLDialect_pymysql()
            cursor.execute(f"SET SESSION sql_mode = '{_MODE}', innodb_lock_wait_timeout = {LOCK_SECONDS:.0f}")
            cursor.execute(isolation)
        driver.commit()
        return driver

    def _driver(self) -> Any:
        """A connection as the options say; where they say nothing of TLS, with it if the server has it."""
        try:
            return pymysql.connect(**self._options, **self._tls)
        except pymysql.err.OperationalError as error:
            if "ssl" not in self._tls or _code(error) != CR.CR_SSL_CONNECTION_ERROR:
                raise
        self._tls = {"ssl_disabled": True}
        return pymysql.connect(**self._options, **self._tls)

    def begin_read(self, driver: Any) -> None:
        driver.query("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")

    def is_failure(self, error: BaseException) -> bool:
        return isinstance(error, pymysql.err.Error)

    def is_lost(self, driver: Any) -> bool:
        return not driver.open

    def tries(self, error: BaseException) -> int:
        code = _code(error)
        return TRIES if code in _MET else 1

    def means_lost(self, error: BaseException) -> bool:
        return isinstance(error, pymysql.err.InterfaceError) or _code(error) in _LOST

    def translate(self, error: BaseException) -> Exception:
        code, text = _code(error), " ".join(str(error).split())[:500]
        if code in (_STATEMENT_TIMEOUT, _QUERY_TIMEOUT):
            # Not one of the errors after which clients send the same again.
            return InvalidParameter(
                f"The request took longer than {READ_SECONDS:g} s and was ended. Ask for less at once: fewer conditions "
                "and wildcards, one experiment, a smaller page."
            )
        if code in _FULL:
            return StorageFull("No space is left for the database. Nothing was stored; free space and send it again.")
        if code in _DENIED:
            return PermissionDenied(f"The database cannot be used or written to: {text}. Check the rights of its user.")
        if code == ER.LOCK_WAIT_TIMEOUT:
            return Unavailable(
                f"Another transaction held a lock for over {LOCK_SECONDS:g} s. Nothing was stored; send it again."
            )
        if code in _TOO_LARGE:
            return InvalidParameter(
                f"The search is larger than the database can take ({text}). Use fewer conditions, values, wildcards or experiments."
            )
        return Unavailable(f"The database at {self.place} failed: {text}.")

    def lock(self, driver: Any, name: str, seconds: float) -> bool:
        with driver.cursor() as cursor:
            # Names are shared by all databases of a server.
            cursor.execute("SELECT GET_LOCK(CONCAT(MD5(DATABASE()), %s), %s)", (name, seconds))
            taken: bool = cursor.fetchone()[0] == 1
        driver.commit()
        return taken

    def unlock(self, driver: Any, name: str) -> None:
        with driver.cursor() as cursor:
            cursor.execute("SELECT RELEASE_LOCK(CONCAT(MD5(DATABASE()), %s))", (name,))
        driver.commit()

    def signals(self, driver: Any) -> MysqlSignals:
        return MysqlSignals(driver)

    def tables(self, driver: Any) -> set[str]:
        with driver.cursor() as cursor:
            cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()")
            return {name for (name,) in cursor.fetchall()}

    def size(self, driver: Any) -> int:
        with driver.cursor() as cursor:
            cursor.execute(
                "SELECT SUM(data_length + index_length) FROM information_schema.tables WHERE table_schema = DATABASE()"
            )
            return int(cursor.fetchone()[0] or 0)


def _encrypted() -> ssl.SSLContext:
    """TLS with whoever answers. The driver's own context is the same, but reads all certificates of the machine each time."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _code(error: BaseException) -> int:
    return int(error.args[0]) if error.args and isinstance(error.args[0], int) else 0


class MysqlSignals:
    """`kiseki.store.sql.engine.Signals` by a number that each process counts up.

    There is nothing like NOTIFY; that something was told is all that others hear.
    """

    def __init__(self, driver: Any) -> None:
        self._driver = driver
        driver.autocommit(True)
        with driver.cursor() as cursor:
            cursor.execute("INSERT IGNORE INTO settings (name, value) VALUES ('signals', '0')")
        self._seen = self._count()

    def send(self, text: str) -> None:
        with self._driver.cursor() as cursor:
            cursor.execute("UPDATE settings SET value = CAST(value AS SIGNED) + 1 WHERE name = 'signals'")
        self._seen += 1

    def wait(self, seconds: float, closing: Event) -> list[str]:
        closing.wait(seconds)
        count = self._count()
        told, self._seen = count != self._seen, count
        return ["something"] if told else []

    def _count(self) -> int:
        with self._driver.cursor() as cursor:
            cursor.execute("SELECT value FROM settings WHERE name = 'signals'")
            return int(cursor.fetchone()[0])
