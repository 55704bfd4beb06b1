"""Searches of logged models in SQL against `kiseki.query.evaluate`: the same models in the same order."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from random import Random
from typing import Final
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiseki.base.ids import ExperimentId, ModelId, RunId
from kiseki.domain.experiments import LifecycleStage, View
from kiseki.domain.logged_models import LoggedModel, LoggedModelStatus
from kiseki.domain.metrics import Link, Metric, points_of
from kiseki.query import (
    LOGGED_MODELS,
    Field,
    Kind,
    MetricSummary,
    Node,
    OnDataset,
    OrderTerm,
    Record,
    matches,
    order,
    parse_filter,
    parse_name,
)
from kiseki.store import Session, Store, open_store
from kiseki.store.ordered import text_hash
from kiseki.store.sql import search
from tests.databases import NAMES, fresh
from tests.unit.query.strategies import nodes, orders

MODEST = settings(
    deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
NOWHERE: Final = ("", "")
DATASETS: Final = [NOWHERE, ("d", "1"), ("d", "2"), ("e", "1")]

Points = list[tuple[int, int, float]]
"""Timestamp, step, value."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A model: its experiment, whether it is in the trash, and its points by metric and dataset."""

    experiment: int
    deleted: bool
    model: LoggedModel
    measured: dict[str, dict[tuple[str, str], Points]]


def place(value: float) -> tuple[float, float]:
    """Where a value stands in the order in which NaN comes last and -0.0 before 0.0."""
    return (math.inf, 1.0) if math.isnan(value) else (value, math.copysign(0.5, value))


def summaries(measured: dict[tuple[str, str], Points], datasets: Sequence[OnDataset]) -> tuple[MetricSummary, ...]:
    """What a metric comes to on each of the datasets, on any if none are named, the latest one first."""
    found = []
    for (name, digest), points in measured.items():
        if datasets and not any(one.name == name and one.digest in ("", digest) for one in datasets):
            continue
        time, step, value = max(points, key=lambda one: (one[0], one[1], place(one[2])))
        numbers = sorted((one for _, _, one in points if not math.isnan(one)), key=place)
        low, high = (numbers[0], numbers[-1]) if numbers else (math.nan, math.nan)
        number = text_hash(f"{name}\x00{digest}") if name else 0
        found.append(((time, step, number), MetricSummary(last=value, min=low, max=high, first=value)))
    return tuple(summary for _, summary in sorted(found, key=lambda one: one[0], reverse=True))


def record_of(row: Row, datasets: Sequence[OnDataset], terms: Sequence[OrderTerm]) -> Record:
    """What the oracle sees: metrics on the datasets for the filter, and the latest of each term for the order."""
    model = row.model
    latest = {
        ordered_by(term).key: of_term[0]
        for term in terms
        if term.field.kind is Kind.METRIC
        and (of_term := summaries(row.measured.get(term.field.key, {}), [term.dataset] if term.dataset else ()))
    }
    return Record(
        attributes={
            "name": model.name,
            "model_id": model.model_id,
            "model_type": model.model_type,
            "source_run_id": model.source_run_id,
            "status": model.status.value,
            "status_message": model.status_message,
            "artifact_location": model.artifact_uri,
            "experiment_id": model.experiment_id,
            "creation_timestamp": model.creation_time,
            "last_updated_timestamp": model.last_update_time,
        },
        params=model.params,
        tags=model.tags,
        metrics=latest,
        measured={key: found for key, by in row.measured.items() if (found := summaries(by, datasets))},
    )


def ordered_by(term: OrderTerm) -> Field:
    """A field of the record for one term: two terms may mean one metric on two datasets."""
    if term.field.kind is not Kind.METRIC:
        return term.field
    return msgspec.structs.replace(term.field, key=f"{term.field.key} on {term.dataset!r}")


@pytest.fixture(scope="module", params=NAMES)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(fresh(request.param, tmp_path_factory.mktemp("models")), "mlflow-artifacts:/")
    yield opened
    opened.close()


