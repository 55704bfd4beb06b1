"""What can be done with artifacts: where a run's or a logged model's files are, and the digests that were recorded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
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
    StoredFile,
    TellsTimes,
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
MAX_DIGESTS: Final = 1000
_ABSOLUTE: Final = re.compile(r"/|(?:s3|gs|azure)://[^/]")
_AZURE: Final = "azure"
"""The scheme of a bucket's name where no location has it."""

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
    """Absolute path, or bucket and key, without a slash at its end; what `base_of` gives for a location."""
    rank: int
    """Of two roots of which one is below the other the one with the lower rank counts."""


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
        self._roots: dict[str, _Root] = {}
        """By their base."""
        self._proxy = self._add(destination, PROXY_ROOT) if destination else None
        self._parts = _parts_of(self._proxy.store, destination) if self._proxy and destination else None
        for location in (artifact_root, *further):
            if parse_location(location).scheme != "mlflow-artifacts":
                self._add(location)

    def _add(self, uri: str, recorded_as: str = "") -> _Root:
        location = parse_location(uri)
        base = base_of(location)
        if base not in self._roots:
            self._roots[base] = _Root(
                store=resolve(_absolute(location)), uri=recorded_as or f"{base}/", base=base, rank=len(self._roots)
            )
        return self._roots[base]

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

    def add(self, location: str) -> Place:
        """Opens one more, which the operator wants.

        Raises:
            InvalidParameter: It names no folder and no part of a bucket.
            NotImplementedByKiseki: It is of a kind that kiseki does not open.
            MissingDependency: It is in an object store, and the package obstore is not installed.
        """
        return _place(self._add(location), "")

    def all(self) -> list[Place]:
        """The roots themselves."""
        return [_place(root, "") for root in self._roots.values()]

    def proxied(self, path: str, *, folder: bool = False) -> Place:
        """The place of a path below `mlflow-artifacts:/`; `folder` allows a slash at its end."""
        checked = check_path(path, folder=folder) if path else ""
        if self._proxy is None:
            raise _no_proxy()
        return _place(self._proxy, checked)

    def place(self, uri: str) -> Place:
        """The place of an artifact URI, or of a file by its absolute path or bucket and key.

        Raises:
            PermissionDenied: It is not below a root of this server.
        """
        location = parse_location(uri)
        if location.scheme == "mlflow-artifacts" and not location.authority:
            return self.proxied(location.path)
        # Compared as text, so that nothing of it is opened before it is known to be below.
        wanted = written_base(location)
        if wanted is not None:
            bases = (wanted, *folders_above(wanted))
            root = min(
                (self._roots[one] for one in bases if one in self._roots), key=lambda one: one.rank, default=None
            )
            if root is not None:
                return _place(root, wanted[len(root.base) + 1 :])
        raise PermissionDenied(
            f"This server does not open {uri[:300]!r}: it is not below its artifact root. Read it with a client that "
            "can reach it."
        )


def _place(root: _Root, path: str) -> Place:
    return Place(store=root.store, path=path, uri=root.uri + path, file=f"{root.base}/{path}" if path else root.base)


def base_of(location: Location) -> str:
    """Where a root lies, in one spelling; symbolic links to a folder are followed, once, here."""
    if location.is_local:
        return Path(location.path).resolve().as_posix().rstrip("/")
    return f"{bucket_name(location)}/{key_prefix(location)}".rstrip("/")


def written_base(location: Location) -> str | None:
    """Where a folder or a part of a bucket leads by its text; None for a path that climbs, and for what is neither."""
    if location.is_local:
        path = PurePosixPath(location.path)
        return None if ".." in path.parts else path.as_posix().rstrip("/")
    if location.scheme == _AZURE:
        return f"{_AZURE}://{location.authority}/{key_prefix(location)}".rstrip("/")
    return base_of(location) if location.scheme in OBJECT_SCHEMES else None


def folders_above(folder: str) -> Iterator[str]:
    """The folders above one, in the spelling of `written_base`, the lowest first."""
    above = folder.rpartition("/")[0]
    while above:
        yield above
        above = above.rpartition("/")[0]
    if folder.startswith("/"):
        yield ""


def _absolute(location: Location) -> Location:
    return parse_location(base_of(location) or "/") if location.is_local else location


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
        one = below(place, path[skip:])
        return read(lambda session: digest(session, one, size, modified_ns))

    return zip_chunks(place.store, place.path, digests=digest_of)


def below(place: Place, path: str) -> Place:
    """The place of a checked path below a folder; the folder itself for ""."""
    if not path:
        return place
    return Place(
        store=place.store,
        path=f"{place.path}/{path}" if place.path else path,
        uri=f"{place.uri.rstrip('/')}/{path}",
        file=f"{place.file.rstrip('/')}/{path}",
    )


