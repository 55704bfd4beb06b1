"""The OpenAPI document says what there is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from kiseki.server import openapi
from kiseki.wire.routes import ENDPOINTS, Endpoint

DOCUMENT: dict[str, Any] = json.loads(openapi.document())


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref":
                yield inner
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_the_frame() -> None:
    assert re.fullmatch(r"3\.1\.\d", DOCUMENT["openapi"])
    assert set(DOCUMENT) == {"openapi", "info", "paths", "components"}
    assert set(DOCUMENT["info"]) >= {"title", "version"}
    assert openapi.document() == openapi.document()


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_each_endpoint_is_in_it(endpoint: Endpoint) -> None:
    for method in endpoint.methods:
        operation = DOCUMENT["paths"][endpoint.paths[0]][method.lower()]
        assert operation["summary"] == endpoint.summary
        assert operation["x-kiseki-permission"] == endpoint.permission.value
        parameters = {one["name"]: one for one in operation.get("parameters", [])}
        in_query = method in ("GET", "HEAD") or endpoint.in_query
        fields = (
            {}
            if endpoint.request is None
            else {one.encode_name: one for one in msgspec.structs.fields(endpoint.request)}
        )
        expected = set(fields) if in_query else set()
        assert set(parameters) == expected | set(endpoint.names)
        for name, field in fields.items() if in_query else ():
            if name in endpoint.names:
                continue
            assert (parameters[name]["in"], parameters[name]["required"]) == ("query", field.required)
        assert ("requestBody" in operation) == (method == "PUT" or (not in_query and endpoint.request is not None))
        success = operation["responses"]["200"]
        assert ("content" in success) == (endpoint.response is not None)


def test_there_is_nothing_else() -> None:
    expected = {(endpoint.paths[0], method.lower()) for endpoint in ENDPOINTS for method in endpoint.methods}
    assert {(path, method) for path, method, _ in operations()} == expected


def test_operations_have_ids_of_their_own_and_the_one_error() -> None:
    found = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(found)) == len(found)
    errors = [
        operation["responses"]["default"]["content"]["application/json"]["schema"] for _, _, operation in operations()
    ]
    assert errors == [{"$ref": "#/components/schemas/Error"}] * len(errors)


def test_paths_have_the_parameters_that_they_name() -> None:
    for path, _, operation in operations():
        named = set(re.findall(r"\{(\w+)\}", path))
        given = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
        assert given == named, path
        assert all(one["required"] for one in operation.get("parameters", []) if one["in"] == "path")


def test_every_reference_leads_to_a_schema_and_every_schema_is_used() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    used = {reference.removeprefix("#/components/schemas/") for reference in references(DOCUMENT)}
    assert used <= set(schemas)
    # Two structs of one name would be told apart by the names of their modules.
    assert all(re.fullmatch(r"\w+", name) for name in schemas), sorted(schemas)
    assert used == set(schemas)


def test_schemas_have_types() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        assert schema["type"] == "object", name
        assert set(schema.get("required", [])) <= set(schema["properties"]), name
        assert schema.get("description"), name
