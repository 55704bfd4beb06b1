"""What can be done with artifacts: where a run's files are, and the digests that were recorded of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from kiseki.artifact_store import (
    ArtifactStore,
    DiskStore,
    Download,
    FileInfo,
    StoredFile,
    check_path,
    join_uri,
    parse_location,
    zip_chunks,
)
from kiseki.base.errors import IntegrityError, InvalidParameter, NotFound, PermissionDenied, Unavailable
from kiseki.domain.metrics import INT64_MAX
from kiseki.service.runs import active, locate
from kiseki.store import Session
from kiseki.store.protocol import FileRecord

__all__ = ["ArtifactStore", "Download", "FileInfo", "Place", "Roots", "StoredFile"]

PROXY_ROOT: Final = "mlflow-artifacts:/"
MAX_FILE_CHARS: Final = 4096

Read = Callable[[Callable[[Session], str | None]], str | None]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A file or folder: the store it is in, its path there, and the names under which its digest may be recorded.

    `uri` is how this server records it; `file` is its absolute path, under which clients that write it directly do.
    """

    store: ArtifactStore
    path: str
    uri: str
    file: str


class Roots:
    """The folders that this process opens; whatever location a client names, nothing else is opened."""

    def __init__(self, destination: str | None, artifact_root: str) -> None:
        """Opens the roots.

        Args:
            destination: The folder behind `mlflow-artifacts:/`; None if this server has no artifact proxy.
            artifact_root: Where experiments' artifacts go by default; a root of its own when it is a folder.
        """
        self._proxy = _open(destination) if destination else None
        # Beside the root and not below it, since it is nobody's artifact.
        self._parts = _open(f"{destination.rstrip('/')}.parts") if destination else None
        self._folders: dict[Path, tuple[str, ArtifactStore]] = {}
        self._destination = Path(parse_location(destination).path).resolve() if destination else Path()
        if destination and self._proxy:
            self._folders[self._destination] = (PROXY_ROOT, self._proxy)
        root = parse_location(artifact_root)
        if root.is_local and Path(root.path).resolve() not in self._folders:
            folder = Path(root.path).resolve()
            self._folders[folder] = (f"{folder}/", _open(str(folder)))

    @property
    def proxy(self) -> ArtifactStore:
        """The store behind `mlflow-artifacts:/`.

        Raises:
            Unavailable: This server has none.
        """
        if self._proxy is None:
            raise _no_proxy()
        return self._proxy

    @property
    def parts(self) -> ArtifactStore:
        """Where the parts of unfinished uploads are kept."""
        if self._parts is None:
            raise _no_proxy()
        return self._parts

    def proxied(self, path: str, *, folder: bool = False) -> Place:
        """The place of a path below `mlflow-artifacts:/`; `folder` allows a slash at its end."""
        checked = check_path(path, folder=folder) if path else ""
        return Place(
            store=self.proxy, path=checked, uri=PROXY_ROOT + checked, file=(self._destination / checked).as_posix()
        )

    def place(self, uri: str) -> Place:
        """The place of an artifact URI.

        Raises:
            PermissionDenied: It is not below a root of this server.
        """
        location = parse_location(uri)
        if location.scheme == "mlflow-artifacts" and not location.authority:
            return self.proxied(location.path)
        if location.is_local:
            wanted = Path(location.path)
            for folder, (prefix, store) in self._folders.items():
                # The path is compared as text, so that nothing of it is opened before it is known to be below.
                if ".." not in wanted.parts and wanted.is_relative_to(folder):
                    path = wanted.relative_to(folder).as_posix()
                    path = "" if path == "." else path
                    return Place(store=store, path=path, uri=prefix + path, file=(folder / path).as_posix())
        raise PermissionDenied(
            f"This server does not open {uri[:300]!r}: it is not below its artifact root. Read it with a client that "
            "can reach it."
        )


def _no_proxy() -> Unavailable:
    return Unavailable(
        "This server does not serve artifacts: it was started with --no-serve-artifacts. "
        "Write to the run's artifact URI directly."
    )


def _open(folder: str) -> ArtifactStore:
    location = parse_location(folder)
    if not location.is_local:
        raise InvalidParameter(
            f"Artifacts cannot be kept at {folder!r} in this version: give a folder, local or mounted."
        )
    return DiskStore(Path(location.path))


def of_run(session: Session, roots: Roots, run_id: str, path: str = "") -> Place:
    """The place of a path below a run's artifact root; the run may be deleted."""
    run = locate(session, run_id)
    return roots.place(join_uri(run.artifact_uri, check_path(path)) if path else run.artifact_uri)


def of_active_run(session: Session, roots: Roots, run_id: str, path: str) -> Place:
    """The place of a path below an active run's artifact root, to write to."""
    active(session, run_id)
    return of_run(session, roots, run_id, path)


