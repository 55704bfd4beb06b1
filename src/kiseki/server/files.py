"""Files over HTTP in both directions, with constant memory and their digests checked."""

from __future__ import annotations

import asyncio
import mimetypes
import re
from asyncio import Future
from collections.abc import AsyncIterator, Awaitable, Generator, Iterator, Sequence
from contextlib import ExitStack, suppress
from email.utils import formatdate
from functools import partial
from hashlib import sha256
from typing import Final
from urllib.parse import quote

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from kiseki.base.errors import BadRequest, IntegrityError, InvalidParameter, NotFound, UnsupportedMediaType
from kiseki.server.context import Context
from kiseki.service import artifacts, transfers
from kiseki.service.artifacts import ArtifactStore, Download, FileInfo, Place, StoredFile
from kiseki.wire import artifacts as wire

CHUNK_BYTES: Final = 2**20
_WRITE_BYTES: Final = 2**22
"""What is written at a time of a file that comes; to hand over less often, and so larger parts, is a fifth faster."""
DIGEST_HEADER: Final = "x-kiseki-sha256"
DIRECT_HEADER: Final = "x-kiseki-direct"
"""Tells that the file can be had from the object store itself, see `kiseki.service.transfers`."""

_DIGITS = re.compile("[0-9]{1,36}")

# What MLflow shows as text, which a browser could take for something that runs.
_TEXT_SUFFIXES: Final = frozenset(
    [
        "txt",
        "log",
        "err",
        "cfg",
        "conf",
        "cnf",
        "cf",
        "ini",
        "properties",
        "prop",
        "hocon",
        "toml",
        "yaml",
        "yml",
        "xml",
        "json",
        "js",
        "py",
        "py3",
        "csv",
        "tsv",
        "md",
        "rst",
        "mlmodel",
        "mlproject",
        "ipynb",
    ]
)


async def upload(request: Request, context: Context, place: Place, max_bytes: int | None = None) -> None:
    """Stores a request's body as the file `place` and records its digest.

    Raises:
        InvalidParameter: The body is longer than `max_bytes`.
        BadRequest: The body is shorter than it said.
    """
    stored = await receive(request, context, place.store, place.path, max_bytes)
    await context.write(lambda session: artifacts.record(session, place, stored))


async def receive(
    request: Request, context: Context, store: ArtifactStore, path: str, max_bytes: int | None = None
) -> StoredFile:
    """Stores a request's body as a file; all of it, or nothing."""
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() not in ("", "identity"):
        raise UnsupportedMediaType(f"A file is stored as it is; it was sent with Content-Encoding {encoding[:40]!r}.")
    declared = request.headers.get("content-length", "")
    with ExitStack() as stack:
        target = stack.enter_context(await context.thread(lambda: store.open_upload(path)))
        size = 0
        received: list[bytes] = []
        received_bytes = 0
        # While a thread writes what has come, the next part comes.
        writing: Awaitable[None] | None = None

        def write(chunks: list[bytes]) -> None:
            for chunk in chunks:
                target.write(chunk)

        try:
            async for chunk in request.stream():
                received.append(chunk)
                received_bytes += len(chunk)
                size += len(chunk)
                if max_bytes is not None and size > max_bytes:
                    raise InvalidParameter(f"Artifact size is too large. Max size is {max_bytes // 2**20}MB.")
                if received_bytes >= _WRITE_BYTES:
                    if writing is not None:
                        await writing
                    writing = asyncio.ensure_future(context.thread(partial(write, received)))
                    received, received_bytes = [], 0
        except ClientDisconnect:
            raise BadRequest("The connection ended before the file did. Nothing was stored.") from None
        finally:
            if writing is not None:
                await writing
        if declared.isdigit() and int(declared) != size:
            raise BadRequest(f"The file has {size} bytes where {declared} were declared. Nothing was stored.")

        def finish() -> StoredFile:
            write(received)
            return target.commit()

        return await context.thread(finish)


async def download(request: Request, context: Context, place: Place, shown_path: str) -> Response:
    """The file `place` as a response: whole, or the range that was asked for."""

    def open_it() -> Download:
        try:
            return place.store.open_download(place.path)
        except NotFound:
            raise artifacts.no_such_file(shown_path) from None
        except InvalidParameter:
            found = place.store.stat(place.path)
            if found is None or not found.is_dir:
                raise
            raise InvalidParameter(f"Artifact path refers to a directory, not a file: '{shown_path}'") from None

    file = await context.thread(open_it)
    try:
        digest = await context.read(lambda session: artifacts.digest(session, place, file.size, file.modified_ns))
        etag = f'"{digest or f"{file.modified_ns:x}-{file.size:x}"}"'
        headers = _headers(place.path, file, etag, digest)
        if etag in [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]:
            file.close()
            return Response(status_code=304, headers=headers)
        span = _span(request, file.size, etag)
        if span is not None and span[0] >= span[1]:
            file.close()
            return Response(status_code=416, headers={"content-range": f"bytes */{file.size}"})
        if context.settings.direct_transfers and transfers.is_offered(place, file.size):
            headers[DIRECT_HEADER] = "1"
        start, end = span or (0, file.size)
        headers["content-length"] = str(end - start)
        if span is not None:
            headers["content-range"] = f"bytes {start}-{end - 1}/{file.size}"
        status = 200 if span is None else 206
        if request.method == "HEAD":
            file.close()
            return Response(status_code=status, headers=headers)
        if file.size <= CHUNK_BYTES:
            data = await context.thread(lambda: _read_whole(file, digest))
            file.close()
            return Response(data[start:end], status_code=status, headers=headers)
    except BaseException:
        file.close()
        raise
    body = stream(context, _chunks(file, start, end, digest if span is None else None))
    return StreamingResponse(body, status_code=status, headers=headers)


