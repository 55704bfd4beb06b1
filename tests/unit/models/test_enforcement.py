"""What a signature asks of inputs, against what the real mlflow gives its models."""

import datetime as dt
import json
import logging
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from kiseki.base.errors import InvalidParameter
from kiseki.models import ModelSignature, infer_signature, validate_schema
from kiseki.models.enforcement import Enforcement, enforce_params
from kiseki.types import ColSpec, DataType, ParamSchema, Schema
from tests.unit.models.echo import REFUSED, Echo, described
from tests.unit.types.strategies import VALUES, names, values_of

NOON = dt.datetime.fromisoformat("2020-01-01T12:00:00")


def columns(**kinds: str | dict[str, Any]) -> str:
    """JSON of columns; a name that ends with `_` is that of an optional one."""
    return json.dumps([
        {**({"type": kind} if isinstance(kind, str) else kind), "name": name.rstrip("_"), "required": not name.endswith("_")}
        for name, kind in kinds.items()
    ])  # fmt: skip


def unnamed(*kinds: str | dict[str, Any]) -> str:
    return json.dumps([{"type": kind} if isinstance(kind, str) else kind for kind in kinds])


def tensors(*shape: int, dtype: str = "float64") -> str:
    return json.dumps([{"type": "tensor", "tensor-spec": {"dtype": dtype, "shape": shape}}])


LONGS = {"type": "array", "items": {"type": "long"}}
POINT = {
    "type": "object",
    "properties": {"x": {"type": "long", "required": True}, "y": {"type": "string", "required": False}},
}
LONG_BY_NAME = {"type": "map", "values": {"type": "long"}}

