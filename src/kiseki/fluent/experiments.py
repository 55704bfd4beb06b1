"""The active experiment, and experiments by name."""

from __future__ import annotations

import logging
import threading
from typing import Any

from kiseki.base.errors import AlreadyExists, InvalidParameter, NotImplementedByKiseki
from kiseki.base.ids import DEFAULT_EXPERIMENT_ID
from kiseki.base.settings import export, setting, variable
from kiseki.client.client import KisekiClient
from kiseki.entities import Experiment, LifecycleStage, ViewType

SEARCH_PAGE = 1000

_log = logging.getLogger("kiseki")
_lock = threading.Lock()
_chosen: tuple[str, str] | None = None
"""The tracking URI and id of the experiment that `set_experiment` chose."""


def set_experiment(
    experiment_name: str | None = None, experiment_id: str | None = None, trace_location: Any = None
) -> Experiment:
    """Makes an experiment the active one, in which runs are started; one that is named and missing is created.

    Args:
        experiment_name: This or `experiment_id`.
        experiment_id: Of an experiment that exists.
        trace_location: Not in kiseki yet.

    Raises:
        InvalidParameter: Both or none are given, or the experiment is in the trash.
        NotFound: There is no experiment of that id.
    """
    global _chosen
    _refuse_trace_location(trace_location)
    if (experiment_name is None) == (experiment_id is None):
        raise InvalidParameter("Must specify exactly one of: `experiment_id` or `experiment_name`.")
    client = KisekiClient()
    with _lock:
        if experiment_id is not None:
            experiment = client.get_experiment(experiment_id)
        else:
            experiment = _get_or_create(client, experiment_name or "")
        if experiment.lifecycle_stage != LifecycleStage.ACTIVE:
            raise InvalidParameter(
                f"Cannot set a deleted experiment {experiment.name!r} as the active experiment. Restore it with "
                f"restore_experiment({experiment.experiment_id!r}), or choose another name."
            )
        _chosen = (client.tracking_uri, experiment.experiment_id)
        export("EXPERIMENT_ID", experiment.experiment_id)
    return experiment


def active_experiment_id(client: KisekiClient) -> str:
    """The experiment in which a run is started: chosen, else of the environment, else `Default`.

    Raises:
        InvalidParameter: The environment names two different experiments.
        NotFound: The environment names an id that does not exist.
    """
    if _chosen is not None and _chosen[0] == client.tracking_uri:
        return _chosen[1]
    name = setting("EXPERIMENT_NAME")
    # What set_experiment exported belongs to the tracking URI that it was called under.
    experiment_id = None if _chosen is not None else setting("EXPERIMENT_ID")
    if name is not None:
        experiment = _get_or_create(client, name)
        if experiment_id is not None and experiment.experiment_id != experiment_id:
            raise InvalidParameter(
                f"{variable('EXPERIMENT_ID')}={experiment_id} and {variable('EXPERIMENT_NAME')}={name!r} are two "
                f"experiments: {name!r} has the id {experiment.experiment_id}. Set one of them."
            )
        return experiment.experiment_id
    if experiment_id is not None:
        return client.get_experiment(experiment_id).experiment_id
    return DEFAULT_EXPERIMENT_ID


def create_experiment(
    name: str, artifact_location: str | None = None, tags: dict[str, Any] | None = None, trace_location: Any = None
) -> str:
    """Creates an experiment and returns its id.

    Raises:
        AlreadyExists: An experiment has that name, deleted or not.
    """
    _refuse_trace_location(trace_location)
    return KisekiClient().create_experiment(name, artifact_location, tags)


def get_experiment(experiment_id: str) -> Experiment:
    """Returns an experiment, deleted ones too.

    Raises:
        NotFound: There is none of that id.
    """
    return KisekiClient().get_experiment(experiment_id)


def get_experiment_by_name(name: str) -> Experiment | None:
    """Returns the experiment of that name, deleted ones too; None when there is none."""
    return KisekiClient().get_experiment_by_name(name)


def search_experiments(
    view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int | None = None,
    filter_string: str | None = None,
    order_by: list[str] | None = None,
) -> list[Experiment]:
    """Returns the experiments that a filter finds, the newest first; all of them unless `max_results` says how many."""
    client = KisekiClient()
    found: list[Experiment] = []
    token = None
    while True:
        wanted = SEARCH_PAGE if max_results is None else min(SEARCH_PAGE, max_results - len(found))
        page = client.search_experiments(view_type, wanted, filter_string, order_by, token)
        found += page
        token = page.token
        if token is None or (max_results is not None and len(found) >= max_results):
            return found


def delete_experiment(experiment_id: str) -> None:
    """Moves an experiment and its runs to the trash."""
    KisekiClient().delete_experiment(experiment_id)


def restore_experiment(experiment_id: str) -> None:
    """Takes an experiment and its runs out of the trash."""
    KisekiClient().restore_experiment(experiment_id)


def set_experiment_tag(key: str, value: Any) -> None:
    """Sets a tag of the active experiment."""
    client = KisekiClient()
    client.set_experiment_tag(active_experiment_id(client), key, value)


def set_experiment_tags(tags: dict[str, Any]) -> None:
    """Sets tags of the active experiment."""
    for key, value in tags.items():
        set_experiment_tag(key, value)


def delete_experiment_tag(key: str) -> None:
    """Deletes a tag of the active experiment.

    Raises:
        NotFound: It has no such tag.
    """
    client = KisekiClient()
    client.delete_experiment_tag(active_experiment_id(client), key)


def experiment_id_of(client: KisekiClient, name: str) -> str:
    """The id of the experiment of that name, which is created when missing."""
    return _get_or_create(client, name).experiment_id


def _get_or_create(client: KisekiClient, name: str) -> Experiment:
    found = client.get_experiment_by_name(name)
    if found is not None:
        return found
    try:
        experiment_id = client.create_experiment(name)
    except AlreadyExists:
        # Another process was faster.
        found = client.get_experiment_by_name(name)
        if found is not None:
            return found
        raise
    _log.info("Experiment %r did not exist and was created.", name)
    return client.get_experiment(experiment_id)


def _refuse_trace_location(trace_location: Any) -> None:
    if trace_location is not None:
        raise NotImplementedByKiseki("trace_location is part of MLflow's tracing, which kiseki does not have yet.")
