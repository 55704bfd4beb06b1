"""What can be done with logged models."""

from __future__ import annotations

from kiseki.base.clock import now_ms
from kiseki.base.errors import InvalidParameter, NotFound
from kiseki.base.ids import ModelId, is_model_id, is_run_id, new_model_id
from kiseki.domain.experiments import LifecycleStage
from kiseki.domain.keys import check_given
from kiseki.domain.logged_models import (
    LoggedModel,
    LoggedModelStatus,
    NewLoggedModel,
    check_name,
    check_pairs,
    check_type,
)
from kiseki.domain.runs import random_name
from kiseki.service.experiments import active as active_experiment
from kiseki.store import Session
from kiseki.store.protocol import ModelKey


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
        artifact_uri=f"{experiment.artifact_location.rstrip('/')}/models/{model_id}/artifacts",
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
    if model is None or (model.lifecycle_stage is LifecycleStage.DELETED and not allow_deleted):
        raise _not_found(model_id)
    return model


def finalize(session: Session, model_id: str, status: LoggedModelStatus) -> LoggedModel:
    """Changes an active model's status and returns the model as it is then."""
    session.logged_models.set_status(active(session, model_id), status, now_ms())
    return get(session, model_id)


def delete(session: Session, model_id: str) -> None:
    """Moves a model to the trash; does nothing if it is there."""
    session.logged_models.set_lifecycle(locate(session, model_id), LifecycleStage.DELETED, now_ms())


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
        raise _not_found(model_id)
    return key


def _not_found(model_id: str) -> NotFound:
    return NotFound(f"Logged model with ID {model_id[:300]!r} not found.")
