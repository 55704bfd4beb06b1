"""`kiseki gc`."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

import click
import msgspec

from kiseki.base.clock import now_ms
from kiseki.base.errors import InvalidParameter
from kiseki.cli.connection import PAGE, json_option, tracking_uri_option
from kiseki.cli.places import artifacts_option, backend_store_option, local_place
from kiseki.cli.table import Column, cell, moment, one_line, print_json, print_table, quoted, size
from kiseki.domain.trash import EVER, Purged, TrashedExperiment, TrashedRun

if TYPE_CHECKING:
    from kiseki.client.backend import Backend

_AGE = re.compile(
    r"(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?", re.ASCII | re.IGNORECASE
)
_UNITS_MS: Final = (86_400_000, 3_600_000, 60_000, 1_000)
_AT_ONCE: Final = 50
_DEFAULT: Final = "0"


@click.command("gc", short_help="Delete permanently what is in the trash.")
@click.option(
    "--older-than", metavar="AGE", help="Only what was deleted so long ago or longer, such as 30d or 1d8h30m10s."
)
@click.option("--before", metavar="DATE", help="Only what was deleted before this date or time, such as 2026-01-31.")
@click.option("--run-ids", metavar="IDS", help="Only these runs, separated by commas.")
@click.option("--experiment-ids", metavar="IDS", help="Only these experiments with their runs, separated by commas.")
@click.option("--dry-run", is_flag=True, help="Show what would be deleted, and delete nothing.")
@click.option(
    "--leave-unreachable",
    is_flag=True,
    help="Delete runs too whose artifacts lie where this machine does not come, and leave these.",
)
@backend_store_option
@artifacts_option
@json_option
@tracking_uri_option
def gc(
    older_than: str | None,
    before: str | None,
    run_ids: str | None,
    experiment_ids: str | None,
    dry_run: bool,
    leave_unreachable: bool,
    backend_store_uri: str | None,
    artifacts_destination: str | None,
    as_json: bool,
    tracking_uri: str | None,
) -> None:
    """Delete runs and experiments of the trash permanently, with their artifacts.

    Nothing that is active is touched, and no folder that is not a run's own. Servers may run meanwhile. A gc that was
    ended is continued by the next. The code is 1 when something is kept that was to be deleted.
    """
    from kiseki.cli.progress import Progress

    latest = _latest(older_than, before)
    local = local_place(backend_store_uri, artifacts_destination, tracking_uri)
    if local is None and leave_unreachable:
        raise click.UsageError("--leave-unreachable is for the server's own machine: give --backend-store-uri.")
    backend = local or _remote(tracking_uri)
    runs, experiments = _wanted(backend, latest, _ids(run_ids), _ids(experiment_ids))
    if dry_run:
        _show(runs, experiments, as_json)
        return
    purged = Purged()
    with Progress("Deleting", len(runs) + len(experiments)) as bar:
        left = [str(one.run_id) for one in runs]
        while left:
            some, left = left[:_AT_ONCE], left[_AT_ONCE:]
            got = local.purge(some, [], latest, leave_unreachable) if local else backend.purge(some, [], latest)
            purged.add(got)
            left = [*got.left_run_ids, *left]
            bar.advance(len(some) - len(got.left_run_ids))
        for one in experiments:
            again = True
            while again:
                ids = [one.experiment_id]
                got = local.purge([], ids, latest, leave_unreachable) if local else backend.purge([], ids, latest)
                purged.add(got)
                again = bool(got.left_experiment_ids)
            bar.advance(1)
    if as_json:
        print_json({"dry_run": False, **msgspec.to_builtins(purged)})
    else:
        _tell(purged)
    if purged.kept:
        sys.exit(1)


def _remote(tracking_uri: str | None) -> Backend:
    from kiseki.client.resolve import backend_for, close_all

    assert tracking_uri is not None
    click.get_current_context().call_on_close(close_all)
    return backend_for(tracking_uri)


def _wanted(
    backend: Backend, latest: int, run_ids: Sequence[str], experiment_ids: Sequence[str]
) -> tuple[list[TrashedRun], list[TrashedExperiment]]:
    """What is to be deleted. What an earlier gc has begun is always a part of it.

    Raises:
        InvalidParameter: Something that was named is not in the trash, or not for long enough.
    """
    runs = _all_runs(backend, latest)
    experiments = _all_experiments(backend, latest)
    if not run_ids and not experiment_ids:
        # Default is always there; it is kept without a word.
        return runs, [one for one in experiments if one.experiment_id != _DEFAULT]
    for what, given, found in (
        ("run", run_ids, {one.run_id for one in runs}),
        ("experiment", experiment_ids, {one.experiment_id for one in experiments}),
    ):
        missing = [one for one in given if one not in found]
        if missing:
            raise InvalidParameter(
                f"Nothing was deleted: the {what} {quoted(missing[0])} is not in the trash, or did not come there before "
                f"the date that was given. 'kiseki gc --dry-run' shows what is in the trash; 'kiseki {what}s delete' moves "
                f"something there."
            )
    return (
        [one for one in runs if one.run_id in run_ids or one.experiment_id in experiment_ids or one.purging],
        [one for one in experiments if one.experiment_id in experiment_ids],
    )


def _all_runs(backend: Backend, latest: int) -> list[TrashedRun]:
    found: list[TrashedRun] = []
    token = ""
    while True:
        page = backend.trashed_runs("", latest, PAGE, token)
        found += page.items
        token = page.next_page_token
        if not token:
            return found


def _all_experiments(backend: Backend, latest: int) -> list[TrashedExperiment]:
    found: list[TrashedExperiment] = []
    token = ""
    while True:
        page = backend.trashed_experiments(latest, PAGE, token)
        found += page.items
        token = page.next_page_token
        if not token:
            return found


def _show(runs: Sequence[TrashedRun], experiments: Sequence[TrashedExperiment], as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "dry_run": True,
                "runs": [msgspec.to_builtins(one) for one in runs],
                "experiments": [msgspec.to_builtins(one) for one in experiments],
            }
        )
        return
    if not runs and not experiments:
        click.echo("Nothing would be deleted.")
        return
    columns = [
        Column(title="KIND", whole=True),
        Column(title="ID", whole=True),
        Column(title="NAME", least=20),
        Column(title="DELETED", whole=True),
        Column(title="ROWS", right=True, optional=True),
        Column(title="POINTS", right=True, optional=True),
    ]
    rows: list[list[object]] = [
        ["run", one.run_id, one.run_name, moment(one.deleted_time), one.rows, one.points] for one in runs
    ]
    rows += [["experiment", one.experiment_id, one.name, moment(one.deleted_time), None, None] for one in experiments]
    print_table(columns, rows)
    click.echo(
        f"Would be deleted permanently: {_count(len(runs), 'run')} and {_count(len(experiments), 'experiment')} with "
        f"{_count(sum(one.rows for one in runs), 'row')}, and their artifacts."
    )


def _tell(purged: Purged) -> None:
    if purged.run_ids or purged.experiment_ids:
        click.echo(
            f"Deleted permanently: {_count(len(purged.run_ids), 'run')} and "
            f"{_count(len(purged.experiment_ids), 'experiment')}; {_count(purged.rows, 'row')}, "
            f"{_count(purged.files, 'file')} ({size(purged.bytes)})."
        )
    elif not purged.kept:
        click.echo("Nothing was in the trash, or not for long enough.")
    for one in purged.kept:
        click.echo(f"Kept: {one.kind} {cell(one.id)}: {one_line(one.reason)}", err=True)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _ids(given: str | None) -> list[str]:
    return [part.strip() for part in (given or "").split(",") if part.strip()]


def _latest(older_than: str | None, before: str | None) -> int:
    """The latest time of deletion that is old enough, in milliseconds since the epoch."""
    latest = EVER
    if older_than is not None:
        match = _AGE.fullmatch(older_than.strip())
        if match is None or not any(match.groups()):
            raise click.BadParameter(
                f"{quoted(older_than)} is no age; expected days, hours, minutes and seconds, such as 30d or 1d8h30m10s.",
                param_hint="--older-than",
            )
        age = sum(float(part or 0) * unit for part, unit in zip(match.groups(), _UNITS_MS, strict=True))
        latest = now_ms() - int(age)
    if before is not None:
        try:
            when = datetime.fromisoformat(before.strip())
        except ValueError:
            raise click.BadParameter(
                f"{quoted(before)} is no date; expected 2026-01-31 or 2026-01-31T18:00, in local time unless it says "
                "otherwise.",
                param_hint="--before",
            ) from None
        latest = min(latest, int(when.timestamp() * 1_000) - 1)
    return latest
