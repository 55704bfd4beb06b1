"""What every `LoggedModels` does."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiseki.base.errors import AlreadyExists, InvalidParameter
from kiseki.base.ids import ExperimentId, ModelId
from kiseki.domain.experiments import LifecycleStage, View
from kiseki.domain.logged_models import LoggedModel, LoggedModelStatus
from kiseki.domain.metrics import Link, Metric, points_of
from kiseki.query import LOGGED_MODELS, OnDataset, OrderTerm, parse_filter, parse_name
from kiseki.store import Store, open_store
from kiseki.store.protocol import ModelKey, RunKey
from tests.conformance.rows import ARTIFACT_ROOT, add_experiment, add_model, add_run, measure, new_model
from tests.databases import NAMES, fresh

MODEST = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])


def get(store: Store, model: ModelKey) -> LoggedModel:
    found = store.read(lambda session: session.logged_models.get(model.model_id))
    assert found is not None
    return found


def search(
    store: Store,
    *experiments: str,
    filter_string: str = "",
    datasets: tuple[OnDataset, ...] = (),
    order_by: tuple[OrderTerm, ...] = (),
    most: int = 100,
    token: str = "",
    view: View = View.ACTIVE_ONLY,
) -> tuple[list[str], str]:
    """The names that are found, and the token of the next page."""
    ids = [ExperimentId(one) for one in experiments]
    where = parse_filter(filter_string, LOGGED_MODELS)
    page = store.read(lambda session: session.logged_models.search(ids, view, where, datasets, order_by, most, token))
    return [model.name for model in page.items], page.next_page_token


def by(name: str, *, descending: bool = False, dataset: OnDataset | None = None) -> OrderTerm:
    return OrderTerm(field=parse_name(name, LOGGED_MODELS), descending=descending, dataset=dataset)


# --- models -----------------------------------------------------------------------------------------------------------


def test_a_model_is_kept_whole(store: Store) -> None:
    model = new_model(
        name="軌跡 forest",
        model_type="tree",
        source_run_id="a" * 32,
        status_message="",
        params={"": "", "日本": "語" * 20_000, "a b/c": "x"},
        tags={"p$%": "1", "q": ""},
    )
    key = store.write(lambda session: session.logged_models.create(model))
    assert get(store, key) == model
    assert key == ModelKey(
        number=key.number,
        model_id=model.model_id,
        experiment=0,
        lifecycle_stage=LifecycleStage.ACTIVE,
        artifact_uri=model.artifact_uri,
    )
    assert store.read(lambda session: session.logged_models.locate(model.model_id)) == key


def test_an_id_is_given_once(store: Store) -> None:
    model = new_model()
    store.write(lambda session: session.logged_models.create(model))
    with pytest.raises(AlreadyExists, match=model.model_id):
        store.write(lambda session: session.logged_models.create(model))


def test_what_is_not_there(store: Store) -> None:
    missing = ModelId("m-" + "0" * 32)
    assert store.read(lambda session: session.logged_models.locate(missing)) is None
    assert store.read(lambda session: session.logged_models.get(missing)) is None


def test_the_status(store: Store) -> None:
    key, other = add_model(store), add_model(store)
    for i, status in enumerate((LoggedModelStatus.READY, LoggedModelStatus.FAILED, LoggedModelStatus.PENDING)):
        now = 2_000 + i
        store.write(
            lambda session, status=status, now=now: session.logged_models.set_status(key, status, now)  # type: ignore[misc]
        )
        found = get(store, key)
        assert (found.status, found.last_update_time, found.creation_time) == (status, now, 1_000)
    assert get(store, other).last_update_time == 1_000


def test_to_the_trash_and_back(store: Store) -> None:
    key = add_model(store)
    for now in (5_000, 6_000):
        store.write(
            lambda session, now=now: session.logged_models.set_lifecycle(key, LifecycleStage.DELETED, now)  # type: ignore[misc]
        )
        found = get(store, key)
        assert (found.lifecycle_stage, found.last_update_time) == (LifecycleStage.DELETED, 5_000)
    assert search(store, "0") == ([], "")
    assert search(store, "0", view=View.DELETED_ONLY) == (["forest"], "")
    store.write(lambda session: session.logged_models.set_lifecycle(key, LifecycleStage.ACTIVE, 7_000))
    assert search(store, "0") == (["forest"], "")


def test_params_and_tags(store: Store) -> None:
    key, other = add_model(store, params={"a": "1"}, tags={"t": "1"}), add_model(store, params={"a": "9"})

    def work(session: Any) -> None:
        models = session.logged_models
        models.add_params(key, {"b": "2", "c": ""})
        assert models.params(key, ["a", "b", "d"]) == {"a": "1", "b": "2"}
        models.set_tags(key, {"t": "changed", "u": "2"})
        assert models.delete_tag(key, "u")
        assert not models.delete_tag(key, "u")
        assert not models.delete_tag(key, "never")
        models.set_tags(key, {})
        models.add_params(key, {})

    store.write(work)
    found = get(store, key)
    assert (found.params, found.tags) == ({"a": "1", "b": "2", "c": ""}, {"t": "changed"})
    assert get(store, other).params == {"a": "9"}


def test_a_run_and_a_model_of_one_number_have_their_own(store: Store) -> None:
    run, model = add_run(store, tags={"t": "of the run"}), add_model(store, tags={"t": "of the model"})
    assert run.number == model.number
    store.write(lambda session: session.logged_models.set_tags(model, {"t": "changed"}))
    found = store.read(lambda session: session.runs.get(run.run_id))
    assert found is not None
    assert found.tags == {"t": "of the run"}


# --- what was measured ------------------------------------------------------------------------------------------------


def metric(model: ModelKey, run: RunKey, key: str, point: tuple[int, int, float], dataset: str = "") -> Metric:
    step, time, value = point
    return Metric(
        key=key,
        value=value,
        timestamp=time,
        step=step,
        model_id=model.model_id,
        dataset_name=dataset,
        dataset_digest="1" if dataset else "",
        run_id=run.run_id,
    )


def test_all_points_of_a_model_with_few_come_back_in_their_order(store: Store) -> None:
    run, second, model, other = add_run(store), add_run(store), add_model(store), add_model(store)
    measure(store, model, run, "acc", [(2, 20, 0.5), (1, 30, 0.25)])
    measure(store, model, second, "acc", [(2, 20, 0.5)])
    measure(store, model, run, "loss", [(0, 0, -0.0)], dataset=("d", "1"))
    measure(store, other, run, "acc", [(9, 9, 9.0)])
    # Once more, as a client does that did not get the answer.
    measure(store, model, run, "acc", [(2, 20, 0.5), (1, 30, 0.25)])
    assert get(store, model).metrics == [
        metric(model, run, "acc", (2, 20, 0.5)),
        metric(model, run, "acc", (1, 30, 0.25)),
        metric(model, second, "acc", (2, 20, 0.5)),
        metric(model, run, "loss", (0, 0, -0.0), "d"),
    ]
    assert math.copysign(1, get(store, model).metrics[3].value) == -1
    assert get(store, other).metrics == [metric(other, run, "acc", (9, 9, 9.0))]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 5e-324, -1.7976931348623157e308])
def test_any_float_comes_back(store: Store, value: float) -> None:
    run, model = add_run(store), add_model(store)
    measure(store, model, run, "m", [(-(2**63), 2**63 - 1, value)])
    (found,) = get(store, model).metrics
    assert (repr(found.value), found.step, found.timestamp) == (repr(value), -(2**63), 2**63 - 1)


def test_of_a_model_with_many_points_the_latest_come_back(store: Store) -> None:
    run, model = add_run(store), add_model(store)
    measure(store, model, run, "long", [(i, i, i / 2) for i in range(1_000)])
    assert len(get(store, model).metrics) == 1_000
    measure(store, model, run, "long", [(0, 5_000, 7.0)], dataset=("d", "1"))
    measure(store, model, run, "short", [(3, 3, math.nan), (2, 3, 1.0)])
    found = sorted(get(store, model).metrics, key=lambda one: (one.key, one.dataset_name))
    assert found[:2] == [
        metric(model, run, "long", (999, 999, 499.5)),
        metric(model, run, "long", (0, 5_000, 7.0), "d"),
    ]
    assert (found[2].key, found[2].step, math.isnan(found[2].value), len(found)) == ("short", 3, True, 3)


def test_points_at_some_places(store: Store) -> None:
    run, model = add_run(store), add_model(store)
    given = points_of([Metric(key=f"m{i % 3}", value=i, timestamp=i, step=i) for i in range(10)])
    link = Link(model.model_id, "", "")
    store.write(lambda session: session.logged_models.append(model, run.run_id, link, given, [1, 4, 5, 9]))
    assert [(one.key, one.value) for one in get(store, model).metrics] == [
        ("m1", 1.0),
        ("m1", 4.0),
        ("m2", 5.0),
        ("m0", 9.0),
    ]
    assert store.read(lambda session: session.metrics.summaries(run)) == []


values = st.sampled_from([-1.5, 0.0, -0.0, 0.5, 2.0, 5e-324, 1e300, math.nan, math.inf, -math.inf])
small = st.integers(-2, 3)
requests = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]),
        st.sampled_from([("", ""), ("d", "1"), ("d", "2"), ("e", "1")]),
        st.lists(st.tuples(small, small.map(abs), values), min_size=1, max_size=5),
    ),
    max_size=8,
)


@pytest.fixture(scope="module", params=NAMES)
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for all examples."""
    opened = open_store(fresh(request.param, tmp_path_factory.mktemp("models")), ARTIFACT_ROOT)
    yield opened
    opened.close()


