"""Answers that may be asked for again, in SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

from sqlalchemy import bindparam, delete, insert, select

from kiseki.store.sql.database import Connection
from kiseki.store.sql.tables import replies

KEPT_MS: Final = 24 * 60 * 60 * 1000
"""How long an answer is kept; clients give up long before."""

_GET = select(replies.c.answer).where(replies.c.hash == bindparam("mark"))
_GET_SOME = select(replies.c.hash, replies.c.answer).where(replies.c.hash.in_(bindparam("marks", expanding=True)))
_ADD = insert(replies).values(hash=bindparam("mark"), answer=bindparam("data"), time=bindparam("now"))
_FORGET = delete(replies).where(replies.c.time < bindparam("oldest"))


class SqlReplies:
    """`kiseki.store.protocol.Replies`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, mark: str) -> bytes | None:
        known = self._connection.ahead.replies
        if mark in known:
            return known[mark]
        row = self._connection.row(_GET, mark=_hash(mark))
        return bytes(row[0]) if row else None

    def read_ahead(self, marks: Sequence[str]) -> Callable[[], None]:
        """Asks for the answers of marks; what is returned keeps them."""
        hashes = {_hash(mark): mark for mark in marks}
        answer = self._connection.ask(_GET_SOME, "marks", list(hashes))

        def keep() -> None:
            self._connection.ahead.replies.update(dict.fromkeys(marks))
            self._connection.ahead.replies.update({hashes[mark]: bytes(data) for mark, data in answer()})

        return keep

    def keep(self, mark: str, answer: bytes, now: int) -> None:
        self._connection.ahead.replies[mark] = answer
        if not self._connection.ahead.old_replies_gone:
            self._connection.run(_FORGET, oldest=now - KEPT_MS)
            self._connection.ahead.old_replies_gone = True
        self._connection.write(_ADD, mark=_hash(mark), data=answer, now=now)


def _hash(mark: str) -> str:
    return sha256(mark.encode("utf-8", "surrogatepass")).hexdigest()
