"""What a column of one type makes of columns of all dtypes, against the real mlflow."""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kiseki.base.errors import InvalidParameter
from kiseki.models import ModelSignature
from kiseki.models.enforcement import Enforcement
from kiseki.types import Schema
from tests.unit.models.echo import REFUSED, Echo, described

TYPES = ["boolean", "integer", "long", "float", "double", "string", "binary", "datetime"]

NOON = dt.datetime.fromisoformat("2020-01-01T12:00:00")


def series(values: Any, dtype: Any = None) -> Any:
    return pd.Series(values, dtype=dtype)


COLUMNS: dict[str, Any] = {
    "bool": series([True, False]),
    "int8": series([1, 2], "int8"),
    "int32": series([1, 2], "int32"),
    "int64": series([1, 2]),
    "large int64": series([2**53 + 1, 2]),
    "uint8": series([1, 2], "uint8"),
    "uint32": series([1, 2], "uint32"),
    "uint64": series([1, 2], "uint64"),
    "float16": series([1, 2], "float16"),
    "float32": series([1, 2], "float32"),
    "float64": series([1.0, 2.5]),
    "NaN": series([1.0, np.nan]),
    "complex": series([1j]),
    "str": series(["a", "b"]),
    "digits": series(["1", "2"]),
    "texts": series(["a", "b"], object),
    "texts and None": series(["a", None], object),
    "numbers": series([1, 2], object),
    "numbers and None": series([1, None], object),
    "floats": series([1.5, 2], object),
    "truths": series([True, False], object),
    "truths and None": series([True, None], object),
    "bytes": series([b"a", b"b"]),
    "datetime64": series(pd.date_range("2020", periods=2)),
    "datetimes": series([NOON], object),
    "dates": series([NOON.date()], object),
    "times of a zone": series(pd.date_range("2020", periods=1, tz="Asia/Tokyo")),
    "times as texts": series(["2020-01-01"]),
    "Int64": series([1, None], "Int64"),
    "Int64 without gaps": series([1, 2], "Int64"),
    "Int32 without gaps": series([1, 2], "Int32"),
    "Float64": series([1.0, None], "Float64"),
    "boolean": series([True, None], "boolean"),
    "boolean without gaps": series([True, False], "boolean"),
    "string": series(["a", None], "string"),
    "category": series(["a", "b"], "category"),
    "category of numbers": series([1, 2], "category"),
    "lists": series([[1], [2]]),
    "dictionaries": series([{"x": 1}]),
    "durations": series(pd.to_timedelta([1, 2])),
    "numbers and texts": series(["a", 1], object),
    "nothing": series([None, None], object),
}

ONE_TWO = "[[1.0], [2.0]]"

# A whole number becomes a float where that float is the same number.
FLOATS = {
    "int64": f"float64 {ONE_TWO}",
    "uint64": f"float64 {ONE_TWO}",
    "numbers": f"float64 {ONE_TWO}",
    "Int64": "float64 [[1.0], [None]]",
    "Int64 without gaps": f"float64 {ONE_TWO}",
    "category of numbers": f"float64 {ONE_TWO}",
    # A truth is no number.
    "truths and None": REFUSED,
}
FLOATS_OF_32_BITS = {name: outcome.replace("float64", "float32") for name, outcome in FLOATS.items() if outcome != REFUSED} | {
    "int8": f"float32 {ONE_TWO}",
    "int32": f"float32 {ONE_TWO}",
    "uint8": f"float32 {ONE_TWO}",
    "uint32": f"float32 {ONE_TWO}",
    "numbers and None": "float32 [[1.0], [None]]",
    "floats": "float32 [[1.5], [2.0]]",
    "Int32 without gaps": f"float32 {ONE_TWO}",
    "nothing": "float32 [[None], [None]]",
}  # fmt: skip

# A column has values of its type and no others, and those that are missing.
OF_OTHERS = ["bytes", "dates", "lists", "dictionaries", "numbers and texts"]
OTHERS_THAN_TEXTS = ["numbers", "numbers and None", "floats", "truths", "truths and None", "datetimes", *OF_OTHERS]
TEXTS = ["str", "digits", "texts", "texts and None", "times as texts", "string"]

REQUIRED: dict[str, dict[str, str]] = {
    "boolean": dict.fromkeys([*OF_OTHERS, "truths and None", "nothing"], REFUSED),
    "integer": {"numbers": "int32 [[1], [2]]"},
    "long": {"category of numbers": "int64 [[1], [2]]"},
    "float": FLOATS_OF_32_BITS,
    "double": FLOATS,
    "string": dict.fromkeys(OTHERS_THAN_TEXTS, REFUSED) | {"category": "category [['a'], ['b']]"},
    "binary": dict.fromkeys([*(name for name in OTHERS_THAN_TEXTS if name != "bytes"), *TEXTS], REFUSED),
    "datetime": {
        "times of a zone": "datetime64[us, Asia/Tokyo] [[Timestamp('2020-01-01 00:00:00+0900', tz='Asia/Tokyo')]]"
    },
}
"""Where kiseki's outcome for a required column is another than mlflow's."""

OPTIONAL = REQUIRED | {
    # What a signature says of a column with gaps is what the column may have.
    "boolean": dict.fromkeys(OF_OTHERS, REFUSED)
    | {
        "boolean": "boolean [[True], [None]]",
        "truths and None": "boolean [[True], [None]]",
        "nothing": "boolean [[None], [None]]",
    },
    "integer": REQUIRED["integer"] | {"numbers and None": "Int32 [[1], [None]]", "nothing": "Int32 [[None], [None]]"},
    "long": REQUIRED["long"]
    | {
        "numbers and None": "Int64 [[1], [None]]",
        "Int64": "Int64 [[1], [None]]",
        "nothing": "Int64 [[None], [None]]",
    },
}
"""The same for an optional one."""


def ours(inputs: str, data: Any) -> str:
    try:
        return described(Enforcement(ModelSignature(Schema.from_json(inputs))).inputs(data))
    except InvalidParameter:
        return REFUSED


@pytest.mark.parametrize("required", [True, False], ids=["required", "optional"])
@pytest.mark.parametrize("kind", TYPES)
def test_a_column_of_every_dtype(echo: Echo, kind: str, required: bool) -> None:
    inputs = f'[{{"type": "{kind}", "name": "a", "required": {str(required).lower()}}}]'
    echo.sign(inputs)
    frames = {name: pd.DataFrame({"a": column}) for name, column in COLUMNS.items()}
    theirs = {name: echo.inputs(frame.copy()) for name, frame in frames.items()}
    different = {
        name: outcome if outcome == REFUSED else f"frame a: {outcome}"
        for name, outcome in (REQUIRED if required else OPTIONAL)[kind].items()
    }
    assert {name: ours(inputs, frame) for name, frame in frames.items()} == {**theirs, **different}
    assert {name for name, outcome in different.items() if theirs[name] == outcome} == set()


@pytest.mark.parametrize("name", COLUMNS)
def test_no_column_is_changed_in_place(name: str) -> None:
    for kind in TYPES:
        frame = pd.DataFrame({"a": COLUMNS[name].copy()})
        before = frame.copy(deep=True)
        ours(f'[{{"type": "{kind}", "name": "a", "required": false}}]', frame)
        pd.testing.assert_frame_equal(frame, before)
