"""What can be done with logged models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kiseki.base.clock import now_ms
from kiseki.base.errors import Conflict, InvalidParameter, NotFound
from kiseki.base.ids import ExperimentId, ModelId, is_model_id, is_run_id, new_model_id
from kiseki.domain.artifacts import FOLDER, MODELS
from kiseki.domain.experiments import LifecycleStage, View, check_id
from kiseki.domain.keys import check_given, check_text
from kiseki.domain.logged_models import (
    LoggedModel,
    LoggedModelOrder,
    LoggedModelStatus,
    NewLoggedModel,
    check_name,
    check_pairs,
    check_type,
)
from kiseki.domain.runs import Page, random_name
from kiseki.query import LOGGED_MODELS, Kind, OnDataset, OrderTerm, parse_filter, parse_name
from kiseki.service.experiments import active as active_experiment
from kiseki.service.experiments import check_max_results
from kiseki.store import Session
from kiseki.store.protocol import ModelKey

MAX_RESULTS: Final = 50_000
MAX_DATASETS: Final = 100
MAX_ORDER_TERMS: Final = 50


def create(session: Session, new: NewLoggedModel) -> LoggedModel:
    """Adds a logged model to an active experiment, PENDING and without files.

    The run that it names as its source is not looked up: it may be on another server.
    """
    experiment = active_experiment(session, check_given(new.experiment_id, "experiment_id"))
    check_type(new.model_type)
    if new.source_run_id and not is_run_id(new.source_run_id):
        raise InvalidParameter(
            f"Invalid value {new.source_run_id[:64]!r} for parameter 'source_run_id' supplied: it is no run id."
        )
    check_pairs("params", new.params)
    check_pairs("tags", new.tags)
    model_id, now = new_model_id(), now_ms()
    model = LoggedModel(
        model_id=model_id,
        experiment_id=experiment.experiment_id,
        name=check_name(new.name) if new.name else random_name(),
        artifact_uri=f"{experiment.artifact_location.rstrip('/')}/{MODELS}/{model_id}/{FOLDER}",
        creation_time=now,
        last_update_time=now,
        model_type=new.model_type,
        source_run_id=new.source_run_id,
        params=new.params,
        tags=new.tags,
    )
    session.logged_models.create(model)
    return model


def get(session: Session, model_id: str, *, allow_deleted: bool = False) -> LoggedModel:
    """The logged model.

    Raises:
        NotFound: There is none of that id, or it is in the trash and `allow_deleted` is not set.
    """
    model = session.logged_models.get(ModelId(model_id)) if is_model_id(model_id) else None
    if model is None:
        raise _not_found(model_id)
    if model.lifecycle_stage is LifecycleStage.DELETED and not allow_deleted:
        raise _not_found(model_id, " It is in the trash.")
    return model


def finalize(session: Session, model_id: str, status: LoggedModelStatus) -> LoggedModel:
    """Changes an active model's status and returns the model as it is then."""
    session.logged_models.set_status(active(session, model_id), status, now_ms())
    return get(session, model_id)


def delete(session: Session, model_id: str) -> None:
    """Moves a model to the trash; does nothing if it is there."""
    session.logged_models.set_lifecycle(locate(session, model_id), LifecycleStage.DELETED, now_ms())


def restore(session: Session, model_id: str) -> None:
    """Takes a model out of the trash; does nothing if it is not there.

    Raises:
        Conflict: Its permanent deletion has begun.
        InvalidParameter: Its experiment is in the trash.
    """
    key = locate(session, model_id)
    if key.purging:
        raise Conflict(
            f"The logged model {model_id} is being deleted permanently and cannot be restored: some of it may be gone "
            "already."
        )
    active_experiment(session, str(key.experiment))
    session.logged_models.set_lifecycle(key, LifecycleStage.ACTIVE, now_ms())


def set_tags(session: Session, model_id: str, tags: dict[str, str]) -> None:
    """Adds or changes tags of an active model."""
    key = active(session, model_id)
    check_pairs("tags", tags)
    session.logged_models.set_tags(key, tags)


def delete_tag(session: Session, model_id: str, name: str) -> None:
    """Deletes a tag of an active model."""
    if not session.logged_models.delete_tag(active(session, model_id), name):
        raise NotFound(f"No tag with key {name[:250]!r} found for model with ID {model_id!r}.")


