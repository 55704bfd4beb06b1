"""The endpoints through which many small files of the artifact proxy go at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from kiseki.asgi.body import read_body, read_json
from kiseki.base.errors import InvalidParameter, KisekiError
from kiseki.server.context import Context
from kiseki.server.files import CHUNK_BYTES, stream
from kiseki.service import bundles
from kiseki.service.bundles import SmallFile
from kiseki.wire import bundles as wire
from kiseki.wire import codec


async def put(request: Request, context: Context) -> Response:
    """PUT artifacts/bundles."""
    asked = codec.decode_query(request.scope["query_string"].decode("latin-1"), wire.BundleRef)
    folder = context.roots.proxied(asked.path, folder=True)
    body = await read_body(request.receive, request.scope["headers"], wire.MAX_BYTES)
    files = await context.thread(lambda: _files(body))
    outcomes = await context.thread(lambda: bundles.store(folder, files))
    errors = await context.write(lambda session: bundles.record(session, folder, outcomes))
    refused = [
        wire.RefusedFile(path=file.path, error_code=error.error_code, message=error.message)
        for file, error in zip(files, errors, strict=True)
        if error is not None
    ]
    answer = wire.BundleAnswer(stored=len(files) - len(refused), refused=refused)
    return Response(codec.encode(answer), media_type="application/json")


async def get(request: Request, context: Context) -> Response:
    """POST artifacts/bundles."""
    asked = codec.decode_request(await read_json(request, wire.MAX_BYTES), wire.AskBundle)
    folder = context.roots.proxied(asked.path, folder=True)
    _check_number(len(asked.files))
    files = bundles.read(folder, asked.files, wire.MAX_FILE_BYTES, context.read_here)
    chunks = _chunks(_packed(path, file) for path, file in zip(asked.files, files, strict=True))
    return StreamingResponse(stream(context, chunks), media_type=wire.MEDIA_TYPE)


def _files(body: bytes | bytearray) -> list[SmallFile]:
    files = []
    for member, content in wire.unpacked([body]):
        files.append(SmallFile(path=member.path, content=content, sha256=member.sha256))
        _check_number(len(files))
    return files


def _check_number(files: int) -> None:
    if files > wire.MAX_FILES:
        raise InvalidParameter(f"Over {wire.MAX_FILES} files at once. Split them into several requests.")


def _packed(path: str, file: SmallFile | KisekiError) -> bytes:
    if isinstance(file, KisekiError):
        return wire.packed(wire.Member(path=path, error_code=file.error_code, message=file.message))
    return wire.packed(wire.Member(path=path, size=len(file.content), sha256=file.sha256), file.content)


def _chunks(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Parts joined to chunks of about a MiB, each of which costs the server a turn of the event loop."""
    waiting = bytearray()
    for part in parts:
        waiting += part
        if len(waiting) >= CHUNK_BYTES:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting)


STREAMS: Final = {"bundles.put": put, "bundles.get": get}
