"""What every `Metrics` does, against the model of `tests.conformance.histories`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kiseki.domain.metrics import Link, Metric, Points
from kiseki.domain.series import Axis, Buckets
from kiseki.store import Store, open_store
from kiseki.store.protocol import RunKey
from tests.conformance.histories import (
    History,
    bits,
    by_time,
    check_buckets,
    exactly,
    extent_of,
    float_of,
    plain,
)
from tests.conformance.rows import ARTIFACT_ROOT, Point, add_run, append, points_of
from tests.databases import NAMES, fresh

INT64 = (-(2**63), 2**63 - 1)
ODD_VALUES = [
    math.nan,
    -math.nan,
    float_of(0x7FF8_0000_0000_0001),
    math.inf,
    -math.inf,
    0.0,
    -0.0,
    5e-324,
    -5e-324,
    2.2250738585072011e-308,
    1.7976931348623157e308,
    -1.7976931348623157e308,
    0.1,
    1 / 3,
    float(2**53 + 2),
]
AXES = list(Axis)

values = st.one_of(st.sampled_from(ODD_VALUES), st.floats(width=64), st.integers(-3, 3).map(float))
near = st.tuples(st.integers(-5, 12), st.integers(0, 12), st.sampled_from([*ODD_VALUES, 1.0, 2.0]))
anywhere = st.tuples(
    st.one_of(st.integers(*INT64), st.sampled_from([*INT64, 0, 2**53 + 1, 2**53 + 3])),
    st.one_of(st.integers(0, INT64[1]), st.sampled_from([0, INT64[1], 2**53 + 3])),
    values,
)
in_order = st.builds(
    lambda start, time, found: [(start + i, time + 7 * i, value) for i, value in enumerate(found)],
    st.integers(-20, 50),
    st.integers(0, 400),
    st.lists(values, min_size=1, max_size=30),
)
batches = st.one_of(st.lists(near, min_size=1, max_size=12), st.lists(anywhere, min_size=1, max_size=6), in_order)


@pytest.fixture(scope="module", params=NAMES)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for all tests of this file: each makes runs of its own, and looks at no others."""
    opened = open_store(fresh(request.param, tmp_path_factory.mktemp("metrics")), ARTIFACT_ROOT)
    yield opened
    opened.close()


MODEST = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def history(store: Store, run: RunKey, key: str = "m", offset: int = 0, limit: int = 1_000_000) -> list[Point]:
    return plain(store.read(lambda session: session.metrics.history(run, key, offset, limit)))


def check(store: Store, run: RunKey, model: History, key: str = "m") -> None:
    """The summary, the whole history, and the latest point of the run."""
    model.check_history(history(store, run, key))
    summaries = {one.key: one for one in store.read(lambda session: session.metrics.summaries(run))}
    model.check_summary(summaries[key])
    found = store.read(lambda session: session.runs.get(run.run_id))
    assert found is not None
    (latest,) = [metric for metric in found.metrics if metric.key == key]
    summary = summaries[key]
    assert repr(latest) == repr(
        Metric(key=key, value=summary.last, timestamp=summary.last_timestamp, step=summary.last_step)
    )


def charts(
    store: Store,
    series: Sequence[tuple[RunKey, str]],
    axis: Axis = Axis.STEP,
    extent: tuple[float, float] | None = None,
    buckets: int = 10,
) -> list[Buckets]:
    return store.read(lambda session: session.metrics.chart(series, axis, extent, buckets))


# --- what goes in comes out ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("compacted", [False, True])
@pytest.mark.parametrize("together", [False, True])
def test_every_bit_of_a_value_survives(store: Store, together: bool, compacted: bool) -> None:
    run = add_run(store)
    points = [(i, i, value) for i, value in enumerate(ODD_VALUES)]
    for part in [points] if together else [[point] for point in points]:
        append(store, run, "m", part)
    if compacted:
        store.compact()
    assert exactly(history(store, run)) == exactly(points)


