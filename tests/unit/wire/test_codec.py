"""The rules of `kiseki.wire.codec`, on structs of its own and on those of the wire."""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiseki.base.errors import InvalidParameter
from kiseki.wire import codec
from kiseki.wire.metrics import Chart, GetHistoryBulkInterval, LoggedMetric, SeriesRef
from kiseki.wire.routes import ENDPOINTS
from kiseki.wire.runs import LogBatch, Param, SearchRuns


class Leaf(msgspec.Struct, kw_only=True):
    the_key: str
    a_number: int = 0
    a_float: float = 0.0


class Root(msgspec.Struct, kw_only=True):
    run_id: str = ""
    max_results: int = 5
    maybe: int | None = None
    mixed: str | int = ""
    names: list[str] = []
    leaves: list[Leaf] = []
    leaf: Leaf | msgspec.UnsetType = msgspec.UNSET
    flag: bool = False


def body(value: Any) -> bytes:
    return json.dumps(value).encode()


def refused(data: bytes, kind: type[msgspec.Struct] = Root) -> str:
    with pytest.raises(InvalidParameter) as caught:
        codec.decode_body(data, kind)
    return caught.value.message


# --- spellings ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({}, Root()),
        ({"run_id": "r", "max_results": 7}, Root(run_id="r", max_results=7)),
        ({"runId": "r", "maxResults": 7}, Root(run_id="r", max_results=7)),
        ({"leaves": [{"theKey": "k", "aNumber": 1}]}, Root(leaves=[Leaf(the_key="k", a_number=1)])),
        ({"leaf": {"theKey": "k", "a_float": 2}}, Root(leaf=Leaf(the_key="k", a_float=2.0))),
        ({"unknown": [1, {"x": None}], "run_id": "r"}, Root(run_id="r")),
        ({"Unknown": 1, "RunId": "r"}, Root()),
        ({"run_id": None, "max_results": None, "names": None, "leaf": None, "leaves": None}, Root()),
        ({"leaves": [{"the_key": "k", "a_number": None}]}, Root(leaves=[Leaf(the_key="k")])),
        ({"max_results": "7", "leaves": [{"the_key": "k", "a_number": "-1", "a_float": "1e3"}]},
         Root(max_results=7, leaves=[Leaf(the_key="k", a_number=-1, a_float=1000.0)])),
        ({"max_results": 7.0}, Root(max_results=7)),
        ({"max_results": "9223372036854775807", "maybe": "-9223372036854775808"},
         Root(max_results=2**63 - 1, maybe=-(2**63))),
        ({"maybe": 5}, Root(maybe=5)),
        ({"mixed": 5}, Root(mixed=5)),
        ({"mixed": "5"}, Root(mixed="5")),
        ({"run_id": "\u65e5\u672c \U0001f38c"}, Root(run_id="日本 🎌")),
        ({"run_id": "runId"}, Root(run_id="runId")),
    ],
)  # fmt: skip
def test_what_is_read(sent: dict[str, Any], expected: Root) -> None:
    assert codec.decode_body(body(sent), Root) == expected
    assert codec.decode_body(bytearray(body(sent)), Root) == expected
    assert codec.decode_request(body(sent), Root) == expected
    # Some clients encode the body twice.
    assert codec.decode_body(body(json.dumps(sent)), Root) == expected


@pytest.mark.parametrize("data", [b"", b"{}", b" {} ", b"null", b'"{}"'])
def test_an_empty_body_is_an_empty_object(data: bytes) -> None:
    assert codec.decode_body(data, Root) == Root()


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "-Infinity", "1", "-0.0", "5e-324", "0.1", "1.7976931348623157e308"]
)
def test_floats_may_be_texts_and_keep_their_bits(text: str) -> None:
    (found,) = codec.decode_body(body({"leaves": [{"the_key": "k", "a_float": text}]}), Root).leaves
    assert repr(found.a_float) == repr(float(text))


@settings(deadline=None, max_examples=200)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_keeps_its_bits(value: float) -> None:
    for sent in (value, repr(value)):
        (found,) = codec.decode_body(body({"leaves": [{"the_key": "k", "a_float": sent}]}), Root).leaves
        assert math.copysign(1.0, found.a_float) == math.copysign(1.0, value)
        assert found.a_float == value


@settings(deadline=None, max_examples=200)
@given(st.integers(-(2**63), 2**63 - 1))
def test_every_integer_is_kept(value: int) -> None:
    for sent in (value, str(value)):
        assert codec.decode_body(body({"max_results": sent}), Root).max_results == value


