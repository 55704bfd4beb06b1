"""Artifacts in a folder on a local disk or a mounted network drive.

Below the root nothing is followed that is not a plain folder or file, see `kiseki.artifact_store.folders`. An upload is
written into `.kiseki-uploads` under the root, forced to disk and renamed to its place, so readers see the old file or
the new one, whole. The folder goes when it is empty as a store ends. Folders get the mode 0700 and files 0600.
"""

from __future__ import annotations

import errno
import io
import os
import secrets
import shutil
import stat as stat_modes
import time
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from kiseki.artifact_store.disk_upload import ATTEMPTS, UPLOADS, DiskUpload, check_place, commit_all
from kiseki.artifact_store.folders import (
    CLOEXEC,
    FILE_MODE,
    HAS_OPENAT,
    NOFOLLOW,
    NOT_A_FOLDER,
    exists,
    explain,
    explained,
    made_folder,
    opened_folder,
)
from kiseki.artifact_store.paths import RESERVED_NAME, check_path, is_valid_path
from kiseki.artifact_store.protocol import FileInfo, SmallFile, StoredFile
from kiseki.artifact_store.small_files import read_small
from kiseki.base.errors import Conflict, InvalidParameter, KisekiError, NotFound, NotImplementedByKiseki

LITTER_SECONDS: Final = 24 * 60 * 60
"""An unfinished upload that nobody has written to for so long is removed when its store is opened."""

OPEN_FILES: Final = 64
"""So many files are written before the first of them is waited for. Each is open meanwhile."""

_OPEN_TEMPORARY: Final[int] = os.O_WRONLY | os.O_CREAT | os.O_EXCL | NOFOLLOW | CLOEXEC
# A fifo would block without O_NONBLOCK, and a terminal would become this process's own without O_NOCTTY.
_OPEN_FILE: Final[int] = os.O_RDONLY | NOFOLLOW | CLOEXEC | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


