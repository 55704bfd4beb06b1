"""`kiseki export`."""

from __future__ import annotations

import click
import msgspec

from kiseki.cli.connection import connect, find_experiment, json_option, tracking_uri_option
from kiseki.cli.table import cell, print_json


@click.command("export", short_help="Write everything as Parquet, for other programs.")
@click.argument("target")
@click.option(
    "--format",
    "form",
    type=click.Choice(["parquet"]),
    default="parquet",
    show_default=True,
    help="What is written: a folder of Parquet files for each table.",
)
@click.option(
    "-x", "--experiment-id", "experiment_ids", multiple=True, metavar="ID", help="Only this; may be given repeatedly."
)
@click.option(
    "-n", "--experiment-name", "experiment_names", multiple=True, metavar="NAME", help="The same by name; all without."
)
@json_option
@tracking_uri_option
def export(
    target: str,
    form: str,
    experiment_ids: tuple[str, ...],
    experiment_names: tuple[str, ...],
    as_json: bool,
    tracking_uri: str | None,
) -> None:
    """Write experiments, runs, logged models and whole metric histories to TARGET, for Spark, Ray, DuckDB, Polars and the like.

    TARGET is a folder, or a URI such as s3://bucket/prefix. A second export to the same place writes only what changed
    since; what was deleted leaves. What is in the trash is not exported. Needs pyarrow.
    """
    client = connect(tracking_uri)
    from kiseki.cli.progress import Progress
    from kiseki.export.parquet import export_parquet

    named = [find_experiment(client, None, name).experiment_id for name in experiment_names]
    chosen = [find_experiment(client, one, None).experiment_id for one in experiment_ids] + named
    with Progress("Reading runs", None) as bar:
        outcome = export_parquet(client.backend, target, chosen, bar.advance)
    if as_json:
        print_json(msgspec.to_builtins(outcome))
    else:
        models = f" {outcome.models_written} logged models were written, too." if outcome.models_written else ""
        click.echo(
            f"Wrote {outcome.written} runs to {cell(target)}; {outcome.unchanged} were there already and {outcome.gone} "
            f"left. It has {outcome.points} points of {outcome.experiments} experiments.{models}"
        )
