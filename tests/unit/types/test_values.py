import datetime as dt
import re
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from kiseki.types.casts import Refused
from kiseki.types.data_types import AnyType, Array, DataType, Map, Object, Property, ValueType
from kiseki.types.values import checked, is_missing, parse_time
from tests.unit.types.strategies import times, typed_values

POINT = Object([Property("x", DataType.long), Property("y", DataType.string, required=False)])


@settings(deadline=None)
@given(typed_values)
def test_a_value_of_a_type_is_accepted_as_it_is(typed: tuple[ValueType, Any]) -> None:
    kind, value = typed
    assert checked(kind, value) == value


@settings(deadline=None)
@given(typed_values)
def test_a_value_comes_back_from_json(typed: tuple[ValueType, Any]) -> None:
    kind, value = typed
    text = msgspec.json.encode(value)
    if b"null" not in text:
        assert checked(kind, msgspec.json.decode(text), text=True) == value


@settings(deadline=None)
@given(times)
def test_times_come_back_from_iso_8601(moment: dt.datetime) -> None:
    assert parse_time(moment.isoformat()).astype("datetime64[us]").item() == moment
    assert parse_time(moment.isoformat(" ") + "Z") == parse_time(moment.isoformat())


CONVERTED: list[tuple[ValueType, Any, Any, bool]] = [
    (DataType.double, 1, 1.0, False),
    (DataType.float, np.float64(1.5), 1.5, False),
    (DataType.long, np.int32(3), 3, False),
    (DataType.boolean, np.bool_(True), True, False),
    (DataType.string, np.str_("a"), "a", False),
    (DataType.binary, bytearray(b"a"), b"a", False),
    (DataType.datetime, pd.Timestamp(5), pd.Timestamp(5), False),
    (DataType.datetime, np.datetime64("2020-01-01"), np.datetime64("2020-01-01"), False),
    (DataType.long, 2.0, 2, True),
    (DataType.datetime, "2020-01-01", dt.date(2020, 1, 1), True),
    (DataType.datetime, "2020-01-01T09:00:00+09:00", dt.datetime.fromisoformat("2020-01-01"), True),
    (DataType.binary, "YWJj", b"abc", True),
    (DataType.binary, "YW\nJj\n", b"abc", True),
    (Array(DataType.double), (1, None, 2.5), [1.0, None, 2.5], False),
    (Array(DataType.datetime), ["2020-01-01"], [dt.date(2020, 1, 1)], True),
    (Map(DataType.double), {"a": 1}, {"a": 1.0}, False),
    (POINT, {"x": np.int64(1), "y": None}, {"x": 1, "y": None}, False),
    (Array(POINT), [{"x": 1}, {"x": 2, "y": "s"}], [{"x": 1}, {"x": 2, "y": "s"}], False),
    (AnyType(), {1}, {1}, False),
    (DataType.long, None, None, False),
]


@pytest.mark.parametrize(("kind", "value", "expected", "text"), CONVERTED)
def test_what_is_converted(kind: ValueType, value: Any, expected: Any, text: bool) -> None:
    found = checked(kind, value, text=text)
    assert (type(found), found) == (type(expected), expected)


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64"])
def test_an_array_in_a_list_keeps_its_class(dtype: str) -> None:
    found = checked(Array(DataType.long), np.array([1, 2], dtype))
    assert (found.dtype, found.tolist()) == (np.dtype("int64"), [1, 2])
    as_objects = checked(Array(Array(DataType.long)), np.array([[1], [2]], object))
    assert as_objects == [[1], [2]]


REFUSED: list[tuple[ValueType, Any, bool, str]] = [
    (DataType.long, 1.5, False, "float to long: a number with a fraction is not cut"),
    (DataType.long, 2.0, False, "float to long: a number with a fraction is not cut"),
    (DataType.long, 1.5, True, "float to long: a number with a fraction is not cut"),
    (DataType.long, True, False, "bool to long"),
    (DataType.long, "1", True, "str to long"),
    (DataType.long, 2**63, False, "int to long: 9223372036854775808 does not fit into 64 bits"),
    (DataType.integer, -(2**31) - 1, True, "does not fit into 32 bits"),
    (DataType.float, 1e39, False, "does not fit into 32 bits"),
    (DataType.double, 10**400, False, "it is too large"),
    (DataType.double, "1.5", True, "str to double"),
    (DataType.boolean, 1, True, "int to boolean"),
    (DataType.string, 1, True, "int to string"),
    (DataType.string, b"a", False, "bytes to string"),
    (DataType.binary, "abc", False, r"encode text with \.encode"),
    (DataType.binary, "abc", True, "base64"),
    (DataType.binary, "é", True, "base64"),
    (DataType.datetime, "2020-01-01", False, "pandas.to_datetime"),
    (DataType.datetime, 5, True, "int to datetime"),
    (DataType.datetime, "now", True, "ISO 8601"),
    (DataType.datetime, "2020", True, "ISO 8601"),
    (DataType.datetime, "2020-02-30", True, "it is no time"),
    (DataType.datetime, "9999-01-01", True, "from the year 1678 to 2261"),
    (Array(DataType.long), 1, False, "expected a list"),
    (Array(DataType.long), "ab", False, "expected a list"),
    (Array(DataType.long), [1, "x"], False, r"str to Array\(long\) \(its item 1\)"),
    (Array(DataType.long), np.array([1.5]), False, "floats are not cut"),
    (Array(DataType.long), np.array([[1]]), False, "it has 2 dimensions"),
    (Map(DataType.long), [1], False, "expected a dictionary"),
    (Map(DataType.long), {1: 1}, False, "its key 1 is no text"),
    (Map(DataType.long), {"a": "x"}, False, r"its key 'a'"),
    (POINT, {"y": "s"}, False, "required key 'x' is missing"),
    (POINT, {"x": None}, False, "required key 'x' is missing"),
    (POINT, {"x": 1, "z": 1}, False, r"key 'z' is not one of \['x', 'y'\]"),
    (POINT, [1], False, "expected a dictionary"),
    (Array(POINT), [{"x": 1}, {"x": "a"}], False, r"\(its item 1, its key 'x'\)"),
]


@pytest.mark.parametrize(("kind", "value", "text", "message"), REFUSED)
def test_what_is_refused_says_why(kind: ValueType, value: Any, text: bool, message: str) -> None:
    with pytest.raises(Refused) as refused:
        checked(kind, value, text=text)
    assert re.search(message, refused.value.told(repr(kind)))


@pytest.mark.parametrize("value", [None, float("nan"), np.float32("nan"), pd.NA, pd.NaT, np.datetime64("NaT")])
def test_what_is_missing(value: Any) -> None:
    assert is_missing(value)


@pytest.mark.parametrize("value", [0, "", "nan", 0.0, float("inf"), [], np.datetime64(0, "s"), np.str_("x")])
def test_what_is_there(value: Any) -> None:
    assert not is_missing(value)
