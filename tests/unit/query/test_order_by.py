from __future__ import annotations

import pytest

from kiseki.base.errors import FilterError
from kiseki.query import (
    EXPERIMENTS,
    LOGGED_MODELS,
    RUNS,
    Aggregate,
    Field,
    Kind,
    OrderTerm,
    full_order,
    parse_name,
    parse_order_by,
)
from kiseki.query.parser import MAX_ORDER_TERMS


def term(kind: Kind, key: str, aggregate: Aggregate = Aggregate.LAST, *, descending: bool = False) -> OrderTerm:
    return OrderTerm(field=Field(kind=kind, key=key, aggregate=aggregate), descending=descending)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("metrics.x", term(Kind.METRIC, "x")),
        ("metrics.x ASC", term(Kind.METRIC, "x")),
        (" metric.x  Desc ", term(Kind.METRIC, "x", descending=True)),
        ("metrics.x.min desc", term(Kind.METRIC, "x", Aggregate.MIN, descending=True)),
        ("metrics.`x.min`", term(Kind.METRIC, "x.min")),
        ("metrics.`a b`.count", term(Kind.METRIC, "a b", Aggregate.COUNT)),
        ("metrics.'a b' DESC", term(Kind.METRIC, "a b", descending=True)),
        ("metrics.asc asc", term(Kind.METRIC, "asc")),
        ("metrics.DESC", term(Kind.METRIC, "DESC")),
        ("params.`a b` ASC", term(Kind.PARAM, "a b")),
        ("params.`a b`desc", term(Kind.PARAM, "a b", descending=True)),
        ("params.val/lr", term(Kind.PARAM, "val/lr")),
        ('tag."x"', term(Kind.TAG, "x")),
        ("start_time", term(Kind.ATTRIBUTE, "start_time")),
        ("Created desc", term(Kind.ATTRIBUTE, "start_time", descending=True)),
        ("attributes.`Run Name`", term(Kind.ATTRIBUTE, "run_name")),
        ("run_uuid", term(Kind.ATTRIBUTE, "run_id")),
    ],
)
def test_items_of_runs(item: str, expected: OrderTerm) -> None:
    assert parse_order_by([item], RUNS) == (expected,)


def test_items_of_experiments() -> None:
    assert parse_order_by(["name", "attribute.last_update_time DESC"], EXPERIMENTS) == (
        term(Kind.ATTRIBUTE, "name"),
        term(Kind.ATTRIBUTE, "last_update_time", descending=True),
    )


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], ()),
        (["metrics.x desc", "metric.x"], (term(Kind.METRIC, "x", descending=True),)),
        (["start_time", "created DESC"], (term(Kind.ATTRIBUTE, "start_time"),)),
        (["metrics.x", "metrics.x.last desc"], (term(Kind.METRIC, "x"),)),
        (["metrics.x", "metrics.x.min"], (term(Kind.METRIC, "x"), term(Kind.METRIC, "x", Aggregate.MIN))),
        (["params.x", "tags.x", "params.x"], (term(Kind.PARAM, "x"), term(Kind.TAG, "x"))),
    ],
)
def test_the_first_of_several_terms_with_the_same_field_counts(
    items: list[str], expected: tuple[OrderTerm, ...]
) -> None:
    assert parse_order_by(items, RUNS) == expected


