from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiseki.query import (
    EXPERIMENTS,
    LOGGED_MODELS,
    RUNS,
    Aggregate,
    And,
    Comparison,
    Field,
    Kind,
    Node,
    Not,
    Op,
    Or,
    OrderTerm,
    parse_filter,
    parse_order_by,
    render,
    render_field,
    render_order_by,
)
from tests.unit.query.strategies import any_key, any_text, comparisons, fields, nodes, orders


@given(nodes(RUNS))
def test_the_text_of_a_tree_parses_to_the_tree(node: Node) -> None:
    assert parse_filter(render(node), RUNS) == node


@given(nodes(EXPERIMENTS))
def test_the_same_for_experiments(node: Node) -> None:
    assert parse_filter(render(node), EXPERIMENTS) == node


@given(nodes(LOGGED_MODELS))
def test_the_same_for_logged_models(node: Node) -> None:
    assert parse_filter(render(node), LOGGED_MODELS) == node


@given(comparisons(RUNS, any_key, any_text))
def test_any_key_and_any_text_can_be_written(comparison: Comparison) -> None:
    assert parse_filter(render(comparison), RUNS) == comparison


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_finite_number_can_be_written(number: float) -> None:
    node = Comparison(field=Field(kind=Kind.METRIC, key="k"), op=Op.LE, value=number)
    parsed = parse_filter(render(node), RUNS)
    assert parsed == node
    assert isinstance(parsed, Comparison)
    assert isinstance(parsed.value, float)
    assert math.copysign(1, parsed.value) == math.copysign(1, number)


@given(st.integers(-(2**63), 2**63 - 1))
def test_any_64_bit_integer_can_be_written_exactly(number: int) -> None:
    node = Comparison(field=Field(kind=Kind.ATTRIBUTE, key="end_time"), op=Op.EQ, value=number)
    assert parse_filter(render(node), RUNS) == node


@given(orders(RUNS))
def test_the_text_of_an_order_parses_to_the_order(terms: tuple[OrderTerm, ...]) -> None:
    assert parse_order_by(render_order_by(terms), RUNS) == terms


@given(fields(RUNS, any_key))
def test_any_sortable_field_can_be_written_in_an_order(field: Field) -> None:
    if RUNS.type_of(field).sortable:
        term = OrderTerm(field=field, descending=True)
        assert parse_order_by(render_order_by([term]), RUNS) == (term,)


@given(any_text)
def test_nothing_that_is_no_filter_gets_through_unnoticed(text: str) -> None:
    """A text inside quotes never ends them: what follows it is still read as the rest of the filter."""
    hostile = Comparison(field=Field(kind=Kind.PARAM, key=text or "k"), op=Op.EQ, value=text)
    other = Comparison(field=Field(kind=Kind.TAG, key="t"), op=Op.IS_NULL)
    assert parse_filter(f"{render(hostile)} AND {render(other)}", RUNS) == And(items=(hostile, other))


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (Field(kind=Kind.METRIC, key="loss"), "metrics.loss"),
        (Field(kind=Kind.METRIC, key="loss", aggregate=Aggregate.MIN), "metrics.loss.min"),
        (Field(kind=Kind.METRIC, key="loss.min"), "metrics.`loss.min`"),
        (Field(kind=Kind.METRIC, key="loss.min", aggregate=Aggregate.MAX), "metrics.loss.min.max"),
        (Field(kind=Kind.METRIC, key="min"), "metrics.min"),
        (Field(kind=Kind.METRIC, key="val/loss", aggregate=Aggregate.COUNT), "metrics.`val/loss`.count"),
        (Field(kind=Kind.PARAM, key="loss.min"), "params.loss.min"),
        (Field(kind=Kind.PARAM, key="1"), "params.`1`"),
        (Field(kind=Kind.TAG, key="a`b"), "tags.`a``b`"),
        (Field(kind=Kind.TAG, key="mlflow.runName"), "tags.mlflow.runName"),
        (Field(kind=Kind.ATTRIBUTE, key="run_name"), "attributes.run_name"),
        (Field(kind=Kind.DATASET, key="digest"), "datasets.digest"),
    ],
)
def test_a_field_is_written_as_plainly_as_possible(field: Field, text: str) -> None:
    assert render_field(field) == text


def test_parentheses_stand_where_and_and_or_mix() -> None:
    a, b, c = (Comparison(field=Field(kind=Kind.TAG, key=key), op=Op.IS_NULL) for key in "abc")
    node = Or(items=(And(items=(a, b)), Not(item=Or(items=(a, c))), Not(item=b)))
    assert render(node) == (
        "(tags.a IS NULL AND tags.b IS NULL) OR NOT (tags.a IS NULL OR tags.c IS NULL) OR NOT tags.b IS NULL"
    )


def test_no_filter_is_an_empty_text() -> None:
    assert render(None) == ""
    assert parse_filter("", RUNS) is None
