"""What every `Columns` does; searches are held to the oracle by tests/unit/store/test_search.py."""

from __future__ import annotations

import math

import pytest

from kiseki.base.errors import InvalidParameter
from kiseki.base.ids import DEFAULT_EXPERIMENT_ID, ExperimentId
from kiseki.domain.columns import Keys, KeySummary, RunRow
from kiseki.domain.experiments import LifecycleStage, View
from kiseki.domain.runs import Page, RunChange, RunStatus
from kiseki.query import RUNS, parse_columns, parse_filter, parse_order_by
from kiseki.store import Session, Store
from kiseki.store.protocol import RunKey
from tests.conformance.rows import add_experiment, add_run, append, new_run


def find(
    store: Store,
    *columns: str,
    experiments: tuple[str, ...] = (DEFAULT_EXPERIMENT_ID,),
    view: View = View.ACTIVE_ONLY,
    where: str = "",
    order_by: tuple[str, ...] = (),
    max_chars: int = 0,
    max_results: int = 1_000,
    page_token: str = "",
) -> Page[RunRow]:
    ids = [ExperimentId(one) for one in experiments]
    node, terms, fields = parse_filter(where, RUNS), parse_order_by(order_by, RUNS), parse_columns(columns, RUNS)
    return store.read(
        lambda session: session.columns.find(ids, view, node, terms, fields, max_chars, max_results, page_token)
    )


def values(store: Store, *columns: str, max_chars: int = 0) -> list[list[str | int | float | None]]:
    return [row.values for row in find(store, *columns, order_by=("run_id",), max_chars=max_chars).items]


def count(store: Store, where: str = "", view: View = View.ACTIVE_ONLY, *experiments: str) -> int:
    ids = [ExperimentId(one) for one in experiments or (DEFAULT_EXPERIMENT_ID,)]
    node = parse_filter(where, RUNS)
    return store.read(lambda session: session.columns.count(ids, view, node))


def keys(store: Store, *experiments: str) -> Keys:
    return store.read(lambda session: session.columns.keys([ExperimentId(one) for one in experiments or ("0",)]))


def add_params(store: Store, run: RunKey, **params: str) -> None:
    store.write(lambda session: session.runs.add_params(run, params))


# --- find -------------------------------------------------------------------------------------------------------------


def test_a_row_says_what_the_run_is_and_has_the_columns_in_their_order(store: Store) -> None:
    run = add_run(store, run_id="r", run_name="日本", user_id="me", start_time=5, tags={"t": "tag", "a b": ""})
    store.write(lambda session: session.runs.update(run, RunChange(status=RunStatus.FAILED, end_time=9)))
    add_params(store, run, t="param", p="0.1")
    append(store, run, "m", [(0, 0, 3.0), (1, 1, -1.0), (2, 2, 2.0)])
    store.write(lambda session: session.runs.set_lifecycle(run, LifecycleStage.DELETED, 1))
    columns = [
        "tags.t",
        "params.t",
        "metrics.m",
        "metrics.m.first",
        "metrics.m.min",
        "metrics.m.max",
        "metrics.m.count",
    ]
    (row,) = find(store, *columns, "params.none", "tags.`a b`", "tags.t", "tags.p", view=View.ALL).items
    assert row == RunRow(
        run_id=run.run_id,
        number=run.number,
        experiment_id=DEFAULT_EXPERIMENT_ID,
        run_name="日本",
        user_id="me",
        status=RunStatus.FAILED,
        start_time=5,
        end_time=9,
        lifecycle_stage=LifecycleStage.DELETED,
        values=["tag", "param", 2.0, 3.0, -1.0, 3.0, 3, None, "", "tag", None],
    )
    assert [type(value) for value in row.values[2:7]] == [float] * 4 + [int]
    (bare,) = find(store, view=View.DELETED_ONLY).items
    assert (bare.run_id, bare.values) == (run.run_id, [])


def test_floats_are_those_that_were_logged(store: Store) -> None:
    numbers = [0.0, -0.0, 0.1, -1.5, 1e308, -1e308, 5e-324, -5e-324, math.inf, -math.inf, math.nan]
    for i, number in enumerate(numbers):
        append(store, add_run(store, run_id=f"r{i:02}"), "m", [(0, 0, number)])
    for column in ("metrics.m", "metrics.m.first"):
        assert [repr(row[0]) for row in values(store, column)] == [repr(number) for number in numbers]


def test_texts_are_cut_by_characters(store: Store) -> None:
    run = add_run(store, tags={"t": "日本語🎌" * 3})
    add_params(store, run, p="x" * 6_000, q="", r="ab")
    assert values(store, "params.p", "params.q", "params.r", "tags.t", max_chars=2) == [["xx…", "", "ab", "日本…"]]
    assert values(store, "tags.t", max_chars=12) == [["日本語🎌" * 3]]
    assert values(store, "params.p", max_chars=0) == [["x" * 6_000]]
    assert values(store, "params.p", max_chars=65_536) == [["x" * 6_000]]


def test_many_runs_and_columns(store: Store) -> None:
    experiment = add_experiment(store, "many")
    for i in range(40):
        run = add_run(store, experiment, run_id=f"r{i:02}")
        add_params(store, run, **{f"p{j}": f"{i}-{j}" for j in range(0, 300, 1 + i % 3)})
    columns = [f"params.p{j}" for j in range(300)]
    rows = find(store, *columns, experiments=(experiment,), order_by=("run_id",)).items
    assert [row.values for row in rows] == [
        [f"{i}-{j}" if j % (1 + i % 3) == 0 else None for j in range(300)] for i in range(40)
    ]


