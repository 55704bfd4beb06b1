import math
import re
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kiseki.types.casts import Refused, cast, cast_values, times

NUMBERS = [
    "bool",
    "int8",
    "uint8",
    "int16",
    "uint16",
    "int32",
    "uint32",
    "int64",
    "uint64",
    "float16",
    "float32",
    "float64",
]

numbers = st.sampled_from(NUMBERS).flatmap(lambda name: arrays.arrays(np.dtype(name), arrays.array_shapes(max_dims=2)))
targets = st.sampled_from(NUMBERS).map(np.dtype)


@settings(deadline=None)
@given(numbers, targets)
def test_no_value_changes_by_a_cast(array: np.ndarray, target: np.dtype) -> None:
    try:
        found = cast(array, target)
    except Refused:
        # What NumPy calls safe is refused only where whole numbers become floats that do not hold them.
        safe = np.can_cast(array.dtype, target, "safe") and array.dtype.kind != "b"
        assert not safe or (array.dtype.kind in "iu" and target.kind == "f")
        return
    assert found.dtype == target
    # Python compares whole numbers and floats by what they are.
    pairs = zip(found.ravel().tolist(), array.ravel().tolist(), strict=True)
    assert all(new == old or (math.isnan(new) and math.isnan(old)) for new, old in pairs)


@settings(deadline=None)
@given(numbers, targets)
def test_numbers_of_no_type_fit_or_are_refused(array: np.ndarray, target: np.dtype) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = cast_values(array, target)
    except Refused:
        return
    assert found.dtype == target
    if target.kind in "iu":
        assert [int(value) for value in found.ravel()] == [int(value) for value in array.ravel()]
    elif target.kind == "f" and array.dtype.kind == "f":
        assert (np.isfinite(found) == np.isfinite(array)).all()


def test_an_array_that_is_right_is_returned_itself() -> None:
    array = np.eye(2)
    assert cast(array, np.dtype("float64")) is array
    assert cast_values(array, np.dtype("float64")) is array
    texts = np.array(["abc"])
    assert cast(texts, np.dtype("str")) is texts
    moments = np.array(["2020-01-01"], "datetime64[ns]")
    assert times(moments) is moments


@pytest.mark.parametrize(
    ("array", "target", "message"),
    [
        (np.array([2**53 + 1]), "float64", "9007199254740993 is not exactly a float64"),
        (np.array([-(2**24) - 1]), "float32", "-16777217 is not exactly a float32"),
        (np.array([1.0]), "int64", r"floats are not cut .*astype\('int64'\)"),
        (np.array([1.0]), "float32", r"values may not fit.*astype\('float32'\)"),
        (np.array([1]), "int8", "values may not fit"),
        (np.array([True]), "int64", "bool to int64"),
        (np.array(["1"]), "int64", "<U1 to int64"),
        (np.array([1]), "str", "int64 to str"),
        (np.array([1j]), "float64", "complex128 to float64"),
        (np.array(["a", 1], object), "str", r"classes \['int', 'str'\]"),
        (np.array([None], object), "int64", r"classes \['NoneType'\]"),
        (np.array(["1500-01-01"], "datetime64[s]"), "datetime64[ns]", "from the year 1678 to 2261"),
    ],
)
def test_a_refusal_says_why(array: np.ndarray, target: str, message: str) -> None:
    with pytest.raises(Refused) as refused:
        cast(array, np.dtype(target))
    assert re.search(message, refused.value.told(target))


def test_objects_become_what_they_are() -> None:
    assert cast(np.array(["a", "bc"], object), np.dtype("str")).tolist() == ["a", "bc"]
    assert np.isnan(cast(np.array([1, None, 2.5], object), np.dtype("float64"))).tolist() == [False, True, False]
    assert cast(np.array([1, 2], object), np.dtype("int32")).dtype == np.dtype("int32")
    kept = np.array([1], "int8")
    assert cast(kept, np.dtype("object")) is kept


def test_missing_times_stay_missing() -> None:
    found = times(np.array(["NaT", "2020-01-01"], "datetime64[D]"))
    assert (found.dtype.name, np.isnat(found).tolist()) == ("datetime64[ns]", [True, False])
