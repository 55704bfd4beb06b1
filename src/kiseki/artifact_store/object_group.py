"""Many small files into a bucket at once: a request for each, and a few for all of them.

A file by itself takes three requests, one after the other: whether a folder has its name, the file, and when the store says
that it came. Here the first and the last are lists of the folders in which the files lie.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from itertools import chain, islice
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from kiseki.artifact_store.object_errors import bucket_there, explained
from kiseki.artifact_store.object_version import file_version
from kiseki.artifact_store.protocol import FileVersion, SmallFile, StoredFile
from kiseki.artifact_store.small_files import described, side_by_side
from kiseki.base.errors import InvalidParameter, KisekiError

FEW: Final = 3
"""For so many files of a folder no list is asked for."""

PAGE_KEYS: Final = 1000
PAGES: Final = 4
"""So many requests a list may take; where more lies between the first and the last name, each is asked about by itself."""


class Near(NamedTuple):
    """What a list of a folder has from the first of some names to the last."""

    files: Mapping[str, FileVersion]
    folders: Set[str]


class ObjectGroup:
    """Stores small files in one bucket together.

    Args:
        objects: The bucket, of obstore.
        key: The key of a path.
        check_above: Raises InvalidParameter when a file lies above a path.
        appeared: Takes notice of a path that was stored.
        lists: Whether a list can begin in the middle. Otherwise each file is asked about by itself.
    """

    def __init__(
        self,
        objects: Any,
        key: Callable[[str], str],
        check_above: Callable[[str], None],
        appeared: Callable[[str], None],
        *,
        lists: bool,
    ) -> None:
        self._objects = objects
        self._key = key
        self._check_above = check_above
        self._appeared = appeared
        self._lists = lists

    def store(self, files: Sequence[SmallFile]) -> Sequence[StoredFile | KisekiError]:
        """See `ArtifactStore.store_files`. Of files of one path the last is kept."""
        looked_at = [described(file) for file in files]
        last = {one.path: number for number, one in enumerate(looked_at) if isinstance(one, StoredFile)}
        outcomes: dict[str, str | KisekiError] = dict(self._refused(list(last)))
        sent = [(path, files[number].content) for path, number in last.items() if path not in outcomes]
        outcomes |= zip((path for path, _ in sent), side_by_side(self._put, sent), strict=True)
        versions = self._versions([path for path, etag in outcomes.items() if isinstance(etag, str)])
        return [
            _result(one, outcomes[one.path], versions.get(one.path) if last[one.path] == number else None)
            if isinstance(one, StoredFile)
            else one
            for number, one in enumerate(looked_at)
        ]

    def _put(self, file: tuple[str, bytes]) -> str:
        """Stores one file and returns its ETag."""
        path, content = file
        with explained(path), bucket_there():
            result = self._objects.put(self._key(path), content, use_multipart=False)
        self._appeared(path)
        return (result["e_tag"] or "").strip('"')

    def _refused(self, paths: Sequence[str]) -> Iterator[tuple[str, KisekiError]]:
        """The paths that no file can have, with the errors."""
        folders = {folder for path in paths for folder in folders_above(path)}
        groups = _by_folder(paths)
        unknown: list[str] = []
        for group, near in zip(groups, side_by_side(self._look_above_and_near, groups), strict=True):
            if isinstance(near, KisekiError):
                yield from ((path, near) for path in group)
            elif near is None:
                unknown += group
            else:
                yield from ((path, is_a_folder(path)) for path in group if path in near.folders or path in folders)
        for path, found in zip(unknown, side_by_side(self._is_folder, unknown), strict=True):
            if found or path in folders:
                yield path, found if isinstance(found, KisekiError) else is_a_folder(path)

    def _versions(self, paths: Sequence[str]) -> dict[str, FileVersion]:
        """What the files are now; those that are not there or not told are not in it."""
        groups = _by_folder(paths)
        found: dict[str, FileVersion] = {}
        for near in side_by_side(self._look_near, groups):
            if isinstance(near, Near):
                found |= near.files
        unknown = [path for path in paths if path not in found]
        for path, version in zip(unknown, side_by_side(self._version, unknown), strict=True):
            if isinstance(version, FileVersion):
                found[path] = version
        return found

    def _look_above_and_near(self, paths: Sequence[str]) -> Near | None:
        self._check_above(paths[0])
        return self._look_near(paths)

    def _look_near(self, paths: Sequence[str]) -> Near | None:
        """What lies where files of one folder are; None where that would take too many requests."""
        if len(paths) <= FEW or not self._lists:
            return None
        folder = paths[0].rpartition("/")[0]
        below = len(self._key(folder)) + 1 if self._key(folder) else 0
        by_key = {self._key(path): path for path in paths}
        first, last = min(by_key), max(by_key)
        files: dict[str, FileVersion] = {}
        folders: set[str] = set()
        with explained(folder), bucket_there():
            # A list begins behind the key that it is given.
            listed = self._objects.list(self._key(folder) or None, offset=first[:-1], chunk_size=PAGE_KEYS)
            for meta in chain.from_iterable(islice(listed, PAGES)):
                key = meta["path"]
                name, slash, _ = key[below:].partition("/")
                path = by_key.get(key[:below] + name)
                if path is not None and slash:
                    folders.add(path)
                elif path is not None:
                    files[path] = file_version(meta)
                elif key >= f"{last}0":
                    # Behind all that begins with the last name and a slash.
                    return Near(files, folders)
            return Near(files, folders) if next(listed, None) is None else None

    def _is_folder(self, path: str) -> bool:
        with explained(path), bucket_there():
            return next(self._objects.list(self._key(path), chunk_size=1), None) is not None

    def _version(self, path: str) -> FileVersion | None:
        with explained(path):
            try:
                return file_version(self._objects.head(self._key(path)))
            except FileNotFoundError:
                return None


def is_a_folder(path: str) -> InvalidParameter:
    """The error for a file that cannot have the path of a folder."""
    return InvalidParameter(f"Invalid path {path!r}: it is a folder, not a file.")


def folders_above(path: str) -> list[str]:
    """The folders in which a path lies, the outermost first."""
    segments = path.split("/")
    return ["/".join(segments[:depth]) for depth in range(1, len(segments))]


def _by_folder(paths: Iterable[str]) -> list[list[str]]:
    folders: dict[str, list[str]] = {}
    for path in paths:
        folders.setdefault(path.rpartition("/")[0], []).append(path)
    return list(folders.values())


def _result(file: StoredFile, outcome: str | KisekiError, version: FileVersion | None) -> StoredFile | KisekiError:
    """What became of a file; `outcome` is its ETag, `version` what has its name now."""
    if isinstance(outcome, KisekiError):
        return outcome
    is_it = version is not None and outcome in {"", version.etag}
    return replace(file, modified_ns=version.modified_ns if version is not None and is_it else -1)
