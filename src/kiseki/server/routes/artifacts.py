"""The endpoints of the artifacts of runs and logged models."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from kiseki.asgi.body import read_body
from kiseki.base.errors import BadRequest, InvalidParameter
from kiseki.domain.artifacts import Owner
from kiseki.server.context import Context
from kiseki.server.files import download, file_infos, upload, zipped
from kiseki.service import Session, artifacts
from kiseki.wire import artifacts as wire
from kiseki.wire import codec
from kiseki.wire.experiments import Empty
from kiseki.wire.runs import run_id_of

_Asked = TypeVar("_Asked", bound=msgspec.Struct)

MAX_UPLOAD_BYTES: Final = 10 * 2**20
MAX_QUERY_BYTES: Final = 2**16


async def list_(request: Request, context: Context) -> Response:
    """GET artifacts/list."""
    asked = await _asked(request, wire.ListArtifacts)
    return await _listing(context, Owner(run_id=run_id_of(asked)), asked.path)


async def get(request: Request, context: Context) -> Response:
    """GET /get-artifact."""
    asked = await _asked(request, wire.ListArtifacts)
    if "path" not in request.query_params:
        raise InvalidParameter(
            "Missing value for required parameter 'path'. "
            "See the API docs for more information about request parameters."
        )
    owner = Owner(run_id=run_id_of(asked))
    place = await context.read(lambda session: artifacts.place_of(session, context.roots, owner, asked.path))
    return await download(request, context, place, place.path)


async def upload_(request: Request, context: Context) -> Response:
    """POST upload-artifact."""
    asked = await _asked(request, wire.ListArtifacts)
    if not asked.run_uuid and not asked.run_id:
        raise InvalidParameter("Request must specify run_uuid.")
    if not asked.path:
        raise InvalidParameter("Request must specify path.")
    owner = Owner(run_id=run_id_of(asked))
    if request.headers.get("content-length") == "0":
        raise InvalidParameter("Request must specify data.")
    place = await context.read(lambda session: artifacts.place_to_write(session, context.roots, owner, asked.path))
    await upload(request, context, place, MAX_UPLOAD_BYTES)
    return Response(media_type="application/json")


async def zip_(request: Request, context: Context) -> Response:
    """GET artifacts/zip."""
    asked = await _asked(request, wire.FilesRef)
    owner = wire.owner_of_request(asked)
    place = await context.read(lambda session: artifacts.place_of(session, context.roots, owner, asked.path))
    return await zipped(context, place, (asked.path.rpartition("/")[2] or owner.id) + ".zip")


async def list_of_model(request: Request, context: Context) -> Response:
    """GET logged-models/{model_id}/artifacts/directories."""
    asked = await _asked(request, wire.ListLoggedModelArtifacts)
    return await _listing(context, Owner(model_id=request.path_params["model_id"]), asked.artifact_directory_path)


async def get_of_model(request: Request, context: Context) -> Response:
    """GET logged-models/{model_id}/artifacts/files."""
    asked = await _asked(request, wire.GetLoggedModelArtifact)
    if not asked.artifact_file_path:
        raise BadRequest('Request must include the "artifact_file_path" query parameter.')
    owner = Owner(model_id=request.path_params["model_id"])
    path = asked.artifact_file_path
    place = await context.read(lambda session: artifacts.place_of(session, context.roots, owner, path))
    return await download(request, context, place, place.path)


async def _listing(context: Context, owner: Owner, path: str) -> Response:
    root, files = await context.read(lambda session: artifacts.listing(session, context.roots, owner, path))
    answer = wire.ArtifactsAnswer(root_uri=root, files=file_infos(files) or msgspec.UNSET)
    return Response(codec.encode(answer), media_type="application/json")


async def _asked(request: Request, kind: type[_Asked]) -> _Asked:
    """What the query asks for; some clients send it as a body."""
    query = request.scope["query_string"].decode("latin-1")
    if query or request.method not in ("GET", "HEAD"):
        return codec.decode_query(query, kind)
    body = await read_body(request.receive, request.scope["headers"], MAX_QUERY_BYTES)
    return codec.decode_request(body, kind)


def record_digests(session: Session, request: wire.RecordDigests) -> Empty:
    """POST artifacts/digests."""
    files = [
        (one.file, artifacts.StoredFile(path="", size=one.size, sha256=one.sha256, modified_ns=one.modified_ns))
        for one in request.files
    ]
    artifacts.record_direct(session, files)
    return Empty()


def get_digest(session: Session, request: wire.AskDigest) -> wire.DigestAnswer:
    """GET artifacts/digests."""
    found = artifacts.digest_direct(session, request.file, request.size, request.modified_ns)
    return wire.DigestAnswer(sha256=found or msgspec.UNSET)


READS: Final = {"artifacts.get_digest": get_digest}
WRITES: Final = {"artifacts.record_digests": record_digests}
STREAMS: Final = {
    "artifacts.list": list_,
    "artifacts.get": get,
    "artifacts.upload": upload_,
    "artifacts.zip": zip_,
    "artifacts.list_of_model": list_of_model,
    "artifacts.get_of_model": get_of_model,
}
