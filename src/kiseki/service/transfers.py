"""Large files that go between a client and the object store by signed requests, past the server.

The client holds no credentials: each request that it is given is for one file, and for a limited time. The server looks
at the size of what came and records the digest that the client sends; who reads the file compares it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from kiseki.artifact_store import SignedRequest, SignsRequests, StoredFile
from kiseki.base.errors import Conflict, InvalidParameter
from kiseki.service.artifacts import Place, check_digest, no_such_file

MIN_BYTES: Final = 8 << 20
"""A smaller file is faster through the server, with one request instead of three."""

SIGNED_SECONDS: Final = 3600
"""How long a signed request can be begun."""

PART_BYTES: Final = 16 << 20
MAX_PARTS: Final = 1000
"""Beyond so many parts they get larger: the answer that names them stays below a megabyte."""

MAX_WHOLE_BYTES: Final = 5_000 << 20
"""What S3 and Azure take by one request."""

MAX_BYTES: Final = 5 << 40


class SignedPart(msgspec.Struct, frozen=True, kw_only=True):
    """A request that stores `size` bytes of a file from `offset` on."""

    number: int
    offset: int
    size: int
    request: SignedRequest


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is stored past the server. Without parts: not at all, send it through the server."""

    upload_id: str = ""
    """"" where the one part is the file."""
    parts: Sequence[SignedPart] = ()


def is_offered(place: Place, size: int) -> bool:
    """Whether a file of that size can go past the server."""
    return size >= MIN_BYTES and isinstance(place.store, SignsRequests)


def offer_upload(place: Place, size: int) -> Offer:
    """What a client sends to store the file `place`, of `size` bytes, past the server.

    Raises:
        InvalidParameter: The size is none that can be stored, or the path is that of a folder or below a file.
    """
    if not 0 <= size <= MAX_BYTES:
        raise InvalidParameter(f"Invalid value {size} for parameter 'size' supplied: give 0 to {MAX_BYTES} bytes.")
    store = place.store
    if not is_offered(place, size) or not isinstance(store, SignsRequests):
        return Offer()
    store.check_place(place.path)
    uploads = store.part_uploads
    if uploads is not None and size > PART_BYTES:
        upload_id = uploads.create(place.path)
        part_bytes = max(PART_BYTES, -(-size // MAX_PARTS))
        parts = [
            SignedPart(
                number=number,
                offset=offset,
                size=min(part_bytes, size - offset),
                request=uploads.sign_part(place.path, upload_id, number, SIGNED_SECONDS),
            )
            for number, offset in enumerate(range(0, size, part_bytes), start=1)
        ]
        return Offer(upload_id=upload_id, parts=parts)
    whole = store.sign("PUT", place.path, SIGNED_SECONDS) if size <= MAX_WHOLE_BYTES else None
    return Offer(parts=[SignedPart(number=1, offset=0, size=size, request=whole)] if whole else [])


def complete_upload(place: Place, upload_id: str, size: int, sha256: str, etags: Mapping[int, str]) -> StoredFile:
    """Makes the parts that a client has sent the file `place`, and says what is there now, to be recorded.

    Raises:
        InvalidParameter: A part is missing, or the digest is none.
        Conflict: What is there is not of that size: another client has stored the same file meanwhile.
        NotFound: There is no such upload, or the file is not there.
    """
    check_digest(sha256)
    store = place.store
    if not isinstance(store, SignsRequests):
        raise _not_offered()
    if upload_id:
        uploads = store.part_uploads
        if uploads is None:
            raise _not_offered()
        uploads.complete(place.path, upload_id, etags)
    version = store.version(place.path)
    if version is None:
        raise no_such_file(place.path)
    whole = "" if upload_id else etags.get(1, "").strip('"')
    if version.size != size or (whole and version.etag and whole != version.etag):
        raise Conflict(
            f"The file {place.path!r} that is stored now is not the one that was sent: it has {version.size} bytes where "
            f"{size} were sent, or somebody else stored another in the same moment. Send it again."
        )
    return StoredFile(path=place.path, size=size, sha256=sha256, modified_ns=version.modified_ns)


def abort_upload(place: Place, upload_id: str) -> None:
    """Discards the parts that were sent."""
    uploads = place.store.part_uploads if isinstance(place.store, SignsRequests) else None
    if uploads is not None and upload_id:
        uploads.abort(place.path, upload_id)


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is read past the server; without a request: not at all, ask the server for it."""

    request: SignedRequest | None = None
    size: int = 0
    modified_ns: int = 0


def link_download(place: Place) -> Link:
    """What a client sends to read the file `place` past the server.

    Raises:
        NotFound: There is no such file.
    """
    store = place.store
    if not isinstance(store, SignsRequests):
        return Link()
    version = store.version(place.path)
    if version is None:
        raise no_such_file(place.path)
    return Link(
        request=store.sign("GET", place.path, SIGNED_SECONDS), size=version.size, modified_ns=version.modified_ns
    )


def _not_offered() -> InvalidParameter:
    return InvalidParameter("The artifacts of this run do not go past the server. Send the file through the server.")
