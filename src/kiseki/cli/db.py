"""`kiseki db`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click
import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.base.uris import without_user
from kiseki.cli.places import DEFAULT_URI, backend_store_option
from kiseki.cli.table import Column, cell, print_json, print_table, size

_ROOT: Final = "mlflow-artifacts:/"
"""Where artifacts of the experiment Default of a new database go: what a server does by default."""

_uri_argument = click.argument(
    "uri",
    required=False,
    envvar=["KISEKI_BACKEND_STORE_URI", "MLFLOW_BACKEND_STORE_URI"],
    metavar="[URI]",
)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


@click.group()
def db() -> None:
    """Back up, restore, copy, upgrade and check databases."""


@db.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@backend_store_option
@_as_json
def backup(file: Path, backend_store_uri: str | None, as_json: bool) -> None:
    """Copy the database to a new SQLite FILE while the server runs.

    The file has all that was answered before the backup began, is checked, and is there whole or not at all. Artifacts
    are not in it: copy their folder after the database. For a database server its own tools are faster:
    'pg_dump --format=custom --file=FILE URI', 'mariadb-dump --single-transaction --hex-blob DATABASE > FILE'.
    """
    from kiseki.cli.progress import Progress
    from kiseki.store.backup import back_up

    uri = backend_store_uri or DEFAULT_URI
    with Progress("Copying", 0) as bar:
        count = back_up(uri, file, bar)
    if as_json:
        print_json({"file": str(file.absolute()), "bytes": count})
    else:
        click.echo(f"Wrote {cell(file)}, {size(count)}, and checked it. Copy the folder with the artifacts now.")


@db.command("restore")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Lose what the database has now.")
@backend_store_option
@_as_json
def restore(file: Path, replace: bool, backend_store_uri: str | None, as_json: bool) -> None:
    """Put a backup FILE in the place of the database. Stop the server before.

    FILE is checked first. A database that has data is kept unless --replace is given, and one that is in use in any case.
    """
    from kiseki.cli.progress import Progress
    from kiseki.store.backup import restore as put_back

    uri = backend_store_uri or DEFAULT_URI
    with Progress("Restoring", 0) as bar:
        put_back(file, uri, replace, _ROOT, bar)
    if as_json:
        print_json({"file": str(file.absolute()), "database": without_user(uri)})
    else:
        click.echo(f"Restored {cell(without_user(uri))} from {cell(file)} and checked it.")


@db.command("copy")
@click.argument("source")
@click.argument("target")
@_as_json
def copy(source: str, target: str, as_json: bool) -> None:
    """Copy all data from the database SOURCE to the empty database TARGET, of the same kind or another.

    Ids stay as they are, so artifacts are found where they lie. At the end the number of rows and a digest of each table
    are compared. What is written to SOURCE meanwhile is not copied: stop its server to move for good. A copy that was
    ended is continued by the same command.
    """
    from kiseki.cli.progress import Progress
    from kiseki.store.backup import copy_store

    with Progress("Copying", 0) as bar:
        tables = copy_store(source, target, _ROOT, bar)
    if as_json:
        print_json({"tables": msgspec.to_builtins(tables)})
        return
    columns = [Column(title="TABLE"), Column(title="ROWS", right=True), Column(title="DIGEST", optional=True)]
    print_table(columns, ([name, one.rows, one.digest[:16]] for name, one in tables.items()))
    click.echo(f"Copied {sum(one.rows for one in tables.values()):,} rows; both databases have the same in each table.")


@db.command("upgrade")
@_uri_argument
def upgrade(uri: str | None) -> None:
    """Bring the database URI to the schema of this version, as a start of the server does. Make a backup before."""
    from kiseki.store import open_store

    uri = uri or DEFAULT_URI
    before = _schema(uri, must_exist=False)[0]
    open_store(uri, _ROOT).close()
    after = _schema(uri)[0]
    if before == after:
        click.echo(f"{cell(without_user(uri))} has the newest schema already, {after}.")
    else:
        click.echo(f"{cell(without_user(uri))} was brought from {before or 'nothing'} to the schema {after}.")


@db.command("current")
@_uri_argument
@_as_json
def current(uri: str | None, as_json: bool) -> None:
    """Print the schema of the database URI."""
    found, newest = _schema(uri or DEFAULT_URI)
    if as_json:
        print_json({"schema": found, "newest": newest})
    else:
        click.echo(found if found == newest else f"{found} (this version has {newest})")


@db.command("check")
@_uri_argument
@_as_json
def check(uri: str | None, as_json: bool) -> None:
    """Check that the database URI is sound and has the newest schema; ends with code 1 when not.

    All pages, indexes and references of a SQLite file are read. 'kiseki audit' compares metrics with their checksums.
    """
    from kiseki.store.backup import problems

    uri = uri or DEFAULT_URI
    found, newest = _schema(uri)
    wrong = (
        problems(uri)
        if found == newest
        else [f"it has the schema {found}, and this version has {newest}: run 'kiseki db upgrade {without_user(uri)}'"]
    )
    if as_json:
        print_json({"ok": not wrong, "schema": found, "newest": newest, "problems": wrong})
    for problem in [] if as_json else wrong:
        click.echo(f"WRONG: {cell(problem)}")
    if wrong:
        sys.exit(1)
    if not as_json:
        click.echo(f"{cell(without_user(uri))} is sound and has the newest schema, {found}.")


def _schema(uri: str, *, must_exist: bool = True) -> tuple[str, str]:
    """The schema of a database and the newest one.

    Raises:
        InvalidParameter: There is no such database, or it cannot be read.
    """
    from kiseki.store.inspection import inspect_store

    seen = inspect_store(uri)
    if must_exist and not seen.exists:
        raise InvalidParameter(f"There is no database {seen.place}. Give its URI, such as sqlite:///FILE.")
    if must_exist and seen.error:
        raise InvalidParameter(f"The database {seen.place} cannot be read: {seen.error}.")
    return seen.schema, seen.newest_schema