@MODEST
@given(given=requests)
def test_a_comparison_sees_the_latest_the_least_and_the_greatest(shared: Store, given: Any) -> None:
    experiment = add_experiment(shared, f"e{threading.get_ident()}-{new_model().model_id}")
    run, model = add_run(shared, experiment), add_model(shared, experiment)
    found: dict[tuple[str, tuple[str, str]], list[tuple[int, int, float]]] = {}
    for key, dataset, points in given:
        measure(shared, model, run, key, points, dataset)
        found.setdefault((key, dataset), []).extend(points)

    def holds(filter_string: str, dataset: tuple[str, str]) -> bool:
        chosen = (OnDataset(name=dataset[0], digest=dataset[1]),) if dataset[0] else ()
        return search(shared, experiment, filter_string=filter_string, datasets=chosen) == (["forest"], "")

    for (key, dataset), points in found.items():
        # Where there is no dataset, other datasets would be seen, too.
        others = [one for one in found if one[0] == key]
        if not dataset[0] and len(others) > 1:
            continue
        last = max(points, key=lambda one: (one[1], one[0], place(one[2])))[2]
        numbers = sorted((value for _, _, value in points if not math.isnan(value)), key=place)
        for aggregate, value in (
            ("", last),
            (".min", numbers[0] if numbers else math.nan),
            (".max", numbers[-1] if numbers else math.nan),
        ):
            name = f"metrics.{key}{aggregate}"
            if math.isnan(value):
                assert holds(f"{name} != 1", dataset)
                assert not holds(f"{name} > -1e308", dataset)
            elif math.isinf(value):
                assert holds(f"{name} {'>' if value > 0 else '<'} {'' if value > 0 else '-'}1e308", dataset)
            else:
                assert holds(f"{name} = {value!r}", dataset)
        assert holds(f"metrics.{key} IS NOT NULL", dataset)


