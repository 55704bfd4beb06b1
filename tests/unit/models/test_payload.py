"""Requests to score data, against what the real mlflow's scoring server calls its models with."""

import io
import json
import math
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiseki.base.errors import BadRequest, InvalidParameter, KisekiError, PayloadTooLarge, UnsupportedMediaType
from kiseki.models import ModelSignature, infer_signature
from kiseki.models.arrow_tables import ARROW_FILE, ARROW_STREAM, PARQUET
from kiseki.models.enforcement import Enforcement
from kiseki.models.payload import CSV, JSON, PayloadDecoder, media_type
from kiseki.types import ParamSchema, Schema
from tests.unit.models.echo import REFUSED, Echo, described
from tests.unit.models.test_enforcement import AB, LONGS, NAMED, POINT, X, columns, tensors, unnamed
from tests.unit.types.strategies import names

Q = '[{"name": "q", "type": "long", "default": 1, "shape": null}]'
PAIR = tensors(-1, 2, dtype="float32")
NAMED_PAIR = NAMED.replace("3]", "2]")


def split(data: Any, *names: Any, **more: Any) -> dict[str, Any]:
    return {"dataframe_split": {"columns": list(names), "data": data, **more} if names else {"data": data, **more}}


def records(*rows: Any) -> dict[str, Any]:
    return {"dataframe_records": list(rows)}


def one(kind: Any, value: Any) -> tuple[str, Any]:
    return columns(a_=kind), split([[value]], "a")


