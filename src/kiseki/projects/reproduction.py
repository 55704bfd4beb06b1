"""Making a run again from what is recorded of it, and the verdict on what came of that."""

from __future__ import annotations

import math
import tempfile
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from kiseki.base.errors import InvalidParameter, KisekiError, MissingDependency, NotFound
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
    Reproduction,
)
from kiseki.client.artifacts import send_bytes, store_of
from kiseki.client.capture import read_capture
from kiseki.client.client import USER_TAG, KisekiClient
from kiseki.client.credentials import who
from kiseki.client.resolve import absolute_uri
from kiseki.domain.experiments import LifecycleStage, View
from kiseki.domain.runs import Run, RunStatus
from kiseki.entities import Run as RunEntity
from kiseki.fluent.differences import run_id_of
from kiseki.projects.again import is_project, submit_project
from kiseki.projects.backend import Submission
from kiseki.projects.comparison import compare_runs
from kiseki.projects.local import LocalRun
from kiseki.projects.rerun import MANAGERS, check_runnable, command_line, environment_for, script_of, variables_for
from kiseki.projects.restored import NotRunnable, bring_data, restore
from kiseki.projects.submission import run_variables
from kiseki.projects.submitted_run import SubmittedRun

_LAST_LINES: Final = 15
_LINE_CHARS: Final = 500
_CAUSE_CHARS: Final = 1000
_MAX_RUNS: Final = 1000
_MAX_LINKS: Final = 20


def reproduce(
    run: RunEntity | str,
    in_dir: str | Path | None = None,
    tolerance: float | None = None,
    env_manager: str = "uv",
    version: str | None = None,
    arguments: Sequence[str] | None = None,
) -> Reproduction:
    """Runs the command of a run once more, on a clean checkout and in the environment that it had, and compares.

    The new run is logged beside the old one. It has the verdict in its tags and in `kiseki/reproduction.json`, and the old
    one has it in its tags. All runs that a process made in an experiment are made again together, and each gets its verdict.
    Metrics are compared point by point, files by their SHA-256; metrics of the machine, whose keys begin with `system/`, are
    left out. A run of a project that has no capture is made again from its tags and params.

    Args:
        run: A run or its id.
        in_dir: The folder for the code, which stays; empty or not there. A temporary one when None.
        tolerance: How far values of metrics may be apart, relative to the larger; 0 when None.
        env_manager: "uv" makes an environment of the packages that the run had, or, for a run of a project that logged with
            another program than kiseki, what the project asks for; "local" is the one of this process.
        version: A branch, tag or commit whose code runs in place of the run's own.
        arguments: Given to the script in place of its own: the new run is a fork, without a verdict.

    Returns:
        The verdict, also where it is that the run cannot be made again.

    Raises:
        NotFound: There is no such run.
        InvalidParameter: An argument is not what it should be, or the run is in the trash.
    """
    tolerance = 0.0 if tolerance is None else float(tolerance)
    if not 0 <= tolerance < math.inf:
        raise InvalidParameter(f"The tolerance is {tolerance}; expected a number from 0 on, such as 1e-6.")
    if env_manager not in MANAGERS:
        raise InvalidParameter(f"The environment manager is {env_manager!r}; expected one of {', '.join(MANAGERS)}.")
    client = KisekiClient()
    asked = client.backend.get_run(run_id_of(run))
    holder = asked.tags.get(CAPTURE_TAG, asked.run_id)
    first = asked if holder == asked.run_id else client.backend.get_run(holder)
    for one in (asked, first):
        if one.lifecycle_stage is LifecycleStage.DELETED:
            raise InvalidParameter(f"The run {one.run_id} is in the trash: kiseki runs restore -r {one.run_id}")
    folder = None if in_dir is None else Path(in_dir).absolute()
    if folder is not None and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidParameter(f"{str(folder)!r} is there and not empty. Give a folder that is new or empty.")
    runs = runs_of_process(client, first)
    found = _Reproducing(client, runs, tolerance, arguments).run(folder, env_manager, version)
    # Where it was not run, or did not make so many runs, there is one on the first.
    return found.get(asked.run_id) or found[first.run_id]


