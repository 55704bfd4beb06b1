"""Making a run again from what is recorded of it, and the verdict on what came of that."""

from __future__ import annotations

import hashlib
import math
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from kiseki.artifact_store.protocol import ArtifactStore
from kiseki.base.errors import InvalidParameter, KisekiError
from kiseki.base.settings import PREFIXES
from kiseki.capture.capture import CAPTURE_TAG, FOLDER, Capture
from kiseki.capture.verdict import (
    FORKED_TAG,
    REPRODUCED_BY_TAG,
    REPRODUCED_TAG,
    REPRODUCES_TAG,
    REPRODUCTION_FILE,
    VERDICT_TAG,
    Cause,
    CauseKind,
    Reproduction,
    causes_of,
    compare_metrics,
    verdict_on,
    verdict_text,
)
from kiseki.client.artifacts import send_bytes, store_of
from kiseki.client.backend import Backend
from kiseki.client.capture import read_capture
from kiseki.client.client import USER_TAG, KisekiClient
from kiseki.client.credentials import who
from kiseki.client.resolve import absolute_uri
from kiseki.domain.differences import FileChange
from kiseki.domain.experiments import LifecycleStage
from kiseki.domain.metrics import Metric
from kiseki.domain.runs import Run, RunStatus
from kiseki.entities import Run as RunEntity
from kiseki.fluent.differences import diff, run_id_of
from kiseki.projects.backend import Submission
from kiseki.projects.local import LocalRun
from kiseki.projects.rerun import check_runnable, command_line, environment_for, script_of, variables_for
from kiseki.projects.restored import NotRunnable, bring_data, restore
from kiseki.projects.submission import run_variables

MAX_DIGEST_BYTES: Final = 4 << 30
"""So much is read of each run's artifacts; beyond it they are compared by their sizes."""

_CHUNK: Final = 1 << 20
_LAST_LINES: Final = 15
_SYSTEM: Final = "system/"


def reproduce(
    run: RunEntity | str,
    in_dir: str | Path | None = None,
    tolerance: float | None = None,
    env_manager: str = "uv",
    version: str | None = None,
    arguments: Sequence[str] | None = None,
    client: KisekiClient | None = None,
) -> Reproduction:
    """Runs the command of a run once more, on a clean checkout and in the environment that it had, and compares.

    The new run is logged beside the old one. It has the verdict in its tags and in `kiseki/reproduction.json`, and the old
    one has it in its tags. Metrics are compared point by point, files by their SHA-256; metrics of the machine, whose keys
    begin with `system/`, are left out.

    Args:
        run: A run or its id. Of a process that made several runs, the first.
        in_dir: The folder for the code, which stays; empty or not there. A temporary one when None.
        tolerance: How far values of metrics may be apart, relative to the larger; 0 when None.
        env_manager: "uv" makes an environment of the packages that the run had; "local" is the one of this process.
        version: A branch, tag or commit whose code runs in place of the run's own.
        arguments: Given to the script in place of its own: the new run is a fork, without a verdict.
        client: Where the run is; where runs are logged to when None.

    Returns:
        The verdict, also where it is that the run cannot be made again.

    Raises:
        NotFound: There is no such run.
        InvalidParameter: An argument is not what it should be, or the run is in the trash.
    """
    tolerance = 0.0 if tolerance is None else float(tolerance)
    if not 0 <= tolerance < math.inf:
        raise InvalidParameter(f"The tolerance is {tolerance}; expected a number from 0 on, such as 1e-6.")
    client = client or KisekiClient()
    before = client.backend.get_run(run_id_of(run))
    holder = before.tags.get(CAPTURE_TAG, before.run_id)
    notes = []
    if holder != before.run_id:
        notes.append(f"Run {before.run_id} is a later one of a process; its first, {holder}, is made again.")
        before = client.backend.get_run(holder)
    if before.lifecycle_stage is LifecycleStage.DELETED:
        raise InvalidParameter(f"The run {before.run_id} is in the trash: kiseki runs restore -r {before.run_id}")
    folder = None if in_dir is None else Path(in_dir).absolute()
    if folder is not None and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidParameter(f"{str(folder)!r} is there and not empty. Give a folder that is new or empty.")
    one = _Reproducing(client, before, tolerance, arguments, notes)
    return one.run(folder, env_manager, version)