def place(value: float) -> tuple[float, float]:
    """Where a value stands in the order in which NaN comes last and -0.0 before 0.0."""
    return (math.inf, 1.0) if math.isnan(value) else (value, math.copysign(0.5, value))


# --- searches ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def four(store: Store) -> str:
    """An experiment with four models, and one elsewhere."""
    experiment = add_experiment(store, "four")
    run = add_run(store, experiment)
    keys = [
        add_model(store, experiment, name=name, creation_time=time, model_type=kind, source_run_id=source)
        for name, time, kind, source in (("A", 1, "x", "r1"), ("B", 2, "x", "r2"), ("C", 3, "", "r1"), ("D", 4, "", ""))
    ]
    measure(store, keys[0], run, "acc", [(1, 10, 0.9), (2, 20, 0.1)])
    measure(store, keys[1], run, "acc", [(1, 10, 0.5)])
    measure(store, keys[1], run, "acc", [(0, 5, 0.95)], dataset=("d", "1"))
    measure(store, keys[2], run, "acc", [(1, 10, 0.3), (0, 99, 0.2)])
    measure(store, keys[2], run, "acc", [(0, 98, math.nan)], dataset=("d", "2"))
    add_model(store, name="elsewhere")
    return experiment


@pytest.mark.parametrize(
    ("filter_string", "found"),
    [
        ("", "DCBA"),
        ("name = 'A'", "A"),
        ("name = A OR name IN ('C')", "CA"),
        ("name LIKE 'a%'", ""),
        ("attributes.name ILIKE 'a%'", "A"),
        ("source_run_id = 'r1'", "CA"),
        ("model_type != 'x'", "DC"),
        ("status = 'PENDING' AND status != 'READY'", "DCBA"),
        ("status = 1", "DCBA"),
        ("creation_time > 2", "DC"),
        ("metrics.acc > 0.8", "B"),
        ("metrics.acc.max > 0.8", "BA"),
        ("metrics.acc < 0.3", "CA"),
        ("metrics.acc != 0.5", "CBA"),
        ("metrics.acc IS NULL", "D"),
        ("NOT metrics.acc > 0.8", "DCA"),
        ("metrics.never > 1", ""),
    ],
)
def test_filters(store: Store, four: str, filter_string: str, found: str) -> None:
    assert search(store, four, filter_string=filter_string) == (list(found), "")


