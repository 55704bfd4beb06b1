"""Input examples that kiseki and the real mlflow write and read."""

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kiseki.base.errors import InvalidParameter, NotFound
from kiseki.models import ModelSignature, convert_input_example_to_serving_input, infer_signature
from kiseki.models.example import FILE, SERVING_FILE, InputExample, read_example
from kiseki.models.payload import PayloadDecoder
from kiseki.types import ColSpec, DataType, Schema
from tests.unit.models import echo as echo_module
from tests.unit.models.echo import described, quiet
from tests.unit.types.strategies import names

mlflow: Any = pytest.importorskip("mlflow", reason="the real mlflow is not installed: no parity shown")

NOON = dt.datetime.fromisoformat("2020-01-01T12:00:00")
FRAME = pd.DataFrame({"a": [1.5, 2.0], "b": ["x", "y"], "c": [1, 2], "d": [True, False]})

BOTH: dict[str, Any] = {
    "frame": FRAME,
    "frame with numbers": pd.DataFrame({"a": [2**60 + 1], "f": [0.1 + 0.2], "g": [1e300], "h": np.array([0.1], "float32")}),
    "frame with times": pd.DataFrame({"a": pd.to_datetime(["2020-01-01T01:02:03.123456789"])}),
    "frame with lists": pd.DataFrame({"a": [[1, 2]], "o": [{"x": 1}], "n": [[1.0, 2.0]]}),
    "frame of numbered columns": pd.DataFrame(np.eye(2)),
    "frame without rows": pd.DataFrame({"a": pd.Series([], dtype=float)}),
    "frame with infinities": pd.DataFrame({"a": [np.inf, -np.inf]}),
    "array": np.array([[1.5, 2.0]]),
    "whole numbers": np.array([1, 2]),
    "small floats": np.array([0.1], "float32"),
    "texts": np.array(["a", "b"]),
    "truths": np.array([True]),
    "arrays by name": {"a": np.array([[1.0, 2.0]]), "b": np.array(["x"])},
    "dictionary": {"a": 1, "b": "x"},
    "dictionary of lists": {"a": [1, 2], "b": ["x", "y"]},
    "dictionary of dictionaries": {"a": {"b": [1]}},
    "NumPy's scalars": {"a": np.float32(0.5), "b": np.int64(3)},
    "list": [1, 2],
    "records": [{"a": 1}, {"a": 2}],
    "text": "x",
    "number": 1.5,
    "chat": {"messages": [{"role": "user", "content": "x"}]},
    "csr": sp.csr_matrix(np.array([[0, 1.5], [2, 0]])),
    "csc": sp.csc_matrix(np.array([[0, 1.5], [2, 0]])),
    "frame and params": (FRAME, {"q": 1, "w": [1, 2]}),
    "array and params": (np.array([[1.0]]), {"q": 1}),
    "list and params": (["a"], {"q": 1}),
    "text and params": ("x", {"q": "y"}),
    "csr and params": (sp.csr_matrix(np.eye(2)), {"q": 1}),
}  # fmt: skip

# What JSON has no words for is written so that both read it.
OTHERWISE: dict[str, tuple[Any, Any]] = {
    "NaN": (pd.DataFrame({"a": [1.5, np.nan], "b": ["x", None]}), {"columns": ["a", "b"], "data": [[1.5, "x"], [None, None]]}),
    "bytes": ([b"abc"], ["YWJj"]),
    "bytes in a frame": (pd.DataFrame({"a": [b"abc"]}), {"columns": ["a"], "data": [["YWJj"]]}),
    "times": (np.array(["2020-01-01T12:00"], "datetime64[ns]"), ["2020-01-01T12:00"]),
    "bytes in an array": (np.array([b"abc"]), ["YWJj"]),
}  # fmt: skip


def signature_of(example: Any) -> ModelSignature:
    found = InputExample.of(example)
    return infer_signature(found.data, params=found.params or None)


def written(example: Any, folder: Path) -> dict[str, Any]:
    """A folder that holds no more of a model than mlflow needs to read its example."""
    folder.mkdir(exist_ok=True)
    info = InputExample.of(example).write(folder)
    facts = {"saved_input_example_info": info, "signature": signature_of(example).to_dict(), "flavors": {}}
    (folder / "MLmodel").write_text(yaml.safe_dump(facts), encoding="utf-8")
    return info


def saved_by_mlflow(example: Any, folder: Path) -> dict[str, Any]:
    with quiet():
        signature = mlflow.models.ModelSignature.from_dict(signature_of(example).to_dict())
        mlflow.pyfunc.save_model(
            folder, loader_module=echo_module.__name__, pip_requirements=[], input_example=example, signature=signature
        )
    found: dict[str, Any] = yaml.safe_load((folder / "MLmodel").read_text(encoding="utf-8"))["saved_input_example_info"]
    return found