# --- mistakes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"run_id": 5}, ["Invalid value 5 for parameter 'run_id'", "'int'"]),
        ({"run_id": ["x"]}, ["Invalid value [\"x\"] for parameter 'run_id'"]),
        ({"runId": 5}, ["Invalid value 5 for parameter 'run_id'"]),
        ({"max_results": "x"}, ["Invalid value \"x\" for parameter 'max_results'"]),
        ({"max_results": 1.5}, ["1.5", "'max_results'"]),
        ({"max_results": "1.5"}, ["'max_results'"]),
        ({"max_results": ""}, ["'max_results'"]),
        ({"max_results": " 1"}, ["'max_results'"]),
        ({"max_results": "1_0"}, ["'max_results'"]),
        ({"max_results": "١"}, ["'max_results'"]),
        ({"max_results": True}, ["Invalid value true for parameter 'max_results'"]),
        ({"max_results": [1]}, ["'max_results'"]),
        ({"names": "x"}, ["Invalid value \"x\" for parameter 'names'"]),
        ({"names": ["a", 5]}, ["Invalid value 5 for parameter 'names[1]'"]),
        ({"names": ["a", None]}, ["Invalid value null for parameter 'names[1]'"]),
        ({"leaves": [{"the_key": "k"}, {}]}, ["Missing value for required parameter 'leaves[1].the_key'"]),
        ({"leaves": [{"theKey": "k"}, {"theKey": 5}]}, ["Invalid value 5 for parameter 'leaves[1].the_key'"]),
        ({"leaves": [{"the_key": "k", "a_number": "x"}]}, ['"x"', "'leaves[0].a_number'"]),
        ({"leaves": [None]}, ["'leaves[0]'"]),
        ({"leaves": {}}, ["'leaves'"]),
        ({"leaf": {}}, ["Missing value for required parameter 'leaf.the_key'"]),
        ({"leaf": 5}, ["'leaf'"]),
        ({"run_id": "a", "runId": "b"}, ["run_id", "runId"]),
        ({"runId": "a", "run_id": "a"}, ["run_id", "runId"]),
        ({"leaf": {"the_key": "a", "theKey": "b"}}, ["the_key", "theKey"]),
        ({"run_id": {"x": "y" * 10_000}}, ["'run_id'", "…"]),
    ],
)
def test_mistakes_name_the_field(sent: dict[str, Any], words: list[str]) -> None:
    message = refused(body(sent))
    for word in words:
        assert word in message
    assert len(message) < 500


@pytest.mark.parametrize(
    "data",
    [
        *(b"{", b"}", b"{}{}", b"[", b'{"a" 1}', b'{"a": 01}', b'{"a": NaN}', b"{'a': 1}", b'{"a": 1,}', b"\x00", b"\xef\xbb\xbf{}"),
        *(b'{"run_id": "\xff"}', b'{"run_id": "\xed\xa0\x80"}', b'{"run_id": "\\ud800"}', b'{"run_id": "\\udc00x"}', b'"\\ud800"'),
        *(b'{"max_results": 1' + b"0" * 5_000 + b"}", b"[" * 100_000, b'{"a":' * 100_000, b'{"runId":' * 100_000),
        *(b'"{"', b'"\\"x\\""', '{"a": 1}'.encode("utf-16"), b'{"leaves": [{"a_float": 1e400, "the_key": ""}]}'),
    ],
    ids=lambda data: repr(data[:24]),
)  # fmt: skip
def test_what_is_not_json_is_refused(data: bytes) -> None:
    assert len(refused(data)) < 700


@pytest.mark.parametrize("data", [b"[]", b"5", b"true", b'"5"', b'"[]"', b"[{}]"])
def test_what_is_no_object_is_refused(data: bytes) -> None:
    assert "must be a JSON object" in refused(data)


REPEATS = [
    b'{"run_id":"a","run_id":"a"}',
    b'{"run_id":"a","run_id" :"b"}',
    b'{"run_id":"a","\\u0072un_id":"b"}',
    b'{"run_id":"a","run_id":"b","metrics":[]}',
    b'{"runId":"a","runId":"b"}',
    b'{"run_id":"a","unknown":1,"unknown":2}',
    b'{"run_id":"a","unknown":{"x":1,"x":2}}',
    b'{"run_id":"a","metrics":[{"key":"k","value":1,"value":2,"timestamp":1}]}',
    b'{"run_id":"a","metrics":[{"key":"k","value":1,"timestamp":1,"step":0,"step":5}]}',
    b'{"run_id":"a","metrics":[{"key":"k","value":1,"timestamp":1,"step":5,"step":0},{"key":"k","value":1,"timestamp":1}]}',
    b'{"run_id":"a","params":[{"key":"k","value":"1","value":"2"}]}',
    b'"{\\"run_id\\":\\"a\\",\\"run_id\\":\\"b\\"}"',
]


@pytest.mark.parametrize("data", REPEATS)
def test_a_name_that_repeats_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidParameter, match="twice in one object"):
        codec.decode_request(data, LogBatch)


def test_colons_in_texts_are_no_repeats() -> None:
    unknown = b'"x":{"y":1,"z":[{"y":2},{"y":-0.5}]}'
    data = b'{"run_id":"a:\\":b","metrics":[{"key":"k:k","value":1,"timestamp":2,"step":0}],' + unknown + b"}"
    decoded = codec.decode_request(data, LogBatch)
    assert (decoded.run_id, decoded.metrics) == ('a:":b', [LoggedMetric(key="k:k", value=1, timestamp=2, step=0)])


