"""Python's values as columns."""

import datetime as dt
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiseki.models.cells import column_of
from kiseki.types.casts import Refused
from kiseki.types.data_types import DataType
from tests.unit.types.strategies import VALUES, times

TOKYO = dt.timezone(dt.timedelta(hours=9))
NOON = dt.datetime.fromisoformat("2020-01-01T12:00:00")


@settings(deadline=None)
@given(
    st.sampled_from(list(DataType)).flatmap(lambda kind: st.tuples(st.just(kind), st.lists(VALUES[kind], min_size=1)))
)
def test_values_come_back(typed: tuple[DataType, list[Any]]) -> None:
    kind, values = typed
    found = column_of(kind, values)
    expected = [pd.Timestamp(value).as_unit("ns") for value in values] if kind is DataType.datetime else values
    assert pd.Series(found).tolist() == expected


@settings(deadline=None)
@given(st.lists(times | st.none(), min_size=1))
def test_times_are_the_same_in_all_forms(moments: list[dt.datetime | None]) -> None:
    expected = np.array(moments, dtype="datetime64[us]").astype("datetime64[ns]").tolist()
    texts = [None if moment is None else moment.isoformat() for moment in moments]
    zoned = [None if text is None else f"{text}Z" for text in texts]
    aware = [None if moment is None else moment.replace(tzinfo=dt.UTC).astimezone(TOKYO) for moment in moments]
    stamps = [pd.NaT if moment is None else pd.Timestamp(moment) for moment in moments]
    for values, text in ((moments, False), (texts, True), (zoned, True), (aware, False), (stamps, False)):
        found = column_of(DataType.datetime, values, text=text)
        assert (found.dtype.name, found.tolist()) == ("datetime64[ns]", expected)


def test_dates_and_fine_times() -> None:
    found = column_of(DataType.datetime, [NOON.date(), pd.Timestamp(5), np.datetime64("NaT"), None])
    assert found.astype("int64").tolist() == [1577836800 * 10**9, 5, *[np.iinfo("int64").min] * 2]
    parsed = column_of(DataType.datetime, ["2020-01-01", "2020-01-01 00:00:00,000000001"], text=True)
    assert (parsed - parsed[0]).astype("int64").tolist() == [0, 1]


MISTAKES: list[tuple[DataType, list[Any], bool, str]] = [
    (DataType.datetime, ["2020-01-01", "x"], True, r"row 1\): expected a date"),
    (DataType.datetime, ["2020-01-01", "2020-13-01"], True, r"row 1\): it is no time"),
    (DataType.datetime, [NOON, NOON.replace(year=9999)], False, r"row 1\): times reach from"),
    (DataType.datetime, [NOON, 5], False, r"int to datetime \(row 1\)"),
    (DataType.double, [1.0, "x"], True, r"str to double \(row 1\)"),
    (DataType.double, [1, 2**53 + 1], False, r"row 1\): 9007199254740993 is not exactly"),
    (DataType.double, [1.5, np.int64(2**53 + 1)], False, r"row 1\): 9007199254740993 is not exactly"),
    (DataType.double, [1.0, 10**400], True, r"row 1\): it is too large"),
    (DataType.float, [1.0, 1e39], True, r"row 1\): .*32 bits"),
    (DataType.long, [1, 2**63], False, r"row 1\): .*64 bits"),
    (DataType.integer, [1, 2**31], False, r"row 1\): .*32 bits"),
    (DataType.long, [1, None], False, r"NoneType to long \(row 1\): the value is missing.*of type double"),
    (DataType.boolean, [True, float("nan")], False, r"float to boolean \(row 1\): the value is missing"),
    (DataType.string, ["x", 1], False, r"int to string \(row 1\)"),
    (DataType.binary, ["YQ==", "?"], True, r"row 1\): expected bytes in base64"),
]


@pytest.mark.parametrize(("kind", "values", "text", "message"), MISTAKES)
def test_a_value_that_is_wrong_is_found(kind: DataType, values: list[Any], text: bool, message: str) -> None:
    with pytest.raises(Refused) as refused:
        column_of(kind, values, text=text)
    assert re.search(message, refused.value.told(repr(kind)))


def test_large_numbers_of_json_are_rounded_as_all_its_numbers_are() -> None:
    assert column_of(DataType.double, [2**53 + 1], text=True).tolist() == [2.0**53]


@pytest.mark.parametrize(
    ("kind", "dtype"), [(DataType.integer, "Int32"), (DataType.long, "Int64"), (DataType.boolean, "boolean")]
)
def test_gaps_where_they_may_be(kind: DataType, dtype: str) -> None:
    value = True if kind is DataType.boolean else 1
    for gap in (None, float("nan"), pd.NA):
        found = column_of(kind, [value, gap], nullable=True)
        assert (str(found.dtype), found.isna().tolist(), found[0]) == (dtype, [False, True], value)
