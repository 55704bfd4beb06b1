"""The endpoints of registered models."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from kiseki.domain.model_versions import version_number
from kiseki.server.acting import answered, asked
from kiseki.server.context import Context
from kiseki.service import Session, moves, registered_models
from kiseki.service.moves import Asked
from kiseki.wire import registered_models as wire
from kiseki.wire.experiments import Empty, distinct_tags
from kiseki.wire.model_versions import ModelVersionAnswer, ModelVersionsAnswer, version_from_domain


def create(session: Session, request: wire.CreateRegisteredModel) -> wire.RegisteredModelAnswer:
    """POST registered-models/create."""
    tags = distinct_tags(request.tags)
    made = registered_models.create(session, request.name, tags, request.description, request.user_id)
    return wire.RegisteredModelAnswer(registered_model=wire.model_from_domain(made))


def get(session: Session, request: wire.RegisteredModelRef) -> wire.RegisteredModelAnswer:
    """GET registered-models/get."""
    found = registered_models.get(session, request.name)
    return wire.RegisteredModelAnswer(registered_model=wire.model_from_domain(found))


def update(session: Session, request: wire.UpdateRegisteredModel) -> wire.RegisteredModelAnswer:
    """PATCH registered-models/update."""
    found = registered_models.describe(session, request.name, request.description)
    return wire.RegisteredModelAnswer(registered_model=wire.model_from_domain(found))


def rename(session: Session, request: wire.RenameRegisteredModel) -> wire.RegisteredModelAnswer:
    """POST registered-models/rename."""
    found = registered_models.rename(session, request.name, request.new_name)
    return wire.RegisteredModelAnswer(registered_model=wire.model_from_domain(found))


def delete(session: Session, request: wire.RegisteredModelRef) -> Empty:
    """DELETE registered-models/delete."""
    registered_models.delete(session, request.name)
    return Empty()


def search(session: Session, request: wire.SearchRegisteredModels) -> wire.RegisteredModelsAnswer:
    """GET registered-models/search."""
    page = registered_models.search(session, request.filter, request.max_results, request.order_by, request.page_token)
    return wire.RegisteredModelsAnswer(
        registered_models=[wire.model_from_domain(model) for model in page.items], next_page_token=page.next_page_token
    )


def latest_versions(session: Session, request: wire.GetLatestVersions) -> ModelVersionsAnswer:
    """GET or POST registered-models/get-latest-versions."""
    found = registered_models.latest_versions(session, request.name, request.stages)
    return ModelVersionsAnswer(model_versions=[version_from_domain(version) for version in found])


def set_tag(session: Session, request: wire.SetRegisteredModelTag) -> Empty:
    """POST registered-models/set-tag."""
    registered_models.set_tag(session, request.name, request.key, request.value)
    return Empty()


def delete_tag(session: Session, request: wire.DeleteRegisteredModelTag) -> Empty:
    """DELETE registered-models/delete-tag."""
    registered_models.delete_tag(session, request.name, request.key)
    return Empty()


def get_alias(session: Session, request: wire.GetAlias) -> ModelVersionAnswer:
    """GET registered-models/alias."""
    found = registered_models.by_alias(session, request.name, request.alias)
    return ModelVersionAnswer(model_version=version_from_domain(found))


async def set_alias(request: Request, context: Context) -> Response:
    """POST registered-models/alias."""
    wanted, _ = await asked(request, wire.SetAlias)
    version, who = version_number(wanted.version), Asked(user_id=wanted.user_id)
    moves.check_done(
        await context.write(lambda session: moves.set_alias(session, wanted.name, wanted.alias, version, who))
    )
    return answered(Empty())


async def delete_alias(request: Request, context: Context) -> Response:
    """DELETE registered-models/alias."""
    wanted, _ = await asked(request, wire.DeleteAlias)
    who = Asked(user_id=wanted.user_id)
    moves.check_done(await context.write(lambda session: moves.delete_alias(session, wanted.name, wanted.alias, who)))
    return answered(Empty())


READS: Final = {
    "registered_models.get": get,
    "registered_models.search": search,
    "registered_models.latest_versions": latest_versions,
    "registered_models.get_alias": get_alias,
}
WRITES: Final = {
    "registered_models.create": create,
    "registered_models.update": update,
    "registered_models.rename": rename,
    "registered_models.delete": delete,
    "registered_models.set_tag": set_tag,
    "registered_models.delete_tag": delete_tag,
}
STREAMS: Final = {"registered_models.set_alias": set_alias, "registered_models.delete_alias": delete_alias}
