"""Uploads in parts through the artifact proxy: parts are kept aside and become one file when all are there."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from kiseki.artifact_store import ArtifactStore, StoredFile
from kiseki.base.errors import InvalidParameter, NotFound
from kiseki.service.artifacts import Place

MAX_PARTS: Final = 10_000
UNFINISHED_SECONDS: Final = 7 * 24 * 60 * 60
"""An upload that was not completed for so long is removed when the server starts."""

_TARGET: Final = "target"
_COPY_BYTES: Final = 2**20


def create(parts: ArtifactStore, target: Place, num_parts: int) -> str:
    """Starts an upload of `target` in parts and returns its id. `parts` is where parts are kept."""
    if not 1 <= num_parts <= MAX_PARTS:
        raise InvalidParameter(
            f"Invalid value {num_parts} for parameter 'num_parts' supplied: it lies between 1 and {MAX_PARTS}."
        )
    upload_id = secrets.token_hex(16)
    with parts.open_upload(f"{upload_id}/{_TARGET}") as file:
        file.write(target.path.encode())
        file.commit()
    return upload_id


def part(parts: ArtifactStore, upload_id: str, number: str) -> str:
    """The path of one part among the parts.

    Raises:
        NotFound: No upload with this id was started, or it has ended.
    """
    _target(parts, upload_id)
    if not (number.isascii() and number.isdigit() and 1 <= int(number) <= MAX_PARTS):
        raise InvalidParameter(f"Invalid part number {number[:40]!r}: it lies between 1 and {MAX_PARTS}.")
    return f"{upload_id}/{int(number)}"


def complete(parts: ArtifactStore, target: Place, upload_id: str, etags: Mapping[int, str]) -> StoredFile:
    """Joins the parts, whose SHA-256 the etags are, in the order of their numbers, to the file `target`.

    Raises:
        InvalidParameter: A part is missing or is not what the etag says; the upload can go on.
    """
    _check_target(parts, target, upload_id)
    if not etags:
        raise InvalidParameter("Missing value for required parameter 'parts'. Name the parts that were uploaded.")
    with target.store.open_upload(target.path) as whole:
        for number in sorted(etags):
            etag = etags[number]
            path = f"{upload_id}/{number}"
            info = parts.stat(path)
            if info is None:
                raise InvalidParameter(f"Part {number} was not uploaded. Upload it and complete again.")
            hasher = sha256()
            with parts.open_download(path) as file:
                while chunk := file.read(_COPY_BYTES):
                    whole.write(chunk)
                    hasher.update(chunk)
            digest = hasher.hexdigest()
            if etag and etag != digest:
                raise InvalidParameter(f"Part {number} has the etag {digest}, not {etag[:80]!r}. Upload it again.")
        stored = whole.commit()
    parts.delete(upload_id)
    return stored


def abort(parts: ArtifactStore, target: Place, upload_id: str) -> None:
    """Discards the parts."""
    _check_target(parts, target, upload_id)
    parts.delete(upload_id)


def remove_unfinished(parts: ArtifactStore) -> None:
    """Discards uploads that were started long ago."""
    oldest = (time.time() - UNFINISHED_SECONDS) * 1e9
    for folder in parts.list(""):
        try:
            with parts.open_download(f"{folder.path}/{_TARGET}") as file:
                old = file.modified_ns < oldest
        except (NotFound, InvalidParameter):
            old = True
        if old:
            parts.delete(folder.path)


def _target(parts: ArtifactStore, upload_id: str) -> str:
    if not (len(upload_id) == 32 and all(c in "0123456789abcdef" for c in upload_id)):
        raise NotFound(f"No upload in parts has the id {upload_id[:64]!r}.")
    try:
        with parts.open_download(f"{upload_id}/{_TARGET}") as file:
            return file.read().decode()
    except NotFound:
        raise NotFound(
            f"No upload in parts has the id {upload_id!r}: it was completed, aborted or never started."
        ) from None


def _check_target(parts: ArtifactStore, target: Place, upload_id: str) -> None:
    if _target(parts, upload_id) != target.path:
        raise InvalidParameter(f"The upload {upload_id} is not one of {target.path!r}.")
