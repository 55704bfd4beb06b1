"""What can be done with artifacts: where a run's or a logged model's files are, and the digests that were recorded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec

from kiseki.artifact_store import (
    OBJECT_SCHEMES,
    ArtifactStore,
    Download,
    FileInfo,
    Location,
    ObjectStore,
    SignsRequests,
    StoredFile,
    bucket_name,
    check_path,
    join_uri,
    key_prefix,
    parse_location,
    resolve,
    zip_chunks,
)
from kiseki.base.errors import IntegrityError, InvalidParameter, NotFound, PermissionDenied, Unavailable
from kiseki.base.ids import ModelId, RunId
from kiseki.domain.artifacts import Owner, owner_of
from kiseki.domain.metrics import INT64_MAX
from kiseki.service.logged_models import active as active_model
from kiseki.service.logged_models import locate as locate_model
from kiseki.service.runs import active as active_run
from kiseki.service.runs import locate as locate_run
from kiseki.store import Session
from kiseki.store.protocol import FileRecord, ModelKey, RunKey

__all__ = ["ArtifactStore", "Download", "FileInfo", "Place", "Roots", "StoredFile"]

PROXY_ROOT: Final = "mlflow-artifacts:/"
MAX_FILE_CHARS: Final = 4096
_ABSOLUTE: Final = re.compile(r"/|(?:s3|gs|azure)://[^/]")

Read = Callable[[Callable[[Session], str | None]], str | None]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A file or folder: the store it is in, its path there, and the names under which its digest may be recorded.

    `uri` is how this server records it; `file` is its absolute path, under which clients that write it directly do.
    """

    store: ArtifactStore
    path: str
    uri: str
    file: str


class _Root(msgspec.Struct, frozen=True, kw_only=True):
    """A folder or a part of a bucket that this process opens."""

    store: ArtifactStore
    uri: str
    """What a file's path is put behind to record it, with a slash at its end."""
    base: str
    """Absolute path, or bucket and key, without a slash at its end; what `_base` gives for a location."""


class Roots:
    """The places that this process opens; whatever location a client names, nothing else is opened."""

    def __init__(self, destination: str | None, artifact_root: str, further: Sequence[str] = ()) -> None:
        """Opens the roots.

        Args:
            destination: What is behind `mlflow-artifacts:/`, a folder or a part of a bucket; None if this server has no
                artifact proxy.
            artifact_root: Where experiments' artifacts go by default; a root of its own unless it is the proxy.
            further: Other locations that the operator lets this server open.
        """
        self._roots: list[_Root] = []
        self._proxy = self._add(destination, PROXY_ROOT) if destination else None
        self._parts = _parts_of(self._proxy.store, destination) if self._proxy and destination else None
        for location in (artifact_root, *further):
            if parse_location(location).scheme != "mlflow-artifacts":
                self._add(location)

    def _add(self, uri: str, recorded_as: str = "") -> _Root:
        location = parse_location(uri)
        base = _base(location)
        known = next((root for root in self._roots if root.base == base), None)
        if known is not None:
            return known
        root = _Root(store=resolve(_absolute(location)), uri=recorded_as or f"{base}/", base=base)
        self._roots.append(root)
        return root

    @property
    def proxy(self) -> ArtifactStore:
        """The store behind `mlflow-artifacts:/`.

        Raises:
            Unavailable: This server has none.
        """
        if self._proxy is None:
            raise _no_proxy()
        return self._proxy.store

    @property
    def parts(self) -> ArtifactStore:
        """Where the parts of unfinished uploads are kept."""
        if self._parts is None:
            raise _no_proxy()
        return self._parts

    def all(self) -> list[Place]:
        """The roots themselves."""
        return [_place(root, "") for root in self._roots]

    def proxied(self, path: str, *, folder: bool = False) -> Place:
        """The place of a path below `mlflow-artifacts:/`; `folder` allows a slash at its end."""
        checked = check_path(path, folder=folder) if path else ""
        if self._proxy is None:
            raise _no_proxy()
        return _place(self._proxy, checked)

    def place(self, uri: str) -> Place:
        """The place of an artifact URI.

        Raises:
            PermissionDenied: It is not below a root of this server.
        """
        location = parse_location(uri)
        if location.scheme == "mlflow-artifacts" and not location.authority:
            return self.proxied(location.path)
        if location.is_local or location.scheme in OBJECT_SCHEMES:
            # Compared as text, so that nothing of it is opened before it is known to be below.
            wanted = _written_base(location)
            for root in self._roots:
                if wanted is not None and f"{wanted}/".startswith(f"{root.base}/"):
                    return _place(root, wanted[len(root.base) + 1 :])
        raise PermissionDenied(
            f"This server does not open {uri[:300]!r}: it is not below its artifact root. Read it with a client that "
            "can reach it."
        )


