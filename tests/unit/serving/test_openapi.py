"""The OpenAPI document describes what the model takes."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import numpy as np
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from kiseki.models.signature import ModelSignature
from kiseki.serving.openapi import document
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
    TensorSpec,
)

COLUMNS = ModelSignature(
    Schema(
        [
            ColSpec(DataType.double, "x"),
            ColSpec(DataType.long, "n"),
            ColSpec(DataType.string, "s", required=False),
            ColSpec(DataType.binary, "b"),
            ColSpec(DataType.datetime, "t"),
            ColSpec(DataType.boolean, "f"),
            ColSpec(Array(DataType.float), "a"),
            ColSpec(Map(DataType.integer), "m"),
            ColSpec(Object([Property("p", DataType.string), Property("q", DataType.long, required=False)]), "o"),
            ColSpec(AnyType(), "any", required=False),
        ]
    ),
    Schema([ColSpec(DataType.double, "y")]),
    ParamSchema([ParamSpec("k", DataType.double, 0.5), ParamSpec("stops", DataType.string, ["a"], (-1,))]),
)
ROW: dict[str, Any] = {
    "x": 1.5,
    "n": 2,
    "s": None,
    "b": "YWI=",
    "t": "2026-01-01T00:00:00",
    "f": True,
    "a": [1.0],
    "m": {"z": 1},
    "o": {"p": "text"},
    "any": [1, "a"],
}
SIGNATURES = {
    "columns": COLUMNS,
    "no names": ModelSignature(
        Schema([ColSpec(DataType.double), ColSpec(DataType.string)]), Schema([ColSpec(DataType.long)])
    ),
    "tensor": ModelSignature(
        Schema([TensorSpec(np.dtype("float32"), (-1, 2))]), Schema([TensorSpec(np.dtype("int64"), (-1,))])
    ),
    "tensors": ModelSignature(
        Schema([TensorSpec(np.dtype("float32"), (-1, 2), "a"), TensorSpec(np.dtype("str"), (-1,), "b")]),
        Schema([TensorSpec(np.dtype("float32"), (-1, 2), "c")]),
    ),
    "outputs alone": ModelSignature(outputs=Schema([ColSpec(DataType.double)])),
    "none": None,
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_it_is_valid(name: str) -> None:
    found = json.loads(json.dumps(document(SIGNATURES[name], '{"inputs": [1]}', "a model")))
    OpenAPIV31SpecValidator(found).validate()
    assert found["info"]["title"] == "a model"
    assert set(found["paths"]) == {"/invocations", "/ping", "/health", "/version", "/metrics", "/openapi.json"}


def request_schema(signature: ModelSignature | None) -> Any:
    content = document(signature, None, "m")["paths"]["/invocations"]["post"]["requestBody"]["content"]
    return content["application/json"]["schema"]


def accepts(signature: ModelSignature | None, request: Any) -> bool:
    return bool(jsonschema.Draft202012Validator(request_schema(signature)).is_valid(request))


@pytest.mark.parametrize(
    ("request_", "accepted"),
    [
        ({"dataframe_split": {"columns": list(ROW), "data": [list(ROW.values())]}}, True),
        ({"dataframe_split": {"data": [list(ROW.values())[:-1]]}}, False),
        ({"dataframe_records": [ROW]}, True),
        ({"dataframe_records": [{**ROW, "x": None}]}, False),
        ({"dataframe_records": [{**ROW, "n": 1.5}]}, False),
        ({"dataframe_records": [{name: value for name, value in ROW.items() if name != "n"}]}, False),
        ({"dataframe_records": [{name: value for name, value in ROW.items() if name != "s"}]}, True),
        ({"dataframe_records": [{**ROW, "o": {"q": 1}}]}, False),
        ({"instances": [ROW, ROW]}, True),
        ({"inputs": {name: [value] for name, value in ROW.items()}}, True),
        ({"inputs": {name: [value] for name, value in ROW.items()}, "params": {"k": 1, "stops": ["b"]}}, True),
        ({"inputs": {name: [value] for name, value in ROW.items()}, "params": {"k": "one"}}, False),
        ({"other": 1}, False),
    ],
)
def test_it_describes_tables(request_: Any, accepted: bool) -> None:
    assert accepts(COLUMNS, request_) is accepted


@pytest.mark.parametrize(
    ("name", "request_", "accepted"),
    [
        ("tensor", {"inputs": [[1.0, 2.0], [3.0, 4.0]]}, True),
        ("tensor", {"instances": [[1.0, 2.0]]}, True),
        ("tensor", {"inputs": [[1.0, 2.0, 3.0]]}, False),
        ("tensor", {"inputs": [["a", "b"]]}, False),
        ("tensors", {"inputs": {"a": [[1.0, 2.0]], "b": ["x"]}}, True),
        ("tensors", {"inputs": {"a": [[1.0, 2.0]]}}, False),
        ("tensors", {"instances": [{"a": [1.0, 2.0], "b": "x"}]}, True),
        ("tensors", {"instances": [{"a": [[1.0, 2.0]], "b": "x"}]}, False),
    ],
)
def test_it_describes_tensors(name: str, request_: Any, accepted: bool) -> None:
    assert accepts(SIGNATURES[name], request_) is accepted


def test_params_have_their_defaults() -> None:
    params = request_schema(COLUMNS)["oneOf"][0]["properties"]["params"]
    assert params["properties"]["k"] == {"type": "number", "format": "double", "default": 0.5}
    assert params["properties"]["stops"] == {"type": "array", "items": {"type": "string"}, "default": ["a"]}


def test_answers_are_described() -> None:
    def predictions(signature: ModelSignature | None) -> Any:
        responses = document(signature, None, "m")["paths"]["/invocations"]["post"]["responses"]
        return responses["200"]["content"]["application/json"]["schema"]["properties"]["predictions"]

    assert predictions(COLUMNS) == {
        "type": "array",
        "items": {"type": "object", "properties": {"y": {"type": "number", "format": "double"}}, "required": ["y"]},
    }
    assert predictions(SIGNATURES["no names"]) == {"type": "array", "items": {"type": "integer", "format": "int64"}}
    assert predictions(SIGNATURES["tensor"]) == {"type": "array", "items": {"type": "integer"}}
    assert predictions(None) == {}


def test_the_example_is_told_as_it_was_saved() -> None:
    example = '{"dataframe_split": {"columns": ["x"], "data": [[12345678901234567890]]}}'
    content = document(COLUMNS, example, "m")["paths"]["/invocations"]["post"]["requestBody"]["content"]
    assert content["application/json"]["x-example"] == example
    assert content["application/json"]["example"] == json.loads(example)
    assert set(content) >= {"text/csv", "application/vnd.apache.arrow.stream"}
    tensors = document(SIGNATURES["tensor"], None, "m")["paths"]["/invocations"]["post"]["requestBody"]["content"]
    assert set(tensors) == {"application/json"}


def test_the_signature_is_there_for_the_page() -> None:
    found = document(COLUMNS, None, "m")["x-signature"]
    assert COLUMNS.inputs is not None
    assert found["inputs"] == COLUMNS.inputs.to_dict()
    assert document(None, None, "m")["x-signature"] is None
