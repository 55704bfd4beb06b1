"""`kiseki audit`."""

from __future__ import annotations

import sys
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from kiseki.cli.connection import json_option, tracking_uri_option
from kiseki.cli.places import artifacts_option, backend_store_option, local_place
from kiseki.cli.table import cell, one_line, print_json, size

if TYPE_CHECKING:
    from kiseki.client.local import LocalBackend

SHOWN: Final = 20

_ADVICE: Final = {
    "orphan": (
        "files that no run and no logged model has and that were not stored through kiseki",
        "Nobody misses them here. If you do not know them either, delete them.",
    ),
    "purged_run": (
        "artifact folders of runs that are not in the database",
        (
            "The runs were deleted permanently, or the database is older than the folder. If the runs are meant to be gone, "
            "delete the folders; else restore a newer backup of the database."
        ),
    ),
    "purged_model": (
        "artifact folders of logged models that are not in the database",
        (
            "The models were deleted permanently, or the database is older than the folder. If they are meant to be gone, "
            "delete the folders; else restore a newer backup of the database."
        ),
    ),
    "missing": (
        "recorded files that are not there",
        (
            "Put them back from a backup. If they are not wanted any more, delete them through kiseki, so that their records "
            "go."
        ),
    ),
    "size": (
        "files of another size than was stored",
        "Put them back from a backup, or, if somebody changed them on purpose, store them again through kiseki.",
    ),
    "digest": (
        "files of other bytes than were stored",
        "Put them back from a backup, or, if somebody changed them on purpose, store them again through kiseki.",
    ),
    "points": (
        "stored points that do not match their checksum",
        (
            "The database was damaged on disk. Restore a backup ('kiseki db restore') and check the disk; what else is in the "
            "database can be read."
        ),
    ),
    "interrupted": (
        "runs and logged models whose permanent deletion was begun and not finished",
        "Run 'kiseki gc' once more; it goes on where it was.",
    ),
    "unreached": ("files and folders that could not be looked at", "Check their permissions and the disk."),
}


@click.command("audit", short_help="Compare database and artifacts, and look for damage.")
@click.option("--digests", is_flag=True, help="Read all bytes of all files and compare their SHA-256.")
@backend_store_option
@artifacts_option
@json_option
@tracking_uri_option
def audit(
    digests: bool,
    backend_store_uri: str | None,
    artifacts_destination: str | None,
    as_json: bool,
    tracking_uri: str | None,
) -> None:
    """Compare the database with the artifacts, and metrics with their checksums; ends with code 1 when something is wrong.

    For the server's machine, while the server runs or not. Nothing is changed.
    """
    local = local_place(backend_store_uri, artifacts_destination, tracking_uri)
    if local is None:
        raise click.UsageError(
            "An audit reads the server's own files: run it on the server's machine with --backend-store-uri and "
            "--artifacts-destination as the server has them."
        )
    report = _examine(local, digests)
    if as_json:
        print_json({"ok": not report["findings"], **report})
    else:
        _print(report)
    if report["findings"]:
        sys.exit(1)


def _examine(local: LocalBackend, digests: bool) -> dict[str, Any]:
    from kiseki.cli.progress import Progress

    with Progress("Looking", None) as bar:
        found: dict[str, Any] = msgspec.to_builtins(local.audit(digests, bar))
    return found


def _print(report: dict[str, Any]) -> None:
    read = "compared with its SHA-256" if report["digests"] else "compared with its size (--digests reads the bytes)"
    click.echo(f"{report['files']:,} files ({size(report['bytes'])}) in the artifact folders")
    if report["unrecorded"]:
        click.echo(f"  {report['unrecorded']:,} of them without a digest: somebody put them there without kiseki")
    click.echo(f"{report['records']:,} recorded files, each {read}")
    if report["elsewhere"]:
        click.echo(f"  {report['elsewhere']:,} of them lie where this machine does not look")
    for uri in report["beyond"][:SHOWN]:
        click.echo(f"  not looked at, since this machine does not come there: {cell(uri)}")
    if len(report["beyond"]) > SHOWN:
        click.echo(f"  nor at {len(report['beyond']) - SHOWN:,} more locations of experiments; --json shows all")
    click.echo(f"{report['blocks']:,} blocks of metrics, each compared with its checksum")
    by_kind: dict[str, list[dict[str, str]]] = defaultdict(list)
    for finding in report["findings"]:
        by_kind[finding["kind"]].append(finding)
    for kind, (what, advice) in _ADVICE.items():
        found = by_kind[kind]
        if not found:
            continue
        click.echo(f"\nWRONG: {len(found):,} {what}")
        for finding in found[:SHOWN]:
            click.echo(f"  {cell(finding['subject'])}: {one_line(finding['found'])}")
        if len(found) > SHOWN:
            click.echo(f"  and {len(found) - SHOWN:,} more; --json shows all")
        click.echo(f"  {advice}")
    click.echo("" if report["findings"] else "Nothing is wrong.", nl=not report["findings"])
