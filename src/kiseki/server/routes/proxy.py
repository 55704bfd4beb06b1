"""The endpoints of the artifact proxy, through which clients without access to the storage read and write it."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from kiseki.asgi.body import read_json
from kiseki.base.errors import InvalidParameter
from kiseki.server.context import Context
from kiseki.server.files import download, file_infos, receive, upload
from kiseki.service import artifacts, multipart
from kiseki.wire import artifacts as wire
from kiseki.wire import codec

MAX_REQUEST_BYTES: Final = 2**23
PARTS_PATH: Final = "/api/kiseki/v1/artifacts/parts"


async def list_(request: Request, context: Context) -> Response:
    """GET mlflow-artifacts/artifacts."""
    asked = codec.decode_query(request.scope["query_string"].decode("latin-1"), wire.ListProxied)
    place = context.roots.proxied(asked.path, folder=True)
    files = await context.thread(lambda: artifacts.names(place))
    return _json(codec.encode(wire.ProxiedAnswer(files=file_infos(files))))


async def get(request: Request, context: Context) -> Response:
    """GET mlflow-artifacts/artifacts/{path}."""
    path: str = request.path_params["path"]
    return await download(request, context, context.roots.proxied(path), path)


async def put(request: Request, context: Context) -> Response:
    """PUT mlflow-artifacts/artifacts/{path}."""
    await upload(request, context, context.roots.proxied(request.path_params["path"]))
    return Response()


async def delete(request: Request, context: Context) -> Response:
    """DELETE mlflow-artifacts/artifacts/{path}."""
    place = context.roots.proxied(request.path_params["path"])
    await context.thread(lambda: place.store.delete(place.path))
    await context.write(lambda session: artifacts.forget(session, place))
    return _json(b"{}")


async def multipart_create(request: Request, context: Context) -> Response:
    """POST mlflow-artifacts/mpu/create/{path}."""
    asked = codec.decode_request(await read_json(request, MAX_REQUEST_BYTES), wire.MultipartCreate)
    target = context.roots.proxied(_target(request, asked.path))
    upload_id = await context.thread(lambda: multipart.create(context.roots.parts, target, asked.num_parts))
    base = f"{request.scope['scheme']}://{request.headers.get('host', '')}{context.settings.static_prefix}{PARTS_PATH}"
    answer = wire.MultipartAnswer(
        upload_id=upload_id,
        credentials=[
            wire.MultipartCredential(url=f"{base}/{upload_id}/{number}", part_number=number)
            for number in range(1, asked.num_parts + 1)
        ],
    )
    return _json(codec.encode(answer))


async def multipart_part(request: Request, context: Context) -> Response:
    """PUT artifacts/parts/{upload id}/{number}."""
    upload_id, _, number = request.path_params["path"].partition("/")
    parts = context.roots.parts
    path = await context.thread(lambda: multipart.part(parts, upload_id, number))
    stored = await receive(request, context, parts, path)
    return Response(headers={"etag": f'"{stored.sha256}"'})


async def multipart_complete(request: Request, context: Context) -> Response:
    """POST mlflow-artifacts/mpu/complete/{path}."""
    asked = codec.decode_request(await read_json(request, MAX_REQUEST_BYTES), wire.MultipartComplete)
    target = context.roots.proxied(_target(request, asked.path))
    etags = {part.part_number: part.etag.strip('"') for part in asked.parts}
    stored = await context.thread(lambda: multipart.complete(context.roots.parts, target, asked.upload_id, etags))
    await context.write(lambda session: artifacts.record(session, target, stored))
    return _json(b"{}")


async def multipart_abort(request: Request, context: Context) -> Response:
    """POST mlflow-artifacts/mpu/abort/{path}."""
    asked = codec.decode_request(await read_json(request, MAX_REQUEST_BYTES), wire.MultipartAbort)
    target = context.roots.proxied(_target(request, asked.path))
    await context.thread(lambda: multipart.abort(context.roots.parts, target, asked.upload_id))
    return _json(b"{}")


def _target(request: Request, name: str) -> str:
    """The path of the file: a folder from the URL and a name from the body, which may repeat the folder."""
    folder: str = request.path_params["path"].rstrip("/")
    name = name.rpartition("/")[2]
    if not name:
        raise InvalidParameter(
            "Missing value for required parameter 'path'. "
            "See the API docs for more information about request parameters."
        )
    return f"{folder}/{name}" if folder else name


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


STREAMS: Final = {
    "proxy.list": list_,
    "proxy.get": get,
    "proxy.put": put,
    "proxy.delete": delete,
    "proxy.multipart_create": multipart_create,
    "proxy.multipart_part": multipart_part,
    "proxy.multipart_complete": multipart_complete,
    "proxy.multipart_abort": multipart_abort,
}
