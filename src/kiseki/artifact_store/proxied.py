"""Artifacts behind a tracking server's artifact proxy.

What a server says is checked: names that it lists must be names, a download must have the length and, where the server
sends one, the SHA-256 that were announced. A download whose connection breaks goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import mimetypes
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import BinaryIO, Final, NamedTuple, Protocol, Self
from urllib.parse import quote, urlencode

from kiseki.artifact_store.bundles import Bundles
from kiseki.artifact_store.paths import check_path
from kiseki.artifact_store.protocol import FileInfo, SmallFile, StoredFile
from kiseki.artifact_store.transport import HttpAnswer, HttpTransport
from kiseki.base.errors import Conflict, IntegrityError, InvalidParameter, KisekiError, NotFound, Unavailable
from kiseki.wire import codec
from kiseki.wire.artifacts import ProxiedAnswer
from kiseki.wire.routes import BY_NAME

DIGEST_HEADER: Final = "x-kiseki-sha256"
"""64 hexadecimal digits; absent for a file that was not stored through kiseki."""

MAX_RESUMES: Final = 8
"""How often in a row a download is taken up again without a single new byte."""

MEMORY_BYTES: Final = 8 << 20
"""What is written piece by piece is kept in memory up to this size, and in a temporary file beyond."""

DIRECT_HEADER: Final = "x-kiseki-direct"
"""Tells that the server's object store gives the file out itself, where one asks for a signed request."""

DIRECT_BYTES: Final = 8 << 20
"""A smaller file is faster through the server."""

CHUNK_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 100
"""How deep folders may lie: a server whose folders never end must not keep a client for ever."""

_FILE = BY_NAME["proxy.get"].paths[0]
_FOLDER = BY_NAME["proxy.list"].paths[0]


class Link(NamedTuple):
    """Where a file is read from, with its size and the digest that was recorded of it ("" for none)."""

    http: HttpTransport
    path: str
    query: str
    size: int
    sha256: str


class DirectWay(Protocol):
    """The way between a client and the server's object store, past the server."""

    def send(self, path: str, file: BinaryIO, size: int) -> bool:
        """Stores the rest of an open file, `size` bytes; False when it has to go through the server, from where it was."""
        ...

    def link(self, path: str) -> Link | None:
        """Where a file is read; None when it has to come through the server."""
        ...


class ProxiedStore:
    """An `ArtifactStore` whose root is the folder `root` of a server's artifact proxy.

    Args:
        http: Sends the requests.
        root: Relative and URL-decoded, as `parse_location` gives it.
        direct: The way of large files, where there is one past the server.
    """

    def __init__(self, http: HttpTransport, root: str, direct: DirectWay | None = None) -> None:
        self._http = http
        self._root = check_path(root, folder=True)
        self._direct = direct
        self._bundles = Bundles(http, self._root)

    def open_upload(self, path: str) -> ProxiedUpload:
        return ProxiedUpload(self, check_path(path))

    def send_file(self, path: str, file: BinaryIO, size: int) -> None:
        """Stores the rest of an open file, `size` bytes, as `path` without copying it first."""
        checked = check_path(path)
        if self._direct is not None and size >= DIRECT_BYTES and self._direct.send(checked, file, size):
            return
        kind = mimetypes.guess_type(checked)[0] or "application/octet-stream"
        headers = {"Content-Type": kind, "Content-Length": str(size)}
        with self._http.request("PUT", self._url(checked), headers=headers, body=file) as answer:
            answer.read()

    def open_download(self, path: str) -> ProxiedDownload:
        checked = check_path(path)
        return ProxiedDownload(self._http, self._url(checked), checked, self._direct)

    def store_files(self, files: Sequence[SmallFile]) -> Sequence[StoredFile | KisekiError]:
        return self._bundles.store_files(files)

    def read_files(self, paths: Sequence[str], max_bytes: int) -> Iterator[SmallFile | KisekiError]:
        return self._bundles.read_files(paths, max_bytes)

    def list(self, path: str) -> list[FileInfo]:
        folder = check_path(path, folder=True)
        query = urlencode({"path": _joined(self._root, folder)}) if self._root or folder else ""
        try:
            with self._http.request("GET", _FOLDER, query=query) as answer:
                told = codec.decode_body(answer.read(), ProxiedAnswer)
        except NotFound:
            return []
        except ConnectionError as error:
            raise Unavailable(f"The connection broke while the folder {path!r} was listed: {error}.") from error
        found = [
            FileInfo(
                path=_joined(folder, _name(one.path)),
                is_dir=one.is_dir,
                file_size=None if one.is_dir else one.file_size or 0,
            )
            for one in told.files
        ]
        return sorted(found, key=lambda info: info.path)

    def stat(self, path: str) -> FileInfo | None:
        checked = check_path(path, folder=True)
        if not checked:
            return FileInfo(path="", is_dir=True, file_size=None)
        folder = checked.rpartition("/")[0]
        return next((info for info in self.list(folder) if info.path == checked), None)

    def walk(self, path: str) -> Iterator[FileInfo]:
        info = self.stat(path)
        if info is None:
            return
        if info.is_dir:
            yield from self._walk(info.path)
        else:
            yield info

    def delete(self, path: str) -> None:
        with self._http.request("DELETE", self._url(check_path(path))) as answer:
            answer.read()

    def _walk(self, folder: str) -> Iterator[FileInfo]:
        if folder.count("/") >= MAX_DEPTH:
            raise InvalidParameter(f"The folder {folder[:200]!r} lies deeper than {MAX_DEPTH} folders.")
        for info in self.list(folder):
            if info.is_dir:
                yield from self._walk(info.path)
            else:
                yield info

    def _url(self, path: str) -> str:
        return _FILE.replace("{path}", quote(_joined(self._root, path)))