def _place(root: _Root, path: str) -> Place:
    return Place(store=root.store, path=path, uri=root.uri + path, file=f"{root.base}/{path}" if path else root.base)


def _base(location: Location) -> str:
    """Where a root lies, in one spelling; symbolic links to a folder are followed, once, here."""
    if location.is_local:
        return Path(location.path).resolve().as_posix().rstrip("/")
    return f"{bucket_name(location)}/{key_prefix(location)}".rstrip("/")


def _written_base(location: Location) -> str | None:
    """Where a location leads by its text; None for a path that climbs."""
    if not location.is_local:
        return _base(location)
    path = PurePosixPath(location.path)
    return None if ".." in path.parts else path.as_posix().rstrip("/")


def _absolute(location: Location) -> Location:
    return parse_location(_base(location) or "/") if location.is_local else location


def _parts_of(proxy: ArtifactStore, destination: str) -> ArtifactStore:
    """Beside a folder and not below it, since parts are nobody's artifact; in a bucket, where no path leads."""
    if isinstance(proxy, ObjectStore):
        return proxy.below("parts")
    return resolve(f"{destination.rstrip('/')}.parts")


def _no_proxy() -> Unavailable:
    return Unavailable(
        "This server does not serve artifacts: it was started with --no-serve-artifacts. "
        "Write to the run's artifact URI directly."
    )


def place_of(session: Session, roots: Roots, owner: Owner, path: str = "") -> Place:
    """The place of a path below an owner's artifact root; the owner may be in the trash."""
    root = _locate(session, owner).artifact_uri
    return roots.place(join_uri(root, check_path(path)) if path else root)


def place_to_write(session: Session, roots: Roots, owner: Owner, path: str) -> Place:
    """The place of a path below an active owner's artifact root."""
    if owner.model_id:
        active_model(session, owner.model_id)
    else:
        active_run(session, owner.run_id)
    return place_of(session, roots, owner, path)


def _locate(session: Session, owner: Owner) -> RunKey | ModelKey:
    return locate_model(session, owner.model_id) if owner.model_id else locate_run(session, owner.run_id)


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


def listing(session: Session, roots: Roots, owner: Owner, path: str) -> tuple[str, list[FileInfo]]:
    """An owner's artifact root, and the content of a folder below it by paths relative to the root."""
    uri = _locate(session, owner).artifact_uri
    root = roots.place(uri)
    below = check_path(path, folder=True)
    place = roots.place(join_uri(uri, below)) if below else root
    skip = len(root.path) + 1 if root.path else 0
    files = [msgspec.structs.replace(file, path=file.path[skip:]) for file in place.store.list(place.path)]
    return uri, files


def names(place: Place) -> list[FileInfo]:
    """The content of a folder by names without their folder."""
    return [msgspec.structs.replace(file, path=file.path.rpartition("/")[2]) for file in place.store.list(place.path)]


