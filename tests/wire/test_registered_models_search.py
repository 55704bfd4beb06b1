"""GET /api/2.0/mlflow/registered-models/search."""

from __future__ import annotations

import time
from typing import Any

import mlflow
import pytest

from tests.wire.server import INVALID, Server, pairs

ENDPOINT = "registered-models/search"
PROMPT = "mlflow.prompt.is_prompt"


@pytest.fixture
def names(server: Server) -> list[str]:
    """Six models of one fresh word, by name."""
    word = server.unique("s")
    made = [f"{word}-{i}" for i in range(6)]
    for i in (3, 1, 5, 0, 2, 4):
        tags = pairs(parity="odd" if i % 2 else "even", **({"own": str(i)} if i < 2 else {}))
        server.post("registered-models/create", name=made[i], tags=tags).ok()
        time.sleep(0.002)  # They are sorted by milliseconds.
    return made


def found(server: Server, word: str, filter_string: str = "", **query: Any) -> list[str]:
    """The last letters of the names that a filter finds among those of a word."""
    both = f"name LIKE '{word}%'" + (f" AND {filter_string}" if filter_string else "")
    models = server.get(ENDPOINT, {"filter": both, **query}).ok().get("registered_models", [])
    return [model["name"][-1] for model in models]


def test_the_client_searches_by_name(server: Server, client: mlflow.MlflowClient, names: list[str]) -> None:
    word = names[0][:-2]
    page = client.search_registered_models(f"name LIKE '{word}%'", max_results=4)
    assert [model.name for model in page] == names[:4]
    rest = client.search_registered_models(f"name LIKE '{word}%'", max_results=4, page_token=page.token)
    assert ([model.name for model in rest], rest.token or None) == (names[4:], None)
    assert [model.name for model in client.search_registered_models(f"name = '{names[2]}'")] == [names[2]]
    assert [model.tags for model in client.search_registered_models(f"name = '{names[1]}'")] == [
        {"own": "1", "parity": "odd"}
    ]


def test_models_come_with_what_they_have(server: Server, client: mlflow.MlflowClient, names: list[str]) -> None:
    for _ in range(2):
        server.new_version(names[0])
    client.set_registered_model_alias(names[0], "a", "1")
    (model,) = client.search_registered_models(f"name = '{names[0]}'")
    assert (model.aliases, [one.version for one in model.latest_versions]) == ({"a": "1"}, ["2"])


@pytest.mark.parametrize(
    ("filter_string", "wanted"),
    [
        ("tags.parity = 'odd'", "135"),
        ("tag.parity = 'odd'", "135"),
        ("tags.`parity` != 'odd'", "024"),
        ("tags.parity LIKE 'ev%'", "024"),
        ("tags.parity ILIKE 'EV%'", "024"),
        ("tags.own = '1'", "1"),
        ("tags.own != '1'", "0"),
        ("tags.nothing = 'x'", ""),
        ("name ILIKE 'S-%'", "012345"),
        ("attribute.name LIKE '%-3'", "3"),
        ("name != 'x' AND tags.parity = 'odd'", "135"),
    ],
)
def test_filters(server: Server, names: list[str], filter_string: str, wanted: str) -> None:
    assert "".join(found(server, names[0][:-2], filter_string)) == wanted


def test_names_in_a_list(server: Server, names: list[str]) -> None:
    assert found(server, names[0][:-2], f"name IN ('{names[1]}', '{names[4]}', 'nope')") == ["1", "4"]
    assert found(server, names[0][:-2], f"name NOT IN ('{names[1]}', '{names[4]}')") == ["0", "2", "3", "5"]


