"""Schemas, and their JSON against that of the real mlflow."""

import json
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from kiseki.base.errors import InvalidParameter
from kiseki.types import (
    AnyType,
    Array,
    ColSpec,
    DataType,
    Map,
    Object,
    ParamSchema,
    ParamSpec,
    Property,
    Schema,
    SparkMLVector,
    TensorSpec,
)
from kiseki.types.data_types import MAX_DEPTH
from tests.unit.types.strategies import param_schemas, schemas

mlflow_schema: Any = pytest.importorskip(
    "mlflow.types.schema", reason="the real mlflow is not installed: no parity shown"
)


@settings(deadline=None)
@given(schemas)
def test_a_schema_comes_back_from_its_json(schema: Schema) -> None:
    back = Schema.from_json(schema.to_json())
    assert back == schema
    assert back.to_json() == schema.to_json()
    assert hash(back) == hash(schema)
    assert pickle.loads(pickle.dumps(schema)) == schema


@settings(deadline=None)
@given(param_schemas)
def test_parameters_come_back_from_their_json(schema: ParamSchema) -> None:
    back = ParamSchema.from_json(schema.to_json())
    assert back.to_json() == schema.to_json()
    assert pickle.loads(pickle.dumps(schema)) == schema


@settings(deadline=None, max_examples=200)
@given(schemas)
def test_mlflow_reads_a_schema_and_writes_the_same(schema: Schema) -> None:
    assert json.loads(mlflow_schema.Schema.from_json(schema.to_json()).to_json()) == schema.to_dict()


@settings(deadline=None)
@given(param_schemas)
def test_mlflow_reads_parameters_and_writes_the_same(schema: ParamSchema) -> None:
    theirs = mlflow_schema.ParamSchema.from_json(schema.to_json())
    assert json.loads(theirs.to_json()) == json.loads(schema.to_json())
    assert ParamSchema.from_json(theirs.to_json()).to_json() == schema.to_json()


BUILT = """
ColSpec("double")
ColSpec("double", "a")
ColSpec(DataType.long, "a", False)
ColSpec("double", 3)
ColSpec(Array("long"), "a")
ColSpec(Object([Property("x", "long"), Property("a", Array("string"), False)]), "o")
ColSpec(AnyType(), "m")
ColSpec(SparkMLVector(), "v")
Array(Array("long"))
Array(AnyType())
Map(Array("string"))
AnyType()
TensorSpec(np.dtype("float64"), (-1, 3))
TensorSpec(np.dtype("float64"), [-1, 3], "a")
TensorSpec(np.dtype("str"), (-1,))
TensorSpec(np.dtype("float64"), ())
TensorSpec(np.dtype(">f8"), (-1,))
Schema([ColSpec("double"), ColSpec("long")])
Schema([ColSpec("double", "a"), ColSpec("long", "b", required=False)])
Schema([TensorSpec(np.dtype("int8"), (-1, 3), "a"), TensorSpec(np.dtype("float64"), (-1, 3), "b")])
ParamSpec("a", "long", 1)
ParamSpec("a", "double", 1)
ParamSpec("a", "string", None)
ParamSpec("a", "long", [1, 2], (-1,))
ParamSpec("a", "long", np.array([1, 2]), (-1,))
ParamSpec("a", "datetime", "2020-01-01")
ParamSpec("a", "datetime", np.datetime64("2020-01-01T00:00:01"))
ParamSpec("a", "long", np.int32(1))
ParamSpec("a", "double", float("inf"))
ParamSpec("a", Object([Property("x", "long")]), {"x": 1})
ParamSchema([ParamSpec("a", "long", 1), ParamSpec("b", "double", 1.0)])
ParamSchema([])
""".strip().splitlines()

