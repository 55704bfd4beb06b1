"""Experiments on the wire."""

from __future__ import annotations

from typing import Final

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.base.ids import ExperimentId
from kiseki.domain import experiments as domain
from kiseki.domain.columns import Keys, KeySummary, cut

MAX_EXAMPLES: Final = 10
MAX_EXAMPLE_CHARS: Final = 100


class Tag(msgspec.Struct, kw_only=True, gc=False):
    """A key and value; the value is "" when absent."""

    key: str
    value: str = ""


class Empty(msgspec.Struct, kw_only=True):
    """An answer without content."""


class Experiment(msgspec.Struct, kw_only=True):
    """An experiment."""

    experiment_id: str
    name: str
    artifact_location: str
    lifecycle_stage: str
    last_update_time: int
    creation_time: int
    tags: list[Tag] | msgspec.UnsetType = msgspec.UNSET


class CreateExperiment(msgspec.Struct, kw_only=True, omit_defaults=True):
    """POST experiments/create."""

    name: str
    artifact_location: str = ""
    tags: list[Tag] = []


class ExperimentRef(msgspec.Struct, kw_only=True):
    """A request that names an experiment, or an answer that does."""

    experiment_id: str


class ExperimentNameRef(msgspec.Struct, kw_only=True):
    """GET experiments/get-by-name."""

    experiment_name: str


class UpdateExperiment(msgspec.Struct, kw_only=True):
    """POST experiments/update."""

    experiment_id: str
    new_name: str


class SetExperimentTag(msgspec.Struct, kw_only=True):
    """POST experiments/set-experiment-tag."""

    experiment_id: str
    key: str
    value: str = ""


class DeleteExperimentTag(msgspec.Struct, kw_only=True):
    """POST experiments/delete-experiment-tag."""

    experiment_id: str
    key: str


class SearchExperiments(msgspec.Struct, kw_only=True, omit_defaults=True):
    """GET or POST experiments/search. `max_results` is required: 1 to 50,000."""

    max_results: int = 0
    page_token: str = ""
    filter: str = ""
    order_by: list[str] = []
    view_type: str | int = "ACTIVE_ONLY"


class SearchDatasets(msgspec.Struct, kw_only=True):
    """POST experiments/search-datasets. 1 to 20 experiments."""

    experiment_ids: list[str] = []


class DatasetSummary(msgspec.Struct, kw_only=True):
    """A dataset that runs of an experiment used."""

    experiment_id: str
    name: str
    digest: str
    context: str | msgspec.UnsetType = msgspec.UNSET


class ExperimentAnswer(msgspec.Struct, kw_only=True):
    """The answer that is one experiment."""

    experiment: Experiment


