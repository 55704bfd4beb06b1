"""Predictions as scoring clients read them, against those that the real mlflow writes."""

import datetime as dt
import decimal
import enum
import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pydantic
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis.extra import numpy as arrays

from kiseki.base.errors import InvalidParameter
from kiseki.models.predictions import encode_arrow, encode_json
from tests.unit.models.echo import quiet

server: Any = pytest.importorskip(
    "mlflow.pyfunc.scoring_server", reason="the real mlflow is not installed: no parity shown"
)

NOON = dt.datetime.fromisoformat("2020-01-01T12:00:00")


class Point(pydantic.BaseModel):
    x: int
    at: dt.date | None = None


class Colour(enum.StrEnum):
    RED = "red"


SAME: dict[str, Any] = {
    "frame": pd.DataFrame({"a": [1.5, 2.0], "b": ["x", "y"], "c": [1, 2], "d": [True, False]}),
    "frame with an index": pd.DataFrame({"a": [1]}, index=["q"]),
    "frame of numbered columns": pd.DataFrame(np.zeros((1, 2))),
    "frame with times": pd.DataFrame({"a": pd.to_datetime(["2020-01-01", "2020-01-02"])}),
    "frame with times of a zone": pd.DataFrame({"a": pd.to_datetime(["2020-01-01"]).tz_localize("UTC")}),
    "frame with lists": pd.DataFrame({"a": [np.array([1.0, 2.0])], "d": [{"x": np.int64(1)}]}),
    "frame with gaps": pd.DataFrame({"a": pd.Series([1, None], dtype="Int64")}),
    "frame with categories": pd.DataFrame({"a": pd.Series(["x"], dtype="category")}),
    "frame without rows": pd.DataFrame({"a": []}),
    "series": pd.Series([1.0, 2.0], name="s"),
    "series without a name": pd.Series(["a"]),
    "matrix": np.array([[1.0, 2.0]]),
    "array": np.array([1, 2]),
    "texts": np.array(["a"]),
    "truths": np.array([True]),
    "objects": np.array([{"a": 1}, None], object),
    "small floats": np.array([0.1], "float32"),
    "one number": np.array(1.0),
    "arrays by name": {"a": np.array([1.0]), "b": np.array([[1, 2]])},
    "dictionary": {"a": 1, 2: "x"},
    "list": [1, 2.5, None, "x", True],
    "list of arrays": [np.array([1.0]), np.array([2])],
    "list of scalars": [np.float32(0.1), np.int64(3)],
    "records": [{"a": 1}],
    "models": [Point(x=1)],
    "model": Point(x=1, at=dt.date(2020, 1, 1)),
    "text": "x",
    "number": 1,
    "nothing": None,
    "tuple": (1, 2),
    "time": NOON,
    "date": NOON.date(),
    "tuples in a dictionary": {"a": (1, np.int64(2))},
}  # fmt: skip

DIFFERENT: dict[str, tuple[Any, Any]] = {
    # JSON has no NaN, and no infinities.
    "NaN": (np.array([[1.0, np.nan], [np.inf, -np.inf]]), [[1.0, None], [None, None]]),
    "NaN in a frame": (pd.DataFrame({"a": [np.nan], "b": [None]}), [{"a": None, "b": None}]),
    "NaN alone": (float("nan"), None),
    "NaN in a list": ([float("nan")], [None]),
    # Bytes are base64 in one line, times of all units are times.
    "bytes": ([b"abc"], ["YWJj"]),
    "bytes in an array": (np.array([b"abc"]), ["YWJj"]),
    "times": (np.array(["2020-01-01T12:00", "NaT"], "datetime64[ns]"), ["2020-01-01T12:00", None]),
    # What mlflow has no words for.
    "sparse": (sp.csr_matrix(np.eye(2)), [[1.0, 0.0], [0.0, 1.0]]),
    "Polars": (pl.DataFrame({"a": [1, None]}), [{"a": 1}, {"a": None}]),
    "a column of Polars": (pl.Series("a", [1]), [{"a": 1}]),
    "Arrow": (pa.table({"a": [1]}), [{"a": 1}]),
    "an array of Arrow": (pa.array([1, None]), [1, None]),
    "an index": (pd.Index([1, 2]), [1, 2]),
    "decimals": ([decimal.Decimal("1.5")], [1.5]),
    "keys of NumPy": ({np.int64(1): 2}, {"1": 2}),
    "a table in a dictionary": ({"a": pd.DataFrame({"x": [1]})}, {"a": [{"x": 1}]}),
    "missing values": ([pd.NA, pd.NaT], [None, None]),
}  # fmt: skip


def mlflows(predictions: Any) -> Any:
    sink = io.StringIO()
    with quiet():
        server.predictions_to_json(predictions, sink)
    return json.loads(sink.getvalue())


@pytest.mark.parametrize("name", SAME)
def test_mlflow_writes_the_same(name: str) -> None:
    assert json.loads(encode_json(SAME[name])) == mlflows(SAME[name])
    assert {"predictions": json.loads(encode_json(SAME[name], wrapped=False))} == mlflows(SAME[name])