SAME = """
Schema([ColSpec("double", "a"), ColSpec("long", "b", required=False)]).input_names()
Schema([ColSpec("double"), ColSpec("long")]).input_names()
Schema([ColSpec("double"), ColSpec("long")]).required_input_names()
Schema([ColSpec("double", "a"), ColSpec("long", "b", required=False)]).required_input_names()
Schema([ColSpec("double", "a"), ColSpec("long", "b", required=False)]).optional_input_names()
Schema([ColSpec("double"), ColSpec("long")]).optional_input_names()
Schema([ColSpec("double"), ColSpec("long")]).has_input_names()
Schema([ColSpec("double"), ColSpec("long")]).is_tensor_spec()
Schema([ColSpec("double"), ColSpec("string")]).numpy_types()
Schema([ColSpec("double"), ColSpec("string"), ColSpec("binary")]).pandas_types()
Schema([TensorSpec(np.dtype("float64"), (-1, 3))]).input_names()
Schema([TensorSpec(np.dtype("float64"), (-1, 3))]).input_types()
Schema([TensorSpec(np.dtype("float64"), (-1, 3), "q")]).required_input_names()
Schema([TensorSpec(np.dtype("float64"), (-1, 3), "q")]).optional_input_names()
[kind.to_numpy() for kind in DataType.all_types()]
[kind.to_pandas() for kind in DataType.all_types()]
repr(Schema([ColSpec("double", "a"), ColSpec(Array("long"), "b", required=False)]))
repr(TensorSpec(np.dtype("float64"), (-1, 3), "a"))
repr(ParamSpec("a", "long", [1], (-1,)))
DataType.from_numpy_type(np.dtype("float32")).name
DataType.from_numpy_type(np.dtype("complex64"))
""".strip().splitlines()

OURS = {
    "AnyType": AnyType,
    "Array": Array,
    "ColSpec": ColSpec,
    "DataType": DataType,
    "Map": Map,
    "Object": Object,
    "ParamSchema": ParamSchema,
    "ParamSpec": ParamSpec,
    "Property": Property,
    "Schema": Schema,
    "SparkMLVector": SparkMLVector,
    "TensorSpec": TensorSpec,
}


def evaluated(expression: str, names: dict[str, Any]) -> Any:
    return eval(expression, {"np": np, **names})


@pytest.mark.parametrize("expression", BUILT)
def test_mlflow_builds_the_same(expression: str) -> None:
    ours, theirs = evaluated(expression, OURS), evaluated(expression, vars(mlflow_schema))
    assert json.dumps(ours.to_dict()) == json.dumps(theirs.to_dict())


@pytest.mark.parametrize("expression", SAME)
def test_mlflow_says_the_same(expression: str) -> None:
    assert evaluated(expression, OURS) == evaluated(expression, vars(mlflow_schema))


