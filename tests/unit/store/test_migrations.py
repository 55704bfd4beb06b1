"""The chain of migrations and the schema that fresh databases get are the same."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from kiseki.base.errors import Unavailable
from kiseki.domain.experiments import ExperimentOrder, View
from kiseki.domain.logged_models import NewLoggedModel
from kiseki.domain.views import SavedView
from kiseki.service import logged_models
from kiseki.store import open_store
from kiseki.store.sql.migrate import HEAD
from kiseki.store.sql.migrations.run import configuration, upgrade_to_head
from kiseki.store.sql.tables import metadata


def _columns(path: Path) -> dict[str, list[tuple[str, str, int, int]]]:
    """Table -> (name, type, not null, primary key) of its columns, by name; without the index that a store makes itself."""
    with sqlite3.connect(path) as driver:
        names = [row[0] for row in driver.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        tables = [name for name in names if not name.startswith("model_version_parts")]
        columns = {
            table: sorted((row[1], row[2], row[3], row[5]) for row in driver.execute(f"PRAGMA table_info({table})"))
            for table in tables
        }
    driver.close()
    return columns


def _indexes(path: Path) -> dict[str, list[str]]:
    """Index -> its columns."""
    with sqlite3.connect(path) as driver:
        names = [
            row[0] for row in driver.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql NOT NULL")
        ]
        indexes = {name: [row[2] for row in driver.execute(f"PRAGMA index_info({name})")] for name in names}
    driver.close()
    return indexes


def _migrate(path: Path) -> None:
    """An empty file, brought up by the chain alone."""
    script = ScriptDirectory.from_config(configuration())
    upgrade_to_head(path, next(revision.revision for revision in script.walk_revisions()))


def test_the_newest_revision_is_the_one_that_fresh_databases_get() -> None:
    assert ScriptDirectory.from_config(configuration()).get_heads() == [HEAD]


def test_the_chain_makes_the_schema_of_fresh_databases(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path}/fresh.db", "mlflow-artifacts:/").close()
    _migrate(tmp_path / "migrated.db")
    assert _columns(tmp_path / "migrated.db") == _columns(tmp_path / "fresh.db")
    assert _indexes(tmp_path / "migrated.db") == _indexes(tmp_path / "fresh.db")


def test_the_chain_makes_what_the_tables_say(tmp_path: Path) -> None:
    _migrate(tmp_path / "migrated.db")
    engine = create_engine(f"sqlite:///{tmp_path}/migrated.db")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_a_database_of_the_first_version_is_brought_up_with_all_that_it_has(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        command.upgrade(configuration(connection), "0001_first")
    engine.dispose()
    with sqlite3.connect(path) as driver:
        driver.execute("INSERT INTO experiments VALUES (0, 'Default', 'mlflow-artifacts:/0', 0, 5, 5)")
        driver.execute(
            "INSERT INTO runs (run_id, experiment, name, user_id, status, start_time, lifecycle, artifact_uri)"
            " VALUES ('r', 0, 'old', 'me', 'RUNNING', 7, 0, 'mlflow-artifacts:/0/r/artifacts')"
        )
        driver.execute(
            "INSERT INTO links (run, key, step, timestamp, value, model_id, dataset_name, dataset_digest)"
            " VALUES (1, 2, 3, 4, 5, '', 'validation', 'abc')"
        )
    driver.close()
    for _ in range(2):
        store = open_store(f"sqlite:///{path}", "mlflow-artifacts:/")
        page, total = store.read(
            lambda session: session.experiments.find(View.ALL, None, "", ExperimentOrder.RUNS, True, 10, "")
        )
        assert (total, [(one.experiment.name, one.runs, one.last_activity) for one in page.items]) == (
            1,
            [("Default", 1, 7)],
        )
        view = SavedView(scope="s", name="n", state="{}", update_time=1)
        store.write(lambda session, view=view: session.views.save(view))  # type: ignore[misc]
        assert store.read(lambda session: session.views.list("s")) == [view]
        model = NewLoggedModel(experiment_id="0", name="m")
        store.write(lambda session, model=model: logged_models.create(session, model))  # type: ignore[misc]
        store.close()
    with sqlite3.connect(path) as driver:
        assert driver.execute("SELECT * FROM links").fetchall() == [(1, 1, 2, 3, 4, 5, "validation", "abc")]
    driver.close()
    fresh = tmp_path / "fresh.db"
    open_store(f"sqlite:///{fresh}", "mlflow-artifacts:/").close()
    assert (_columns(path), _indexes(path)) == (_columns(fresh), _indexes(fresh))


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "kiseki.db"
    open_store(f"sqlite:///{path}", "mlflow-artifacts:/").close()
    with sqlite3.connect(path) as driver:
        driver.execute("UPDATE alembic_version SET version_num = '9999_future'")
    driver.close()
    with pytest.raises(Unavailable, match="9999_future"):
        open_store(f"sqlite:///{path}", "mlflow-artifacts:/")


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as driver:
        driver.execute("CREATE TABLE customers (name TEXT)")
    driver.close()
    before = path.read_bytes()
    with pytest.raises(Unavailable, match="customers"):
        open_store(f"sqlite:///{path}", "mlflow-artifacts:/")
    assert path.read_bytes()[100:] == before[100:]