class ProxiedUpload:
    """A file that is written piece by piece and sent whole by `commit`."""

    def __init__(self, store: ProxiedStore, path: str) -> None:
        self._store = store
        self._path = path
        self._digest = hashlib.sha256()
        self._size = 0
        # Sent only when it is complete, so that a cut can be repeated and nobody sees half a file.
        self._file = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 - closed by abort

    def write(self, chunk: bytes | memoryview) -> None:
        self._file.write(chunk)
        self._digest.update(chunk)
        self._size += len(chunk)

    def commit(self) -> StoredFile:
        self._file.seek(0)
        self._store.send_file(self._path, self._file, self._size)  # type: ignore[arg-type] # it has all of BinaryIO that is used
        self.abort()
        return StoredFile(path=self._path, size=self._size, sha256=self._digest.hexdigest())

    def abort(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()


class ProxiedDownload:
    """A file that is read from the server as the caller asks for it.

    Reading from the start to the end proves length and digest: the last `read` raises IntegrityError when they are
    not those that the server announced.
    """

    def __init__(self, http: HttpTransport, url: str, path: str, direct: DirectWay | None = None) -> None:
        self._http = http
        self._url = url
        self._query = ""
        self._path = path
        self._direct = direct
        self._position = 0
        self._hashed = 0
        self._digest = hashlib.sha256()
        self._etag = ""
        self._answer: HttpAnswer | None = self._start()

    @property
    def size(self) -> int:
        if self._size is None:
            raise Unavailable(f"The server does not say how long {self._path!r} is.")
        return self._size

    @property
    def modified_ns(self) -> int:
        from email.utils import parsedate_to_datetime

        try:
            return int(parsedate_to_datetime(self._modified).timestamp()) * 1_000_000_000
        except (TypeError, ValueError):
            return 0

    @property
    def sha256(self) -> str:
        """The digest that the server announced, "" when it announced none."""
        return self._told

    def read(self, max_bytes: int = -1, /) -> bytes:
        if max_bytes < 0:
            return b"".join(iter(lambda: self._read(CHUNK_BYTES), b""))
        return self._read(max_bytes) if max_bytes else b""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        base = {0: 0, 1: self._position, 2: self._size or 0}[whence]
        target = max(0, base + offset)
        if target != self._position:
            self._drop()
            self._position = target
        return self._position

    def tell(self) -> int:
        return self._position

    def close(self) -> None:
        self._drop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self, max_bytes: int) -> bytes:
        attempts = 0
        while True:
            if self._size is not None and self._position >= self._size:
                self._verify()
                return b""
            try:
                if self._answer is None:
                    self._answer = self._resume()
                chunk = self._answer.read(max_bytes)
                if not chunk and self._size is not None:
                    raise ConnectionError(f"it ended after {self._position} of {self._size} bytes")
            except ConnectionError as error:
                self._drop()
                attempts += 1
                if attempts > MAX_RESUMES:
                    raise Unavailable(
                        f"The download of {self._path!r} broke at byte {self._position} and did not go on after "
                        f"{MAX_RESUMES} attempts: {error}."
                    ) from error
                time.sleep(min(5.0, 0.05 * 2.0**attempts))
                continue
            return self._received(chunk)

    def _received(self, chunk: bytes) -> bytes:
        if not chunk:
            self._verify()
        elif self._hashed == self._position:
            self._digest.update(chunk)
            self._hashed += len(chunk)
        self._position += len(chunk)
        if self._size is not None and self._position > self._size:
            raise IntegrityError(f"{self._path!r} is longer than the {self._size} bytes that the server announced.")
        return chunk

    def _verify(self) -> None:
        if self._hashed == self._position and self._told and self._digest.hexdigest() != self._told:
            raise IntegrityError(
                f"{self._path!r} has the SHA-256 {self._digest.hexdigest()}, and the server announced {self._told}. "
                "The stored file or the way to it is damaged."
            )

    def _request(self, start: int) -> HttpAnswer:
        # Ranges and lengths count the bytes of the file, not of a compressed form of it.
        headers = {"Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
            if self._etag:
                headers["If-Range"] = self._etag
        return self._http.request("GET", self._url, query=self._query, headers=headers)

    def _start(self) -> HttpAnswer:
        answer = self._request(0)
        self._size = _length(answer.headers)
        self._etag = answer.headers.get("etag", "")
        self._told = answer.headers.get(DIGEST_HEADER, "").lower()
        self._modified = answer.headers.get("last-modified", "")
        if self._direct is not None and DIRECT_HEADER in answer.headers and (self._size or 0) >= DIRECT_BYTES:
            return self._changed_over(answer, self._direct)
        return answer

    def _changed_over(self, answer: HttpAnswer, direct: DirectWay) -> HttpAnswer:
        """The answer of the object store for that of the server, which goes on when the other way is not open."""
        self._direct = None
        link = direct.link(self._path)
        if link is None:
            return answer
        through_server = self._http, self._url, self._query
        self._http, self._url, self._query = link.http, link.path, link.query
        try:
            other = self._request(0)
        except KisekiError:
            self._http, self._url, self._query = through_server
            return answer
        if _length(other.headers) != link.size:
            other.close()
            self._http, self._url, self._query = through_server
            return answer
        answer.close()
        self._size, self._told = link.size, link.sha256
        self._etag = other.headers.get("etag", "")
        return other

    def _resume(self) -> HttpAnswer:
        if not self._position:
            return self._start()
        answer = self._request(self._position)
        if answer.status == 206 and answer.headers.get("content-range", "").startswith(f"bytes {self._position}-"):
            return answer
        if answer.headers.get("etag", "") != self._etag or _length(answer.headers) != self._size:
            answer.close()
            raise Conflict(f"{self._path!r} was replaced while it was downloaded. Download it again.")
        # The server knows no ranges: what is known already is read once more, and must be the same.
        digest = hashlib.sha256()
        left = self._position
        while left:
            chunk = answer.read(min(left, CHUNK_BYTES))
            if not chunk:
                raise ConnectionError("it ended early")
            digest.update(chunk)
            left -= len(chunk)
        if self._hashed == self._position and digest.digest() != self._digest.digest():
            answer.close()
            raise Conflict(f"{self._path!r} was replaced while it was downloaded. Download it again.")
        return answer

    def _drop(self) -> None:
        if self._answer is not None:
            self._answer.close()
            self._answer = None


def _name(given: str) -> str:
    """A name that a server lists.

    Raises:
        InvalidParameter: It is a path, or could be taken for one.
    """
    if "/" in given.rstrip("/") or check_path(given, folder=True) != given.rstrip("/") or not given:
        raise InvalidParameter(
            f"The server lists the artifact name {given[:200]!r}, which is not the name of a file or folder. "
            "Nothing was downloaded from it."
        )
    return given.rstrip("/")


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder and name else folder or name


def _length(headers: Mapping[str, str]) -> int | None:
    text = headers.get("content-length", "")
    return int(text) if text.isdigit() else None
