"""Runs on the wire."""

from __future__ import annotations

import re
from math import isfinite
from typing import Final

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.base.ids import ExperimentId, RunId
from kiseki.domain import runs as domain
from kiseki.domain.columns import RunRow
from kiseki.domain.datasets import ModelOutput as DomainModelOutput
from kiseki.domain.experiments import LifecycleStage, View
from kiseki.domain.keys import check_given
from kiseki.domain.metrics import SeriesSummary, json_number
from kiseki.wire.datasets import DatasetInput, ModelInput, ModelOutput, input_from_domain, input_to_domain
from kiseki.wire.experiments import Tag, tags_from_dict, tags_to_dict
from kiseki.wire.metrics import LoggedMetric, Metric, metric_from_domain, metric_to_domain


class Param(msgspec.Struct, kw_only=True, gc=False):
    """A parameter; the value is "" when absent."""

    key: str
    value: str = ""


class RunInfo(msgspec.Struct, kw_only=True):
    """What a run is, without what it recorded."""

    run_uuid: str
    run_id: str
    run_name: str
    experiment_id: str
    user_id: str
    status: str
    start_time: int
    artifact_uri: str
    lifecycle_stage: str
    end_time: int | msgspec.UnsetType = msgspec.UNSET


class RunData(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What a run recorded: the latest point of each metric, params, tags."""

    metrics: list[Metric] = []
    params: list[Param] = []
    tags: list[Tag] = []


class RunInputs(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What a run read."""

    dataset_inputs: list[DatasetInput] = []
    model_inputs: list[ModelInput] = []


class RunOutputs(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What a run made."""

    model_outputs: list[ModelOutput] = []


class Run(msgspec.Struct, kw_only=True):
    """A run."""

    info: RunInfo
    data: RunData
    inputs: RunInputs | msgspec.UnsetType = msgspec.UNSET
    outputs: RunOutputs | msgspec.UnsetType = msgspec.UNSET


class CreateRun(msgspec.Struct, kw_only=True, omit_defaults=True):
    """POST runs/create."""

    experiment_id: str = ""
    user_id: str = ""
    run_name: str = ""
    start_time: int = 0
    tags: list[Tag] = []


class RunRef(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A request that names a run, by `run_id` or its older name `run_uuid`."""

    run_id: str = ""
    run_uuid: str = ""


class UpdateRun(RunRef, kw_only=True, omit_defaults=True):
    """POST runs/update."""

    status: str | int | None = None
    end_time: int | None = None
    run_name: str | None = None


class SearchRuns(msgspec.Struct, kw_only=True, omit_defaults=True):
    """POST runs/search."""

    experiment_ids: list[str] = []
    filter: str = ""
    run_view_type: str | int = "ACTIVE_ONLY"
    max_results: int = 1000
    order_by: list[str] = []
    page_token: str = ""


class FindRuns(msgspec.Struct, kw_only=True, omit_defaults=True):
    """POST /api/kiseki/v1/runs/search: runs with the columns that are asked for, and no others.

    A column is `params.KEY`, `tags.KEY`, or `metrics.KEY` with `.last` (the default), `.min`, `.max`, `.first` or `.count`;
    keys with other than letters, digits and `_` are quoted with backticks or double quotes, as in filters. `filter` and
    `order_by` are those of MLflow's search. `view` is `active`, `deleted` or `all`. A text of over `max_chars`
    characters is cut there and ends in `…`; 0 leaves all texts whole. `max_results` is 1 to 10,000, columns are at most
    1,000. With `count` the answer says how many runs match.
    """

    experiment_ids: list[str] = []
    filter: str = ""
    view: str = "active"
    order_by: list[str] = []
    columns: list[str] = []
    max_results: int = 1000
    page_token: str = ""
    max_chars: int = 0
    count: bool = False


class FoundRun(msgspec.Struct, kw_only=True):
    """A run, and the values of the columns in their order; null where the run has none.

    Params and tags are strings, metrics numbers or "NaN", "Infinity", "-Infinity". `number` counts the runs of the server
    in the order in which they were created.
    """

    run_id: str
    number: int
    experiment_id: str
    name: str
    user: str
    status: str
    start_time: int
    end_time: int | None
    lifecycle_stage: str
    values: list[str | int | float | None]


class FoundRuns(msgspec.Struct, kw_only=True):
    """A page of runs; `total` has the number of all that match, when it was asked for."""

    runs: list[FoundRun]
    next_page_token: str = ""
    total: int | None = None


class SeriesInfo(msgspec.Struct, kw_only=True):
    """What is known of one metric of a run; values are numbers or "NaN", "Infinity", "-Infinity".

    `first` and `last` are by (step, timestamp, value); `min` and `max` leave NaN out, and are "NaN" if there is no other.
    """

    key: str
    count: int
    nonfinite: int
    first: float | str
    first_step: int
    last: float | str
    last_step: int
    last_time: int
    min: float | str
    min_step: int
    max: float | str
    max_step: int


class RunDetails(msgspec.Struct, kw_only=True):
    """GET /api/kiseki/v1/runs/get: all that a run recorded but histories and files.

    `number` counts the runs of the server in the order in which they were created. `children` has the number of active
    runs whose parent it is, `parent_name` the name of its parent if there is one.
    """

    run: RunInfo
    number: int
    experiment_name: str
    experiment_stage: str
    params: list[Param]
    tags: list[Tag]
    metrics: list[SeriesInfo]
    inputs: RunInputs
    outputs: RunOutputs
    children: int
    parent_name: str | None = None


class AskDifference(msgspec.Struct, kw_only=True):
    """GET /api/kiseki/v1/runs/diff: what differs between `run_id` (before) and `other_run_id` (after)."""

    run_id: str
    other_run_id: str


class EditRuns(msgspec.Struct, kw_only=True, omit_defaults=True):
    """POST /api/kiseki/v1/runs/edit: the same change of up to 1,000 runs, all of it or none.

    `lifecycle_stage` is `active` (restore) or `deleted` (to the trash), or absent. `name` renames, and takes one run.
    """

    run_ids: list[str]
    set_tags: list[Tag] = []
    delete_tags: list[str] = []
    lifecycle_stage: str = ""
    name: str = ""


class EditedRuns(msgspec.Struct, kw_only=True):
    """The runs that were changed; those that were so already are not among them."""

    run_ids: list[str]


class LogMetric(RunRef, kw_only=True, forbid_unknown_fields=True):
    """POST runs/log-metric."""

    key: str
    value: float
    timestamp: int
    step: int = 0
    model_id: str = ""
    dataset_name: str = ""
    dataset_digest: str = ""


class LogParam(RunRef, kw_only=True):
    """POST runs/log-parameter."""

    key: str
    value: str = ""


class SetTag(RunRef, kw_only=True):
    """POST runs/set-tag."""

    key: str
    value: str = ""


class DeleteTag(RunRef, kw_only=True):
    """POST runs/delete-tag."""

    key: str


class LogBatch(RunRef, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """POST runs/log-batch: at most 1,000 metrics, 100 params, 100 tags and 1,000 of all; all is stored, or nothing."""

    metrics: list[LoggedMetric] = []
    params: list[Param] = []
    tags: list[Tag] = []


class SendBatch(RunRef, kw_only=True, omit_defaults=True):
    """LogBatch as a client encodes it, with NaN and infinities as strings."""

    metrics: list[Metric] = []
    params: list[Param] = []
    tags: list[Tag] = []


class LogModel(RunRef, kw_only=True):
    """POST runs/log-model: `model_json` is the MLmodel file as JSON in text."""

    model_json: str


class LogInputs(RunRef, kw_only=True, omit_defaults=True):
    """POST runs/log-inputs."""

    datasets: list[DatasetInput] = []
    models: list[ModelInput] = []


class LogOutputs(RunRef, kw_only=True):
    """POST runs/outputs."""

    models: list[ModelOutput]


class RunAnswer(msgspec.Struct, kw_only=True):
    """The answer that is one run."""

    run: Run


class RunInfoAnswer(msgspec.Struct, kw_only=True):
    """The answer that is what a run is."""

    run_info: RunInfo


class RunsAnswer(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One page of runs."""

    runs: list[Run] = []
    next_page_token: str = ""


_NUMBER = re.compile("[0-9]{1,9}")
_STATUS_BY_NUMBER: Final = {
    1: domain.RunStatus.RUNNING,
    2: domain.RunStatus.SCHEDULED,
    3: domain.RunStatus.FINISHED,
    4: domain.RunStatus.FAILED,
    5: domain.RunStatus.KILLED,
}
_VIEW_BY_NUMBER: Final = {1: View.ACTIVE_ONLY, 2: View.DELETED_ONLY, 3: View.ALL}


def run_id_of(request: RunRef) -> RunId:
    """The run that a request names; `run_id` counts if both are given.

    Raises:
        InvalidParameter: It names none.
    """
    return RunId(check_given(request.run_id or request.run_uuid, "run_id"))


def status_to_domain(given: str | int) -> domain.RunStatus:
    """A status by its name or MLflow's number for it."""
    try:
        return _STATUS_BY_NUMBER[int(given)] if _NUMBER.fullmatch(str(given)) else domain.RunStatus(str(given))
    except (KeyError, ValueError):
        raise InvalidParameter(
            f"Invalid value {str(given)[:64]} for parameter 'status' supplied: it is one of {', '.join(domain.RunStatus)}."
        ) from None


def view_to_domain(given: str | int, field: str) -> View:
    """A view type by its name or MLflow's number for it; `field` is what the request calls it."""
    try:
        return _VIEW_BY_NUMBER[int(given)] if _NUMBER.fullmatch(str(given)) else View(str(given))
    except (KeyError, ValueError):
        raise InvalidParameter(
            f"Invalid value {str(given)[:64]} for parameter '{field}' supplied: it is one of {', '.join(View)}."
        ) from None


def info_from_domain(run: domain.Run) -> RunInfo:
    """The wire form of what a run is."""
    return RunInfo(
        run_uuid=run.run_id,
        run_id=run.run_id,
        run_name=run.run_name,
        experiment_id=run.experiment_id,
        user_id=run.user_id,
        status=run.status.value,
        start_time=run.start_time,
        artifact_uri=run.artifact_uri,
        lifecycle_stage=run.lifecycle_stage.value,
        end_time=msgspec.UNSET if run.end_time is None else run.end_time,
    )


def run_from_domain(run: domain.Run) -> Run:
    """The wire form of a run."""
    return Run(
        info=info_from_domain(run),
        data=RunData(
            metrics=[metric_from_domain(metric) for metric in run.metrics],
            params=[Param(key=key, value=value) for key, value in run.params.items()],
            tags=tags_from_dict(run.tags),
        ),
        inputs=RunInputs(
            dataset_inputs=[input_from_domain(given) for given in run.dataset_inputs],
            model_inputs=[ModelInput(model_id=model_id) for model_id in run.model_inputs],
        ),
        outputs=RunOutputs(
            model_outputs=[ModelOutput(model_id=output.model_id, step=output.step) for output in run.model_outputs]
        ),
    )


def row_from_domain(row: RunRow) -> FoundRun:
    """The wire form of a row of a table."""
    return FoundRun(
        run_id=row.run_id,
        number=row.number,
        experiment_id=row.experiment_id,
        name=row.run_name,
        user=row.user_id,
        status=row.status.value,
        start_time=row.start_time,
        end_time=row.end_time,
        lifecycle_stage=row.lifecycle_stage.value,
        values=[
            value if not isinstance(value, float) or isfinite(value) else json_number(value) for value in row.values
        ],
    )


def details_from_domain(given: domain.RunDetails) -> RunDetails:
    """The wire form of a run's details; params and tags by key."""
    run = run_from_domain(given.run)
    return RunDetails(
        run=run.info,
        number=given.number,
        experiment_name=given.experiment.name,
        experiment_stage=given.experiment.lifecycle_stage.value,
        params=sorted(run.data.params, key=lambda param: param.key),
        tags=sorted(run.data.tags, key=lambda tag: tag.key),
        metrics=[_series_from_domain(one) for one in given.metrics],
        inputs=run.inputs or RunInputs(),
        outputs=run.outputs or RunOutputs(),
        children=given.children,
        parent_name=given.parent_name,
    )


def _series_from_domain(given: SeriesSummary) -> SeriesInfo:
    return SeriesInfo(
        key=given.key,
        count=given.count,
        nonfinite=given.nonfinite,
        first=json_number(given.first),
        first_step=given.first_step,
        last=json_number(given.last),
        last_step=given.last_step,
        last_time=given.last_timestamp,
        min=json_number(given.min),
        min_step=given.min_step,
        max=json_number(given.max),
        max_step=given.max_step,
    )


def series_to_domain(given: SeriesInfo) -> SeriesSummary:
    """What is known of a metric, in its wire form."""
    return SeriesSummary(
        key=given.key,
        count=given.count,
        nonfinite=given.nonfinite,
        first=float(given.first),
        first_step=given.first_step,
        last=float(given.last),
        last_step=given.last_step,
        last_timestamp=given.last_time,
        min=float(given.min),
        min_step=given.min_step,
        max=float(given.max),
        max_step=given.max_step,
    )


def stage_to_domain(given: str) -> LifecycleStage | None:
    """The stage to which runs are to go, None for no change."""
    try:
        return LifecycleStage(given) if given else None
    except ValueError:
        raise InvalidParameter(
            f"Invalid value {given[:64]!r} for parameter 'lifecycle_stage' supplied: it is one of "
            f"{', '.join(LifecycleStage)}, or absent."
        ) from None


def run_to_domain(given: Run) -> domain.Run:
    """The run in its wire form."""
    info = given.info
    inputs = given.inputs or RunInputs()
    outputs = given.outputs or RunOutputs()
    return domain.Run(
        run_id=RunId(info.run_id or info.run_uuid),
        experiment_id=ExperimentId(info.experiment_id),
        run_name=info.run_name,
        user_id=info.user_id,
        status=domain.RunStatus(info.status),
        start_time=info.start_time,
        end_time=None if info.end_time is msgspec.UNSET else info.end_time,
        artifact_uri=info.artifact_uri,
        lifecycle_stage=LifecycleStage(info.lifecycle_stage),
        params={param.key: param.value for param in given.data.params},
        tags=tags_to_dict(given.data.tags),
        metrics=[metric_to_domain(metric) for metric in given.data.metrics],
        dataset_inputs=[input_to_domain(one) for one in inputs.dataset_inputs],
        model_inputs=[one.model_id for one in inputs.model_inputs],
        model_outputs=[DomainModelOutput(model_id=one.model_id, step=one.step) for one in outputs.model_outputs],
    )
