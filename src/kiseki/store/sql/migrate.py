"""Bringing a database to the schema of this version.

A fresh database gets all tables at once. Alembic, which takes longer to import than the rest of a start, is imported
only when the versions differ.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from kiseki.base.clock import now_ms
from kiseki.base.errors import Unavailable
from kiseki.store.sql.tables import metadata

HEAD: Final = "0005_revisions"
"""The newest revision in `migrations/versions`."""


def upgrade(path: Path, driver: sqlite3.Connection, artifact_root: str) -> None:
    """Brings the database behind `driver` to `HEAD`; waits while another process does the same.

    Raises:
        Unavailable: The file is not a database of kiseki, or was made by a newer version.
    """
    driver.execute("BEGIN IMMEDIATE")
    try:
        tables = {row[0] for row in driver.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "alembic_version" in tables and "segments" in tables:
            current = driver.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        elif tables - {"sqlite_sequence"}:
            raise Unavailable(
                f"{path.name!r} is a database of something else than kiseki: it has the tables "
                f"{', '.join(sorted(tables)[:5])}. Give another file."
            )
        else:
            _create(driver, artifact_root)
            current = HEAD
        driver.execute("COMMIT")
    except BaseException:
        driver.execute("ROLLBACK")
        raise
    if current != HEAD:
        from kiseki.store.sql.migrations.run import upgrade_to_head

        upgrade_to_head(path, current)


def _create(driver: sqlite3.Connection, artifact_root: str) -> None:
    """All tables, and the experiment that is always there."""
    dialect = SQLiteDialect_pysqlite()
    for table in metadata.sorted_tables:
        driver.execute(str(CreateTable(table).compile(dialect=dialect)))
        for index in sorted(table.indexes, key=lambda one: str(one.name)):
            driver.execute(str(CreateIndex(index).compile(dialect=dialect)))
    driver.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    driver.execute("INSERT INTO alembic_version VALUES (?)", (HEAD,))
    now = now_ms()
    driver.execute(
        "INSERT INTO experiments (number, name, artifact_location, lifecycle, creation_time, last_update_time) "
        "VALUES (0, 'Default', ?, 0, ?, ?)",
        (f"{artifact_root.rstrip('/')}/0", now, now),
    )