class _Reproducing:
    """A run that is being made again."""

    def __init__(
        self, client: KisekiClient, before: Run, tolerance: float, arguments: Sequence[str] | None, notes: list[str]
    ) -> None:
        self._client = client
        self._before = before
        self._tolerance = tolerance
        self._arguments = arguments
        self._notes = notes
        self._new = ""

    def run(self, folder: Path | None, env_manager: str, version: str | None) -> Reproduction:
        """Runs it, compares, and records the verdict."""
        found = read_capture(self._client, self._before.run_id)
        link = REPRODUCES_TAG if self._arguments is None else FORKED_TAG
        tags = {link: self._before.run_id, USER_TAG: who(), **({} if found is None else script_of(found))}
        created = self._client.create_run(self._before.experiment_id, tags=tags)
        self._new = created.info.run_id
        workspace = Path(tempfile.mkdtemp(prefix="kiseki-reproduce-"))
        is_open = True
        try:
            if found is None:
                raise NotRunnable("unknown", _NO_CAPTURE)
            submitted = self._submit(found, folder or workspace / "code", workspace, env_manager, version)
            is_open = False
            result = self._outcome(found, submitted)
        except NotRunnable as error:
            result = self._not_runnable(error.kind, str(error))
        except BaseException:
            shutil.rmtree(workspace, ignore_errors=True)
            raise
        finally:
            if is_open:
                self._client.set_terminated(self._new, RunStatus.FAILED.value)
        shutil.rmtree(workspace, ignore_errors=True)
        self._record(result)
        return result

    def _submit(self, found: Capture, folder: Path, workspace: Path, env_manager: str, version: str | None) -> LocalRun:
        """Has the command started."""
        check_runnable(found, self._arguments)
        if folder.is_dir():
            folder.rmdir()
        self._notes += restore(self._client, found, folder, version)
        bring_data(self._before.dataset_inputs, found, folder)
        line, where = command_line(found, folder, self._arguments)
        try:
            environment = environment_for(found, env_manager, folder, workspace / "environments")
        except ImportError as error:
            raise NotRunnable("package", str(error)) from None
        uri = absolute_uri(self._client.tracking_uri)
        variables = {
            **variables_for(found, folder),
            **run_variables(uri, self._new, self._before.experiment_id),
            **{f"{prefix}CAPTURE": "true" for prefix in PREFIXES},
        }
        return LocalRun(
            Submission(
                client=self._client,
                run_id=self._new,
                folder=where,
                line=line,
                environment=environment,
                variables=variables,
                # The folder is looked at once more, when the run has ended.
                release=lambda: None,
            )
        )

    def _outcome(self, found: Capture, submitted: LocalRun) -> Reproduction:
        """Waits, and compares what came."""
        try:
            submitted.wait()
        except KisekiError as error:
            raise NotRunnable("package", str(error)) from error
        except KeyboardInterrupt:
            submitted.cancel()
            raise
        after = self._client.backend.get_run(self._new)
        if after.status != self._before.status and self._before.status is not RunStatus.RUNNING:
            last = "\n".join([*submitted.logs()][-_LAST_LINES:])
            raise NotRunnable("unknown", f"The command ended {after.status}, and before {self._before.status}:\n{last}")
        if CAPTURE_TAG not in after.tags:
            raise NotRunnable(
                "code", "The command logged nothing to its run: maybe the code sets a tracking URI or a run itself."
            )
        return self._compared(found, after)

    def _compared(self, found: Capture, after: Run) -> Reproduction:
        backend = self._client.backend
        difference = diff(self._before.run_id, self._new, self._client)
        histories = [_histories(backend, run) for run in (self._before, after)]
        metrics = compare_metrics(*histories)
        artifacts, count = _compare_artifacts(
            *(_digests(store_of(backend, run.run_id)) for run in (self._before, after))
        )
        compared = len({*histories[0], *histories[1]})
        verdict = verdict_on(metrics, self._tolerance)
        if not compared:
            if not count:
                raise NotRunnable(
                    "unknown", "The command ran, but there is nothing to compare: no metrics, no artifacts."
                )
            verdict = "diverged" if artifacts else "identical"
        is_same = verdict == "identical" and not artifacts
        result = Reproduction(
            run_id=self._before.run_id,
            new_run_id=self._new,
            verdict=None if self._arguments is not None else verdict,
            text="",
            tolerance=self._tolerance,
            metrics_compared=compared,
            points_compared=sum(map(len, histories[0].values())),
            metrics=metrics,
            params=difference.params,
            artifacts_compared=count,
            artifacts=artifacts,
            causes=() if is_same else causes_of(difference, found, read_capture(self._client, self._new)),
            notes=tuple(self._notes),
            difference=difference,
        )
        return msgspec.structs.replace(result, text=verdict_text(result))

    def _not_runnable(self, kind: CauseKind, text: str) -> Reproduction:
        return Reproduction(
            run_id=self._before.run_id,
            new_run_id=self._new,
            verdict="not_runnable",
            text=text,
            tolerance=self._tolerance,
            causes=() if kind == "unknown" else (Cause(kind=kind, text=text.partition("\n")[0]),),
            notes=tuple(self._notes),
        )

    def _record(self, result: Reproduction) -> None:
        store = store_of(self._client.backend, self._new)
        data = msgspec.json.format(msgspec.json.encode(result), indent=1)
        send_bytes(store, data, f"{FOLDER}/{REPRODUCTION_FILE}")
        if self._arguments is not None:
            return
        assert result.verdict is not None
        self._client.set_tag(self._new, VERDICT_TAG, result.verdict, synchronous=True)
        known = self._client.backend.get_run(self._before.run_id).tags.get(REPRODUCED_TAG)
        # What has been shown is not taken back because something is missing today.
        if result.verdict != "not_runnable" or known in {None, "not_runnable"}:
            self._client.set_tag(self._before.run_id, REPRODUCED_TAG, result.verdict, synchronous=True)
            self._client.set_tag(self._before.run_id, REPRODUCED_BY_TAG, self._new, synchronous=True)


_NO_CAPTURE: Final = (
    "How the run came about was not captured: it was logged by another program than kiseki, or with KISEKI_CAPTURE=false. Run "
    "the code again with kiseki, and that run can be made again."
)


def _histories(backend: Backend, run: Run) -> dict[str, list[Metric]]:
    keys = [metric.key for metric in run.metrics if not metric.key.startswith(_SYSTEM)]
    return {key: _history(backend, run.run_id, key) for key in keys}


def _history(backend: Backend, run_id: str, key: str) -> list[Metric]:
    found: list[Metric] = []
    token = ""
    while True:
        page = backend.metric_history(run_id, key, token)
        found += page.items
        token = page.next_page_token
        if not token:
            return found


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
