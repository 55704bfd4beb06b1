"""Searches in SQL against `kiseki.query.evaluate`: the same rows in the same order, whatever way they are found."""

from __future__ import annotations

import contextlib
import itertools
import math
import sqlite3
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiseki.base.errors import InvalidParameter
from kiseki.base.ids import ExperimentId, RunId
from kiseki.domain.columns import RunRow, cut
from kiseki.domain.datasets import Dataset, DatasetInput
from kiseki.domain.experiments import LifecycleStage, View
from kiseki.domain.metrics import Points
from kiseki.domain.runs import DATA_CONTEXT_TAG, Run, RunChange, RunStatus
from kiseki.query import (
    EXPERIMENTS,
    RUNS,
    Aggregate,
    Field,
    Kind,
    MetricSummary,
    Node,
    OrderTerm,
    Record,
    matches,
    order,
    parse_filter,
    parse_order_by,
)
from kiseki.query.evaluate import values_of
from kiseki.store import Session, Store, open_store
from kiseki.store.protocol import RunKey
from kiseki.store.sql import search
from kiseki.store.sql.postgresql import Postgresql
from kiseki.store.sql.server import ServerStore
from kiseki.store.sql.sqlite import SqliteStore
from tests.databases import NAMES, fresh
from tests.unit.query.strategies import RUN_NODES, histories, keys, nodes, orders, runs

