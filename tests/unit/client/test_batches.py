import pytest

from kiseki.base.errors import InvalidParameter
from kiseki.client.batches import MAX_RECORDS, mapping, points, split
from kiseki.domain.metrics import Link, Metric
from kiseki.entities import Metric as MetricEntity
from kiseki.entities import Param


@pytest.mark.parametrize(
    ("metrics", "params", "tags"), [(0, 0, 0), (1, 0, 0), (1000, 100, 100), (2500, 250, 230), (0, 101, 0), (999, 1, 1)]
)
def test_parts_are_within_the_limits_and_lose_nothing(metrics: int, params: int, tags: int) -> None:
    given = [Metric(key="m", value=float(i), timestamp=1, step=i) for i in range(metrics)]
    some_params = [(f"p{i}", str(i)) for i in range(params)]
    some_tags = [(f"t{i}", str(i)) for i in range(tags)]
    parts = split(given, some_params, some_tags)
    for part in parts:
        assert len(part.points) <= 1000
        assert len(part.params) <= 100
        assert len(part.tags) <= 100
        assert 0 < len(part.points) + len(part.params) + len(part.tags) <= MAX_RECORDS
    assert [step for part in parts for step in part.points.steps] == list(range(metrics))
    assert [param for part in parts for param in part.params] == some_params
    assert [tag for part in parts for tag in part.tags] == some_tags


def test_links_follow_their_points_into_later_parts() -> None:
    given = [Metric(key="m", value=0.0, timestamp=1, step=i, dataset_name=f"d{i}") for i in range(1001)]
    first, second = split(given, [], [])
    assert first.points.links == {Link("", f"d{i}", ""): [i] for i in range(1000)}
    assert second.points.links == {Link("", "d1000", ""): [0]}


def test_what_is_no_metric_names_its_place() -> None:
    with pytest.raises(InvalidParameter, match=r"metrics\[1\] is of type tuple"):
        points([MetricEntity("a", 1, 1, 1), ("b", 1)])  # type: ignore[list-item] # the mistake under test
    with pytest.raises(InvalidParameter, match=r"metrics\[0\]\.step"):
        points([MetricEntity("a", 1, 1, "x")])  # type: ignore[arg-type] # the mistake under test
    with pytest.raises(InvalidParameter, match=r"metrics\[0\]\.timestamp"):
        points([MetricEntity("a", 1, -1, 0)])


def test_a_param_that_is_given_twice() -> None:
    assert mapping("param", [Param("a", "1"), Param("a", "1")]) == {"a": "1"}
    with pytest.raises(InvalidParameter, match=r"Duplicate parameter keys.*'a'"):
        mapping("param", [Param("a", "1"), Param("a", "2")])
    with pytest.raises(InvalidParameter, match=r"tags\[0\] is of type tuple"):
        mapping("tag", [("a", "1")])
