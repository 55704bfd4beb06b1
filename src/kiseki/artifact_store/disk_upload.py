"""Files on their way to a folder on disk: one, or many whose waits for the disk are shared."""

from __future__ import annotations

import hashlib
import io
import os
import stat as stat_modes
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from kiseki.artifact_store.folders import exists, explain, explained, made_folder, opened_folder
from kiseki.artifact_store.paths import RESERVED_NAME
from kiseki.artifact_store.protocol import StoredFile
from kiseki.artifact_store.small_files import side_by_side
from kiseki.base.errors import Conflict, InvalidParameter, KisekiError

UPLOADS: Final = (RESERVED_NAME,)
"""The folder of unfinished uploads, below the root."""

ATTEMPTS: Final = 100
"""So often a folder is made that others take away before it is used."""

WRITEBACK_BYTES: Final = 8 << 20
"""After so many bytes the kernel is asked to begin with them, so that little is left when the file ends."""

WAITED_FOR: Final = 4
"""So many files of a group are waited for side by side; more threads cost more than they bring."""


class DiskUpload:
    """An `Upload` to a `DiskStore`.

    Args:
        store: Held, so that the store ends, and tidies up, after its last upload.
        root: The store's folder.
        segments: The checked path below it.
        temporary: The name in the folder of unfinished uploads.
        file: The descriptor of that file.
        durable: Whether committing forces data and names to the disk.
    """

    def __init__(
        self, store: object, root: Path, segments: Sequence[str], temporary: str, file: int, *, durable: bool
    ) -> None:
        self.path = "/".join(segments)
        self.folder = segments[:-1]
        self.root = root
        self.durable = durable
        self._store = store
        self._name = segments[-1]
        self._temporary = temporary
        self._file = io.FileIO(file, "wb")
        self._hash = hashlib.sha256()
        self._size = 0
        self._begun = 0
        self._modified_ns = 0
        self._open = True
        self._whole = True

    def write(self, chunk: bytes | memoryview) -> None:
        self.check_open()
        self._whole = False
        with explained(self.path):
            rest = memoryview(chunk).cast("B")
            while rest:
                rest = rest[self._file.write(rest) :]
            self._hash.update(chunk)
            self._size += memoryview(chunk).nbytes
            if self._size - self._begun >= WRITEBACK_BYTES:
                self.begin_writeback()
        self._whole = True

    def commit(self) -> StoredFile:
        self.check_open()
        (stored,) = commit_all([self])
        if isinstance(stored, KisekiError):
            raise stored
        return stored

    def abort(self) -> None:
        if not self._open:
            return
        self._open = False
        with suppress(OSError):
            self._file.close()
        with suppress(OSError), opened_folder(self.root, UPLOADS) as uploads:
            os.unlink(self._temporary, dir_fd=uploads)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()

    # The steps of `commit_all`, in their order.

    def check_open(self) -> None:
        """Raises Conflict when the upload has ended."""
        if not self._open:
            raise Conflict(f"The upload of the artifact {self.path!r} has ended.")

    def finish(self) -> None:
        """Gives the file its time. Raises Conflict when a part of it was not written."""
        self.check_open()
        if not self._whole:
            raise Conflict(f"The artifact {self.path!r} can not be stored: a part of it was not written.")
        # The kernel's own clock stands still for milliseconds, in which a name may get two files.
        now = time.time_ns()
        os.utime(self._file.fileno(), ns=(now, now))

    def begin_writeback(self) -> None:
        """Has the kernel begin to bring to the disk what was written since the last time, without waiting for it."""
        if self.durable and hasattr(os, "posix_fadvise"):
            # What is not on its way yet is sent off; what is dirty or on its way stays in memory.
            os.posix_fadvise(self._file.fileno(), self._begun, self._size - self._begun, os.POSIX_FADV_DONTNEED)
        self._begun = self._size

    def sync(self) -> None:
        """Waits until the file is on the disk."""
        if self.durable:
            os.fsync(self._file.fileno())
        self._modified_ns = os.fstat(self._file.fileno()).st_mtime_ns
        self._file.close()

    def move(self, uploads: int, folder: int) -> None:
        """Gives the file its name.

        Raises:
            InvalidParameter: A folder has that name.
            FileNotFoundError: The folder was deleted since it was opened.
            Conflict: The file was.
        """
        _check_target(folder, self._name, self.path)
        try:
            os.rename(self._temporary, self._name, src_dir_fd=uploads, dst_dir_fd=folder)
        except FileNotFoundError:
            if exists(self._temporary, uploads):
                raise
            raise _deleted(self.path) from None
        self._open = False

    @property
    def stored(self) -> StoredFile:
        """What was stored, once it is."""
        return StoredFile(path=self.path, size=self._size, sha256=self._hash.hexdigest(), modified_ns=self._modified_ns)


