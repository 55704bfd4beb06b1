"""`kiseki experiments`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kiseki.cli.connection import (
    collect,
    connect,
    experiment_options,
    find_experiment,
    json_option,
    search_options,
    tags_option,
    tell_of_more,
    tracking_uri_option,
    view_option,
)
from kiseki.cli.table import Column, cell, moment, print_fields, print_json, print_table, quoted

if TYPE_CHECKING:
    from kiseki.client import KisekiClient
    from kiseki.entities import Experiment


@click.group()
def experiments() -> None:
    """Create, list, rename, delete and export experiments."""


@experiments.command("create")
@click.option("-n", "--experiment-name", required=True, metavar="NAME", help="What it is called.")
@click.option("-l", "--artifact-location", metavar="URI", help="Where its artifacts go; the server decides by default.")
@tags_option
@json_option
@tracking_uri_option
def create(
    experiment_name: str, artifact_location: str | None, tags: dict[str, str], as_json: bool, tracking_uri: str | None
) -> None:
    """Create an experiment."""
    client = connect(tracking_uri, creates=True)
    experiment_id = client.create_experiment(experiment_name, artifact_location, tags)
    if as_json:
        print_json(client.get_experiment(experiment_id).to_dictionary())
    else:
        click.echo(f"Created experiment {quoted(experiment_name)} with id {experiment_id}")


@click.command("list")
@view_option
@search_options("name ASC")
@json_option
@tracking_uri_option
def list_(
    view: str,
    filter_string: str,
    order_by: tuple[str, ...],
    max_results: int,
    as_json: bool,
    tracking_uri: str | None,
) -> None:
    """List experiments, the newest first; 'search' is the same command.

    A filter looks like "name LIKE 'digits%' AND tags.team = 'vision'".
    """
    client = connect(tracking_uri)
    from kiseki.entities import ViewType

    found, more = collect(
        lambda size, token: client.search_experiments(
            ViewType.from_string(view), size, filter_string, list(order_by), token
        ),
        max_results,
    )
    if as_json:
        print_json([experiment.to_dictionary() for experiment in found])
    elif found:
        _print_experiments(found, stage=view != "active_only")
    else:
        click.echo(f"No experiments found at {cell(client.tracking_uri)}.", err=True)
    tell_of_more(more, max_results)


experiments.add_command(list_)
experiments.add_command(list_, "search")


@experiments.command("get")
@experiment_options
@click.option("--output", type=click.Choice(["table", "json"]), default="table", help="As MLflow's command has it.")
@json_option
@tracking_uri_option
def get(
    experiment_id: str | None, experiment_name: str | None, output: str, as_json: bool, tracking_uri: str | None
) -> None:
    """Show one experiment."""
    client = connect(tracking_uri)
    found = find_experiment(client, experiment_id, experiment_name)
    if as_json or output == "json":
        print_json(found.to_dictionary())
        return
    print_fields(
        {
            "Experiment id": found.experiment_id,
            "Name": found.name,
            "Artifact location": found.artifact_location,
            "Lifecycle stage": found.lifecycle_stage,
            "Created": moment(found.creation_time),
            "Last updated": moment(found.last_update_time),
        }
    )
    if found.tags:
        click.echo("Tags")
        print_fields(found.tags, indent="  ")


@experiments.command("delete")
@experiment_options
@json_option
@tracking_uri_option
def delete(experiment_id: str | None, experiment_name: str | None, as_json: bool, tracking_uri: str | None) -> None:
    """Move an experiment and its runs to the trash; 'restore' brings them back."""
    client = connect(tracking_uri)
    found = find_experiment(client, experiment_id, experiment_name)
    client.delete_experiment(found.experiment_id)
    _tell(
        client,
        found,
        as_json,
        f"Experiment {_shown(found)} and its runs are in the trash. "
        f"'kiseki experiments restore -x {found.experiment_id}' brings them back.",
    )


@experiments.command("restore")
@experiment_options
@json_option
@tracking_uri_option
def restore(experiment_id: str | None, experiment_name: str | None, as_json: bool, tracking_uri: str | None) -> None:
    """Take an experiment and its runs out of the trash."""
    client = connect(tracking_uri)
    found = find_experiment(client, experiment_id, experiment_name)
    client.restore_experiment(found.experiment_id)
    _tell(client, found, as_json, f"Experiment {_shown(found)} and its runs are back.")


@experiments.command("rename")
@experiment_options
@click.option("--new-name", required=True, metavar="NAME", help="What it is called from now on.")
@json_option
@tracking_uri_option
def rename(
    experiment_id: str | None, experiment_name: str | None, new_name: str, as_json: bool, tracking_uri: str | None
) -> None:
    """Rename an experiment."""
    client = connect(tracking_uri)
    found = find_experiment(client, experiment_id, experiment_name)
    client.rename_experiment(found.experiment_id, new_name)
    _tell(client, found, as_json, f"Experiment {_shown(found)} is now called {quoted(new_name)}.")


@experiments.command("csv")
@experiment_options
@click.option(
    "-o", "--filename", type=click.Path(dir_okay=False), metavar="FILE", help="The file to write; stdout by default."
)
@tracking_uri_option
def csv(experiment_id: str | None, experiment_name: str | None, filename: str | None, tracking_uri: str | None) -> None:
    """Export all runs of an experiment as CSV, with the columns of search_runs().

    Values are written as they are; a spreadsheet may take one that begins with '=' for a formula.
    """
    client = connect(tracking_uri)
    found = find_experiment(client, experiment_id, experiment_name)
    from kiseki.cli.runs_csv import write_csv

    count = write_csv(client, found.experiment_id, filename)
    if filename:
        click.echo(f"Wrote {count} runs of experiment {_shown(found)} to {cell(filename)}")


def _tell(client: KisekiClient, changed: Experiment, as_json: bool, sentence: str) -> None:
    if as_json:
        print_json(client.get_experiment(changed.experiment_id).to_dictionary())
    else:
        click.echo(sentence)


def _print_experiments(found: list[Experiment], stage: bool) -> None:
    columns = [
        Column(title="ID", right=True, whole=True),
        Column(title="NAME", least=20),
        *([Column(title="STAGE")] if stage else []),
        Column(title="CREATED", whole=True),
        Column(title="UPDATED", whole=True, optional=True),
        Column(title="ARTIFACT LOCATION", optional=True),
    ]
    print_table(
        columns,
        (
            [
                one.experiment_id,
                one.name,
                *([one.lifecycle_stage] if stage else []),
                moment(one.creation_time),
                moment(one.last_update_time),
                one.artifact_location,
            ]
            for one in found
        ),
    )


def _shown(experiment: Experiment) -> str:
    return f"{quoted(experiment.name)} (id {experiment.experiment_id})"