class _Reproducing:
    """A process that is being run again.

    Args:
        client: Where its runs are.
        runs: What it made, in the order in which they started; the first has the capture.
        tolerance: How far values may be apart.
        arguments: Those of a fork.
    """

    def __init__(
        self, client: KisekiClient, runs: Sequence[Run], tolerance: float, arguments: Sequence[str] | None
    ) -> None:
        self._client = client
        self._runs = runs
        self._tolerance = tolerance
        self._arguments = arguments
        self._link = REPRODUCES_TAG if arguments is None else FORKED_TAG
        self._notes: list[str] = []
        self._changed: list[Cause] = []

    def run(self, folder: Path | None, env_manager: str, version: str | None) -> dict[str, Reproduction]:
        """Runs it, compares, and records the verdicts: by the id of the run that each is on."""
        first = self._runs[0]
        found = _where_it_was(self._client, first, read_capture(self._client, first.run_id))
        tags = {self._link: first.run_id, USER_TAG: who(), **({} if found is None else script_of(found))}
        with tempfile.TemporaryDirectory(prefix="kiseki-reproduce-", ignore_cleanup_errors=True) as workspace:
            new = self._client.create_run(first.experiment_id, tags=tags, run_name=first.run_name).info.run_id
            results = self._results(found, new, Path(workspace), folder, env_manager, version)
        for result in results:
            self._record(result)
        return {result.run_id: result for result in results}

    def _results(
        self,
        found: Capture | None,
        new: str,
        workspace: Path,
        folder: Path | None,
        env_manager: str,
        version: str | None,
    ) -> list[Reproduction]:
        """Has the command run as the run `new`, which has ended afterwards."""
        first = self._runs[0]
        try:
            place = folder or workspace / "code"
            if place.is_dir():
                place.rmdir()
            if found is not None:
                submitted: SubmittedRun = self._submitted(found, new, place, workspace, env_manager, version)
            elif not is_project(first):
                raise NotRunnable("unknown", _NO_CAPTURE)
            elif self._arguments is not None:
                raise NotRunnable(
                    "code", "The run is that of a project. Give it other parameters by kiseki run URI -P NAME=VALUE."
                )
            else:
                submitted = submit_project(self._client, first, new, place, env_manager, version)
            return self._outcome(submitted)
        except NotRunnable as error:
            self._client.set_terminated(new, RunStatus.FAILED.value)
            return [self._not_runnable(first.run_id, new, error)]
        except BaseException:
            if self._client.get_run(new).info.end_time is None:
                self._client.set_terminated(new, RunStatus.FAILED.value)
            raise

    def _submitted(
        self, found: Capture, new: str, folder: Path, workspace: Path, env_manager: str, version: str | None
    ) -> LocalRun:
        try:
            return self._submit(found, new, folder, workspace, env_manager, version)
        except (InvalidParameter, OSError, ValueError) as error:
            # What somebody else recorded may have names that no file can have, and a disk may be full.
            raise NotRunnable("code", f"The run cannot be put together here: {error}.") from error

    def _submit(
        self, found: Capture, new: str, folder: Path, workspace: Path, env_manager: str, version: str | None
    ) -> LocalRun:
        """Has the command started."""
        if self._arguments is None and self._runs[0].status is RunStatus.RUNNING:
            raise NotRunnable("unknown", _NOT_ENDED)
        check_runnable(found, self._arguments)
        self._notes += restore(self._client, found, folder, version)
        self._changed = bring_data((one for run in self._runs for one in run.dataset_inputs), found, folder)
        line, where = command_line(found, folder, self._arguments)
        try:
            environment = environment_for(found, env_manager, folder, workspace / "environments")
        except MissingDependency as error:
            raise NotRunnable("package", str(error)) from None
        variables = {
            **variables_for(found, folder),
            **run_variables(absolute_uri(self._client.tracking_uri), new, self._runs[0].experiment_id),
            **{f"{prefix}CAPTURE": "true" for prefix in PREFIXES},
        }
        return LocalRun(
            Submission(
                client=self._client,
                run_id=new,
                folder=where,
                line=line,
                environment=environment,
                variables=variables,
                # The folder goes when all is compared.
                release=lambda: None,
            )
        )

    def _outcome(self, submitted: SubmittedRun) -> list[Reproduction]:
        """Waits, and compares what came with what was there, run by run."""
        try:
            submitted.wait()
        except KisekiError as error:
            raise NotRunnable("package", str(error)) from error
        except KeyboardInterrupt:
            submitted.cancel()
            raise
        new = self._client.backend.get_run(submitted.run_id)
        old = self._runs[0]
        if new.status != old.status and old.status is not RunStatus.RUNNING:
            lines = deque(submitted.logs(), _LAST_LINES)
            last = "\n".join(line if len(line) <= _LINE_CHARS else f"{line[:_LINE_CHARS]} …" for line in lines)
            raise NotRunnable("unknown", f"The command ended {new.status}, and before {old.status}:\n{last}")
        if CAPTURE_TAG in old.tags and CAPTURE_TAG not in new.tags:
            raise NotRunnable(
                "code", "The command logged nothing to its run: maybe the code sets a tracking URI or a run itself."
            )
        made = runs_of_process(self._client, new)
        if len(made) != len(self._runs):
            self._notes.append(f"The process made {len(self._runs)} runs before, and {len(made)} now.")
        return [self._compared(one, other) for one, other in zip(self._runs, made, strict=False)]

    def _compared(self, before: Run, after: Run) -> Reproduction:
        self._client.set_tag(after.run_id, self._link, before.run_id, synchronous=True)
        try:
            found = compare_runs(self._client, before, after, self._tolerance, self._changed)
        except NotRunnable as error:
            return self._not_runnable(before.run_id, after.run_id, error)
        verdict = found.verdict if self._arguments is None else None
        return msgspec.structs.replace(found, verdict=verdict, notes=tuple(self._notes))

    def _not_runnable(self, run_id: str, new_run_id: str, error: NotRunnable) -> Reproduction:
        text = str(error)
        line = " ".join(text.split())
        cause = Cause(kind=error.kind, text=line if len(line) <= _CAUSE_CHARS else f"{line[:_CAUSE_CHARS]} …")
        return Reproduction(
            run_id=run_id,
            new_run_id=new_run_id,
            verdict="not_runnable",
            text=text,
            tolerance=self._tolerance,
            causes=(*self._changed, *(() if error.kind == "unknown" else (cause,))),
            notes=tuple(self._notes),
        )

    def _record(self, result: Reproduction) -> None:
        data = msgspec.json.format(msgspec.json.encode(result), indent=1)
        send_bytes(store_of(self._client.backend, result.new_run_id), data, f"{FOLDER}/{REPRODUCTION_FILE}")
        if self._arguments is not None or result.verdict is None:
            return
        self._client.set_tag(result.new_run_id, VERDICT_TAG, result.verdict, synchronous=True)
        if self._client.get_run(result.run_id).info.lifecycle_stage == LifecycleStage.DELETED.value:
            # Somebody put it into the trash meanwhile, and nothing there is changed.
            return
        known = self._client.get_run(result.run_id).data.tags.get(REPRODUCED_TAG)
        # What has been shown is not taken back because something is missing today.
        if result.verdict != "not_runnable" or known in {None, "not_runnable"}:
            self._client.set_tag(result.run_id, REPRODUCED_TAG, result.verdict, synchronous=True)
            self._client.set_tag(result.run_id, REPRODUCED_BY_TAG, result.new_run_id, synchronous=True)


