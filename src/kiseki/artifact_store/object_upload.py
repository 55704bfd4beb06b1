"""A file on its way into an object store."""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Final, Self

from kiseki.artifact_store.object_errors import bucket_there, explained
from kiseki.artifact_store.object_version import file_version
from kiseki.artifact_store.protocol import StoredFile
from kiseki.base.errors import Conflict, InvalidParameter

PART_BYTES: Final = 16 << 20
"""A file up to this size is stored by one request, a larger one in parts of it."""

PARTS_AT_ONCE: Final = 4
WAITING_CHUNKS: Final = 8
"""So many chunks wait for a part at most; with the parts under way they are all that an upload keeps in memory."""

MAX_PARTS: Final = 10_000
"""What S3 allows."""

_ABORT_SECONDS: Final = 60.0


class ObjectUpload:
    """An `Upload` to an `ObjectStore`.

    Args:
        objects: The bucket, of obstore.
        key: Where to.
        path: The artifact's path, for messages and for the answer.
        check: Called right before the object appears; raises InvalidParameter when it must not.
        appeared: Called right after.
    """

    def __init__(
        self, objects: Any, key: str, path: str, check: Callable[[bool], None], appeared: Callable[[], None]
    ) -> None:
        self._objects = objects
        self._key = key
        self._path = path
        self._check = check
        self._appeared = appeared
        self._hash = hashlib.sha256()
        self._size = 0
        self._chunks: list[bytes] = []
        self._sender: _Sender | None = None
        self._open = True

    def write(self, chunk: bytes | memoryview) -> None:
        self._check_open()
        data = bytes(chunk)
        if self._size + len(data) > MAX_PARTS * PART_BYTES:
            raise InvalidParameter(
                f"The artifact {self._path!r} is too large: an object store takes up to {MAX_PARTS * PART_BYTES >> 30} GiB."
            )
        self._hash.update(data)
        self._size += len(data)
        if self._sender is None and self._size <= PART_BYTES:
            self._chunks.append(data)
            return
        with explained(self._path), bucket_there():
            if self._sender is None:
                self._sender = _Sender(self._objects, self._key)
                for waiting in self._chunks:
                    self._sender.put(waiting)
                self._chunks.clear()
            self._sender.put(data)

    def commit(self) -> StoredFile:
        self._check_open()
        try:
            with explained(self._path), bucket_there():
                # A long upload leaves time for somebody to put a folder there.
                self._check(self._sender is not None)
                result = self._sender.finish() if self._sender else self._put()
        except BaseException:
            self.abort()
            raise
        self._open = False
        self._appeared()
        return StoredFile(
            path=self._path, size=self._size, sha256=self._hash.hexdigest(), modified_ns=self._modified_ns(result)
        )

    def abort(self) -> None:
        if not self._open:
            return
        self._open = False
        self._chunks.clear()
        if self._sender is not None:
            self._sender.abandon()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()

    def _put(self) -> Any:
        return self._objects.put(self._key, b"".join(self._chunks), use_multipart=False)

    def _modified_ns(self, result: Any) -> int:
        """When the store says that the object came. Another writer's object in its place has another ETag."""
        stored = (result["e_tag"] or "").strip('"')
        with explained(self._path):
            try:
                now = file_version(self._objects.head(self._key))
            except FileNotFoundError:
                now = None
        return now.modified_ns if now is not None and stored in {"", now.etag} else -1

    def _check_open(self) -> None:
        if not self._open:
            raise Conflict(f"The upload of the artifact {self._path!r} has ended.")


class _Sender:
    """A thread that stores an object in parts while its bytes still come."""

    def __init__(self, objects: Any, key: str) -> None:
        self._objects = objects
        self._key = key
        self._changed = threading.Condition()
        self._chunks: deque[bytes] = deque()
        self._complete = False
        self._abandoned = False
        self._result: Any = None
        self._error: BaseException | None = None
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="kiseki-upload", daemon=True)
        self._thread.start()

    def put(self, chunk: bytes) -> None:
        """Hands over some bytes; waits while too many are under way. Raises what the store raised."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or len(self._chunks) < WAITING_CHUNKS)
            if self._error is not None:
                raise self._error
            self._chunks.append(chunk)
            self._changed.notify_all()

    def finish(self) -> Any:
        """Waits until the object is there and returns what the store says of it. Raises what the store raised."""
        with self._changed:
            self._complete = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._ended)
            if self._error is not None:
                raise self._error
            return self._result

    def abandon(self) -> None:
        """Ends the upload and removes its parts."""
        with self._changed:
            self._abandoned = True
            self._changed.notify_all()
        self._thread.join(_ABORT_SECONDS)

    def _run(self) -> None:
        try:
            # What the iterator raises makes obstore discard the parts.
            result = self._objects.put(
                self._key,
                self._handed_over(),
                use_multipart=True,
                chunk_size=PART_BYTES,
                max_concurrency=PARTS_AT_ONCE,
            )
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that writes
            with self._changed:
                self._error = error
                self._ended = True
                self._chunks.clear()
                self._changed.notify_all()
            return
        with self._changed:
            self._result = result
            self._ended = True
            self._changed.notify_all()

    def _handed_over(self) -> Iterator[bytes]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._chunks or self._complete or self._abandoned)
                if self._abandoned:
                    raise _Abandoned
                if not self._chunks:
                    return
                chunk = self._chunks.popleft()
                self._changed.notify_all()
            yield chunk


class _Abandoned(Exception):
    """Nobody wants the object any more."""