def test_points_of_many_metrics_in_one_request(store: Store) -> None:
    run = add_run(store)
    keys = ["b", "a", "b", "val/ä", "a", "日本"]
    store.write(
        lambda session: session.metrics.append(
            run, Points(keys=keys, steps=[3, 1, 2, 0, 1, 5], timestamps=[1] * 6, values=[0.0, 1.0, 2.0, 3.0, 1.0, 5.0])
        )
    )
    assert {key: history(store, run, key) for key in [*keys, "none"]} == {
        "a": [(1, 1, 1.0)],
        "b": [(2, 1, 2.0), (3, 1, 0.0)],
        "val/ä": [(0, 1, 3.0)],
        "日本": [(5, 1, 5.0)],
        "none": [],
    }
    assert [one.key for one in store.read(lambda session: session.metrics.summaries(run))] == sorted(set(keys))


def test_no_points_are_nothing(store: Store) -> None:
    run = add_run(store)
    append(store, run, "m", [])
    assert store.read(lambda session: session.metrics.summaries(run)) == []
    assert history(store, run) == []


def test_runs_do_not_share_points(store: Store) -> None:
    first, second = add_run(store), add_run(store)
    append(store, first, "m", [(0, 0, 1.0)])
    append(store, second, "m", [(0, 0, 2.0)])
    store.compact()
    append(store, second, "m", [(0, 0, 1.0)])
    assert history(store, first) == [(0, 0, 1.0)]
    assert history(store, second) == [(0, 0, 1.0), (0, 0, 2.0)]


def test_what_a_point_was_measured_on_is_no_part_of_it(store: Store) -> None:
    run = add_run(store)
    points = points_of("m", [(0, 0, 1.0), (1, 1, 2.0)])
    linked = Points(
        keys=points.keys,
        steps=points.steps,
        timestamps=points.timestamps,
        values=points.values,
        links={Link("", "data", "d1"): [1]},
    )
    store.write(lambda session: session.metrics.append(run, linked))
    store.write(lambda session: session.metrics.append(run, points))
    assert history(store, run) == [(0, 0, 1.0), (1, 1, 2.0)]


# --- a point is kept once ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ODD_VALUES, ids=lambda value: hex(bits(value)))
def test_a_repeated_point_is_kept_once(store: Store, value: float) -> None:
    run, model = add_run(store), History()
    steps = [5, 1, 3, 9]  # out of order and rewinding
    for compacted in (False, True, True):
        for again in range(2):
            for step in steps:
                append(store, run, "m", [(step, 100 - step, value)] * (again + 1))
                model.add([(step, 100 - step, value)])
        append(store, run, "m", [(step, 100 - step, value) for step in steps for _ in range(3)])
        if compacted:
            store.compact()
    assert len(model) == 4
    check(store, run, model)


def test_points_that_differ_in_one_bit_are_two(store: Store) -> None:
    run, model = add_run(store), History()
    twins = [0.0, -0.0, math.nan, float_of(bits(math.nan) + 1), 1.0, math.nextafter(1.0, 2.0)]
    points = [(0, 0, value) for value in twins] + [(1, 0, 0.0), (0, 1, 0.0)]
    for point in points:
        append(store, run, "m", [point])
        append(store, run, "m", points)
        store.compact()
    model.add(points)
    assert len(model) == 8
    check(store, run, model)


@pytest.mark.parametrize("size", [1, 3, 17])
def test_a_history_that_is_sent_twice_counts_once(store: Store, size: int) -> None:
    run, model = add_run(store), History()
    points = [(i % 37, 1000 + i % 50, float(i % 3)) for i in range(200)]
    for start in range(0, len(points), size):
        append(store, run, "m", points[start : start + size])
    store.compact()
    for start in range(0, len(points), size * 2):
        append(store, run, "m", points[start : start + size * 2][::-1])
    model.add(points)
    check(store, run, model)


# --- the model ----------------------------------------------------------------------------------------------------------