MODEST = settings(
    deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A run: where it is, what the oracle sees of it, and its histories."""

    experiment: int
    deleted: bool
    record: Record
    histories: dict[str, list[float]]


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """A run as a store has it: every text is there, and a dataset is logged once."""
    record = draw(runs())
    found = draw(st.dictionaries(keys, histories, max_size=4))
    attributes = {key: value for key, value in record.attributes.items() if value is not None}
    return Row(
        experiment=draw(st.integers(0, 2)),
        deleted=draw(st.sampled_from([False, False, True])),
        record=msgspec.structs.replace(
            record,
            attributes={"run_name": "", "user_id": "", **attributes},
            metrics={key: summary(values) for key, values in found.items()},
            datasets=tuple({(one.name, one.digest): one for one in reversed(record.datasets)}.values()),
        ),
        histories=found,
    )


def summary(values: Sequence[float]) -> MetricSummary:
    """The summary of a history in which -0.0 is less than 0.0."""
    numbers = sorted((value for value in values if not math.isnan(value)), key=lambda v: (v, math.copysign(1.0, v)))
    low, high = (numbers[0], numbers[-1]) if numbers else (math.nan, math.nan)
    return MetricSummary(last=values[-1], min=low, max=high, first=values[0], count=len(values))


many_rows = st.lists(rows(), max_size=14)


@pytest.fixture(scope="module", params=NAMES)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(fresh(request.param, tmp_path_factory.mktemp("search")), "mlflow-artifacts:/")
    yield opened
    opened.close()


_names = itertools.count()
_MOST_PAGES = 12


class Runs:
    """Rows in three fresh experiments of a store."""

    def __init__(self, store: Store, given: Sequence[Row]) -> None:
        self.store = store
        turn = next(_names)
        # Ids are unique in a store, and keep their order behind a prefix.
        self.rows = [
            msgspec.structs.replace(
                row,
                record=msgspec.structs.replace(
                    row.record,
                    attributes={**row.record.attributes, "run_id": f"{turn:08}-{row.record.attributes['run_id']}"},
                ),
            )
            for row in {row.record.attributes["run_id"]: row for row in given}.values()
        ]

        def add(session: Session) -> list[ExperimentId]:
            ids = [session.experiments.create(f"{turn}-{i}", None, {}, 1).experiment_id for i in range(3)]
            for row in self.rows:
                add_row(session, ids[row.experiment], row)
            return ids

        self.experiments = store.write(add)

    def expected(
        self, wanted: Sequence[int], view: View, where: Node | None, terms: tuple[OrderTerm, ...]
    ) -> list[Record]:
        """What the oracle finds."""
        seen = [
            row.record
            for row in self.rows
            if row.experiment in wanted and view in (View.ALL, View.DELETED_ONLY if row.deleted else View.ACTIVE_ONLY)
        ]
        return order([record for record in seen if matches(where, record)], terms, RUNS)

    def check(
        self,
        wanted: Sequence[int],
        view: View,
        where: Node | None,
        terms: tuple[OrderTerm, ...],
        page: int,
    ) -> None:
        """Fails unless the pages together are what the oracle says, as runs and as rows of a table."""
        expected = self.expected(wanted, view, where, terms)
        # So many pages tell as much as one for each run, which is a test of its own.
        page = max(page, math.ceil(len(expected) / _MOST_PAGES))
        self.check_runs(wanted, view, where, terms, page, expected)
        self.check_rows(wanted, view, where, terms, expected)

    def check_runs(
        self,
        wanted: Sequence[int],
        view: View,
        where: Node | None,
        terms: tuple[OrderTerm, ...],
        page: int,
        expected: Sequence[Record],
    ) -> None:
        """Fails unless the pages of a search are what was expected."""
        ids = [self.experiments[one] for one in wanted]
        found: list[str] = []
        token = ""
        while True:
            answer = self.store.read(
                lambda session, token=token: session.runs.search(ids, view, where, terms, page, token)  # type: ignore[misc]
            )
            found += [run.run_id for run in answer.items]
            assert len(answer.items) == page or not answer.next_page_token
            token = answer.next_page_token
            if not token:
                break
        assert found == [record.attributes["run_id"] for record in expected]

    def check_rows(
        self,
        wanted: Sequence[int],
        view: View,
        where: Node | None,
        terms: tuple[OrderTerm, ...],
        expected: Sequence[Record],
    ) -> None:
        """Fails unless the same search finds the same rows as a table, in two pages, with the values that the oracle gives."""
        read = self.store.read
        page = max(1, math.ceil(len(expected) / 2))
        ids = [self.experiments[one] for one in wanted]
        columns = [
            *(
                Field(kind=Kind.METRIC, key=key, aggregate=aggregate)
                for key in ("a", "loss")
                for aggregate in Aggregate
            ),
            *(Field(kind=kind, key=key) for kind in (Kind.PARAM, Kind.TAG) for key in ("a", "a b", "never")),
        ]
        rows: list[RunRow] = []
        token = ""
        while True:
            answer = read(
                lambda session, token=token: session.columns.find(ids, view, where, terms, columns, 1, page, token)  # type: ignore[misc]
            )
            rows += answer.items
            token = answer.next_page_token
            if not token:
                break
        assert [(row.run_id, repr(row.values)) for row in rows] == [
            (record.attributes["run_id"], repr([shown(column, record) for column in columns])) for record in expected
        ]
        assert read(lambda session: session.columns.count(ids, view, where)) == len(expected)


def shown(column: Field, record: Record) -> str | int | float | None:
    """The value of a column, cut at one character."""
    found = values_of(column, record)
    return None if not found else cut(found[0], 1) if isinstance(found[0], str) else found[0]


def add_row(session: Session, experiment: ExperimentId, row: Row) -> None:
    facts = dict(row.record.attributes)
    key = session.runs.create(
        Run(
            run_id=RunId(str(facts["run_id"])),
            experiment_id=experiment,
            run_name=str(facts["run_name"]),
            user_id=str(facts["user_id"]),
            status=RunStatus(str(facts["status"])),
            start_time=int(facts["start_time"] or 0),
            end_time=None if facts.get("end_time") is None else int(facts["end_time"] or 0),
            artifact_uri=str(facts["artifact_uri"]),
            lifecycle_stage=LifecycleStage.ACTIVE,
            tags=dict(row.record.tags),
        )
    )
    session.runs.add_params(key, row.record.params)
    names = [name for name, values in row.histories.items() for _ in values]
    steps = [i for values in row.histories.values() for i in range(len(values))]
    values = [value for values in row.histories.values() for value in values]
    session.metrics.append(key, Points(keys=names, steps=steps, timestamps=steps, values=values))
    session.datasets.log_inputs(
        key,
        [
            DatasetInput(
                dataset=Dataset(name=one.name, digest=one.digest, source_type="", source=""),
                tags={} if one.context is None else {DATA_CONTEXT_TAG: one.context},
            )
            for one in row.record.datasets
        ],
        [],
    )
    if row.deleted:
        session.runs.set_lifecycle(key, LifecycleStage.DELETED, 1)


wanted = st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True)
views = st.sampled_from([View.ALL, View.ALL, *View])


@pytest.mark.parametrize("few", [0, 2, search.FEW])
@MODEST
@given(
    given=many_rows,
    experiments=wanted,
    view=views,
    where=st.none() | RUN_NODES,
    terms=orders(RUNS),
    page=st.integers(1, 16),
)
def test_any_search_of_any_runs(
    store: Store,
    few: int,
    given: list[Row],
    experiments: list[int],
    view: View,
    where: Node | None,
    terms: tuple[OrderTerm, ...],
    page: int,
) -> None:
    with patch.object(search, "FEW", few):
        Runs(store, given).check(experiments, view, where, terms, page)


@pytest.fixture(scope="module")
def crowd(store: Store) -> Runs:
    """Two hundred runs that share keys and values, the same in each session."""
    random = Random(7)
    floats = [-1.5, 0.0, -0.0, 0.5, 1.0, 2.0, 1e300, 5e-324, float("nan"), float("inf"), float("-inf")]
    texts = ["", "a", "A", "b", "ab", "aB", "a%", "ä", "Ä", "10", "9", "日本"]
    names = ["a", "b", "loss", "a b", "Ä"]

    def some(values: list[str]) -> dict[str, str]:
        return {name: random.choice(values) for name in names if random.random() < 0.6}

    given = []
    for i in range(200):
        found = {
            name: [random.choice(floats) for _ in range(random.randint(1, 3))]
            for name in names
            if random.random() < 0.7
        }
        facts: dict[str, str | int | None] = {
            "run_id": f"{random.getrandbits(64):016x}",
            "run_name": random.choice(texts),
            "user_id": random.choice(texts),
            "status": random.choice(["RUNNING", "FINISHED", "FAILED"]),
            "artifact_uri": random.choice(texts),
            "start_time": random.choice([-1, 0, 1, 2, 3, 1000, i]),
        }
        if random.random() < 0.7:
            facts["end_time"] = random.choice([-1, 0, 1, 1000])
        metrics = {name: summary(values) for name, values in found.items()}
        record = Record(attributes=facts, metrics=metrics, params=some(texts), tags=some(texts))
        given.append(Row(experiment=i % 3 // 2, deleted=i % 11 == 0, record=record, histories=found))
    return Runs(store, given)


@pytest.mark.parametrize("few", [3, 20, search.FEW])
@MODEST
@given(
    experiments=st.sampled_from([[0], [0], [1], [0, 1]]),
    view=views,
    where=st.none() | RUN_NODES,
    terms=orders(RUNS),
    page=st.sampled_from([1, 7, 64, 199, 200, 1000]),
)
def test_any_search_of_two_hundred_runs(
    crowd: Runs,
    few: int,
    experiments: list[int],
    view: View,
    where: Node | None,
    terms: tuple[OrderTerm, ...],
    page: int,
) -> None:
    with patch.object(search, "FEW", few):
        crowd.check(experiments, view, where, terms, page)


_FILTERS = [
    "",
    "metrics.loss{0} > 0.5",
    "metrics.loss{0} <= 0",
    "metrics.loss{0} = 0",
    "metrics.loss{0} != 1",
    "metrics.loss{0} IS NOT NULL",
    "metrics.loss{0} IS NULL",
    "NOT metrics.loss{0} > 1",
    "metrics.loss{0} > -2 AND metrics.loss{0} < 2 AND params.a = 'a'",
    "metrics.loss{0} > 1 OR tags.b IS NULL",
    "metrics.a < 1",
    "params.a IN ('a', 'ab') AND metrics.loss{0} >= 0",
    "attributes.status = 'FINISHED'",
    "metrics.never > 1",
    "metrics.never IS NULL",
    "params.never IS NULL AND tags.a LIKE 'a%'",
]


@pytest.mark.parametrize(
    ("where", "aggregate", "direction"),
    [
        (where, aggregate, ("ASC", "DESC")[(i + j) % 2])
        for i, where in enumerate(_FILTERS)
        for j, aggregate in enumerate(("", ".min", ".count"))
    ],
)
def test_ordered_by_a_metric(crowd: Runs, where: str, aggregate: str, direction: str) -> None:
    node = parse_filter(where.format(aggregate), RUNS)
    terms = parse_order_by([f"metrics.loss{aggregate} {direction}"], RUNS)
    for few, page in ((0, 17), (5, 11), (search.FEW, 29)):
        with patch.object(search, "FEW", few):
            crowd.check([0], View.ACTIVE_ONLY, node, terms, page)
    crowd.check([0, 1], View.ALL, node, terms, 50)


def test_every_run_of_a_page_of_one(crowd: Runs) -> None:
    for order_by in ((), ("metrics.loss",), ("metrics.loss.max DESC", "params.a"), ("end_time DESC", "tags.b DESC")):
        terms = parse_order_by(order_by, RUNS)
        crowd.check_runs([0, 1], View.ALL, None, terms, 1, crowd.expected([0, 1], View.ALL, None, terms))


# --- experiments --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=NAMES)
def groups(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Store, list[Record]]]:
    """Sixty experiments, some of them deleted."""
    opened = open_store(fresh(request.param, tmp_path_factory.mktemp("groups")), "mlflow-artifacts:/")
    random = Random(11)
    texts = ["", "a", "A", "ab", "a%", "ä", "Ä", "10", "9", "日本", "it's"]
    for i in range(60):
        tags = {name: random.choice(texts) for name in ("a", "b", "loss", "Ä") if random.random() < 0.5}
        name, now = f"{random.choice(texts)}{random.choice(texts)}{i}", random.choice([-1, 0, 1, 2, 1000])

        def add(session: Session, name: str = name, now: int = now, tags: dict[str, str] = tags) -> None:
            created = session.experiments.create(name, None, tags, now)
            if random.random() < 0.3:
                session.experiments.set_lifecycle(created.experiment_id, LifecycleStage.DELETED, 1000)

        opened.write(add)
    everything = opened.read(lambda session: session.experiments.search(View.ALL, None, (), 1000, "")).items
    assert len(everything) == 61
    records = [
        Record(
            attributes={
                "name": one.name,
                "experiment_id": one.experiment_id,
                "creation_time": one.creation_time,
                "last_update_time": one.last_update_time,
                "stage": one.lifecycle_stage,
            },
            tags=one.tags,
        )
        for one in everything
    ]
    yield opened, records
    opened.close()


@MODEST
@given(
    view=views,
    where=st.none() | nodes(EXPERIMENTS),
    terms=orders(EXPERIMENTS),
    page=st.sampled_from([1, 5, 60, 61, 500]),
)
def test_any_search_of_experiments(
    groups: tuple[Store, list[Record]], view: View, where: Node | None, terms: tuple[OrderTerm, ...], page: int
) -> None:
    store, records = groups
    stages = {View.ALL: set(LifecycleStage), View.ACTIVE_ONLY: {LifecycleStage.ACTIVE}}.get(
        view, {LifecycleStage.DELETED}
    )
    seen = [record for record in records if record.attributes["stage"] in stages]
    expected = order([record for record in seen if matches(where, record)], terms, EXPERIMENTS)
    found: list[str] = []
    token = ""
    while True:
        answer = store.read(
            lambda session, token=token: session.experiments.search(view, where, terms, page, token)  # type: ignore[misc]
        )
        found += [one.experiment_id for one in answer.items]
        token = answer.next_page_token
        if not token:
            break
    assert found == [record.attributes["experiment_id"] for record in expected]


# --- what takes long ----------------------------------------------------------------------------------------------------


PATTERNS = ["%a" * 4_999 + "b", "%_" * 4_999 + "b", "_%" * 4_999 + "b", "%aa" * 3_300 + "b", "%" + "a" * 9_990 + "b%"]


@pytest.fixture(scope="module", params=NAMES)
def long_tags(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Forty runs with a tag as long as a tag may be."""
    opened = open_store(fresh(request.param, tmp_path_factory.mktemp("long")), "mlflow-artifacts:/")

    def add(session: Session) -> None:
        for i in range(40):
            record = Record(
                attributes={
                    "run_id": f"r{i}",
                    "run_name": "",
                    "user_id": "",
                    "status": "RUNNING",
                    "artifact_uri": "",
                    "start_time": i,
                },
                tags={"t": "a" * 65_535} if i else {"one": "a" * 65_535},
            )
            add_row(session, ExperimentId("0"), Row(experiment=0, deleted=False, record=record, histories={}))

    opened.write(add)
    yield opened
    opened.close()


@contextlib.contextmanager
def reads_end_after(store: Store, seconds: float) -> Iterator[None]:
    """Ends reads of the store sooner than usual."""
    if isinstance(store, SqliteStore):
        with patch.object(store._watch, "seconds", seconds):
            yield
        return
    assert isinstance(store, ServerStore)
    engine, pool = store._engine, store._readers

    def connect() -> Any:
        driver = engine.connect_to_read()
        statement = (
            f"SET statement_timeout = {seconds * 1000:.0f}"
            if isinstance(engine, Postgresql)
            else f"SET SESSION max_statement_time = {seconds}"
        )
        driver.cursor().execute(statement)
        driver.commit()
        return driver

    pool.forget()
    with patch.object(pool, "_connect", connect):
        yield
    pool.forget()


def _located(session: Session, run_id: str) -> RunKey:
    key = session.runs.locate(RunId(run_id))
    assert key is not None
    return key


def look(store: Store, where: str) -> list[str]:
    node = parse_filter(where, RUNS)
    page = store.read(lambda session: session.runs.search([ExperimentId("0")], View.ALL, node, (), 100, ""))
    return [run.run_id for run in page.items]


@pytest.mark.parametrize("op", ["LIKE", "ILIKE"])
@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern[:4])
def test_a_hostile_pattern_comes_to_an_end(long_tags: Store, pattern: str, op: str) -> None:
    try:
        assert look(long_tags, f"tags.one {op} '{pattern}'") == []
    except InvalidParameter as error:
        # MariaDB goes down once for each `%`, and has no more than so much of a stack.
        assert "larger than the database can take" in error.message  # noqa: PT017
    assert look(long_tags, f"tags.one {op} '%{pattern[0]}%'") == ["r0"]


