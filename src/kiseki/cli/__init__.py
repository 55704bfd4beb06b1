"""The command `kiseki`. Commands are imported when they are called, so that `--help` and completion answer at once."""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Mapping
from typing import Any, Final

import click

from kiseki.__about__ import __version__
from kiseki.base.errors import KisekiError
from kiseki.cli.table import one_line

COMMANDS: Final[Mapping[str, str]] = {
    "server": "kiseki.cli.server:server",
    "ui": "kiseki.cli.server:server",
    "demo": "kiseki.cli.demo:demo",
    "experiments": "kiseki.cli.experiments:experiments",
    "runs": "kiseki.cli.runs:runs",
    "artifacts": "kiseki.cli.artifacts:artifacts",
    "run": "kiseki.cli.run:run",
    "reproduce": "kiseki.cli.reproduce:reproduce",
    "diff": "kiseki.cli.diff:diff",
    "models": "kiseki.cli.models:models",
    "registry": "kiseki.cli.registry:registry",
    "export": "kiseki.cli.export:export",
    "gc": "kiseki.cli.gc:gc",
    "db": "kiseki.cli.db:db",
    "audit": "kiseki.cli.audit:audit",
    "doctor": "kiseki.cli.doctor:doctor",
    "completion": "kiseki.cli.completion:completion",
}
"""Name of a command or group -> module and object; `kiseki --help` lists them in this order."""


class LazyGroup(click.Group):
    """A group whose commands are in modules that are imported when they are asked for.

    An error that kiseki raises on purpose, or that the system has with a file, is told in one line and ends with code 1.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KisekiError as error:
            raise click.ClickException(one_line(str(error))) from error
        except BrokenPipeError:
            # Whoever read the output has enough of it; click ends the program.
            raise
        except OSError as error:
            place = f": {error.filename}" if error.filename else ""
            raise click.ClickException(one_line(f"{error.strerror or error}{place}")) from error


@click.group("kiseki", cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kiseki")
def cli() -> None:
    """Track, compare and reproduce experiments."""


def main() -> None:
    """Runs the command line."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that has no letters for a name still gets the rest of the line.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    cli.main(prog_name="kiseki")
