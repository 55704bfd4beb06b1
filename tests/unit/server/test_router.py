"""Which endpoint a path has, and what the names in it stand for."""

from __future__ import annotations

import re
from types import ModuleType

import msgspec
import pytest

from kiseki.base.errors import EndpointNotFound, InvalidParameter, MethodNotAllowed
from kiseki.server.app import _MODULES
from kiseki.server.router import Router, named
from kiseki.wire.routes import BY_NAME, ENDPOINTS

MODELS = "/api/2.0/mlflow/logged-models"


@pytest.fixture(scope="module")
def router() -> Router:
    return Router(_MODULES)


def test_every_path_leads_to_its_endpoint(router: Router) -> None:
    for endpoint in ENDPOINTS:
        given = {name: f"the-{name}" for name in endpoint.names}
        for path in endpoint.paths:
            filled = re.sub(r"{(\w+)}", r"the-\1", path)
            for method in endpoint.methods:
                route, names = router.find(method, filled)
                assert (route.endpoint.name, names) == (endpoint.name, given)


@pytest.mark.parametrize(
    ("method", "path", "endpoint", "names"),
    [
        ("GET", f"{MODELS}/m-1", "logged_models.get", {"model_id": "m-1"}),
        ("GET", f"{MODELS}/search/", "logged_models.get", {"model_id": "search/"}),
        ("POST", f"{MODELS}/search", "logged_models.search", {}),
        ("POST", f"{MODELS}/search/params", "logged_models.log_params", {"model_id": "search"}),
        ("DELETE", f"{MODELS}/m-1/tags/a/b", "logged_models.delete_tag", {"model_id": "m-1", "tag_key": "a/b"}),
        ("DELETE", f"{MODELS}/m-1/tags/tags/x", "logged_models.delete_tag", {"model_id": "m-1", "tag_key": "tags/x"}),
        ("PATCH", f"{MODELS}/日本/tags", "logged_models.set_tags", {"model_id": "日本"}),
        ("GET", f"{MODELS}/a\nb", "logged_models.get", {"model_id": "a\nb"}),
        ("PUT", "/api/2.0/mlflow-artifacts/artifacts/a/b c/d", "proxy.put", {"path": "a/b c/d"}),
        ("GET", "/models/m-1/x", "ui.model", {"path": "m-1/x"}),
    ],
)
def test_names(router: Router, method: str, path: str, endpoint: str, names: dict[str, str]) -> None:
    route, found = router.find(method, path)
    assert (route.endpoint.name, found) == (endpoint, names)


@pytest.mark.parametrize("path", ["", "/x", f"{MODELS}/", f"{MODELS}x", "/api/2.0/mlflow-artifacts/artifacts/"])
def test_paths_of_no_endpoint(router: Router, path: str) -> None:
    with pytest.raises(EndpointNotFound, match="openapi"):
        router.find("GET", path)


@pytest.mark.parametrize(
    ("method", "path", "others"),
    [
        ("GET", f"{MODELS}/search", "takes POST"),
        ("DELETE", f"{MODELS}/m-1/params", "takes POST"),
        ("PUT", f"{MODELS}/m-1", "takes DELETE, GET, PATCH"),
        ("get", f"{MODELS}/m-1", "takes DELETE, GET, PATCH"),
    ],
)
def test_methods_that_a_path_does_not_take(router: Router, method: str, path: str, others: str) -> None:
    with pytest.raises(MethodNotAllowed, match=others):
        router.find(method, path)


def test_an_endpoint_needs_one_handler() -> None:
    with pytest.raises(ValueError, match="differ"):
        Router(_MODULES[1:])
    more = ModuleType("more")
    more.READS = {"no.such": None}  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="such"):
        Router([*_MODULES, more])


class Asked(msgspec.Struct, kw_only=True):
    model_id: str = ""
    other: int = 0


def test_a_request_gets_what_its_path_names() -> None:
    assert named(Asked(other=3), {"model_id": "m-1"}) == Asked(model_id="m-1", other=3)
    assert named(Asked(model_id="m-1"), {"model_id": "m-1"}) == Asked(model_id="m-1")
    with pytest.raises(InvalidParameter, match="two values of 'model_id': 'm-1' in its path and 'm-2'"):
        named(Asked(model_id="m-2"), {"model_id": "m-1"})


@pytest.mark.parametrize(
    ("endpoint", "given", "path"),
    [
        ("logged_models.get", {"model_id": "m-1"}, f"{MODELS}/m-1"),
        ("logged_models.set_tags", {"model_id": "a/../b"}, f"{MODELS}/a%2F%2E%2E%2Fb/tags"),
        ("logged_models.delete_tag", {"model_id": "m-1", "tag_key": "a/日.."}, f"{MODELS}/m-1/tags/a/%E6%97%A5%2E%2E"),
        ("logged_models.delete_tag", {"model_id": "m-1", "tag_key": "?#%"}, f"{MODELS}/m-1/tags/%3F%23%25"),
    ],
)
def test_the_path_that_a_client_asks_for(endpoint: str, given: dict[str, str], path: str) -> None:
    assert BY_NAME[endpoint].path_for(given) == path
