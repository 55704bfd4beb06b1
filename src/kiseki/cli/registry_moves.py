"""`kiseki registry alias`, `stage`, `moves`, `rules` and `lineage`: what is used for what, who said so, and where it comes from."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from kiseki.base.errors import InvalidParameter
from kiseki.cli.connection import (
    collect,
    connect,
    json_option,
    key_values,
    tell_of_more,
    tracking_uri_option,
)
from kiseki.cli.table import Column, cell, moment, print_fields, print_json, print_table, quoted

if TYPE_CHECKING:
    from kiseki.entities import Lineage, LineageNode, Move, Rules, Verdict

F = TypeVar("F", bound=Callable[..., Any])

URI_VARIABLE: Final = "KISEKI_MODEL_URI"
"""A check's command finds the version that it is to look at in this variable of its environment."""
DETAIL_CHARS: Final = 2_000
"""So much of the end of what a check printed is kept."""
_KINDS: Final = ("alias", "stage")
_STATUSES: Final = ("DONE", "WAITING", "REFUSED", "WITHDRAWN")


def _why_options(command: F) -> F:
    """Adds `--comment` and `--check`."""
    for option in (
        click.option(
            "--check",
            "checks",
            multiple=True,
            callback=key_values,
            metavar="NAME=COMMAND",
            help="Run a command first, without a shell; it passes when it ends with 0. Its verdict is kept.",
        ),
        click.option("-c", "--comment", default="", metavar="TEXT", help="Why; it is kept."),
    ):
        command = option(command)
    return command


@click.group()
def alias() -> None:
    """Let aliases point to versions."""


@alias.command("set")
@click.argument("name")
@click.argument("alias")
@click.argument("version")
@_why_options
@json_option
@tracking_uri_option
def set_alias(
    name: str,
    alias: str,
    version: str,
    comment: str,
    checks: dict[str, str],
    as_json: bool,
    tracking_uri: str | None,
) -> None:
    """Let an alias point to a version, or ask for it where the model wants approval.

    Ends with 1 when a check refuses it. The command of a check finds models:/NAME/VERSION in KISEKI_MODEL_URI.
    """
    client = connect(tracking_uri)
    reports = _run_checks(checks, f"models:/{name}/{version}")
    _tell_move(client.ask_alias(name, alias, version, comment, reports), as_json)


@alias.command("delete")
@click.argument("name")
@click.argument("alias")
@_why_options
@json_option
@tracking_uri_option
def delete_alias(
    name: str, alias: str, comment: str, checks: dict[str, str], as_json: bool, tracking_uri: str | None
) -> None:
    """Delete an alias, or ask for it where the model wants approval."""
    client = connect(tracking_uri)
    reports = _run_checks(checks, f"models:/{name}@{alias}")
    _tell_move(client.ask_alias(name, alias, None, comment, reports), as_json)


@alias.command("rollback")
@click.argument("name")
@click.argument("alias")
@click.option("-c", "--comment", default="", metavar="TEXT", help="Why; it is kept.")
@json_option
@tracking_uri_option
def roll_back(name: str, alias: str, comment: str, as_json: bool, tracking_uri: str | None) -> None:
    """Let an alias go back to where it was before its last move."""
    _tell_move(connect(tracking_uri).roll_back_alias(name, alias, comment), as_json)


@click.command()
@click.argument("name")
@click.argument("version")
@click.argument("stage")
@click.option("--archive", is_flag=True, help="Archive the other versions of the stage.")
@_why_options
@json_option
@tracking_uri_option
def stage(
    name: str,
    version: str,
    stage: str,
    archive: bool,
    comment: str,
    checks: dict[str, str],
    as_json: bool,
    tracking_uri: str | None,
) -> None:
    """Bring a version to a stage: None, Staging, Production or Archived."""
    client = connect(tracking_uri)
    reports = _run_checks(checks, f"models:/{name}/{version}")
    _tell_move(client.ask_stage(name, version, stage, archive, comment, reports), as_json)


@click.group()
def moves() -> None:
    """See who moved what when, and approve what waits."""


@moves.command("list")
@click.argument("name")
@click.option("--kind", type=click.Choice(_KINDS), help="Only moves of aliases, or of stages.")
@click.option("--target", metavar="ALIAS|VERSION", help="Only of this alias, or of this version.")
@click.option("--status", type=click.Choice(_STATUSES, case_sensitive=False), help="Only with this status.")
@click.option(
    "--max-results", type=click.IntRange(0), default=100, show_default=True, help="Show at most so many; 0 for all."
)
@json_option
@tracking_uri_option
def list_moves(
    name: str,
    kind: str | None,
    target: str | None,
    status: str | None,
    max_results: int,
    as_json: bool,
    tracking_uri: str | None,
) -> None:
    """List the moves of a registered model, the latest first."""
    client = connect(tracking_uri)
    found, more = collect(lambda count, token: client.list_moves(name, kind, target, status, count, token), max_results)
    if as_json:
        print_json([one.to_dictionary() for one in found])
    elif found:
        _print_moves(found)
    else:
        click.echo(f"Nothing of {quoted(name)} has moved.", err=True)
    tell_of_more(more, max_results)