class ExperimentsAnswer(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One page of experiments."""

    experiments: list[Experiment] = []
    next_page_token: str = ""


class DatasetSummariesAnswer(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The datasets of some experiments."""

    dataset_summaries: list[DatasetSummary] = []


class FindExperiments(msgspec.Struct, kw_only=True, omit_defaults=True):
    """POST /api/kiseki/v1/experiments/search: experiments with the numbers of their runs.

    `filter` is that of MLflow's search; `text` keeps those whose name, note or id has it, in any case. `order_by` is one
    of `name`, `creation_time`, `last_activity`, `runs`, with ` DESC` behind for the reverse; the default is
    `last_activity DESC`. `view` is `active`, `deleted` or `all`. `max_results` is 1 to 1,000.
    """

    text: str = ""
    filter: str = ""
    view: str = "active"
    order_by: str = "last_activity DESC"
    max_results: int = 100
    page_token: str = ""


class FoundExperiment(msgspec.Struct, kw_only=True):
    """An experiment; `runs` and `running` count its active runs, `last_activity` is the latest start or change."""

    experiment_id: str
    name: str
    artifact_location: str
    lifecycle_stage: str
    creation_time: int
    last_activity: int
    runs: int
    running: int
    tags: list[Tag]


class FoundExperiments(msgspec.Struct, kw_only=True):
    """A page of experiments, and the number of all that match."""

    experiments: list[FoundExperiment]
    total: int
    next_page_token: str = ""


class UndeleteExperiment(msgspec.Struct, kw_only=True):
    """POST /api/kiseki/v1/experiments/undelete: undoes a deletion.

    Runs that were deleted before the experiment was stay deleted, other than with MLflow's experiments/restore.
    """

    experiment_id: str


class AskColumns(msgspec.Struct, kw_only=True, omit_defaults=True):
    """POST /api/kiseki/v1/experiments/columns: 1 to 100 experiments."""

    experiment_ids: list[str]


class KeyInfo(msgspec.Struct, kw_only=True):
    """A param, tag or metric of some runs: how many have it.

    `kind` is `number` if all values that were looked at are numbers (some hundred are), else `text`. `examples` has a few
    different values, each cut at 100 characters, for completion; none for metrics.
    """

    key: str
    runs: int
    kind: str
    examples: list[str] = []


class ColumnsAnswer(msgspec.Struct, kw_only=True):
    """What the runs of some experiments have, by key: the active ones and the deleted ones."""

    metrics: list[KeyInfo]
    params: list[KeyInfo]
    tags: list[KeyInfo]


_VIEWS: Final = {
    "active": domain.View.ACTIVE_ONLY,
    "deleted": domain.View.DELETED_ONLY,
    "all": domain.View.ALL,
}


def view_by_name(given: str) -> domain.View:
    """The view that a native request names."""
    found = _VIEWS.get(given)
    if found is None:
        raise InvalidParameter(
            f"Invalid value {given[:64]!r} for parameter 'view' supplied: it is one of {', '.join(_VIEWS)}."
        )
    return found


def tags_to_dict(tags: list[Tag]) -> dict[str, str]:
    """Tags as a mapping; of a key that repeats the last value holds."""
    return {tag.key: tag.value for tag in tags}


def distinct_tags(tags: list[Tag], field: str = "tags") -> dict[str, str]:
    """Tags of something new as a mapping; `field` is what the request calls them.

    Raises:
        InvalidParameter: A key is given twice with different values, of which one would be lost.
    """
    distinct: dict[str, str] = {}
    for i, tag in enumerate(tags):
        if distinct.get(tag.key, tag.value) != tag.value:
            raise InvalidParameter(
                f"Invalid value for parameter '{field}[{i}].key' supplied: {tag.key[:250]!r} is given twice with different "
                "values. Give each key once."
            )
        distinct[tag.key] = tag.value
    return distinct


def tags_from_dict(tags: dict[str, str]) -> list[Tag]:
    """A mapping as tags."""
    return [Tag(key=key, value=value) for key, value in tags.items()]


def experiment_from_domain(given: domain.Experiment) -> Experiment:
    """The wire form of an experiment."""
    return Experiment(
        experiment_id=given.experiment_id,
        name=given.name,
        artifact_location=given.artifact_location,
        lifecycle_stage=given.lifecycle_stage.value,
        last_update_time=given.last_update_time,
        creation_time=given.creation_time,
        tags=tags_from_dict(given.tags) or msgspec.UNSET,
    )


def experiment_to_domain(given: Experiment) -> domain.Experiment:
    """The experiment in its wire form."""
    return domain.Experiment(
        experiment_id=ExperimentId(given.experiment_id),
        name=given.name,
        artifact_location=given.artifact_location,
        lifecycle_stage=domain.LifecycleStage(given.lifecycle_stage),
        creation_time=given.creation_time,
        last_update_time=given.last_update_time,
        tags=tags_to_dict(given.tags or []),
    )


def found_from_domain(given: domain.ActiveExperiment) -> FoundExperiment:
    """The wire form of an experiment with what goes on in it."""
    experiment = given.experiment
    return FoundExperiment(
        experiment_id=experiment.experiment_id,
        name=experiment.name,
        artifact_location=experiment.artifact_location,
        lifecycle_stage=experiment.lifecycle_stage.value,
        creation_time=experiment.creation_time,
        last_activity=given.last_activity,
        runs=given.runs,
        running=given.running,
        tags=tags_from_dict(experiment.tags),
    )


def columns_from_domain(given: Keys) -> ColumnsAnswer:
    """The wire form of what runs have."""
    return ColumnsAnswer(
        metrics=[KeyInfo(key=one.key, runs=one.runs, kind=one.kind.value) for one in given.metrics],
        params=[_key_info(one) for one in given.params],
        tags=[_key_info(one) for one in given.tags],
    )


def _key_info(given: KeySummary) -> KeyInfo:
    examples = [cut(value, MAX_EXAMPLE_CHARS) for value in given.values[:MAX_EXAMPLES]]
    return KeyInfo(key=given.key, runs=given.runs, kind=given.kind.value, examples=sorted(examples))
