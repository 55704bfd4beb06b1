"""The command `kiseki`. Commands are imported when they are called, so that `--help` and completion answer at once."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from typing import Final

import click

from kiseki.__about__ import __version__
from kiseki.base.errors import KisekiError

COMMANDS: Final[Mapping[str, str]] = {
    "server": "kiseki.cli.server:server",
    "ui": "kiseki.cli.server:server",
}
"""Name of a command or group -> module and object; `kiseki --help` lists them in this order."""


class LazyGroup(click.Group):
    """A group whose commands are in modules that are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kiseki")
def cli() -> None:
    """Track, compare and reproduce experiments."""


def main() -> None:
    """Runs the command line; an error that kiseki raises on purpose is told in one line."""
    try:
        cli.main(prog_name="kiseki")
    except KisekiError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