def record(session: Session, place: Place, stored: StoredFile) -> None:
    """Records the digest of a file that was just stored, unless another has taken its place meanwhile.

    Raises:
        NotFound: The file is of something that was deleted permanently meanwhile; it is gone again.
    """
    modified_ns = _modified_ns(place, stored)
    if modified_ns is not None and stored.modified_ns in (0, modified_ns):
        # In one transaction with the record: what purges the owner looks for records in the one that ends it.
        owner = owner_of(place.path)
        if owner is not None and _is_gone(session, owner):
            _remove(place, owner)
            raise _gone(owner)
        session.files.record(FileRecord(uri=place.uri, size=stored.size, sha256=stored.sha256, modified_ns=modified_ns))


def _modified_ns(place: Place, stored: StoredFile) -> int | None:
    """When the file that is there now was changed; None when there is none, or one that is known to be another."""
    if isinstance(place.store, SignsRequests):
        # An object store has told already, and here every other writer would wait for its answer.
        return stored.modified_ns if stored.modified_ns >= 0 else None
    try:
        with place.store.open_download(place.path) as file:
            return file.modified_ns
    except (NotFound, InvalidParameter):
        return None


def locate(session: Session, owner: Owner) -> RunKey | ModelKey | None:
    """Where an owner is, active or in the trash; None when there is none of that id."""
    if owner.model_id:
        return session.logged_models.locate(ModelId(owner.model_id))
    return session.runs.locate(RunId(owner.run_id))


def _is_gone(session: Session, owner: Owner) -> bool:
    key = locate(session, owner)
    return key is None or key.purging


def _remove(place: Place, owner: Owner) -> None:
    """Removes a file, and the folders above it that are empty then, that of its owner included."""
    path = place.path
    place.store.delete(path)
    while path.rpartition("/")[2] != owner.id:
        path = path.rpartition("/")[0]
        if place.store.list(path):
            return
        place.store.delete(path)


def _gone(owner: Owner) -> NotFound:
    return NotFound(
        f"{owner.kind.capitalize()} with id={owner.id} not found: it was deleted permanently. Nothing was stored."
    )


def digest(session: Session, place: Place, size: int, modified_ns: int) -> str | None:
    """The SHA-256 that was recorded of a file; None when it was not stored through kiseki, or changed since by others.

    A file that was replaced by somebody else has another time of change, while bytes that rot keep it.

    Raises:
        IntegrityError: The file has another size than it had, and yet was not changed by anybody.
    """
    return _digest(session, (place.uri, place.file), size, modified_ns)


def record_direct(session: Session, file: str, stored: StoredFile) -> None:
    """Records the digest of a file that a client wrote itself, by the file's absolute path, or bucket and key.

    Raises:
        InvalidParameter: The path is not absolute, or the digest is none.
        NotFound: The file is of something that was deleted permanently; whoever wrote it should remove it.
    """
    if not _ABSOLUTE.match(file) or len(file) > MAX_FILE_CHARS or "\x00" in file:
        raise InvalidParameter(
            f"Invalid value {file[:300]!r} for parameter 'file' supplied: give an absolute path, or 's3://bucket/key'."
        )
    check_digest(stored.sha256)
    for name, number in (("size", stored.size), ("modified_ns", stored.modified_ns)):
        if not 0 <= number <= INT64_MAX:
            raise InvalidParameter(f"Invalid value {number} for parameter '{name}' supplied: give 0 to {INT64_MAX}.")
    owner = owner_of(file)
    if owner is not None and _is_gone(session, owner):
        raise _gone(owner)
    session.files.record(FileRecord(uri=file, size=stored.size, sha256=stored.sha256, modified_ns=stored.modified_ns))


def check_digest(sha256: str) -> None:
    """Raises InvalidParameter unless it is a SHA-256: 64 lower-case hexadecimal digits."""
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise InvalidParameter(
            f"Invalid value {sha256[:80]!r} for parameter 'sha256' supplied: give 64 hexadecimal digits."
        )


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
