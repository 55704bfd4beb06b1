"""The digests of a version's files when it is registered, so that whoever loads it later gets the same."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Final

import msgspec

from kiseki.artifact_store import check_path
from kiseki.base.errors import Conflict, IntegrityError, KisekiError
from kiseki.domain.model_versions import FileDigest, NewModelVersion
from kiseki.service import artifacts, model_versions, sources
from kiseki.service.artifacts import Download, FileInfo, Place, Roots
from kiseki.store import Session, Store

MAX_READ_BYTES: Final = 4 << 30
"""So much is read of files of which no digest was recorded; beyond it they are known by their size alone."""
MAX_FILES: Final = 100_000
_CHUNK: Final = 1 << 20
_THREADS: Final = 4


def digests(store: Store, roots: Roots, new: NewModelVersion, *, own_rights: bool = False) -> list[FileDigest] | None:
    """The digests of the files that are about to be registered, by path; None where this process has no way to them.

    Those that were stored through kiseki have one; others are read.

    Raises:
        Conflict: A file is not what was stored.
        KisekiError: The source may not be named so, or is not there.
    """
    source = store.read(
        lambda session: sources.resolve(session, new.source, new.run_id, new.model_id, own_rights=own_rights)
    )
    if source.copied is not None:
        return None
    try:
        place = roots.place(source.location)
        found = [info for _, info in zip(range(MAX_FILES + 1), place.store.walk(place.path), strict=False)]
    except KisekiError:
        return None
    if not found or len(found) > MAX_FILES:
        return None
    skip = len(place.path) + 1 if place.path else 0
    budget = _Budget(MAX_READ_BYTES)

    def one(path: str) -> FileDigest:
        return _digest(store, artifacts.below(place, path), path, budget)

    paths = sorted(info.path[skip:] for info in found)
    if any(not path for path in paths):
        # The source is a file, and a model is a folder.
        return None
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="kiseki-digests") as pool:
        return list(pool.map(one, paths))


def _digest(store: Store, place: Place, path: str, budget: _Budget) -> FileDigest:
    with place.store.open_download(place.path) as file:
        size, modified_ns = file.size, file.modified_ns
        try:
            known = store.read(lambda session: artifacts.digest(session, place, size, modified_ns))
        except IntegrityError as error:
            raise Conflict(f"{path!r} is not registered. {error}") from error
        return FileDigest(path=path, size=size, sha256=known or (_read_through(file) if budget.take(size) else ""))


def _read_through(file: Download) -> str:
    digest = sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


class _Budget:
    """How many bytes may still be read; used by several threads, which may together take a little more."""

    def __init__(self, left: int) -> None:
        self._left = left

    def take(self, count: int) -> bool:
        """Whether so many more may be read."""
        self._left -= count
        return self._left >= 0


def place(session: Session, roots: Roots, name: str, version: int, path: str) -> Place:
    """The place of a path below a version's folder.

    Raises:
        PermissionDenied: It is not below a root of this server.
        InvalidParameter: The row, or the path, has a place that no client may be sent to.
    """
    root = roots.place(model_versions.download_uri(session, name, version))
    return artifacts.below(root, check_path(path)) if path else root


def listing(root: Place, path: str) -> list[FileInfo]:
    """The content of a folder below a version's, by paths relative to that."""
    folder = artifacts.below(root, check_path(path, folder=True)) if path else root
    skip = len(root.path) + 1 if root.path else 0
    return [msgspec.structs.replace(one, path=one.path[skip:]) for one in folder.store.list(folder.path)]