def _read_whole(file: Download, digest: str | None) -> bytes:
    data = file.read()
    if digest is not None and sha256(data).hexdigest() != digest:
        raise _damaged()
    return data


def _chunks(file: Download, start: int, end: int, digest: str | None) -> Iterator[bytes]:
    """The bytes from `start` to `end`.

    The last ones are held back until the digest is known to be right, so that a damaged file ends in a broken
    connection and never in a success.
    """
    hasher = sha256() if digest else None
    with file:
        file.seek(start)
        left = end - start
        while left:
            chunk = file.read(min(CHUNK_BYTES, left))
            if hasher:
                hasher.update(chunk)
            left -= len(chunk)
            if not chunk or (not left and hasher and hasher.hexdigest() != digest):
                raise _damaged()
            yield chunk


def file_infos(files: Sequence[FileInfo]) -> list[wire.FileInfo]:
    """The wire form of a folder's content."""
    return [
        wire.FileInfo(
            path=file.path,
            is_dir=file.is_dir,
            file_size=msgspec.UNSET if file.file_size is None else file.file_size,
        )
        for file in files
    ]


async def stream(context: Context, chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Chunks that blocking code makes in a thread, each while the one before it is sent."""

    def make() -> Future[bytes | None]:
        return asyncio.ensure_future(context.thread(lambda: next(chunks, None)))

    coming = make()
    try:
        while (chunk := await coming) is not None:
            coming = make()
            yield chunk
    finally:
        # Whoever asked has gone: what is under way ends before that is let go from which it reads.
        with suppress(Exception):
            await coming
        if isinstance(chunks, Generator):
            chunks.close()


async def zipped(context: Context, place: Place, name: str) -> Response:
    """The answer that is a folder, or a file, as a zip file of this name.

    Raises:
        NotFound: Nothing is there.
    """
    chunks = await context.thread(lambda: artifacts.zip_of(place, context.read_here))
    return StreamingResponse(
        stream(context, chunks),
        media_type="application/zip",
        headers={"content-disposition": attachment(name)},
    )


def attachment(name: str) -> str:
    """The Content-Disposition of a download: the last part of the path, and no part of the header's syntax."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name)
    if plain == name:
        return f'attachment; filename="{plain}"'
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def media_type(path: str) -> str:
    """The content type of a file by its name; what MLflow shows as text is text."""
    name = path.rpartition("/")[2]
    suffix = name.rpartition(".")[2].lower()
    if suffix in _TEXT_SUFFIXES:
        return "text/plain; charset=utf-8"
    guess = mimetypes.guess_type(name)[0] or "application/octet-stream"
    # A page that was tricked into it could run a script from here as its own.
    return "text/plain; charset=utf-8" if "javascript" in guess or "ecmascript" in guess else guess


def _headers(path: str, file: Download, etag: str, digest: str | None) -> dict[str, str]:
    headers = {
        "content-type": media_type(path),
        "content-disposition": attachment(path.rpartition("/")[2]),
        # Even if a browser shows it, it is nobody's page: no script, no cookies, no access to the server.
        "content-security-policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
        "accept-ranges": "bytes",
        "etag": etag,
        "last-modified": formatdate(file.modified_ns / 1e9, usegmt=True),
        "cache-control": "no-cache",
    }
    if digest:
        headers[DIGEST_HEADER] = digest
    return headers


def _span(request: Request, size: int, etag: str) -> tuple[int, int] | None:
    """The bytes that a Range header asks for, as start and end; None for the whole file. Several ranges give the whole."""
    given = request.headers.get("range")
    if_range = request.headers.get("if-range")
    if given is None or not given.startswith("bytes=") or (if_range is not None and if_range != etag):
        return None
    first, dash, last = given.removeprefix("bytes=").strip().partition("-")
    if not dash or "," in last or not _DIGITS.fullmatch(first + last):
        return None
    if not first:
        return max(0, size - int(last)), size
    end = min(size, int(last) + 1) if last else size
    if last and int(last) < int(first):
        return None
    return int(first), end


def _damaged() -> IntegrityError:
    return IntegrityError(
        "The stored file does not match the digest that was recorded when it was stored: its bytes have changed on "
        "disk. Restore it from a backup."
    )
