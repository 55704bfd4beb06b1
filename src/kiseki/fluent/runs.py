"""Starting, ending, reading and searching runs."""

from __future__ import annotations

import atexit
import os
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal, overload

from kiseki.base.errors import Conflict, InvalidParameter, KisekiError, NotImplementedByKiseki
from kiseki.base.settings import flag, number, setting, withdraw
from kiseki.capture.capture import CAPTURE_TAG
from kiseki.client import operations
from kiseki.client.client import PARENT_TAG, KisekiClient
from kiseki.client.columns import as_arrow, as_frame
from kiseki.client.deadline import within
from kiseki.client.values import strings, tags_of
from kiseki.entities import LifecycleStage, Run, RunStatus, ViewType
from kiseki.entities.lifecycle import status_of
from kiseki.fluent import capture, state
from kiseki.fluent.context import context_tags
from kiseki.fluent.experiments import active_experiment_id

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

NOTE_TAG: Final = "mlflow.note.content"
SEARCH_PAGE: Final = 5000
EXIT_SECONDS: Final = 10.0
"""How long the end of a process waits for a server that does not answer; KISEKI_EXIT_TIMEOUT changes it."""


class ActiveRun(Run):
    """A run that is active; leaving its `with` block ends it, FAILED when an exception leaves the block."""

    def __init__(self, run: Run) -> None:
        super().__init__(run.info, run.data, run.inputs, run.outputs)

    def __enter__(self) -> ActiveRun:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # `sys.exit(0)` is how a script says that all went well.
        failed = error is not None and not (isinstance(error, SystemExit) and error.code in {None, 0})
        _end_with_nested(self.info.run_id, "FAILED" if failed else "FINISHED")


def start_run(
    run_id: str | None = None,
    experiment_id: str | None = None,
    run_name: str | None = None,
    nested: bool = False,
    parent_run_id: str | None = None,
    tags: dict[str, Any] | None = None,
    description: str | None = None,
    log_system_metrics: bool | None = None,
) -> ActiveRun:
    """Starts a run, or goes on with one, and makes it the active one.

    Args:
        run_id: Goes on with this run, which becomes RUNNING; also from KISEKI_RUN_ID, once.
        experiment_id: The active experiment when None.
        run_name: Made up when None.
        nested: Allows another run to be active, whose child this one becomes.
        parent_run_id: Makes it a child of this run.
        tags: Values that are not text become text.
        description: Kept as the tag `mlflow.note.content`.
        log_system_metrics: Not in kiseki yet.

    Raises:
        Conflict: A run is active here and `nested` is not set.
        NotFound: There is no such run or experiment.
        InvalidParameter: The run or the experiment is in the trash, or they do not belong together.
    """
    if log_system_metrics:
        raise NotImplementedByKiseki("Logging system metrics is part of MLflow and kiseki does not have it yet.")
    active = state.current()
    if active is not None and not nested:
        raise Conflict(
            f"Run with UUID {active.run_id} is already active. To start a new run, first end the current run with "
            "kiseki.end_run(). To start a nested run, call start_run with nested=True"
        )
    given = tags_of(tags)
    if description is not None:
        if NOTE_TAG in given:
            raise InvalidParameter(f"The description is given twice: as `description` and as the tag {NOTE_TAG!r}.")
        given[NOTE_TAG] = str(description)
    client = KisekiClient()
    handed_over = run_id is None
    if run_id is None:
        run_id = setting("RUN_ID")
        # A second run of this process must not go on with the same one.
        withdraw("RUN_ID")
    if run_id is not None:
        run = _resumed(client, run_id, experiment_id, run_name, given)
        # One that was made for this process, as for the command of a project, tells of this process.
        captures = handed_over and CAPTURE_TAG not in run.data.tags
    else:
        parent = parent_run_id or (active.run_id if active is not None else None)
        if parent is not None:
            given[PARENT_TAG] = parent
        place = active_experiment_id(client) if experiment_id is None else str(experiment_id)
        reference = capture.reference(client)
        captures = not reference
        run = client.create_run(place, tags={**context_tags(), **reference, **given}, run_name=run_name)
    started = ActiveRun(run)
    state.push(state.Entry(started, client))
    if captures:
        capture.start(client, run.info.run_id)
    return started


