"""Storage of artifact bytes: files in folders under a root, on a disk or in a bucket of an object store.

`resolve` opens the store of a location, `check_path` is the rule for the paths that clients give, `zip_chunks` streams a
folder. Server and client both use it; nothing here speaks HTTP.
"""

from __future__ import annotations

from pathlib import Path

from kiseki.artifact_store.archive import check_zip, safe_extract, zip_chunks
from kiseki.artifact_store.buckets import OBJECT_SCHEMES, bucket_name, key_prefix, open_bucket
from kiseki.artifact_store.disk import DiskStore
from kiseki.artifact_store.locations import (
    Location,
    absolute_location,
    check_artifact_location,
    join_uri,
    parse_location,
)
from kiseki.artifact_store.object_store import ObjectStore
from kiseki.artifact_store.paths import check_path, file_name, is_valid_path
from kiseki.artifact_store.protocol import (
    ArtifactStore,
    Download,
    FileInfo,
    SignedRequest,
    SignsRequests,
    SmallFile,
    StoredFile,
    TellsTimes,
    Upload,
)
from kiseki.base.errors import InvalidParameter

__all__ = [
    "OBJECT_SCHEMES",
    "ArtifactStore",
    "DiskStore",
    "Download",
    "FileInfo",
    "Location",
    "ObjectStore",
    "SignedRequest",
    "SignsRequests",
    "SmallFile",
    "StoredFile",
    "TellsTimes",
    "Upload",
    "absolute_location",
    "bucket_name",
    "check_artifact_location",
    "check_path",
    "check_zip",
    "file_name",
    "is_valid_path",
    "join_uri",
    "key_prefix",
    "parse_location",
    "resolve",
    "safe_extract",
    "zip_chunks",
]


def resolve(location: str | Location) -> ArtifactStore:
    """The store whose root is `location`, a folder or a part of a bucket that this process reaches by itself.

    What a client named as a location must not come here on a server: it opens the store of its own root and goes down
    from there by paths, which no symbolic link leads astray.

    Raises:
        NotImplementedByKiseki: The scheme has no store here, such as `hdfs:`.
        InvalidParameter: The location is only a reference (`runs:`, `models:`), or is reached through a server.
        MissingDependency: It is in an object store, and the package obstore is not installed.
    """
    parsed = parse_location(location) if isinstance(location, str) else location
    if parsed.is_local:
        return DiskStore(Path(parsed.path))
    if parsed.scheme in {"runs", "models", "prompts"}:
        raise InvalidParameter(
            f"{parsed.uri[:200]!r} is a reference, not a place; look up its artifact URI first and open that."
        )
    if parsed.scheme in {"mlflow-artifacts", "http", "https"}:
        raise InvalidParameter(f"{parsed.uri[:200]!r} is reached through a tracking server, not as a folder.")
    return ObjectStore(open_bucket(parsed), key_prefix(parsed))