AB = columns(a="double", b="long")
AB_ = columns(a="double", b_="long")
A = columns(a="double")
TEXT = columns(a="string")
DOUBLES = unnamed("double", "double")
ROWS = np.ones((2, 3))
MATRIX = tensors(-1, 3)
NAMED = json.dumps([
    {"name": "x", "type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 3]}},
    {"name": "y", "type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}},
])  # fmt: skip
X = json.dumps([{"name": "x", "type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 3]}}])


def frame(rows: list[list[Any]], *names: Any) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(names) or None)


def cells(*values: Any) -> pd.DataFrame:
    return pd.DataFrame({"a": pd.Series(list(values), dtype=object)})


SAME: dict[str, tuple[str, Any]] = {
    "as it is": (AB, frame([[1.0, 2]], "a", "b")),
    "another order": (AB, pd.DataFrame({"b": [1], "a": [1.0]})),
    "one column more": (AB, pd.DataFrame({"c": [3], "b": [1], "a": [1.0]})),
    "one column less": (AB, frame([[1.0]], "a")),
    "another column": (AB, frame([[1.0]], "z")),
    "an optional column less": (AB_, frame([[1.0]], "a")),
    "a required column less": (AB_, frame([[1]], "b")),
    "columns without names": (unnamed("double", "long"), frame([[1.0, 2]], "x", "y")),
    "more columns without names": (unnamed("double", "long"), frame([[1.0, 2, 3]], "x", "y", "z")),
    "fewer columns without names": (unnamed("double", "long"), frame([[1.0]], "x")),
    "numbers for names": (AB, frame([[1.0, 2]])),
    "one name twice": (AB, frame([[1.0, 2, 3]], "a", "a", "b")),
    "columns with numbers": ('[{"type": "double", "name": 0}, {"type": "double", "name": 1}]', frame([[1.0, 2.0]])),
    "texts for numbers": (columns(**{"0": "double"}), frame([[1.0]])),
    "numbers for texts": ('[{"type": "double", "name": 0}]', frame([[1.0]], "0")),
    "no rows": (AB, pd.DataFrame({"a": pd.Series([], dtype=float), "b": pd.Series([], dtype=int)})),
    "an array for names": (AB, np.array([[1.0, 2.0]])),
    "an array": (DOUBLES, np.array([[1.0, 2.0]])),
    "a dictionary": (AB, {"a": 1.0, "b": 2}),
    "a dictionary of numbers": (AB, {"a": 1, "b": 2}),
    "a dictionary of lists": (AB, {"a": [1.0, 2.0], "b": [2, 3]}),
    "a dictionary of arrays": (AB, {"a": np.array([1.0, 2.0]), "b": np.array([2, 3])}),
    "a dictionary with less": (AB, {"a": 1.0}),
    "a dictionary with more": (AB, {"a": 1.0, "b": 2, "c": 3}),
    "a text by name": (TEXT, {"a": "x"}),
    "records": (AB, [{"a": 1.0, "b": 2}, {"a": 1.0, "b": 3}]),
    "records with a gap": (AB, [{"a": 1.0, "b": 2}, {"a": 1.0}]),
    "lists for names": (AB, [[1.0, 2], [3.0, 4]]),
    "lists": (unnamed("double", "long"), [[1.0, 2], [3.0, 4]]),
    "floats": (unnamed("double"), [1.0, 2.0]),
    "texts": (unnamed("string"), ["a", "b"]),
    "a text": (unnamed("string"), "a"),
    "a float": (unnamed("double"), 1.0),
    "texts for a name": (TEXT, ["a", "b"]),
    "a text for a name": (TEXT, "a"),
    "a float for a name": (A, 1.0),
    "a series without a name": (unnamed("double"), pd.Series([1.0, 2.0])),
    "a series of the name": (A, pd.Series([1.0, 2.0], name="a")),
    "a series of another name": (A, pd.Series([1.0, 2.0], name="z")),
    "a series for a name": (A, pd.Series([1.0, 2.0])),
    "a sparse matrix": (AB, sp.csr_matrix(np.eye(2))),
    "nothing": (AB, None),
    "a tuple": (AB, (1.0, 2)),
    "an empty list": (AB, []),
    "anything": (unnamed("any"), pd.DataFrame({"x": [1, "a"]})),
    "anything by name": (columns(x="any"), pd.DataFrame({"x": [1, "a"]})),
    "anything in a dictionary": (columns(x="any", y="long"), {"x": [1, "a"], "y": 3}),
    "lists in cells": (columns(a=LONGS), cells([1, 2], [3])),
    "arrays in cells": (columns(a=LONGS), cells(np.array([1, 2]))),
    "small arrays in cells": (columns(a=LONGS), cells(np.array([1], "int32"))),
    "floats in cells": (columns(a=LONGS), cells([1.5])),
    "texts in cells": (columns(a=LONGS), cells(["x"])),
    "numbers for lists": (columns(a=LONGS), cells(1)),
    "a missing list": (columns(a=LONGS), cells(None)),
    "a missing optional list": (columns(a_=LONGS), cells(None, [1])),
    "one list by name": (columns(a=LONGS), {"a": [1, 2]}),
    "one array by name": (columns(a=LONGS), {"a": np.array([1, 2])}),
    "lists in records": (columns(a=LONGS), [{"a": [1, 2]}, {"a": [3]}]),
    "lists of lists": (columns(a={"type": "array", "items": {"type": "array", "items": {"type": "string"}}}), {"a": [["x"], ["y"]]}),
    "truths": (columns(a={"type": "array", "items": {"type": "boolean"}}), cells([True])),
    "numbers for truths": (columns(a={"type": "array", "items": {"type": "boolean"}}), cells([1])),
    "truths for numbers": (columns(a=LONGS), cells([True])),
    "bytes in lists": (columns(a={"type": "array", "items": {"type": "binary"}}), cells([b"x"])),
    "anything in lists": (columns(a={"type": "array", "items": {"type": "any"}}), cells([1, "x", None])),
    "texts for times": (columns(a={"type": "array", "items": {"type": "datetime"}}), cells(["2020-01-01"])),
    "vectors": (columns(a="sparkml_vector"), cells([1.0])),
    "points": (columns(a=POINT), cells({"x": 1, "y": "s"}, {"x": 2})),
    "a point with less": (columns(a=POINT), cells({"y": "s"})),
    "a point with more": (columns(a=POINT), cells({"x": 1, "z": 1})),
    "a point of another type": (columns(a=POINT), cells({"x": "a"})),
    "a point with a fraction": (columns(a=POINT), cells({"x": 1.5})),
    "a point with a truth": (columns(a=POINT), cells({"x": True})),
    "a point without a part": (columns(a=POINT), cells({"x": 1, "y": None})),
    "a point without a required part": (columns(a=POINT), cells({"x": None})),
    "numbers for points": (columns(a=POINT), cells(1)),
    "a missing point": (columns(a=POINT), cells(None)),
    "a point by name": (columns(a=POINT), {"a": {"x": 1}}),
    "points in records": (columns(a=POINT), [{"a": {"x": 1}}]),
    "maps": (columns(a=LONG_BY_NAME), cells({"k": 1}, {"l": 2})),
    "a map of another type": (columns(a=LONG_BY_NAME), cells({"k": "x"})),
    "a map with numbers as keys": (columns(a=LONG_BY_NAME), cells({1: 1})),
    "a missing map": (columns(a=LONG_BY_NAME), cells(None)),
    "a missing optional map": (columns(a_=LONG_BY_NAME), cells(None)),
    "a tensor": (MATRIX, ROWS),
    "a tensor without rows": (MATRIX, np.ones((0, 3))),
    "a wide tensor": (MATRIX, np.ones((2, 4))),
    "a row": (MATRIX, np.ones(3)),
    "a deep tensor": (MATRIX, np.ones((2, 3, 1))),
    "a fixed shape": (tensors(2, 3), ROWS),
    "another fixed shape": (tensors(2, 3), np.ones((3, 3))),
    **{f"{given} for {dtype}": (tensors(-1, 3, dtype=dtype), np.ones((2, 3), given)) for dtype, given in [
        ("float64", "bool"), ("float64", "complex128"), ("float64", "<U1"), ("float32", "float64"), ("int64", "float64"),
        ("uint8", "int64"), ("int64", "uint64"), ("str", "float64"), ("float32", "float32"), ("uint8", "uint8"),
    ]},
    "texts of any length": (tensors(-1, dtype="str"), np.array(["abc"])),
    "bytes of any length": (tensors(-1, dtype="bytes"), np.array([b"abc"])),
    "texts for objects": (tensors(-1, dtype="object"), np.array(["abc"])),
    "ragged lists for a tensor": (MATRIX, [[1, 2, 3], [1]]),
    "texts for a tensor": (MATRIX, [["a", "b", "c"]]),
    "one number for a tensor": (MATRIX, 1.0),
    "a frame for a tensor": (MATRIX, pd.DataFrame(ROWS, columns=list("abc"))),
    "a frame of mixed types for a tensor": (MATRIX, pd.DataFrame({"a": [1], "b": [1.0], "c": [True]})),
    "a frame of texts for a tensor": (MATRIX, pd.DataFrame({"a": ["x"], "b": ["y"], "c": ["z"]})),
    "a frame of another dtype for a tensor": (tensors(-1, 3, dtype="float32"), pd.DataFrame(ROWS)),
    "a wide frame for a tensor": (MATRIX, pd.DataFrame(np.ones((2, 4)))),
    "a series for a tensor": (tensors(-1), pd.Series([1.0, 2.0])),
    "a dictionary for a tensor": (MATRIX, {"x": ROWS}),
    "records for a tensor": (MATRIX, [{"a": 1}]),
    "nothing for a tensor": (MATRIX, None),
    "a text for a tensor": (MATRIX, "x"),
    "csr": (MATRIX, sp.csr_matrix(ROWS)),
    "csc": (MATRIX, sp.csc_matrix(ROWS)),
    "a wide csr": (MATRIX, sp.csr_matrix(np.ones((2, 4)))),
    "tensors by name": (NAMED, {"x": ROWS, "y": np.array([1, 2])}),
    "a tensor less": (NAMED, {"x": ROWS}),
    "a tensor more": (NAMED, {"x": ROWS, "y": np.array([1, 2]), "z": np.array([1])}),
    "a wide tensor by name": (NAMED, {"x": np.ones((2, 4)), "y": np.array([1, 2])}),
    "a tensor for two names": (NAMED, ROWS),
    "a tensor for one name": (X, ROWS),
    "numbers by name": (NAMED, {"x": 1.0, "y": 2}),
    "a text and a tensor by name": (NAMED, {"x": "s", "y": np.array([1, 2])}),
    "a frame for tensors": (NAMED, pd.DataFrame({"x": [[1.0, 2.0, 3.0]], "y": [1]})),
    "a frame with more for a tensor": (X, pd.DataFrame({"x": [[1.0, 2.0, 3.0]], "y": [1]})),
    "a frame of doubles for a tensor of 32 bits": (json.dumps([{"name": "x", "type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1]}}]), pd.DataFrame({"x": [0.1]})),
    "a frame of other names": (NAMED, pd.DataFrame({"q": [1.0]})),
}  # fmt: skip

DIFFERENT: dict[str, tuple[str, Any, str]] = {
    # Whole numbers are floats where they are the same number, in tables, lists and arrays alike.
    "whole numbers": (unnamed("double"), [1, 2], "frame 0: float64 [[1.0], [2.0]]"),
    "whole numbers in lists": (columns(a={"type": "array", "items": {"type": "double"}}), cells([1, 2]), "frame a: object [[[1.0, 2.0]]]"),
    "whole numbers in points": (columns(a={"type": "array", "items": {"type": "object", "properties": {"x": {"type": "double"}}}}), {"a": [{"x": 1}, {"x": 2}]}, "frame a: object [[[{'x': 1.0}, {'x': 2.0}]]]"),
    "whole numbers in an array": (MATRIX, np.ones((1, 3), int), "array float64 [[1.0, 1.0, 1.0]]"),
    "more bits": (MATRIX, np.ones((1, 3), "float32"), "array float64 [[1.0, 1.0, 1.0]]"),
    "more bits by name": (X, {"x": np.ones((1, 3), "float32")}, "{'x': array float64 [[1.0, 1.0, 1.0]]}"),
    "more bits of a sparse matrix": (MATRIX, sp.csr_matrix(np.ones((1, 3), int)), "sparse csr float64 [[1.0, 1.0, 1.0]]"),
    "whole numbers of a frame": (MATRIX, pd.DataFrame(np.ones((1, 3), int)), "array float64 [[1.0, 1.0, 1.0]]"),
    "objects that are numbers": (MATRIX, np.ones((1, 3), object), "array float64 [[1.0, 1.0, 1.0]]"),
    "objects that are texts": (tensors(-1, dtype="str"), np.array(["abc"], object), "array <U3 ['abc']"),
    "numbers for objects": (tensors(-1, 3, dtype="object"), np.ones((1, 3)), "array float64 [[1.0, 1.0, 1.0]]"),
    # Python's numbers have no number of bits.
    "small numbers in lists": (columns(a={"type": "array", "items": {"type": "integer"}}), cells([1]), "frame a: object [[[1]]]"),
    "small floats in lists": (columns(a={"type": "array", "items": {"type": "float"}}), cells([0.5]), "frame a: object [[[0.5]]]"),
    # An optional column may have gaps, whatever its type.
    "records with an optional gap": (AB_, [{"a": 1.0, "b": 2}, {"a": 1.0}], "frame a: float64, b: Int64 [[1.0, 2], [1.0, None]]"),
    "lists with a gap": (columns(a=LONGS), cells([1, None]), "frame a: object [[[1, None]]]"),
    "maps with a gap": (columns(a=LONG_BY_NAME), cells({"k": None}), "frame a: object [[{'k': None}]]"),
    # The type of a column says what is a row and what is a column of rows.
    "texts by name": (TEXT, {"a": ["x", "y"]}, "frame a: str [['x'], ['y']]"),
    "lists by name": (columns(a=LONGS), {"a": [[1, 2], [3]]}, "frame a: object [[[1, 2]], [[3]]]"),
    "points by name": (columns(a=POINT), {"a": [{"x": 1}]}, "frame a: object [[{'x': 1}]]"),
    "a map by name": (columns(a=LONG_BY_NAME), {"a": {"k": 1}}, "frame a: object [[{'k': 1}]]"),
    "lists without a name": (unnamed(LONGS), [[1, 2], [3]], "frame 0: object [[[1, 2]], [[3]]]"),
    "arrays without a name": (unnamed(LONGS), np.array([[1, 2]]), "frame 0: object [[[1, 2]]]"),
    "points without a name": (unnamed(POINT), [{"x": 1}, {"x": 2}], "frame 0: object [[{'x': 1}], [{'x': 2}]]"),
    "a point without a name": (unnamed(POINT), {"x": 1}, "frame 0: object [[{'x': 1}]]"),
    "tuples": (columns(a=LONGS), cells((1, 2)), "frame a: object [[[1, 2]]]"),
    "times": (columns(a={"type": "array", "items": {"type": "datetime"}}), cells([NOON]), f"frame a: object [[[{NOON!r}]]]"),
    # Data of which nothing is known is passed on as it is.
    "any dictionary": (unnamed("any"), {"x": 1}, "{'x': int 1}"),
    "any list": (unnamed("any"), [1, "a"], "list [1, 'a']"),
    "any text": (unnamed("any"), "x", "str 'x'"),
    "any array": (unnamed("any"), np.array([1.5]), "array float64 [1.5]"),
    # JSON has lists for the tuples that are names of columns below others.
    "columns below others": ('[{"type": "double", "name": ["a", "b"]}]', pd.DataFrame([[1.0]], columns=pd.MultiIndex.from_tuples([("a", "b")])), "frame ('a', 'b'): float64 [[1.0]]"),
    # Other containers.
    "Polars": (AB, pl.DataFrame({"b": [1, 2], "a": [1.0, None]}), "frame a: float64, b: int64 [[1.0, 1], [None, 2]]"),
    "Polars with other types": (
        columns(t="string", l=LONGS, d="datetime", c="string", n_="long", f="float", z="boolean"),
        pl.DataFrame({"t": ["x"], "l": [[1]], "d": [NOON], "c": ["k"], "n": [None], "f": [1], "z": [True]}, schema_overrides={"c": pl.Categorical, "n": pl.Int64, "f": pl.Int8}),
        "frame t: str, l: object, d: datetime64[ns], c: str, n: Int64, f: float32, z: bool [['x', [1], Timestamp('2020-01-01 12:00:00'), 'k', None, 1.0, True]]",
    ),
    "a column of Polars": (A, pl.Series("a", [1.0]), "frame a: float64 [[1.0]]"),
    "Polars for a tensor": (MATRIX, pl.DataFrame(ROWS), "array float64 [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]"),
    "Arrow": (AB, pa.table({"b": [1, 2], "a": [1.0, None]}), "frame a: float64, b: int64 [[1.0, 1], [None, 2]]"),
    "Arrow with other types": (
        columns(t="string", l=LONGS, d="datetime", c="string", n_="long", f="float", z="boolean", p=POINT),
        pa.table({
            "t": ["x"], "l": [[1]], "d": pa.array([NOON], pa.timestamp("ms")), "c": pa.array(["k"]).dictionary_encode(),
            "n": pa.array([None], pa.int64()), "f": pa.array([1], pa.int8()), "z": [True], "p": [{"x": 1, "y": None}],
        }),
        "frame t: str, l: object, d: datetime64[ns], c: str, n: Int64, f: float32, z: bool, p: object [['x', [1], Timestamp('2020-01-01 12:00:00'), 'k', None, 1.0, True, {'x': 1, 'y': None}]]",
    ),
    "a batch of Arrow": (AB, pa.RecordBatch.from_pydict({"a": [1.0], "b": [2]}), "frame a: float64, b: int64 [[1.0, 2]]"),
    "Arrow for tensors": (NAMED, pa.table({"x": [[1.0, 2.0, 3.0]], "y": [1]}), "{'x': array float64 [[1.0, 2.0, 3.0]], 'y': array int64 [1]}"),
    "Arrow for a tensor": (MATRIX, pa.table({"a": [1.0], "b": [2.0], "c": [3.0]}), "array float64 [[1.0, 2.0, 3.0]]"),
    "lists for a tensor": (MATRIX, [[1, 2, 3]], "array float64 [[1.0, 2.0, 3.0]]"),
    "floats for a tensor of 32 bits": (tensors(-1, dtype="float32"), [0.5], "array float32 [0.5]"),
    "texts in a list for a tensor": (tensors(-1, dtype="str"), ["a"], "array <U1 ['a']"),
    "lists by name for tensors": (NAMED, {"x": [[1, 2, 3]], "y": [1]}, "{'x': array float64 [[1.0, 2.0, 3.0]], 'y': array int64 [1]}"),
    "records for tensors": (NAMED, [{"x": [1.0, 2.0, 3.0], "y": 1}], "{'x': array float64 [[1.0, 2.0, 3.0]], 'y': array int64 [1]}"),
    "a sparse matrix by name": (X, {"x": sp.csr_matrix(ROWS)}, "{'x': sparse csr float64 [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]}"),
    "coo": (MATRIX, sp.coo_matrix(ROWS), "sparse coo float64 [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]"),
    "a sparse array": (MATRIX, sp.csr_array(ROWS), "sparse csr float64 [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]"),
}  # fmt: skip


def enforcement(inputs: str) -> Enforcement:
    return Enforcement(ModelSignature(Schema.from_json(inputs)))


def ours(inputs: str, data: Any) -> str:
    try:
        return described(enforcement(inputs).inputs(data))
    except InvalidParameter:
        return REFUSED


@pytest.mark.parametrize("name", SAME)
def test_mlflow_makes_the_same_of_it(echo: Echo, name: str) -> None:
    inputs, data = SAME[name]
    echo.sign(inputs)
    assert ours(inputs, data) == echo.inputs(data)


@pytest.mark.parametrize("name", DIFFERENT)
def test_mlflow_makes_something_else_of_it(echo: Echo, name: str) -> None:
    inputs, data, expected = DIFFERENT[name]
    echo.sign(inputs)
    assert ours(inputs, data) == expected
    assert echo.inputs(data) != expected


MESSAGES: list[tuple[str, Any, str]] = [
    (AB, frame([[1.0]], "a"), r"Model is missing inputs \['b'\]\.$"),
    (AB, frame([[1.0]], "z"), r"missing inputs \['a', 'b'\]\. Note that there were extra inputs: \['z'\]"),
    (AB, np.ones((1, 2)), "no column names; pass a DataFrame"),
    (AB, "x", "pandas, Polars or Arrow table, a dictionary, or a list of dictionaries"),
    (AB, sp.csr_matrix(np.eye(2)), "class csr_matrix"),
    (AB, frame([[1.0, 2, 3]], "a", "b", "b"), r"one name: \['b'\]"),
    (AB, pa.table([pa.array([1.0]), pa.array([1.0])], ["a", "a"]), "Several columns of the data have one name"),
    (AB, frame([[1.0, 2.5]], "a", "b"), r"column b\. Can not safely convert float64 to long \(int64\): floats are not cut"),
    (AB, frame([[1.0, np.nan]], "a", "b"), r"column b\. Can not safely convert float64 to long \(int64\) \(row 0\): the value is missing"),
    (AB, [{"a": 1.0, "b": None}], r"column b\. .*NoneType to long .*row 0.*missing.*or one of type double"),
    (AB, frame([["x", 1]], "a", "b"), r"column a\. Can not safely convert str to double \(float64\)"),
    (AB, frame([[2**53 + 1, 1]], "a", "b"), "9007199254740993 is not exactly a float64"),
    (AB, {"a": [2**53 + 1], "b": [1]}, r"9007199254740993 is not exactly a float of 64 bits"),
    (AB, frame([["x", "y"]], "a", "b"), r"column a\. .* column b\."),
    (AB, {"a": [1.0, 2.0], "b": [1]}, r"different numbers of rows: \{'a': 2, 'b': 1\}"),
    (columns(a="integer"), {"a": 2**31}, "2147483648 does not fit into 32 bits"),
    (columns(a="float"), {"a": 1e39}, "does not fit into 32 bits"),
    (columns(a="datetime"), frame([["2020-01-01"]], "a"), r"pandas\.to_datetime"),
    (columns(a="datetime"), frame([[dt.date.max]], "a"), "from the year 1678 to 2261"),
    (columns(a="boolean"), cells(True, None), r"row 1.*missing"),
    (columns(a=POINT), cells({"x": 1}, {"x": "s"}), r"column a\. Can not safely convert str to .*row 1, its key 'x'"),
    (DOUBLES, [[1.0]], "declares 2 inputs but the provided value only has 1"),
    (DOUBLES, [[1.0, 2.0], [1.0]], r"different lengths: \[1, 2\]"),
    (DOUBLES, np.ones((1, 2, 2)), r"array has the shape \(1, 2, 2\)"),
    (MATRIX, np.ones((2, 4)), r"Shape of input \(2, 4\) does not match expected shape \(-1, 3\)"),
    (MATRIX, ROWS.astype("complex64"), "dtype of input complex64 does not match expected dtype float64"),
    (tensors(-1, dtype="float32"), np.array([0.1]), r"float64 to float32: values may not fit.*astype\('float32'\)"),
    (tensors(-1, dtype="int64"), [1.5], "1.5 to int64: it is not a whole number"),
    (tensors(-1, dtype="uint8"), [300], "300 to uint8"),
    (tensors(-1, dtype="uint8"), [-1], "-1 to uint8"),
    (tensors(-1, dtype="int64"), [None, 1], r"classes \['NoneType', 'int'\]"),
    (tensors(-1, dtype="str"), ["a", 1], r"classes \['int', 'str'\]"),
    (MATRIX, {"a": 1}, r"asks for Tensor\('float64', \(-1, 3\)\).*class dict"),
    (MATRIX, [[1], [1, 2]], "is no array of"),
    (NAMED, {"q": ROWS}, r"missing inputs \['x', 'y'\]\. .*\['q'\]"),
    (NAMED, {"x": np.ones((2, 4)), "y": [1, 2]}, r"Shape of input 'x' \(2, 4\)"),
    (NAMED, [{"x": [1, 2, 3], "y": 1}, {"x": [1, 2, 3]}], "different names"),
    (NAMED, ROWS, r"tensors \['x', 'y'\].*dictionary with an array for each name"),
]  # fmt: skip


@pytest.mark.parametrize(("inputs", "data", "message"), MESSAGES)
def test_a_refusal_names_what_was_given_and_what_is_expected(inputs: str, data: Any, message: str) -> None:
    with pytest.raises(InvalidParameter, match=message) as refused:
        enforcement(inputs).inputs(data)
    assert str(refused.value).startswith("Failed to enforce schema of data with schema '")


def test_a_message_is_not_as_long_as_the_table_is_wide() -> None:
    wide = pd.DataFrame({f"c{n}": [0.5] for n in range(1000)})
    with pytest.raises(InvalidParameter) as refused:
        Enforcement(infer_signature(wide)).inputs(wide.astype(str))
    assert "And 980 more columns" in str(refused.value)
    with pytest.raises(InvalidParameter) as missing:
        Enforcement(infer_signature(wide)).inputs(wide[["c0"]])
    assert max(len(str(refused.value)), len(str(missing.value))) < 4000


def test_what_is_right_is_returned_itself() -> None:
    numbers = pd.DataFrame(np.ones((3, 30)), columns=[f"c{n}" for n in range(30)])
    mixed = pd.DataFrame({"a": [1.0], "b": ["x"], "c": pd.Series(["x"], dtype=object), "d": [[1]], "e": pd.to_datetime(["2020"]).as_unit("ns"), "f": pd.Series(["x"], dtype="category")})  # fmt: skip
    array = np.ones((2, 3))
    for data in (numbers, mixed, array, sp.csr_matrix(array)):
        assert Enforcement(infer_signature(data)).inputs(data) is data
    assert Enforcement(None).inputs(array) is array
    by_name = Enforcement(infer_signature({"x": array})).inputs({"x": array})
    assert by_name["x"] is array


def test_only_columns_that_differ_are_copied() -> None:
    data = pd.DataFrame({"a": np.ones(3), "b": np.ones(3, "int32")})
    found = enforcement(AB).inputs(data)
    assert np.shares_memory(found["a"].to_numpy(), data["a"].to_numpy())
    assert (found["b"].dtype, data["b"].dtype) == (np.dtype("int64"), np.dtype("int32"))


def test_an_index_is_kept() -> None:
    data = pd.DataFrame({"b": [1, 2], "a": [1, 2]}, index=["p", "q"])
    pd.testing.assert_frame_equal(
        enforcement(AB).inputs(data), pd.DataFrame({"a": [1.0, 2.0], "b": [1, 2]}, index=["p", "q"])
    )


def test_extra_columns_are_told_once(caplog: pytest.LogCaptureFixture) -> None:
    asked = enforcement(A)
    with caplog.at_level(logging.WARNING, "kiseki"):
        for _ in range(3):
            asked.inputs(pd.DataFrame({"a": [1.0], "z": [1]}))
    assert caplog.messages == ["The model's signature does not have the columns ['z']; they are left out."]


def test_a_schema_alone_is_validated() -> None:
    schema = Schema.from_json(AB)
    validate_schema(pd.DataFrame({"a": [1.0], "b": [1]}), schema)
    with pytest.raises(InvalidParameter, match="column b"):
        validate_schema(pd.DataFrame({"a": [1.0], "b": ["x"]}), schema)


rows_of = st.integers(1, 4)


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(rows_of)
    kinds = draw(st.dictionaries(names, st.sampled_from(list(VALUES)), min_size=1, max_size=4))
    gaps = st.booleans() if draw(st.booleans()) else st.just(False)
    return pd.DataFrame({
        name: pd.Series(
            [None if draw(gaps) else draw(VALUES[kind]) for _ in range(rows)],
            dtype=object if draw(st.booleans()) else None,
        )
        for name, kind in kinds.items()
    })  # fmt: skip


@settings(deadline=None)
@given(tables())
def test_a_model_accepts_what_its_signature_was_inferred_from(table: pd.DataFrame) -> None:
    found = Enforcement(infer_signature(table)).inputs(table)
    assert found.columns.tolist() == table.columns.tolist()
    assert found.isna().to_numpy().tolist() == table.isna().to_numpy().tolist()


records = st.integers(1, 3).flatmap(
    lambda rows: st.dictionaries(names, st.sampled_from(list(VALUES)), min_size=1, max_size=3).flatmap(
        lambda kinds: st.lists(
            st.fixed_dictionaries({name: values_of(kind) for name, kind in kinds.items()}), min_size=rows, max_size=rows
        )
    )
)


@settings(deadline=None)
@given(records)
def test_records_are_the_same_in_any_container(rows: list[dict[str, Any]]) -> None:
    asked = Enforcement(infer_signature(rows))
    as_table = asked.inputs(rows)
    by_name = {name: [row[name] for row in rows] for name in rows[0]}
    pd.testing.assert_frame_equal(as_table, asked.inputs(by_name))
    pd.testing.assert_frame_equal(as_table, asked.inputs(pa.Table.from_pylist(rows)))
    assert len(as_table) == len(rows)


PARAMS = ParamSchema.from_json(
    '[{"name": "i", "type": "long", "default": 1, "shape": null}, {"name": "f", "type": "double", "default": 0.5, "shape": null},'
    '{"name": "s", "type": "string", "default": "x", "shape": null}, {"name": "b", "type": "boolean", "default": true, "shape": null},'
    '{"name": "l", "type": "long", "default": [1, 2], "shape": [-1]}, {"name": "d", "type": "datetime", "default": "2020-01-01", "shape": null},'
    '{"name": "n", "type": "integer", "default": 1, "shape": null}, {"name": "g", "type": "float", "default": 1.0, "shape": null},'
    '{"name": "o", "type": "object", "properties": {"x": {"type": "long", "required": true}}, "default": {"x": 1}, "shape": null}]'
)  # fmt: skip

SAME_PARAMS: list[Any] = [
    None, {}, {"i": 2}, {"i": 2.5}, {"i": "2"}, {"i": True}, {"i": np.int32(2)}, {"i": None}, {"i": [1]}, {"i": {"a": 1}},
    {"i": np.array(3)}, {"i": np.array([3])}, {"f": 1}, {"f": np.float32(1.5)}, {"f": "1"}, {"s": 1}, {"b": 1},
    {"b": np.bool_(False)}, {"l": [3]}, {"l": 3}, {"l": (1, 2)}, {"l": np.array([1, 2])}, {"l": [1, "x"]}, {"l": [[1]]},
    {"l": []}, {"l": [np.int64(3)]}, {"l": [True]}, {"l": None}, {"d": "2021-01-01"}, {"d": NOON},
    {"d": np.datetime64("2021-01-01")}, {"d": "x"}, {"unknown": 1}, {"i": 2, "unknown": 1}, {"o": {"x": 5}}, {"o": {"x": "s"}},
    {"o": {"x": 1, "z": 1}}, [1], "x",
]  # fmt: skip

DIFFERENT_PARAMS: list[tuple[Any, Any]] = [
    # JSON does not tell whole numbers from whole floats, and NumPy's numbers have the bits that they happen to have.
    ({"i": 2.0}, {"i": 2}),
    ({"l": np.array([1.0, 2.0])}, {"l": [1, 2]}),
    ({"n": np.int64(3)}, {"n": 3}),
    ({"g": np.float64(1.5)}, {"g": 1.5}),
    ({"n": 2**40}, REFUSED),
]


def our_params(params: Any) -> Any:
    try:
        return enforce_params(params, PARAMS)
    except InvalidParameter:
        return REFUSED


@pytest.mark.parametrize("params", SAME_PARAMS, ids=repr)
def test_mlflow_makes_the_same_of_parameters(echo: Echo, params: Any) -> None:
    echo.sign(None, PARAMS.to_json())
    assert our_params(params) == echo.params(params)


@pytest.mark.parametrize(("params", "expected"), DIFFERENT_PARAMS, ids=repr)
def test_mlflow_makes_something_else_of_parameters(echo: Echo, params: Any, expected: Any) -> None:
    echo.sign(None, PARAMS.to_json())
    defaults = enforce_params(None, PARAMS)
    outcome = expected if expected == REFUSED else defaults | expected
    assert our_params(params) == outcome
    assert echo.params(params) != outcome


def test_parameters_that_are_wrong_are_all_named() -> None:
    with pytest.raises(InvalidParameter, match=r"Parameter 'i' is 'x'\..* Parameter 's' is 1\."):
        enforce_params({"i": "x", "s": 1}, PARAMS)


def test_without_a_signature_parameters_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "kiseki"):
        assert Enforcement(None).params({"a": 1}) == {}
    assert caplog.messages == ["The model's signature does not have the parameters ['a']; they are left out."]
    assert Enforcement(ModelSignature(Schema([ColSpec(DataType.long)]))).params(None) == {}