REFUSED = {
    'ColSpec("nope")': r"Unsupported type 'nope' .*\['boolean'",
    'ColSpec("any")': "Unsupported type 'any'",
    "ColSpec(3)": "Unsupported type 3",
    'ColSpec("double", required="x")': "'required' of a column is true or false",
    'Array("nope")': "Unsupported type 'nope'",
    "Object([])": "empty properties is not allowed",
    'Object([Property("x", "long"), Property("x", "long")])': "duplicated property names: 'x'",
    'Object("x")': "a list of Property",
    'TensorSpec("float64", (-1, 3))': r"Write np.dtype\('float64'\)",
    'TensorSpec(np.dtype("float64"), 3)': "shape of a tensor is a tuple",
    'TensorSpec(np.dtype("float64"), (-1, 2.5))': "shape of a tensor is a tuple",
    'TensorSpec(np.dtype("float64"), (-2,))': "shape of a tensor is a tuple",
    'TensorSpec(np.dtype("<U5"), (-1,))': r"use np.dtype\('str'\) instead",
    "Schema([])": "empty inputs is not allowed",
    'Schema("x")': "must be a list of ColSpec or TensorSpec",
    "Schema([1])": "must be a list of ColSpec or TensorSpec",
    'Schema([ColSpec("double", "a"), ColSpec("long")])': r"named and unnamed inputs .* \['a', None\]",
    'Schema([ColSpec("double"), ColSpec("long", required=False)])': "cannot be optional",
    'Schema([TensorSpec(np.dtype("int8"), (-1,)), TensorSpec(np.dtype("int8"), (-1,))])': "Several tensors need names",
    'Schema([TensorSpec(np.dtype("int8"), (-1,), "a"), ColSpec("long", "b")])': "either columns .* or tensors",
    'Schema([ColSpec("long")]).input_dict()': "no names",
    'Schema([ColSpec("long")]).input_types_dict()': "no names",
    'Schema([ColSpec(Array("long"))]).numpy_types()': "no type of NumPy",
    'Schema([ColSpec(Array("long"))]).pandas_types()': "no type of pandas",
    'Schema([TensorSpec(np.dtype("int8"), (-1,))]).pandas_types()': "use numpy_types",
    'ParamSpec("a", "long", 1.5)': "Parameter 'a' is 1.5.* float to long.*fraction is not cut",
    'ParamSpec("a", "string", 1)': "Parameter 'a' is 1.* int to string",
    'ParamSpec("a", "boolean", 1)': "int to boolean",
    'ParamSpec("a", "long", True)': "bool to long",
    'ParamSpec("a", "long", [1, 2])': "list to long",
    'ParamSpec("a", "long", 1, (-1,))': "int to a list of long",
    'ParamSpec("a", "long", [1, 2], (2,))': r"expected None for one value .* \(-1,\)",
    'ParamSpec("a", "datetime", "xx")': "ISO 8601",
    'ParamSpec("a", "binary", b"x")': "Pass bytes as base64",
    'ParamSpec("a", "nope", 1)': "Unsupported type 'nope'",
    'ParamSpec("a", Array("long"), [1])': r"has the type Array\(long\)",
    'ParamSpec("a", Object([Property("x", "long")]), {"x": "s"})': "str to .*its key 'x'",
    'ParamSpec("a", Object([Property("x", "long")]), None)': "expected a dictionary",
    'ParamSpec("a", Object([Property("x", "long")]), {"x": 1}, (-1,))': "expected None for one value or an object",
    'ParamSchema([ParamSpec("a", "long", 1), ParamSpec("a", "long", 1)])': r"Duplicated parameters .*\['a'\]",
    'ParamSchema("x")': "list of ParamSpec",
    """Schema.from_json('[{"type": "nope"}]')""": "Unsupported type 'nope'",
    """Schema.from_json('{"type": "long"}')""": "JSON list of objects",
    """Schema.from_json('[{"name": "a"}]')""": "Missing key 'type'",
    "Schema.from_json('[]')": "empty inputs",
    "Schema.from_json('[')": "JSON in a text",
    "Schema.from_json([])": "JSON in a text",
    """Schema.from_json('[{"type": "tensor", "tensor-spec": {"dtype": "nope", "shape": [-1]}}]')""": "one of NumPy's",
    """Schema.from_json('[{"type": "tensor"}]')""": "'tensor-spec' with 'dtype' and 'shape'",
    """Schema.from_json('[{"type": "array"}]')""": "Missing key 'items'",
    """Schema.from_json('[{"type": "array", "items": "long"}]')""": "Missing key 'type'",
    """Schema.from_json('[{"type": "object", "properties": []}]')""": "names with types",
    """ParamSchema.from_json('[{"name": "a"}]')""": "'name', 'type' and 'default'",
    'Array.from_json_dict(type="map", values={"type": "long"})': "describes Map.*expected Array",
    "Property.from_json_dict(a={}, b={})": "one name with its type",
}


@pytest.mark.parametrize("expression", REFUSED)
def test_what_is_no_schema_says_why(expression: str) -> None:
    with pytest.raises(InvalidParameter, match=REFUSED[expression]):
        evaluated(expression, OURS)


def test_the_json_of_old_and_of_new_versions_is_read() -> None:
    assert ParamSchema.from_json('[{"name": "a", "dtype": "long", "default": 1, "shape": null}]') == ParamSchema(
        [ParamSpec("a", "long", 1)]  # type: ignore[arg-type] # the name of a type is one, as in MLflow
    )
    # A key that some later version writes.
    assert Schema.from_json('[{"type": "double", "name": "a", "unit": "m"}]') == Schema([ColSpec(DataType.double, "a")])


def test_columns_below_others_have_tuples_as_names() -> None:
    schema = Schema([ColSpec(DataType.double, ("a", "b"))])
    assert schema.to_json() == '[{"type": "double", "name": ["a", "b"], "required": true}]'
    assert Schema.from_json(schema.to_json()).input_names() == [("a", "b")]


def test_types_that_nest_without_end_are_refused() -> None:
    depth = MAX_DEPTH + 2
    text = '[{"type": ' + '"array", "items": {"type": ' * depth + '"long"' + "}" * depth + "}]"
    with pytest.raises(InvalidParameter, match="nest deeper"):
        Schema.from_json(text)
    with pytest.raises(InvalidParameter, match="JSON in a text"):
        Schema.from_json("[" * 100_000)


def test_a_schema_does_not_change() -> None:
    given_columns = [ColSpec(DataType.long, "a")]
    schema = Schema(list(given_columns))
    with pytest.raises(AttributeError):
        schema.inputs = []  # type: ignore[misc] # the mistake under test
    with pytest.raises(AttributeError):
        schema.inputs[0].name = "b"  # type: ignore[misc] # the mistake under test
    assert schema.inputs == given_columns