def test_a_search_that_takes_too_long_is_ended_and_the_next_is_not(long_tags: Store) -> None:
    # Each of the forty runs takes half a second or more.
    slow = f"tags.t LIKE '%{'a' * 9_000}b%'"
    with reads_end_after(long_tags, 0.1):
        for _ in range(2):
            with pytest.raises(InvalidParameter, match="took longer than"):
                look(long_tags, slow)
            assert look(long_tags, "tags.one LIKE 'a%'") == ["r0"]
    assert look(long_tags, "tags.t IS NULL") == ["r0"]
    long_tags.write(lambda session: session.runs.update(_located(session, "r1"), RunChange(status=RunStatus.FAILED)))


@pytest.mark.parametrize(
    "where",
    [
        " AND ".join(f"params.p{i} != 'x'" for i in range(500)),
        " OR ".join(f"metrics.m{i}.max > {i}" for i in range(500)),
        "(" * 500 + "tags.one LIKE 'a%'" + ")" * 500,
        " AND ".join(f"NOT (params.a = '{i}' OR tags.b = '{i}')" for i in range(250)),
        " OR ".join(f"params.a IN ({', '.join(repr(f'{i}-{j}') for j in range(5_000))})" for i in range(4)),
        " AND ".join(
            f"attributes.run_id NOT IN ({', '.join(repr(f'{i}-{j}') for j in range(5_000))})" for i in range(4)
        ),
        "dataset.name LIKE '%' OR " + " OR ".join(f"dataset.context = '{i}'" for i in range(400)),
    ],
    ids=lambda where: where[:30],
)
def test_filters_at_the_limits_are_answered(long_tags: Store, where: str) -> None:
    if isinstance(long_tags, SqliteStore):
        # The default of SQLite, which Debian's is built to exceed.
        long_tags._reader().setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 32_766)
    assert set(look(long_tags, where)) <= {f"r{i}" for i in range(40)}


