"""Persistence: `open_store` and the Protocols that it returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kiseki.base.errors import InvalidParameter
from kiseki.base.optional import optional
from kiseki.store.protocol import Reads, Session, Store

if TYPE_CHECKING:
    from kiseki.store.sql.engine import Engine

__all__ = ["SERVERS", "Reads", "Session", "Store", "open_engine", "open_store"]

SERVERS: Final = frozenset({"postgresql", "postgres", "mysql", "mariadb"})
"""The schemes of databases that are servers."""


def open_store(uri: str, artifact_root: str) -> Store:
    """Opens the database at `uri` and makes or upgrades its schema where needed.

    Args:
        uri: `sqlite:///relative/file`, `sqlite:////absolute/file`, `postgresql://user:password@host:5432/name`,
            `mysql://user:password@host:3306/name`; a driver may be named, as in `mysql+pymysql://`.
        artifact_root: Where a new experiment's artifacts go when nobody says: a URI or an absolute folder.

    Raises:
        InvalidParameter: No database of that kind is supported.
        MissingDependency: The driver of the database is not installed.
        Unavailable: The database cannot be opened; the message has the reason.
    """
    # The imports of the implementations are here, so that naming a Protocol does not load SQLAlchemy or a driver.
    kind = uri.partition(":")[0].partition("+")[0]
    if kind == "sqlite":
        from kiseki.store.sql.sqlite import SqliteStore

        return SqliteStore(uri, artifact_root)
    if kind in SERVERS:
        from kiseki.store.sql.server import ServerStore

        return ServerStore(open_engine(uri), artifact_root)
    raise InvalidParameter(
        f"Cannot open a store at {uri.partition('://')[0]!r}://…: kiseki knows sqlite:///FILE, postgresql://… and mysql://…. "
        "Give --backend-store-uri sqlite:///kiseki.db, for example."
    )


def open_engine(uri: str) -> Engine:
    """What speaks to the database server at `uri`; it does not connect yet.

    Raises:
        InvalidParameter: The URI names no database.
        MissingDependency: The driver is not installed.
    """
    if uri.partition(":")[0].partition("+")[0] in ("postgresql", "postgres"):
        optional("psycopg", "a PostgreSQL database", "kiseki[postgresql]")
        from kiseki.store.sql.postgresql import Postgresql

        return Postgresql(uri)
    optional("pymysql", "a MariaDB or MySQL database", "kiseki[mysql]")
    from kiseki.store.sql.mysql import Mysql

    return Mysql(uri)
