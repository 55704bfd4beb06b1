"""The options of commands that listen: of the tracking server and of the scoring server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

PORT: Final = 5000


def variables(name: str) -> list[str]:
    """The environment variables of an option: kiseki's, then MLflow's."""
    return [f"KISEKI_{name}", f"MLFLOW_{name}"]


def parts(context: click.Context, option: click.Parameter, value: str | None) -> tuple[str, ...]:
    """A comma-separated option as its parts."""
    return tuple(part.strip() for part in (value or "").split(",") if part.strip())


def address_options(command: F) -> F:
    """Adds `--host` and `--port`."""
    return _with(
        command,
        click.option(
            "-h",
            "--host",
            default="127.0.0.1",
            show_default=True,
            envvar=variables("HOST"),
            help="Address to listen on; 0.0.0.0 for all networks of this machine.",
        ),
        click.option(
            "-p",
            "--port",
            default=PORT,
            show_default=True,
            type=click.IntRange(0, 65535),
            envvar=variables("PORT"),
            help="Port to listen on.",
        ),
    )


def caller_options(command: F) -> F:
    """Adds `--allowed-hosts` and `--cors-allowed-origins`."""
    return _with(
        command,
        click.option(
            "--allowed-hosts",
            callback=parts,
            envvar=variables("SERVER_ALLOWED_HOSTS"),
            help="Further host names by which clients may call this server, separated by commas; * for any.",
        ),
        click.option(
            "--cors-allowed-origins",
            callback=parts,
            envvar=variables("SERVER_CORS_ALLOWED_ORIGINS"),
            help="Origins whose pages may call this server, separated by commas; * for any.",
        ),
    )


def telling_options(command: F) -> F:
    """Adds `--metrics`, `--log-format` and `--log-level`."""
    return _with(
        command,
        click.option(
            "--metrics/--no-metrics",
            default=True,
            show_default=True,
            envvar=variables("SERVER_METRICS"),
            help="Whether /metrics tells Prometheus what the server counts of its work.",
        ),
        click.option(
            "--log-format",
            default="text",
            show_default=True,
            type=click.Choice(["text", "json"]),
            envvar=variables("SERVER_LOG_FORMAT"),
            help="How the server writes its log on stderr; json has one line for each request.",
        ),
        click.option(
            "--log-level",
            default="info",
            show_default=True,
            type=click.Choice(["debug", "info", "warning", "error"], case_sensitive=False),
            envvar=variables("SERVER_LOG_LEVEL"),
            help="What is less than this is not written.",
        ),
    )


def _with(command: F, *options: Callable[[F], F]) -> F:
    for option in reversed(options):
        command = option(command)
    return command
