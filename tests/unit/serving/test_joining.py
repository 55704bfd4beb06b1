"""Inputs are joined and outputs split so that nobody sees the difference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from kiseki.serving.joining import agree, joined, kind_of, rows_of, split


def frame(rows: int, **columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns or {"x": np.arange(rows, dtype=float), "s": ["a"] * rows})


@settings(deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=6))
def test_what_is_joined_comes_apart_as_it_was(counts: list[int]) -> None:
    def some(make: Any) -> list[Any]:
        return [make(place, count) for place, count in enumerate(counts)]

    arrays = some(lambda place, count: np.full((count, 3), place, dtype=np.float32))
    dictionaries = some(lambda place, count: {"a": np.full(count, place), "b": np.full((count, 2), float(place))})
    frames = some(
        lambda place, count: pd.DataFrame(
            {"x": np.full(count, place), "s": pd.Series([str(place)] * count, dtype=object)}
        )
    )
    for inputs in (arrays, dictionaries, frames):
        assert len({kind_of(data) for data in inputs}) == 1
        assert [rows_of(data) for data in inputs] == counts
        found = split(joined(inputs), counts)
        assert found is not None
        assert all(map(agree, [_settled(part) for part in found], inputs))


def _settled(part: Any) -> Any:
    return part.reset_index(drop=True) if isinstance(part, pd.DataFrame) else part


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.zeros((1, 2)), np.zeros((1, 3))),
        (np.zeros(1), np.zeros(1, dtype=np.float32)),
        (np.zeros(1), {"a": np.zeros(1)}),
        ({"a": np.zeros(1)}, {"b": np.zeros(1)}),
        ({"a": np.zeros(1)}, {"a": np.zeros(1, dtype=int)}),
        (frame(1, x=[1]), frame(1, x=[1.5])),
        (frame(1, x=[1]), frame(1, y=[1])),
        (frame(1, x=[1], y=[1]), frame(1, y=[1], x=[1])),
        (frame(1, x=[1]), np.zeros((1, 1))),
        (frame(1, x=[pd.Timestamp("2026-01-01")]), frame(1, x=[pd.Timestamp("2026-01-01", tz="UTC")])),
    ],
)
def test_what_differs_in_columns_shapes_or_types_is_not_of_one_kind(one: Any, other: Any) -> None:
    assert None not in (kind_of(one), kind_of(other))
    assert kind_of(one) != kind_of(other)


@pytest.mark.parametrize(
    "data",
    [
        [1, 2],
        "text",
        None,
        5,
        {},
        {"a": [1]},
        {"a": np.zeros(1), "b": "text"},
        {"a": np.zeros(1), "b": np.zeros(2)},
        np.array(1.0),
        np.array([{}, {}]),
        pd.DataFrame({"x": [1]}, index=[5]),
        pd.DataFrame({"x": [1]}, index=["a"]),
        pd.DataFrame({"x": [1, 2, 3]})[::2],
        pd.Series([1.0]),
    ],
)
def test_what_has_no_rows_of_one_kind_is_not_joined(data: Any) -> None:
    assert kind_of(data) is None


@pytest.mark.parametrize(
    "output",
    [
        np.arange(4),
        np.arange(8).reshape(4, 2),
        pd.Series([0, 1, 2, 3], index=list("abcd")),
        pd.DataFrame({"p": [0, 1, 2, 3], "q": list("abcd")}),
        [0, "a", None, {"b": 1}],
        {"p": np.arange(4), "q": ["a", "b", "c", "d"]},
    ],
    ids=lambda output: type(output).__name__,
)
def test_an_output_with_a_row_for_each_row_is_split_in_order(output: Any) -> None:
    found = split(output, [1, 0, 3])
    assert found is not None
    assert len(found) == 3
    if isinstance(output, dict):
        assert [part["q"] for part in found] == [["a"], [], ["b", "c", "d"]]
    else:
        assert [len(part) for part in found] == [1, 0, 3]
    assert all(type(part) is type(output) for part in found)


def test_a_sparse_output_is_split_by_rows() -> None:
    found = split(scipy.sparse.csr_matrix(np.eye(3)), [1, 2])
    assert found is not None
    assert [part.toarray().tolist() for part in found] == [[[1, 0, 0]], [[0, 1, 0], [0, 0, 1]]]


@pytest.mark.parametrize(
    "output",
    [
        np.arange(3),
        np.array(5.0),
        5.0,
        "four",
        None,
        {},
        {"p": np.arange(4), "mean": 1.5},
        {"p": np.arange(4), "q": np.arange(3)},
        [1, 2, 3],
        pd.DataFrame({"p": [1]}),
        (1, 2, 3, 4),
    ],
)
def test_an_output_without_a_row_for_each_row_is_not_split(output: Any) -> None:
    assert split(output, [1, 3]) is None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (np.array([0.1]), np.array([0.1 + 1e-9]), True),
        (np.array([0.1]), np.array([0.1001]), False),
        (np.array([0.1], dtype=np.float32), np.array([0.10001], dtype=np.float32), True),
        (np.array([np.nan, np.inf]), np.array([np.nan, np.inf]), True),
        (np.array([1]), np.array([1.0]), False),
        (np.array([1]), np.array([2]), False),
        (np.array(["a"], dtype=object), np.array(["a"], dtype=object), True),
        (np.array(["a"]), np.array(["b"]), False),
        ([1.0, float("nan")], [1.0, float("nan")], True),
        ([1.0, None], [1.0, 0.0], False),
        ([1], [1, 2], False),
        ({"a": [1]}, {"a": [1]}, True),
        ({"a": [1]}, {"b": [1]}, False),
        (frame(2), frame(2), True),
        (frame(2), frame(3), False),
        (pd.Series([1.0]), pd.Series([1]), False),
        ("a", "a", True),
        ([True], [1], False),
        (scipy.sparse.csr_matrix(np.eye(2)), scipy.sparse.csr_matrix(np.eye(2)), True),
        (scipy.sparse.csr_matrix(np.eye(2)), scipy.sparse.csr_matrix(2 * np.eye(2)), False),
    ],
)
def test_answers_agree_but_for_the_order_of_sums(one: Any, other: Any, expected: bool) -> None:
    assert agree(one, other) is expected
