"""The data that is logged and what is expected back."""

import json

from bench.catalogue import METRICS, OPTIMIZERS, PAGE, PARAMS, TEAMS, Catalogue, questions
from bench.points import SPIKE, Stream


def test_a_stream_encodes_the_points_that_it_expects_back() -> None:
    stream = Stream(seed=3, keys=4, steps=5)
    points = [point for request in (0, 1, 2) for point in json.loads(stream.encoded(request))]
    assert len(points) == 60
    for key in range(4):
        own = [(p["step"], p["timestamp"], p["value"]) for p in points if p["key"] == stream.key(key)]
        assert own == stream.expected(key, (0, 1, 2))


def test_points_of_a_stream_are_distinct_and_their_time_advances() -> None:
    points = Stream(seed=3, keys=1, steps=100).expected(0, range(20))
    assert [step for step, _, _ in points] == list(range(2000))
    timestamps = [timestamp for _, timestamp, _ in points]
    assert timestamps == sorted(set(timestamps))
    assert len({value for _, _, value in points}) == 2000


def test_streams_with_other_seeds_have_other_values() -> None:
    assert Stream(seed=1, keys=1, steps=9).expected(0, [0]) != Stream(seed=2, keys=1, steps=9).expected(0, [0])


def test_a_spike_is_one_point() -> None:
    points = Stream(seed=3, keys=1, steps=100, spike=1234).expected(0, range(20))
    assert [step for step, _, value in points if value == SPIKE] == [1234]


def test_what_a_search_must_find_agrees_with_a_look_at_every_run() -> None:
    catalogue = Catalogue(runs=1000)
    metrics = [dict(catalogue.metric_values(run)) for run in range(1000)]
    params = [dict(catalogue.params(run)) for run in range(1000)]
    tags = [dict(catalogue.tags(run)) for run in range(1000)]
    assert {len(each) for each in metrics} == {METRICS}
    assert {len(each) for each in params} == {PARAMS}
    newest = list(reversed(range(1000)))
    asked = {question.name: question.searches for question in questions(catalogue, 4)}

    assert list(asked["newest"][0].expected) == newest[:PAGE]
    by_first = sorted(newest, key=lambda run: metrics[run]["metric_00"], reverse=True)
    assert list(asked["order by a metric"][0].expected) == by_first[:PAGE]
    assert asked["order by a metric"][0].fields["order_by"] == ["metrics.metric_00 DESC"]
    by_second = sorted(newest, key=lambda run: metrics[run]["metric_01"])
    assert list(asked["order by a metric"][1].expected) == by_second[:PAGE]
    assert asked["order by a metric"][1].fields["order_by"] == ["metrics.metric_01 ASC"]

    filtered = asked["metric filter + order by a metric"][2]
    assert filtered.fields["filter"] == "metrics.metric_01 > 0.42000000000000004"
    passing = [run for run in by_first if metrics[run]["metric_01"] > 0.4 + 2 / 100]
    assert list(filtered.expected) == passing[:PAGE]

    selective = asked["param filter, 100 of all runs match"][3]
    assert selective.fields["filter"] == "params.param_00 = 'group-3'"
    assert list(selective.expected) == [run for run in newest if params[run]["param_00"] == "group-3"]
    assert len(selective.expected) == PAGE

    half = asked["param filter, half of all runs match"][1]
    assert half.fields["filter"] == f"params.param_01 = '{OPTIMIZERS[1]}'"
    assert list(half.expected) == [run for run in newest if params[run]["param_01"] == OPTIMIZERS[1]][:PAGE]

    three = asked["three conditions (metric, param, tag)"][1]
    expected = [
        run
        for run in newest
        if metrics[run]["metric_02"] > 0.805
        and params[run]["param_01"] == OPTIMIZERS[1]
        and tags[run]["team"] == TEAMS[1]
    ]
    assert list(three.expected) == expected[:PAGE]
    assert "tags.team = 'b'" in three.fields["filter"]
