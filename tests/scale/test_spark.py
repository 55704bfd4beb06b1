"""Models as functions of the columns of a real Spark."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyspark.errors import PythonException
from pyspark.sql import functions as f
from pyspark.sql import types
from sklearn.datasets import load_iris, load_wine

import kiseki
from kiseki.base.errors import InvalidParameter, NotFound, NotImplementedByKiseki
from kiseki.models import ModelSignature, infer_signature
from kiseki.pyfunc import load_model, spark_udf
from kiseki.pyfunc.spark import _send, spark_function
from kiseki.pyfunc.spark_worker import Task
from kiseki.types import Array, ColSpec, DataType, Schema, TensorSpec
from tests.models import iris, tensor

ROWS = 2


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return iris(tmp_path_factory.mktemp("models") / "iris")


@pytest.fixture(scope="module")
def flowers(spark: Any) -> Any:
    return spark.createDataFrame(load_iris(as_frame=True).data.assign(id=range(150))).repartition(3).cache()


@pytest.fixture(scope="module")
def two(spark: Any) -> Any:
    """Two rows in one partition: a is 1 and 2, b is 0.5 and 1.5."""
    return spark.createDataFrame([(1, 0.5), (2, 1.5)], "a long, b double").coalesce(1)


def saved(folder: Path, predict: Callable[[Any], Any], signature: ModelSignature | None = None) -> Path:
    kiseki.pyfunc.save_model(folder, python_model=predict, signature=signature, pip_requirements=[])
    return folder


def several(model_input: Any) -> Any:
    rows = len(model_input)
    return pd.DataFrame({"s": ["x"] * rows, "i": np.arange(rows), "f": np.arange(rows) + 0.5, "b": [True] * rows})


def columns_told(model_input: Any) -> Any:
    text = ", ".join(f"{name} {dtype}" for name, dtype in model_input.dtypes.items())
    return [text] * len(model_input)


def quoted(names: list[str]) -> list[Any]:
    return [f.col(f"`{name}`") for name in names]


def test_columns_by_name_by_their_order_and_by_the_signature(classifier: Path, spark: Any, flowers: Any) -> None:
    data = load_iris(as_frame=True).data
    predict = spark_udf(spark, str(classifier))
    names = list(data.columns)
    by_name = predict(f.struct(*quoted([*reversed(names), "id"])))
    found = flowers.select("id", predict().alias("all"), predict(*quoted(names)).alias("order"), by_name.alias("name"))
    rows = found.orderBy("id").toPandas()
    expected = load_model(classifier).predict(data)
    assert found.schema["all"].dataType == types.LongType()
    for column in ("all", "order", "name"):
        np.testing.assert_array_equal(rows[column], expected)


def test_a_logged_model_by_its_uri(spark: Any, two: Any) -> None:
    with kiseki.start_run():
        info = kiseki.pyfunc.log_model(
            name="m", python_model=lambda model_input: model_input["0"] + 1, pip_requirements=[]
        )
    predict = spark_udf(spark, info.model_uri, "long")
    assert [row.p for row in two.select(predict("a").alias("p")).collect()] == [2, 3]


@pytest.mark.parametrize(
    ("signature", "call", "expected"),
    [
        (None, lambda udf: udf("b", "a"), "0 float64, 1 int64"),
        (None, lambda udf: udf(f.struct("b", "a")), "b float64, a int64"),
        (
            Schema([ColSpec(DataType.double, "x"), ColSpec(DataType.long, "y")]),
            lambda udf: udf("b", "a"),
            "x float64, y int64",
        ),
        (Schema([ColSpec(DataType.double, "x")]), lambda udf: udf("b", "a"), "x float64"),
        (
            Schema([ColSpec(DataType.double, "a"), ColSpec(DataType.double, "b")]),
            lambda udf: udf(),
            "a float64, b float64",
        ),
        (Schema([ColSpec(DataType.long, "a"), ColSpec(DataType.double, "z", False)]), lambda udf: udf("a"), "a int64"),
    ],
)
def test_what_columns_are_called(
    signature: Schema | None, call: Callable[[Any], Any], expected: str, spark: Any, two: Any, tmp_path: Path
) -> None:
    model = saved(tmp_path / "model", columns_told, None if signature is None else ModelSignature(signature))
    assert two.select(call(spark_udf(spark, model, "string")).alias("p")).first().p == expected


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (None, "zero columns because no column names"),
        (Schema([ColSpec(DataType.double)]), "have no names in the model's signature"),
        (Schema([ColSpec(DataType.double, "a", False)]), "signature contains optional columns"),
    ],
)
def test_columns_that_are_not_known(inputs: Schema | None, words: str, spark: Any, tmp_path: Path) -> None:
    model = saved(tmp_path / "model", columns_told, None if inputs is None else ModelSignature(inputs))
    with pytest.raises(InvalidParameter, match=words):
        spark_udf(spark, model)()


RESULTS = {
    None: (types.DoubleType(), [0.0, 1.0]),
    "bigint": (types.LongType(), [0, 1]),
    "float": (types.FloatType(), [0.0, 1.0]),
    "double": (types.DoubleType(), [0.0, 1.0]),
    "string": (types.StringType(), ["x", "x"]),
    "boolean": (types.BooleanType(), [True, True]),
    "array<double>": (types.ArrayType(types.DoubleType()), [[0.0, 0.5], [1.0, 1.5]]),
    "array<string>": (types.ArrayType(types.StringType()), [["x", "0", "0.5", "True"], ["x", "1", "1.5", "True"]]),
    "f float, s string": (types.StructType().add("f", "float").add("s", "string"), [(0.5, "x"), (1.5, "x")]),
}


@pytest.mark.parametrize("asked", RESULTS)
@pytest.mark.parametrize("of_arrow", [True, False], ids=["arrow", "pandas"])
def test_results(asked: str | None, of_arrow: bool, spark: Any, two: Any, tmp_path: Path) -> None:
    kind, expected = RESULTS[asked]
    model = saved(tmp_path / "model", several)
    if of_arrow:
        found = two.select(spark_udf(spark, model, asked)("a").alias("p"))
    else:
        # As where Spark is older than 4.1.
        task = Task(_send(spark, model), None, "local", None, None, {})
        found = two.select(spark_function(task, kind, of_arrow=False)(f.struct("a", "b")).alias("p"))
    assert found.schema["p"].dataType == kind
    assert [row.p if not isinstance(row.p, tuple) else tuple(row.p) for row in found.collect()] == expected


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        (Schema([ColSpec(DataType.double)]), "double"),
        (Schema([ColSpec(DataType.datetime, "y")]), "timestamp"),
        (Schema([ColSpec(DataType.long, "a"), ColSpec(DataType.string, "q", False)]), "struct<a:bigint,q:string>"),
        (Schema([ColSpec(DataType.double), ColSpec(DataType.long)]), "struct<0:double,1:bigint>"),
        (Schema([ColSpec(Array(DataType.double), "e")]), "array<double>"),
        # MLflow, too, makes an array of the one value.
        (Schema([TensorSpec(np.dtype("i8"), (-1,))]), "array<bigint>"),
        (Schema([TensorSpec(np.dtype("f4"), (-1, 3))]), "array<float>"),
        (
            Schema(
                [
                    TensorSpec(np.dtype("u1"), (-1, 2)),
                ]
            ),
            "array<smallint>",
        ),
        (Schema([TensorSpec(np.dtype("f2"), (-1, 2))]), "array<float>"),
        (None, "double"),
    ],
)
def test_the_result_type_of_the_signature(
    outputs: Schema | None, expected: str, spark: Any, two: Any, tmp_path: Path
) -> None:
    model = saved(tmp_path / "model", several, ModelSignature(Schema([ColSpec(DataType.long, "a")]), outputs))
    assert two.select(spark_udf(spark, model)().alias("p")).schema["p"].dataType.simpleString() == expected


def test_mlflow_says_the_same(spark: Any, two: Any, tmp_path: Path) -> None:
    import mlflow.pyfunc

    model = str(saved(tmp_path / "model", several, ModelSignature(Schema([ColSpec(DataType.long, "a")]))))
    for asked in RESULTS:
        ours = two.select(spark_udf(spark, model, asked)().alias("p"))
        theirs = two.select(mlflow.pyfunc.spark_udf(spark, model, asked, env_manager="local")().alias("p"))
        assert (ours.schema, ours.collect()) == (theirs.schema, theirs.collect())


def test_tensors_are_columns_of_arrays(spark: Any, tmp_path: Path) -> None:
    model = tensor(tmp_path / "model")
    rows = load_wine().data[:8]
    table = spark.createDataFrame([(row.tolist(),) for row in rows], "v array<double>").coalesce(1)
    found = table.select(spark_udf(spark, model)("v").alias("p")).collect()
    np.testing.assert_array_equal([row.p for row in found], load_model(model).predict(rows))

    def mean(model_input: Any) -> Any:
        assert model_input.shape[1:] == (2, 2)
        return model_input.sum(axis=(1, 2))

    images = ModelSignature(Schema([TensorSpec(np.dtype("f4"), (-1, 2, 2))]))
    predict = spark_udf(spark, saved(tmp_path / "images", mean, images))
    flat = spark.createDataFrame([([1.0, 2.0, 3.0, 4.0],)], "v array<double>")
    assert flat.select(predict("v").alias("p")).first().p == 10.0


def test_gaps_among_whole_numbers_stay_whole(spark: Any, tmp_path: Path) -> None:
    table = spark.createDataFrame([(2**53 + 1,), (None,)], "a long").coalesce(1)
    signature = ModelSignature(Schema([ColSpec(DataType.long, "a", required=False)]))
    model = saved(tmp_path / "model", lambda model_input: model_input["a"], signature)
    assert [row.p for row in table.select(spark_udf(spark, model, "long")("a").alias("p")).collect()] == [
        2**53 + 1,
        None,
    ]


def test_times_and_bytes(spark: Any, tmp_path: Path) -> None:
    signature = ModelSignature(Schema([ColSpec(DataType.datetime, "t"), ColSpec(DataType.binary, "b")]))
    model = saved(tmp_path / "model", lambda model_input: model_input, signature)
    moment = dt.datetime(2026, 11, 26, 8, 0, 0, 123456, tzinfo=dt.UTC)
    table = spark.createDataFrame([(moment, b"\0x")], "t timestamp, b binary")
    found = table.select(spark_udf(spark, model, "t timestamp, b binary")().alias("p")).first().p
    assert (found.t.astimezone(dt.UTC), bytes(found.b)) == (moment, b"\0x")


class Counting(kiseki.pyfunc.PythonModel):
    """Tells in which process it was loaded, and is told by params, configuration and environment."""

    def load_context(self, context: Any) -> None:
        path = Path(context.model_config["folder"]) / f"{os.getpid()}-{os.urandom(4).hex()}"
        path.touch()

    def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
        return [f"{os.environ.get('TOLD')} {params['limit']} {os.getpid()}"] * len(model_input)


def test_a_model_is_loaded_once_in_each_worker(spark: Any, flowers: Any, tmp_path: Path) -> None:
    loads = tmp_path / "loads"
    loads.mkdir()
    frame = pd.DataFrame({"id": [1]})
    signature = infer_signature(frame, ["x"], params={"limit": 1})
    kiseki.pyfunc.save_model(
        tmp_path / "model",
        python_model=Counting(),
        signature=signature,
        model_config={"folder": "nowhere"},
        pip_requirements=[],
        code_paths=[__file__],
    )
    predict = spark_udf(
        spark,
        tmp_path / "model",
        params={"limit": 5},
        extra_env={"TOLD": "yes"},
        model_config={"folder": str(loads)},
    )
    found: set[str] = set()
    for _ in range(3):
        found = {row.p for row in flowers.repartition(6).select(predict("id").alias("p")).collect()}
        assert {text.rpartition(" ")[0] for text in found} == {"yes 5"}
    processes = [name.name.partition("-")[0] for name in loads.iterdir()]
    assert len(processes) == len(set(processes))
    assert {text.rpartition(" ")[2] for text in found} <= set(processes)


def test_what_fails_in_a_worker_is_told_with_its_rows(classifier: Path, spark: Any, two: Any, tmp_path: Path) -> None:
    with pytest.raises(PythonException, match=r"In rows 0 to 1 of a batch: .*missing inputs \['sepal width \(cm\)'"):
        two.select(spark_udf(spark, classifier)(f.struct(f.col("b").alias("sepal length (cm)")))).collect()
    with pytest.raises(
        PythonException, match="values compatible with the requested type int32; it answered s large_string"
    ):
        two.select(spark_udf(spark, saved(tmp_path / "several", several), "int")("a")).collect()
    with pytest.raises(PythonException, match=r"has the fields \['q'\], and the model answered \['s', 'i'"):
        two.select(spark_udf(spark, tmp_path / "several", "q long")("a")).collect()

    def fails(model_input: Any) -> Any:
        raise ValueError("its own words")

    with pytest.raises(PythonException, match=r"failed in rows 0 to 1 of a batch\. ValueError: its own words"):
        two.select(spark_udf(spark, saved(tmp_path / "fails", fails))("a")).collect()


def test_a_worker_that_lacks_a_library_says_which(spark: Any, two: Any, tmp_path: Path) -> None:
    (tmp_path / "brought.py").write_text("import no_such_library\n\ndef _load_pyfunc(path):\n    return None\n")
    kiseki.pyfunc.save_model(
        tmp_path / "model", loader_module="brought", code_paths=[tmp_path / "brought.py"], pip_requirements=[]
    )
    with pytest.raises(PythonException, match=f"{sys.executable} on .*lacks a library of the model: .*no_such_library"):
        two.select(spark_udf(spark, tmp_path / "model")("a")).collect()


def test_a_worker_that_lacks_kiseki_says_so(spark: Any, two: Any, tmp_path: Path) -> None:
    from pyspark import cloudpickle

    task = Task(_send(spark, saved(tmp_path / "model", several)), None, "local", None, None, {})
    sent = cloudpickle.dumps(spark_function(task, types.LongType(), of_arrow=True).func)
    import subprocess

    program = (
        "import sys, pickle; sys.modules['kiseki'] = None\n"
        "sys.path[:] = [path for path in sys.path if not path.endswith('src')]\n"
        "predict = pickle.load(sys.stdin.buffer)\n"
        "try: predict()\nexcept RuntimeError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], input=sent, capture_output=True, check=False)
    assert b"lacks 'kiseki" in done.stdout, done.stderr


def test_an_environment_of_the_models_own(
    spark: Any, two: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(model_input: Any) -> Any:
        import sys

        print("what a model prints is no answer")
        return [f"{sys.prefix} {len(model_input)}"] * len(model_input)

    model = saved(tmp_path / "model", told)
    monkeypatch.setenv("KISEKI_ENV_ROOT", str(tmp_path / "envs"))
    predict = spark_udf(spark, model, "string", env_manager="uv", extra_env={"KISEKI_ENV_ROOT": str(tmp_path / "envs")})
    rows = [row.p for row in two.select(predict("a").alias("p")).collect()]
    assert len(rows) == ROWS
    assert all(text.startswith(f"{tmp_path}/envs/kiseki-") and text.endswith(" 2") for text in rows)

    def fails(model_input: Any) -> Any:
        raise ValueError("its own words")

    other = saved(tmp_path / "other", fails)
    predict = spark_udf(spark, other, "string", env_manager="uv", extra_env={"KISEKI_ENV_ROOT": str(tmp_path / "envs")})
    with pytest.raises(
        PythonException, match=r"In rows 0 to 1 of a batch: The model failed\. ValueError: its own words"
    ):
        two.select(predict("a")).collect()


def test_what_is_refused_before_anything_runs(classifier: Path, spark: Any, tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match=r"Invalid 'spark_udf' result type: DateType"):
        spark_udf(spark, classifier, "date")
    with pytest.raises(InvalidParameter, match="result type: StructType"):
        spark_udf(spark, classifier, "a struct<b: long>")
    with pytest.raises(NotImplementedByKiseki, match="prebuilt_env_uri"):
        spark_udf(spark, classifier, prebuilt_env_uri="dbfs:/x")
    with pytest.raises(NotImplementedByKiseki, match="env_manager='conda'"):
        spark_udf(spark, classifier, env_manager="conda")
    with pytest.raises(InvalidParameter, match="needs a classic one"):
        spark_udf(object(), classifier)
    with pytest.raises(NotFound):
        spark_udf(spark, tmp_path / "nothing")


def test_the_arguments_are_mlflows() -> None:
    import inspect

    import mlflow.pyfunc

    assert list(inspect.signature(spark_udf).parameters) == list(inspect.signature(mlflow.pyfunc.spark_udf).parameters)
