"""Bringing a database on a server to the schema of this version; one process at a time."""

from __future__ import annotations

import secrets
from typing import Any, Final

from sqlalchemy import bindparam, insert, select
from sqlalchemy.schema import CreateIndex, CreateTable, DropTable

from kiseki.base.clock import now_ms
from kiseki.base.errors import Unavailable
from kiseki.store.sql.database import Connection, Database
from kiseki.store.sql.engine import Engine
from kiseki.store.sql.migrate import HEAD
from kiseki.store.sql.tables import experiments, metadata, settings

_LOCK: Final = "kiseki schema"
_WAIT_SECONDS: Final = 120.0
"""So long is waited for another process that makes or upgrades the schema."""
_VERSIONS: Final = "alembic_version"

_SECRET = select(settings.c.value).where(settings.c.name == "secret")
_ADD_SETTING = insert(settings).values(name=bindparam("called"), value=bindparam("text"))
_ADD_DEFAULT = insert(experiments).values(
    number=bindparam("id"),
    name="Default",
    artifact_location=bindparam("location"),
    lifecycle=0,
    creation_time=bindparam("now"),
    last_update_time=bindparam("now"),
)


def prepare(engine: Engine, artifact_root: str) -> bytes:
    """Makes or upgrades the schema where needed, and returns the secret with which page tokens are signed.

    Raises:
        Unavailable: The server does not answer; the database is of something else than kiseki, or of a newer version; or
            another process upgrades it for over two minutes.
    """
    try:
        driver = engine.connect()
        try:
            return _prepare(engine, driver, artifact_root)
        finally:
            driver.close()
    except Exception as error:
        if engine.is_failure(error):
            raise engine.translate(error) from error
        raise


def revision(engine: Engine, driver: Any) -> str | None:
    """The revision of the schema; None where there is none yet.

    Raises:
        Unavailable: The database is of something else than kiseki.
    """
    tables = engine.tables(driver)
    ours = set(metadata.tables) | {_VERSIONS}
    if tables - ours and not (_VERSIONS in tables and "segments" in tables):
        raise Unavailable(
            f"{engine.place} is a database of something else than kiseki: it has the tables "
            f"{', '.join(sorted(tables - ours)[:5])}. Give a database of its own: CREATE DATABASE kiseki."
        )
    if _VERSIONS not in tables:
        return None
    cursor = driver.cursor()
    cursor.execute("SELECT version_num FROM alembic_version")
    row = cursor.fetchone()
    return str(row[0]) if row else None


def _prepare(engine: Engine, driver: Any, artifact_root: str) -> bytes:
    if not engine.lock(driver, _LOCK, _WAIT_SECONDS):
        raise Unavailable(
            f"Another process has been making or upgrading the schema of {engine.place} for {_WAIT_SECONDS:g} s. Wait "
            "until it has ended, and start again."
        )
    current = revision(engine, driver)
    if current is None:
        _create(engine, driver, artifact_root)
        driver.commit()
    elif current != HEAD:
        from kiseki.store.sql.migrations.run import upgrade_server

        driver.rollback()
        upgrade_server(engine, driver, current)
    connection = Connection(Database(engine.dialect, b"", "", arrays=engine.arrays), driver)
    found = connection.row(_SECRET)
    if found is None:
        found = (secrets.token_hex(32),)
        connection.run(_ADD_SETTING, called="secret", text=found[0])
    driver.commit()
    engine.unlock(driver, _LOCK)
    return bytes.fromhex(found[0])


def _create(engine: Engine, driver: Any, artifact_root: str) -> None:
    """All tables, the experiment that is always there, and at the end the revision.

    MariaDB keeps each table at once. Without a revision nobody has used them yet, so what a process left that was killed
    here is dropped.
    """
    cursor = driver.cursor()
    left = engine.tables(driver)
    for table in reversed(metadata.sorted_tables):
        if table.name in left:
            cursor.execute(str(DropTable(table).compile(dialect=engine.dialect)))
    cursor.execute("DROP TABLE IF EXISTS alembic_version")
    for table in metadata.sorted_tables:
        cursor.execute(str(CreateTable(table).compile(dialect=engine.dialect)))
        for index in sorted(table.indexes, key=lambda one: str(one.name)):
            cursor.execute(str(CreateIndex(index).compile(dialect=engine.dialect)))
    connection = Connection(Database(engine.dialect, b"", "", arrays=engine.arrays), driver)
    connection.run(_ADD_DEFAULT, id=0, location=f"{artifact_root.rstrip('/')}/0", now=now_ms())
    cursor.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    cursor.execute("INSERT INTO alembic_version VALUES (%s)", (HEAD,))
