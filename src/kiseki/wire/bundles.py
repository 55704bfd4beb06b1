"""Many small files in one request: a line of JSON that says what comes, then its bytes, and so on.

    {"path":"a/b.txt","size":5,"sha256":"..."}
    hello{"path":"c.txt","size":0}

The same in both directions. A file that can not be sent is a line with `error_code` and `message`, and no bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.base.learned import learned

MEDIA_TYPE: Final = "application/vnd.kiseki.bundle"

MAX_FILES: Final = 1000
MAX_FILE_BYTES: Final = 256 << 10
"""A larger file gains nothing from company."""

MAX_BYTES: Final = 8 << 20
"""Of a request that stores files: so much the server keeps in memory until the disk has it."""

MAX_LINE_BYTES: Final = 32 << 10


class Member(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """What a line says of a file. `sha256` may be absent; who reads the file compares it."""

    path: str
    size: int = 0
    sha256: str = ""
    error_code: str = ""
    message: str = ""


class BundleRef(msgspec.Struct, kw_only=True, omit_defaults=True):
    """PUT artifacts/bundles: the folder of the artifact proxy below which the paths of the files lie."""

    path: str = ""


class RefusedFile(msgspec.Struct, kw_only=True):
    """A file that was not stored, and the error that it alone would have been answered with."""

    path: str
    error_code: str
    message: str


class BundleAnswer(msgspec.Struct, kw_only=True):
    """How many files are stored, durably, and which are not."""

    stored: int
    refused: list[RefusedFile] = []


class AskBundle(msgspec.Struct, kw_only=True):
    """POST artifacts/bundles: files below a folder of the artifact proxy, which are sent in this order."""

    path: str = ""
    files: list[str]


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(learned(Member)).decode


def packed(member: Member, content: bytes = b"") -> bytes:
    """A file as it travels."""
    return b"%b\n%b" % (_encode(member), content)


def unpacked(chunks: Iterable[bytes | bytearray]) -> Iterator[tuple[Member, bytes]]:
    """The files in a stream, which memory holds one of at a time, beside the chunk that it came with.

    Raises:
        InvalidParameter: What comes is no bundle, or ends in the middle of a file; those before it were given out.
    """
    waiting = bytearray()
    member: Member | None = None
    for chunk in chunks:
        waiting += chunk
        start = 0
        while True:
            if member is None:
                end = waiting.find(b"\n", start, start + MAX_LINE_BYTES)
                if end < 0:
                    if len(waiting) - start >= MAX_LINE_BYTES:
                        raise _no_bundle(f"a line is longer than {MAX_LINE_BYTES} bytes")
                    break
                member = _member(waiting[start:end])
                start = end + 1
            if len(waiting) - start < member.size:
                break
            yield member, bytes(waiting[start : start + member.size])
            start += member.size
            member = None
        del waiting[:start]
    if member is not None or waiting:
        raise _no_bundle("it ends in the middle of a file")


def _member(line: bytearray) -> Member:
    try:
        member = _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _no_bundle(f"a line does not say which file comes ({error})") from None
    if not 0 <= member.size <= MAX_FILE_BYTES:
        raise _no_bundle(
            f"{member.path[:200]!r} has {member.size} bytes where up to {MAX_FILE_BYTES} travel together; send it alone"
        )
    return member


def _no_bundle(reason: str) -> InvalidParameter:
    return InvalidParameter(f"Invalid bundle of files: {reason}.")
