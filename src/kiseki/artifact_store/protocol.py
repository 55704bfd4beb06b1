"""What a place for artifact bytes can do, on disk, in an object store or behind a server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

import msgspec

from kiseki.base.errors import KisekiError


class FileInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One file or folder of a store."""

    path: str
    """Relative to the store's root, with `/` between segments."""
    is_dir: bool
    file_size: int | None
    """Bytes; None for a folder."""


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was stored whole and is durable."""

    path: str
    size: int
    sha256: str
    """64 lower-case hexadecimal digits."""
    modified_ns: int = 0
    """Time of the last change of the file as it was stored, in nanoseconds since 1970; 0 where the store has none.

    -1 where the store has told, right after, that another file has taken its place.
    """


class SmallFile(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A file whose content is in memory."""

    path: str
    content: bytes
    modified_ns: int = 0
    """Time of the last change, as `Download.modified_ns` has it; 0 for a file that is still to be stored."""
    sha256: str = ""
    """What somebody says that its digest is; "" for nobody. A store does not compare it."""


class Upload(Protocol):
    """One file that is being written. Nothing of it is visible before `commit`, all of it after.

    A context manager: leaving the block without `commit` aborts. Not safe for use by several threads at once.
    """

    def write(self, chunk: bytes | memoryview) -> None:
        """Appends `chunk`.

        Raises:
            StorageFull: No space is left. Nothing becomes visible.
        """
        ...

    def commit(self) -> StoredFile:
        """Makes the file durable and visible under its path, in place of any file that was there.

        Raises:
            InvalidParameter: A folder has that path by now.
        """
        ...

    def abort(self) -> None:
        """Discards what was written. Does nothing after `commit` or another `abort`."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Download(Protocol):
    """One file that is being read, the same bytes to the end even when its path gets a new file meanwhile.

    Where the old bytes are gone then, as in an object store, `read` raises Conflict; it never mixes two files. A context manager, and enough of a binary file for `shutil.copyfileobj`. Not safe for several threads at once.
    """

    @property
    def size(self) -> int:
        """Bytes in the file, when it was opened."""
        ...

    @property
    def modified_ns(self) -> int:
        """Time of the last change, in nanoseconds since 1970-01-01T00:00:00Z."""
        ...

    def read(self, max_bytes: int = -1, /) -> bytes:
        """Up to `max_bytes` bytes from the current position, all the rest for -1; empty at the end only.

        Raises:
            Conflict: The file was replaced or deleted meanwhile, and the store does not keep what is replaced.
            Unavailable: The store does not answer.
        """
        ...

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Moves the position as `io.IOBase.seek` does and returns it, counted from the start."""
        ...

    def tell(self) -> int:
        """The position, counted from the start."""
        ...

    def close(self) -> None:
        """Releases the file. Does nothing the second time."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class ArtifactStore(Protocol):
    """Files in folders under one root. Safe for use by several threads and processes at once.

    Paths are relative, with `/` between segments, and "" is the root itself. A store refuses any path that could
    leave its root, whether or not the caller checked it with `check_path`, and an error never names the root. What a
    store lists is what it opens: symbolic links, devices and names that `check_path` refuses are not there for it.

    A file and a folder of one path exclude each other. An object store, which knows no folders, looks before it writes:
    two processes that write `x` and `x/y` in the same moment can both succeed there, and both files are listed then.
    """

    def open_upload(self, path: str) -> Upload:
        """Starts to write the file `path`; the folders above it are made as needed.

        Raises:
            InvalidParameter: The path is not valid, is a folder, or lies below a file.
            StorageFull: No space is left.
            PermissionDenied: This process may not write there.
            Unavailable: The store is read-only or does not answer.
        """
        ...

    def open_download(self, path: str) -> Download:
        """Opens the file `path` for reading.

        Raises:
            NotFound: Nothing is stored under that path.
            InvalidParameter: The path is not valid, or is a folder.
        """
        ...

    def store_files(self, files: Sequence[SmallFile]) -> Sequence[StoredFile | KisekiError]:
        """Stores small files as `open_upload` and `commit` would one after another, but waits for many of them at once.

        Each is stored whole and durable, or not at all: the answer has, in their order, what was stored or the error that
        the file met. Whoever called may store what is missing by itself.

        Raises:
            Unavailable: The store does not answer; what was stored is not known.
        """
        ...

    def read_files(self, paths: Sequence[str], max_bytes: int) -> Iterator[SmallFile | KisekiError]:
        """The contents of files, or the errors that they met, in the order of their paths.

        A file that is longer than `max_bytes` is an error (PayloadTooLarge); so is whatever could be read by
        `open_download` and, for once, not here. Memory holds few files at a time.

        Raises:
            Unavailable: The store does not answer.
        """
        ...

    def list(self, path: str) -> list[FileInfo]:
        """What is directly in the folder `path`, sorted by path; nothing when it is missing or a file."""
        ...

    def stat(self, path: str) -> FileInfo | None:
        """The file or folder `path`, None when nothing is there."""
        ...

    def walk(self, path: str) -> Iterator[FileInfo]:
        """All files below the folder `path`, depth first, each folder sorted by name; `path` itself when it is a file.

        Files that come or go meanwhile may or may not be among them.
        """
        ...

    def delete(self, path: str) -> None:
        """Removes the file, or the folder with everything below; does nothing when it is missing.

        A folder is gone at once for readers, in an object store file after file. The removal is not forced to the disk:
        after a power loss the file may be back, and `delete` can be repeated.

        Raises:
            InvalidParameter: The path is not valid, or is the root.
        """
        ...


@runtime_checkable
class TellsTimes(Protocol):
    """A store that knows at once when its files were changed, without asking anybody."""

    def times(self, paths: Sequence[str]) -> Sequence[int | None]:
        """As `Download.modified_ns` of each file; None where there is no file."""
        ...


class FileVersion(msgspec.Struct, frozen=True, kw_only=True):
    """What tells a stored file from the one that takes its place."""

    size: int
    modified_ns: int
    """As `Download.modified_ns` has it."""
    etag: str
    """Without quotes; "" where the store has none."""


class SignedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request that whoever holds it may send to an object store until it expires, without credentials."""

    method: str
    url: str
    headers: dict[str, str] = {}
    """What it must be sent with."""