SAME: dict[str, tuple[str | None, Any]] = {
    "split": (AB, split([[1, 2], [3, 4]], "a", "b")),
    "split without names": (AB, split([[1, 2]])),
    "split with a name less": (AB, split([[1]], "a")),
    "split with a name more": (AB, split([[1, 2, 3]], "a", "b", "c")),
    "split in another order": (AB, split([[2, 1]], "b", "a")),
    "split with another key": (AB, split([[1, 2]], "a", "b", x=1)),
    "split that is a list": (AB, {"dataframe_split": [1]}),
    "split without rows": (AB, split([], "a", "b")),
    "split with longer rows": (AB, split([[1, 2, 3]], "a", "b")),
    "split with shorter rows": (AB, split([[1, 2], [3]], "a", "b")),
    "split with a null": (AB, split([[None, 2]], "a", "b")),
    "split with a null for a whole number": (AB, split([[1, None]], "a", "b")),
    "split with a whole float": (AB, split([[1, 2.0]], "a", "b")),
    "split with one name twice": (AB, split([[1, 2, 3]], "a", "a", "b")),
    "split without names for columns without": (unnamed("double", "long"), split([[1, 2]])),
    "split with other names for columns without": (unnamed("double", "long"), split([[1, 2]], "x", "y")),
    "records": (AB, records({"a": 1, "b": 2}, {"a": 3, "b": 4})),
    "records in another order": (AB, records({"b": 2, "a": 1})),
    "records with a gap": (AB, records({"a": 1, "b": 2}, {"b": 4})),
    "records without a column": (AB, records({"a": 1}, {"a": 2})),
    "records that are a dictionary": (AB, {"dataframe_records": {"a": 1, "b": 2}}),
    "no records": (AB, records()),
    "instances": (AB, {"instances": [{"a": 1, "b": 2}, {"a": 3, "b": 4}]}),
    "instances without names": (AB, {"instances": [[1, 2], [3, 4]]}),
    "a number of instances": (AB, {"instances": 1}),
    "texts of instances": (AB, {"instances": ["a", "b"]}),
    "inputs of lists": (AB, {"inputs": {"a": [1, 2], "b": [3, 4]}}),
    "inputs of numbers": (AB, {"inputs": {"a": 1, "b": 3}}),
    "inputs of records": (AB, {"inputs": [{"a": 1, "b": 3}]}),
    "inputs without names": (AB, {"inputs": [[1, 2]]}),
    "a text of inputs": (AB, {"inputs": "x"}),
    "null": (AB, {"inputs": None}),
    "inputs and instances": (AB, {"inputs": {"a": 1, "b": 3}, "instances": 1}),
    "nothing": (AB, {}),
    "an unknown field": (AB, {"foo": 1}),
    "an unknown field beside inputs": (AB, {"inputs": {"a": 1, "b": 2}, "foo": 1}),
    "params alone": (AB, {"params": {"q": 1}}),
    "params": (AB, {"inputs": {"a": 1, "b": 2}, "params": {"q": 5}}),
    "params of split": (AB, {**split([[1, 2]], "a", "b"), "params": {"q": 5}}),
    "a list": (AB, [1]),
    "a number": (AB, 1),
    "messages for other columns": (AB, {"messages": []}),
    "floats": (unnamed("double"), {"inputs": [1, 2]}),
    "whole numbers": (unnamed("long"), {"inputs": [1, 2]}),
    "texts": (unnamed("string"), {"inputs": ["a", "b"]}),
    "a text": (unnamed("string"), {"inputs": "a"}),
    "times": (unnamed("datetime"), {"inputs": ["2020-01-01"]}),
    "a time": one("datetime", "2020-01-01 01:02:03.123456789"),
    "no time": one("datetime", "x"),
    "null for a time": one("datetime", None),
    "bytes": one("binary", "YWJj"),
    "no bytes": one("binary", "not base64!"),
    "no text of bytes": one("binary", 1),
    "no bytes at all": one("binary", ""),
    "a text in a cell": one("string", "x"),
    "a truth": one("boolean", True),
    "a small number": one("integer", 2**31 - 1),
    "a whole float in a cell": one("integer", 1.0),
    "a large number": one("long", 2**53 + 1),
    "a small float": one("float", 1.1),
    "null for a float": one("float", None),
    "a text for a float": one("float", "x"),
    "a large number for a double": one("double", 2**53 + 1),
    "a list for a double": one("double", [1.0]),
    "a list in a cell": one(LONGS, [1, 2]),
    "an empty list": one(LONGS, []),
    "a list of floats": one(LONGS, [1.5]),
    "a number for a list": one(LONGS, 1),
    "an object": one(POINT, {"x": 1}),
    "an object with a fraction": one(POINT, {"x": 1.5}),
    "an object with more": one(POINT, {"x": 1, "z": 2}),
    "a map": one({"type": "map", "values": {"type": "long"}}, {"x": 1}),
    "a map of texts": one({"type": "map", "values": {"type": "long"}}, {"x": "s"}),
    "anything": one("any", [1, "x"]),
    "tensor": (PAIR, {"inputs": [[1, 2], [3, 4]]}),
    "tensor of instances": (PAIR, {"instances": [[1.5, 2]]}),
    "a wide tensor": (PAIR, {"inputs": [[1, 2, 3]]}),
    "a ragged tensor": (PAIR, {"inputs": [[1, 2], [3]]}),
    "a tensor of texts": (PAIR, {"inputs": [["a", "b"]]}),
    "a tensor with a null": (PAIR, {"inputs": [[None, 1]]}),
    "a number for a tensor": (PAIR, {"inputs": 5}),
    "split for a tensor": (tensors(-1, 2, dtype="int64"), split([[1, 2]], "a", "b")),
    "records for a tensor": (tensors(-1, 2, dtype="int64"), records({"a": 1, "b": 2})),
    "a dictionary for a tensor": (PAIR, {"inputs": {"a": [[1, 2]]}}),
    "a tensor of small numbers": (tensors(-1, dtype="uint8"), {"inputs": [1, 255]}),
    "a tensor of numbers that are too large": (tensors(-1, dtype="uint8"), {"inputs": [300]}),
    "times of a tensor": (tensors(-1, dtype="datetime64[ns]"), {"inputs": ["2020-01-01T00:00:01"]}),
    "tensors by name": (NAMED_PAIR, {"inputs": {"x": [[1, 2]], "y": [1]}}),
    "tensors of instances": (NAMED_PAIR, {"instances": [{"x": [1, 2], "y": 1}, {"x": [3, 4], "y": 2}]}),
    "tensors of instances with a gap": (NAMED_PAIR, {"instances": [{"x": [1, 2], "y": 1}, {"x": [3, 4]}]}),
    "a tensor less": (NAMED_PAIR, {"inputs": {"x": [[1, 2]]}}),
    "a tensor more": (NAMED_PAIR, {"inputs": {"x": [[1, 2]], "y": [1], "z": [1]}}),
    "tensors without names": (NAMED_PAIR, {"inputs": [[1, 2]]}),
    "tensors of split": (NAMED_PAIR, split([[[1, 2], 3]], "x", "y")),
    "tensors of records": (NAMED_PAIR, records({"x": [1, 2], "y": 3})),
    "a tensor of one name": (X, {"inputs": [[1, 2, 3]]}),
    "split without a signature": (None, split([[1, 2], [3, 4]], "a", "b")),
    "split without names and a signature": (None, split([[1, 2]])),
    "records without a signature": (None, records({"a": 1, "b": 2}, {"a": 3, "b": 4})),
    "no records without a signature": (None, records()),
    "instances without a signature": (None, {"instances": [{"a": 1, "b": 2}, {"a": 3, "b": 4}]}),
    "lists without a signature": (None, {"inputs": [[1, 2], [3, 4]]}),
    "texts without a signature": (None, {"inputs": ["x", "y"]}),
    "arrays without a signature": (None, {"inputs": {"a": [1, 2], "b": [3, 4]}}),
    "messages without a signature": (None, {"messages": [{"role": "user", "content": "x"}]}),
    "a prompt without a signature": (None, {"prompt": "x"}),
    "an input without a signature": (None, {"input": "x"}),
}  # fmt: skip

