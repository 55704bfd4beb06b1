"""The OpenAPI document of all endpoints, made from the structs of the wire."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from kiseki.__about__ import __version__
from kiseki.wire.routes import ENDPOINTS, Endpoint
from kiseki.wire.server import Error


@lru_cache(maxsize=1)
def document() -> bytes:
    """The document as JSON, OpenAPI 3.1. Each endpoint stands under the path that clients use."""
    # What is read from a query stands there as its parameters.
    bodies = {one.request for one in ENDPOINTS if not one.in_query and set(one.methods) - {"GET", "HEAD"}}
    structs = {kind for kind in (*bodies, *(one.response for one in ENDPOINTS), Error) if kind is not None}
    ordered = sorted(structs, key=lambda kind: (kind.__module__, kind.__name__))
    schemas, components = msgspec.json.schema_components(ordered, ref_template="#/components/schemas/{name}")
    references = dict(zip(ordered, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in ENDPOINTS:
        for method in endpoint.methods:
            paths.setdefault(endpoint.paths[0], {})[method.lower()] = _operation(endpoint, method, references)
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "kiseki",
                "version": __version__,
                "description": "MLflow's REST API and kiseki's own. Errors are JSON with an error_code and a message.",
            },
            "paths": paths,
            "components": {"schemas": components},
        }
    )


def _operation(endpoint: Endpoint, method: str, references: dict[type[msgspec.Struct], Any]) -> dict[str, Any]:
    error = {"description": "An error", "content": {"application/json": {"schema": references[Error]}}}
    success: dict[str, Any] = {"description": "Success"}
    if endpoint.response is not None:
        success["content"] = {"application/json": {"schema": references[endpoint.response]}}
    operation: dict[str, Any] = {
        "operationId": endpoint.name if method == endpoint.methods[0] else f"{endpoint.name}.{method.lower()}",
        "summary": endpoint.summary,
        "tags": [endpoint.name.partition(".")[0]],
        "responses": {"200": success, "default": error},
        "x-kiseki-permission": endpoint.permission.value,
    }
    names = endpoint.names
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
    ]
    if endpoint.request is not None:
        if method in ("GET", "HEAD") or endpoint.in_query:
            for field in msgspec.structs.fields(endpoint.request):
                if field.encode_name in names:
                    continue
                kinds, definitions = msgspec.json.schema_components([field.type])
                assert not definitions
                parameters.append(
                    {"name": field.encode_name, "in": "query", "required": field.required, "schema": kinds[0]}
                )
        else:
            operation["requestBody"] = {
                "required": True,
                "content": {"application/json": {"schema": references[endpoint.request]}},
            }
    if method == "PUT":
        operation["requestBody"] = {"required": True, "content": {"application/octet-stream": {}}}
    if parameters:
        operation["parameters"] = parameters
    return operation
