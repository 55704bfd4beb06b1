"""Small files one by one or side by side, for stores that have no way of their own for many at once."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from hashlib import sha256
from typing import Final, TypeVar

from kiseki.artifact_store.paths import check_path
from kiseki.artifact_store.protocol import ArtifactStore, SmallFile, StoredFile
from kiseki.base.errors import Conflict, InvalidParameter, KisekiError, PayloadTooLarge

A = TypeVar("A")
B = TypeVar("B")

AT_ONCE: Final = 16
"""So many files are on their way at a time, whoever asks."""


def read_small(store: ArtifactStore, path: str, max_bytes: int) -> SmallFile | KisekiError:
    """Reads one file whole; its error is returned, not raised."""
    try:
        with store.open_download(path) as file:
            if file.size > max_bytes:
                return PayloadTooLarge(f"The artifact {path!r} has {file.size} bytes, over {max_bytes}: read it alone.")
            content = file.read()
            if len(content) != file.size:
                return Conflict(f"The artifact {path!r} changed while it was read. Read it again.")
            return SmallFile(path=path, content=content, modified_ns=file.modified_ns)
    except KisekiError as error:
        return error


def described(file: SmallFile) -> StoredFile | InvalidParameter:
    """What a file will be once it is stored, but for its time; the error where its path is none."""
    try:
        path = check_path(file.path)
    except InvalidParameter as error:
        return error
    return StoredFile(path=path, size=len(file.content), sha256=sha256(file.content).hexdigest())


def side_by_side(call: Callable[[A], B], items: Iterable[A]) -> list[B | KisekiError]:
    """The results of a function for some items in their order, several at a time; its errors are results, too."""

    def guarded(item: A) -> B | KisekiError:
        try:
            return call(item)
        except KisekiError as error:
            return error

    return list(_threads(os.getpid()).map(guarded, items))


def read_side_by_side(store: ArtifactStore, paths: Sequence[str], max_bytes: int) -> Iterator[SmallFile | KisekiError]:
    """`ArtifactStore.read_files` for such a store; a few files are read ahead of who takes them."""
    coming: deque[Future[SmallFile | KisekiError]] = deque()
    for path in paths:
        coming.append(_threads(os.getpid()).submit(read_small, store, path, max_bytes))
        if len(coming) >= AT_ONCE:
            yield coming.popleft().result()
    while coming:
        yield coming.popleft().result()


@lru_cache(maxsize=1)
def _threads(process: int) -> ThreadPoolExecutor:
    # One after a fork has no threads.
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix=f"kiseki-small-{process}")