DIFFERENT: dict[str, tuple[str | None, Any, str]] = {
    # A value is never changed to fit: mlflow cuts fractions, parses texts, reads numbers as times and anything as a truth.
    "a fraction": (AB, split([[1, 2.5]], "a", "b"), REFUSED),
    "digits": (AB, split([[1, "2"]], "a", "b"), REFUSED),
    "digits for a double": (*one("double", "1.5"), REFUSED),
    "a truth for a double": (AB, split([[True, 2]], "a", "b"), REFUSED),
    "a truth for a tensor": (PAIR, {"inputs": [[True, False]]}, REFUSED),
    "a fraction for a tensor": (tensors(-1, dtype="int64"), {"inputs": [1.5]}, REFUSED),
    "numbers for texts of a tensor": (tensors(-1, dtype="str"), {"inputs": [1, 2]}, REFUSED),
    "a number too large": (*one("integer", 2**31), REFUSED),
    "a float too large": (*one("float", 1e300), REFUSED),
    "a number for a time": (*one("datetime", 1577836800000), REFUSED),
    "a number for a truth": (*one("boolean", 2), REFUSED),
    "null for a truth": (*one("boolean", None), "frame a: boolean [[None]]"),
    "a number for a text": (*one("string", 1), REFUSED),
    "null for a text": (columns(a_="string"), {"inputs": {"a": None}}, "frame a: object [[None]]"),
    "a list for a text": (*one("string", ["x"]), REFUSED),
    "an object without its parts": (*one(POINT, {}), REFUSED),
    "shorter rows without a signature": (None, split([[1, 2], [3]], "a", "b"), REFUSED),
    # What mlflow does not decode, or only in some fields.
    "a time of a zone": (*one("datetime", "2020-01-01T09:00:00+09:00"), "frame a: datetime64[ns] [[Timestamp('2020-01-01 00:00:00')]]"),
    "bytes in inputs": (columns(a="binary"), {"inputs": {"a": "YWJj"}}, "frame a: object [[b'abc']]"),
    "null for bytes": (*one("binary", None), "frame a: object [[None]]"),
    "times in a list": (*one({"type": "array", "items": {"type": "datetime"}}, ["2020-01-01"]), "frame a: object [[[datetime.date(2020, 1, 1)]]]"),
    "bytes in a list": (*one({"type": "array", "items": {"type": "binary"}}, ["YWJj"]), "frame a: object [[[b'abc']]]"),
    "null in a list": (*one(LONGS, [1, None]), "frame a: object [[[1, None]]]"),
    "lists in instances": (columns(a=LONGS), {"instances": [{"a": [1, 2]}]}, "frame a: object [[[1, 2]]]"),
    "a list in inputs": (columns(a=LONGS), {"inputs": {"a": [1.0]}}, "frame a: object [[[1]]]"),
    "lists without a name": (unnamed(LONGS), {"inputs": [[1, 2], [3]]}, "frame 0: object [[[1, 2]], [[3]]]"),
    "objects without a name": (unnamed(POINT), {"inputs": [{"x": 1}]}, "frame 0: object [[{'x': 1}]]"),
    "lists for columns without names": (unnamed("double", "long"), {"inputs": [[1, 2]]}, "frame 0: float64, 1: int64 [[1.0, 2]]"),
    "bytes of a tensor": (tensors(-1, dtype="bytes"), {"inputs": ["YWJj"]}, "array |S3 [b'abc']"),
    # Nothing is made of one value but the value.
    "one value without a signature": (None, {"inputs": "x"}, "str 'x'"),
    "values by name without a signature": (None, {"inputs": {"a": 1}}, "{'a': int 1}"),
    "anything by name": (unnamed("any"), {"inputs": {"x": 1}}, "{'x': int 1}"),
    "anything in a list": (unnamed("any"), {"inputs": [{"x": 1}]}, "list [{'x': 1}]"),
    "a null without a signature": (None, {"inputs": [1, None]}, "array float64 [1.0, nan]"),
}  # fmt: skip


