"""Types that are inferred from data, against those of the real mlflow."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pydantic
import pytest
import scipy.sparse as sp

from kiseki.base.errors import InvalidParameter
from kiseki.types.inference import NoType, column_schema, infer_param_schema, infer_schema

mlflow_models: Any = pytest.importorskip("mlflow.models", reason="the real mlflow is not installed: no parity shown")

NOON = dt.datetime.fromisoformat("2020-01-01T12:00:00")


class Point(pydantic.BaseModel):
    x: int


def frame(**columns: Any) -> Callable[[], pd.DataFrame]:
    return lambda: pd.DataFrame(columns)


def objects(*values: Any) -> Callable[[], pd.DataFrame]:
    return lambda: pd.DataFrame({"a": pd.Series(list(values), dtype=object)})


def extension(dtype: Any, *values: Any) -> Callable[[], pd.DataFrame]:
    return lambda: pd.DataFrame({"a": pd.Series(list(values)).astype(dtype)})


def array(dtype: str) -> Callable[[], Any]:
    return lambda: np.zeros((2, 3), dtype)


def series(dtype: str) -> Callable[[], Any]:
    return lambda: pd.Series(np.zeros(2, dtype), name="s")


def scalar(dtype: str) -> Callable[[], Any]:
    return lambda: np.ones(1, dtype)[0]


KINDS = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "float16", "float32", "float64"]

SAME: dict[str, Callable[[], Any]] = {
    **{f"array of {kind}": array(kind) for kind in [*KINDS, "uint64", "complex64"]},
    **{f"column of {kind}": frame(a=np.zeros(2, kind)) for kind in KINDS},
    **{f"series of {kind}": series(kind) for kind in KINDS},
    **{f"one {kind}": scalar(kind) for kind in ["bool", "int32", "int64", "float32", "float64"]},
    "array of texts": lambda: np.array(["a", "bc"]),
    "array of bytes": lambda: np.array([b"a"]),
    "array of objects": lambda: np.array(["a", 1], object),
    "array of times": lambda: np.array(["2020-01-01"], "M8[s]"),
    "array of durations": lambda: np.array([1], "m8[ns]"),
    "array of the other order": lambda: np.array([1.0], ">f8"),
    "three dimensions": lambda: np.zeros((2, 3, 4)),
    "no rows of an array": lambda: np.zeros((0, 3)),
    "csr": lambda: sp.csr_matrix(np.eye(3)),
    "csc": lambda: sp.csc_matrix(np.eye(3, dtype="int32")),
    "arrays by name": lambda: {"a": np.zeros((2, 3)), "b": np.array(["x", "y"])},
    "an array beside a number": lambda: {"a": np.zeros((2, 3)), "b": 1},
    "Int64": extension("Int64", 1, None),
    "Int64 without gaps": extension("Int64", 1, 2),
    "Int64 of nothing": extension("Int64", None, None),
    "Int32": extension("Int32", 1, None),
    "UInt8": extension("UInt8", 1),
    "Float32": extension("Float32", 1.0, None),
    "boolean": extension("boolean", True, None),
    "string": extension("string", "a", None),
    "string of nothing": extension("string", None, None),
    "category": extension("category", "a", "b", None),
    "category of numbers": extension("category", 1, 2),
    "int64[pyarrow]": extension("int64[pyarrow]", 1, None),
    "string[pyarrow]": extension("string[pyarrow]", "a"),
    "timestamp[pyarrow]": extension("timestamp[ns][pyarrow]", pd.Timestamp(0), None),
    "list[pyarrow]": extension(pd.ArrowDtype(pa.list_(pa.int64())), [1], [2]),
    "times": lambda: pd.DataFrame({"a": pd.date_range("2020", periods=2)}),
    "times of a zone": lambda: pd.DataFrame({"a": pd.date_range("2020", periods=2, tz="UTC")}),
    "floats with a gap": frame(a=[1.0, np.nan]),
    "texts with a gap": frame(a=["x", None]),
    "object texts": objects("x", None),
    "object texts and NaN": objects("x", np.nan),
    "object nothing": objects(None, None),
    "object numbers": objects(1, 2),
    "object numbers and floats": objects(1, 2.5),
    "object numbers and NaN": objects(1, np.nan),
    "object numbers and NA": objects(1, pd.NA),
    "object truths and a gap": objects(True, None),
    "object int32": objects(np.int32(1), np.int32(2)),
    "object bytes": objects(b"x", bytearray(b"y")),
    "object dates": objects(dt.date(2020, 1, 1)),
    "object times": objects(NOON),
    "object Timestamps": objects(pd.Timestamp(0)),
    "object datetime64": objects(np.datetime64("2020-01-01")),
    "lists": objects([1, 2], [3]),
    "lists of texts with a gap": objects(["a"], ["b", None]),
    "an empty list": objects([], [1]),
    "empty lists": objects([], []),
    "a missing list": objects([1], None),
    "lists of lists": objects([[1], [2]], [[3]]),
    "arrays in cells": objects(np.array([1.0, 2.0]), np.array([1.0])),
    "int32 arrays in cells": objects(np.array([1], "int32")),
    "matrices in cells": objects(np.zeros((2, 2))),
    "lists and arrays": objects([1], np.array([1])),
    "dictionaries": objects({"x": 1, "y": "s"}, {"x": 2}),
    "dictionaries with a gap": objects({"x": None}, {"x": 2}),
    "dictionaries of dictionaries": objects({"x": {"z": [1.0]}}),
    "lists of dictionaries": objects([{"x": 1}, {"y": "s"}]),
    "an empty dictionary": objects({}),
    "no rows": lambda: pd.DataFrame({"a": pd.Series([], dtype=float), "b": pd.Series([], dtype=object)}),
    "numbered columns": lambda: pd.DataFrame(np.zeros((2, 2))),
    "columns below others": lambda: pd.DataFrame([[1.0]], columns=pd.MultiIndex.from_tuples([("a", "b")])),
    "one name twice": lambda: pd.DataFrame([[1.0, 2.0]], columns=["a", "a"]),
    "no columns": pd.DataFrame,
    "a series without a name": lambda: pd.Series([1, 2]),
    "a series with a gap": lambda: pd.Series([1.0, None], name="q"),
    "scalars by name": lambda: {"a": 1, "b": 2.0, "c": "s", "d": True, "e": b"x", "f": NOON, "g": NOON.date()},
    "NumPy scalars by name": lambda: {"a": np.float32(1), "b": np.int64(2), "c": np.datetime64("2020-01-01")},
    "lists by name": lambda: {"a": [1, 2], "b": ["x"]},
    "None by name": lambda: {"a": None},
    "a dictionary in a dictionary": lambda: {"a": {"b": 1}},
    "nothing by name": dict,
    "numbers as keys": lambda: {1: 2},
    "an empty list by name": lambda: {"a": []},
    "a list with a gap by name": lambda: {"a": [1, None]},
    "records by name": lambda: {"a": [{"x": 1}, {"x": 2, "y": 3}]},
    "numbers": lambda: [1, 2],
    "texts": lambda: ["a", "b"],
    "floats": lambda: [1.0, float("nan")],
    "truths": lambda: [True],
    "texts with None": lambda: ["a", None],
    "None alone": lambda: [None],
    "numbers and texts": lambda: [1, "a"],
    "records": lambda: [{"a": 1}, {"a": 2, "b": "x"}],
    "records with None": lambda: [{"a": None}, {"a": 1}],
    "records with dictionaries": lambda: [{"a": {}}, {"a": {"b": 1}}],
    "records with arrays": lambda: [{"a": np.zeros(3)}],
    "lists in a list": lambda: [[1, 2], [3]],
    "arrays in a list": lambda: [np.zeros(3), np.zeros(3)],
    "records in a list in a list": lambda: [[{"a": 1}]],
    "float32 in a list": lambda: [np.float32(1)],
    "a text": lambda: "a",
    "a number": lambda: 1,
    "a float": lambda: 1.5,
    "a truth": lambda: True,
    "bytes": lambda: b"x",
    "a bytearray": lambda: bytearray(b"x"),
    "a time": lambda: NOON,
    "a date": NOON.date,
    "a set": lambda: {1, 2},
}  # fmt: skip


def column(kind: str, required: bool = True, name: str = "a") -> dict[str, Any]:
    return {"type": kind, "name": name, "required": required}


ANY = [{"type": "any", "required": True}]
LONGS = {"type": "array", "items": {"type": "long"}}

DIFFERENT: dict[str, tuple[Callable[[], Any], list[dict[str, Any]]]] = {
    # One column without a type does not take the names and types of the others.
    "column of uint64": (frame(a=np.zeros(1, "uint64"), b=[1]), [column("any"), column("long", name="b")]),
    "column of complex numbers": (frame(a=[1j], b=[1]), [column("any"), column("long", name="b")]),
    "column of durations": (frame(a=np.array([1], "m8[ns]")), [column("any")]),
    "column of decimals": (objects(decimal.Decimal(1)), [column("any")]),
    "column of numbers and texts": (objects("x", 1), [column("any")]),
    "column of one key and two types": (objects({"x": "a"}, {"x": 1}), [column("any")]),
    "records of two types": (lambda: [{"a": 1, "b": 1}, {"a": "x", "b": 2}], [column("any"), column("long", name="b")]),
    "numbers and texts by name": (lambda: {"a": [1, "x"]}, [column("any")]),
    "a category of nothing": (lambda: pd.DataFrame({"a": pd.Series([], dtype="category")}), [column("any")]),
    "periods": (lambda: pd.DataFrame({"a": pd.period_range("2020", periods=2)}), [column("any")]),
    # Whole numbers beside floats are numbers.
    "numbers and floats": (lambda: [1, 2.5], [{"type": "double", "required": True}]),
    "numbers and floats by name": (lambda: {"a": [1, 2.5]}, [{"type": "array", "items": {"type": "double"}} | {"name": "a", "required": True}]),
    "NaN alone": (lambda: [float("nan")], [{"type": "double", "required": True}]),
    # A tuple is a list, an array without dimensions is its value, and a scalar has the type of a column of its like.
    "a tuple": (lambda: (1, 2), [{"type": "long", "required": True}]),
    "tuples in cells": (objects((1, 2)), [{**LONGS, "name": "a", "required": True}]),
    "a tuple by name": (lambda: {"a": (1, 2)}, [{**LONGS, "name": "a", "required": True}]),
    "an array of no dimension": (lambda: np.array(3.0), [{"type": "double", "required": True}]),
    "int8": (lambda: np.int8(1), [{"type": "integer", "required": True}]),
    "uint32": (lambda: np.uint32(1), [{"type": "long", "required": True}]),
    "a Timestamp": (lambda: pd.Timestamp(0), [{"type": "datetime", "required": True}]),
    "a series by name": (lambda: {"a": pd.Series([1, 2])}, [{**LONGS, "name": "a", "required": True}]),
    # What is not known is not text.
    "an empty list alone": (list, ANY),
    "an object": (object, ANY),
    "objects in cells": (objects(object()), [column("any")]),
    "records of NumPy": (lambda: np.zeros(2, [("a", "i4")]), ANY),
    # Other libraries.
    "coo": (lambda: sp.coo_matrix(np.eye(3)), [{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 3]}}]),
    "a sparse array": (lambda: sp.csr_array(np.eye(3)), [{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 3]}}]),
    "Polars": (
        lambda: pl.DataFrame(
            {"a": [1, None], "b": ["x", "y"], "c": [[1.0], [2.0]], "d": [{"k": 1}, {"k": 2}], "e": [NOON, NOON], "f": [None, None]},
            schema_overrides={"a": pl.Int32, "b": pl.Categorical},
        ),
        [
            column("integer", required=False),
            column("string", name="b"),
            {"type": "array", "items": {"type": "double"}, "name": "c", "required": True},
            {"type": "object", "properties": {"k": {"type": "long", "required": False}}, "name": "d", "required": True},
            column("datetime", name="e"),
            column("any", required=False, name="f"),
        ],
    ),
    "Polars without a type": (lambda: pl.DataFrame({"a": [dt.timedelta(1)], "b": [1]}), [column("any"), column("long", name="b")]),
    "a column of Polars": (lambda: pl.Series("q", [1.5]), [column("double", name="q")]),
    "Arrow": (
        lambda: pa.table({
            "a": pa.array([1, None], pa.int16()), "b": pa.array(["x", "y"]).dictionary_encode(), "c": pa.array([[1], [2]]),
            "d": pa.array([{"k": 1}, {"k": 2}]), "e": pa.array([[("k", 1)], []], pa.map_(pa.string(), pa.int64())),
            "f": pa.array([b"", b""]), "g": pa.array([0, 0], pa.date32()), "h": pa.array([1, 2], pa.uint32()), "i": pa.nulls(2),
            "j": pa.array([1, 2], pa.float32()),
        }),
        [
            column("integer", required=False),
            column("string", name="b"),
            {**LONGS, "name": "c", "required": True},
            {"type": "object", "properties": {"k": {"type": "long", "required": False}}, "name": "d", "required": True},
            {"type": "map", "values": {"type": "long"}, "name": "e", "required": True},
            column("binary", name="f"),
            column("datetime", name="g"),
            column("long", name="h"),
            column("any", required=False, name="i"),
            column("float", name="j"),
        ],
    ),
    "a batch of Arrow without a type": (lambda: pa.RecordBatch.from_pydict({"a": pa.array([1], pa.duration("s"))}), [column("any")]),
    "an array of Arrow": (lambda: pa.chunked_array([[1, 2]]), [{"type": "long", "required": True}]),
}  # fmt: skip


def mlflows(data: Any) -> Any:
    logging.disable(logging.CRITICAL)
    try:
        return json.loads(mlflow_models.infer_signature(data).inputs.to_json())
    finally:
        logging.disable(logging.NOTSET)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", SAME.values(), ids=SAME)
def test_mlflow_infers_the_same(make: Callable[[], Any]) -> None:
    assert infer_schema(make()).to_dict() == mlflows(make())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("make", "expected"), DIFFERENT.values(), ids=DIFFERENT)
def test_more_is_inferred_than_mlflow_does(make: Callable[[], Any], expected: list[dict[str, Any]]) -> None:
    assert infer_schema(make()).to_dict() == expected
    assert mlflows(make()) != expected


@pytest.mark.parametrize("data", [Point(x=1), [Point(x=1)], {"a": Point(x=1)}])
def test_pydantic_objects_have_their_types_in_hints(data: Any) -> None:
    with pytest.raises(InvalidParameter, match=r"Pydantic object \(Point\).*type hint of predict\(\)"):
        infer_schema(data)


def test_none_has_no_schema() -> None:
    with pytest.raises(InvalidParameter, match="no schema of None"):
        infer_schema(None)


@pytest.mark.parametrize("make", [objects("x", 1), pd.DataFrame, lambda: pd.DataFrame([[1, 2]], columns=["a", "a"])])
def test_a_dataset_has_types_for_all_columns_or_none(make: Callable[[], Any]) -> None:
    with pytest.raises(NoType):
        column_schema(make())


PARAMS: dict[str, Any] = {
    "number": 1,
    "float": 1.0,
    "text": "x",
    "truth": True,
    "float32": np.float32(1),
    "bool_": np.bool_(True),
    "large": 2**40,
    "time": NOON,
    "date": NOON.date(),
    "datetime64": np.datetime64("2020-01-01"),
    "list": [1, 2],
    "texts": ["a"],
    "truths": [True],
    "numbers and floats": [1, 2.0],
    "array": np.array([1.0, 2.0]),
    "dictionary": {"x": [1, 2], "y": {"z": 1.0}},
}


@pytest.mark.parametrize("name", PARAMS)
def test_mlflow_infers_the_same_parameter(name: str) -> None:
    theirs = mlflow_models.infer_signature([1], params={name: PARAMS[name]}).params
    assert json.loads(infer_param_schema({name: PARAMS[name]}).to_json()) == json.loads(theirs.to_json())


def test_an_empty_list_is_one_of_texts() -> None:
    # MLflow says that it is one of times.
    assert infer_param_schema({"a": []}).to_dict() == [{"name": "a", "default": [], "shape": [-1], "type": "string"}]


@pytest.mark.parametrize(
    "value", [None, [[1]], [1, "x"], np.zeros((2, 2)), object(), (1, 2), [{"x": 1}], 2**70, b"x", [None]]
)
def test_what_is_no_parameter_is_named(value: Any) -> None:
    with pytest.raises(InvalidParameter, match=r"(?i)parameter 'a'"):
        infer_param_schema({"a": value})


def test_parameters_are_a_dictionary() -> None:
    with pytest.raises(InvalidParameter, match="to be dict, got list"):
        infer_param_schema([1])
