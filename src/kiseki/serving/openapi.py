"""The OpenAPI document of a scoring server, made from the signature and the input example of its model."""

from __future__ import annotations

import json
from typing import Any, Final

from kiseki.__about__ import __version__
from kiseki.models.arrow_tables import ARROW_STREAM, PARQUET
from kiseki.models.payload import CSV, JSON
from kiseki.models.signature import ModelSignature
from kiseki.serving import schemas
from kiseki.serving.schemas import JsonSchema
from kiseki.types.schema import Schema
from kiseki.types.specs import TensorSpec

_ERROR: Final[JsonSchema] = {
    "type": "object",
    "properties": {"error_code": {"type": "string"}, "message": {"type": "string"}},
    "required": ["error_code", "message"],
}
_REFUSALS: Final = {
    "400": "The body cannot be read, is not what the signature asks for, or the model failed on it.",
    "413": "The body is longer than the server takes.",
    "415": "The content type is none of those above.",
    "429": "Too many requests wait. Ask again after the time in Retry-After.",
    "503": "Predictions do not end; the server should be restarted.",
    "504": "The model did not answer in time.",
}


def document(signature: ModelSignature | None, example: str | None, name: str) -> dict[str, Any]:
    """The document, OpenAPI 3.1.

    Args:
        signature: The model's; None when it has none.
        example: The JSON body of a request that the model answers.
        name: What the model is called.
    """
    return {
        "openapi": "3.1.0",
        "info": {"title": name, "version": __version__, "description": "A model, served by kiseki."},
        "paths": {
            "/invocations": {"post": _invocations(signature, example)},
            "/ping": {"get": _simple("ping", "Whether the model is loaded and answers.", JSON)},
            "/health": {"get": _simple("health", "The same as /ping.", JSON)},
            "/version": {"get": _simple("version", "The version of MLflow's protocol that is spoken.", "text/plain")},
            "/metrics": {"get": _simple("metrics", "What the server counts, for Prometheus.", "text/plain")},
            "/openapi.json": {"get": _simple("openapi", "This document.", JSON)},
        },
        "components": {"schemas": {"Error": _ERROR}},
        "x-signature": None if signature is None else _described(signature),
    }


def _described(signature: ModelSignature) -> dict[str, Any]:
    """The signature as an MLmodel has it, for the page on which people try the model."""
    parts = {"inputs": signature.inputs, "outputs": signature.outputs, "params": signature.params}
    return {name: None if part is None else part.to_dict() for name, part in parts.items()}


def _invocations(signature: ModelSignature | None, example: str | None) -> dict[str, Any]:
    inputs = None if signature is None else signature.inputs
    outputs = None if signature is None or signature.outputs is None else schemas.of_predictions(signature.outputs)
    body: dict[str, Any] = {"schema": _body(signature)}
    if example is not None:
        body["example"] = json.loads(example)
        # As it was saved: a reader of JSON may round its numbers.
        body["x-example"] = example
    content: dict[str, Any] = {JSON: body}
    if inputs is None or not inputs.is_tensor_spec():
        content |= {kind: {} for kind in (CSV, PARQUET, ARROW_STREAM)}
    predictions = {"type": "object", "properties": {"predictions": outputs or {}}, "required": ["predictions"]}
    refused = {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {
        "operationId": "invocations",
        "summary": "Predictions for rows of data.",
        "requestBody": {"required": True, "content": content},
        "responses": {
            "200": {
                "description": "What the model answers.",
                "content": {JSON: {"schema": predictions}, ARROW_STREAM: {}},
            },
            **{status: {"description": why, "content": refused} for status, why in _REFUSALS.items()},
        },
    }


def _body(signature: ModelSignature | None) -> JsonSchema:
    """The forms that a JSON body can have: one field with the data, and the params."""
    inputs = None if signature is None else signature.inputs
    forms = _forms(inputs)
    params = None if signature is None or signature.params is None else schemas.of_params(signature.params)
    return {
        "oneOf": [
            {
                "type": "object",
                "properties": {field: data, **({} if params is None else {"params": params})},
                "required": [field],
            }
            for field, data in forms.items()
        ]
    }


def _forms(inputs: Schema | None) -> dict[str, JsonSchema]:
    if inputs is None:
        return {"dataframe_split": {}, "dataframe_records": {}, "instances": {}, "inputs": {}}
    if inputs.is_tensor_spec():
        tensors = [spec for spec in inputs.inputs if isinstance(spec, TensorSpec)]
        if not inputs.has_input_names():
            whole = schemas.of_tensor(tensors[0])
            return {"instances": whole, "inputs": whole}
        by_name = {str(spec.name): schemas.of_tensor(spec) for spec in tensors}
        one = {name: tensor.get("items", tensor) for name, tensor in by_name.items()}
        return {
            "inputs": {"type": "object", "properties": by_name, "required": list(by_name)},
            "instances": {"type": "array", "items": {"type": "object", "properties": one, "required": list(one)}},
        }
    record, row = schemas.of_record(inputs), schemas.of_row(inputs)
    names = [str(name) for name in inputs.input_names()]
    columns = {
        **record,
        "properties": {name: {"type": "array", "items": cell} for name, cell in record["properties"].items()},
    }
    return {
        "dataframe_split": {
            "type": "object",
            "properties": {
                "columns": {"type": "array", "items": {"type": "string"}, "default": names},
                "data": {"type": "array", "items": row},
            },
            "required": ["data"],
        },
        "dataframe_records": {"type": "array", "items": record},
        "instances": {"type": "array", "items": record},
        "inputs": columns,
    }


def _simple(name: str, summary: str, media_type: str) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "responses": {"200": {"description": "Success", "content": {media_type: {}}}},
    }