def stored(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", BOTH)
def test_mlflow_writes_the_same_and_reads_it(name: str, tmp_path: Path) -> None:
    example = BOTH[name]
    info, theirs = written(example, tmp_path / "ours"), saved_by_mlflow(example, tmp_path / "theirs")
    assert info == theirs
    for file in (FILE, SERVING_FILE):
        assert stored(tmp_path / "ours", file) == stored(tmp_path / "theirs", file)
    with quiet():
        model = mlflow.models.Model.load(str(tmp_path / "ours"))
        assert described(model.load_input_example(str(tmp_path / "ours"))) == described(
            mlflow.models.Model.load(str(tmp_path / "theirs")).load_input_example(str(tmp_path / "theirs"))
        )
        assert (model.load_input_example_params(str(tmp_path / "ours")) or {}) == InputExample.of(example).params
        assert json.loads(model.get_serving_input(str(tmp_path / "ours"))) == stored(tmp_path / "theirs", SERVING_FILE)
        assert json.loads(mlflow.models.convert_input_example_to_serving_input(example)) == json.loads(
            convert_input_example_to_serving_input(example) or ""
        )


@pytest.mark.parametrize("name", [name for name in BOTH if name != "frame with infinities"] + list(OTHERWISE))
def test_an_example_comes_back_from_mlflows_files(name: str, tmp_path: Path) -> None:
    example = BOTH[name] if name in BOTH else OTHERWISE[name][0]
    info = saved_by_mlflow(example, tmp_path / "model")
    check_same(read_example(tmp_path / "model", info, signature_of(example)), example)


@pytest.mark.parametrize("name", BOTH | OTHERWISE)
def test_an_example_comes_back(name: str, tmp_path: Path) -> None:
    example = BOTH[name] if name in BOTH else OTHERWISE[name][0]
    info = InputExample.of(example).write(tmp_path)
    check_same(read_example(tmp_path, info, signature_of(example)), example)


@pytest.mark.parametrize("name", OTHERWISE)
def test_what_json_has_no_words_for(name: str, tmp_path: Path) -> None:
    example, expected = OTHERWISE[name]
    written(example, tmp_path)
    assert stored(tmp_path, FILE) == expected
    with quiet():
        model = mlflow.models.Model.load(str(tmp_path))
        found = model.load_input_example(str(tmp_path))
    if name == "NaN":
        pd.testing.assert_frame_equal(found, example)
    if name == "times":
        assert found.tolist() == example.tolist()


def check_same(found: InputExample, example: Any) -> None:
    expected = InputExample.of(example)
    assert found.params == expected.params
    if isinstance(expected.data, pd.DataFrame):
        # A signature says nothing about the unit of times.
        times = {name: "datetime64[ns]" for name, dtype in expected.data.dtypes.items() if dtype.kind == "M"}
        pd.testing.assert_frame_equal(found.data, expected.data.astype(times))
    elif isinstance(expected.data, Mapping):
        assert {key: described(value) for key, value in found.data.items()} == {
            key: described(value.item() if isinstance(value, np.generic) else value)
            for key, value in expected.data.items()
        }
    else:
        assert described(found.data) == described(expected.data)


TABLES = [
    (pd.Series([1.0, 2.0], name="a"), {"columns": ["a"], "data": [[1.0], [2.0]]}),
    (pl.DataFrame({"a": [1, None]}), {"columns": ["a"], "data": [[1], [None]]}),
    (pa.table({"a": [b"abc"]}), {"columns": ["a"], "data": [["YWJj"]]}),
    (pd.DataFrame({"a": [pd.Timestamp("2020-01-01", tz="UTC")]}), {"columns": ["a"], "data": [["2020-01-01T00:00:00+00:00"]]}),
    (pd.DataFrame([[1.0]], columns=pd.MultiIndex.from_tuples([("a", "b")])), {"columns": [["a", "b"]], "data": [[1.0]]}),
]  # fmt: skip


@pytest.mark.parametrize(("table", "expected"), TABLES)
def test_tables_that_mlflow_does_not_take(table: Any, expected: Any, tmp_path: Path) -> None:
    info = InputExample.of(table).write(tmp_path)
    assert (info["type"], stored(tmp_path, FILE)) == ("dataframe", expected)
    found = read_example(tmp_path, info, infer_signature(table)).data
    assert found.columns.tolist() == [tuple(name) if isinstance(name, list) else name for name in expected["columns"]]
    assert len(found) == len(expected["data"])


def test_other_sparse_formats_are_arrays(tmp_path: Path) -> None:
    info = InputExample.of(sp.coo_matrix(np.eye(2))).write(tmp_path)
    assert (info["type"], stored(tmp_path, FILE)) == ("ndarray", [[1.0, 0.0], [0.0, 1.0]])


@pytest.mark.parametrize("name", BOTH)
def test_a_serving_input_is_a_request_that_the_model_can_answer(name: str) -> None:
    example = InputExample.of(BOTH[name])
    signature = signature_of(BOTH[name])
    payload = PayloadDecoder(signature).decode(example.serving_input().encode(), "application/json")
    assert (payload.params or {}) == example.params
    assert payload.wrapped == (name != "chat")


@pytest.mark.parametrize(
    "value", [object(), {1, 2}, np.array([1j]), np.array([1], "m8[s]"), pd.DataFrame({"a": [pd.Timedelta(1)]})]
)
def test_what_json_cannot_have_is_written_nowhere(value: Any, tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match="JSON"):
        InputExample.of(value).write(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_parameters_have_names() -> None:
    with pytest.raises(InvalidParameter, match="have names; got 1"):
        InputExample.of(([1], {1: 2}))
    assert InputExample.of(([1], {})) == InputExample([1], {})
    assert InputExample.of((1, 2)).data == (1, 2)
    assert convert_input_example_to_serving_input(None) is None


def test_a_signature_that_somebody_wrote_need_not_fit(tmp_path: Path) -> None:
    info = InputExample.of(pd.DataFrame({"a": ["x"]})).write(tmp_path)
    found = read_example(tmp_path, info, ModelSignature(Schema([ColSpec(DataType.long, "b")])))
    pd.testing.assert_frame_equal(found.data, pd.DataFrame({"a": ["x"]}))


BROKEN: list[tuple[dict[str, Any], str, type[Exception], str]] = [
    ({"type": "json_object"}, "[", InvalidParameter, "is no JSON"),
    ({"type": "dataframe"}, '{"columns": ["a"]}', InvalidParameter, r"is no dataframe \(KeyError\('data'\)\)"),
    ({"type": "dataframe"}, '{"columns": ["a"], "data": [[1, 2]]}', InvalidParameter, "is no dataframe"),
    ({"type": "sparse_matrix_csr"}, '{"data": [1]}', InvalidParameter, "is no sparse_matrix_csr"),
    ({"type": "sparse_matrix_csr"}, '{"data": [1], "indices": [9], "indptr": [0, 1], "shape": [1, 2]}', InvalidParameter, "is no sparse"),
    ({"type": "sparse_matrix_dok"}, '{"data": [1], "indices": [], "indptr": [], "shape": [1, 1]}', InvalidParameter, "sparse_matrix_dok"),
    ({"type": "json_object", "params": "true"}, "[1]", InvalidParameter, "lacks 'inputs' or 'params'"),
    ({"artifact_path": "../input_example.json"}, "1", InvalidParameter, "lies in its folder"),
    ({"artifact_path": "/etc/hostname"}, "1", InvalidParameter, "lies in its folder"),
    ({"artifact_path": 5}, "1", InvalidParameter, "lies in its folder"),
    ({"artifact_path": "other.json"}, "1", NotFound, "other.json is not in its folder"),
]  # fmt: skip


@pytest.mark.parametrize(("info", "text", "error", "message"), BROKEN)
def test_a_file_that_is_no_example(
    info: dict[str, Any], text: str, error: type[Exception], message: str, tmp_path: Path
) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(error, match=message):
        read_example(tmp_path, info)


def test_without_a_signature_types_are_those_of_json(tmp_path: Path) -> None:
    found = [
        read_example(tmp_path, InputExample.of(example).write(tmp_path)).data
        for example in (np.array([1.0, np.nan]), {"a": np.array([1, 2])}, {"a": NOON}, pd.DataFrame({"a": [NOON]}))
    ]
    assert described(found[0]) == "array float64 [1.0, nan]"
    assert described(found[1]) == "{'a': array int64 [1, 2]}"
    assert found[2] == {"a": "2020-01-01T12:00:00"}
    assert found[3]["a"].tolist() == ["2020-01-01T12:00:00"]


finite = st.floats(allow_nan=False)


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(names, st.lists(finite | st.none(), min_size=2, max_size=2), min_size=1, max_size=4))
def test_any_table_of_numbers_comes_back(columns: dict[str, list[float | None]]) -> None:
    import tempfile

    table = pd.DataFrame(columns, dtype=float)
    with tempfile.TemporaryDirectory() as folder:
        info = InputExample.of(table).write(Path(folder))
        pd.testing.assert_frame_equal(read_example(Path(folder), info, infer_signature(table)).data, table)