def end_run(status: str = "FINISHED") -> None:
    """Ends the active run, after everything that was logged to it without waiting; does nothing without one.

    Raises:
        InvalidParameter: There is no status of that name.
    """
    name = status_of(status).value
    active = state.current()
    if active is not None:
        _end(active.run_id, name)


def active_run() -> ActiveRun | None:
    """Returns the active run as it was when it was started; `get_run` reads what it has recorded."""
    active = state.current()
    return active.run if active is not None and isinstance(active.run, ActiveRun) else None


def last_active_run() -> Run | None:
    """Returns the active run, else the one that ended last here, with what it has recorded; None before the first."""
    entry = state.last()
    return None if entry is None else entry.client.get_run(entry.run_id)


def current() -> state.Entry:
    """The active run; one is started when there is none."""
    active = state.current()
    if active is None:
        start_run()
        active = state.current()
        assert active is not None
    return active


def logging_to(run_id: str | None) -> tuple[KisekiClient, str]:
    """Where to log: to a run that is named, else to the active one, which is started when there is none."""
    if run_id is not None:
        return KisekiClient(), run_id
    active = current()
    return active.client, active.run_id


def get_run(run_id: str) -> Run:
    """Returns a run with the latest value of each metric.

    Raises:
        NotFound: There is none of that id.
    """
    return KisekiClient().get_run(run_id)


def get_parent_run(run_id: str) -> Run | None:
    """Returns the run in which a run is nested; None when it is not nested."""
    return KisekiClient().get_parent_run(run_id)


def delete_run(run_id: str) -> None:
    """Moves a run to the trash."""
    KisekiClient().delete_run(run_id)


def restore_run(run_id: str) -> None:
    """Takes a run out of the trash."""
    KisekiClient().restore_run(run_id)


@overload
def search_runs(
    experiment_ids: list[str] | None = None,
    filter_string: str = "",
    run_view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int = 100000,
    order_by: list[str] | None = None,
    output_format: Literal["pandas"] = "pandas",
    search_all_experiments: bool = False,
    experiment_names: list[str] | None = None,
) -> pd.DataFrame: ...


@overload
def search_runs(
    experiment_ids: list[str] | None = None,
    filter_string: str = "",
    run_view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int = 100000,
    order_by: list[str] | None = None,
    *,
    output_format: Literal["list"],
    search_all_experiments: bool = False,
    experiment_names: list[str] | None = None,
) -> list[Run]: ...


@overload
def search_runs(
    experiment_ids: list[str] | None = None,
    filter_string: str = "",
    run_view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int = 100000,
    order_by: list[str] | None = None,
    *,
    output_format: Literal["arrow"],
    search_all_experiments: bool = False,
    experiment_names: list[str] | None = None,
) -> pa.Table: ...


def search_runs(
    experiment_ids: list[str] | None = None,
    filter_string: str = "",
    run_view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int = 100000,
    order_by: list[str] | None = None,
    output_format: Literal["pandas", "list", "arrow"] = "pandas",
    search_all_experiments: bool = False,
    experiment_names: list[str] | None = None,
) -> Any:
    """Returns the runs that a filter finds, of some experiments or the active one.

    Args:
        experiment_ids: Or `experiment_names`; the active experiment when neither is given.
        filter_string: Such as `metrics.loss < 0.1 and params.depth = '3'`.
        run_view_type: A `ViewType`.
        max_results: At most so many.
        order_by: Such as `["metrics.loss ASC"]`; the latest started first when None.
        output_format: "pandas" for a DataFrame, "list" for runs, "arrow" for an Arrow table.
        search_all_experiments: Whether no experiment given means all of them.
        experiment_names: Names that do not exist find nothing.

    Raises:
        FilterError: `filter_string` or `order_by` does not parse.
        MissingDependency: pandas or pyarrow is not installed.
    """
    formats = ("pandas", "list", "arrow")
    if output_format not in formats:
        raise InvalidParameter(
            f"Unsupported output format: {output_format!r}. Supported string values are {', '.join(map(repr, formats))}"
        )
    client = KisekiClient()
    ids = _searched(client, experiment_ids, experiment_names, search_all_experiments)
    found: list[Run] = []
    token = None
    while ids and len(found) < max_results:
        wanted = min(SEARCH_PAGE, max_results - len(found))
        page = client.search_runs(ids, filter_string, run_view_type, wanted, order_by, token)
        found += page
        token = page.token
        if token is None:
            break
    if output_format == "list":
        return found
    return as_frame(found) if output_format == "pandas" else as_arrow(found)