def decoder(inputs: str | None, params: str | None = None) -> PayloadDecoder:
    return PayloadDecoder(signature(inputs, params))


def signature(inputs: str | None, params: str | None = None) -> ModelSignature | None:
    if inputs is None:
        return None
    return ModelSignature(Schema.from_json(inputs), params=None if params is None else ParamSchema.from_json(params))


def ours(inputs: str | None, body: bytes, content_type: str = JSON) -> tuple[str, Any]:
    """What a model is called with that asks its signature once more, as pyfunc does."""
    signed = signature(inputs, Q)
    try:
        payload = PayloadDecoder(signed).decode(body, content_type)
        asked = Enforcement(signed)
        return described(asked.inputs(payload.data)), asked.params(payload.params)
    except (BadRequest, InvalidParameter):
        return REFUSED, {}


def theirs(echo: Echo, inputs: str | None, body: bytes, content_type: str = JSON) -> tuple[str, Any]:
    echo.sign(inputs, Q) if inputs is not None else echo.unsign()
    return echo.request(body, content_type)


@pytest.mark.parametrize("name", SAME)
def test_mlflow_calls_its_model_with_the_same(echo: Echo, name: str) -> None:
    inputs, request = SAME[name]
    body = json.dumps(request).encode()
    assert ours(inputs, body) == theirs(echo, inputs, body)


@pytest.mark.parametrize("name", DIFFERENT)
def test_mlflow_calls_its_model_with_something_else(echo: Echo, name: str) -> None:
    inputs, request, expected = DIFFERENT[name]
    body = json.dumps(request).encode()
    assert ours(inputs, body)[0] == expected
    assert theirs(echo, inputs, body)[0] != expected


