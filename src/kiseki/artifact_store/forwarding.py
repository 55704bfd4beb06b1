"""Uploads and downloads over other ones; a subclass changes what it is about and leaves the rest."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from kiseki.artifact_store.protocol import Download, StoredFile, Upload


class ForwardedUpload:
    """An `Upload` that hands everything on."""

    def __init__(self, upload: Upload) -> None:
        self._upload = upload

    def write(self, chunk: bytes | memoryview) -> None:
        self._upload.write(chunk)

    def commit(self) -> StoredFile:
        return self._upload.commit()

    def abort(self) -> None:
        self._upload.abort()

    def __enter__(self) -> Self:
        self._upload.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._upload.__exit__(kind, error, trace)


class ForwardedDownload:
    """A `Download` that hands everything on."""

    def __init__(self, download: Download) -> None:
        self._download = download

    @property
    def size(self) -> int:
        return self._download.size

    @property
    def modified_ns(self) -> int:
        return self._download.modified_ns

    def read(self, max_bytes: int = -1, /) -> bytes:
        return self._download.read(max_bytes)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._download.seek(offset, whence)

    def tell(self) -> int:
        return self._download.tell()

    def close(self) -> None:
        self._download.close()

    def __enter__(self) -> Self:
        self._download.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._download.__exit__(kind, error, trace)
