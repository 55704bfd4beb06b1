"""What can be done with experiments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from kiseki.artifact_store import check_artifact_location
from kiseki.base.clock import now_ms
from kiseki.base.errors import InvalidParameter, NotFound
from kiseki.base.ids import ExperimentId
from kiseki.domain.datasets import DatasetSummary
from kiseki.domain.experiments import (
    ActiveExperiment,
    Experiment,
    ExperimentOrder,
    LifecycleStage,
    View,
    check_id,
    check_name,
)
from kiseki.domain.keys import check_given, check_key, check_text, check_value
from kiseki.domain.runs import Page
from kiseki.query import EXPERIMENTS, parse_filter, parse_order_by
from kiseki.store import Session

MAX_RESULTS: Final = 50_000
MAX_FOUND: Final = 1_000
MAX_SEARCHED_CHARS: Final = 500
MAX_DATASET_EXPERIMENTS: Final = 20
MAX_DATASETS: Final = 1000
_CUSTOM_VIEW: Final = "mlflow.customView.view"
_MAX_CUSTOM_VIEWS: Final = 50


def create(
    session: Session, name: str, artifact_location: str = "", tags: Mapping[str, str] | None = None
) -> ExperimentId:
    """Creates an experiment and returns its id.

    Raises:
        InvalidParameter: The name, location or a tag is not valid.
        AlreadyExists: An experiment of that name exists, active or deleted.
    """
    check_name(check_given(name, "name"))
    if artifact_location:
        check_artifact_location(artifact_location)
    tags = tags or {}
    for i, (key, value) in enumerate(tags.items()):
        check_key(key, "key")
        check_value(value, f"tags[{i}].value")
    return session.experiments.create(name, artifact_location or None, tags, now_ms()).experiment_id


def get(session: Session, experiment_id: str) -> Experiment:
    """The experiment, active or deleted.

    Raises:
        NotFound: There is none of that id.
    """
    check_id(check_given(experiment_id, "experiment_id").strip())
    experiment = session.experiments.get(ExperimentId(experiment_id.strip()))
    if experiment is None:
        raise NotFound(f"No Experiment with id={experiment_id} exists")
    return experiment


def get_by_name(session: Session, name: str) -> Experiment:
    """The experiment of that name, active or deleted.

    Raises:
        NotFound: There is none of that name.
    """
    experiment = session.experiments.get_by_name(check_given(name, "experiment_name"))
    if experiment is None:
        raise NotFound(f"Could not find experiment with name '{name}'")
    return experiment


def search(
    session: Session,
    view: View = View.ACTIVE_ONLY,
    max_results: int = 1000,
    filter: str = "",  # noqa: A002 - the name that the API gives it
    order_by: Sequence[str] = (),
    page_token: str = "",
) -> Page[Experiment]:
    """One page of the experiments that match a filter.

    Raises:
        FilterError: The filter or the order does not parse.
        InvalidParameter: `max_results` is not between 1 and 50,000, or the token is of another search.
    """
    check_max_results(max_results, MAX_RESULTS)
    where = parse_filter(filter, EXPERIMENTS) if filter else None
    return session.experiments.search(view, where, parse_order_by(order_by, EXPERIMENTS), max_results, page_token)


def find(
    session: Session,
    text: str = "",
    filter: str = "",  # noqa: A002 - the name that the API gives it
    view: View = View.ACTIVE_ONLY,
    order_by: str = "last_activity DESC",
    max_results: int = 100,
    page_token: str = "",
) -> tuple[Page[ActiveExperiment], int]:
    """One page of the experiments that match, with the numbers of their runs, and how many match in all.

    `text` keeps those whose name, id or note has it. `order_by` is a value of `ExperimentOrder`, with ` DESC` behind
    for the reverse.

    Raises:
        FilterError: The filter does not parse.
        InvalidParameter: `order_by` is none, `max_results` is not between 1 and 1,000, `text` is longer than 500
            characters, or the token is of another search.
    """
    check_max_results(max_results, MAX_FOUND)
    if len(text) > MAX_SEARCHED_CHARS:
        raise InvalidParameter(
            f"'text' exceeds the maximum length of {MAX_SEARCHED_CHARS} characters: it has {len(text)}."
        )
    check_text(text, "text")
    where = parse_filter(filter, EXPERIMENTS) if filter else None
    order, descending = _order(order_by)
    return session.experiments.find(view, where, text, order, descending, max_results, page_token)


def rename(session: Session, experiment_id: str, new_name: str) -> None:
    """Gives an active experiment another name."""
    check_name(check_given(new_name, "new_name"))
    experiment = get(session, experiment_id)
    if experiment.lifecycle_stage is not LifecycleStage.ACTIVE:
        raise InvalidParameter("Cannot rename a non-active experiment. Current state is deleted; restore it first.")
    session.experiments.rename(experiment.experiment_id, new_name, now_ms())


def delete(session: Session, experiment_id: str) -> None:
    """Moves an active experiment and its runs to the trash."""
    experiment = get(session, experiment_id)
    if experiment.lifecycle_stage is not LifecycleStage.ACTIVE:
        raise NotFound(f"No Experiment with id={experiment_id} exists")
    session.experiments.set_lifecycle(experiment.experiment_id, LifecycleStage.DELETED, now_ms())


def restore(session: Session, experiment_id: str) -> None:
    """Takes a deleted experiment and all its runs out of the trash."""
    experiment = get(session, experiment_id)
    if experiment.lifecycle_stage is not LifecycleStage.DELETED:
        raise NotFound(f"No Experiment with id={experiment_id} exists")
    session.experiments.set_lifecycle(experiment.experiment_id, LifecycleStage.ACTIVE, now_ms())


def undelete(session: Session, experiment_id: str) -> None:
    """Takes a deleted experiment out of the trash, and of its runs those that were deleted with it."""
    experiment = get(session, experiment_id)
    if experiment.lifecycle_stage is not LifecycleStage.DELETED:
        raise NotFound(f"No deleted experiment with id={experiment_id} exists")
    session.experiments.undelete(experiment.experiment_id, now_ms())


def set_tag(session: Session, experiment_id: str, key: str, value: str) -> None:
    """Adds or changes a tag of an active experiment."""
    check_key(key, "key")
    check_value(value, "value")
    experiment = active(session, experiment_id)
    if key.startswith(_CUSTOM_VIEW) and key not in experiment.tags:
        views = sum(tag.startswith(_CUSTOM_VIEW) for tag in experiment.tags)
        if views >= _MAX_CUSTOM_VIEWS:
            raise InvalidParameter(
                f"Unable to create another custom view for experiment {experiment_id}; the maximum number of custom "
                f"views per experiment is {_MAX_CUSTOM_VIEWS}. Delete an existing custom view before creating a new one."
            )
    session.experiments.set_tag(experiment.experiment_id, key, value)


def delete_tag(session: Session, experiment_id: str, key: str) -> None:
    """Deletes a tag of an active experiment."""
    check_given(key, "key")
    experiment = active(session, experiment_id)
    if not session.experiments.delete_tag(experiment.experiment_id, key):
        raise NotFound(f"No tag with name: {key} in experiment with id {experiment_id}")


def search_datasets(session: Session, experiment_ids: Sequence[str]) -> list[DatasetSummary]:
    """The datasets that active runs of 1 to 20 experiments used, at most 1,000."""
    if not experiment_ids:
        raise InvalidParameter("SearchDatasets request must specify at least one experiment_id.")
    if len(experiment_ids) > MAX_DATASET_EXPERIMENTS:
        raise InvalidParameter(
            f"SearchDatasets request cannot specify more than {MAX_DATASET_EXPERIMENTS} experiment_ids. "
            f"Received {len(experiment_ids)} experiment_ids."
        )
    numbers = [ExperimentId(str(check_id(one))) for one in experiment_ids]
    return session.datasets.search(numbers, MAX_DATASETS)


def active(session: Session, experiment_id: str) -> Experiment:
    """The experiment, which must not be deleted."""
    experiment = get(session, experiment_id)
    if experiment.lifecycle_stage is not LifecycleStage.ACTIVE:
        raise InvalidParameter(
            f"The experiment {experiment_id} must be in the 'active' state. Current state is deleted."
        )
    return experiment


def _order(order_by: str) -> tuple[ExperimentOrder, bool]:
    """What an `order_by` sorts by, and whether the greatest comes first."""
    name, _, direction = order_by.strip().partition(" ")
    if direction.strip().upper() in ("", "ASC", "DESC") and name in set(ExperimentOrder):
        return ExperimentOrder(name), direction.strip().upper() == "DESC"
    raise InvalidParameter(
        f"Invalid value {order_by[:64]!r} for parameter 'order_by' supplied: it is one of {', '.join(ExperimentOrder)}, "
        "with ' DESC' behind for the reverse."
    )


def check_max_results(max_results: int, most: int) -> None:
    """Raises InvalidParameter unless 1 <= max_results <= most."""
    if max_results < 1:
        raise InvalidParameter(
            f"Invalid value {max_results} for parameter 'max_results' supplied. It must be a positive integer, "
            f"at most {most}"
        )
    if max_results > most:
        raise InvalidParameter(
            f"Invalid value {max_results} for parameter 'max_results' supplied. It must be at most {most}"
        )