def _searched(client: KisekiClient, ids: list[str] | None, names: list[str] | None, everything: bool) -> list[str]:
    if ids and names:
        raise InvalidParameter("Only experiment_ids or experiment_names can be used, but not both")
    if ids:
        return strings("experiment_ids", ids)
    if names:
        found = [client.get_experiment_by_name(name) for name in strings("experiment_names", names)]
        return [experiment.experiment_id for experiment in found if experiment is not None]
    if not everything:
        return [active_experiment_id(client)]
    every: list[str] = []
    token = None
    while True:
        page = client.search_experiments(ViewType.ALL, page_token=token)
        every += [experiment.experiment_id for experiment in page]
        token = page.token
        if token is None:
            return every


def _resumed(
    client: KisekiClient, run_id: str, experiment_id: str | None, run_name: str | None, tags: dict[str, str]
) -> Run:
    run = client.get_run(run_id)
    if run.info.lifecycle_stage != LifecycleStage.ACTIVE:
        raise InvalidParameter(
            f"Cannot start run with ID {run_id} because it is in the deleted state. "
            f"Restore it with kiseki.restore_run({run_id!r})."
        )
    if experiment_id is not None and str(experiment_id) != run.info.experiment_id:
        raise InvalidParameter(
            f"Cannot start run with ID {run_id} in experiment {experiment_id}: it belongs to experiment "
            f"{run.info.experiment_id}."
        )
    client.update_run(run_id, status="RUNNING", name=run_name)
    for key, value in tags.items():
        client.set_tag(run_id, key, value, synchronous=True)
    return client.get_run(run_id)


def _end_with_nested(run_id: str, status: str) -> None:
    """Ends a run, and before it those that were started inside it and never ended."""
    inside = [entry.run_id for entry in state.stack()]
    if run_id not in inside:
        return
    errors = []
    for one in reversed(inside[inside.index(run_id) :]):
        try:
            _end(one, status)
        except KisekiError as error:
            errors.append(error)
    if errors:
        raise errors[0]


def _end(run_id: str, status: str) -> None:
    entry = state.remove(run_id)
    if entry is not None:
        _terminate(entry, status)


def _terminate(entry: state.Entry, status: str) -> None:
    operations.flush_async_logging()
    operations.flush_artifact_async_logging()
    capture.finish(entry.run_id)
    entry.client.set_terminated(entry.run_id, status)
    if entry.client.tracking_uri.startswith(("http://", "https://")):
        _print_address(entry)


def _print_address(entry: state.Entry) -> None:
    if flag("SUPPRESS_PRINTING_URL_TO_STDOUT", False):
        return
    uri = entry.client.tracking_uri.rstrip("/")
    experiment = f"{uri}/#/experiments/{entry.run.info.experiment_id}"
    lines = (
        f"🏃 View run {entry.run.info.run_name} at: {experiment}/runs/{entry.run_id}\n"
        f"🧪 View experiment at: {experiment}\n"
    )
    try:
        sys.stdout.write(lines)
    except (UnicodeEncodeError, ValueError, OSError):
        # A terminal without these signs, or one that is closed already.
        return


def _end_all() -> None:
    """Ends what is still open when the process ends: FAILED when an exception ended it."""
    interactive = hasattr(sys, "ps1") or state.in_notebook()
    failed = getattr(sys, "last_value", None) is not None and not interactive
    # A process must end though the server does not answer any more.
    with within(number("EXIT_TIMEOUT", EXIT_SECONDS)):
        for entry in state.all_open():
            try:
                state.remove(entry.run_id)
                _terminate(entry, "FAILED" if failed else "FINISHED")
            except KisekiError as error:
                sys.stderr.write(f"kiseki: run {entry.run_id} could not be ended and stays RUNNING: {error}\n")


atexit.register(_end_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=state.forget)

__all__ = [
    "ActiveRun",
    "RunStatus",
    "active_run",
    "delete_run",
    "end_run",
    "get_parent_run",
    "get_run",
    "last_active_run",
    "restore_run",
    "search_runs",
    "start_run",
]
