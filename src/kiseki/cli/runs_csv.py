"""Runs as CSV: one row a run, one column for each metric, param and tag that any of them has."""

from __future__ import annotations

import csv
import secrets
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from kiseki.cli.progress import Progress
from kiseki.entities import ViewType

if TYPE_CHECKING:
    from kiseki.client import KisekiClient
    from kiseki.entities import Run

ATTRIBUTES: Final = ("run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time")
KINDS: Final = ("metrics", "params", "tags")
PAGE: Final = 1000


def write_csv(client: KisekiClient, experiment_id: str, filename: str | None) -> int:
    """Writes the runs of an experiment that are not in the trash and returns how many.

    Args:
        client: Where the runs are.
        experiment_id: Of the experiment.
        filename: Replaced when everything is written, and left as it is when that fails; stdout when None.
    """
    runs = _all_runs(client, experiment_id)
    if filename is None:
        _write(sys.stdout, runs)
        return len(runs)
    target = Path(filename)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with temporary.open("x", encoding="utf-8", newline="") as file:
            _write(file, runs)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return len(runs)


def _all_runs(client: KisekiClient, experiment_id: str) -> list[Run]:
    found: list[Run] = []
    token: str | None = None
    with Progress("Reading runs", None) as bar:
        while True:
            page = client.search_runs([experiment_id], "", ViewType.ACTIVE_ONLY, PAGE, None, token)
            found += page
            bar.advance(len(page))
            token = page.token
            if token is None:
                return found


def _write(file: TextIO, runs: Iterable[Run]) -> None:
    runs = list(runs)
    keys = {kind: sorted({key for run in runs for key in getattr(run.data, kind)}) for kind in KINDS}
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*ATTRIBUTES, *(f"{kind}.{key}" for kind in KINDS for key in keys[kind])])
    for run in runs:
        row: list[Any] = [_attribute(run, name) for name in ATTRIBUTES]
        for kind in KINDS:
            values = getattr(run.data, kind)
            row += [values.get(key, "") for key in keys[kind]]
        writer.writerow(row)


def _attribute(run: Run, name: str) -> Any:
    value = getattr(run.info, name)
    if name in {"start_time", "end_time"}:
        return "" if value is None else datetime.fromtimestamp(value / 1000, UTC).isoformat(" ", "milliseconds")
    return value