@MODEST
@given(parts=st.lists(st.tuples(batches, st.booleans()), min_size=1, max_size=8))
@example(parts=[([(2**53 + 3, 5, 1.0)], True), ([(2**53 + 1, 4, 2.0)], False)])
def test_any_batches_make_the_history_of_the_model(store: Store, parts: list[tuple[list[Point], bool]]) -> None:
    run, model = add_run(store), History()
    for batch, compacted in parts:
        append(store, run, "m", batch)
        model.add(batch)
        if compacted:
            store.compact()
    check(store, run, model)


@MODEST
@given(
    parts=st.lists(st.tuples(batches, st.booleans()), min_size=1, max_size=6),
    axis=st.sampled_from(AXES),
    buckets=st.one_of(st.integers(1, 12), st.integers(1, 20_000)),
    start_time=st.sampled_from([0, 3, 10**6]),
    ends=st.one_of(
        st.none(),
        st.tuples(st.integers(-10, 30), st.integers(-10, 30)),
        st.tuples(st.floats(-20, 60), st.floats(-20, 60)),
        st.tuples(st.floats(-(2.0**63), 2.0**63), st.floats(-(2.0**63), 2.0**63)),
    ),
)
def test_a_chart_of_any_history(
    store: Store,
    parts: list[tuple[list[Point], bool]],
    axis: Axis,
    buckets: int,
    start_time: int,
    ends: tuple[float, float] | None,
) -> None:
    run, model = add_run(store, start_time=start_time), History()
    for batch, compacted in parts:
        append(store, run, "m", batch)
        model.add(batch)
        if compacted:
            store.compact()
    extent = None if ends is None else (float(min(ends)), float(max(ends)))
    (found,) = charts(store, [(run, "m")], axis, extent, buckets)
    line = model.along(axis, start_time)
    whole = extent or extent_of([line])
    assert whole is not None
    check_buckets(found, line, whole, buckets)


class Machine(RuleBasedStateMachine):
    """One run with two metrics; whatever is done, the store answers as the model."""

    store: Store

    @initialize(start_time=st.sampled_from([0, 5, 10**7]))
    def start(self, start_time: int) -> None:
        self.run = add_run(self.store, start_time=start_time)
        self.models = {"a": History(), "b": History()}
        self.clock = 0

    @rule(key=st.sampled_from("ab"), batch=batches)
    def append(self, key: str, batch: list[Point]) -> None:
        append(self.store, self.run, key, batch)
        self.models[key].add(batch)

    @rule(key=st.sampled_from("ab"), size=st.integers(1, 3000), rewind=st.integers(0, 500))
    def train(self, key: str, size: int, rewind: int) -> None:
        """A run that goes on where it was, or some steps before: steps rewind, time does not."""
        first = max(0, self.clock - rewind)
        batch = [(first + i, 1000 * (self.clock + i), math.sin(first + i)) for i in range(size)]
        self.clock += size
        append(self.store, self.run, key, batch)
        self.models[key].add(batch)

    @rule(key=st.sampled_from("ab"), places=st.lists(st.integers(0, 10**6), min_size=1, max_size=5))
    def repeat(self, key: str, places: list[int]) -> None:
        """Points that are there already."""
        points = self.models[key].sorted(by_time)
        if points:
            append(self.store, self.run, key, [points[place % len(points)] for place in places])

    @rule()
    def compact(self) -> None:
        self.store.compact()

    @precondition(lambda self: any(len(model) for model in self.models.values()))
    @rule(
        axis=st.sampled_from(AXES),
        buckets=st.integers(1, 50),
        ends=st.none() | st.tuples(st.integers(-10, 5000), st.integers(-10, 5000)),
    )
    def chart(self, axis: Axis, buckets: int, ends: tuple[int, int] | None) -> None:
        keys = [key for key, model in self.models.items() if len(model)]
        lines = [self.models[key].along(axis, self.run.start_time) for key in keys]
        extent = None if ends is None else (float(min(ends)), float(max(ends)))
        whole = extent or extent_of(lines)
        assert whole is not None
        found = charts(self.store, [(self.run, key) for key in keys], axis, extent, buckets)
        for line, chart in zip(lines, found, strict=True):
            dense = sum(whole[0] <= x <= whole[1] for x, _ in line) > 1_024 * buckets
            check_buckets(chart, line, whole, buckets, spare_points=64 if dense else 0)

    @rule(key=st.sampled_from("ab"), size=st.integers(1, 700))
    def page(self, key: str, size: int) -> None:
        found: list[Point] = []
        while part := history(self.store, self.run, key, len(found), size):
            assert len(part) <= size
            found += part
            if len(found) > 20 * size:
                found += history(self.store, self.run, key, len(found))
        self.models[key].check_history(found)

    @rule(
        key=st.sampled_from("ab"),
        limit=st.integers(1, 60),
        ends=st.none() | st.tuples(st.integers(-10, 3000), st.integers(-10, 3000)),
    )
    def sample(self, key: str, limit: int, ends: tuple[int, int] | None) -> None:
        steps = None if ends is None else (min(ends), max(ends))
        found = self.store.read(lambda session: session.metrics.sample(self.run, key, steps, limit))
        self.models[key].check_sample(plain(found), steps, limit)

    @invariant()
    def summaries(self) -> None:
        if not hasattr(self, "models"):
            return
        found = {one.key: one for one in self.store.read(lambda session: session.metrics.summaries(self.run))}
        assert set(found) == {key for key, model in self.models.items() if len(model)}
        for key, summary in found.items():
            self.models[key].check_summary(summary)