class DiskStore:
    """An `ArtifactStore` in the folder `root`, which is made by the first upload.

    `root` may be a symbolic link; it is resolved once, here. Several stores, threads and processes may share a root.

    Args:
        root: The folder; relative means relative to the current folder of now.
        durable: Whether `commit` forces data and names to the disk. Without it an upload may be lost with the power,
            which suits caches.
    """

    def __init__(self, root: Path, *, durable: bool = True) -> None:
        if not HAS_OPENAT:
            raise NotImplementedByKiseki(
                "Artifact folders need a system with openat and O_NOFOLLOW (Linux, macOS, BSD); "
                "on this one, send artifacts through a kiseki server."
            )
        self._root = Path(os.path.realpath(root))
        self._durable = durable
        with suppress(OSError):
            self._remove_litter()
        # Left behind, the empty folder would show below every run that is written without a server. Removing it after
        # each upload instead would cost more than the upload of a small file.
        weakref.finalize(self, _remove_uploads_folder, self._root)

    def open_upload(self, path: str) -> DiskUpload:
        segments = check_path(path).split("/")
        with explained(path):
            check_place(self._root, segments)
            for _ in range(ATTEMPTS):
                with suppress(FileNotFoundError), made_folder(self._root, UPLOADS, durable=False) as uploads:
                    return self._begin(segments, uploads)
        raise Conflict(f"The artifact {path!r} can not be written: its store is being removed at the same time.")

    def open_download(self, path: str) -> DiskDownload:
        segments = check_path(path).split("/")
        with explained(path):
            try:
                with opened_folder(self._root, segments[:-1]) as folder:
                    file = os.open(segments[-1], _OPEN_FILE, dir_fd=folder)
            except OSError as error:
                # Sockets and devices without a driver answer ENXIO.
                if error.errno in NOT_A_FOLDER or error.errno == errno.ENXIO:
                    raise NotFound(f"No such artifact: {path!r}") from error
                raise
            status = os.fstat(file)
            if stat_modes.S_ISREG(status.st_mode):
                return DiskDownload(file, size=status.st_size, modified_ns=status.st_mtime_ns, path=path)
            os.close(file)
        if stat_modes.S_ISDIR(status.st_mode):
            raise InvalidParameter(f"Invalid path {path!r}: it is a folder, not a file.")
        raise NotFound(f"No such artifact: {path!r}")

    def store_files(self, files: Sequence[SmallFile]) -> Sequence[StoredFile | KisekiError]:
        groups = (files[start : start + OPEN_FILES] for start in range(0, len(files), OPEN_FILES))
        return [stored for group in groups for stored in self._store_group(group)]

    def read_files(self, paths: Sequence[str], max_bytes: int) -> Iterator[SmallFile | KisekiError]:
        return (read_small(self, path, max_bytes) for path in paths)

    def list(self, path: str) -> list[FileInfo]:
        checked = check_path(path, folder=True)
        prefix = f"{checked}/" if checked else ""
        found = []
        with explained(path):
            try:
                with opened_folder(self._root, _segments(checked)) as folder, os.scandir(folder) as entries:
                    for entry in entries:
                        info = _describe(entry, prefix)
                        if info is not None:
                            found.append(info)
            except OSError as error:
                if not _is_absent(error):
                    raise
        found.sort(key=lambda info: info.path)
        return found

    def stat(self, path: str) -> FileInfo | None:
        checked = check_path(path, folder=True)
        segments = _segments(checked)
        with explained(path):
            try:
                with opened_folder(self._root, segments[:-1]) as folder:
                    status = os.stat(segments[-1] if segments else ".", dir_fd=folder, follow_symlinks=False)
            except OSError as error:
                if _is_absent(error):
                    return None
                raise
        if stat_modes.S_ISDIR(status.st_mode):
            return FileInfo(path=checked, is_dir=True, file_size=None)
        if stat_modes.S_ISREG(status.st_mode):
            return FileInfo(path=checked, is_dir=False, file_size=status.st_size)
        return None

    def walk(self, path: str) -> Iterator[FileInfo]:
        start = self.stat(path)
        if start is None:
            return
        # A folder is opened again from the root when its turn comes: no descriptor is held while the caller works.
        pending = [start]
        while pending:
            info = pending.pop()
            if info.is_dir:
                pending.extend(reversed(self.list(info.path)))
            else:
                yield info

    def times(self, paths: Sequence[str]) -> Sequence[int | None]:
        found: dict[str, int] = {}
        for folder, together in groupby(map(check_path, paths), key=lambda path: path.rpartition("/")[0]):
            with explained(folder):
                try:
                    with opened_folder(self._root, _segments(folder)) as descriptor:
                        found.update(_times(descriptor, together))
                except OSError as error:
                    if not _is_absent(error):
                        raise
        return [found.get(path) for path in paths]

    def delete(self, path: str) -> None:
        checked = check_path(path, folder=True)
        if not checked:
            raise InvalidParameter("Invalid path '': the root of a store is not deleted; name what is in it.")
        segments = checked.split("/")
        name = segments[-1]
        with explained(path):
            try:
                with opened_folder(self._root, segments[:-1]) as parent:
                    status = os.stat(name, dir_fd=parent, follow_symlinks=False)
                    if stat_modes.S_ISREG(status.st_mode):
                        os.unlink(name, dir_fd=parent)
                    elif stat_modes.S_ISDIR(status.st_mode):
                        self._delete_folder(parent, name)
                    else:
                        raise InvalidParameter(f"Invalid path {path!r}: it is neither a file nor a folder.")
            except OSError as error:
                if not _is_absent(error):
                    raise

    def _begin(self, segments: Sequence[str], uploads: int) -> DiskUpload:
        name = secrets.token_hex(16)
        file = os.open(name, _OPEN_TEMPORARY, FILE_MODE, dir_fd=uploads)
        return DiskUpload(self, self._root, segments, name, file, durable=self._durable)

    def _begin_among(self, path: str, uploads: int) -> DiskUpload:
        """As `open_upload`, where the folder of unfinished uploads is open. The place is looked at by `commit`."""
        segments = check_path(path).split("/")
        try:
            return self._begin(segments, uploads)
        except FileNotFoundError:
            return self.open_upload(path)
        except OSError as error:
            raise explain(error, path) from error

    def _store_group(self, files: Sequence[SmallFile]) -> Sequence[StoredFile | KisekiError]:
        begun: list[DiskUpload | KisekiError] = []
        with ExitStack() as stack:
            try:
                uploads = stack.enter_context(made_folder(self._root, UPLOADS, durable=False))
            except OSError as error:
                return [explain(error, file.path) for file in files]
            for file in files:
                try:
                    upload = stack.enter_context(self._begin_among(file.path, uploads))
                    upload.write(file.content)
                    begun.append(upload)
                except KisekiError as error:
                    begun.append(error)
            committed = iter(commit_all([one for one in begun if isinstance(one, DiskUpload)]))
            return [one if isinstance(one, KisekiError) else next(committed) for one in begun]

    def _delete_folder(self, parent: int, name: str) -> None:
        # Moved away first, so that it is gone at once and nothing can be added while it is emptied.
        for _ in range(ATTEMPTS):
            trash = secrets.token_hex(16)
            try:
                with made_folder(self._root, UPLOADS, durable=False) as uploads:
                    os.rename(name, trash, src_dir_fd=parent, dst_dir_fd=uploads)
                    _remove_tree(trash, uploads)
                break
            except FileNotFoundError:
                if not exists(name, parent):
                    break
            except OSError as error:
                # A mount point, or what lies below one, can not be moved into the root.
                if error.errno not in {errno.EXDEV, errno.EBUSY}:
                    raise
                _remove_tree(name, parent)
                break

    def _remove_litter(self) -> None:
        oldest = time.time() - LITTER_SECONDS
        with opened_folder(self._root, UPLOADS) as uploads:
            with os.scandir(uploads) as entries:
                stale = [entry for entry in entries if entry.stat(follow_symlinks=False).st_mtime < oldest]
            for entry in stale:
                if entry.is_dir(follow_symlinks=False):
                    _remove_tree(entry.name, uploads)
                else:
                    os.unlink(entry.name, dir_fd=uploads)


