"""`kiseki runs`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import click

from kiseki.cli.connection import (
    collect,
    connect,
    experiment_options,
    find_experiment,
    json_option,
    run_id_option,
    search_options,
    tags_option,
    tell_of_more,
    tracking_uri_option,
    view_option,
)
from kiseki.cli.table import Column, cell, duration, moment, print_fields, print_json, print_table, quoted

if TYPE_CHECKING:
    from kiseki.client import KisekiClient
    from kiseki.entities import Experiment, Run

METRIC_COLUMNS: Final = 4
"""How many metrics a list of runs shows when nobody says which."""
NOTE_TAG: Final = "mlflow.note.content"
PARENT_TAG: Final = "mlflow.parentRunId"
STATUSES: Final = ("FINISHED", "FAILED", "KILLED")


@click.group()
def runs() -> None:
    """List, search, compare, create and delete runs."""


@click.command("list")
@click.option("-x", "--experiment-id", "experiment_ids", multiple=True, metavar="ID", help="Only of this experiment.")
@click.option(
    "-n", "--experiment-name", "experiment_names", multiple=True, metavar="NAME", help="Only of the one of this name."
)
@view_option
@search_options("metrics.loss ASC")
@click.option(
    "-c",
    "--column",
    "names",
    multiple=True,
    metavar="KIND.KEY",
    help="What to show of each run: metrics.KEY, params.KEY or tags.KEY. By default the most common metrics.",
)
@json_option
@tracking_uri_option
def list_(
    experiment_ids: tuple[str, ...],
    experiment_names: tuple[str, ...],
    view: str,
    filter_string: str,
    order_by: tuple[str, ...],
    max_results: int,
    names: tuple[str, ...],
    as_json: bool,
    tracking_uri: str | None,
) -> None:
    """List runs, the latest first; 'search' is the same command.

    A filter looks like "metrics.loss < 0.3 AND params.model = 'svm'". AND, OR, NOT and parentheses work, and
    metrics.loss.min, .max, .first, .last and .count. Without --experiment-id and --experiment-name, runs of all experiments
    are listed.
    """
    _check_columns(names)
    client = connect(tracking_uri)
    from kiseki.entities import ViewType

    experiments = _experiments(client, experiment_ids, experiment_names)
    found, more = collect(
        lambda size, token: client.search_runs(
            list(experiments), filter_string, ViewType.from_string(view), size, list(order_by), token
        ),
        max_results,
    )
    if as_json:
        print_json([run.to_dictionary() for run in found])
    elif found:
        names = names or _interesting(found, " ".join([*order_by, filter_string]))
        _print_runs(found, experiments, names, stage=view != "active_only")
    else:
        click.echo(f"No runs found at {cell(client.tracking_uri)}.", err=True)
    tell_of_more(more, max_results)


runs.add_command(list_)
runs.add_command(list_, "search")


@runs.command("describe")
@run_id_option
@json_option
@tracking_uri_option
def describe(run_id: str, as_json: bool, tracking_uri: str | None) -> None:
    """Show all that a run recorded."""
    client = connect(tracking_uri)
    run = client.get_run(run_id)
    if as_json:
        print_json(run.to_dictionary())
    else:
        _print_run(run, client.get_experiment(run.info.experiment_id).name)


@runs.command("history")
@run_id_option
@click.option("-m", "--metric", required=True, metavar="KEY", help="The metric.")
@json_option
@tracking_uri_option
def history(run_id: str, metric: str, as_json: bool, tracking_uri: str | None) -> None:
    """Show every value of a metric, by time."""
    client = connect(tracking_uri)
    points = client.get_metric_history(run_id, metric)
    if as_json:
        print_json([{"step": one.step, "timestamp": one.timestamp, "value": one.value} for one in points])
    elif points:
        columns = [Column(title="STEP", right=True), Column(title="TIME"), Column(title="VALUE", right=True)]
        print_table(columns, ([one.step, moment(one.timestamp), repr(one.value)] for one in points))
    else:
        known = ", ".join(cell(key) for key in sorted(client.get_run(run_id).data.metrics)) or "none at all"
        click.echo(f"The run has no metric {quoted(metric)}. It has: {known}.", err=True)


@runs.command("compare")
@click.argument("run_ids", nargs=-1, required=True, metavar="RUN_ID RUN_ID...")
@click.option("--diff", is_flag=True, help="Show only what is not the same in all runs.")
@json_option
@tracking_uri_option
def compare(run_ids: tuple[str, ...], diff: bool, as_json: bool, tracking_uri: str | None) -> None:
    """Show params and metrics of runs side by side."""
    if len(run_ids) < 2:
        raise click.UsageError("Give the ids of two or more runs. 'kiseki runs list' shows them.")
    client = connect(tracking_uri)
    found = [client.get_run(run_id) for run_id in run_ids]
    from kiseki.cli.compare import comparison, print_comparison

    table = comparison(found, diff)
    if as_json:
        print_json(table)
    else:
        print_comparison(found, table)


@runs.command("create")
@experiment_options
@click.option("--run-name", metavar="NAME", help="What it is called; made up by default.")
@click.option("--description", metavar="TEXT", help="A note about it.")
@tags_option
@click.option(
    "--status",
    type=click.Choice(STATUSES, case_sensitive=False),
    default="FINISHED",
    show_default=True,
    help="How it ended.",
)
@click.option("--parent-run-id", metavar="ID", help="The run in which it is nested.")
@json_option
@tracking_uri_option
def create(
    experiment_id: str | None,
    experiment_name: str | None,
    run_name: str | None,
    description: str | None,
    tags: dict[str, str],
    status: str,
    parent_run_id: str | None,
    as_json: bool,
    tracking_uri: str | None,
) -> None:
    """Create a run and end it at once, for results that come from elsewhere."""
    client = connect(tracking_uri, creates=True)
    experiment = find_experiment(client, experiment_id, experiment_name)
    if description is not None:
        tags[NOTE_TAG] = description
    if parent_run_id is not None:
        # A parent that does not exist would hide the run from every tree.
        tags[PARENT_TAG] = client.get_run(parent_run_id).info.run_id
    run_id = client.create_run(experiment.experiment_id, tags=tags, run_name=run_name).info.run_id
    client.set_terminated(run_id, status.upper())
    run = client.get_run(run_id)
    if as_json:
        print_json(run.to_dictionary())
    else:
        click.echo(f"Created run {quoted(run.info.run_name)} with id {run_id} in experiment {quoted(experiment.name)}")


@runs.command("delete")
@run_id_option
@json_option
@tracking_uri_option
def delete(run_id: str, as_json: bool, tracking_uri: str | None) -> None:
    """Move a run to the trash; 'restore' brings it back."""
    client = connect(tracking_uri)
    client.delete_run(run_id)
    if as_json:
        print_json(client.get_run(run_id).to_dictionary())
        return
    click.echo(f"Run {cell(run_id)} is in the trash. 'kiseki runs restore -r {cell(run_id)}' brings it back.")


@runs.command("restore")
@run_id_option
@json_option
@tracking_uri_option
def restore(run_id: str, as_json: bool, tracking_uri: str | None) -> None:
    """Take a run out of the trash."""
    client = connect(tracking_uri)
    client.restore_run(run_id)
    if as_json:
        print_json(client.get_run(run_id).to_dictionary())
    else:
        click.echo(f"Run {cell(run_id)} is back.")


def _check_columns(names: Sequence[str]) -> None:
    for name in names:
        kind, _, key = name.partition(".")
        if kind not in {"metrics", "params", "tags"} or not key:
            raise click.BadParameter(
                f"{quoted(name)} is no column; expected metrics.KEY, params.KEY or tags.KEY.", param_hint="--column"
            )


def _experiments(client: KisekiClient, ids: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """The experiments that were named, or all that are not in the trash: id -> name."""
    found: list[Experiment] = [find_experiment(client, one, None) for one in ids]
    found += [find_experiment(client, None, one) for one in names]
    if not ids and not names:
        found, _ = collect(lambda size, token: client.search_experiments(max_results=size, page_token=token), 0)
    return {one.experiment_id: one.name for one in found}


def _interesting(found: list[Run], asked: str) -> tuple[str, ...]:
    """The metrics to show when nobody says which: those that the search names, then the most common."""
    common = Counter(key for run in found for key in run.data.metrics)
    keys = sorted(common, key=lambda key: (key not in asked, -common[key], key))[:METRIC_COLUMNS]
    return tuple(f"metrics.{key}" for key in keys)


def _print_runs(found: list[Run], experiments: Mapping[str, str], names: Sequence[str], stage: bool) -> None:
    several = len({run.info.experiment_id for run in found}) > 1
    columns = [
        Column(title="RUN ID", whole=True),
        *([Column(title="EXPERIMENT")] if several else []),
        Column(title="NAME", least=20),
        Column(title="STATUS", whole=True),
        *([Column(title="STAGE")] if stage else []),
        Column(title="STARTED", whole=True, optional=True),
        Column(title="DURATION", right=True, optional=True),
        *(Column(title=name.partition(".")[2], right=name.startswith("metrics."), optional=True) for name in names),
    ]

    def row(run: Run) -> list[object]:
        info = run.info
        return [
            info.run_id,
            *([experiments.get(info.experiment_id, info.experiment_id)] if several else []),
            info.run_name,
            info.status,
            *([info.lifecycle_stage] if stage else []),
            moment(info.start_time),
            duration(info.start_time, info.end_time),
            *(getattr(run.data, kind).get(key) for kind, _, key in (name.partition(".") for name in names)),
        ]

    print_table(columns, map(row, found))


def _print_run(run: Run, experiment_name: str) -> None:
    info, tags = run.info, dict(run.data.tags)
    note, parent = tags.pop(NOTE_TAG, None), tags.get(PARENT_TAG)
    print_fields(
        {
            "Run id": info.run_id,
            "Name": info.run_name,
            "Experiment": f"{experiment_name} (id {info.experiment_id})",
            "Status": info.status,
            **({"Lifecycle stage": info.lifecycle_stage} if info.lifecycle_stage != "active" else {}),
            "User": info.user_id,
            "Started": moment(info.start_time),
            "Duration": duration(info.start_time, info.end_time),
            **({"Parent run": parent} if parent else {}),
            "Artifacts": info.artifact_uri,
        }
    )
    if note:
        click.echo("Note")
        for line in note.splitlines():
            click.echo(f"  {cell(line)}" if line else "")
    if run.inputs is not None and run.inputs.dataset_inputs:
        click.echo("Datasets")
        for one in run.inputs.dataset_inputs:
            use = next((tag.value for tag in one.tags or () if tag.key == "mlflow.data.context"), None)
            purpose = f", used for {cell(use)}" if use else ""
            click.echo(f"  {cell(one.dataset.name)} (digest {cell(one.dataset.digest)}{purpose})")
    for title, values in (("Params", run.data.params), ("Metrics (last)", run.data.metrics), ("Tags", tags)):
        if values:
            click.echo(title)
            print_fields(sorted(values.items()), indent="  ")