def test_any_course_of_a_run(store: Store) -> None:
    class Bound(Machine):
        pass

    Bound.store = store
    run_state_machine_as_test(Bound, settings=settings(deadline=None, max_examples=25, stateful_step_count=25))


# --- summaries ----------------------------------------------------------------------------------------------------------


def test_the_latest_is_the_greatest_by_step_time_and_value(store: Store) -> None:
    run, model = add_run(store), History()
    for point in [(1, 9, 1.0), (2, 5, 3.0), (2, 5, 2.0), (2, 4, 9.0), (0, 99, 7.0), (2, 5, -math.inf)]:
        append(store, run, "m", [point])
        model.add([point])
        check(store, run, model)
    append(store, run, "m", [(2, 5, math.nan)])
    model.add([(2, 5, math.nan)])
    check(store, run, model)


@pytest.mark.parametrize("together", [False, True])
def test_min_and_max_ignore_nan(store: Store, together: bool) -> None:
    run, model = add_run(store), History()
    points = [(0, 0, math.nan), (1, 1, math.inf), (2, 2, -0.0), (3, 3, 0.0), (4, 4, math.nan), (5, 5, -math.inf)]
    for part in [points] if together else [[point] for point in points]:
        append(store, run, "m", part)
        model.add(part)
        check(store, run, model)


# --- pages --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("compacted", [False, True])
def test_pages_beyond_the_end_are_empty(store: Store, compacted: bool) -> None:
    run = add_run(store)
    append(store, run, "m", [(i, i, 0.0) for i in range(10)])
    if compacted:
        store.compact()
    assert history(store, run, "m", 10, 5) == []
    assert history(store, run, "m", 10**17, 10**5) == []
    assert history(store, run, "m", 8, 5) == [(8, 8, 0.0), (9, 9, 0.0)]
    assert history(store, run, "m", 0, 0) == []


def test_pages_across_segments_of_a_long_history(store: Store) -> None:
    run, model = add_run(store), History()
    for start in range(0, 60_000, 6_000):
        batch = [(i, 2 * i, float(i)) for i in range(start, start + 6_000)]
        append(store, run, "m", batch)
        model.add(batch)
        if start % 12_000:
            store.compact()
    append(store, run, "m", [(5, 7, -1.0)])
    model.add([(5, 7, -1.0)])
    found: list[Point] = []
    while part := history(store, run, "m", len(found), 9_973):
        found += part
    model.check_history(found)
    check(store, run, model)