class PartUploads(Protocol):
    """Uploads of one object in parts that whoever holds a part's signed request sends, several at once."""

    def create(self, path: str) -> str:
        """Starts the upload of a file and returns its id. Nothing is visible before `complete`."""
        ...

    def sign_part(self, path: str, upload_id: str, number: int, seconds: int) -> SignedRequest:
        """The request that stores part `number`, from 1; the ETag of its answer is what `complete` asks for."""
        ...

    def complete(self, path: str, upload_id: str, etags: Mapping[int, str]) -> None:
        """Makes the parts, in the order of their numbers, visible as the file.

        Raises:
            NotFound: There is no such upload.
            InvalidParameter: A part is missing, is not what its ETag says, or is smaller than the store allows.
        """
        ...

    def abort(self, path: str, upload_id: str) -> None:
        """Discards the parts; does nothing when there is no such upload."""
        ...


@runtime_checkable
class SignsRequests(Protocol):
    """A store for which signed requests can be made, so that bytes go between it and a client without credentials."""

    def sign(self, method: str, path: str, seconds: int) -> SignedRequest | None:
        """The request that reads (GET) or stores (PUT) a file whole; None where the credentials can not sign."""
        ...

    @property
    def part_uploads(self) -> PartUploads | None:
        """Uploads in parts; None where this store can not sign them."""
        ...

    def check_place(self, path: str) -> None:
        """Raises InvalidParameter when no file can have the path `path`: a folder has it, or it lies below a file."""
        ...

    def version(self, path: str) -> FileVersion | None:
        """What the file is now; None when there is none."""
        ...
