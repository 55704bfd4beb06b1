import json
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kiseki.base.errors import InvalidParameter
from kiseki.client.tables import Table, appended, check_file, decode, encode, lists, table_of, tag_with


@pytest.mark.parametrize(
    ("data", "columns", "rows"),
    [
        ({"a": [1, 2], "b": ["x", "y"]}, ["a", "b"], [[1, "x"], [2, "y"]]),
        ({"a": (1, 2), "b": np.array([3, 4])}, ["a", "b"], [[1, 3], [2, 4]]),
        ({"a": pd.Series([1, 2]), "b": 9}, ["a", "b"], [[1, 9], [2, 9]]),
        ({"a": 4, "b": 1.5}, ["a", "b"], [[4, 1.5]]),
        ({"a": [4, 5], "b": [1.5]}, ["a", "b"], [[[4, 5], [1.5]]]),
        ({"a": []}, ["a"], []),
        (pd.DataFrame({"a": [1], "b": ["x"]}, index=[7]), ["a", "b"], [[1, "x"]]),
    ],
)
def test_what_is_a_table(data: Any, columns: list[str], rows: list[list[Any]]) -> None:
    assert table_of(data) == Table(columns=columns, rows=rows)


def test_what_is_none() -> None:
    for given in ([1], "a", None):
        with pytest.raises(InvalidParameter, match="DataFrame or a dictionary"):
            table_of(given)
    for name in ("t.csv", "t", ".json/x"):
        with pytest.raises(InvalidParameter, match="extension"):
            check_file(name)


def test_rows_are_appended_over_the_columns_of_both() -> None:
    first = Table(columns=["a", "b"], rows=[[1, 2]])
    second = Table(columns=["c", "a"], rows=[[3, 4]])
    assert appended(first, second) == Table(columns=["a", "b", "c"], rows=[[1, 2, None], [4, None, 3]])


@pytest.mark.parametrize(
    ("cell", "stored"),
    [
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        (float("nan"), None),
        (float("inf"), None),
        (pd.NaT, None),
        (pd.NA, None),
        (pd.Timestamp("2024-01-02"), "2024-01-02T00:00:00.000"),
        (datetime(2024, 1, 2, 3, 4, 5, 6000, UTC), "2024-01-02T03:04:05.006+00:00"),
        (date(2024, 1, 2), "2024-01-02"),
        (np.array([1, 2]), [1, 2]),
        ({"k": np.int64(1)}, {"k": 1}),
        ((1, None), [1, None]),
        ("日本/", "日本/"),
        (2**70, 2**70),
    ],
    ids=repr,
)
def test_cells_in_json(cell: Any, stored: Any) -> None:
    data = encode(Table(columns=["c"], rows=[[cell]]), "t.json")
    assert json.loads(data) == {"columns": ["c"], "data": [[stored]]}
    assert decode(data, "t.json").rows == [[stored]]


def test_a_cell_that_json_does_not_have() -> None:
    with pytest.raises(InvalidParameter, match="of type object"):
        encode(Table(columns=["c"], rows=[[object()]]), "t.json")


def test_parquet_comes_back() -> None:
    table = Table(columns=["a", "b"], rows=[[1, "x"], [2, None]])
    found = decode(encode(table, "t.parquet"), "t.parquet")
    assert found.columns == ["a", "b"]
    assert [row[0] for row in found.rows] == [1, 2]


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"columns":["a"],"data":[[1,2]]}', b'{"columns":1,"data":1}'])
def test_a_file_that_is_no_table(data: bytes) -> None:
    with pytest.raises(InvalidParameter, match=r"t\.json"):
        decode(data, "t.json")


def test_the_tag_lists_each_table_once() -> None:
    first = tag_with(None, "a.json")
    assert first == '[{"path": "a.json", "type": "table"}]'
    second = tag_with(first, "b.json")
    assert second is not None
    assert json.loads(second) == [{"path": name, "type": "table"} for name in ("a.json", "b.json")]
    assert tag_with(second, "a.json") is None
    assert lists(second, "b.json")
    assert not lists(second, "c.json")
    assert tag_with("broken", "a.json") == first
    assert tag_with('{"not": "a list"}', "a.json") == first