# --- charts -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("compacted", [False, True])
def test_one_spike_in_a_hundred_thousand_points_is_seen(store: Store, compacted: bool) -> None:
    run, model = add_run(store, start_time=1), History()
    points = [(i, 10 + 3 * i, 0.5) for i in range(100_000)]
    points[67_891] = (67_891, 10 + 3 * 67_891, 99.0)
    points[12_345] = (12_345, 10 + 3 * 12_345, -99.0)
    for start in range(0, len(points), 25_000):
        append(store, run, "m", points[start : start + 25_000])
        if compacted:
            store.compact()
    model.add(points)
    for axis in AXES:
        line = model.along(axis, 1)
        whole = extent_of([line])
        assert whole is not None
        for buckets in (1, 7, 97, 1_000, 20_000):
            (found,) = charts(store, [(run, "m")], axis, None, buckets)
            check_buckets(found, line, whole, buckets, spare_points=64 if buckets <= 97 else 0)
            assert (found.max.max(), found.min.min(), int(found.count.sum())) == (99.0, -99.0, 100_000)
            assert int((found.max == 99.0).sum()) == int((found.min == -99.0).sum()) == 1


def test_a_coarse_chart_keeps_odd_values_apart(store: Store) -> None:
    run, model = add_run(store), History()
    points: list[Point] = [(i, i, math.cos(i)) for i in range(40_000)]
    for place, value in ((0, math.nan), (777, math.inf), (20_000, -math.inf), (39_999, math.nan)):
        points[place] = (place, place, value)
    points[64 * 100 : 64 * 110] = [(i, i, math.nan) for i in range(64 * 100, 64 * 110)]
    for start in range(0, len(points), 13_000):
        append(store, run, "m", points[start : start + 13_000])
        store.compact()
    model.add(points)
    (found,) = charts(store, [(run, "m")], Axis.STEP, None, 11)
    check_buckets(found, model.along(Axis.STEP, 0), (0, 39_999), 11, spare_points=64)
    finite = [value for _, _, value in points if math.isfinite(value)]
    assert (np.nanmin(found.min), np.nanmax(found.max)) == (min(finite), max(finite))
    assert int(found.nonfinite.sum()) == len(points) - len(finite)


def test_a_coarse_chart_of_steps_that_rewound(store: Store) -> None:
    run, model = add_run(store), History()
    first = [(i, i, 1.0) for i in range(20_000)]
    second = [(i, 30_000 + i, 2.0) for i in range(15_000, 40_000)]
    for batch in (first, second):
        append(store, run, "m", batch)
        model.add(batch)
        store.compact()
    for axis in AXES:
        (found,) = charts(store, [(run, "m")], axis, None, 8)
        line = model.along(axis, 1_000)
        whole = extent_of([line])
        assert whole is not None
        check_buckets(found, line, whole, 8, spare_points=64)


def test_series_share_the_extent(store: Store) -> None:
    short, long = add_run(store), add_run(store)
    append(store, short, "m", [(i, i, 1.0) for i in range(10, 20)])
    append(store, long, "m", [(i, i, 2.0) for i in range(100)])
    found = charts(store, [(short, "m"), (long, "m"), (short, "none"), (short, "m")], Axis.STEP, None, 10)
    assert [chart.count.tolist() for chart in found] == [[10], [9, 10, 10, 10, 10, 10, 10, 10, 10, 11], [], [10]] or [
        chart.count.tolist() for chart in found
    ] == [[10], [10] * 10, [], [10]]
    for chart, line in zip(found, [range(10, 20), range(100), [], range(10, 20)], strict=True):
        value = 1.0 if len(line) == 10 else 2.0
        check_buckets(chart, [(x, value) for x in line], (0, 99), 10)


