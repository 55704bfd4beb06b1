"""Columns of a search of runs: texts to fields, by the rules of filters."""

from __future__ import annotations

import pytest

from kiseki.base.errors import FilterError
from kiseki.query import EXPERIMENTS, RUNS, Aggregate, Field, Kind, parse_columns, parse_filter
from kiseki.query.nodes import Comparison
from kiseki.query.parser import MAX_COLUMNS
from kiseki.query.render import render_field


def field(kind: Kind, key: str, aggregate: Aggregate = Aggregate.LAST) -> Field:
    return Field(kind=kind, key=key, aggregate=aggregate)


GOOD = [
    ("metrics.loss", field(Kind.METRIC, "loss")),
    ("metrics.loss.last", field(Kind.METRIC, "loss")),
    ("metric.loss.min", field(Kind.METRIC, "loss", Aggregate.MIN)),
    ("metrics.loss.first", field(Kind.METRIC, "loss", Aggregate.FIRST)),
    ("metrics.`loss.min`", field(Kind.METRIC, "loss.min")),
    ('metrics."a b".count', field(Kind.METRIC, "a b", Aggregate.COUNT)),
    ("metrics.val/loss.max", field(Kind.METRIC, "val/loss", Aggregate.MAX)),
    ("params.lr", field(Kind.PARAM, "lr")),
    ("params.lr.min", field(Kind.PARAM, "lr.min")),
    (" parameters.`a ``b` ", field(Kind.PARAM, "a `b")),
    ("params.`日本 🎌`", field(Kind.PARAM, "日本 🎌")),
    ("tags.`mlflow.note.content`", field(Kind.TAG, "mlflow.note.content")),
    ("tags.mlflow.user", field(Kind.TAG, "mlflow.user")),
]


@pytest.mark.parametrize(("text", "expected"), GOOD)
def test_columns_are_read_as_in_filters(text: str, expected: Field) -> None:
    assert parse_columns([text], RUNS) == (expected,)
    node = parse_filter(f"{text} IS NOT NULL", RUNS)
    assert isinstance(node, Comparison)
    assert node.field == expected
    assert parse_columns([render_field(expected)], RUNS) == (expected,)


def test_columns_keep_their_order_and_may_repeat() -> None:
    assert parse_columns(["params.b", "metrics.a", "params.b"], RUNS) == (
        field(Kind.PARAM, "b"),
        field(Kind.METRIC, "a"),
        field(Kind.PARAM, "b"),
    )
    assert parse_columns([], RUNS) == ()
    assert parse_columns(["tags.a"], EXPERIMENTS) == (field(Kind.TAG, "a"),)


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("", 0, "metrics.loss.min"),
        ("  ", 2, "metrics.loss.min"),
        ("status", 0, "a column is"),
        ("attributes.status", 0, "a column is"),
        ("datasets.name", 0, "a column is"),
        ("metrics.", 0, "the key is missing"),
        ("metrics.loss DESC", 13, "ends behind its key"),
        ("metrics.loss, params.a", 12, "ends behind its key"),
        ("params.a b", 9, "ends behind its key"),
        ("params.`a", 7, "closing `"),
        ("metrics.loss = 1", 13, "ends behind its key"),
        ("'metrics.loss'", 0, "expected a field"),
        ("1", 0, "expected a field"),
        ("models.a", 0, "Invalid entity type"),
        ("params.a\x00", 8, "U+0000"),
        ("params.a; DROP TABLE runs", 8, "no part of the language"),
    ],
)
def test_what_is_no_column(text: str, position: int, words: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse_columns(["params.a", text], RUNS)
    assert words in caught.value.message
    assert caught.value.position == position


def test_limits() -> None:
    assert len(parse_columns(["params.a"] * MAX_COLUMNS, RUNS)) == MAX_COLUMNS
    with pytest.raises(FilterError, match="1,001 columns"):
        parse_columns(["params.a"] * (MAX_COLUMNS + 1), RUNS)
    with pytest.raises(FilterError, match="column is too large"):
        parse_columns([f"params.`{'x' * 200_000}`"], RUNS)
