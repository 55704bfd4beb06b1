"""Folders and buckets that are below no root of a server, opened with the rights of somebody at this machine.

A server never does so, since clients name the locations of experiments.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

import msgspec

from kiseki.artifact_store import OBJECT_SCHEMES, bucket_name, parse_location, resolve
from kiseki.base.errors import KisekiError, PermissionDenied
from kiseki.domain.artifacts import FOLDER, MODELS, owner_of
from kiseki.service.artifacts import PROXY_ROOT, Place, Roots, base_of

_LEAST_OF_PATH = 4
"""The slash, a folder, the id of a run or a logged model, and `artifacts`: no folder is opened that stands for a whole disk."""
_LEAST_OF_KEY = 3
"""One less, since a bucket is a folder already."""


def open_own_folder(uri: str) -> Place:
    """The place of the artifact folder of a run or a logged model, in a store that begins two folders above it.

    Raises:
        PermissionDenied: It has not so many folders above it, or is of a kind that kiseki does not open.
        KisekiError: This machine does not come there.
    """
    location = parse_location(uri)
    path = PurePosixPath(location.path if location.is_local else f"/{location.path.lstrip('/')}")
    opens = location.is_local or location.scheme in OBJECT_SCHEMES
    if (
        not opens
        or not path.is_absolute()
        or len(path.parts) < (_LEAST_OF_PATH if location.is_local else _LEAST_OF_KEY)
    ):
        raise PermissionDenied(
            f"{uri[:300]!r} is not opened: it is no folder of a run or a logged model, on a disk or in a bucket."
        )
    above = msgspec.structs.replace(location, path=path.parent.parent.as_posix())
    inner = "/".join(path.parts[-2:])
    # Digests of files that clients write themselves are recorded by paths without links.
    return Place(
        store=resolve(above),
        path=inner,
        uri=path.as_posix() if location.is_local else uri,
        file=f"{base_of(above)}/{inner}",
    )


class Locations:
    """The roots of a server, and the locations of experiments beyond them that this machine reaches.

    Attributes:
        folders: The folders of runs and logged models in these locations, each as its location and its path in there. What
            lies beside them need not be kiseki's.
        unread: Locations on this machine that could not be read, and why.
        beyond: Those where this machine does not come: folders that it has not, buckets that do not let it in.
    """

    def __init__(self, roots: Roots, locations: Sequence[str]) -> None:
        self._roots = roots
        self._further = Roots(None, PROXY_ROOT)
        self._looked_at: set[str] = set()
        self.folders: list[tuple[Place, str]] = []
        self.unread: dict[str, str] = {}
        self.beyond: list[str] = []
        refused: set[str] = set()
        for uri in dict.fromkeys(locations):
            if _below(uri, roots) is not None:
                continue
            bucket = _bucket(uri)
            if (bucket and bucket not in refused) or _is_here(uri):
                try:
                    self._add(uri)
                except KisekiError as error:
                    if not bucket:
                        self.unread[uri] = str(error)
                        continue
                    refused.add(bucket)
                else:
                    continue
            self.beyond.append(uri)

    def place(self, uri: str) -> Place | None:
        """The place of an artifact URI, or of an absolute path; None where this machine does not come."""
        return _below(uri, self._roots, self._further)

    def _add(self, uri: str) -> None:
        store = resolve(uri)
        content = [info for info in store.list("") if info.is_dir]
        if any(info.path == MODELS for info in content):
            content += [info for info in store.list(MODELS) if info.is_dir]
        location = self._further.add(uri)
        if location.file in self._looked_at:
            return
        self._looked_at.add(location.file)
        self.folders += [(location, info.path) for info in content if owner_of(f"{info.path}/{FOLDER}/x")]


def _below(uri: str, *several: Roots) -> Place | None:
    for text in (uri, _without_links(uri)):
        for roots in several:
            with suppress(KisekiError):
                return roots.place(text)
    return None


def _bucket(uri: str) -> str:
    """The bucket of a location; "" when it is in none."""
    try:
        location = parse_location(uri)
        return bucket_name(location) if location.scheme in OBJECT_SCHEMES else ""
    except KisekiError:
        return ""


def _is_here(uri: str) -> bool:
    """Whether a location is a folder of this machine."""
    path = _path(uri)
    return path is not None and path.is_dir()


def _without_links(uri: str) -> str:
    """The path of a location as it is when all links are followed; other URIs as they are."""
    path = _path(uri)
    return uri if path is None else path.resolve().as_posix()


def _path(uri: str) -> Path | None:
    """The absolute path of a location on a disk."""
    try:
        location = parse_location(uri)
    except KisekiError:
        return None
    path = Path(location.path)
    return path if location.is_local and path.is_absolute() else None
