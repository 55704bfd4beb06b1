"""The options that commands share, and the way from a tracking URI to a client."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from kiseki.base.errors import InvalidParameter, NotFound

if TYPE_CHECKING:
    from kiseki.client import KisekiClient
    from kiseki.entities import Experiment, PagedList

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

VIEWS: Final = ("active_only", "deleted_only", "all")
PAGE: Final = 1000


def tracking_uri_option(command: F) -> F:
    """Adds `--tracking-uri`."""
    return click.option(
        "--tracking-uri",
        envvar=["KISEKI_TRACKING_URI", "MLFLOW_TRACKING_URI"],
        show_envvar=True,
        metavar="URI",
        help="Server (http://host:port), database (sqlite:///file) or folder. Default: kiseki.db in this folder.",
    )(command)


def json_option(command: F) -> F:
    """Adds `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(command)


def view_option(command: F) -> F:
    """Adds `--view`."""
    return click.option(
        "-v",
        "--view",
        type=click.Choice(VIEWS, case_sensitive=False),
        default="active_only",
        show_default=True,
        help="What is there, what is in the trash, or both.",
    )(command)


def search_options(order: str) -> Callable[[F], F]:
    """Adds `--filter`, `--order-by` and `--max-results`; `order` is an example of what to sort by."""

    def add(command: F) -> F:
        for option in (
            click.option(
                "--max-results",
                type=click.IntRange(0),
                default=100,
                show_default=True,
                help="Show at most so many; 0 for all.",
            ),
            click.option("--order-by", multiple=True, metavar="TEXT", help=f"What to sort by, such as '{order}'."),
            click.option("--filter", "filter_string", default="", metavar="TEXT", help="What to search for."),
        ):
            command = option(command)
        return command

    return add


def experiment_options(command: F) -> F:
    """Adds `--experiment-id` and `--experiment-name`, of which one must be given."""
    for option in (
        click.option("-n", "--experiment-name", metavar="NAME", help="The experiment, by name."),
        click.option("-x", "--experiment-id", metavar="ID", help="The experiment, by id."),
    ):
        command = option(command)
    return command


def run_id_option(command: F) -> F:
    """Adds `--run-id`."""
    return click.option("-r", "--run-id", required=True, metavar="ID", help="The run, by id.")(command)


def connect(tracking_uri: str | None, *, creates: bool = False) -> KisekiClient:
    """A client for the place that was given, else for that of the environment or this folder.

    Args:
        tracking_uri: As given on the command line or by the environment, None when neither names one.
        creates: Whether the command may make a new database; one that reads a file which is not there has a wrong URI.

    Raises:
        InvalidParameter: There is no such place.
    """
    from kiseki.client import KisekiClient
    from kiseki.client.resolve import DEFAULT_DATABASE, absolute_uri, close_all

    client = KisekiClient(tracking_uri)
    file = database_file(absolute_uri(client.tracking_uri), DEFAULT_DATABASE)
    if not creates and file is not None and not file.exists():
        given = (
            f"There is no database {file}." if tracking_uri else f"No tracking URI is given, and {file} is not there."
        )
        raise InvalidParameter(
            f"{given} Give --tracking-uri http://localhost:5000 or set KISEKI_TRACKING_URI, and start the server with "
            "'kiseki server' where none runs."
        )
    click.get_current_context().call_on_close(close_all)
    return client


def database_file(place: str, name: str) -> Path | None:
    """The SQLite file behind an absolute tracking URI, None when the place is no file of this machine.

    Args:
        place: The tracking URI.
        name: What the file is called in a folder.
    """
    if place.startswith("sqlite"):
        return Path(place.partition(":///")[2])
    return None if "://" in place else Path(place) / name


def find_experiment(client: KisekiClient, experiment_id: str | None, experiment_name: str | None) -> Experiment:
    """The experiment that was named by id or by name.

    Raises:
        NotFound: There is none.
    """
    if (experiment_id is None) == (experiment_name is None):
        raise click.UsageError("Name the experiment, either by --experiment-id or by --experiment-name.")
    if experiment_id is not None:
        return client.get_experiment(experiment_id)
    assert experiment_name is not None
    found = client.get_experiment_by_name(experiment_name)
    if found is None:
        raise NotFound(f"No experiment is named {experiment_name!r}. 'kiseki experiments list' shows all there are.")
    return found


def collect(page: Callable[[int, str | None], PagedList[T]], limit: int) -> tuple[list[T], bool]:
    """Items of as many pages as it takes, and whether there are more.

    Args:
        page: Gets the page of at most so many items that a token names, None for the first.
        limit: How many items; 0 for all.
    """
    found: list[T] = []
    token: str | None = None
    while True:
        got = page(min(PAGE, limit - len(found)) if limit else PAGE, token)
        found += got
        token = got.token
        if token is None or (limit and len(found) >= limit):
            return found, token is not None


def tell_of_more(more: bool, limit: int) -> None:
    """Says on stderr that a list is not complete."""
    if more:
        click.echo(f"These are the first {limit}; there are more. --max-results 0 shows all.", err=True)


def key_values(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """Options of the form key=value as a dictionary."""
    found = {}
    for one in given:
        key, equals, value = one.partition("=")
        if not equals or not key:
            raise click.BadParameter(f"{one!r} is not of the form key=value.", context, option)
        if key in found:
            raise click.BadParameter(f"{key!r} is given twice.", context, option)
        found[key] = value
    return found


def tags_option(command: F) -> F:
    """Adds `--tags`."""
    return click.option(
        "-t", "--tags", multiple=True, callback=key_values, metavar="KEY=VALUE", help="A tag; may be given repeatedly."
    )(command)
