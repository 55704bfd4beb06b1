"""What tells an object from the one that takes its place."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from kiseki.artifact_store.protocol import FileVersion


def file_version(meta: Any) -> FileVersion:
    """What an object's description by obstore says of it."""
    etag = (meta["e_tag"] or "").strip('"')
    return FileVersion(size=meta["size"], modified_ns=stamp(meta["last_modified"], etag), etag=etag)


def stamp(moment: datetime, etag: str) -> int:
    """A time in nanoseconds whose second is that of `moment`, and whose fraction belongs to `etag`."""
    digest = hashlib.sha256(etag.encode()).digest()
    return int(moment.timestamp()) * 1_000_000_000 + int.from_bytes(digest[:8]) % 1_000_000_000