# --- large bodies -------------------------------------------------------------------------------------------------------


def large(inside: bytes) -> bytes:
    return b'{"run_id": "' + b"x" * codec.LARGE_BYTES + b'", ' + inside + b"}"


@pytest.mark.parametrize("unit", [b"[],", b"{},", b"1,", b'"",', b'{"a":1},', b'"\\"",', b'"[,{",'])
def test_a_large_body_may_not_have_too_many_values(unit: bytes) -> None:
    many = large(b'"x": [' + unit * (codec.MAX_VALUES + 10) + b"1]")
    with pytest.raises(InvalidParameter, match="over 100000 values"):
        codec.decode_request(many, Root)
    few = large(b'"x": [' + unit * (codec.MAX_VALUES // 4) + b"1]")
    assert codec.decode_request(few, Root).max_results == 5


def test_what_is_in_texts_is_not_counted() -> None:
    text = '[],{}"\\' * codec.LARGE_BYTES
    for ensure_ascii in (False, True):
        data = json.dumps({"run_id": text}, ensure_ascii=ensure_ascii).encode()
        assert codec.decode_request(data, Root).run_id == text


@pytest.mark.parametrize("end", [b'"', b"\\", b'\\"', b'"\\', b""])
def test_a_text_without_end_is_no_more_than_malformed(end: bytes) -> None:
    for filler in (b"x", b"\\\\", b'\\"', b"[,"):
        with pytest.raises(InvalidParameter):
            codec.decode_request(b'{"run_id": "' + filler * codec.LARGE_BYTES + end, Root)


def test_the_answers_that_a_client_reads_may_have_more() -> None:
    many = large(b'"names": [' + b'"x",' * 200_000 + b'"x"]')
    assert len(codec.decode_body(many, Root).names) == 200_001


# --- queries ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", Root()),
        ("run_id=r&max_results=7", Root(run_id="r", max_results=7)),
        ("runId=r&maxResults=7", Root(run_id="r", max_results=7)),
        ("names=a&names=b&names=a", Root(names=["a", "b", "a"])),
        ("names=a", Root(names=["a"])),
        ("run_id=a&run_id=a", Root(run_id="a")),
        ("run_id=%E6%97%A5+%2B&x=%00", Root(run_id="日 +")),
        ("run_id=", Root(run_id="")),
        ("run_id", Root(run_id="")),
        ("flag=true", Root(flag=True)),
        ("maybe=7", Root(maybe=7)),
        ("&&run_id=a&&", Root(run_id="a")),
    ],
)
def test_queries(query: str, expected: Root) -> None:
    assert codec.decode_query(query, Root) == expected


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("max_results=x", ["'max_results'", '"x"']),
        ("max_results=", ["'max_results'"]),
        ("max_results=1.5", ["'max_results'"]),
        ("run_id=a&run_id=b", ["'run_id'", "2 different values"]),
        ("run_id=a&runId=a", ["run_id", "runId"]),
        ("run_id=%ff", ["UTF-8"]),
        ("run_id=%ed%a0%80", ["UTF-8"]),
        ("flag=maybe", ["'flag'"]),
        ("leaves=x", ["'leaves[0]'"]),
        ("&".join(["names=x"] * 10_001), ["query string"]),
    ],
)
def test_mistakes_in_queries(query: str, words: list[str]) -> None:
    with pytest.raises(InvalidParameter) as caught:
        codec.decode_query(query, Root)
    for word in words:
        assert word in caught.value.message
    assert len(caught.value.message) < 500


def test_the_fields_of_the_wire_are_read_from_queries() -> None:
    found = codec.decode_query("metric_key=m&run_ids=a&run_ids=b&start_step=-5&max_results=7", GetHistoryBulkInterval)
    assert found == GetHistoryBulkInterval(metric_key="m", run_ids=["a", "b"], start_step=-5, max_results=7)


# --- both ways ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_",
    [
        LogBatch(run_id="r", params=[Param(key="p", value="日本")]),
        SearchRuns(experiment_ids=["1"], filter="a = 'b'", order_by=["x"], page_token="t"),
        Chart(series=[SeriesRef(run_id="r", key="k")], x="time", buckets=7, range=(0.5, 1e300)),
    ],
)
def test_what_a_client_encodes_a_server_reads(request_: msgspec.Struct) -> None:
    assert codec.decode_body(codec.encode(request_), type(request_)) == request_


@pytest.mark.parametrize("endpoint", [one for one in ENDPOINTS if one.request is not None], ids=lambda one: one.name)
def test_every_request_of_the_wire_is_read_in_camel_case(endpoint: Any) -> None:
    """The names of no struct meet when they are spelled in camelCase, and each is read."""
    for field in msgspec.structs.fields(endpoint.request):
        first, *rest = field.encode_name.split("_")
        camel = first + "".join(word.title() for word in rest)
        with pytest.raises(InvalidParameter) as caught:
            codec.decode_body(body({camel: {"no": ["such", "thing"]}}), endpoint.request)
        assert f"'{field.encode_name}" in caught.value.message or "Missing value" in caught.value.message