def test_a_chart_of_nothing(store: Store) -> None:
    run = add_run(store)
    append(store, run, "m", [(5, 5, 1.0)])
    for wanted, extent in (([(run, "none")], None), ([(run, "m")], (6.0, 9.0)), ([], None)):
        found = charts(store, wanted, Axis.STEP, extent)
        assert len(found) == len(wanted)
        for chart in found:
            check_buckets(chart, [], (0, 1), 10)


def test_the_relative_axis_starts_with_the_run(store: Store) -> None:
    started, unknown, late = (add_run(store, start_time=start) for start in (100, 0, 10_000))
    for run in (started, unknown, late):
        append(store, run, "m", [(0, 150, 1.0), (1, 250, 2.0)])
    found = charts(store, [(run, "m") for run in (started, unknown, late)], Axis.RELATIVE, None, 1_000)
    assert [chart.x.tolist() for chart in found] == [[50.0, 150.0], [0.0, 100.0], [0.0, 100.0]]


def test_samples_of_one_point(store: Store) -> None:
    run, model = add_run(store), History()
    points = [(step, 10 - step, float(step)) for step in range(10)]
    append(store, run, "m", points)
    model.add(points)
    for limit in (1, 2, 3, 10, 11):
        found = store.read(lambda session, limit=limit: session.metrics.sample(run, "m", None, limit))  # type: ignore[misc]
        model.check_sample(plain(found), None, limit)
    assert store.read(lambda session: session.metrics.sample(run, "m", (20, 30), 5)) == []


@pytest.mark.parametrize("compacted", [(False, False), (True, False), (True, True)])
@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize(
    ("first", "second"),
    [
        # The same step at both ends, later in what came first.
        ([(1, 100, 1.0), (5, 104, 2.0)], [(5, 1, 3.0), (9, 5, 4.0)]),
        # The same moment at both ends, of a later step in what came first.
        ([(1, 10, 1.0), (9, 20, 2.0)], [(3, 20, 3.0), (12, 30, 4.0)]),
        # The same step and moment, of a greater value in what came first.
        ([(1, 10, 1.0), (5, 20, 9.0)], [(5, 20, 3.0), (7, 30, 4.0)]),
        ([(1, 10, 1.0), (5, 20, math.nan)], [(5, 20, 3.0), (5, 20, math.inf), (7, 30, 4.0)]),
        # Wholly before what came first.
        ([(50, 500, 1.0), (60, 600, 2.0)], [(1, 10, 3.0), (50, 500, 0.5)]),
    ],
)
def test_the_last_of_a_bucket_where_parts_meet(
    store: Store, first: list[Point], second: list[Point], axis: Axis, compacted: tuple[bool, bool]
) -> None:
    run, model = add_run(store, start_time=1), History()
    for batch, compact in zip((first, second), compacted, strict=True):
        append(store, run, "m", batch)
        model.add(batch)
        if compact:
            store.compact()
    line = model.along(axis, 1)
    xs = sorted({x for x, _ in line})
    for low in xs:
        for high in xs:
            if low <= high:
                (found,) = charts(store, [(run, "m")], axis, (low, high), 1)
                check_buckets(found, line, (low, high), 1)
    check(store, run, model)


@pytest.mark.parametrize("compacted", [False, True])
@pytest.mark.parametrize("step", [2**53 + 1, 2**53 + 3, 2**62 + 5, 2**63 - 1, -(2**63), -(2**53) - 3])
def test_steps_that_no_float_holds_are_in_the_chart(store: Store, step: int, compacted: bool) -> None:
    run, model = add_run(store), History()
    points = [(step, 2**53 + 3, 1.0), (step // 2, 2**63 - 1, 2.0)]
    append(store, run, "m", points[:1])
    model.add(points[:1])
    if compacted:
        store.compact()
    for _ in range(2):
        for axis in AXES:
            for buckets in (1, 2, 1_000):
                (found,) = charts(store, [(run, "m")], axis, None, buckets)
                line = model.along(axis, run.start_time)
                whole = extent_of([line])
                assert whole is not None
                check_buckets(found, line, whole, buckets)
        append(store, run, "m", points)
        model.add(points)
