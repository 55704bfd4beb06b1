"""The endpoints of logged models."""

from __future__ import annotations

from typing import Final

from kiseki.domain.keys import check_given
from kiseki.domain.logged_models import NewLoggedModel
from kiseki.service import Session, logged_models
from kiseki.wire import logged_models as wire
from kiseki.wire.experiments import Empty, distinct_tags
from kiseki.wire.runs import view_to_domain


def create(session: Session, request: wire.CreateLoggedModel) -> wire.LoggedModelAnswer:
    """POST logged-models."""
    new = NewLoggedModel(
        experiment_id=request.experiment_id,
        name=request.name,
        model_type=request.model_type,
        source_run_id=request.source_run_id,
        params=wire.params_to_domain(request.params),
        tags=distinct_tags(request.tags),
    )
    return wire.LoggedModelAnswer(model=wire.model_from_domain(logged_models.create(session, new)))


def get(session: Session, request: wire.GetLoggedModel) -> wire.LoggedModelAnswer:
    """GET logged-models/{model_id}."""
    found = logged_models.get(session, request.model_id, allow_deleted=request.allow_deleted)
    return wire.LoggedModelAnswer(model=wire.model_from_domain(found))


def finalize(session: Session, request: wire.FinalizeLoggedModel) -> wire.LoggedModelAnswer:
    """PATCH logged-models/{model_id}."""
    found = logged_models.finalize(session, request.model_id, wire.status_to_domain(request.status))
    return wire.LoggedModelAnswer(model=wire.model_from_domain(found))


def delete(session: Session, request: wire.LoggedModelRef) -> Empty:
    """DELETE logged-models/{model_id}."""
    logged_models.delete(session, request.model_id)
    return Empty()


def restore(session: Session, request: wire.RestoreLoggedModel) -> Empty:
    """POST /api/kiseki/v1/logged-models/restore."""
    logged_models.restore(session, check_given(request.model_id, "model_id"))
    return Empty()


def set_tags(session: Session, request: wire.SetLoggedModelTags) -> Empty:
    """PATCH logged-models/{model_id}/tags."""
    logged_models.set_tags(session, request.model_id, distinct_tags(request.tags))
    return Empty()


def delete_tag(session: Session, request: wire.DeleteLoggedModelTag) -> Empty:
    """DELETE logged-models/{model_id}/tags/{tag_key}."""
    logged_models.delete_tag(session, request.model_id, request.tag_key)
    return Empty()


def log_params(session: Session, request: wire.LogLoggedModelParams) -> Empty:
    """POST logged-models/{model_id}/params."""
    logged_models.log_params(session, request.model_id, wire.params_to_domain(request.params))
    return Empty()


def search(session: Session, request: wire.SearchLoggedModels) -> wire.LoggedModelsAnswer:
    """POST logged-models/search."""
    page = logged_models.search(
        session,
        request.experiment_ids,
        request.filter,
        wire.datasets_to_domain(request.datasets),
        request.max_results,
        wire.order_to_domain(request.order_by),
        request.page_token,
        view_to_domain(request.view_type, "view_type"),
    )
    return wire.LoggedModelsAnswer(
        models=[wire.model_from_domain(model) for model in page.items], next_page_token=page.next_page_token
    )


READS: Final = {"logged_models.get": get, "logged_models.search": search}
WRITES: Final = {
    "logged_models.create": create,
    "logged_models.finalize": finalize,
    "logged_models.delete": delete,
    "logged_models.restore": restore,
    "logged_models.set_tags": set_tags,
    "logged_models.delete_tag": delete_tag,
    "logged_models.log_params": log_params,
}
