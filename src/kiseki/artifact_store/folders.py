"""Folders on disk, opened one component at a time so that no symbolic link is ever followed.

A path that is checked and then opened by name can be changed in between. Here each component is opened relative to the
folder that is already open (`openat`), with O_NOFOLLOW, so whatever is put in its place meanwhile is refused.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from kiseki.base.errors import InvalidParameter, KisekiError, NotFound, PermissionDenied, StorageFull, Unavailable

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600

# Windows has none of these; a store refuses to be made there.
NOFOLLOW: Final[int] = getattr(os, "O_NOFOLLOW", 0)
CLOEXEC: Final[int] = getattr(os, "O_CLOEXEC", 0)
_OPEN_FOLDER: Final[int] = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | NOFOLLOW | CLOEXEC

HAS_OPENAT: Final = os.open in os.supports_dir_fd and NOFOLLOW != 0

NOT_A_FOLDER: Final = frozenset({errno.ENOTDIR, errno.ELOOP, errno.EMLINK})
"""What the systems say when a component is a file or a symbolic link (EMLINK on FreeBSD)."""


@contextmanager
def opened_folder(root: Path, segments: Sequence[str]) -> Iterator[int]:
    """The descriptor of the folder `segments` below `root`, closed at the end.

    Raises:
        OSError: With ENOENT when it is missing, one of `NOT_A_FOLDER` when a component is not a folder.
    """
    folder = _descend(os.open(root, _OPEN_FOLDER), segments)
    try:
        yield folder
    finally:
        os.close(folder)


@contextmanager
def made_folder(root: Path, segments: Sequence[str], *, durable: bool = True) -> Iterator[int]:
    """As `opened_folder`, and makes what is missing, the root included, for the owner alone.

    With `durable` each new folder's entry is on disk before anything is put into the folder.
    """
    try:
        folder = os.open(root, _OPEN_FOLDER)
    except FileNotFoundError:
        _make_root(root, durable=durable)
        folder = os.open(root, _OPEN_FOLDER)
    try:
        for segment in segments:
            child = _open_or_make(folder, segment, durable=durable)
            os.close(folder)
            folder = child
        yield folder
    finally:
        os.close(folder)


def exists(name: str, folder: int) -> bool:
    """Whether an open folder has something of that name, be it a link."""
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


@contextmanager
def explained(path: str) -> Iterator[None]:
    """Turns the errors of the operating system into kiseki's, naming `path`, never the root."""
    try:
        yield
    except OSError as error:
        raise explain(error, path) from error


def explain(error: OSError, path: str) -> KisekiError:
    """The error for `error` at the relative path `path`."""
    shown = repr(path or ".")
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return StorageFull(f"No space is left for the artifact {shown}; free some or raise the quota.")
        case errno.EROFS:
            return Unavailable(f"The artifact {shown} can not be written: the artifact store is read-only.")
        case errno.EACCES | errno.EPERM:
            return PermissionDenied(f"The process may not access the artifact {shown}; check the owner of the folder.")
        case errno.ENOENT:
            return NotFound(f"No such artifact: {shown}")
        case errno.ENAMETOOLONG | errno.EILSEQ | errno.EINVAL:
            return InvalidParameter(f"Invalid path {shown}: the file system does not take this name.")
        case errno.EXDEV:
            return InvalidParameter(f"The artifact {shown} lies on another file system than the root of its store.")
        case code if code in NOT_A_FOLDER:
            return InvalidParameter(f"Invalid path {shown}: a part of it is a file or a link, not a folder.")
        case errno.EISDIR:
            return InvalidParameter(f"Invalid path {shown}: it is a folder, not a file.")
        case _:
            reason = os.strerror(error.errno) if error.errno else "unknown"
            return Unavailable(f"The artifact {shown} can not be accessed now: {reason}.")


def _descend(folder: int, segments: Sequence[str]) -> int:
    try:
        for segment in segments:
            child = os.open(segment, _OPEN_FOLDER, dir_fd=folder)
            os.close(folder)
            folder = child
    except BaseException:
        os.close(folder)
        raise
    return folder


def _open_or_make(folder: int, segment: str, *, durable: bool) -> int:
    try:
        return os.open(segment, _OPEN_FOLDER, dir_fd=folder)
    except FileNotFoundError:
        # Another writer may make it first.
        with suppress(FileExistsError):
            os.mkdir(segment, FOLDER_MODE, dir_fd=folder)
        if durable:
            os.fsync(folder)
        return os.open(segment, _OPEN_FOLDER, dir_fd=folder)


def _make_root(root: Path, *, durable: bool) -> None:
    missing = [root]
    while not (parent := missing[-1].parent).exists():
        missing.append(parent)
    for folder in reversed(missing):
        with suppress(FileExistsError):
            folder.mkdir(FOLDER_MODE)
        if durable:
            parent_descriptor = os.open(folder.parent, os.O_RDONLY | CLOEXEC)
            try:
                os.fsync(parent_descriptor)
            finally:
                os.close(parent_descriptor)
