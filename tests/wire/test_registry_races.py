"""Changes of one registered model by 32 clients at once: what is there in the end is what the last of them did."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import mlflow
import pytest

from tests.wire.server import NATIVE, Json, Response, Server

CLIENTS = 32


def at_once(calls: Sequence[Callable[[], Response]]) -> list[Response]:
    with ThreadPoolExecutor(CLIENTS) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def history(server: Server, name: str, kind: str) -> list[Json]:
    """All moves of a kind, the first one first."""
    query = {"name": name, "kind": kind, "max_results": 1000}
    answer = server.request("GET", f"{NATIVE}registry/moves", query=query).ok()
    return list(reversed(answer.get("moves", [])))


def test_new_versions_get_numbers_of_their_own(server: Server) -> None:
    name = server.new_registered_model()
    fields = {"name": name, "source": "s3://bucket/model"}
    made = at_once([lambda: server.post("model-versions/create", fields)] * (2 * CLIENTS))
    numbers = sorted(int(one.ok()["model_version"]["version"]) for one in made)
    assert numbers == list(range(1, 2 * CLIENTS + 1))


def test_one_model_of_a_name(server: Server) -> None:
    name = server.unique("model")
    made = at_once([lambda: server.post("registered-models/create", name=name)] * CLIENTS)
    assert sorted(one.status for one in made) == [200, *[400] * (CLIENTS - 1)]
    assert {one.json()["error_code"] for one in made if one.status == 400} == {"RESOURCE_ALREADY_EXISTS"}


@pytest.mark.differs(reason="MLflow keeps no history")
def test_an_alias_is_where_the_last_move_left_it(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model()
    versions = [server.new_version(name) for _ in range(5)]
    wanted = [random.Random(i).choice(versions) for i in range(4 * CLIENTS)]
    answers = at_once(
        [
            lambda version=version: server.post("registered-models/alias", name=name, alias="a", version=version)  # type: ignore[misc]
            for version in wanted
        ]
    )
    assert {one.status for one in answers} == {200}
    moves = history(server, name, "alias")
    assert [move["before"] for move in moves] == ["", *(move["after"] for move in moves[:-1])]
    assert client.get_model_version_by_alias(name, "a").version == moves[-1]["after"]
    assert sum("a" in client.get_model_version(name, version).aliases for version in versions) == 1


@pytest.mark.differs(reason="MLflow leaves several versions in a stage")
def test_one_version_is_in_production(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.new_registered_model()
    versions = [server.new_version(name) for _ in range(5)]
    answers = at_once(
        [
            lambda version=version: server.post(  # type: ignore[misc]
                "model-versions/transition-stage",
                name=name,
                version=version,
                stage="Production",
                archive_existing_versions=True,
            )
            for version in [random.Random(i).choice(versions) for i in range(4 * CLIENTS)]
        ]
    )
    assert {one.status for one in answers} == {200}
    there = [version for version in versions if client.get_model_version(name, version).current_stage == "Production"]
    last = [move for move in history(server, name, "stage") if move["after"] == "Production"][-1]
    assert there == [last["target"]]
    now = dict.fromkeys(versions, "None")
    for move in history(server, name, "stage"):
        assert now[move["target"]] == move["before"]
        now[move["target"]] = move["after"]


@pytest.mark.differs(reason="MLflow deletes the alias with the version")
def test_a_version_is_deleted_or_pointed_to(server: Server, client: mlflow.MlflowClient) -> None:
    for _ in range(8):
        name = server.new_registered_model()
        server.new_version(name)
        calls = [
            lambda: server.post("registered-models/alias", name=name, alias="a", version="1"),  # noqa: B023
            lambda: server.ask("DELETE", "model-versions/delete", name=name, version="1"),  # noqa: B023
        ]
        pointed, deleted = at_once(calls)
        assert (pointed.status, deleted.status) in ((200, 409), (404, 200))
        assert client.get_registered_model(name).aliases == ({"a": "1"} if pointed.status == 200 else {})


@pytest.mark.differs(reason="MLflow has no approval")
def test_a_move_is_approved_once(server: Server) -> None:
    name = server.new_registered_model()
    server.new_version(name)
    server.native("registry/rules", name=name, rules={"approved_aliases": ["a"]}).ok()
    asked = server.ask("POST", f"{NATIVE}registry/moves", user="ann", name=name, alias="a", version="1").ok()["move"]
    path, number = f"{NATIVE}registry/moves/approve", asked["number"]
    answers = at_once([lambda: server.ask("POST", path, user="bob", name=name, number=number)] * CLIENTS)
    assert sorted(one.status for one in answers) == [200, *[409] * (CLIENTS - 1)]
    assert [move["status"] for move in history(server, name, "alias")] == ["DONE"]
