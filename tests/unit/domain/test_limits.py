"""What experiments, datasets and points may be, and what is said when they are not."""

from __future__ import annotations

import math

import pytest

from kiseki.base.errors import InvalidParameter
from kiseki.domain.datasets import Dataset, DatasetInput, check_dataset_input
from kiseki.domain.experiments import check_id, check_name
from kiseki.domain.metrics import Link, Metric, Points, check_points, points_of
from kiseki.domain.runs import random_name


@pytest.mark.parametrize("name", ["a", " a ", "日本", "a/b", "..", "x" * 500, "🎌" * 500, "a\nb", "<script>"])
def test_names_that_are_taken(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize("name", ["", " ", "\n\t", "\u3000", "x" * 501, "a\0b"])
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(InvalidParameter, match="name"):
        check_name(name)


@pytest.mark.parametrize(("given", "number"), [("0", 0), ("7", 7), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_ids_that_are_taken(given: str, number: int) -> None:
    assert check_id(given) == number


@pytest.mark.parametrize(
    "given", ["", "-1", "+1", "1.0", "1e3", " 1", "x", "9" * 19, "9" * 10_000, "²", "１", "0x1", "1_0", "\0"]
)
def test_ids_that_are_refused(given: str) -> None:
    with pytest.raises(InvalidParameter, match="Experiment ID must be a valid integer") as caught:
        check_id(given)
    assert len(caught.value.message) < 200


def given(**fields: str) -> DatasetInput:
    return DatasetInput(dataset=Dataset(**{"name": "d", "digest": "1", "source_type": "s", "source": "{}", **fields}))


LIMITS = {"name": 500, "digest": 36, "source_type": 100, "source": 65_535, "schema": 1_048_575, "profile": 16_777_215}


@pytest.mark.parametrize("part", LIMITS)
def test_parts_of_datasets_have_limits(part: str) -> None:
    check_dataset_input(given(**{part: "x" * LIMITS[part]}), "datasets[0]")
    with pytest.raises(InvalidParameter, match=rf"'datasets\[4\]\.dataset\.{part}' exceeds .* {LIMITS[part]}"):
        check_dataset_input(given(**{part: "x" * (LIMITS[part] + 1)}), "datasets[4]")
    with pytest.raises(InvalidParameter, match=rf"'datasets\[4\]\.dataset\.{part}' contains a NUL"):
        check_dataset_input(given(**{part: "\0"}), "datasets[4]")


def test_a_dataset_has_a_name() -> None:
    with pytest.raises(InvalidParameter, match=r"Missing value .* 'datasets\[1\]\.dataset\.name'"):
        check_dataset_input(given(name=""), "datasets[1]")


@pytest.mark.parametrize(
    ("key", "value", "field"), [("k" * 256, "", "key"), ("k", "v" * 501, "value"), ("\0", "", "key")]
)
def test_tags_of_datasets_have_limits(key: str, value: str, field: str) -> None:
    one = DatasetInput(dataset=given().dataset, tags={"first": "x", key: value})
    with pytest.raises(InvalidParameter, match=rf"datasets\[1\]\.tags\[1\]\.{field}"):
        check_dataset_input(one, "datasets[1]")


def points(**columns: list[int] | list[str] | list[float]) -> Points:
    whole = {"keys": ["a", "b", "c"], "steps": [0, 1, 2], "timestamps": [0, 1, 2], "values": [0.0, 1.0, 2.0]}
    return Points(**{**whole, **columns})  # type: ignore[arg-type]


def test_points_that_are_taken() -> None:
    check_points(points())
    check_points(points(steps=[-(2**63), 0, 2**63 - 1], timestamps=[0, 5, 2**63 - 1]))
    check_points(points(values=[math.nan, math.inf, -math.inf]))
    check_points(Points(keys=[], steps=[], timestamps=[], values=[]))


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        ({"keys": ["a", "b$", "b$"]}, r"metrics\[1\]"),
        ({"keys": ["a", "b", ""]}, r"metrics\[2\]"),
        ({"steps": [0, 0, 2**63]}, r"metrics\[2\]\.step"),
        ({"steps": [0, -(2**63) - 1, 2**63]}, r"metrics\[1\]\.step"),
        ({"timestamps": [0, -1, 0]}, r"metrics\[1\]\.timestamp"),
        ({"timestamps": [2**63, 0, 0]}, r"metrics\[0\]\.timestamp"),
    ],
)
def test_the_first_bad_point_is_named(columns: dict[str, list[int]], field: str) -> None:
    with pytest.raises(InvalidParameter, match=field):
        check_points(points(**columns))


def test_points_of_metrics_keep_what_they_were_measured_on() -> None:
    metrics = [
        Metric(key="a", value=1.0, timestamp=2, step=3),
        Metric(key="b", value=4.0, timestamp=5, step=6, dataset_name="d", dataset_digest="1"),
    ]
    assert points_of(metrics) == Points(
        keys=["a", "b"], steps=[3, 6], timestamps=[2, 5], values=[1.0, 4.0], links={Link("", "d", "1"): [1]}
    )


def test_names_of_runs_are_short_and_many() -> None:
    names = {random_name() for _ in range(300)}
    assert all(len(name) <= 20 for name in names)
    assert len(names) > 250
