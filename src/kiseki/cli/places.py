"""The options of commands that care for a server's data, and the way from them to its database and folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from kiseki.base.errors import InvalidParameter
from kiseki.cli.connection import database_file

if TYPE_CHECKING:
    from kiseki.client.local import LocalBackend

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_URI: Final = "sqlite:///kiseki.db"


def backend_store_option(command: F) -> F:
    """Adds `--backend-store-uri`."""
    return click.option(
        "--backend-store-uri",
        envvar=["KISEKI_BACKEND_STORE_URI", "MLFLOW_BACKEND_STORE_URI"],
        show_envvar=True,
        metavar="URI",
        help="The server's database. Default: kiseki.db in this folder.",
    )(command)


def artifacts_option(command: F) -> F:
    """Adds `--artifacts-destination`."""
    return click.option(
        "--artifacts-destination",
        envvar=["KISEKI_ARTIFACTS_DESTINATION", "MLFLOW_ARTIFACTS_DESTINATION"],
        show_envvar=True,
        metavar="URI",
        help=(
            "Where the server keeps artifacts. Default: kiseki-artifacts beside the database, for a database server in this "
            "folder, if that is there and KISEKI_DEFAULT_ARTIFACT_ROOT names no other place."
        ),
    )(command)


def local_place(
    backend_store_uri: str | None, artifacts_destination: str | None, tracking_uri: str | None
) -> LocalBackend | None:
    """The database that was named, None when it is behind a server.

    Raises:
        InvalidParameter: There is no such database.
    """
    from kiseki.client.local import LocalBackend
    from kiseki.client.resolve import ARTIFACTS_FOLDER, DEFAULT_DATABASE, absolute_uri, shared_artifact_root

    uri = absolute_uri(backend_store_uri or tracking_uri or DEFAULT_URI)
    if uri.startswith(("http://", "https://")):
        return None
    file = database_file(uri, DEFAULT_DATABASE)
    if file is None:
        # No folder is beside a database server: it is this one's, unless another place is named.
        folder, database_uri = Path(ARTIFACTS_FOLDER).absolute(), uri
        root = shared_artifact_root() or (None if artifacts_destination else str(folder))
    elif not file.exists():
        raise InvalidParameter(
            f"There is no database {file}. Name the server's with --backend-store-uri sqlite:///FILE."
        )
    else:
        # A folder as the tracking URI has its artifacts in a folder of another name.
        folder = file.parent / ("artifacts" if "://" not in uri else ARTIFACTS_FOLDER)
        database_uri, root = f"sqlite:///{file}", str(folder)
    destination = artifacts_destination or (root if root == str(folder) and folder.is_dir() else None)
    backend = LocalBackend(uri, database_uri, root, destination)
    click.get_current_context().call_on_close(backend.close)
    return backend
