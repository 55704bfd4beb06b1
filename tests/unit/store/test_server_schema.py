"""Making and upgrading the schema of a database on a server, and K10: what is left when that is killed."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from kiseki.base.errors import InvalidParameter, Unavailable
from kiseki.base.ids import ExperimentId
from kiseki.store import open_engine, open_store
from kiseki.store.inspection import inspect_store
from kiseki.store.sql import server_schema
from kiseki.store.sql.engine import Engine
from kiseki.store.sql.migrate import HEAD
from kiseki.store.sql.migrations.run import configuration
from kiseki.store.sql.tables import metadata
from tests.databases import ON_SERVERS, passing

ROOT = "mlflow-artifacts:/"


@pytest.fixture(params=ON_SERVERS)
def uri(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[str]:
    """An empty database."""
    with passing(request.param, tmp_path) as uri:
        yield uri


@pytest.fixture
def engine(uri: str) -> Engine:
    return open_engine(uri)


class KilledError(Exception):
    """What stands for the end of the process."""


def dying(base: Any, statements: int) -> Any:
    """A class of cursors of which the connection ends after so many statements."""
    left = statements

    class Dying(base):  # type: ignore[misc]
        def execute(self, *given: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                self.connection.close()
                raise KilledError
            return super().execute(*given, **named)

    return Dying


@contextlib.contextmanager
def dies_after(engine: Engine, statements: int) -> Iterator[None]:
    connect = engine.connect

    def connect_for_a_while() -> Any:
        driver = connect()
        name = "cursor_factory" if hasattr(driver, "cursor_factory") else "cursorclass"
        setattr(driver, name, dying(getattr(driver, name), statements))
        return driver

    engine.connect = connect_for_a_while  # type: ignore[method-assign]
    try:
        yield
    finally:
        engine.connect = connect  # type: ignore[method-assign]


def differences(engine: Engine) -> list[Any]:
    """What the database has otherwise than the tables say."""
    with contextlib.closing(engine.connect()) as driver:
        alchemy = create_engine(f"{engine.dialect.name}+{engine.dialect.driver}://", pool=StaticPool(lambda: driver))
        with alchemy.connect() as connection:
            return list(compare_metadata(MigrationContext.configure(connection), metadata))


def works(uri: str) -> None:
    """Fails unless the database stores and finds."""
    store = open_store(uri, ROOT)
    store.write(lambda session: session.experiments.create("works", None, {"t": "1"}, 1))
    found = store.read(lambda session: session.experiments.get_by_name("works"))
    assert found is not None
    assert found.tags == {"t": "1"}
    default = store.read(lambda session: session.experiments.get(ExperimentId("0")))
    assert default is not None
    assert (default.name, default.artifact_location) == ("Default", f"{ROOT}0")
    store.close()


def migrated(engine: Engine, revision: str) -> None:
    """Brings an empty database to a revision by the chain alone."""
    driver = engine.connect()
    alchemy = create_engine(f"{engine.dialect.name}+{engine.dialect.driver}://", pool=StaticPool(lambda: driver))
    with alchemy.begin() as connection:
        command.upgrade(configuration(connection), revision)
    driver.close()


def test_a_fresh_database_has_what_the_tables_say(uri: str, engine: Engine) -> None:
    open_store(uri, ROOT).close()
    assert differences(engine) == []
    works(uri)


def test_the_chain_makes_what_the_tables_say(uri: str, engine: Engine) -> None:
    migrated(engine, "head")
    assert differences(engine) == []


def test_a_database_that_was_made_to_a_half_is_made_anew(uri: str, engine: Engine) -> None:
    killed = 0
    for statements in (2, 3, 5, 9, 20, 40, 45, 50, 55):
        try:
            with dies_after(engine, statements):
                server_schema.prepare(engine, ROOT)
        except Exception:
            killed += 1
    assert killed > 5
    works(uri)
    assert differences(engine) == []


@pytest.mark.parametrize("statements", range(12))
def test_an_upgrade_that_was_killed_is_done_again(uri: str, engine: Engine, statements: int) -> None:
    migrated(engine, "0001_first")
    with contextlib.closing(engine.connect()) as driver:
        driver.cursor().execute(
            "INSERT INTO experiments (number, name, artifact_location, lifecycle, creation_time, last_update_time)"
            f" VALUES (0, 'Default', '{ROOT}0', 0, 5, 5)"
        )
        driver.commit()
    # Whatever a connection that has ended makes of it.
    with contextlib.suppress(Exception), dies_after(engine, statements + 3):
        server_schema.prepare(engine, ROOT)
    works(uri)
    assert differences(engine) == []


def test_many_processes_that_start_at_once_make_one_schema(uri: str, engine: Engine) -> None:
    script = """
        import sys
        from kiseki.store import open_store
        store = open_store(sys.argv[1], "mlflow-artifacts:/")
        store.write(lambda session: session.experiments.create(sys.argv[2], None, {}, 1))
        store.close()
    """
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(script), uri, f"e{i}"], stderr=subprocess.PIPE, text=True
        )
        for i in range(6)
    ]
    for process in processes:
        _, error = process.communicate(timeout=120)
        assert process.returncode == 0, error
    assert differences(engine) == []
    store = open_store(uri, ROOT)
    names = [store.read(lambda session, i=i: session.experiments.get_by_name(f"e{i}")) for i in range(6)]  # type: ignore[misc]
    store.close()
    assert all(names)


def test_a_database_of_a_newer_version_is_left_alone(uri: str, engine: Engine) -> None:
    open_store(uri, ROOT).close()
    with contextlib.closing(engine.connect()) as driver:
        assert server_schema.revision(engine, driver) == HEAD
        driver.cursor().execute("UPDATE alembic_version SET version_num = '9999_future'")
        driver.commit()
    with pytest.raises(Unavailable, match="9999_future"):
        open_store(uri, ROOT)


def test_a_database_of_something_else_is_left_alone(uri: str, engine: Engine) -> None:
    with contextlib.closing(engine.connect()) as driver:
        driver.cursor().execute("CREATE TABLE customers (name VARCHAR(10))")
        driver.commit()
        with pytest.raises(Unavailable, match="customers"):
            open_store(uri, ROOT)
        assert engine.tables(driver) == {"customers"}


@pytest.mark.parametrize("address", ["postgresql://kiseki@127.0.0.1:1/none", "mysql://kiseki:word@127.0.0.1:1/none"])
def test_a_server_that_is_not_there(address: str) -> None:
    with pytest.raises(Unavailable, match="failed") as caught:
        open_store(address, ROOT)
    assert "word" not in str(caught.value)


@pytest.mark.parametrize("address", ["mysql://h", "mysql+x://h/d", "postgresql+x://h/d", "postgresql:", "oracle://h/d"])
def test_addresses_that_name_no_database(address: str) -> None:
    with pytest.raises(InvalidParameter):
        open_store(address, ROOT)


def test_a_database_is_looked_at_without_being_changed(uri: str, engine: Engine) -> None:
    seen = inspect_store(uri)
    assert (seen.exists, seen.schema, seen.newest_schema, seen.error) == (False, "", HEAD, "")
    with contextlib.closing(engine.connect()) as driver:
        assert engine.tables(driver) == set()
    open_store(uri, ROOT).close()
    seen = inspect_store(uri)
    assert (seen.exists, seen.schema, seen.error, seen.path) == (True, HEAD, "", None)
    assert seen.bytes > 100_000
    assert "secret" not in seen.place
    missing = inspect_store(uri.rpartition("/")[0] + "/none")
    assert "none" in missing.error
    assert "secret" not in missing.error
