"""Artifacts in a bucket of an object store: S3 and what speaks like it, Google Cloud Storage, Azure Blob Storage.

A file is one object, a folder is what its objects' keys have in common. An object appears whole: small files are stored
by one request, larger ones in parts that travel several at once and become an object when the last one is there. What
ends before leaves nothing that anybody sees; parts that a killed process leaves behind are the bucket's to expire (a
lifecycle rule), since they belong to no object.

Stores keep times to the second. The rest of `modified_ns` is drawn from the object's ETag, so that a file that takes
another's place in the same second is still told from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

from kiseki.artifact_store.buckets import Bucket
from kiseki.artifact_store.object_download import ObjectDownload, open_object
from kiseki.artifact_store.object_errors import bucket_there, explained
from kiseki.artifact_store.object_group import ObjectGroup, folders_above, is_a_folder
from kiseki.artifact_store.object_upload import ObjectUpload
from kiseki.artifact_store.object_version import file_version
from kiseki.artifact_store.paths import RESERVED_NAME, check_path, is_valid_path
from kiseki.artifact_store.protocol import FileInfo, FileVersion, PartUploads, SignedRequest, SmallFile, StoredFile
from kiseki.artifact_store.recent import Recent
from kiseki.artifact_store.s3_parts import S3Parts
from kiseki.artifact_store.small_files import read_side_by_side
from kiseki.base.errors import InvalidParameter, KisekiError, NotFound

FOLDER_SECONDS: Final = 60.0
"""So long a folder that this process put a file into is taken for one without asking again."""

_LIST_CHUNK: Final = 1000
_PLAIN_KEY: Final = re.compile(r"[A-Za-z0-9._\-/]+")


class ObjectStore:
    """An `ArtifactStore` in the folder `prefix` of a bucket.

    Args:
        bucket: An open bucket; it must exist.
        prefix: Without slashes around it; "" for the whole bucket.
    """

    def __init__(self, bucket: Bucket, prefix: str) -> None:
        self._bucket = bucket
        self._objects = bucket.objects
        self._prefix = prefix
        self._folders = Recent(FOLDER_SECONDS)

    def below(self, name: str) -> ObjectStore:
        """A store in a folder that no path of this one reaches."""
        return ObjectStore(self._bucket, self.key(f"{RESERVED_NAME}/{name}"))

    def open_upload(self, path: str) -> ObjectUpload:
        checked = check_path(path)
        self.check_place(checked)

        def check(took_long: bool) -> None:
            if (took_long or self._folders.has(checked)) and self._is_folder(checked):
                raise is_a_folder(checked)

        return ObjectUpload(self._objects, self.key(checked), checked, check, lambda: self._note_folders(checked))

    def open_download(self, path: str) -> ObjectDownload:
        checked = check_path(path)
        with explained(checked):
            found = open_object(self._objects, self.key(checked), checked)
            if found is None and self._is_folder(checked):
                raise is_a_folder(path)
        if found is None:
            raise NotFound(f"No such artifact: {path!r}")
        return found

    def store_files(self, files: Sequence[SmallFile]) -> Sequence[StoredFile | KisekiError]:
        group = ObjectGroup(
            self._objects, self.key, self._check_above, self._note_folders, lists=self._bucket.lists_from_a_key
        )
        return group.store(files)

    def read_files(self, paths: Sequence[str], max_bytes: int) -> Iterator[SmallFile | KisekiError]:
        return read_side_by_side(self, paths, max_bytes)

    def list(self, path: str) -> list[FileInfo]:
        checked = check_path(path, folder=True)
        with explained(checked), bucket_there():
            listed = self._objects.list_with_delimiter(self.key(checked) or None)
        found = [
            FileInfo(path=name, is_dir=True, file_size=None)
            for name in map(self._path, listed["common_prefixes"])
            if name is not None
        ]
        found += self._infos(listed["objects"], checked)
        found.sort(key=lambda info: (info.path, info.is_dir))
        return found

    def stat(self, path: str) -> FileInfo | None:
        checked = check_path(path, folder=True)
        if not checked:
            return FileInfo(path="", is_dir=True, file_size=None)
        with explained(checked):
            version = self._version(checked)
            if version is not None:
                return FileInfo(path=checked, is_dir=False, file_size=version.size)
            return FileInfo(path=checked, is_dir=True, file_size=None) if self._is_folder(checked) else None

    def walk(self, path: str) -> Iterator[FileInfo]:
        start = self.stat(path)
        if start is None:
            return
        if not start.is_dir:
            yield start
            return
        # One request for a thousand files, however they are spread over folders. Keys come in an order in which `a.txt`
        # lies between `a` and `a/b`.
        with explained(start.path), bucket_there():
            found = [info for chunk in self._listed(start.path) for info in self._infos(chunk, start.path)]
        found.sort(key=lambda info: info.path.split("/"))
        yield from found

    def delete(self, path: str) -> None:
        checked = check_path(path, folder=True)
        if not checked:
            raise InvalidParameter("Invalid path '': the root of a store is not deleted; name what is in it.")
        with explained(checked):
            if self._version(checked) is not None:
                self._delete([self.key(checked)])
            for chunk in self._listed(checked):
                self._delete([one["path"] for one in chunk])
            self._folders.forget(checked)

    def version(self, path: str) -> FileVersion | None:
        with explained(path):
            return self._version(path)

    def sign(self, method: str, path: str, seconds: int) -> SignedRequest | None:
        import obstore

        signed: Any = obstore.sign
        key = self.key(check_path(path))
        if self._bucket.signs_plain_keys_only and not _PLAIN_KEY.fullmatch(key):
            return None
        try:
            url = str(signed(self._objects, method, key, timedelta(seconds=seconds)))
        except Exception:  # noqa: BLE001 - there are many ways in which credentials can not sign, and one answer
            return None
        return SignedRequest(
            method=method, url=url, headers=dict(self._bucket.upload_headers) if method == "PUT" else {}
        )

    @property
    def part_uploads(self) -> PartUploads | None:
        return None if self._bucket.s3 is None else S3Parts(self._bucket.s3, self.key)

    def check_place(self, path: str) -> None:
        with explained(path):
            if self._is_folder(path):
                raise is_a_folder(path)
        self._check_above(path)

    def _check_above(self, path: str) -> None:
        with explained(path):
            for folder in reversed(folders_above(path)):
                # Where a file lies below it, it was looked at when that was written, and all above it too.
                if self._folders.has(folder):
                    break
                if self._version(folder) is not None:
                    raise InvalidParameter(f"Invalid path {path!r}: {folder!r} is a file, not a folder.")

    def key(self, path: str) -> str:
        """The key of the object of a checked path."""
        return f"{self._prefix}/{path}" if self._prefix and path else self._prefix or path

    def _note_folders(self, path: str) -> None:
        for folder in folders_above(path):
            self._folders.add(folder)

    def _version(self, path: str) -> FileVersion | None:
        try:
            return file_version(self._objects.head(self.key(path)))
        except FileNotFoundError:
            return None

    def _is_folder(self, path: str) -> bool:
        with bucket_there():
            return next(self._listed(path, chunk=1), None) is not None

    def _listed(self, path: str, chunk: int = _LIST_CHUNK) -> Iterator[Sequence[Any]]:
        yield from self._objects.list(self.key(path) or None, chunk_size=chunk)

    def _delete(self, keys: Sequence[str]) -> None:
        # What somebody else deleted first ends the whole request in some stores.
        try:
            self._objects.delete(keys)
        except FileNotFoundError:
            for key in keys:
                try:
                    self._objects.delete(key)
                except FileNotFoundError:
                    continue

    def _infos(self, objects: Any, folder: str) -> Sequence[FileInfo]:
        found = []
        for one in objects:
            path = self._path(one["path"])
            # Some programs mark a folder by an empty object of its own name.
            if path is not None and path != folder:
                found.append(FileInfo(path=path, is_dir=False, file_size=one["size"]))
        return found

    def _path(self, key: str) -> str | None:
        """The path of a key; None for what no path names."""
        key = key.rstrip("/")
        prefix = f"{self._prefix}/" if self._prefix else ""
        path = key[len(prefix) :]
        return path if key.startswith(prefix) and is_valid_path(path) else None