def test_a_page_of_more_runs_than_are_asked_for_at_once(store: Store) -> None:
    experiment = add_experiment(store, "more")

    def add(session: Session) -> None:
        for i in range(2_500):
            key = session.runs.create(new_run(experiment, run_id=f"r{i:04}", start_time=0))
            session.runs.add_params(key, {"p": str(i), "q": "x"})

    store.write(add)
    rows = find(store, "params.p", "params.q", "tags.none", experiments=(experiment,), max_results=10_000).items
    assert [(row.run_id, row.values) for row in rows] == [(f"r{i:04}", [str(i), "x", None]) for i in range(2_500)]
    assert count(store, "params.p LIKE '%7'", View.ACTIVE_ONLY, experiment) == 250


def test_pages(store: Store) -> None:
    for i in range(7):
        append(store, add_run(store, run_id=f"r{i}"), "m", [(0, 0, float(i))])
    found, token = [], ""
    while True:
        page = find(store, "metrics.m", order_by=("metrics.m DESC",), max_results=3, page_token=token)
        found += [row.values for row in page.items]
        if not (token := page.next_page_token):
            break
    assert found == [[float(i)] for i in range(6, -1, -1)]
    token = find(store, max_results=3).next_page_token
    # The columns are no part of the search, so a page may ask for others.
    assert len(find(store, "metrics.m", page_token=token).items) == 4
    with pytest.raises(InvalidParameter, match="another search"):
        find(store, view=View.ALL, page_token=token)


def test_count(store: Store) -> None:
    other = add_experiment(store, "other")
    for i in range(12):
        run = add_run(store, other if i % 4 == 3 else DEFAULT_EXPERIMENT_ID, tags={"i": str(i % 3)})
        append(store, run, "m", [(0, 0, float(i))])
        if i % 6 == 5:
            store.write(lambda session, run=run: session.runs.set_lifecycle(run, LifecycleStage.DELETED, 1))  # type: ignore[misc]
    assert (count(store), count(store, "", View.ALL), count(store, "", View.DELETED_ONLY)) == (8, 9, 1)
    assert count(store, "", View.ALL, "0", other, "0", "77") == 12
    assert count(store, "tags.i = '0'") == 3
    assert count(store, "metrics.m >= 6 OR tags.i = '0'", View.ALL, "0", other) == 8
    assert count(store, "tags.i = 'none'") == count(store, "metrics.never > 1") == count(store, "", View.ALL, "77") == 0


# --- keys -------------------------------------------------------------------------------------------------------------


def test_keys_of_active_and_deleted_runs(store: Store) -> None:
    other = add_experiment(store, "other")
    for i in range(6):
        run = add_run(store, other if i == 5 else DEFAULT_EXPERIMENT_ID, tags={"t": "x"} if i % 2 else {})
        add_params(store, run, lr=str(0.1 * i), **({"opt": "adam" if i else "7"} if i < 3 else {}))
        append(store, run, "loss" if i else "acc", [(0, 0, 1.0), (1, 1, 2.0)])
        if i == 1:
            store.write(lambda session, run=run: session.runs.set_lifecycle(run, LifecycleStage.DELETED, 1))  # type: ignore[misc]

    def sorted_values(found: list[KeySummary]) -> list[tuple[str, int, list[str], str]]:
        return [(one.key, one.runs, sorted(one.values), one.kind.value) for one in found]

    found = keys(store)
    assert found.metrics == [KeySummary(key="acc", runs=1), KeySummary(key="loss", runs=4)]
    assert sorted_values(found.params) == [
        ("lr", 5, sorted(str(0.1 * i) for i in range(5)), "number"),
        ("opt", 3, ["7", "adam"], "text"),
    ]
    assert sorted_values(found.tags) == [("t", 2, ["x"], "text")]
    both = keys(store, "0", other, "0", "77")
    assert [(one.key, one.runs) for one in (*both.metrics, *both.params, *both.tags)] == [
        *(("acc", 1), ("loss", 5)),
        *(("lr", 6), ("opt", 3)),
        ("t", 3),
    ]
    assert len(both.params[0].values) == 6


def test_an_experiment_without_runs_has_no_keys(store: Store) -> None:
    assert keys(store) == keys(store, "12345") == Keys(metrics=[], params=[], tags=[])


def test_a_key_with_many_values_shows_some_of_them(store: Store) -> None:
    for i in range(130):
        add_params(store, add_run(store), seed=str(i), same="x", long=f"{i}" * 100)
    long, same, seed = keys(store).params
    assert (long.runs, same.runs, seed.runs) == (130, 130, 130)
    assert same.values == ["x"]
    assert len(set(seed.values)) == len(set(long.values)) == 100
    assert set(seed.values) <= {str(i) for i in range(130)}
    assert {len(value) for value in long.values} <= {100, 101}


def test_many_keys(store: Store) -> None:
    run = add_run(store)
    store.write(lambda session: session.runs.add_params(run, {f"p{i:05}": str(i) for i in range(12_000)}))
    found = keys(store).params
    assert [(one.key, one.runs, one.values) for one in found] == [(f"p{i:05}", 1, [str(i)]) for i in range(12_000)]
