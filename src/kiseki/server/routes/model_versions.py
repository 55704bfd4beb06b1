"""The endpoints of versions of registered models."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from kiseki.base.errors import InvalidParameter
from kiseki.domain.model_versions import NewModelVersion, stage_named, version_number
from kiseki.server.acting import answered, asked, mark_of
from kiseki.server.context import Context
from kiseki.server.files import download, file_infos, zipped
from kiseki.service import Session, model_files, model_versions, moves
from kiseki.service.moves import Asked
from kiseki.service.replies import once
from kiseki.wire import codec
from kiseki.wire import model_versions as wire
from kiseki.wire.artifacts import ArtifactsAnswer
from kiseki.wire.experiments import Empty, distinct_tags


async def create(request: Request, context: Context) -> Response:
    """POST model-versions/create: the digests of the files first, which takes as long as reading them."""
    wanted, body = await asked(request, wire.CreateModelVersion)
    new = NewModelVersion(
        name=wanted.name,
        source=wanted.source,
        run_id=wanted.run_id,
        model_id=wanted.model_id,
        run_link=wanted.run_link,
        description=wanted.description,
        user_id=wanted.user_id,
        tags=distinct_tags(wanted.tags),
    )
    files = await context.thread(lambda: model_files.digests(context.store, context.roots, new))

    def work(session: Session) -> bytes:
        made = model_versions.create(session, new, files)
        return codec.encode(wire.ModelVersionAnswer(model_version=wire.version_from_domain(made)))

    mark = mark_of(request.scope["headers"], "model_versions.create", {}, body)
    encoded = await context.write(work if mark is None else lambda session: once(session, mark, work))
    return Response(encoded, media_type="application/json")


def get(session: Session, request: wire.ModelVersionRef) -> wire.ModelVersionAnswer:
    """GET model-versions/get."""
    found = model_versions.get(session, request.name, version_number(request.version))
    return wire.ModelVersionAnswer(model_version=wire.version_from_domain(found))


def update(session: Session, request: wire.UpdateModelVersion) -> wire.ModelVersionAnswer:
    """PATCH model-versions/update."""
    found = model_versions.describe(session, request.name, version_number(request.version), request.description)
    return wire.ModelVersionAnswer(model_version=wire.version_from_domain(found))


def delete(session: Session, request: wire.ModelVersionRef) -> Empty:
    """DELETE model-versions/delete."""
    model_versions.delete(session, request.name, version_number(request.version))
    return Empty()


def search(session: Session, request: wire.SearchModelVersions) -> wire.ModelVersionsAnswer:
    """GET model-versions/search."""
    page = model_versions.search(session, request.filter, request.max_results, request.order_by, request.page_token)
    return wire.ModelVersionsAnswer(
        model_versions=[wire.version_from_domain(version) for version in page.items],
        next_page_token=page.next_page_token,
    )


async def transition_stage(request: Request, context: Context) -> Response:
    """POST model-versions/transition-stage."""
    wanted, _ = await asked(request, wire.TransitionStage)
    version, stage = version_number(wanted.version), stage_named(wanted.stage)
    who, archive = Asked(user_id=wanted.user_id), wanted.archive_existing_versions
    moved, found = await context.write(
        lambda session: (
            moves.set_stage(session, wanted.name, version, stage, archive, who),
            model_versions.get(session, wanted.name, version),
        )
    )
    moves.check_done(moved)
    return answered(wire.ModelVersionAnswer(model_version=wire.version_from_domain(found)))


def download_uri(session: Session, request: wire.ModelVersionRef) -> wire.DownloadUri:
    """GET model-versions/get-download-uri."""
    uri = model_versions.download_uri(session, request.name, version_number(request.version))
    return wire.DownloadUri(artifact_uri=uri)


def set_tag(session: Session, request: wire.SetModelVersionTag) -> Empty:
    """POST model-versions/set-tag."""
    model_versions.set_tag(session, request.name, version_number(request.version), request.key, request.value)
    return Empty()


def delete_tag(session: Session, request: wire.DeleteModelVersionTag) -> Empty:
    """DELETE model-versions/delete-tag."""
    model_versions.delete_tag(session, request.name, version_number(request.version), request.key)
    return Empty()


def files(session: Session, request: wire.ModelVersionRef) -> wire.VersionFilesAnswer:
    """GET /api/kiseki/v1/registry/files."""
    return wire.files_from_domain(model_versions.files(session, request.name, version_number(request.version)))


async def get_artifact(request: Request, context: Context) -> Response:
    """GET /model-versions/get-artifact."""
    wanted = codec.decode_query(request.scope["query_string"].decode("latin-1"), wire.GetModelVersionArtifact)
    if not wanted.path:
        raise InvalidParameter(
            "Missing value for required parameter 'path'. "
            "See the API docs for more information about request parameters."
        )
    version = version_number(wanted.version)
    place = await context.read(
        lambda session: model_files.place(session, context.roots, wanted.name, version, wanted.path)
    )
    return await download(request, context, place, wanted.path)


async def list_artifacts(request: Request, context: Context) -> Response:
    """GET /api/kiseki/v1/registry/artifacts."""
    wanted = codec.decode_query(request.scope["query_string"].decode("latin-1"), wire.GetModelVersionArtifact)
    version = version_number(wanted.version)
    root = await context.read(lambda session: model_files.place(session, context.roots, wanted.name, version, ""))
    found = await context.thread(lambda: model_files.listing(root, wanted.path))
    return answered(ArtifactsAnswer(root_uri=root.uri, files=file_infos(found)))


async def zip_(request: Request, context: Context) -> Response:
    """GET /api/kiseki/v1/registry/zip."""
    wanted = codec.decode_query(request.scope["query_string"].decode("latin-1"), wire.GetModelVersionArtifact)
    version = version_number(wanted.version)
    place = await context.read(
        lambda session: model_files.place(session, context.roots, wanted.name, version, wanted.path)
    )
    return await zipped(context, place, (wanted.path.rpartition("/")[2] or f"{wanted.name}-{version}") + ".zip")


READS: Final = {
    "model_versions.get": get,
    "model_versions.search": search,
    "model_versions.download_uri": download_uri,
    "model_versions.files": files,
}
WRITES: Final = {
    "model_versions.update": update,
    "model_versions.delete": delete,
    "model_versions.set_tag": set_tag,
    "model_versions.delete_tag": delete_tag,
}
STREAMS: Final = {
    "model_versions.create": create,
    "model_versions.transition_stage": transition_stage,
    "model_versions.get_artifact": get_artifact,
    "model_versions.list_artifacts": list_artifacts,
    "model_versions.zip": zip_,
}
