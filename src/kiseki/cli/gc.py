"""`kiseki gc`."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import click
import msgspec

from kiseki.base.clock import now_ms
from kiseki.base.errors import InvalidParameter
from kiseki.cli.connection import PAGE, json_option, tracking_uri_option
from kiseki.cli.places import artifacts_option, backend_store_option, local_place
from kiseki.cli.table import Column, cell, moment, one_line, print_json, print_table, quoted, size
from kiseki.domain.runs import Page
from kiseki.domain.trash import EVER, Purged, TrashedExperiment, TrashedModel, TrashedRun

if TYPE_CHECKING:
    from kiseki.client.backend import Backend

T = TypeVar("T")

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
@click.option("--logged-model-ids", metavar="IDS", help="Only these logged models, separated by commas.")
@click.option(
    "--experiment-ids", metavar="IDS", help="Only these experiments with all that is in them, separated by commas."
)
@click.option("--dry-run", is_flag=True, help="Show what would be deleted, and delete nothing.")
@click.option(
    "--leave-unreachable",
    is_flag=True,
    help="Delete runs and models too whose artifacts lie where this machine does not come, and leave these.",
)
@backend_store_option
@artifacts_option
@json_option
@tracking_uri_option
def gc(
    older_than: str | None,
    before: str | None,
    run_ids: str | None,
    logged_model_ids: str | None,
    experiment_ids: str | None,
    dry_run: bool,
    leave_unreachable: bool,
    backend_store_uri: str | None,
    artifacts_destination: str | None,
    as_json: bool,
    tracking_uri: str | None,
) -> None:
    """Delete runs, logged models and experiments of the trash permanently, with their artifacts.

    Nothing that is active is touched, and no folder that is not a run's or model's own. Servers may run meanwhile. A gc that was
    ended is continued by the next. The code is 1 when something is kept that was to be deleted.
    """
    from kiseki.cli.progress import Progress

    latest = _latest(older_than, before)
    local = local_place(backend_store_uri, artifacts_destination, tracking_uri)
    if local is None and leave_unreachable:
        raise click.UsageError("--leave-unreachable is for the server's own machine: give --backend-store-uri.")
    backend = local or _remote(tracking_uri)
    found = _wanted(backend, latest, _ids(run_ids), _ids(logged_model_ids), _ids(experiment_ids))
    if dry_run:
        _show(found, as_json)
        return
    purged = Purged()

    def purge(runs: Sequence[str], models: Sequence[str], experiments: Sequence[str]) -> Purged:
        if local is not None:
            got = local.purge(runs, experiments, latest, models, leave_unreachable)
        else:
            got = backend.purge(runs, experiments, latest, models)
        purged.add(got)
        return got

    with Progress("Deleting", len(found.runs) + len(found.models) + len(found.experiments)) as bar:
        runs: list[str] = [one.run_id for one in found.runs]
        while runs:
            some, runs = runs[:_AT_ONCE], runs[_AT_ONCE:]
            left = purge(some, [], []).left_run_ids
            runs = [*left, *runs]
            bar.advance(len(some) - len(left))
        models: list[str] = [one.model_id for one in found.models]
        while models:
            some, models = models[:_AT_ONCE], models[_AT_ONCE:]
            left = purge([], some, []).left_model_ids
            models = [*left, *models]
            bar.advance(len(some) - len(left))
        for one in found.experiments:
            while purge([], [], [one.experiment_id]).left_experiment_ids:
                pass
            bar.advance(1)
    if as_json:
        print_json({"dry_run": False, **msgspec.to_builtins(purged)})
    else:
        _tell(purged)
    if purged.kept:
        sys.exit(1)


class _Found(NamedTuple):
    """What is in the trash and is to be deleted."""

    runs: list[TrashedRun]
    models: list[TrashedModel]
    experiments: list[TrashedExperiment]


def _remote(tracking_uri: str | None) -> Backend:
    from kiseki.client.resolve import backend_for, close_all

    assert tracking_uri is not None
    click.get_current_context().call_on_close(close_all)
    return backend_for(tracking_uri)


def _wanted(
    backend: Backend,
    latest: int,
    run_ids: Sequence[str],
    model_ids: Sequence[str],
    experiment_ids: Sequence[str],
) -> _Found:
    """What is to be deleted. What an earlier gc has begun is always a part of it.

    Raises:
        InvalidParameter: Something that was named is not in the trash, or not for long enough.
    """
    runs = _all(lambda token: backend.trashed_runs("", latest, PAGE, token))
    models = _all(lambda token: backend.trashed_models("", latest, PAGE, token))
    experiments = _all(lambda token: backend.trashed_experiments(latest, PAGE, token))
    if not run_ids and not model_ids and not experiment_ids:
        # Default is always there; it is kept without a word.
        return _Found(runs, models, [one for one in experiments if one.experiment_id != _DEFAULT])
    for what, given, found, advice in (
        ("run", run_ids, {one.run_id for one in runs}, "'kiseki runs delete' moves something there."),
        ("logged model", model_ids, {one.model_id for one in models}, "delete_logged_model() moves something there."),
        (
            "experiment",
            experiment_ids,
            {one.experiment_id for one in experiments},
            "'kiseki experiments delete' moves something there.",
        ),
    ):
        missing = [one for one in given if one not in found]
        if missing:
            raise InvalidParameter(
                f"Nothing was deleted: the {what} {quoted(missing[0])} is not in the trash, or did not come there before "
                f"the date that was given. 'kiseki gc --dry-run' shows what is in the trash; {advice}"
            )
    return _Found(
        [one for one in runs if one.run_id in run_ids or one.experiment_id in experiment_ids or one.purging],
        [one for one in models if one.model_id in model_ids or one.experiment_id in experiment_ids or one.purging],
        [one for one in experiments if one.experiment_id in experiment_ids],
    )


def _all(ask: Callable[[str], Page[T]]) -> list[T]:
    """The items of all pages."""
    found: list[T] = []
    token = ""
    while True:
        page = ask(token)
        found += page.items
        token = page.next_page_token
        if not token:
            return found


def _show(found: _Found, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "dry_run": True,
                "runs": [msgspec.to_builtins(one) for one in found.runs],
                "logged_models": [msgspec.to_builtins(one) for one in found.models],
                "experiments": [msgspec.to_builtins(one) for one in found.experiments],
            }
        )
        return
    if not any(found):
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
        ["run", one.run_id, one.run_name, moment(one.deleted_time), one.rows, one.points] for one in found.runs
    ]
    rows += [["logged model", one.model_id, one.name, moment(one.deleted_time), one.rows, None] for one in found.models]
    rows += [
        ["experiment", one.experiment_id, one.name, moment(one.deleted_time), None, None] for one in found.experiments
    ]
    print_table(columns, rows)
    runs = [one for one in found.runs if not one.versions]
    models = [one for one in found.models if not one.versions]
    held: list[TrashedRun | TrashedModel] = [one for one in found.runs if one.versions]
    held += [one for one in found.models if one.versions]
    total = sum(one.rows for one in runs) + sum(one.rows for one in models)
    experiments = {one.experiment_id for one in found.experiments} - {one.experiment_id for one in held}
    click.echo(
        f"Would be deleted permanently: {_counts(len(runs), len(models), len(experiments))} with "
        f"{_count(total, 'row')}, and their artifacts."
    )
    for one in held:
        kind, name = ("run", one.run_id) if isinstance(one, TrashedRun) else ("logged model", one.model_id)
        click.echo(
            f"Would be kept: {kind} {cell(name)}: versions of registered models have their files there, delete these "
            f"first: {cell(', '.join(one.versions))}",
            err=True,
        )


def _tell(purged: Purged) -> None:
    if purged.run_ids or purged.model_ids or purged.experiment_ids:
        counts = _counts(len(purged.run_ids), len(purged.model_ids), len(purged.experiment_ids))
        click.echo(
            f"Deleted permanently: {counts}; {_count(purged.rows, 'row')}, "
            f"{_count(purged.files, 'file')} ({size(purged.bytes)})."
        )
    elif not purged.kept:
        click.echo("Nothing was in the trash, or not for long enough.")
    for one in purged.kept:
        click.echo(f"Kept: {one.kind} {cell(one.id)}: {one_line(one.reason)}", err=True)


def _counts(runs: int, models: int, experiments: int) -> str:
    """The numbers in words; logged models are not mentioned where there are none."""
    shown = [_count(runs, "run"), *([_count(models, "logged model")] if models else [])]
    return f"{', '.join(shown)} and {_count(experiments, 'experiment')}"


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
