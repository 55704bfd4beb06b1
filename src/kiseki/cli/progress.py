"""Progress bars on long work: on stderr, and only when that is a terminal."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Iterator, Sequence
from itertools import compress
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

import click

from kiseki.artifact_store.forwarding import ForwardedDownload, ForwardedUpload
from kiseki.artifact_store.protocol import ArtifactStore, Download, FileInfo, SmallFile, StoredFile, Upload
from kiseki.base.errors import KisekiError
from kiseki.client.artifacts import SendsFiles


class Progress:
    """How far work is, in whatever it counts; silent without a terminal. Safe for use by several threads.

    A context manager.

    Args:
        label: What is being done.
        total: How much there is to do; 0 when `expect` will tell, None when nobody knows.
    """

    def __init__(self, label: str, total: int | None) -> None:
        self._lock = threading.Lock()
        self._bar: Any = None
        if sys.stderr.isatty():
            # click knows a bar of unknown length by an iterable that has none.
            unknown = iter(int, 1) if total is None else None
            self._bar = click.progressbar(unknown, total, label, file=sys.stderr, show_pos=total is None)

    def expect(self, more: int) -> None:
        """Adds to what there is to do."""
        if self._bar is not None:
            with self._lock:
                self._bar.length += more

    def advance(self, done: int) -> None:
        """Adds to what is done; less than nothing takes back."""
        if self._bar is not None:
            with self._lock:
                self._bar.update(done)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.__exit__(kind, error, trace)


def watched(store: ArtifactStore, progress: Progress) -> ArtifactStore:
    """A store that counts the bytes that go through it. What it lists or finds counts as still to be read."""
    return _WatchedSender(store, progress) if isinstance(store, SendsFiles) else _WatchedStore(store, progress)


class _WatchedStore:
    """An `ArtifactStore` in front of another one."""

    def __init__(self, store: ArtifactStore, progress: Progress) -> None:
        self._store = store
        self._progress = progress

    def open_upload(self, path: str) -> Upload:
        return _WatchedUpload(self._store.open_upload(path), self._progress)

    def open_download(self, path: str) -> Download:
        return _WatchedDownload(self._store.open_download(path), self._progress)

    def store_files(self, files: Sequence[SmallFile]) -> Sequence[StoredFile | KisekiError]:
        results = self._store.store_files(files)
        stored = (isinstance(one, StoredFile) for one in results)
        self._progress.advance(sum(len(file.content) for file in compress(files, stored)))
        return results

    def read_files(self, paths: Sequence[str], max_bytes: int) -> Iterator[SmallFile | KisekiError]:
        for file in self._store.read_files(paths, max_bytes):
            if isinstance(file, SmallFile):
                self._progress.advance(len(file.content))
            yield file

    def list(self, path: str) -> list[FileInfo]:
        return self._store.list(path)

    def stat(self, path: str) -> FileInfo | None:
        info = self._store.stat(path)
        if info is not None:
            self._progress.expect(info.file_size or 0)
        return info

    def walk(self, path: str) -> Iterator[FileInfo]:
        for info in self._store.walk(path):
            self._progress.expect(info.file_size or 0)
            yield info

    def delete(self, path: str) -> None:
        self._store.delete(path)


class _WatchedSender(_WatchedStore):
    """The same in front of a store that takes open files."""

    def send_file(self, path: str, file: BinaryIO, size: int) -> None:
        counted = cast("BinaryIO", _WatchedFile(file, self._progress))
        cast("SendsFiles", self._store).send_file(path, counted, size)


class _WatchedFile(io.RawIOBase):
    """An open file whose position is the progress: a request that is sent again goes back."""

    def __init__(self, file: BinaryIO, progress: Progress) -> None:
        self._file = file
        self._progress = progress

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._file.fileno()

    def read(self, size: int = -1, /) -> bytes:
        data = self._file.read(size)
        self._progress.advance(len(data))
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        before = self._file.tell()
        after = self._file.seek(offset, whence)
        self._progress.advance(after - before)
        return after

    def tell(self) -> int:
        return self._file.tell()


class _WatchedUpload(ForwardedUpload):
    """An `Upload` that counts what is written."""

    def __init__(self, upload: Upload, progress: Progress) -> None:
        super().__init__(upload)
        self._progress = progress

    def write(self, chunk: bytes | memoryview) -> None:
        super().write(chunk)
        self._progress.advance(len(chunk))


class _WatchedDownload(ForwardedDownload):
    """A `Download` that counts what is read."""

    def __init__(self, download: Download, progress: Progress) -> None:
        super().__init__(download)
        self._progress = progress

    def read(self, max_bytes: int = -1, /) -> bytes:
        data = super().read(max_bytes)
        self._progress.advance(len(data))
        return data