@moves.command("approve")
@click.argument("name")
@click.argument("number", type=click.IntRange(1))
@json_option
@tracking_uri_option
def approve(name: str, number: int, as_json: bool, tracking_uri: str | None) -> None:
    """Do a move that somebody else asked for."""
    _tell_move(connect(tracking_uri).approve_move(name, number), as_json)


@moves.command("refuse")
@click.argument("name")
@click.argument("number", type=click.IntRange(1))
@json_option
@tracking_uri_option
def refuse(name: str, number: int, as_json: bool, tracking_uri: str | None) -> None:
    """End a move that waits without doing it; your own is withdrawn."""
    found = connect(tracking_uri).refuse_move(name, number)
    if as_json:
        print_json(found.to_dictionary())
    else:
        click.echo(f"Move {found.number} of {quoted(name)} is {found.status.lower()}.")


@click.group()
def rules() -> None:
    """Say what a registered model asks for before an alias or a stage moves."""


@rules.command("show")
@click.argument("name")
@json_option
@tracking_uri_option
def show_rules(name: str, as_json: bool, tracking_uri: str | None) -> None:
    """Show the rules of a registered model."""
    _tell_rules(connect(tracking_uri).get_registry_rules(name), as_json)


@rules.command("set")
@click.argument("name")
@click.option("--protect", multiple=True, metavar="ALIAS", help="A version that it points to does not change.")
@click.option("--approve-alias", multiple=True, metavar="ALIAS", help="It moves when somebody else approves.")
@click.option(
    "--approve-stage", multiple=True, metavar="STAGE", help="Versions come there when somebody else approves."
)
@click.option(
    "--check",
    "filters",
    multiple=True,
    metavar="[TARGET:]FILTER",
    help="What must hold of the version's metrics, such as 'champion:metrics.accuracy > 0.9'.",
)
@click.option(
    "--report",
    "reports",
    multiple=True,
    metavar="[TARGET:]NAME",
    help="A check that whoever moves it runs and reports, as 'alias set --check NAME=COMMAND' does.",
)
@json_option
@tracking_uri_option
def set_rules(
    name: str,
    protect: tuple[str, ...],
    approve_alias: tuple[str, ...],
    approve_stage: tuple[str, ...],
    filters: tuple[str, ...],
    reports: tuple[str, ...],
    as_json: bool,
    tracking_uri: str | None,
) -> None:
    """Set the rules of a registered model, in the place of those that it has; without options it has none.

    TARGET is an alias or a stage; without one a check is made before every move.
    """
    client = connect(tracking_uri)
    from kiseki.entities import Check, Rules

    checks = [
        *(Check(filter=rest, target=target) for target, rest in map(_target, filters)),
        *(Check(report=rest, target=target) for target, rest in map(_target, reports)),
    ]
    given = Rules(list(protect), list(approve_alias), list(approve_stage), checks)
    _tell_rules(client.set_registry_rules(name, given), as_json)


@click.command()
@click.argument("name", required=False)
@click.option("-V", "--version", metavar="VERSION", help="The version of the registered model NAME.")
@click.option("-a", "--alias", metavar="ALIAS", help="The alias of the registered model NAME.")
@click.option("-r", "--run-id", metavar="ID", help="A run.")
@click.option("-m", "--model-id", metavar="ID", help="A logged model.")
@click.option(
    "-d",
    "--dataset",
    nargs=3,
    metavar="EXPERIMENT_ID NAME DIGEST",
    help="A data set, as the runs of an experiment used it.",
)
@json_option
@tracking_uri_option
def lineage(
    name: str | None,
    version: str | None,
    alias: str | None,
    run_id: str | None,
    model_id: str | None,
    dataset: tuple[str, str, str] | None,
    as_json: bool,
    tracking_uri: str | None,
) -> None:
    """Show what one thing comes from and what came of it: data sets, runs, logged models, versions, aliases."""
    client = connect(tracking_uri)
    found = client.get_lineage(
        name=name, version=version, alias=alias, run_id=run_id, model_id=model_id, dataset=dataset or None
    )
    if as_json:
        print_json(found.to_dictionary())
    else:
        _print_lineage(found)