def log_params(session: Session, model_id: str, params: dict[str, str]) -> None:
    """Logs params to an active model. The same value again changes nothing; another is an error, and nothing is logged."""
    key = active(session, model_id)
    check_pairs("params", params)
    present = session.logged_models.params(key, params)
    for name, old in present.items():
        if old != params[name]:
            raise InvalidParameter(
                f"Changing param values is not allowed. Param with key={name!r} was already logged with value={old!r} for "
                f"model ID={model_id!r}. Attempted logging new value {params[name]!r}."
            )
    session.logged_models.add_params(key, {name: value for name, value in params.items() if name not in present})


def search(
    session: Session,
    experiment_ids: Sequence[str],
    filter: str = "",  # noqa: A002 - the name that the API gives it
    datasets: Sequence[tuple[str, str]] = (),
    max_results: int = 50,
    order_by: Sequence[LoggedModelOrder] = (),
    page_token: str = "",
    view: View = View.ACTIVE_ONLY,
) -> Page[LoggedModel]:
    """One page of the models of some experiments that match a filter; no experiments, no models.

    Args:
        session: The transaction.
        experiment_ids: Of the experiments; those that do not exist have no models.
        filter: A filter of `kiseki.query.LOGGED_MODELS`.
        datasets: Names and digests; a digest may be "". Models are found that were measured on one of them, and metrics
            in the filter are those measured there.
        max_results: 1 to 50,000.
        order_by: The latest created first when empty.
        page_token: Of the page before.
        view: Whether active ones are found, those in the trash, or both.

    Raises:
        FilterError: The filter or the order does not parse.
        InvalidParameter: Another argument is not valid, or the token is of another search.
    """
    check_max_results(max_results, MAX_RESULTS)
    where = parse_filter(filter, LOGGED_MODELS) if filter else None
    chosen = [_dataset(name, digest, f"datasets[{i}]") for i, (name, digest) in enumerate(datasets)]
    if len(chosen) > MAX_DATASETS:
        raise InvalidParameter(f"'datasets' has {len(chosen)} datasets; the limit is {MAX_DATASETS}.")
    if len(order_by) > MAX_ORDER_TERMS:
        raise InvalidParameter(f"'order_by' has {len(order_by)} terms; the limit is {MAX_ORDER_TERMS}.")
    terms = [_order_term(one, f"order_by[{i}]") for i, one in enumerate(order_by)]
    ids = [ExperimentId(str(check_id(one))) for one in experiment_ids]
    if not ids:
        return Page(items=[])
    distinct = list({(term.field, term.dataset): term for term in reversed(terms)}.values())[::-1]
    return session.logged_models.search(ids, view, where, chosen, distinct, max_results, page_token)


def _dataset(name: str, digest: str, field: str) -> OnDataset:
    if not name:
        raise InvalidParameter(f"`dataset_name` in the `{field}` clause must be specified.")
    check_text(name, f"{field}.dataset_name")
    return OnDataset(name=name, digest=check_text(digest, f"{field}.dataset_digest"))


def _order_term(given: LoggedModelOrder, field: str) -> OrderTerm:
    sorted_by = parse_name(given.field_name, LOGGED_MODELS)
    dataset = None
    if given.dataset_name or given.dataset_digest:
        if sorted_by.kind is not Kind.METRIC:
            raise InvalidParameter(
                f"'{field}' sorts by {given.field_name[:64]!r} on a dataset, which only metrics have. Leave dataset_name "
                "and dataset_digest out."
            )
        dataset = _dataset(given.dataset_name, given.dataset_digest, field)
    return OrderTerm(field=sorted_by, descending=not given.ascending, dataset=dataset)


def locate(session: Session, model_id: str) -> ModelKey:
    """Where the model is, active or deleted."""
    key = session.logged_models.locate(ModelId(model_id)) if is_model_id(model_id) else None
    if key is None:
        raise _not_found(model_id)
    return key


def active(session: Session, model_id: str) -> ModelKey:
    """Where the model is, which must not be in the trash."""
    key = locate(session, model_id)
    if key.lifecycle_stage is not LifecycleStage.ACTIVE:
        raise _not_found(model_id, " It is in the trash.")
    return key


def _not_found(model_id: str, further: str = "") -> NotFound:
    return NotFound(f"Logged model with ID {model_id[:300]!r} not found.{further}")
