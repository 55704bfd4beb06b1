"""Batches of Arrow's in and out, from whatever has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_iris, load_wine

import kiseki
from kiseki.base.errors import InvalidParameter
from kiseki.models import ModelSignature, infer_signature
from kiseki.models.tensors import Tensors
from kiseki.pyfunc import PyFuncModel, load_model, predict_batches
from kiseki.pyfunc.answers import Answers
from kiseki.types import AnyType, Array, ColSpec, DataType, Schema, TensorSpec
from tests.models import iris, mixed, tensor


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> PyFuncModel:
    return load_model(iris(tmp_path_factory.mktemp("models") / "iris"))


@pytest.fixture(scope="module")
def flowers() -> pa.Table:
    """The rows, with a column that the model does not look at."""
    table = pa.Table.from_pandas(load_iris(as_frame=True).data, preserve_index=False)
    return table.append_column("id", pa.array(range(table.num_rows), pa.int32()))


def saved(folder: Path, predict: Callable[[Any], Any], signature: ModelSignature | None = None) -> PyFuncModel:
    kiseki.pyfunc.save_model(folder, python_model=predict, signature=signature, pip_requirements=[])
    return load_model(folder)


def whole(batches: Iterator[Any]) -> pa.Table:
    return pa.Table.from_batches(list(batches))


def register(table: pa.Table) -> Any:
    return duckdb.from_arrow(table)


@pytest.mark.parametrize(
    "form",
    [
        lambda table: table,
        lambda table: table.to_batches(max_chunksize=40),
        lambda table: (batch for batch in table.to_batches(max_chunksize=40)),
        lambda table: pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=7)),
        lambda table: table.combine_chunks().to_batches()[0],
        ds.dataset,
        lambda table: ds.dataset(table).scanner(),
        pl.from_arrow,
        lambda table: pl.LazyFrame(pl.from_arrow(table)).collect_batches(chunk_size=64),
        pa.Table.to_pandas,
        register,
    ],
    ids=["table", "list", "generator", "reader", "batch", "dataset", "scanner", "polars", "lazy", "pandas", "duckdb"],
)
def test_what_has_batches(classifier: PyFuncModel, flowers: pa.Table, form: Callable[[pa.Table], Any]) -> None:
    found = list(predict_batches(classifier, form(flowers), batch_rows=64))
    assert all(batch.num_rows <= 64 for batch in found)
    expected = pa.table({"predictions": classifier.predict(flowers.to_pandas().drop(columns="id"))})
    assert pa.Table.from_batches(found).equals(expected)


def test_batches_are_read_when_they_are_asked_for(classifier: PyFuncModel, flowers: pa.Table) -> None:
    read: list[int] = []

    def batches() -> Iterator[pa.RecordBatch]:
        for number, batch in enumerate(flowers.to_batches(max_chunksize=50)):
            read.append(number)
            yield batch

    found = predict_batches(classifier, batches())
    assert read == []
    next(found)
    assert read == [0]
    assert len(list(found)) == 2


def test_columns_that_are_kept(classifier: PyFuncModel, flowers: pa.Table, caplog: pytest.LogCaptureFixture) -> None:
    found = whole(predict_batches(classifier, flowers, keep=["id"]))
    assert found.schema.names == ["id", "predictions"]
    assert found.column("id").equals(flowers.column("id"))
    assert whole(predict_batches(classifier, flowers, keep="all")).schema.names == [
        *flowers.schema.names,
        "predictions",
    ]
    # What the model does not look at is no mistake here.
    assert caplog.records == []
    with pytest.raises(InvalidParameter, match=r"\['nothing'\] that are to be kept are not there"):
        next(predict_batches(classifier, flowers, keep=["nothing"]))
    with pytest.raises(InvalidParameter, match=r"\['predictions'\] are both of the input and of the predictions"):
        next(
            predict_batches(classifier, flowers.rename_columns([*flowers.schema.names[:4], "predictions"]), keep="all")
        )
    with pytest.raises(InvalidParameter, match="expected a list"):
        predict_batches(classifier, flowers, keep="id")


def test_a_model_by_its_uri_and_its_columns_in_another_order(tmp_path: Path) -> None:
    folder = mixed(tmp_path / "model")
    table = pa.table({"bmi": [22.5, 31.0], "sex": ["a", "b"], "age": [30, 61]})
    expected = load_model(folder).predict(table.to_pandas())
    (batch,) = predict_batches(str(folder), table)
    np.testing.assert_array_equal(batch.column("predictions").to_numpy(), expected)


def test_tensors_of_columns_and_of_lists(tmp_path: Path) -> None:
    model = load_model(tensor(tmp_path / "model"))
    rows = load_wine().data[:20]
    expected = model.predict(rows)
    columns = pa.table({f"c{place}": rows[:, place] for place in range(rows.shape[1])})
    fixed = pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), rows.shape[1])
    for table in (columns, pa.table({"row": rows.tolist()}), pa.table({"row": fixed})):
        found = whole(predict_batches(model, table, batch_rows=7))
        assert found.schema.names == ["0", "1", "2"]
        np.testing.assert_array_equal(np.column_stack([column.to_numpy() for column in found.columns]), expected)
    with pytest.raises(InvalidParameter, match="different lengths: 13, 2"):
        next(predict_batches(model, pa.table({"row": [[1.0] * 13, [1.0] * 2]})))
    with pytest.raises(InvalidParameter, match="different lengths: 13, None"):
        next(predict_batches(model, pa.table({"row": [[1.0] * 13, None]})))


@given(
    shape=st.tuples(st.integers(1, 5), st.integers(1, 4), st.integers(1, 3)),
    flat=st.booleans(),
    any_length=st.booleans(),
)
def test_arrays_of_several_dimensions(shape: tuple[int, int, int], flat: bool, any_length: bool) -> None:
    array = np.arange(np.prod(shape), dtype="f4").reshape(shape)
    spec = TensorSpec(np.dtype("f4"), (-1, -1 if any_length else shape[1], shape[2]), "image")
    given_rows = array.reshape(shape[0], -1) if flat else array
    table = pa.table({"image": pa.array(given_rows.tolist())})
    (found,) = Tensors(Schema([spec])).arrays(table).values()
    assert found.dtype == "f4"
    np.testing.assert_array_equal(found, array)


def test_a_list_that_is_no_array_of_the_shape() -> None:
    tensors = Tensors(Schema([TensorSpec(np.dtype("f8"), (-1, 2, 2))]))
    with pytest.raises(InvalidParameter, match="has 3 values"):
        tensors.arrays(pa.table({"image": [[1.0, 2.0, 3.0]]}))


def test_models_without_a_signature_and_with_a_hint_get_pandas(tmp_path: Path) -> None:
    def count(model_input: Any) -> Any:
        assert type(model_input).__name__ == "DataFrame"
        return model_input["a"] + 1

    plain = saved(tmp_path / "plain", count)
    assert whole(predict_batches(plain, pa.table({"a": [1, 2]}))).to_pydict() == {"a": [2, 3]}

    def shout(model_input: list[str]) -> list[str]:
        return [text.upper() for text in model_input]

    hinted = saved(tmp_path / "hinted", shout)
    assert whole(predict_batches(hinted, pa.table({"text": ["a", "b"]}))).to_pydict() == {"predictions": ["A", "B"]}


def test_params_reach_the_model(tmp_path: Path) -> None:
    class Adds(kiseki.pyfunc.PythonModel):
        def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
            return model_input["a"] + params["more"]

    frame = pd.DataFrame({"a": [1, 2]})
    signature = infer_signature(frame, frame["a"], params={"more": 1})
    kiseki.pyfunc.save_model(tmp_path / "model", python_model=Adds(), signature=signature, pip_requirements=[])
    model = load_model(tmp_path / "model")
    assert whole(predict_batches(model, pa.table(frame), {"more": 5})).to_pydict() == {"a": [6, 7]}


def first_of_each(predict: list[Any]) -> Callable[[Any], Any]:
    """A model whose answer depends on the first value of a batch."""
    answers = predict

    def answer(model_input: Any) -> Any:
        return answers[int(model_input["a"].iloc[0])]

    return answer


def two(answers: list[Any], folder: Path, outputs: Schema | None = None) -> Iterator[Any]:
    """The answers to two batches of one row."""
    inputs = Schema([ColSpec(DataType.long, "a")])
    model = saved(folder, first_of_each(answers), ModelSignature(inputs, outputs))
    return predict_batches(model, pa.table({"a": [0, 1]}), batch_rows=1)


def test_the_types_of_the_signature_hold_for_all_batches(tmp_path: Path) -> None:
    answers = [pd.DataFrame({"y": [None], "z": [1]}), pd.DataFrame({"z": [2], "y": [0.5]})]
    outputs = Schema([ColSpec(DataType.double, "y", required=False), ColSpec(DataType.double, "z")])
    found = whole(two(answers, tmp_path / "a", outputs))
    assert found.schema == pa.schema([("y", pa.float64()), ("z", pa.float64())])
    assert found.to_pydict() == {"y": [None, 0.5], "z": [1.0, 2.0]}
    # An array has no names of its own.
    named = whole(two([np.array([1]), np.array([2])], tmp_path / "b", Schema([ColSpec(DataType.long, "target")])))
    assert named.to_pydict() == {"target": [1, 2]}
    # What a signature says wrongly is not asked of the answer.
    floats = whole(two([np.array([0.5]), np.array([1.5])], tmp_path / "c", Schema([ColSpec(DataType.long, "target")])))
    assert floats.to_pydict() == {"target": [0.5, 1.5]}


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([np.array([1]), np.array(["x"])], "'predictions' of the predictions is string here, and was int64"),
        ([np.array([1]), np.array([0.5])], r"is double here, and was int64 .*signature of its outputs"),
        ([pd.DataFrame({"y": [1]}), pd.DataFrame({"z": [1]})], r"have the columns \['z'\], and those"),
        ([np.array([1]), np.array([[1, 2]])], r"have the columns \['0', '1'\]"),
        ([np.array([1]), np.array([1, 2])], "answered 2 rows for 1"),
        ([np.array([1]), {"y": [object()]}], "class object is nothing"),
    ],
)
def test_answers_that_do_not_fit_those_before(answers: list[Any], words: str, tmp_path: Path) -> None:
    found = two(answers, tmp_path / "model")
    assert next(found).num_rows == 1
    with pytest.raises(InvalidParameter, match=f"In rows 1 to 1, where the first is row 0: .*{words}"):
        next(found)


def test_what_a_row_has_is_told_with_its_place(classifier: PyFuncModel, flowers: pa.Table) -> None:
    texts = flowers.set_column(0, flowers.schema.names[0], pa.array(["5.1"] * 150))
    with pytest.raises(
        InvalidParameter, match=r"In rows 0 to 99: .*column sepal length \(cm\).*str to double.*\(row 0\)"
    ):
        next(predict_batches(classifier, texts, batch_rows=100))
    with pytest.raises(InvalidParameter, match=r"In rows 100 to 149.*missing inputs \['petal width \(cm\)'\]"):
        list(predict_batches(classifier, [flowers[:100], flowers[100:].drop_columns(["petal width (cm)"])]))


def test_a_model_that_fails_is_told_with_the_rows_and_its_own_error(tmp_path: Path) -> None:
    def fails(model_input: Any) -> Any:
        return 1 // (1 - int(model_input["a"].iloc[0]))

    model = saved(tmp_path / "model", fails)
    found = predict_batches(model, pa.table({"a": [0, 1]}), batch_rows=1)
    assert next(found).num_rows == 1
    with pytest.raises(InvalidParameter, match=r"failed in rows 1 to 1.*ZeroDivisionError: ") as raised:
        next(found)
    assert isinstance(raised.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize("given", [None, 7, "text", {"a": [1]}, [{"a": 1}]])
def test_what_has_no_batches(classifier: PyFuncModel, given: Any) -> None:
    with pytest.raises(InvalidParameter, match="Batches are tables or record batches"):
        list(predict_batches(classifier, given))


def test_a_batch_has_a_row(classifier: PyFuncModel, flowers: pa.Table) -> None:
    assert list(predict_batches(classifier, flowers[:0])) == []
    with pytest.raises(InvalidParameter, match="at least 1"):
        next(predict_batches(classifier, flowers, batch_rows=0))


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        (None, [("predictions", pa.null())]),
        (Schema([ColSpec(DataType.double)]), [("predictions", pa.float64())]),
        (Schema([ColSpec(DataType.double, "y"), ColSpec(AnyType(), "z")]), [("y", pa.float64()), ("z", pa.null())]),
        (Schema([TensorSpec(np.dtype("i4"), (-1,))]), [("predictions", pa.int32())]),
        (Schema([TensorSpec(np.dtype("f4"), (-1, 2))]), [("0", pa.float32()), ("1", pa.float32())]),
        (Schema([TensorSpec(np.dtype("f4"), (-1, -1))]), [("predictions", pa.null())]),
        (Schema([TensorSpec(np.dtype(str), (-1, 2), "words")]), [("words", pa.list_(pa.string()))]),
        (Schema([ColSpec(Array(DataType.long), "y")]), [("y", pa.list_(pa.int64()))]),
    ],
)
def test_what_is_known_before_the_first_row(outputs: Schema | None, expected: list[tuple[str, pa.DataType]]) -> None:
    assert Answers(outputs).schema == pa.schema(expected)