class Crowd:
    """Models in two experiments of a store."""

    def __init__(self, store: Store, rows: Sequence[Row]) -> None:
        self.store = store

        def add(session: Session) -> list[ExperimentId]:
            return [session.experiments.create(f"models {i}", None, {}, 1).experiment_id for i in range(2)]

        self.experiments = store.write(add)
        self.rows = [
            msgspec.structs.replace(
                row, model=msgspec.structs.replace(row.model, experiment_id=self.experiments[row.experiment])
            )
            for row in rows
        ]
        for row in self.rows:
            store.write(lambda session, row=row: add_row(session, row))  # type: ignore[misc]

    def check(
        self,
        wanted: Sequence[int],
        view: View,
        where: Node | None,
        datasets: Sequence[OnDataset],
        terms: Sequence[OrderTerm],
        page: int,
    ) -> None:
        """Fails unless the pages together are what the oracle says."""
        seen = [
            record_of(row, datasets, terms)
            for row in self.rows
            if row.experiment in wanted and view in (View.ALL, View.DELETED_ONLY if row.deleted else View.ACTIVE_ONLY)
        ]
        found_by = [msgspec.structs.replace(term, field=ordered_by(term)) for term in terms]
        # The filter sees all values of a metric, not the one that the order goes by.
        matching = [record for record in seen if matches(where, msgspec.structs.replace(record, metrics={}))]
        if datasets:
            matching = [record for record in matching if record.measured]
        expected = order(matching, found_by, LOGGED_MODELS)
        ids = [self.experiments[one] for one in wanted]
        found: list[str] = []
        token = ""
        while True:
            answer = self.store.read(
                lambda session, token=token: session.logged_models.search(  # type: ignore[misc]
                    ids, view, where, datasets, terms, page, token
                )
            )
            found += [model.model_id for model in answer.items]
            assert len(answer.items) == page or not answer.next_page_token
            token = answer.next_page_token
            if not token:
                break
        assert found == [record.attributes["model_id"] for record in expected]


def add_row(session: Session, row: Row) -> None:
    key = session.logged_models.create(row.model)
    for name, by in row.measured.items():
        for dataset, points in by.items():
            given = points_of([Metric(key=name, value=v, timestamp=t, step=s) for t, s, v in points])
            link = Link(key.model_id, *dataset)
            session.logged_models.append(key, RunId("r"), link, given, range(len(points)))
    if row.deleted:
        session.logged_models.set_lifecycle(key, LifecycleStage.DELETED, row.model.last_update_time)


