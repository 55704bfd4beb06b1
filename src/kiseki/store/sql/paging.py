"""Pages of a search: an order of rows, and tokens that say where in it the last row of a page stood."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, and_, or_, true

from kiseki.base.errors import InvalidParameter
from kiseki.domain.experiments import View
from kiseki.store.sql.database import Connection
from kiseki.store.sql.tables import ACTIVE, DELETED


class SortKey(msgspec.Struct, frozen=True, kw_only=True):
    """One column of the sort order; never null."""

    column: ColumnElement[Any]
    descending: bool = False


SortKeys = tuple[SortKey, ...]


def in_view(lifecycle: ColumnElement[Any], view: View) -> ColumnElement[bool]:
    """Whether a row is in a view, by its column of the lifecycle."""
    if view is View.ALL:
        return true()
    return lifecycle == (ACTIVE if view is View.ACTIVE_ONLY else DELETED)


def in_order(statement: Select[Any], keys: SortKeys, after: Sequence[Any] | None, limit: Any) -> Select[Any]:
    """The statement with its sort keys as columns, from behind a position on, in order."""
    statement = statement.add_columns(*(key.column.label(f"sort_{i}") for i, key in enumerate(keys)))
    if after is not None:
        statement = statement.where(_behind(keys, after))
    order = [key.column.desc() if key.descending else key.column.asc() for key in keys]
    return statement.order_by(*order).limit(limit)


def digest(*search: Any) -> str:
    """What a token belongs to: the same search with the same order."""
    encoded = msgspec.json.encode([repr(part) for part in search])
    return blake2b(encoded, digest_size=8).hexdigest()


def position(connection: Connection, token: str, search: str, keys: int) -> list[Any] | None:
    """Where the row stood that a token tells of, as values of the sort keys; None without a token.

    Raises:
        InvalidParameter: The token was not made by this database for this search.
    """
    if not token:
        return None
    made_for, found = (*connection.database.verify(token), None)[:2]
    if made_for != search or not isinstance(found, list) or len(found) != keys:
        raise InvalidParameter(
            "Invalid page token: it belongs to another search. Use it with the same filter, order_by, view and "
            "experiments as the page that it came with."
        )
    return found


def page(connection: Connection, rows: list[tuple[Any, ...]], max_results: int, search: str) -> tuple[list[int], str]:
    """The numbers of the rows of a page, and the token of the next: of `max_results` rows and one, if there is one."""
    found, token = rows_of_page(connection, rows, 1, max_results, search)
    return [row[0] for row in found], token


def rows_of_page(
    connection: Connection, rows: list[tuple[Any, ...]], columns: int, max_results: int, search: str
) -> tuple[list[tuple[Any, ...]], str]:
    """As `page`, of rows whose sort keys come after so many columns; they keep both."""
    if len(rows) <= max_results:
        return rows, ""
    return rows[:max_results], connection.database.sign([search, list(rows[max_results - 1][columns:])])


def _behind(keys: SortKeys, position: Sequence[Any]) -> ColumnElement[bool]:
    """Whether a row comes after a position in the order of the keys."""
    ways = []
    for i, key in enumerate(keys):
        equal = [one.column == value for one, value in zip(keys[:i], position, strict=False)]
        ways.append(and_(*equal, key.column < position[i] if key.descending else key.column > position[i]))
    # Implied by the rest; it lets the database start its walk along an index at the position.
    first = keys[0].column <= position[0] if keys[0].descending else keys[0].column >= position[0]
    return and_(first, or_(*ways))
