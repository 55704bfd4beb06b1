"""Models as functions of Spark's columns."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Union

import msgspec

from kiseki.base.errors import InvalidParameter, NotImplementedByKiseki
from kiseki.base.optional import optional
from kiseki.models.from_code import config_of
from kiseki.models.load import local_model, temporary_folder
from kiseki.models.mlmodel import Model
from kiseki.pyfunc.answers import signed_type
from kiseki.pyfunc.packed import pack
from kiseki.pyfunc.predicting import python_for
from kiseki.pyfunc.spark_worker import Task
from kiseki.types.schema import Schema

_DEFAULT_TYPE: Final = "double"
_ARROW_NAMES: Final = {
    "ByteType": "int8",
    "ShortType": "int16",
    "IntegerType": "int32",
    "LongType": "int64",
    "FloatType": "float32",
    "DoubleType": "float64",
    "BooleanType": "bool",
    "StringType": "string",
    "BinaryType": "binary",
    "TimestampNTZType": "timestamp[us]",
}
"""What Arrow calls Spark's types of one value."""


def spark_udf(
    spark: Any,
    model_uri: str | Path,
    result_type: Any = None,
    env_manager: str | None = None,
    params: dict[str, Any] | None = None,
    extra_env: dict[str, str] | None = None,
    prebuilt_env_uri: str | None = None,
    model_config: str | Path | dict[str, Any] | None = None,
) -> Callable[..., Any]:
    """Returns a function of Spark's columns that predicts with a model.

        predict = kiseki.pyfunc.spark_udf(spark, model_uri)
        table.withColumn("prediction", predict(struct("age", "weight")))

    It is called with a struct, whose fields are columns by name; with columns, which are those of the signature in its
    order; or with nothing, for the columns that the signature names. A column of arrays is a tensor, or the only row of one
    in any shape. The model travels to the executors as an archive of the session, is unpacked once on each, and loaded
    once in each worker process.

    Args:
        spark: The session; not one of Spark Connect.
        model_uri: `models:/m-…`, `runs:/<run id>/<path>`, a path, or the URI of a folder in a store.
        result_type: A type of Spark or its DDL: a number, "boolean", "string", "binary", "timestamp", an array of one, or
            fields of such ("label string, score double"). From the predictions the leftmost column is taken that has it, for
            arrays all that have it, for fields those of their names. From the signature's outputs when None, and "double"
            without any.
        env_manager: "local", the default, for the Python of the workers; "uv" or "virtualenv" for an environment of the
            model's own, which is made on each machine with uv and kept there.
        params: Params of the signature.
        extra_env: Environment variables of the workers.
        prebuilt_env_uri: Databricks' archives of environments, which kiseki does not have.
        model_config: As for `load_model`.

    Raises:
        NotFound: There is no such model.
        InvalidParameter: There is no such result type, or the session is one of Spark Connect.
        MissingDependency: PySpark is not installed.
        NotImplementedByKiseki: `prebuilt_env_uri` is given, or `env_manager` is "conda".
    """
    if prebuilt_env_uri is not None:
        raise NotImplementedByKiseki("prebuilt_env_uri is Databricks'. Leave it out, and use env_manager='uv'.")
    optional("pyspark", "spark_udf")
    folder = local_model(model_uri)
    meta = Model.load(folder)
    # What is wrong with the environment is told here rather than by each worker.
    python_for(folder, env_manager or "local", further=["pyarrow"])
    inputs = meta.get_input_schema()
    returned = _return_type(result_type, meta.get_output_schema())
    task = Task(
        name=_send(spark, folder),
        names=None if inputs is None or not inputs.has_input_names() else [str(name) for name in inputs.input_names()],
        env_manager=env_manager or "local",
        params=params,
        model_config=config_of(model_config),
        variables={str(key): str(value) for key, value in (extra_env or {}).items()},
    )
    functions = optional("pyspark.sql.functions", "spark_udf")
    function = spark_function(task, returned, of_arrow=hasattr(functions, "arrow_udf"))

    def udf(*columns: Any) -> Any:
        return function(*(columns or _columns(inputs)))

    return udf


def _columns(inputs: Schema | None) -> list[str]:
    """The columns that the signature names."""
    if inputs is None:
        raise InvalidParameter(
            "Attempting to apply udf on zero columns because no column names were specified as arguments or inferred from "
            "the model signature. Name the columns: predict(struct('a', 'b'))."
        )
    if not inputs.has_input_names():
        raise InvalidParameter(
            f"Cannot apply udf because no column names specified. The udf expects {len(inputs.inputs)} columns with types: "
            f"{inputs.input_types()}, which have no names in the model's signature."
        )
    if inputs.optional_input_names():
        raise InvalidParameter(
            "Cannot apply UDF without column names specified when model signature contains optional columns. Name those that "
            "are there: predict(struct('a', 'b'))."
        )
    return [str(name) for name in inputs.input_names()]


