"""Searches of registered models and of versions.

A page token says where the last row stood in the order, as in `search`. Where a condition that must hold names few rows, those
are looked up, filtered and sorted; else the index of the order is walked, which ends soon, since a row in a few dozen matches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, Table, bindparam, exists, func, not_, select

from kiseki.query import (
    MODEL_VERSIONS,
    REGISTERED_MODELS,
    Comparison,
    Field,
    Kind,
    Node,
    Op,
    OrderTerm,
    full_order,
)
from kiseki.store.ordered import text_hash
from kiseki.store.sql import sqlite_parts, tables
from kiseki.store.sql.compile import (
    PATTERNS,
    Among,
    Condition,
    Conditions,
    attribute_condition,
    matched,
    pattern,
    text_condition,
)
from kiseki.store.sql.database import Connection
from kiseki.store.sql.paging import SortKey, SortKeys, digest, in_order, position, rows_of_page
from kiseki.store.sql.search import FEW, required

_MODELS: Final = tables.registered_models
_VERSIONS: Final = tables.model_versions

MODEL_ATTRIBUTES: Final[Mapping[str, ColumnElement[Any]]] = {
    "name": _MODELS.c.name,
    "creation_timestamp": _MODELS.c.creation_time,
    "last_updated_timestamp": _MODELS.c.last_update_time,
}
VERSION_ATTRIBUTES: Final[Mapping[str, ColumnElement[Any]]] = {
    "name": _VERSIONS.c.name,
    "version_number": _VERSIONS.c.version,
    "run_id": _VERSIONS.c.run_id,
    "model_id": _VERSIONS.c.model_id,
    "source_path": _VERSIONS.c.source,
    "current_stage": _VERSIONS.c.stage,
    "creation_timestamp": _VERSIONS.c.creation_time,
    "last_updated_timestamp": _VERSIONS.c.last_update_time,
}
_HASHES: Final[Mapping[str, ColumnElement[Any]]] = {"source_path": _VERSIONS.c.source_hash}
_MANY: Final = 20_000
_USUAL_TERMS: Final = 2
"""Orders of so few terms are few, and their statements are kept."""
Columns = tuple[ColumnElement[Any], ...]
_NEGATIVE: Final = (Op.NE, Op.NOT_IN, Op.IS_NULL)
_LOOKUPS: Final = frozenset({"name", "run_id", "model_id", "source_path"})


class _Conditions(Conditions):
    """Conditions on a row of `rows`; `owner` is the column of `tags` with its number."""

    def __init__(
        self, rows: Table, attributes: Mapping[str, ColumnElement[Any]], tags: Table, owner: ColumnElement[int]
    ) -> None:
        self.rows = rows
        self.tags = tags
        self.owner = owner
        self.attributes = attributes

    def keys(self, order: Sequence[OrderTerm]) -> SortKeys:
        """The columns of an order."""
        return tuple(SortKey(column=self.column(term.field), descending=term.descending) for term in order)

    def column(self, attribute: Field) -> ColumnElement[Any]:
        """Where an attribute is."""
        return self.attributes[attribute.key]

    def comparison(self, node: Comparison) -> Condition:
        if node.field.kind is Kind.TAG:
            has = select(1).where(self.owner == self.rows.c.number, self.tags.c.name == node.field.key)
            has = has.correlate(self.rows)
            if node.op is Op.IS_NULL:
                return not_(exists(has))
            return exists(has if node.op is Op.IS_NOT_NULL else has.where(self.tag_value(node)))
        column, hashed = self.column(node.field), _HASHES.get(node.field.key)
        if hashed is not None and isinstance(node.value, str | tuple):
            return text_condition(column, node, hashed)
        return attribute_condition(column, node, nullable=False)

    def tag_value(self, node: Comparison) -> Condition:
        """The condition on the value of a tag that there is."""
        return text_condition(self.tags.c.value, node, self.tags.c.hash)


_OF_MODELS: Final = _Conditions(
    _MODELS, MODEL_ATTRIBUTES, tables.registered_model_tags, tables.registered_model_tags.c.model
)
_OF_VERSIONS: Final = _Conditions(
    _VERSIONS, VERSION_ATTRIBUTES, tables.model_version_tags, tables.model_version_tags.c.version
)


def registered_models(
    connection: Connection,
    columns: Columns,
    where: Node | None,
    prompts: bool,
    order_by: Sequence[OrderTerm],
    max_results: int,
    page_token: str,
) -> tuple[list[tuple[Any, ...]], str]:
    """One page of registered models, rows that begin with `columns`, and the token of the next."""
    asked = digest("registered models", where, prompts, order_by)
    order = full_order(order_by, REGISTERED_MODELS)
    after = position(connection, page_token, asked, len(order))
    return _page(connection, _OF_MODELS, columns, where, prompts, order, after, max_results, asked)


def model_versions(
    connection: Connection,
    columns: Columns,
    where: Node | None,
    prompts: bool,
    order_by: Sequence[OrderTerm],
    max_results: int,
    page_token: str,
) -> tuple[list[tuple[Any, ...]], str]:
    """One page of versions, rows that begin with `columns`, and the token of the next."""
    asked = digest("model versions", where, prompts, order_by)
    order = full_order(order_by, MODEL_VERSIONS)
    after = position(connection, page_token, asked, len(order))
    return _page(connection, _OF_VERSIONS, columns, where, prompts, order, after, max_results, asked)


def _page(
    connection: Connection,
    conditions: _Conditions,
    columns: Columns,
    where: Node | None,
    prompts: bool,
    order: tuple[OrderTerm, ...],
    after: Sequence[Any] | None,
    max_results: int,
    asked: str,
) -> tuple[list[tuple[Any, ...]], str]:
    by, few = (None, None) if where is None else _few(connection, conditions, where, order[0].field)
    # What the few were found by holds for them.
    rest = None if by is where else where
    if few is not None and not few:
        return [], ""
    like = _plain_pattern(rest)
    if rest is like and len(order) <= _USUAL_TERMS:
        places = {f"after_{i}": value for i, value in enumerate(after or ())}
        places |= {"prompts": int(prompts), "most": max_results + 1}
        if like is not None:
            places["pattern"] = pattern(like)
        liked = None if like is None else (like.field.key, like.op)
        usual = _usual(conditions, columns, order, after is not None, few is not None, liked)
        found = connection.rows(usual, **places) if few is None else connection.rows_in(usual, "few", few, **places)
    else:
        rows, statement = conditions.rows, select(*columns)
        if rest is not None:
            statement = statement.where(conditions.of(rest))
        if few is None:
            statement = statement.where(rows.c.is_prompt == int(prompts))
        else:
            statement = statement.where(Among(rows.c.number, few), rows.c.is_prompt + 0 == int(prompts))
        found = connection.query(in_order(statement, conditions.keys(order), after, max_results + 1))
    return rows_of_page(connection, found, len(columns), max_results, asked)


@cache
def _usual(
    conditions: _Conditions,
    columns: Columns,
    order: tuple[OrderTerm, ...],
    behind: bool,
    among: bool,
    liked: tuple[str, Op] | None,
) -> Select[Any]:
    """A constant query for a page.

    Args:
        conditions: The table.
        columns: Columns of the rows.
        order: Of the rows.
        behind: From `after_0`, `after_1`, … on, else from the first.
        among: Of the rows of `few` alone.
        liked: An attribute, and how it is compared with `pattern`.
    """
    rows, keys = conditions.rows, conditions.keys(order)
    after = [bindparam(f"after_{i}", type_=key.column.type) for i, key in enumerate(keys)] if behind else None
    # Among a few not by an index of the order, which would be walked to its end.
    statement = select(*columns).where((rows.c.is_prompt + 0 if among else rows.c.is_prompt) == bindparam("prompts"))
    if among:
        statement = statement.where(rows.c.number.in_(bindparam("few", expanding=True)))
    if liked is not None:
        key, op = liked
        statement = statement.where(matched(conditions.attributes[key], op).like(bindparam("pattern")))
    return in_order(statement, keys, after, bindparam("most", type_=Integer))


def _plain_pattern(where: Node | None) -> Comparison | None:
    """The comparison, where there is nothing but an attribute that is like a pattern which all databases take as it is."""
    if not isinstance(where, Comparison) or where.field.kind is not Kind.ATTRIBUTE or where.op not in PATTERNS:
        return None
    return where if isinstance(where.value, str) and "\\" not in where.value else None


def _few(
    connection: Connection, conditions: _Conditions, where: Node, first: Field
) -> tuple[Comparison | None, list[int] | None]:
    """A comparison that must hold and names few rows, and these rows; None if all name many.

    Rows without a comparison are few of which more has to be asked.

    A pattern in what rows are sorted by is looked for in the whole index of the order in any case, in which the page is.
    """
    for comparison in required(where):
        field = comparison.field
        if comparison.op in PATTERNS and field == first:
            continue
        if (having := _having(connection, comparison)) is not None:
            return None, having
        value = comparison.value if comparison.op is Op.EQ else None
        if isinstance(value, str) and (field.kind is Kind.TAG or field.key in _LOOKUPS):
            equal = _tagged(conditions) if field.kind is Kind.TAG else _equal(conditions, field.key)
            rows = connection.rows(equal, key=field.key, value=value, hash=text_hash(value), most=FEW + 1)
        else:
            named = _named_by(connection, conditions, comparison)
            if named is None:
                continue
            rows = connection.query(named.limit(FEW + 1))
        if len(rows) <= FEW:
            return comparison, [row[0] for row in rows]
    return None, None


def _having(connection: Connection, comparison: Comparison) -> list[int] | None:
    """The few versions whose source has the longest part of a pattern in it; None where nothing tells them, or they are many."""
    field = comparison.field
    if not connection.database.parts or comparison.op not in PATTERNS:
        return None
    if field.kind is not Kind.ATTRIBUTE or field.key != "source_path":
        return None
    phrase = sqlite_parts.phrase(pattern(comparison))
    if phrase is None:
        return None
    rows = connection.rows(sqlite_parts.HAVING, phrase=phrase, most=FEW + 1)
    return [row[0] for row in rows] if len(rows) <= FEW else None


@cache
def _tagged(conditions: _Conditions) -> Select[Any]:
    """A constant query for the numbers of the rows that have a tag with a value."""
    tags = conditions.tags.c
    given = (tags.name == bindparam("key"), tags.hash == bindparam("hash"), tags.value == bindparam("value"))
    return select(conditions.owner).where(*given).limit(bindparam("most", type_=Integer))


@cache
def _equal(conditions: _Conditions, attribute: str) -> Select[Any]:
    """A constant query for the numbers of the rows of which an attribute is a value."""
    given = [conditions.attributes[attribute] == bindparam("value")]
    if attribute in _HASHES:
        given.append(_HASHES[attribute] == bindparam("hash"))
    return select(conditions.rows.c.number).where(*given).limit(bindparam("most", type_=Integer))


def _named_by(connection: Connection, conditions: _Conditions, comparison: Comparison) -> Select[Any] | None:
    """A query for the numbers of the rows for which a comparison holds; None where it holds for most."""
    if comparison.op in _NEGATIVE:
        return None
    if comparison.field.kind is Kind.TAG:
        tags, owner = conditions.tags, conditions.owner
        of_key = select(owner).where(tags.c.name == comparison.field.key)
        if comparison.op is Op.IS_NOT_NULL:
            return of_key
        if comparison.op is not Op.IN and len(connection.query(of_key.limit(_MANY))) == _MANY:
            # The values of many rows are read faster in the order of the table than in that of the index.
            of_key = select(owner).where(func.coalesce(tags.c.name, "") == comparison.field.key)
        return of_key.where(conditions.tag_value(comparison))
    if comparison.field.key not in _LOOKUPS:
        return None
    return select(conditions.rows.c.number).where(conditions.comparison(comparison))
