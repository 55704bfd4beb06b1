"""Type hints of `predict`."""

import dataclasses
import datetime as dt
import logging
from typing import Any, Optional, Union

import numpy as np
import pandas as pd
import polars as pl
import pydantic
import pytest

from kiseki.base.errors import InvalidParameter
from kiseki.models import ModelSignature
from kiseki.types.type_hints import TypeFromExample, conform, dataclass_schema, schema_of_hint

hints: Any = pytest.importorskip("mlflow.types.type_hints", reason="the real mlflow is not installed: no parity shown")


class Point(pydantic.BaseModel):
    x: int
    y: str = "s"
    z: float | None = None


class Line(pydantic.BaseModel):
    points: list[Point]
    facts: dict[str, int]
    rest: Any
    at: dt.datetime


@dataclasses.dataclass
class Row:
    x: int
    y: str | None = None
    z: list[int] = dataclasses.field(default_factory=list)


SAME = [
    list[str],
    list[int],
    list[float],
    list[bool],
    list[bytes],
    list[dt.datetime],
    list[list[str]],
    list[dict[str, str]],
    list[dict[str, Any]],
    list[dict[str, list[int]]],
    list[Point],
    list[Line],
    list[dict[str, Point]],
    list[Any],
    list[int | str],
    list[Union[int, str]],  # noqa: UP007 - the older form is a hint, too
    list[list[Optional[str]]],  # noqa: UP045 - the older form is a hint, too
]

REFUSED = {
    list: "does not say of what",
    str: r"Write `list\[str\]`",
    dict[str, int]: r"Write `list\[dict\[str, int\]\]`",
    list[dict]: r"write `dict\[str, \.\.\.\]`",  # type: ignore[type-arg] # the mistake under test
    list[dict[int, str]]: r"write `dict\[str, \.\.\.\]`",
    list[str | None]: "A row cannot be missing",
    list[np.ndarray]: "Unsupported type hint `ndarray`",
    list[tuple[int, str]]: "Unsupported type hint",
    list[set[int]]: "Unsupported type hint",
    list[object]: "Unsupported type hint `object`",
    list[dt.date]: "Unsupported type hint `date`",
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("hint", SAME)
def test_mlflow_reads_the_same_schema(hint: Any) -> None:
    logging.disable(logging.CRITICAL)
    try:
        theirs = hints._infer_schema_from_list_type_hint(hint)
    finally:
        logging.disable(logging.NOTSET)
    found = schema_of_hint(hint)
    assert found is not None
    assert found.to_json() == theirs.to_json()


@pytest.mark.parametrize("hint", REFUSED)
def test_what_is_no_hint_says_what_is(hint: Any) -> None:
    with pytest.raises(InvalidParameter, match=REFUSED[hint]):
        schema_of_hint(hint)


@pytest.mark.parametrize("hint", [None, pd.DataFrame, pd.Series, np.ndarray, pl.DataFrame, TypeFromExample])
def test_hints_that_say_nothing_about_the_data(hint: Any) -> None:
    assert schema_of_hint(hint) is None


def test_a_dataclass_is_columns() -> None:
    expected = (
        '[{"type": "long", "name": "x", "required": true}, {"type": "string", "name": "y", "required": false}, '
        '{"type": "array", "items": {"type": "long"}, "name": "z", "required": true}]'
    )
    assert dataclass_schema(Row).to_json() == expected
    theirs: Any = pytest.importorskip("mlflow.models").ModelSignature(inputs=Row)
    assert ModelSignature(inputs=Row).to_dict() == theirs.to_dict()  # type: ignore[arg-type] # a dataclass is one, as in MLflow
    with pytest.raises(InvalidParameter, match="Expected a dataclass"):
        dataclass_schema(int)


CONFORMED: list[tuple[Any, Any, Any]] = [
    (list[str], ["a"], ["a"]),
    (list[str], ("a",), ["a"]),
    (list[str], np.array(["a"]), ["a"]),
    (list[str], pd.Series(["a"]), ["a"]),
    (list[str], pl.Series(["a"]), ["a"]),
    (list[str], pd.DataFrame({0: ["a", "b"]}), ["a", "b"]),
    (list[str], pl.DataFrame({"q": ["a", "b"]}), ["a", "b"]),
    (list[int], [np.int64(1)], [1]),
    (list[float], [1], [1.0]),
    (list[list[int]], np.array([[1, 2]]), [[1, 2]]),
    (list[dict[str, int]], pd.DataFrame({"a": [1], "b": [2]}), [{"a": 1, "b": 2}]),
    (list[dict[str, Any]], [{"a": "x"}], [{"a": "x"}]),
    (list[Any], [1, "a"], [1, "a"]),
    (list[int | str], [1, "a"], [1, "a"]),
    (list[list[str | None]], [["a", None]], [["a", None]]),
    (list[Point], [{"x": 1}, Point(x=2)], [Point(x=1), Point(x=2)]),
    (list[Point], pd.DataFrame({"x": [1, 2]}), [Point(x=1), Point(x=2)]),
    (list[Point], pl.DataFrame({"x": [1, 2]}), [Point(x=1), Point(x=2)]),
    # A table of one column without a name is what a scoring request with a list becomes.
    (list[Point], pd.DataFrame({0: [{"x": 1}]}), [Point(x=1)]),
    (list[Row], [{"x": 1}, {"x": 2, "z": [3]}], [Row(1), Row(2, None, [3])]),
    (list[Row], [Row(1)], [Row(1)]),
]


@pytest.mark.parametrize(("hint", "data", "expected"), CONFORMED)
def test_data_becomes_what_a_hint_asks_for(hint: Any, data: Any, expected: Any) -> None:
    assert conform(data, hint) == expected


def test_json_has_neither_times_nor_bytes() -> None:
    noon = dt.datetime.fromisoformat("2020-01-01T12:00:00")
    assert conform(["2020-01-01T12:00:00"], list[dt.datetime], text=True) == [noon]
    assert conform(["YWJj"], list[bytes], text=True) == [b"abc"]
    line: dict[str, Any] = {"points": [{"x": 1}], "facts": {}, "rest": None, "at": "2020-01-01T12:00:00"}
    assert conform([line], list[Line], text=True) == [Line(points=[Point(x=1)], facts={}, rest=None, at=noon)]


MISTAKES: list[tuple[Any, Any, str]] = [
    (list[str], [1], r"int to `list\[str\]` \(row 0\)"),
    (list[str], "a", "expected a list"),
    (list[str], None, "expected a list"),
    (list[str], [None], "None to"),
    (list[int], ["1"], "str to"),
    (list[int], [1.5], "fraction is not cut"),
    (list[dict[str, int]], [{"a": "x"}], r"row 0, key 'a'"),
    (list[dict[str, int]], [1], "expected a dictionary"),
    (list[Point], [{"y": "s"}], "row 0.*Field required"),
    (list[Point], [{"x": "1"}], "row 0.*valid integer"),
    (list[Point], {"x": 1}, "expected a list"),
    (list[Point], ["x"], "expected a dictionary or a Point"),
    (list[Row], [{"y": "s"}], "row 0.*missing 1 required"),
    (list[Row], [{"x": 1, "q": 1}], "key 'q' is not one of"),
    (list[str], pd.DataFrame({"a": ["x"], "b": ["y"]}), "takes one column"),
]


@pytest.mark.parametrize(("hint", "data", "message"), MISTAKES)
def test_data_that_is_not_what_a_hint_asks_for(hint: Any, data: Any, message: str) -> None:
    with pytest.raises(InvalidParameter, match=message):
        conform(data, hint)