BODIES: dict[str, tuple[str | None, bytes, str]] = {
    "NaN": (AB, b'{"dataframe_split": {"columns": ["a", "b"], "data": [[NaN, 2]]}}', JSON),
    "Infinity": (columns(a="double"), b'{"dataframe_split": {"columns": ["a"], "data": [[-Infinity]]}}', JSON),
    "NaN for a whole number": (AB, b'{"inputs": {"a": 1, "b": NaN}}', JSON),
    "broken": (AB, b'{"inputs": ', JSON),
    "broken beside NaN": (AB, b'{"inputs": NaN', JSON),
    "empty": (AB, b"", JSON),
    "charset": (AB, b'{"inputs": {"a": 1, "b": 2}}', "application/json; charset=utf-8"),
    "another charset": (AB, b'{"inputs": {"a": 1, "b": 2}}', "application/json; charset=latin-1"),
    "a parameter": (AB, b'{"inputs": {"a": 1, "b": 2}}', "application/json; format=pandas-split"),
    "plain text": (AB, b"{}", "text/plain"),
    "no type": (AB, b"{}", ""),
    "csv": (AB, b"a,b\n1,2\n3,4\n", CSV),
    "csv of floats": (AB, b"a,b\n1.5,2\n", CSV),
    "csv with a column more": (AB, b"a,b,c\n1,2,3\n", CSV),
    "csv with a column less": (AB, b"a\n1\n", CSV),
    "csv with a gap for a whole number": (AB, b"a,b\n1,\n", CSV),
    "csv with a gap": (columns(a="double"), b"a\nNaN\n1\n", CSV),
    "csv with a text": (AB, b"a,b\nx,2\n", CSV),
    "csv with a fraction": (AB, b"a,b\n1,2.5\n", CSV),
    "csv with a whole float": (columns(a="long"), b"a\n2.0\n", CSV),
    "empty csv": (AB, b"", CSV),
    "csv without names in the signature": (unnamed("double", "double"), b"x,y\n1,2\n", CSV),
    "csv without a signature": (None, b"a,b\n1,x\n2.5,y\n", CSV),
    "csv with quotes": (None, b'a\n"x,\ny"\n', CSV),
    "no parquet": (AB, b"xx", PARQUET),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_mlflow_reads_the_same_of_a_body(echo: Echo, name: str) -> None:
    inputs, body, content_type = BODIES[name]
    assert ours(inputs, body, content_type) == theirs(echo, inputs, body, content_type)


def parquet(table: Any, **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, **options)
    return sink.getvalue()


def stream(table: Any, content_type: str = ARROW_STREAM) -> bytes:
    sink = pa.BufferOutputStream()
    with (pa.ipc.new_file if content_type == ARROW_FILE else pa.ipc.new_stream)(sink, table.schema) as writer:
        writer.write_table(table)
    found: bytes = sink.getvalue().to_pybytes()
    return found


TABLE = pa.table({"b": [1, 2], "a": [0.5, None]})


def test_a_parquet_file(echo: Echo) -> None:
    body = parquet(TABLE)
    assert ours(AB, body, PARQUET) == theirs(echo, AB, body, PARQUET)
    assert ours(AB, body, PARQUET)[0] == "frame a: float64, b: int64 [[0.5, 1], [None, 2]]"
    assert ours(None, body, PARQUET)[0] == "frame b: int64, a: float64 [[1, 0.5], [2, None]]"


@pytest.mark.parametrize("content_type", [ARROW_STREAM, ARROW_FILE])
def test_arrows_ipc(content_type: str) -> None:
    body = stream(TABLE, content_type)
    assert ours(AB, body, content_type)[0] == "frame a: float64, b: int64 [[0.5, 1], [None, 2]]"
    assert ours(None, body, content_type)[0] == "frame b: int64, a: float64 [[1, 0.5], [2, None]]"
    with pytest.raises(BadRequest, match=f"Failed to parse input as {content_type}"):
        decoder(AB).decode(body[:40], content_type)
    with pytest.raises(BadRequest, match=f"Failed to parse input as {content_type}"):
        decoder(AB).decode(b"a,b\n1,2\n", content_type)


def test_offsets_that_point_elsewhere_are_not_followed() -> None:
    # Of the four offsets of three texts the last says where they end.
    body = stream(pa.table({"a": ["a", "b", "c"]}))
    offsets, elsewhere = (np.array([0, 1, 2, end], "int32").tobytes() for end in (3, 10**6))
    assert body.count(offsets) == 1
    with pytest.raises(BadRequest, match="Failed to parse"):
        decoder(columns(a="string")).decode(body.replace(offsets, elsewhere), ARROW_STREAM)


def test_a_table_that_is_larger_than_it_looks() -> None:
    asked = PayloadDecoder(signature(columns(a="double")), max_table_bytes=2**20)
    zeros = pa.table({"a": np.zeros(2**18)})
    small = parquet(zeros)
    assert len(small) < 2**14
    for body, content_type in (
        (small, PARQUET),
        (stream(zeros), ARROW_STREAM),
        (stream(zeros, ARROW_FILE), ARROW_FILE),
    ):
        with pytest.raises(PayloadTooLarge, match="1048576 bytes"):
            asked.decode(body, content_type)


ALL_TYPES = columns(
    a="datetime", b="boolean", c="string", d="binary", e="double", f_="long", g="float", h_=LONGS, i="any"
)


def test_csv_has_the_types_of_the_signature() -> None:
    body = (
        b"a,b,c,d,e,f,g,h,i\n"
        b'2020-01-01,True,007,YWJj,1,2,0.5,"[1, 2]",7\n'
        b'2020-01-01T09:00:00+09:00,false,NA,YWJj,NaN,,1,,8\n'
    )  # fmt: skip
    found = decoder(ALL_TYPES).decode(body, CSV).data
    assert found.dtypes.astype(str).to_dict() == {
        "a": "datetime64[ns]", "b": "bool", "c": str(found["c"].dtype), "d": "object", "e": "float64", "f": "Int64",
        "g": "float32", "h": "object", "i": "int64",
    }  # fmt: skip
    times = pd.to_datetime(["2020-01-01", "2020-01-01"]).tolist()
    assert found["a"].tolist() == times
    assert found["c"].tolist() == ["007", "NA"]
    assert found["d"].tolist() == [b"abc", b"abc"]
    assert found["f"].isna().tolist() == [False, True]
    assert found["h"].tolist() == [[1, 2], None]


CSVS: list[tuple[str, str, type[KisekiError], str]] = [
    (AB, "a,b\n1,2\nx,3\n", InvalidParameter, r"column a\. .*the text 'x' to double \(float64\) \(row 1\)"),
    (AB, "a,b\n1,2\n1,\n", InvalidParameter, r"column b\. .*row 1.*missing"),
    (AB, "a,b\n1,2.5\n", InvalidParameter, r"column b\. .*fraction is not cut"),
    (AB, "a,b\nx,y\n", InvalidParameter, r"column a\. .*column b\. "),
    (AB, "a,b\n1,2,3\n", BadRequest, "more fields than the 2 columns"),
    (AB, "a,b\n1,2\n1,2,3\n", BadRequest, "Failed to parse input as CSV"),
    (AB, "a,a\n1,2\n", BadRequest, "one name"),
    (AB, "", BadRequest, "No columns"),
    (AB, "a,b\n1,2\n\udcff", BadRequest, "utf-8"),
    (columns(a="boolean"), "a\nmaybe\n", InvalidParameter, "the text 'maybe' to boolean"),
    (columns(a=LONGS), "a\n[1\n", InvalidParameter, "it is no JSON"),
    (columns(a="datetime"), "a\nx\n", InvalidParameter, "ISO 8601"),
]


@pytest.mark.parametrize(("inputs", "text", "error", "message"), CSVS)
def test_csv_that_does_not_fit(inputs: str, text: str, error: type[KisekiError], message: str) -> None:
    with pytest.raises(error, match=message):
        decoder(inputs).decode(text.encode(errors="surrogateescape"), CSV)


MISTAKES: list[tuple[Any, type[KisekiError], str]] = [
    ({}, BadRequest, r"exactly one of the input fields .*Received dictionary with input fields: \[\]"),
    ({"inputs": 1, "instances": 1}, BadRequest, r"Received dictionary with input fields: \['instances', 'inputs'\]"),
    ({"data": 1}, BadRequest, r"input fields: \['data'\]"),
    ([1], BadRequest, "Received a list"),
    ({"dataframe_split": 1}, BadRequest, "must be a dictionary. Got int"),
    ({"dataframe_split": {"columns": []}}, BadRequest, "must have 'data' field"),
    ({"dataframe_split": {"data": 1}}, BadRequest, "must be a list of lists"),
    ({"dataframe_split": {"data": [1]}}, BadRequest, "must be a list of lists"),
    (split([[1]], "a", index=1), BadRequest, "must be lists"),
    (split([[1, 2], [1]], "a", "b"), BadRequest, r"rows of 'data' have \[1, 2\] values, and there are 2 columns"),
    (split([[1, 2]], "a", "b", index=[1, 2]), BadRequest, "There are 1 rows, and 'index' has 2 values"),
    (split([[1, 2]], "a", "a"), BadRequest, r"one name: \['a', 'a'\]"),
    ({"dataframe_records": {"a": 1}}, BadRequest, "list of records. Got dictionary"),
    (split([[1, 2.5]], "a", "b"), InvalidParameter, r"column b\. .*float to long \(int64\) \(row 0\)"),
    (split([[1]], "a"), InvalidParameter, r"missing inputs \['b'\]"),
]


@pytest.mark.parametrize(("request_", "error", "message"), MISTAKES)
def test_a_request_that_is_none(request_: Any, error: type[KisekiError], message: str) -> None:
    with pytest.raises(error, match=message) as refused:
        decoder(AB).decode(json.dumps(request_).encode(), JSON)
    assert refused.value.http_status == 400


def test_a_table_of_floats_is_decoded_as_any_other() -> None:
    inputs = columns(a="double", b="double")
    for request, error, message in MISTAKES[:-2]:
        with pytest.raises(error, match=message):
            decoder(inputs).decode(json.dumps(request).encode(), JSON)
    found = decoder(inputs).decode(
        json.dumps({**split([[1, None]], "b", "a", index=["q"]), "params": {"p": 1}}).encode(), JSON
    )
    assert (described(found.data), found.data.index.tolist(), found.params) == (
        "frame a: float64, b: float64 [[None, 1.0]]", ["q"], {"p": 1},
    )  # fmt: skip


def test_json_that_is_none_says_where() -> None:
    with pytest.raises(BadRequest, match=r"valid JSON formatted string. Error: .*begins with b'\{\"inputs\": '"):
        decoder(AB).decode(b'{"inputs": ', JSON)
    with pytest.raises(BadRequest, match="valid JSON"):
        decoder(AB).decode(b'{"inputs": "\xff"}', JSON)
    with pytest.raises(BadRequest, match=r"nests too deep|valid JSON"):
        decoder(AB).decode(b'{"inputs": ' + b"[" * 100_000, JSON)
    with pytest.raises(BadRequest, match="valid JSON"):
        decoder(AB).decode(b'{"inputs": NaN' + b"[" * 100_000, JSON)


@pytest.mark.parametrize(
    ("content_type", "message"),
    [
        (None, "Got ''"),
        (
            "text/plain",
            "only supports the following content types: .*application/vnd.apache.arrow.stream.*Got 'text/plain'",
        ),
        ("application/json; format=x", "Unrecognized content type parameters: format"),
        ("text/csv; charset=latin-1", "only supports UTF-8"),
    ],
)
def test_other_content_types(content_type: str | None, message: str) -> None:
    with pytest.raises(UnsupportedMediaType, match=message) as refused:
        decoder(AB).decode(b"", content_type)
    assert refused.value.http_status == 415


def test_content_types_are_read_without_regard_to_case() -> None:
    assert media_type('Application/JSON ; Charset="UTF-8"') == JSON


def test_an_index_is_kept() -> None:
    for inputs in (AB, None):
        found = decoder(inputs).decode(json.dumps(split([[1.5, 2]], "a", "b", index=["q"])).encode(), JSON)
        assert found.data.index.tolist() == ["q"]


def test_a_chat_is_answered_without_a_wrapper() -> None:
    assert decoder(None).decode(b'{"messages": []}', JSON).wrapped is False
    assert decoder(None).decode(b'{"inputs": [], "messages": []}', JSON).wrapped is True


rows = st.lists(
    st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.none(), min_size=3, max_size=3), max_size=5
)


