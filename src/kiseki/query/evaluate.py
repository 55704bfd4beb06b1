"""What filters and orders mean, in plain Python over rows in memory.

It is the oracle that the SQL compiler is tested against, so it is written to be obviously right and shares nothing with
SQL. Stores that hold their rows in memory may use it as it is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from kiseki.query.fields import Entity, ValueType, full_order
from kiseki.query.nodes import Aggregate, And, Comparison, Field, Kind, Node, Not, Op, Or, OrderTerm

_TO_LOWER: Final = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


class MetricSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What a metric's history comes to. `min` and `max` leave NaN points out, and are NaN if there are no others."""

    last: float
    min: float
    max: float
    first: float
    count: int = 1

    @classmethod
    def of(cls, values: Sequence[float]) -> MetricSummary:
        """The summary of a history in its order, which has one point or more."""
        numbers = [value for value in values if not math.isnan(value)]
        return cls(
            last=values[-1],
            min=min(numbers, default=math.nan),
            max=max(numbers, default=math.nan),
            first=values[0],
            count=len(values),
        )


class DatasetRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset of a run; `context` is absent if it was logged without one."""

    name: str
    digest: str
    context: str | None = None


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One row: attributes by canonical key, those that are absent left out or `None`.

    `measured` has the metrics of a logged model, for each dataset that they were measured on, the latest one first.
    """

    attributes: Mapping[str, str | int | None]
    metrics: Mapping[str, MetricSummary] = {}
    measured: Mapping[str, tuple[MetricSummary, ...]] = {}
    params: Mapping[str, str] = {}
    tags: Mapping[str, str] = {}
    datasets: tuple[DatasetRecord, ...] = ()


def matches(node: Node | None, record: Record) -> bool:
    """Whether the record satisfies the filter; `None` is satisfied by all."""
    match node:
        case None:
            return True
        case And(items=items):
            return all(matches(item, record) for item in items)
        case Or(items=items):
            return any(matches(item, record) for item in items)
        case Not(item=item):
            return not matches(item, record)
        case Comparison(field=field, op=op):
            values = values_of(field, record)
            return not values if op is Op.IS_NULL else any(_holds(value, node) for value in values)


def order(records: Iterable[Record], terms: Sequence[OrderTerm], entity: Entity) -> list[Record]:
    """The records in the order that `terms` and the entity's tie rule give."""
    ordered = list(records)
    # Sorting is stable: sorted by the least important term first, ties keep what the less important terms gave.
    for term in reversed(full_order(terms, entity)):
        ordered = _sorted_by(ordered, term, entity)
    return ordered


def values_of(field: Field, record: Record) -> list[str | int | float]:
    """The record's values for the field: none if it is absent, several for datasets and metrics of logged models alone."""
    match field.kind:
        case Kind.METRIC:
            known = record.metrics.get(field.key)
            summaries = record.measured.get(field.key, ()) if known is None else (known,)
            return [_number(summary, field.aggregate) for summary in summaries]
        case Kind.PARAM:
            return [record.params[field.key]] if field.key in record.params else []
        case Kind.TAG:
            return [record.tags[field.key]] if field.key in record.tags else []
        case Kind.DATASET:
            found = [{"name": item.name, "digest": item.digest, "context": item.context} for item in record.datasets]
            return [value for item in found if (value := item[field.key]) is not None]
        case Kind.ATTRIBUTE:
            attribute = record.attributes.get(field.key)
            return [] if attribute is None else [attribute]


def like(text: str, pattern: str) -> bool:
    """Whether the whole text fits a LIKE pattern: `%` is any text, `_` any one code point, nothing escapes.

    However many `%` there are, the time is bounded by the product of the lengths: between two `%` the leftmost place
    that fits is the best one, so nothing is ever tried again.
    """
    first, *rest = pattern.split("%")
    if not rest:
        return _piece(first).fullmatch(text) is not None
    *middle, last = rest
    start, end = len(first), len(text) - len(last)
    if start > end or not _piece(first).match(text) or not _piece(last).match(text, end):
        return False
    for piece in middle:
        found = _piece(piece).search(text, start, end)
        if found is None:
            return False
        start = found.end()
    return True


def _piece(piece: str) -> re.Pattern[str]:
    return re.compile("".join("." if char == "_" else re.escape(char) for char in piece), re.DOTALL)


def _number(summary: MetricSummary, aggregate: Aggregate) -> float | int:
    match aggregate:
        case Aggregate.LAST:
            return summary.last
        case Aggregate.MIN:
            return summary.min
        case Aggregate.MAX:
            return summary.max
        case Aggregate.FIRST:
            return summary.first
        case Aggregate.COUNT:
            return summary.count


def _holds(found: str | int | float, comparison: Comparison) -> bool:
    """Whether a value that is present satisfies the comparison. Python's comparisons with NaN are the ones meant."""
    wanted = comparison.value
    match comparison.op:
        case Op.IS_NOT_NULL:
            return True
        case Op.IS_NULL:
            return False
        case Op.EQ:
            return found == wanted
        case Op.NE:
            return found != wanted
    if isinstance(wanted, tuple):
        return (found in wanted) is (comparison.op is Op.IN)
    if isinstance(found, str) and isinstance(wanted, str):
        if comparison.op is Op.ILIKE:
            return like(found.translate(_TO_LOWER), wanted.translate(_TO_LOWER))
        return comparison.op is Op.LIKE and like(found, wanted)
    if isinstance(found, str) or isinstance(wanted, str) or wanted is None:
        raise TypeError(f"{comparison} compares unlike things: {found!r}")
    match comparison.op:
        case Op.LT:
            return found < wanted
        case Op.LE:
            return found <= wanted
        case Op.GT:
            return found > wanted
        case Op.GE:
            return found >= wanted
    raise TypeError(f"{comparison} has an operator that numbers do not have")


def _sorted_by(records: list[Record], term: OrderTerm, entity: Entity) -> list[Record]:
    decimal = entity.type_of(term.field).value is ValueType.DECIMAL
    present: list[tuple[str | int | float, Record]] = []
    nan: list[Record] = []
    absent: list[Record] = []
    for record in records:
        values = values_of(term.field, record)
        if not values:
            absent.append(record)
        elif isinstance(values[0], float) and math.isnan(values[0]):
            nan.append(record)
        else:
            present.append((int(values[0]) if decimal else values[0], record))
    present.sort(key=lambda pair: _place(pair[0]), reverse=term.descending)
    return [*(record for _, record in present), *nan, *absent]


def _place(value: str | int | float) -> tuple[str | int | float, float]:
    """What a value is sorted by: -0.0 stands before 0.0, though the two are equal."""
    return value, math.copysign(1.0, value) if isinstance(value, float) else 0.0