class DiskDownload:
    """A `Download` from a `DiskStore`."""

    def __init__(self, file: int, *, size: int, modified_ns: int, path: str) -> None:
        self._file = io.FileIO(file, "rb")
        self._size = size
        self._modified_ns = modified_ns
        self._path = path

    @property
    def size(self) -> int:
        return self._size

    @property
    def modified_ns(self) -> int:
        return self._modified_ns

    @property
    def closed(self) -> bool:
        """Whether `close` was called, as files have it."""
        return self._file.closed

    def read(self, max_bytes: int = -1, /) -> bytes:
        with explained(self._path):
            # None is the answer of a file that would block, which a regular file does not.
            return self._file.read(max_bytes) or b""

    def readable(self) -> bool:
        """True, as files have it."""
        return True

    def seekable(self) -> bool:
        """True, as files have it."""
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _times(folder: int, paths: Iterable[str]) -> Iterator[tuple[str, int]]:
    for path in paths:
        with suppress(FileNotFoundError):
            status = os.stat(path.rpartition("/")[2], dir_fd=folder, follow_symlinks=False)
            if stat_modes.S_ISREG(status.st_mode):
                yield path, status.st_mtime_ns


def _segments(checked: str) -> list[str]:
    return checked.split("/") if checked else []


def _is_absent(error: OSError) -> bool:
    return error.errno == errno.ENOENT or error.errno in NOT_A_FOLDER


def _describe(entry: os.DirEntry[str], prefix: str) -> FileInfo | None:
    path = prefix + entry.name
    if not is_valid_path(path):
        return None
    if entry.is_dir(follow_symlinks=False):
        return FileInfo(path=path, is_dir=True, file_size=None)
    if not entry.is_file(follow_symlinks=False):
        return None
    try:
        return FileInfo(path=path, is_dir=False, file_size=entry.stat(follow_symlinks=False).st_size)
    except FileNotFoundError:
        return None


def _remove_tree(name: str, folder: int) -> None:
    # Two who empty the same folder may each find the other's work done, and a writer who opened a folder in it before
    # may still add a file. Either way the rest is removed by another turn.
    while exists(name, folder):
        try:
            shutil.rmtree(name, dir_fd=folder)
        except OSError as error:
            if error.errno not in {errno.ENOENT, errno.ENOTEMPTY}:
                raise


def _remove_uploads_folder(root: Path) -> None:
    # It stays when it is not empty, and whoever was about to use it makes it again.
    with suppress(OSError), opened_folder(root, ()) as folder:
        os.rmdir(RESERVED_NAME, dir_fd=folder)
