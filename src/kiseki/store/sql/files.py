"""Sizes and digests of artifact files in SQL."""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy import ColumnElement, bindparam, delete, insert, or_, select, update

from kiseki.store.protocol import FileRecord
from kiseki.store.sql.database import Connection
from kiseki.store.sql.tables import files

_GET = select(files.c.uri, files.c.size, files.c.sha256, files.c.modified_ns).where(
    files.c.uri_hash == bindparam("hash")
)
_ADD = insert(files).values(
    uri_hash=bindparam("hash"),
    uri=bindparam("where"),
    size=bindparam("bytes"),
    sha256=bindparam("digest"),
    modified_ns=bindparam("modified"),
)
_CHANGE = (
    update(files)
    .where(files.c.uri_hash == bindparam("hash"))
    .values(size=bindparam("bytes"), sha256=bindparam("digest"), modified_ns=bindparam("modified"))
)


class SqlFiles:
    """`kiseki.store.protocol.Files`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def record(self, file: FileRecord) -> None:
        known = {"hash": _hash(file.uri), "bytes": file.size, "digest": file.sha256, "modified": file.modified_ns}
        if not self._connection.change(_CHANGE, **known):
            self._connection.run(_ADD, where=file.uri, **known)

    def get(self, uri: str) -> FileRecord | None:
        row = self._connection.row(_GET, hash=_hash(uri))
        return FileRecord(uri=row[0], size=row[1], sha256=row[2], modified_ns=row[3]) if row else None

    def forget(self, uri: str) -> None:
        self._connection.query_none(delete(files).where(or_(files.c.uri_hash == _hash(uri), below(uri))))


def below(uri: str) -> ColumnElement[bool]:
    """Whether a file is below a folder, by the index of URIs."""
    folder = uri.rstrip("/") + "/"
    return (files.c.uri >= folder) & (files.c.uri < folder[:-1] + "0")


def _hash(uri: str) -> str:
    return sha256(uri.encode("utf-8", "surrogatepass")).hexdigest()