def zip_of(place: Place, read: Read) -> Iterator[bytes]:
    """A folder, or a file, as the bytes of a zip file, each file compared with its digest.

    `read` runs work in a session of its own: a zip may take long, and one session would keep the database's log from
    being cleared.

    Raises:
        NotFound: Nothing is there.
    """
    if place.path and place.store.stat(place.path) is None:
        raise no_such_file(place.path)
    skip = len(place.path) + 1 if place.path else 0

    def digest_of(path: str, size: int, modified_ns: int) -> str | None:
        one = msgspec.structs.replace(
            place, path=path, uri=_below(place.uri, path[skip:]), file=_below(place.file, path[skip:])
        )
        return read(lambda session: digest(session, one, size, modified_ns))

    return zip_chunks(place.store, place.path, digests=digest_of)


def _below(root: str, path: str) -> str:
    return f"{root.rstrip('/')}/{path}" if path else root


def listing(session: Session, roots: Roots, run_id: str, path: str) -> tuple[str, list[FileInfo]]:
    """The run's artifact root, and the content of a folder below it by paths relative to the root."""
    run = locate(session, run_id)
    root = roots.place(run.artifact_uri)
    below = check_path(path, folder=True)
    place = roots.place(join_uri(run.artifact_uri, below)) if below else root
    skip = len(root.path) + 1 if root.path else 0
    files = [msgspec.structs.replace(file, path=file.path[skip:]) for file in place.store.list(place.path)]
    return run.artifact_uri, files


def names(place: Place) -> list[FileInfo]:
    """The content of a folder by names without their folder."""
    return [msgspec.structs.replace(file, path=file.path.rpartition("/")[2]) for file in place.store.list(place.path)]


def record(session: Session, place: Place, stored: StoredFile) -> None:
    """Records the digest of a file that was just stored, unless another has taken its place meanwhile."""
    try:
        with place.store.open_download(place.path) as file:
            modified_ns = file.modified_ns
    except (NotFound, InvalidParameter):
        return
    if stored.modified_ns in (0, modified_ns):
        session.files.record(FileRecord(uri=place.uri, size=stored.size, sha256=stored.sha256, modified_ns=modified_ns))


def digest(session: Session, place: Place, size: int, modified_ns: int) -> str | None:
    """The SHA-256 that was recorded of a file; None when it was not stored through kiseki, or changed since by others.

    A file that was replaced by somebody else has another time of change, while bytes that rot keep it.

    Raises:
        IntegrityError: The file has another size than it had, and yet was not changed by anybody.
    """
    return _digest(session, (place.uri, place.file), size, modified_ns)


def record_direct(session: Session, file: str, stored: StoredFile) -> None:
    """Records the digest of a file that a client wrote itself, by the file's absolute path.

    Raises:
        InvalidParameter: The path is not absolute, or the digest is none.
    """
    if not file.startswith("/") or len(file) > MAX_FILE_CHARS or "\x00" in file:
        raise InvalidParameter(f"Invalid value {file[:300]!r} for parameter 'file' supplied: give an absolute path.")
    if len(stored.sha256) != 64 or not set(stored.sha256) <= set("0123456789abcdef"):
        raise InvalidParameter(
            f"Invalid value {stored.sha256[:80]!r} for parameter 'sha256' supplied: give 64 hexadecimal digits."
        )
    for name, number in (("size", stored.size), ("modified_ns", stored.modified_ns)):
        if not 0 <= number <= INT64_MAX:
            raise InvalidParameter(f"Invalid value {number} for parameter '{name}' supplied: give 0 to {INT64_MAX}.")
    session.files.record(FileRecord(uri=file, size=stored.size, sha256=stored.sha256, modified_ns=stored.modified_ns))


def digest_direct(session: Session, file: str, size: int, modified_ns: int) -> str | None:
    """As `digest`, of a file that a client reads itself, by the file's absolute path."""
    return _digest(session, (file,), size, modified_ns)


def _digest(session: Session, names: Sequence[str], size: int, modified_ns: int) -> str | None:
    found = (session.files.get(name) for name in names)
    known = next((one for one in found if one is not None and one.modified_ns == modified_ns), None)
    if known is None:
        return None
    if known.size != size:
        raise IntegrityError(
            f"The stored file has {size} bytes where {known.size} were stored: it was damaged on disk. Restore it from a "
            "backup."
        )
    return known.sha256


def forget(session: Session, place: Place) -> None:
    """Forgets what was recorded of a file, or of all files below a folder."""
    session.files.forget(place.uri)


def no_such_file(path: str) -> NotFound:
    """The error for a file that is not there."""
    return NotFound(f"No such artifact: '{path}'")
