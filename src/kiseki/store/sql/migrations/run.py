"""Running Alembic on a database of an older version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, StaticPool

from kiseki.base.errors import Unavailable
from kiseki.store.sql.engine import Engine


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration, with the connection that it shall use."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def upgrade_server(engine: Engine, driver: Any, current: str) -> None:
    """Brings a database on a server from the revision `current` to the newest, over the connection `driver`.

    PostgreSQL does it in one transaction. MariaDB keeps each statement at once, and so each step does nothing of what it
    has done already.

    Raises:
        Unavailable: A newer version of kiseki made the database.
    """
    _check_known(engine.place, current)
    kept = StaticPool(lambda: driver)
    alchemy = create_engine(f"{engine.dialect.name}+{engine.dialect.driver}://", pool=kept)
    with alchemy.begin() as connection:
        command.upgrade(configuration(connection), "head")


def _check_known(place: str, current: str) -> None:
    script = ScriptDirectory.from_config(configuration())
    if current not in {revision.revision for revision in script.walk_revisions()}:
        raise Unavailable(
            f"The database {place!r} has the schema {current!r}, which a newer version of kiseki made. "
            "Upgrade this one: pip install --upgrade kiseki"
        )


def upgrade_to_head(path: Path, current: str) -> None:
    """Brings the SQLite file at `path` from the revision `current` to the newest, in one transaction.

    Raises:
        Unavailable: A newer version of kiseki made the database.
    """
    _check_known(path.name, current)
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)

    # Otherwise the driver commits before each statement that changes the schema, and a killed step stays half done.
    @event.listens_for(engine, "connect")
    def _manual(driver: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        driver.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.begin() as connection:
        command.upgrade(configuration(connection), "head")
    engine.dispose()