@pytest.mark.parametrize(
    ("datasets", "filter_string", "found"),
    [
        ([("d", "")], "", "CB"),
        ([("d", "1")], "", "B"),
        ([("d", "2"), ("d", "1")], "", "CB"),
        ([("e", "")], "", ""),
        ([("d", "1")], "metrics.acc > 0.9", "B"),
        ([("d", "2")], "metrics.acc > 0.1", ""),
        ([("d", "")], "metrics.acc IS NOT NULL", "CB"),
        ([("d", "")], "name = 'A'", ""),
    ],
)
def test_datasets(store: Store, four: str, datasets: list[tuple[str, str]], filter_string: str, found: str) -> None:
    chosen = tuple(OnDataset(name=name, digest=digest) for name, digest in datasets)
    assert search(store, four, filter_string=filter_string, datasets=chosen) == (list(found), "")


@pytest.mark.parametrize(
    ("order", "found"),
    [
        (by("name"), "ABCD"),
        (by("name", descending=True), "DCBA"),
        (by("creation_timestamp"), "ABCD"),
        (by("model_type"), "DCBA"),
        (by("metrics.acc"), "ACBD"),
        (by("metrics.acc", descending=True), "BCAD"),
        (by("metrics.acc.min"), "ACBD"),
        (by("metrics.acc", dataset=OnDataset(name="d")), "BCDA"),
        (by("metrics.acc", descending=True, dataset=OnDataset(name="d", digest="1")), "BDCA"),
        (by("metrics.never"), "DCBA"),
    ],
)
def test_orders_and_pages(store: Store, four: str, order: OrderTerm, found: str) -> None:
    assert search(store, four, order_by=(order,)) == (list(found), "")
    names, token = search(store, four, order_by=(order,), most=3)
    assert names == list(found[:3])
    assert search(store, four, order_by=(order,), most=3, token=token) == (list(found[3]), "")


def test_a_token_is_for_its_search_alone(store: Store, four: str) -> None:
    _, token = search(store, four, most=2)
    assert search(store, four, most=1, token=token)[0] == ["B"]
    for other in (
        {"filter_string": "name != 'x'"},
        {"order_by": (by("name"),)},
        {"datasets": (OnDataset(name="d"),)},
        {"view": View.ALL},
    ):
        with pytest.raises(InvalidParameter, match="another search"):
            search(store, four, token=token, **other)
    with pytest.raises(InvalidParameter, match="another search"):
        search(store, "0", token=token)
    for forged in (token[:-2] + "xx", "x", "é"):
        with pytest.raises(InvalidParameter, match="page token"):
            search(store, four, token=forged)


def test_searches_find_whole_models(store: Store, four: str) -> None:
    found = store.read(
        lambda session: session.logged_models.search([ExperimentId(four)], View.ALL, None, (), (), 10, "")
    ).items
    for model in found:
        key = store.read(lambda session, model=model: session.logged_models.locate(model.model_id))  # type: ignore[misc]
        assert key is not None
        # NaN is not equal to itself, and the same in writing.
        assert repr(get(store, key)) == repr(model)
    assert search(store, four, "0")[0][0] == "elsewhere"
    assert search(store) == ([], "")