def _run_checks(commands: dict[str, str], uri: str) -> list[Verdict]:
    """Runs commands one after the other, and returns what each of them found."""
    from kiseki.entities import Verdict

    found = []
    for name, command in commands.items():
        try:
            words = shlex.split(command)
        except ValueError as error:
            raise InvalidParameter(f"The command of the check {name!r} cannot be read: {error}.") from None
        if not words:
            raise InvalidParameter(f"The check {name!r} has no command. Write --check {name}='command and arguments'.")
        click.echo(f"Running the check {quoted(name)}: {cell(command)}", err=True)
        try:
            finished = subprocess.run(  # noqa: S603 - the user's own command, as words, without a shell
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**os.environ, URI_VARIABLE: uri},
                check=False,
            )
        except OSError as error:
            raise InvalidParameter(f"The check {name!r} cannot be run: {error}.") from error
        said = finished.stdout.decode("utf-8", "replace").replace("\x00", "\ufffd").strip()[-DETAIL_CHARS:]
        found.append(Verdict(name, finished.returncode == 0, f"exit code {finished.returncode}\n{said}".strip()))
    return found


def _target(given: str) -> tuple[str, str]:
    """What stands before the first colon, if it can be an alias or a stage, and the rest."""
    target, colon, rest = given.partition(":")
    if colon and target.strip() and not set(target) & set(" .='\"`<>"):
        return target.strip(), rest.strip()
    return "", given.strip()


def _tell_move(found: Move, as_json: bool) -> None:
    """Prints what became of a move; ends with 1 when it was refused."""
    if as_json:
        print_json(found.to_dictionary())
    else:
        click.echo(_sentence(found))
        for one in found.verdicts:
            click.echo(f"  {'passed' if one.passed else 'failed'}: {cell(one.check)}: {cell(one.detail)}")
    if found.status == "REFUSED":
        click.get_current_context().exit(1)


def _sentence(found: Move) -> str:
    if found.kind == "stage":
        what = f"version {found.target} of {quoted(found.name)} from {found.before} to {found.after}"
    elif found.after:
        what = f"the alias {quoted(found.target)} of {quoted(found.name)} from {found.before or 'nothing'} to {found.after}"
    else:
        what = f"the alias {quoted(found.target)} of {quoted(found.name)} away from {found.before}"
    if not found.number:
        return f"Nothing to do: {what}."
    return {
        "DONE": f"Moved {what}.",
        "WAITING": f"Asked to move {what}. Somebody else approves it: "
        f"kiseki registry moves approve {shlex.quote(found.name)} {found.number}",
        "REFUSED": f"Did not move {what}: a check does not hold.",
    }.get(found.status, f"Did not move {what}.")


def _tell_rules(found: Rules, as_json: bool) -> None:
    if as_json:
        print_json(found.to_dictionary())
        return
    fields: dict[str, object] = {
        "Protected aliases": ", ".join(found.protected_aliases),
        "Approved aliases": ", ".join(found.approved_aliases),
        "Approved stages": ", ".join(found.approved_stages),
    }
    print_fields(fields)
    for check in found.checks:
        what = f"check {cell(check.filter)}" if check.filter else f"report of {quoted(check.report)}"
        click.echo(f"Before {cell(check.target) if check.target else 'every move'}: {what}")


def _print_moves(found: Sequence[Move]) -> None:
    columns = [
        Column(title="MOVE", right=True, whole=True),
        Column(title="WHEN", whole=True),
        Column(title="WHAT"),
        Column(title="FROM"),
        Column(title="TO"),
        Column(title="STATUS", whole=True),
        Column(title="BY"),
        Column(title="DECIDED BY", optional=True),
        Column(title="COMMENT", optional=True),
    ]
    print_table(
        columns,
        (
            [
                one.number,
                moment(one.decision_timestamp or one.timestamp),
                one.target if one.kind == "alias" else f"version {one.target}",
                one.before,
                one.after,
                one.status,
                one.user_id,
                one.decided_by,
                one.comment,
            ]
            for one in found
        ),
    )


def _print_lineage(found: Lineage) -> None:
    for place, node in enumerate(found.nodes):
        click.echo(f"{_named(node)}{' (asked for)' if place == 0 else ''}")
        for source, target in found.edges:
            if source == place:
                click.echo(f"  -> {_named(found.nodes[target])}")
    if not found.complete:
        click.echo("There is more than is shown.", err=True)


def _named(node: LineageNode) -> str:
    kind = {"dataset": "data set", "logged_model": "logged model", "model_version": "version"}.get(node.kind, node.kind)
    key = node.key[0] if node.kind in ("run", "logged_model") else node.key[-1]
    return (
        f"{kind} {quoted(node.label)}"
        if node.kind in ("alias", "model_version")
        else f"{kind} {quoted(node.label)} ({cell(key)})"
    )
