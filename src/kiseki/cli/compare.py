"""Runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from kiseki.cli.table import Column, duration, moment, print_table

if TYPE_CHECKING:
    from kiseki.entities import Run


def comparison(runs: Sequence[Run], only_differences: bool) -> dict[str, dict[str, list[Any]]]:
    """Kind -> key -> the value that each run has, None where it has none.

    Args:
        runs: In the order in which their values are listed.
        only_differences: Leaves out what is the same in all runs.
    """
    table: dict[str, dict[str, list[Any]]] = {
        "attributes": {
            name: [getattr(run.info, name) for run in runs]
            for name in ("run_id", "run_name", "experiment_id", "status", "start_time", "end_time")
        }
    }
    for kind in ("params", "metrics"):
        values = [getattr(run.data, kind) for run in runs]
        keys = sorted({key for one in values for key in one})
        table[kind] = {key: [one.get(key) for one in values] for key in keys}
    if not only_differences:
        return table
    return {
        kind: {key: values for key, values in rows.items() if any(value != values[0] for value in values)}
        for kind, rows in table.items()
    }


def print_comparison(runs: Sequence[Run], table: dict[str, dict[str, list[Any]]]) -> None:
    """Prints a comparison with one column a run, named by the run; params and metrics each under a line of their own."""
    attributes = table["attributes"]
    rows: list[list[object]] = []
    if "run_id" in attributes:
        rows.append(["id", *attributes["run_id"]])
    if "status" in attributes:
        rows.append(["status", *attributes["status"]])
    if "start_time" in attributes:
        rows.append(["started", *(moment(value) for value in attributes["start_time"])])
        rows.append(["duration", *(duration(run.info.start_time, run.info.end_time) for run in runs)])
    for kind in ("params", "metrics"):
        for key, values in table[kind].items():
            rows.append([f"{kind}.{key}", *values])
    if not rows:
        click.echo("The runs are the same.", err=True)
        return
    columns = [Column(title="RUN"), *(Column(title=run.info.run_name or "-", right=True) for run in runs)]
    print_table(columns, rows)
