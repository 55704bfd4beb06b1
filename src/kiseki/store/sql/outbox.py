"""What the works of one transaction write, sent together.

A statement costs the driver of a database server many times what one row more in it costs. So rows that a group of works
writes wait here, and are sent as one statement for each kind before the transaction reads anything, and at its end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import Executable, Insert, Update

from kiseki.store.sql.statement import ManyStatement, Statement
from kiseki.store.sql.tables import metadata


class Outbox:
    """The rows of one transaction that are not sent yet.

    INSERTs go first, those of a table before those of what refers to it. Of several UPDATEs of a row by one statement the last
    is sent, so such a statement writes the same columns whatever the row.

    Args:
        driver: The connection.
        compiled: Makes the statement of a single row.
        compiled_many: Makes that of many; None where there is no such way.
    """

    def __init__(
        self,
        driver: Any,
        compiled: Callable[[Executable], Statement],
        compiled_many: Callable[[Executable], ManyStatement | None],
    ) -> None:
        self._driver = driver
        self._compiled = compiled
        self._compiled_many = compiled_many
        self._rows: dict[Executable, dict[Any, Mapping[str, Any]]] = {}

    def put(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> bool:
        """Keeps rows of a statement; False when it is none that can wait."""
        many = self._compiled_many(statement)
        if many is None:
            return False
        waiting = self._rows.setdefault(statement, {})
        if many.key:
            waiting.update({tuple([row[name] for name in many.key]): row for row in rows})
        else:
            waiting.update(enumerate(rows, len(waiting)))
        return True

    def send(self) -> None:
        """Sends what waits."""
        if not self._rows:
            return
        waiting, self._rows = self._rows, {}
        for statement in sorted(waiting, key=_rank):
            rows = list(waiting[statement].values())
            many = self._compiled_many(statement) if len(rows) > 1 else None
            if many is not None:
                self._driver.cursor().execute(many.sql, many.arguments(rows))
            else:
                compiled = self._compiled(statement)
                self._driver.cursor().execute(compiled.sql, compiled.arguments(rows[0]))


@cache
def _rank(statement: Executable) -> tuple[bool, int]:
    """The place of a statement among those that are sent together."""
    assert isinstance(statement, Insert | Update)
    return isinstance(statement, Update), _PLACES[str(statement.table)]


_PLACES: Final = {str(table.name): i for i, table in enumerate(metadata.sorted_tables)}