@settings(deadline=None)
@given(rows, st.lists(names, min_size=3, max_size=3, unique=True))
def test_every_form_of_a_table_is_the_same_table(rows: list[list[float | None]], given_names: list[str]) -> None:
    table = pd.DataFrame(rows, columns=given_names, dtype=float)
    asked = PayloadDecoder(infer_signature(pd.DataFrame([[0.5] * 3], columns=given_names)))
    dictionaries = [dict(zip(given_names, row, strict=True)) for row in rows]
    by_name = {name: [row[at] for row in rows] for at, name in enumerate(given_names)}
    requests = [split(rows, *given_names)]
    if rows:
        requests += [{"dataframe_records": dictionaries}, {"instances": dictionaries}, {"inputs": by_name}]
    for request in requests:
        pd.testing.assert_frame_equal(asked.decode(msgspec.json.encode(request), JSON).data, table)
    arrow = pa.Table.from_pandas(table)
    pd.testing.assert_frame_equal(asked.decode(stream(arrow), ARROW_STREAM).data, table)
    pd.testing.assert_frame_equal(asked.decode(parquet(arrow), PARQUET).data, table)


@settings(deadline=None)
@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=4))
def test_a_row_of_a_tensor_comes_back(values: list[float]) -> None:
    array = np.array([values], "float32")
    found = PayloadDecoder(infer_signature(array)).decode(msgspec.json.encode({"inputs": array.tolist()}), JSON).data
    assert (found.dtype, found.tolist()) == (array.dtype, array.tolist())
    assert all(math.isfinite(value) for value in found[0])
