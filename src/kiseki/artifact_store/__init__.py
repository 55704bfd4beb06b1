"""Storage of artifact bytes: files in folders under a root, on a local disk or a mounted network drive.

`resolve` opens the store of a location, `check_path` is the rule for the paths that clients give, `zip_chunks` streams a
folder. Server and client both use it; nothing here speaks HTTP.
"""

from __future__ import annotations

from pathlib import Path

from kiseki.artifact_store.archive import safe_extract, zip_chunks
from kiseki.artifact_store.disk import DiskStore
from kiseki.artifact_store.locations import (
    Location,
    absolute_location,
    check_artifact_location,
    join_uri,
    parse_location,
)
from kiseki.artifact_store.paths import check_path, file_name, is_valid_path
from kiseki.artifact_store.protocol import ArtifactStore, Download, FileInfo, StoredFile, Upload
from kiseki.base.errors import InvalidParameter, NotImplementedByKiseki

__all__ = [
    "ArtifactStore",
    "DiskStore",
    "Download",
    "FileInfo",
    "Location",
    "StoredFile",
    "Upload",
    "absolute_location",
    "check_artifact_location",
    "check_path",
    "file_name",
    "is_valid_path",
    "join_uri",
    "parse_location",
    "resolve",
    "safe_extract",
    "zip_chunks",
]


def resolve(location: str | Location) -> ArtifactStore:
    """The store whose root is `location`, a folder that this process reaches by itself.

    What a client named as a location must not come here on a server: it opens the store of its own root and goes down
    from there by paths, which no symbolic link leads astray.

    Raises:
        NotImplementedByKiseki: The scheme has no store here yet, such as `s3:`.
        InvalidParameter: The location is only a reference (`runs:`, `models:`), or is reached through a server.
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
    raise NotImplementedByKiseki(
        f"kiseki has no artifact store for the scheme {parsed.scheme!r} yet (given: {parsed.uri[:200]!r}); "
        "use a local or mounted folder, or a server's 'mlflow-artifacts:/'."
    )
