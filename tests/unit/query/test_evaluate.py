from __future__ import annotations

import math
import re
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kiseki.query import (
    EXPERIMENTS,
    RUNS,
    And,
    DatasetRecord,
    MetricSummary,
    Node,
    Not,
    Or,
    OrderTerm,
    Record,
    full_order,
    matches,
    order,
    parse_filter,
    parse_order_by,
)
from kiseki.query.evaluate import like
from tests.unit.query.strategies import RUN_NODES, orders, runs

RUN = Record(
    attributes={"run_id": "r1", "run_name": "Alpha", "status": "RUNNING", "start_time": 10, "end_time": None},
    metrics={
        "m": MetricSummary.of([3.0, 1.0, math.nan, 2.0]),
        "nan": MetricSummary.of([math.nan]),
        "inf": MetricSummary.of([-math.inf, math.inf]),
    },
    params={"p": "x"},
    datasets=(
        DatasetRecord(name="d1", digest="1", context="train"),
        DatasetRecord(name="d2", digest="2"),
    ),
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "metrics.m = 2 AND metrics.m.last = 2 AND metrics.m.first = 3 AND metrics.m.min = 1 AND metrics.m.max = 3",
        "metrics.m.count = 4",
        "metrics.m.count > 3.5",
        "metrics.nan != 0",
        "metrics.nan IS NOT NULL AND metrics.nan.min IS NOT NULL AND metrics.nan.min != 1",
        "NOT metrics.nan = 0 AND NOT metrics.nan < 0 AND NOT metrics.nan >= 0",
        "metrics.inf > 1e308 AND metrics.inf.min < -1e308",
        "metrics.none IS NULL AND metrics.none.count IS NULL",
        "NOT metrics.none != 1 AND NOT metrics.none.count = 0",
        "params.p IN ('x', 'y') AND params.p NOT IN ('y')",
        "params.none IS NULL AND NOT params.none != 'x' AND NOT params.none NOT IN ('x')",
        "NOT params.none = '1'",
        "NOT params.none LIKE '%'",
        "tags.none IS NULL",
        "run_name ILIKE 'aLPH_' AND run_name LIKE 'Alph%' AND NOT run_name LIKE 'alph%'",
        "user_id IN ('x') OR run_id = 'r1'",
        "end_time IS NULL AND NOT end_time != 5",
        "start_time = 10 AND start_time < 10.5 AND start_time >= 9.5",
        "dataset.name = 'd1' AND dataset.digest = '2'",
        "dataset.name != 'd1' AND dataset.name != 'd2'",
        "dataset.name NOT IN ('d1')",
        "NOT dataset.name = 'd3'",
        "NOT dataset.context != 'train'",
    ],
)
def test_what_matches(text: str) -> None:
    node = parse_filter(text, RUNS)
    assert matches(node, RUN)
    if node is not None:
        assert not matches(Not(item=node), RUN)


@given(RUN_NODES, RUN_NODES, runs())
def test_and_or_and_not_are_those_of_logic(left: Node, right: Node, run: Record) -> None:
    on_left, on_right = matches(left, run), matches(right, run)
    assert matches(And(items=(left, right)), run) is (on_left and on_right)
    assert matches(Or(items=(left, right)), run) is (on_left or on_right)
    assert matches(Not(item=left), run) is not on_left


@given(st.text("ab%_.\n*[Ä", max_size=12), st.text("ab%_.\n*[Ä", max_size=8))
@example("a", "%%")
@example("ab", "a%b")
@example("a", "a%a")
def test_like_agrees_with_a_regular_expression(text: str, pattern: str) -> None:
    expression = "".join({"%": ".*", "_": "."}.get(char, re.escape(char)) for char in pattern)
    assert like(text, pattern) is (re.fullmatch(expression, text, re.DOTALL) is not None)


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("", "", True),
        ("", "%", True),
        ("", "_", False),
        ("a\nb", "a_b", True),
        ("日本語", "_本%", True),
        ("😀", "_", True),
        ("a%b", r"a\%b", False),
        ("a" * 65_536, "%" * 100_000, True),
        ("a" * 65_536, "%a" * 4_000 + "%b", False),
        ("a" * 65_536, "%a" * 4_000 + "%", True),
        ("ab" * 30_000, "%a_a_a_a_c%", False),
    ],
    ids=lambda value: f"{value[:12]!a}_{len(value)}" if isinstance(value, str) else None,
)
def test_like(text: str, pattern: str, expected: bool) -> None:
    assert like(text, pattern) is expected


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [("ABC", "aBc", True), ("Ä", "ä", False), ("\u212a", "k", False), ("Äb", "ÄB", True), ("[", "{", False)],
)
def test_ilike_folds_ascii_letters_alone(text: str, pattern: str, expected: bool) -> None:
    record = Record(attributes={}, tags={"t": text})
    assert matches(parse_filter(f"tags.t ILIKE '{pattern}'", RUNS), record) is expected


def run(run_id: str, start_time: int, *history: float, tag: str | None = None) -> Record:
    return Record(
        attributes={"run_id": run_id, "start_time": start_time},
        metrics={"m": MetricSummary.of(history)} if history else {},
        tags={} if tag is None else {"t": tag},
    )


ROWS = [
    run("a", 1, math.nan),
    run("b", 2),
    run("c", 2, 1.0, tag="B"),
    run("d", 3, math.inf, tag="a"),
    run("e", 4, -math.inf, 9.0, tag="B"),
    run("f", 4, 1.0),
    run("g", 1, 2.0, -math.inf),
    run("h", 5, math.nan, math.nan),
]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], "hefdbcag"),
        (["metrics.m"], "gfcedhab"),
        (["metrics.m DESC"], "defcghab"),
        (["metrics.m.min"], "egfcdhab"),
        (["metrics.m.count DESC"], "hegfdcab"),
        (["metrics.m.first DESC"], "dgfcehab"),
        (["tags.t"], "ecdhfbag"),
        (["tags.t DESC"], "dechfbag"),
        (["tags.t", "run_id DESC"], "ecdhgfba"),
        (["start_time"], "agbcdefh"),
        (["start_time", "run_id DESC"], "gacbdfeh"),
    ],
)
def test_order_of_runs(items: list[str], expected: str) -> None:
    ordered = order(ROWS, parse_order_by(items, RUNS), RUNS)
    assert "".join(str(row.attributes["run_id"]) for row in ordered) == expected


def test_order_of_experiments_compares_ids_as_numbers() -> None:
    rows = [
        Record(attributes={"experiment_id": number, "name": name, "creation_time": 1})
        for number, name in [("9", "x"), ("10", "x"), ("2", "y")]
    ]
    assert [row.attributes["experiment_id"] for row in order(rows, [], EXPERIMENTS)] == ["2", "9", "10"]
    by_name = parse_order_by(["name"], EXPERIMENTS)
    assert [row.attributes["experiment_id"] for row in order(rows, by_name, EXPERIMENTS)] == ["10", "9", "2"]


@given(st.lists(runs(), max_size=6, unique_by=lambda row: row.attributes["run_id"]), orders(RUNS), st.randoms())
def test_the_order_does_not_depend_on_where_the_rows_came_from(
    rows: list[Record], terms: tuple[OrderTerm, ...], random: Random
) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    ids = [row.attributes["run_id"] for row in order(rows, terms, RUNS)]
    assert [row.attributes["run_id"] for row in order(shuffled, terms, RUNS)] == ids
    assert [row.attributes["run_id"] for row in order(rows, full_order(terms, RUNS), RUNS)] == ids
