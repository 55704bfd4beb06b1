"""Sizes and digests of artifact files in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy import BindParameter, ColumnElement, bindparam, delete, insert, or_, select, update

from kiseki.store.protocol import FileRecord
from kiseki.store.sql.database import Connection
from kiseki.store.sql.tables import files

_HASHES: BindParameter[str] = bindparam("hashes", expanding=True)
_FIND = select(files.c.uri, files.c.size, files.c.sha256, files.c.modified_ns).where(files.c.uri_hash.in_(_HASHES))
_KNOWN = select(files.c.uri_hash).where(files.c.uri_hash.in_(_HASHES))
# Beside others who record the same or forget it: what is known is changed, and what is not is added.
_KNOWN_TO_CHANGE = _KNOWN.with_for_update()
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

    def record(self, records: Sequence[FileRecord]) -> None:
        by_hash = {_hash(file.uri): file for file in records}
        statement = _KNOWN_TO_CHANGE if self._connection.lock else _KNOWN
        known = {row[0] for row in self._connection.rows_in(statement, "hashes", list(by_hash))}
        # In one order, so that two transactions with the same files wait for each other and are not caught.
        rows = [
            {"hash": one, "bytes": file.size, "digest": file.sha256, "modified": file.modified_ns, "where": file.uri}
            for one, file in sorted(by_hash.items())
        ]
        self._connection.write_many(_CHANGE, [row for row in rows if row["hash"] in known])
        self._connection.write_many(_ADD, [row for row in rows if row["hash"] not in known])

    def find(self, uris: Sequence[str]) -> dict[str, FileRecord]:
        found = self._connection.rows_in(_FIND, "hashes", [_hash(uri) for uri in uris])
        return {row[0]: FileRecord(uri=row[0], size=row[1], sha256=row[2], modified_ns=row[3]) for row in found}

    def forget(self, uri: str) -> None:
        self._connection.query_none(delete(files).where(or_(files.c.uri_hash == _hash(uri), below(uri))))


def below(uri: str) -> ColumnElement[bool]:
    """Whether a file is below a folder, by the index of URIs."""
    folder = uri.rstrip("/") + "/"
    return (files.c.uri >= folder) & (files.c.uri < folder[:-1] + "0")


def _hash(uri: str) -> str:
    return sha256(uri.encode("utf-8", "surrogatepass")).hexdigest()