def commit_all(uploads: Sequence[DiskUpload]) -> list[StoredFile | KisekiError]:
    """Commits uploads to one root, and returns for each, in their order, what was stored or why it was not.

    The kernel is told of all files before the first is waited for, and several are waited for side by side, so that one
    commit of the file system's journal serves many. A folder is forced to disk once for all files that come after each
    other and lie in it.
    """
    failed: dict[int, KisekiError] = {}

    def each(step: Callable[[DiskUpload], None], numbers: range = range(len(uploads))) -> None:
        for number in numbers:
            if number not in failed:
                try:
                    with explained(uploads[number].path):
                        step(uploads[number])
                except KisekiError as error:
                    failed[number] = error

    try:
        each(DiskUpload.finish)
        if len(uploads) > 1:
            each(DiskUpload.begin_writeback)
            shares = [range(start, len(uploads), WAITED_FOR) for start in range(WAITED_FOR)]
            side_by_side(partial(each, DiskUpload.sync), shares)
        else:
            each(DiskUpload.sync)
        synced = [(number, upload) for number, upload in enumerate(uploads) if number not in failed]
        for _, together in groupby(synced, key=lambda one: one[1].folder):
            failed |= _move_all(dict(together))
    finally:
        for upload in uploads:
            upload.abort()
    return [failed.get(number) or upload.stored for number, upload in enumerate(uploads)]


def check_place(root: Path, segments: Sequence[str]) -> None:
    """Raises InvalidParameter when no file can have a path: a folder has it, or it lies below a file."""
    with suppress(FileNotFoundError), opened_folder(root, segments[:-1]) as folder:
        _check_target(folder, segments[-1], "/".join(segments))


def _move_all(uploads: dict[int, DiskUpload]) -> dict[int, KisekiError]:
    """Gives files of one folder their names, and returns the errors by the numbers of the uploads."""
    first = next(iter(uploads.values()))
    waiting = deque(uploads)
    failed: dict[int, KisekiError] = {}
    for _ in range(ATTEMPTS):
        try:
            with (
                opened_folder(first.root, UPLOADS) as temporary,
                made_folder(first.root, first.folder, durable=first.durable) as folder,
            ):
                while waiting:
                    upload = uploads[waiting[0]]
                    try:
                        upload.move(temporary, folder)
                    except FileNotFoundError:
                        raise
                    except OSError as error:
                        failed[waiting[0]] = explain(error, upload.path)
                    except KisekiError as error:
                        failed[waiting[0]] = error
                    waiting.popleft()
                if first.durable:
                    os.fsync(folder)
            return failed
        except FileNotFoundError:
            # The folder was deleted between its opening and the renaming.
            continue
        except OSError as error:
            return {number: explain(error, upload.path) for number, upload in uploads.items()} | failed
    return failed | {number: _deleted(uploads[number].path) for number in waiting}


def _deleted(path: str) -> Conflict:
    return Conflict(f"The artifact {path!r} was deleted while it was written; send it again.")


def _check_target(folder: int, name: str, path: str) -> None:
    try:
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return
    if stat_modes.S_ISDIR(mode):
        raise InvalidParameter(f"Invalid path {path!r}: it is a folder, not a file.")
    if not stat_modes.S_ISREG(mode):
        raise InvalidParameter(f"Invalid path {path!r}: it is a link or a device, not a file.")
