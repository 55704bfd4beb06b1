"""The endpoints through which large files go between clients and the object store, past the server."""

from __future__ import annotations

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from kiseki.asgi.body import read_json
from kiseki.base.errors import InvalidParameter
from kiseki.domain.artifacts import Owner
from kiseki.server.context import Context
from kiseki.service import artifacts, transfers
from kiseki.wire import artifacts as wire
from kiseki.wire import codec

MAX_REQUEST_BYTES: Final = 2**21


async def upload(request: Request, context: Context) -> Response:
    """POST artifacts/transfers/upload."""
    asked = codec.decode_request(await read_json(request, MAX_REQUEST_BYTES), wire.OfferUpload)
    owner, path = _file_of(asked)
    if not context.settings.direct_transfers:
        return _json(wire.OfferAnswer())
    place = await context.read(lambda session: artifacts.place_to_write(session, context.roots, owner, path))
    offer = await context.thread(lambda: transfers.offer_upload(place, asked.size))
    parts = [
        wire.SignedPart(
            number=part.number,
            offset=part.offset,
            size=part.size,
            method=part.request.method,
            url=part.request.url,
            headers=part.request.headers,
        )
        for part in offer.parts
    ]
    return _json(wire.OfferAnswer(upload_id=offer.upload_id, parts=parts))


async def complete(request: Request, context: Context) -> Response:
    """POST artifacts/transfers/complete."""
    asked = codec.decode_request(await read_json(request, MAX_REQUEST_BYTES), wire.CompleteUpload)
    owner, path = _file_of(asked)
    place = await context.read(lambda session: artifacts.place_to_write(session, context.roots, owner, path))
    etags = {part.part_number: part.etag for part in asked.parts}
    stored = await context.thread(
        lambda: transfers.complete_upload(place, asked.upload_id, asked.size, asked.sha256, etags)
    )
    await context.write(lambda session: artifacts.record(session, place, stored))
    return Response(b"{}", media_type="application/json")


async def abort(request: Request, context: Context) -> Response:
    """POST artifacts/transfers/abort."""
    asked = codec.decode_request(await read_json(request, MAX_REQUEST_BYTES), wire.AbortUpload)
    owner, path = _file_of(asked)
    place = await context.read(lambda session: artifacts.place_of(session, context.roots, owner, path))
    await context.thread(lambda: transfers.abort_upload(place, asked.upload_id))
    return Response(b"{}", media_type="application/json")


async def download(request: Request, context: Context) -> Response:
    """GET artifacts/transfers/download."""
    asked = codec.decode_query(request.scope["query_string"].decode("latin-1"), wire.FilesRef)
    owner, path = _file_of(asked)
    if not context.settings.direct_transfers:
        return _json(wire.LinkAnswer())
    place = await context.read(lambda session: artifacts.place_of(session, context.roots, owner, path))
    link = await context.thread(lambda: transfers.link_download(place))
    if link.request is None:
        return _json(wire.LinkAnswer())
    digest = await context.read(lambda session: artifacts.digest(session, place, link.size, link.modified_ns))
    answer = wire.LinkAnswer(
        url=link.request.url, headers=link.request.headers, size=link.size, sha256=digest or msgspec.UNSET
    )
    return _json(answer)


def _file_of(asked: wire.FilesRef) -> tuple[Owner, str]:
    """The owner and the path that a request names."""
    owner = wire.owner_of_request(asked)
    if not asked.path:
        raise InvalidParameter("Request must specify path.")
    return owner, asked.path


def _json(answer: msgspec.Struct) -> Response:
    return Response(codec.encode(answer), media_type="application/json")


STREAMS: Final = {
    "transfers.upload": upload,
    "transfers.complete": complete,
    "transfers.abort": abort,
    "transfers.download": download,
}