@pytest.fixture(scope="module")
def crowd(store: Store) -> Crowd:
    """A hundred and twenty models that share keys and values, the same in each session."""
    random = Random(5)
    floats = [-1.5, 0.0, -0.0, 0.5, 1.0, 2.0, 1e300, 5e-324, math.nan, math.inf, -math.inf]
    texts = ["", "a", "A", "b", "ab", "aB", "a%", "ä", "Ä", "10", "9", "日本"]
    names = ["a", "b", "loss", "a b", "Ä"]

    def some(values: list[str]) -> dict[str, str]:
        return {name: random.choice(values) for name in names if random.random() < 0.6}

    def points() -> Points:
        return [
            (random.randint(0, 3), random.randint(-1, 2), random.choice(floats)) for _ in range(random.randint(1, 3))
        ]

    rows = []
    for i in range(120):
        measured = {
            name: {dataset: points() for dataset in random.sample(DATASETS, random.choice([1, 1, 2, 4]))}
            for name in names
            if random.random() < 0.7
        }
        model = LoggedModel(
            model_id=ModelId(f"m-{random.getrandbits(128):032x}"),
            experiment_id=ExperimentId(""),
            name=random.choice(texts[1:]),
            artifact_uri=random.choice(texts),
            creation_time=random.choice([0, 1, 2, 3, 1000, i]),
            last_update_time=random.choice([0, 1, 2]),
            status=random.choice(list(LoggedModelStatus)),
            status_message=random.choice(texts),
            model_type=random.choice(texts),
            source_run_id=random.choice(texts),
            params=some(texts),
            tags=some(texts),
        )
        rows.append(Row(experiment=i % 3 // 2, deleted=i % 11 == 0, model=model, measured=measured))
    return Crowd(store, rows)


on_datasets = st.sampled_from(
    [OnDataset(name="d"), OnDataset(name="d", digest="2"), OnDataset(name="e"), OnDataset(name="never")]
)
model_orders = orders(LOGGED_MODELS).flatmap(
    lambda terms: st.tuples(
        *(
            st.builds(
                OrderTerm,
                field=st.just(term.field),
                descending=st.just(term.descending),
                dataset=(st.none() | on_datasets) if term.field.kind is Kind.METRIC else st.none(),
            )
            for term in terms
        )
    )
)


@pytest.mark.parametrize("few", [0, 5, search.FEW])
@MODEST
@given(
    experiments=st.sampled_from([[0], [0], [1], [0, 1]]),
    view=st.sampled_from([View.ALL, *View]),
    where=st.none() | nodes(LOGGED_MODELS),
    datasets=st.just([]) | st.lists(on_datasets, max_size=2),
    terms=model_orders,
    page=st.sampled_from([1, 7, 64, 119, 120, 1000]),
)
def test_any_search_of_logged_models(
    crowd: Crowd,
    few: int,
    experiments: list[int],
    view: View,
    where: Node | None,
    datasets: list[OnDataset],
    terms: tuple[OrderTerm, ...],
    page: int,
) -> None:
    with patch.object(search, "FEW", few):
        crowd.check(experiments, view, where, datasets, terms, page if page > 1 or where is not None else 13)


_FILTERS = [
    "",
    "metrics.loss > 0.5",
    "metrics.loss = 0",
    "metrics.loss IS NULL",
    "metrics.loss != 1 AND params.a IN ('a', 'ab')",
    "name = 'a' OR metrics.loss.max < 1",
    "source_run_id = 'ab'",
    "NOT metrics.loss > 1",
    "metrics.never IS NULL",
]


@pytest.mark.parametrize(
    ("where", "aggregate", "dataset", "descending"),
    [
        (where, aggregate, (None, OnDataset(name="d"), OnDataset(name="d", digest="1"))[(i + j) % 3], i % 2 == 1)
        for i, where in enumerate(_FILTERS)
        for j, aggregate in enumerate(("", ".min", ".max"))
    ],
)
def test_ordered_by_a_metric(
    crowd: Crowd, where: str, aggregate: str, dataset: OnDataset | None, descending: bool
) -> None:
    node = parse_filter(where, LOGGED_MODELS)
    field = parse_name(f"metrics.loss{aggregate}", LOGGED_MODELS)
    terms = [OrderTerm(field=field, descending=descending, dataset=dataset)]
    for few, page, datasets in ((0, 17, [OnDataset(name="d")]), (5, 11, []), (search.FEW, 29, [])):
        with patch.object(search, "FEW", few):
            crowd.check([0], View.ACTIVE_ONLY, node, datasets, terms, page)
    crowd.check([0, 1], View.ALL, node, [], terms, 50)


def test_every_model_of_a_page_of_one(crowd: Crowd) -> None:
    loss, first = parse_name("metrics.loss", LOGGED_MODELS), parse_name("name", LOGGED_MODELS)
    d, e = OnDataset(name="d"), OnDataset(name="e")
    for terms in (
        [],
        [OrderTerm(field=loss)],
        [OrderTerm(field=loss, dataset=d), OrderTerm(field=loss, dataset=e, descending=True)],
        [OrderTerm(field=first, descending=True), OrderTerm(field=loss)],
    ):
        crowd.check([0, 1], View.ALL, None, [], terms, 1)
