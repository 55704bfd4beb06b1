"""Artifacts in a place that this process opens itself, with the digests that the backend keeps of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Protocol

from kiseki.artifact_store.forwarding import ForwardedDownload, ForwardedUpload
from kiseki.artifact_store.paths import check_path
from kiseki.artifact_store.protocol import ArtifactStore, Download, FileInfo, SmallFile, StoredFile, Upload
from kiseki.artifact_store.small_files import read_side_by_side
from kiseki.base.errors import IntegrityError, KisekiError, NotFound


class Digests(Protocol):
    """Where digests are kept, by the absolute path of the file, or by bucket and key (`s3://bucket/key`)."""

    def record_digests(self, files: Sequence[tuple[str, StoredFile]]) -> None:
        """Keeps the digests of files that were just stored.

        Raises:
            NotFound: One is of a run that was deleted permanently. Nothing is kept.
        """
        ...

    def find_digest(self, file: str, size: int, modified_ns: int) -> str | None:
        """The digest of a file; None when there is none or somebody else changed the file since."""
        ...


class RecordedStore:
    """An `ArtifactStore` over another one at `root`: what is stored is recorded, what is read is checked."""

    def __init__(self, store: ArtifactStore, root: str, digests: Digests) -> None:
        self._store = store
        self._root = root.rstrip("/")
        self._digests = digests

    def open_upload(self, path: str) -> Upload:
        return _Upload(self, path, self._store.open_upload(path), self._file(path), self._digests)

    def open_download(self, path: str) -> Download:
        file = self._store.open_download(path)
        try:
            digest = self._digests.find_digest(self._file(path), file.size, file.modified_ns)
        except BaseException:
            file.close()
            raise
        if digest is None:
            return file
        return _Download(file, path, digest)

    def store_files(self, files: Sequence[SmallFile]) -> Sequence[StoredFile | KisekiError]:
        results = self._store.store_files(files)
        stored = [one for one in results if isinstance(one, StoredFile) and one.modified_ns >= 0]
        try:
            self._digests.record_digests([(self._file(one.path), one) for one in stored])
        except NotFound as error:
            # Of a run that was deleted permanently nothing may come back.
            for one in stored:
                self._store.delete(one.path)
            return [error for _ in results]
        return results

    def read_files(self, paths: Sequence[str], max_bytes: int) -> Iterator[SmallFile | KisekiError]:
        return read_side_by_side(self, paths, max_bytes)

    def list(self, path: str) -> list[FileInfo]:
        return self._store.list(path)

    def stat(self, path: str) -> FileInfo | None:
        return self._store.stat(path)

    def walk(self, path: str) -> Iterator[FileInfo]:
        return self._store.walk(path)

    def delete(self, path: str) -> None:
        self._store.delete(path)

    def _file(self, path: str) -> str:
        return f"{self._root}/{check_path(path)}"


class _Upload(ForwardedUpload):
    """An upload whose commit is recorded."""

    def __init__(self, store: ArtifactStore, path: str, upload: Upload, file: str, digests: Digests) -> None:
        super().__init__(upload)
        self._store = store
        self._path = path
        self._file = file
        self._digests = digests

    def commit(self) -> StoredFile:
        stored = super().commit()
        if stored.modified_ns < 0:
            return stored
        try:
            self._digests.record_digests([(self._file, stored)])
        except NotFound:
            # Of a run that was deleted permanently nothing may come back.
            self._store.delete(self._path)
            raise
        return stored


class _Download(ForwardedDownload):
    """A download that is checked when it was read from the start to the end."""

    def __init__(self, file: Download, path: str, digest: str) -> None:
        super().__init__(file)
        self._path = path
        self._digest = digest
        self._hasher = hashlib.sha256()
        self._hashed: int | None = 0

    def read(self, max_bytes: int = -1, /) -> bytes:
        data = super().read(max_bytes)
        if self._hashed is not None:
            self._hasher.update(data)
            self._hashed += len(data)
            if self._hashed >= self.size and self._hasher.hexdigest() != self._digest:
                raise IntegrityError(
                    f"The artifact {self._path!r} does not match the digest that was recorded when it was stored: its "
                    "bytes have changed where they are kept. Restore it from a backup."
                )
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        # A part of a file has no digest.
        self._hashed = None
        return super().seek(offset, whence)