@pytest.mark.parametrize("name", DIFFERENT)
def test_mlflow_writes_something_else_or_nothing(name: str) -> None:
    predictions, expected = DIFFERENT[name]
    body = encode_json(predictions)
    assert json.loads(body, parse_constant=pytest.fail) == {"predictions": expected}
    try:
        theirs = mlflows(predictions)
    except TypeError:
        return
    assert theirs != {"predictions": expected}


def test_members_of_enumerations_are_their_values() -> None:
    assert encode_json([Colour.RED, np.array([Colour.RED], object)]) == b'{"predictions":["red",["red"]]}'


def test_mlflows_client_reads_null_as_a_gap() -> None:
    deployments: Any = pytest.importorskip("mlflow.deployments")
    for predictions in (np.array([1.0, np.nan]), pd.DataFrame({"a": [1.0, np.nan]})):
        answer = deployments.PredictionsResponse.from_json(encode_json(predictions).decode())
        found = answer.get_predictions("dataframe", dtype="float64")
        assert np.isnan(found.iloc[1, 0])
        assert found.iloc[0, 0] == 1.0


REFUSED: list[tuple[Callable[[], Any], str]] = [
    (lambda: {1, 2}, "class set is nothing that JSON has"),
    (lambda: (n for n in range(2)), "class generator"),
    (lambda: np.array([1j]), "class complex"),
    (lambda: np.array([1], "m8[s]"), "no durations"),
    (lambda: pd.DataFrame({"a": [pd.Timedelta(1)]}), "class Timedelta"),
    (lambda: pd.DataFrame([[1, 2]], columns=["a", "a"]), r"one name.*\['a', 'a'\]"),
    (lambda: pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])), "names of one level"),
]


@pytest.mark.parametrize(("make", "message"), REFUSED)
def test_what_json_has_nothing_for(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(InvalidParameter, match=message):
        encode_json(make())


ARROW: list[tuple[Any, dict[str, Any]]] = [
    (pd.DataFrame({"a": [1.0], "b": ["x"]}, index=["q"]), {"a": [1.0], "b": ["x"]}),
    (pd.DataFrame(np.eye(2)), {"0": [1.0, 0.0], "1": [0.0, 1.0]}),
    (pd.Series([1.0], name="s"), {"s": [1.0]}),
    (pd.Series([1.0]), {"0": [1.0]}),
    (pl.DataFrame({"a": [1]}), {"a": [1]}),
    (pl.Series([1]), {"0": [1]}),
    (pa.table({"a": [1]}), {"a": [1]}),
    (pa.RecordBatch.from_pydict({"a": [1]}), {"a": [1]}),
    (np.array([1.0, np.inf]), {"predictions": [1.0, np.inf]}),
    (np.array(["a", "b"]), {"predictions": ["a", "b"]}),
    (np.array(3.0), {"predictions": [3.0]}),
    (np.array([[1, 2], [3, 4]]), {"0": [1, 3], "1": [2, 4]}),
    (np.ones((1, 2, 2)), {"predictions": [[[1.0, 1.0], [1.0, 1.0]]]}),
    (sp.csr_matrix(np.eye(2)), {"0": [1.0, 0.0], "1": [0.0, 1.0]}),
    ({"a": np.array([1.0]), "b": np.array([[1, 2]]), "c": ["x"]}, {"a": [1.0], "b": [[1, 2]], "c": ["x"]}),
    ({"a": 1}, {"a": [1]}),
    ([1, None], {"predictions": [1, None]}),
    ([{"a": 1}, {"a": 2}], {"a": [1, 2]}),
    ("x", {"predictions": ["x"]}),
    ([], {"predictions": []}),
]


@pytest.mark.parametrize(("predictions", "expected"), ARROW)
def test_arrow(predictions: Any, expected: dict[str, Any]) -> None:
    with pa.ipc.open_stream(encode_arrow(predictions)) as reader:
        assert reader.read_all().to_pydict() == expected


@pytest.mark.parametrize(
    "predictions", [np.array([1j]), {"a": np.array([1.0]), "b": np.array([1.0, 2.0])}, [1, "x"], {1, 2}, pd.DataFrame([[1, 2]], columns=["a", "a"])]
)  # fmt: skip
def test_what_no_table_of_arrows_holds(predictions: Any) -> None:
    with pytest.raises(InvalidParameter, match=r"Ask for JSON|nothing that JSON has"):
        encode_arrow(predictions)


@settings(deadline=None)
@given(arrays.arrays(np.float64, arrays.array_shapes(max_dims=2)))
def test_numbers_come_back(array: Any) -> None:
    found = np.array(json.loads(encode_json(array))["predictions"], dtype=float)
    finite = np.isfinite(array)
    assert found.shape == array.shape
    assert found[finite].tolist() == array[finite].tolist()
    assert np.isnan(found[~finite]).all()