@pytest.mark.parametrize("kind", ["metrics", "params", "tags"])
def test_fifty_orders_are_answered(long_tags: Store, kind: str) -> None:
    def add(session: Session) -> None:
        key = _located(session, "r1")
        names = [f"{kind}{i}" for i in range(50)]
        session.metrics.append(key, Points(keys=names, steps=[0] * 50, timestamps=[0] * 50, values=[1.0] * 50))

    long_tags.write(add)
    terms = parse_order_by([f"{kind}.{kind}{i} DESC" for i in range(50)], RUNS)
    ids, token = [], ""
    while True:
        page = long_tags.read(
            lambda session, token=token: session.runs.search([ExperimentId("0")], View.ALL, None, terms, 25, token)  # type: ignore[misc]
        )
        ids += [run.run_id for run in page.items]
        token = page.next_page_token
        if not token:
            break
    rest = [f"r{i}" for i in reversed(range(40))]
    assert ids == (["r1", *(run_id for run_id in rest if run_id != "r1")] if kind == "metrics" else rest)


def test_thousands_of_experiments_are_answered(long_tags: Store) -> None:
    ids = [ExperimentId(str(i)) for i in range(30_000)]
    page = long_tags.read(lambda session: session.runs.search(ids, View.ALL, None, (), 100, ""))
    assert len(page.items) == 40
    if not isinstance(long_tags, SqliteStore):
        return
    long_tags._reader().setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 20_000)
    with pytest.raises(InvalidParameter, match="larger than the database can take"):
        long_tags.read(lambda session: session.runs.search(ids[:25_000], View.ALL, None, (), 100, ""))
    long_tags._reader().setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 32_766)
