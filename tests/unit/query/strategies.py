"""Trees, orders and rows as the parser and the stores make them, for property tests."""

from __future__ import annotations

import math
import re

from hypothesis import strategies as st

from kiseki.query import (
    RUNS,
    Aggregate,
    And,
    Comparison,
    DatasetRecord,
    Entity,
    Field,
    Kind,
    MetricSummary,
    Node,
    Not,
    Op,
    Or,
    OrderTerm,
    Record,
    ValueType,
)

any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
any_key = any_text.filter(bool)

# Few keys and values, so that rows and filters meet.
keys = st.sampled_from(["a", "b", "loss", "loss.min", "val/loss", "a b", "`", "Ä"])
texts = st.sampled_from(["", "a", "A", "b", "ab", "aB", "a%", "it's", 'say "hi"', "ä", "Ä", "10", "9", "\\", "日本"])
patterns = st.text("%_aAbBäÄ", max_size=6).map(lambda text: re.sub("%+", "%", text))
numbers = st.sampled_from([-1.5, 0.0, 0.5, 1.0, 2.0, 1e300, 5e-324])
points = st.one_of(numbers, st.sampled_from([math.nan, math.inf, -math.inf]))
integers = st.sampled_from([-(2**63), -1, 0, 1, 2, 3, 1000, 2**63 - 1])


def fields(entity: Entity, key: st.SearchStrategy[str] = keys) -> st.SearchStrategy[Field]:
    """The fields of an entity."""
    fixed = [Field(kind=kind, key=name) for kind, names in entity.fixed.items() for name in names]
    kinds = [kind for kind in entity.open if kind is not Kind.METRIC]
    choices = [st.sampled_from(fixed), st.builds(Field, kind=st.sampled_from(kinds), key=key)]
    if Kind.METRIC in entity.open:
        aggregates = st.sampled_from(entity.aggregates)
        choices.append(st.builds(Field, kind=st.just(Kind.METRIC), key=key, aggregate=aggregates))
    return st.one_of(choices)


def comparisons(
    entity: Entity, key: st.SearchStrategy[str] = keys, text: st.SearchStrategy[str] = texts
) -> st.SearchStrategy[Comparison]:
    """The comparisons that an entity has."""
    texts_in = st.lists(text, min_size=1, max_size=3, unique=True).map(tuple)

    def with_op(field: Field) -> st.SearchStrategy[Comparison]:
        return st.sampled_from(entity.type_of(field).ops).flatmap(lambda op: with_value(field, op))

    def with_value(field: Field, op: Op) -> st.SearchStrategy[Comparison]:
        field_type = entity.type_of(field)
        values: st.SearchStrategy[str | int | float | tuple[str, ...] | None] = text
        if op in {Op.IS_NULL, Op.IS_NOT_NULL}:
            values = st.none()
        elif op in {Op.IN, Op.NOT_IN}:
            values = texts_in
        elif op in {Op.LIKE, Op.ILIKE}:
            values = patterns
        elif field_type.value is ValueType.INTEGER or field.aggregate is Aggregate.COUNT:
            values = integers
        elif field_type.value is ValueType.NUMBER:
            values = numbers
        return values.map(lambda value: Comparison(field=field, op=op, value=value))

    return fields(entity, key).flatmap(with_op)


def nodes(entity: Entity) -> st.SearchStrategy[Node]:
    """Trees that keep what `kiseki.query.nodes` promises."""

    def join(junction: type[And | Or], children: list[Node]) -> Node:
        return junction(items=tuple(item for node in children for item in items_of(junction, node)))

    def items_of(junction: type[And | Or], node: Node) -> tuple[Node, ...]:
        return node.items if isinstance(node, junction) else (node,)

    def negate(node: Node) -> Node:
        return node.item if isinstance(node, Not) else Not(item=node)

    def extend(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        several = st.lists(children, min_size=2, max_size=3)
        junctions = st.sampled_from([And, Or])
        return st.one_of(st.builds(join, junctions, several), children.map(negate))

    leaves: st.SearchStrategy[Node] = comparisons(entity)
    return st.recursive(leaves, extend, max_leaves=6)


def orders(entity: Entity) -> st.SearchStrategy[tuple[OrderTerm, ...]]:
    """What `parse_order_by` gives: terms of different fields."""
    sortable = fields(entity).filter(lambda field: entity.type_of(field).sortable)
    terms = st.builds(OrderTerm, field=sortable, descending=st.booleans())
    return st.lists(terms, max_size=4, unique_by=lambda term: term.field).map(tuple)


histories = st.lists(points, min_size=1, max_size=4)
datasets = st.builds(DatasetRecord, name=texts, digest=texts, context=st.none() | texts)


@st.composite
def runs(draw: st.DrawFn) -> Record:
    """A run; make `run_id` unique with `st.lists(..., unique_by=...)`."""
    metrics = draw(st.dictionaries(keys, histories, max_size=4))
    absent_or_time = st.none() | integers
    return Record(
        attributes={
            "run_id": draw(st.uuids()).hex,
            "run_name": draw(st.none() | texts),
            "user_id": draw(st.none() | texts),
            "status": draw(st.sampled_from(["RUNNING", "FINISHED", "FAILED"])),
            "artifact_uri": draw(texts),
            "start_time": draw(integers),
            "end_time": draw(absent_or_time),
        },
        metrics={key: MetricSummary.of(history) for key, history in metrics.items()},
        params=draw(st.dictionaries(keys, texts, max_size=4)),
        tags=draw(st.dictionaries(keys, texts, max_size=4)),
        datasets=tuple(draw(st.lists(datasets, max_size=2))),
    )


RUN_NODES = nodes(RUNS)
