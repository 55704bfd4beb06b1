"""A run and the one that was made again, compared: every point of their metrics, and their files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec

from kiseki.artifact_store.protocol import ArtifactStore
from kiseki.capture.capture import FOLDER
from kiseki.capture.verdict import Cause, Reproduction, causes_of, compare_metrics, verdict_on, verdict_text
from kiseki.client.artifacts import store_of
from kiseki.client.capture import read_capture
from kiseki.client.client import KisekiClient
from kiseki.domain.differences import FileChange
from kiseki.domain.runs import Run
from kiseki.entities import Metric
from kiseki.fluent.differences import diff
from kiseki.projects.restored import NotRunnable

MAX_DIGEST_BYTES: Final = 4 << 30
"""So much is read of each run's artifacts; beyond it they are compared by their sizes."""

_CHUNK: Final = 1 << 20
_SYSTEM: Final = "system/"


def compare_runs(
    client: KisekiClient, before: Run, after: Run, tolerance: float, changed: Sequence[Cause]
) -> Reproduction:
    """The verdict on a run, from the one that was made again.

    Args:
        client: Where both are.
        before: The run.
        after: The one that was made again.
        tolerance: How far values of metrics may be apart, relative to the larger.
        changed: Causes that are known already, of data.

    Raises:
        NotRunnable: There is nothing to compare.
    """
    difference = diff(before.run_id, after.run_id, client)
    first, second = (_histories(client, run) for run in (before, after))
    metrics = compare_metrics(first, second)
    artifacts, count = _compare_artifacts(*(_digests(store_of(client.backend, run.run_id)) for run in (before, after)))
    compared = len({*first, *second})
    verdict = verdict_on(metrics, tolerance)
    if not compared:
        if not count:
            text = "The command ran, but there is nothing to compare: no metrics, no artifacts."
            raise NotRunnable("unknown", text)
        verdict = "diverged" if artifacts else "identical"
    causes: Sequence[Cause] = ()
    if metrics or artifacts:
        captures = [read_capture(client, run.run_id) for run in (before, after)]
        # What the new run logs of its data says more.
        causes = [*(() if difference.data else changed), *causes_of(difference, *captures)]
    result = Reproduction(
        run_id=before.run_id,
        new_run_id=after.run_id,
        verdict=verdict,
        text="",
        tolerance=tolerance,
        metrics_compared=compared,
        points_compared=sum(map(len, first.values())),
        metrics=metrics,
        params=difference.params,
        artifacts_compared=count,
        artifacts=artifacts,
        causes=tuple(causes),
        difference=difference,
    )
    return msgspec.structs.replace(result, text=verdict_text(result))


def _histories(client: KisekiClient, run: Run) -> dict[str, list[Metric]]:
    keys = [metric.key for metric in run.metrics if not metric.key.startswith(_SYSTEM)]
    return {key: client.get_metric_history(run.run_id, key) for key in keys}


def _digests(store: ArtifactStore) -> dict[str, str]:
    """The artifacts of a run but those of kiseki, by path; what is the same for the same content."""
    found = {}
    left = MAX_DIGEST_BYTES
    for info in store.walk(""):
        if info.path.startswith(f"{FOLDER}/"):
            continue
        size = info.file_size or 0
        left -= size
        found[info.path] = f"{size} bytes" if left < 0 else _digest(store, info.path)
    return found


def _digest(store: ArtifactStore, path: str) -> str:
    digest = hashlib.sha256()
    with store.open_download(path) as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _compare_artifacts(before: dict[str, str], after: dict[str, str]) -> tuple[tuple[FileChange, ...], int]:
    paths = sorted({*before, *after})
    changed = [
        FileChange(path=path, status="added" if path not in before else "removed" if path not in after else "changed")
        for path in paths
        if before.get(path) != after.get(path)
    ]
    return tuple(changed), len(paths)
