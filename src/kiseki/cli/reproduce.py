"""`kiseki reproduce`: a run once more, and whether it gave the same."""

from __future__ import annotations

import contextlib
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click
import msgspec

from kiseki.cli.connection import connect, json_option, tracking_uri_option
from kiseki.cli.diff import print_difference
from kiseki.cli.table import Column, print_json, print_table, safe

if TYPE_CHECKING:
    from kiseki.capture.verdict import Reproduction


@click.command("reproduce")
@click.argument("run_id")
@click.argument("arguments", nargs=-1, metavar="[-- OTHER ARGUMENTS]")
@click.option(
    "--in",
    "in_dir",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Where the code goes, and stays; new or empty. A temporary folder by default.",
)
@click.option(
    "--tolerance",
    type=click.FloatRange(0),
    metavar="NUMBER",
    default=0.0,
    show_default=True,
    help="How far values of metrics may be apart, relative to the larger.",
)
@click.option(
    "--env-manager",
    type=click.Choice(["uv", "local"]),
    default="uv",
    show_default=True,
    help="uv: an environment of the packages that the run had, kept for the next time; local: this one.",
)
@click.option(
    "--version", metavar="VERSION", help="Run the code of this branch, tag or commit in place of the run's own."
)
@json_option
@tracking_uri_option
def reproduce(
    run_id: str,
    arguments: tuple[str, ...],
    in_dir: Path | None,
    tolerance: float,
    env_manager: str,
    version: str | None,
    as_json: bool,
    tracking_uri: str | None,
) -> None:
    """Run a run's command again, and tell whether it gives the same.

    Its code is checked out anew, with uncommitted changes and files, its packages are installed, and its command is run as a new
    run. The verdict is identical, within_tolerance, diverged, or not_runnable; the last two end with code 1. Other arguments
    behind -- make a fork, of which is shown what differs.
    """
    connect(tracking_uri)
    from kiseki.client.resolve import set_tracking_uri
    from kiseki.projects.reproduction import reproduce as make_again

    if tracking_uri is not None:
        set_tracking_uri(tracking_uri)
    signal.signal(signal.SIGTERM, _interrupt)
    # What the command writes is not the verdict.
    with contextlib.redirect_stdout(sys.stderr):
        found = make_again(run_id, in_dir, tolerance, env_manager, version, arguments or None)
    if as_json:
        print_json(msgspec.to_builtins(found))
    else:
        _print(found)
    if found.verdict in {"diverged", "not_runnable"}:
        raise SystemExit(1)


def _print(found: Reproduction) -> None:
    click.echo(
        f"{'fork' if found.verdict is None else found.verdict.replace('_', ' ').upper()}: run {found.new_run_id}"
    )
    for line in found.text.splitlines():
        click.echo(safe(line))
    if found.metrics:
        titles = ("METRIC", "FIRST STEP", "BEFORE", "NOW", "LARGEST, RELATIVE", "AT STEP")
        rows = [[one.key, one.step, one.before, one.after, one.relative, one.relative_step] for one in found.metrics]
        print_table([Column(title=title, right=title != "METRIC") for title in titles], rows)
    if found.causes and found.verdict != "not_runnable":
        click.echo("Likely causes")
        for cause in found.causes:
            click.echo(f"  {cause.kind}: {safe(cause.text)}")
    for note in found.notes:
        click.echo(f"Note: {safe(note)}")
    if found.verdict is None and found.difference is not None:
        print_difference(found.difference)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """A signal that ends this process ends the command, too."""
    raise KeyboardInterrupt
