"""A tree as text again: `parse_filter(render(node), entity) == node` for every tree that the parser makes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from kiseki.query.nodes import Aggregate, And, Comparison, Field, Kind, Node, Not, Or, OrderTerm

_PLAIN_KEY: Final = re.compile(r"[^\W\d]\w*+(?:\.[^\W\d]\w*+)*+")
_AGGREGATES: Final = frozenset(Aggregate)


def render(node: Node | None) -> str:
    """The filter's text; empty for `None`."""
    match node:
        case None:
            return ""
        case And(items=items):
            return " AND ".join(_in_parentheses(item, Or) for item in items)
        case Or(items=items):
            return " OR ".join(_in_parentheses(item, And) for item in items)
        case Not(item=item):
            return f"NOT {_in_parentheses(item, And, Or)}"
        case Comparison(field=field, op=op, value=value):
            return " ".join(part for part in (render_field(field), op.value, _value(value)) if part)


def render_field(field: Field) -> str:
    """The field's text, with the key in backticks where it needs them."""
    stem, _, suffix = field.key.rpartition(".")
    looks_aggregated = field.kind is Kind.METRIC and stem != "" and suffix in _AGGREGATES
    # Before a written suffix the key is whatever stands in front of the last dot, so only a bare key is ambiguous.
    ambiguous = looks_aggregated and field.aggregate is Aggregate.LAST
    key = field.key if _PLAIN_KEY.fullmatch(field.key) and not ambiguous else _quote(field.key, "`")
    suffix = "" if field.aggregate is Aggregate.LAST else f".{field.aggregate}"
    return f"{field.kind}.{key}{suffix}"


def render_order_by(terms: Iterable[OrderTerm]) -> list[str]:
    """The items of an `order_by`."""
    return [f"{render_field(term.field)} {'DESC' if term.descending else 'ASC'}" for term in terms]


def _in_parentheses(node: Node, *classes: type[Node]) -> str:
    text = render(node)
    return f"({text})" if isinstance(node, classes) else text


def _value(value: str | int | float | tuple[str, ...] | None) -> str:
    match value:
        case None:
            return ""
        case str():
            return _quote(value, "'")
        case tuple():
            listed = ", ".join(_quote(item, "'") for item in value)
            return f"({listed})"
        case _:
            return repr(value)


def _quote(text: str, quote: str) -> str:
    return f"{quote}{text.replace(quote, quote * 2)}{quote}"