@pytest.mark.differs(reason="MLflow knows no OR, no NOT, and answers 500 to IS NULL")
@pytest.mark.parametrize(
    ("filter_string", "wanted"),
    [
        ("(tags.own = '1' OR name LIKE '%-5')", "15"),
        ("NOT tags.parity = 'odd'", "024"),
        ("tags.own IS NULL", "2345"),
        ("tags.own IS NOT NULL", "01"),
        ("tags.own IN ('0', '7')", "0"),
        ("creation_timestamp > 0", "012345"),
        ("attributes.name LIKE '%-3'", "3"),
    ],
)
def test_filters_of_kiseki_alone(server: Server, names: list[str], filter_string: str, wanted: str) -> None:
    assert "".join(found(server, names[0][:-2], filter_string)) == wanted


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        (["name DESC"], "543210"),
        (["name ASC"], "012345"),
        (["timestamp"], "315024"),
        (["last_updated_timestamp DESC"], "420513"),
    ],
)
def test_orders(server: Server, names: list[str], order: list[str], wanted: str) -> None:
    assert "".join(found(server, names[0][:-2], order_by=order)) == wanted


def test_pages_hold_each_once_in_any_order(server: Server, names: list[str]) -> None:
    word = names[0][:-2]
    for order in ("name DESC", "last_updated_timestamp", "timestamp DESC"):
        seen: list[str] = []
        token = ""
        while True:
            query = {"filter": f"name LIKE '{word}%'", "max_results": 2, "order_by": order, "page_token": token}
            page = server.get(ENDPOINT, query).ok()
            seen += [model["name"] for model in page["registered_models"]]
            token = page.get("next_page_token", "")
            if not token:
                break
        assert sorted(seen) == names


def test_prompts_are_left_out(server: Server, client: mlflow.MlflowClient) -> None:
    word = server.unique("p")
    server.post("registered-models/create", name=f"{word}-p", tags=[{"key": PROMPT, "value": "true"}]).ok()
    server.post("registered-models/create", name=f"{word}-m").ok()
    server.post("registered-models/create", name=f"{word}-n", tags=[{"key": PROMPT, "value": "false"}]).ok()
    assert found(server, word) == ["m", "n"]
    assert found(server, word, f"tags.`{PROMPT}` = 'true'") == ["p"]
    assert found(server, word, f"tag.`{PROMPT}` != 'true'") == ["m", "n"]
    assert found(server, word, f"tags.`{PROMPT}` = 'false'") == ["m", "n"]
    assert [model.name[-1] for model in client.search_registered_models(f"name LIKE '{word}%'")] == ["m", "n"]
    server.post("registered-models/set-tag", name=f"{word}-m", key=PROMPT, value="true").ok()
    server.ask("DELETE", "registered-models/delete-tag", name=f"{word}-p", key=PROMPT).ok()
    assert found(server, word) == ["n", "p"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"filter": "foo = 'x'"}, ["Invalid attribute key 'foo'"]),
        ({"filter": "params.x = '1'"}, ["Invalid entity type 'params'"]),
        ({"filter": "name = A"}, ["quote"]),
        ({"filter": "name = 5"}, ["quoted"]),
        ({"filter": "name > 'A'"}, ["Invalid comparator"]),
        ({"order_by": ["bogus"]}, ["bogus"]),
        ({"order_by": ["tags.a"]}, ["order"]),
        ({"max_results": "x"}, ["max_results"]),
        ({"max_results": 1001}, ["max_results"]),
        ({"page_token": "xx"}, ["page token"]),
    ],
)
def test_what_is_refused(server: Server, query: dict[str, Any], words: list[str]) -> None:
    server.get(ENDPOINT, query).refused(INVALID, *words)


@pytest.mark.differs(reason="MLflow answers 200 with a useless token, and its tokens are not signed")
def test_sizes_and_tokens_of_others(server: Server, names: list[str]) -> None:
    for size in (0, -1):
        server.get(ENDPOINT, max_results=size).refused(INVALID, "max_results", "positive")
    token = server.get(ENDPOINT, filter=f"name LIKE '{names[0][:-2]}%'", max_results=2).ok()["next_page_token"]
    server.get(ENDPOINT, page_token=token).refused(INVALID, "another search")
    server.get(ENDPOINT, page_token="eyJvZmZzZXQiOiAyfQ==").refused(INVALID, "page token")
