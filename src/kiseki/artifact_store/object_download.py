"""A file on its way out of an object store."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from kiseki.artifact_store.object_errors import explained
from kiseki.artifact_store.object_version import file_version
from kiseki.artifact_store.protocol import FileVersion
from kiseki.base.errors import Conflict, Unavailable

FIRST_BYTES: Final = 1 << 20
"""What opening a file brings along: a small file is there with one request, and stays what it was."""

BLOCK_BYTES: Final = 4 << 20
MAX_AHEAD: Final = 4
"""So many blocks are fetched at once for whoever reads on and on."""

_THREADS: Final = 16


def open_object(objects: Any, key: str, path: str) -> ObjectDownload | None:
    """The object `key` with its first bytes; None when there is none."""
    from obstore.exceptions import BaseError

    try:
        answer = objects.get(key, options={"range": (0, FIRST_BYTES)})
    except FileNotFoundError:
        return None
    except BaseError as error:
        # An empty object has no first byte, and stores differ in how they say so.
        if "range" not in str(error).lower():
            raise
        try:
            version = file_version(objects.head(key))
        except FileNotFoundError:
            return None
        if version.size:
            raise
        return ObjectDownload(objects, key, path, version, b"")
    version = file_version(answer.meta)
    return ObjectDownload(objects, key, path, version, bytes(answer.bytes()))


class ObjectDownload:
    """A `Download` from an `ObjectStore`.

    Beyond its first MiB it is fetched in blocks while they are read, and by their ETag, so that all are of one file. The
    longer it is read without `seek`, the more of them are fetched ahead, at most 20 MiB.
    """

    def __init__(self, objects: Any, key: str, path: str, version: FileVersion, first: bytes) -> None:
        self._objects = objects
        self._key = key
        self._path = path
        self._version = version
        self._position = 0
        self._start = 0
        self._block = memoryview(first)
        self._ahead: deque[_Block] = deque()
        self._blocks_read = 0
        self._closed = False

    @property
    def size(self) -> int:
        return self._version.size

    @property
    def modified_ns(self) -> int:
        return self._version.modified_ns

    @property
    def closed(self) -> bool:
        """Whether `close` was called, as files have it."""
        return self._closed

    def read(self, max_bytes: int = -1, /) -> bytes:
        if max_bytes < 0:
            return b"".join(iter(lambda: self._read(BLOCK_BYTES), b""))
        return self._read(max_bytes) if max_bytes else b""

    def readable(self) -> bool:
        """True, as files have it."""
        return True

    def seekable(self) -> bool:
        """True, as files have it."""
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        base = {0: 0, 1: self._position, 2: self.size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def close(self) -> None:
        self._closed = True
        self._block = memoryview(b"")
        self._drop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self, max_bytes: int) -> bytes:
        if self._closed:
            raise ValueError("read of a file that was closed")
        if self._position >= self.size:
            return b""
        if not self._start <= self._position < self._start + len(self._block):
            self._advance()
        offset = self._position - self._start
        data = bytes(self._block[offset : offset + max_bytes])
        self._position += len(data)
        return data

    def _advance(self) -> None:
        """Makes the block at the position the current one, and sees to those behind it."""
        if self._position != self._start + len(self._block):
            self._drop()
        if not self._ahead:
            # Who jumps about may want few bytes of each place.
            self._fetch(self._position, BLOCK_BYTES if self._blocks_read else FIRST_BYTES)
        current = self._ahead.popleft()
        end = self._ahead[-1].end if self._ahead else current.end
        while len(self._ahead) < min(self._blocks_read, MAX_AHEAD) and end < self.size:
            end = self._fetch(end, BLOCK_BYTES)
        self._blocks_read += 1
        with explained(self._path):
            try:
                block = current.coming.result()
            except FileNotFoundError:
                raise Conflict(f"The artifact {self._path!r} was deleted while it was read.") from None
        if len(block) != current.end - current.start:
            raise Unavailable(f"The object store gave {len(block)} bytes of {self._path!r} where more were asked for.")
        self._start, self._block = current.start, block

    def _fetch(self, start: int, length: int) -> int:
        # Ends where stores that keep pieces have the end of one.
        end = min(self.size, (start // length + 1) * length)
        self._ahead.append(_Block(start, end, _threads(os.getpid()).submit(self._get, start, end)))
        return end

    def _get(self, start: int, end: int) -> memoryview:
        options: dict[str, Any] = {"range": (start, end)}
        if self._version.etag:
            options["if_match"] = f'"{self._version.etag}"'
        return memoryview(self._objects.get(self._key, options=options).bytes())

    def _drop(self) -> None:
        for block in self._ahead:
            block.coming.cancel()
        self._ahead.clear()
        self._blocks_read = 0


class _Block(NamedTuple):
    """A block on its way."""

    start: int
    end: int
    coming: Future[memoryview]


@lru_cache(maxsize=1)
def _threads(process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="kiseki-download")