def listing(session: Session, roots: Roots, owner: Owner, path: str) -> tuple[str, list[FileInfo]]:
    """An owner's artifact root, and the content of a folder below it by paths relative to the root."""
    uri = _locate(session, owner).artifact_uri
    root = roots.place(uri)
    checked = check_path(path, folder=True)
    place = roots.place(join_uri(uri, checked)) if checked else root
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
    (error,) = record_all(session, place.store, [(place, stored)])
    if error is not None:
        raise error


def record_all(
    session: Session, store: ArtifactStore, files: Sequence[tuple[Place, StoredFile]]
) -> list[NotFound | None]:
    """As `record`, of many files that were just stored in one store; the errors are returned, in the order of the files."""
    errors: list[NotFound | None] = []
    records = []
    late: list[tuple[Place, Owner]] = []
    is_gone = cache(lambda owner: _is_gone(session, owner))
    for (place, stored), modified_ns in zip(files, _times(store, files), strict=True):
        error = None
        if modified_ns is not None and stored.modified_ns in (0, modified_ns):
            # In one transaction with the record: what purges the owner looks for records in the one that ends it.
            owner = owner_of(place.path)
            if owner is not None and is_gone(owner):
                late.append((place, owner))
                error = _gone(owner)
            else:
                records.append(_record_of(place.uri, stored, modified_ns))
        errors.append(error)
    session.files.record(records)
    _remove(store, late)
    return errors


def _record_of(uri: str, stored: StoredFile, modified_ns: int) -> FileRecord:
    return FileRecord(uri=uri, size=stored.size, sha256=stored.sha256, modified_ns=modified_ns)


def _times(store: ArtifactStore, files: Sequence[tuple[Place, StoredFile]]) -> Sequence[int | None]:
    """When the files that are there now were changed; None for one that is not, or is known to be another."""
    if isinstance(store, TellsTimes):
        return store.times([place.path for place, _ in files])
    # An object store has told already, and here every other writer would wait for its answer.
    return [stored.modified_ns if stored.modified_ns >= 0 else None for _, stored in files]


def locate(session: Session, owner: Owner) -> RunKey | ModelKey | None:
    """Where an owner is, active or in the trash; None when there is none of that id."""
    if owner.model_id:
        return session.logged_models.locate(ModelId(owner.model_id))
    return session.runs.locate(RunId(owner.run_id))


def _is_gone(session: Session, owner: Owner) -> bool:
    key = locate(session, owner)
    return key is None or key.purging


def _remove(store: ArtifactStore, files: Sequence[tuple[Place, Owner]]) -> None:
    """Removes files, and the folders above them that are empty then, those of their owners included."""
    for place, _ in files:
        store.delete(place.path)
    for path, owner in {(place.path.rpartition("/")[0], owner) for place, owner in files}:
        _remove_empty(store, path, owner)


def _remove_empty(store: ArtifactStore, path: str, owner: Owner) -> None:
    while not store.list(path):
        store.delete(path)
        if path.rpartition("/")[2] == owner.id:
            return
        path = path.rpartition("/")[0]


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


def record_direct(session: Session, files: Sequence[tuple[str, StoredFile]]) -> None:
    """Records the digests of files that a client wrote itself, by their absolute paths, or bucket and key; all or none.

    Raises:
        InvalidParameter: There are too many, a path is not absolute, or a digest is none.
        NotFound: A file is of something that was deleted permanently; whoever wrote it should remove it.
    """
    if len(files) > MAX_DIGESTS:
        raise InvalidParameter(f"{len(files)} digests were given; up to {MAX_DIGESTS} are recorded at once.")
    for file, stored in files:
        _check_direct(file, stored)
    for owner in {owner_of(file) for file, _ in files}:
        if owner is not None and _is_gone(session, owner):
            raise _gone(owner)
    session.files.record([_record_of(file, stored, stored.modified_ns) for file, stored in files])


def _check_direct(file: str, stored: StoredFile) -> None:
    if not _ABSOLUTE.match(file) or len(file) > MAX_FILE_CHARS or "\x00" in file:
        raise InvalidParameter(
            f"Invalid value {file[:300]!r} for parameter 'file' supplied: give an absolute path, or 's3://bucket/key'."
        )
    check_digest(stored.sha256)
    for name, number in (("size", stored.size), ("modified_ns", stored.modified_ns)):
        if not 0 <= number <= INT64_MAX:
            raise InvalidParameter(f"Invalid value {number} for parameter '{name}' supplied: give 0 to {INT64_MAX}.")


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
    return known_digest(session.files.find(names), names, size, modified_ns)


def known_digest(found: Mapping[str, FileRecord], names: Sequence[str], size: int, modified_ns: int) -> str | None:
    """As `digest`, from what was found under the names of the file."""
    known = next((found[name] for name in names if name in found and found[name].modified_ns == modified_ns), None)
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
