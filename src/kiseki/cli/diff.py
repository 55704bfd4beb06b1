"""`kiseki diff`: what changed between two runs, and what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from kiseki.cli.connection import connect, json_option, tracking_uri_option
from kiseki.cli.table import Column, print_json, print_table, safe

if TYPE_CHECKING:
    from kiseki.domain.differences import Difference


@click.command("diff")
@click.argument("run_id")
@click.argument("other_run_id")
@json_option
@tracking_uri_option
def diff(run_id: str, other_run_id: str, as_json: bool, tracking_uri: str | None) -> None:
    """Show what differs between two runs.

    Code, packages, machine, variables, seeds, params and data, beside the metrics.
    """
    client = connect(tracking_uri)
    from kiseki.fluent.differences import diff as difference

    found = difference(run_id, other_run_id, client)
    if as_json:
        print_json(msgspec.to_builtins(found))
    else:
        print_difference(found)


def print_difference(found: Difference) -> None:
    """Prints what differs, and nothing of what does not; metrics are always there."""
    for problem in found.problems:
        click.echo(f"! {safe(problem)}")
    kinds = {
        "code": found.code.facts,
        "package": found.packages,
        "machine": found.host,
        "variable": found.variables,
        "seed": found.seeds,
        "param": found.params,
        "data": found.data,
    }
    changed = [[kind, one.name, one.before, one.after] for kind, some in kinds.items() for one in some]
    changed += [["file", file.path, None, file.status] for file in found.code.files]
    if changed:
        print_table([Column(title=title) for title in ("CHANGED", "", "BEFORE", "AFTER")], changed)
    # At line ends alone, as it was made: one that changed shows as `\\r`.
    for line in found.code.diff.removesuffix("\n").split("\n") if found.code.diff else ():
        click.echo(f"  {safe(line)}")
    if not found.code.diff_is_whole:
        click.echo("  (not all lines that differ are known or shown)")
    if not changed and not found.problems:
        click.echo("Nothing changed.")
    if found.metrics:
        numbers = [Column(title=title, right=True) for title in ("BEFORE", "AFTER", "DIFFERENCE")]
        rows = [[one.key, one.before, one.after, one.difference] for one in found.metrics]
        print_table([Column(title="METRIC"), *numbers], rows)
