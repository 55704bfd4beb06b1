"""Each endpoint of the model registry has a file of tests that says so in its first line."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

import pytest

from kiseki.wire.routes import ENDPOINTS, Endpoint

WIRE: Final = Path(__file__).parents[1] / "wire"
REGISTRY: Final = ("registered_models.", "model_versions.", "moves.", "lineage.", "webhooks.")


@pytest.mark.parametrize(
    "endpoint", [one for one in ENDPOINTS if one.name.startswith(REGISTRY)], ids=lambda one: str(one.name)
)
def test_each_endpoint_has_a_file(endpoint: Endpoint) -> None:
    file = WIRE / f"test_{endpoint.name.replace('.', '_')}.py"
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert endpoint.path.partition("{")[0].rstrip("/") in (ast.get_docstring(tree) or "")
    assert any(isinstance(one, ast.FunctionDef) and one.name.startswith("test_") for one in tree.body)