def _return_type(given: Any, outputs: Schema | None) -> Any:
    """The result as a type of Spark's."""
    types = optional("pyspark.sql.types", "spark_udf")
    conversions = optional("pyspark.sql.pandas.types", "spark_udf")
    if given is None:
        signed = None if outputs is None else signed_type(outputs)
        given = _DEFAULT_TYPE if signed is None else conversions.from_arrow_type(_known(signed))
    if isinstance(given, str):
        given = types.DataType.fromDDL(given)
    if _arrow_type(given) is None:
        raise InvalidParameter(
            f"Invalid 'spark_udf' result type: {given}. Give a number, 'boolean', 'string', 'binary' or 'timestamp', an array "
            "of one, or fields of such: 'label string, scores array<double>'."
        )
    return given


def _known(kind: Any) -> Any:
    """The type of Arrow's that Spark has for the values of one: times with a zone, whole numbers with a sign."""
    pa = optional("pyarrow", "spark_udf")
    kinds = pa.types
    if kinds.is_struct(kind):
        return pa.struct([(field.name, _known(field.type)) for field in kind])
    if kinds.is_list(kind):
        return pa.list_(_known(kind.value_type))
    if kinds.is_timestamp(kind):
        return pa.timestamp("us", "UTC")
    if kinds.is_unsigned_integer(kind):
        return {8: pa.int16(), 16: pa.int32()}.get(kind.bit_width, pa.int64())
    return pa.float32() if kinds.is_float16(kind) else kind


def _arrow_type(given: Any, *, inside: bool = False) -> Any:
    """The `pyarrow.DataType` of a result; None of what is no result, as structs in structs."""
    pa = optional("pyarrow", "spark_udf")
    kind = type(given).__name__
    if kind == "StructType":
        fields = [(field.name, _arrow_type(field.dataType, inside=True)) for field in given]
        return None if inside or any(part is None for _, part in fields) else pa.struct(fields)
    if kind == "ArrayType":
        items = _arrow_type(given.elementType, inside=True)
        return None if items is None else pa.list_(items)
    if kind == "TimestampType":
        return pa.timestamp("us", "UTC")
    alias = _ARROW_NAMES.get(kind)
    return None if alias is None else pa.type_for_alias(alias)


def _send(spark: Any, folder: Path) -> str:
    """Has Spark bring the model to the executors, and returns the name of its folder there."""
    if not hasattr(spark, "_jsparkSession"):
        raise InvalidParameter(
            f"The session is {type(spark).__module__}.{type(spark).__name__}, and spark_udf needs a classic one: "
            "SparkSession.builder.master(…).getOrCreate()."
        )
    name = f"kiseki-model-{secrets.token_hex(8)}"
    # Executors fetch it from here whenever they start.
    archive = temporary_folder() / f"{name}.zip"
    pack(folder, archive)
    spark.sparkContext.addArchive(f"{archive}#{name}")
    return name


def spark_function(task: Task, returned: Any, *, of_arrow: bool) -> Any:
    """The function of Spark's columns.

    Args:
        task: What the workers do.
        returned: Spark's type of the result.
        of_arrow: Whether Spark calls it with Arrow's arrays, as it can from 4.1 on, or with pandas' columns, in which whole
            numbers with gaps are floats.
    """
    functions = optional("pyspark.sql.functions", "spark_udf")
    wanted = _arrow_type(returned)
    encoded = msgspec.msgpack.encode(task)

    # A function of this function goes to the workers by value, so that it can say what they lack.
    def predict(*columns: Any) -> Any:
        try:
            from kiseki.pyfunc.spark_worker import answer
        except ImportError as error:
            import sys

            raise RuntimeError(
                f"The Python of this Spark worker, {sys.executable}, lacks {error.name!r}: pip install kiseki there, or set "
                "PYSPARK_PYTHON to one that has it."
            ) from None
        return answer(encoded, columns, wanted)

    if of_arrow:
        return functions.arrow_udf(predict, returned, functions.ArrowUDFType.SCALAR)
    pandas: Any = optional("pandas", "spark_udf")
    # Spark reads the hints, and knows no `|`.
    column: Any = Union.__getitem__((pandas.Series, pandas.DataFrame))
    is_struct = type(returned).__name__ == "StructType"
    predict.__annotations__ = {"columns": column, "return": pandas.DataFrame if is_struct else pandas.Series}
    return functions.pandas_udf(predict, returned)