@pytest.mark.parametrize(
    ("item", "position", "words"),
    [
        ("", 0, "Invalid order_by clause ''. Could not be parsed."),
        (" ", 1, "Invalid order_by clause ' '. Could not be parsed."),
        ("1", 0, "Could not be parsed."),
        ("'metrics.x'", 0, "Could not be parsed."),
        ("-metrics.x", 0, "Could not be parsed."),
        ("(metrics.x)", 0, "Could not be parsed."),
        ("metrics.x;", 9, "Invalid order_by clause 'metrics.x;'. Could not be parsed."),
        ("metrics.x -- c", 10, "Could not be parsed."),
        ("metrics.", 0, "Could not be parsed."),
        ("metrics.x sideways", 10, "Invalid ordering key in order_by clause 'metrics.x sideways'."),
        ("metrics.a b", 10, "Invalid ordering key"),
        ("metrics.x DESC NULLS LAST", 15, "Invalid ordering key"),
        ("metrics.x, metrics.y", 9, "Invalid ordering key"),
        ("DESC", 0, "Invalid attribute key 'DESC' specified."),
        ("foo.x", 0, "Invalid entity type 'foo'."),
        ("dataset.name", 0, "Invalid identifier type 'dataset'"),
        ("x" * 200_001, 200_000, "The order_by is too large"),
    ],
)
def test_errors_of_runs(item: str, position: int, words: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse_order_by(["start_time", item], RUNS)
    assert words in caught.value.message
    assert caught.value.position == position


def test_experiments_cannot_be_sorted_by_tags() -> None:
    with pytest.raises(FilterError, match="Invalid order_by entity: 'tag'"):
        parse_order_by(["tags.k"], EXPERIMENTS)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("name", Field(kind=Kind.ATTRIBUTE, key="name")),
        ("creation_time", Field(kind=Kind.ATTRIBUTE, key="creation_timestamp")),
        ("metrics.acc", Field(kind=Kind.METRIC, key="acc")),
        # A program writes a key as it is, whatever is in it.
        ("metrics.val/acc at 3", Field(kind=Kind.METRIC, key="val/acc at 3")),
        ("metrics.`a`", Field(kind=Kind.METRIC, key="`a`")),
        ("metrics.a.b", Field(kind=Kind.METRIC, key="a.b")),
        ("metrics.acc.max", Field(kind=Kind.METRIC, key="acc", aggregate=Aggregate.MAX)),
        ("metrics.max", Field(kind=Kind.METRIC, key="max")),
        ("metrics.acc.count", Field(kind=Kind.METRIC, key="acc.count")),
    ],
)
def test_names_of_logged_models_fields(name: str, field: Field) -> None:
    assert parse_name(name, LOGGED_MODELS) == field


@pytest.mark.parametrize("name", ["", "metrics.", "metrics", "params.p", "tags.t", "attributes.name", "name DESC", "x"])
def test_names_that_no_models_are_sorted_by(name: str) -> None:
    with pytest.raises(FilterError, match=r"Invalid order by field name: .* give one of name, model_id"):
        parse_name(name, LOGGED_MODELS)


def test_the_number_of_different_fields_is_limited() -> None:
    items = [f"metrics.m{number}" for number in range(MAX_ORDER_TERMS)]
    assert len(parse_order_by(items * 3, RUNS)) == MAX_ORDER_TERMS
    with pytest.raises(FilterError, match="more than 50 different fields"):
        parse_order_by([*items, "start_time"], RUNS)


def test_the_tie_rule_makes_every_order_total() -> None:
    newest, by_id = term(Kind.ATTRIBUTE, "start_time", descending=True), term(Kind.ATTRIBUTE, "run_id")
    by_metric = term(Kind.METRIC, "x")
    oldest, last_id = term(Kind.ATTRIBUTE, "start_time"), term(Kind.ATTRIBUTE, "run_id", descending=True)
    assert full_order([], RUNS) == (newest, by_id)
    assert full_order([by_metric], RUNS) == (by_metric, newest, by_id)
    assert full_order([oldest], RUNS) == (oldest, by_id)
    assert full_order([last_id, oldest], RUNS) == (last_id, oldest)


def test_the_tie_rule_of_experiments() -> None:
    by_name, last_id = term(Kind.ATTRIBUTE, "name"), term(Kind.ATTRIBUTE, "experiment_id", descending=True)
    newest = term(Kind.ATTRIBUTE, "creation_time", descending=True)
    assert full_order([], EXPERIMENTS) == (newest, term(Kind.ATTRIBUTE, "experiment_id"))
    assert full_order([by_name], EXPERIMENTS) == (by_name, last_id)