def _where_it_was(client: KisekiClient, run: Run, found: Capture | None) -> Capture | None:
    """The capture of a run; of one that made another again, in a folder that is gone, with the code of that other one.

    It ran the same commit, changes and files; otherwise its own are all that there is.
    """
    for _ in range(_MAX_LINKS):
        link = run.tags.get(REPRODUCES_TAG)
        if found is None or link is None or Path(found.source.root).exists():
            break
        try:
            run = client.backend.get_run(link)
            earlier = read_capture(client, link)
        except (NotFound, InvalidParameter):
            break
        if earlier is None or _content_of(earlier) != _content_of(found):
            break
        found = msgspec.structs.replace(found, run_id=earlier.run_id, command=earlier.command, source=earlier.source)
    return found


def _content_of(found: Capture) -> tuple[str | None, str | None, dict[str, str]]:
    kept = {file.path: file.sha256 for file in found.source.files if file.sha256 is not None}
    return found.source.commit, found.source.patch_sha256, kept


def runs_of_process(client: KisekiClient, first: Run) -> list[Run]:
    """The runs that a process made in the experiment of its first, in the order in which they started, up to 1,000."""
    others = client.backend.search_runs(
        [first.experiment_id],
        f"tags.`{CAPTURE_TAG}` = '{first.run_id}'",
        View.ACTIVE_ONLY,
        _MAX_RUNS,
        ["attributes.start_time ASC"],
        "",
    )
    return [first, *(run for run in others.items if run.run_id != first.run_id)]


_NOT_ENDED: Final = (
    "The run has not ended, so what it gives is not known. Make it again when it has; where its process is gone, say so: "
    "kiseki.KisekiClient().set_terminated(RUN_ID, 'FAILED'). Other arguments, behind --, make a fork now."
)
_NO_CAPTURE: Final = (
    "How the run came about was not captured: it was logged by another program than kiseki, or with KISEKI_CAPTURE=false. Run "
    "the code again with kiseki, and that run can be made again."
)
