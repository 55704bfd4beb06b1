"""GET /api/2.0/mlflow/experiments/get-by-name."""

from __future__ import annotations

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Server, plain_experiment


def test_the_client_finds_an_experiment_by_its_name(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.unique("named")
    created = client.create_experiment(name, tags={"k": "v"})
    found = client.get_experiment_by_name(name)
    assert found is not None
    assert (found.experiment_id, found.name, found.tags) == (created, name, {"k": "v"})
    assert client.get_experiment_by_name(server.unique("nobody")) is None


@pytest.mark.parametrize("suffix", ["", " with space", " + & ? # %", " 軌跡", "'; --", "%_"])
def test_the_answer_is_that_of_get(server: Server, suffix: str) -> None:
    name = server.unique("same") + suffix
    created = server.new_experiment(name=name, tags=[{"key": "k", "value": "v"}])
    found = server.get("experiments/get-by-name", experiment_name=name).ok()
    assert list(found) == ["experiment"]
    assert plain_experiment(found["experiment"]) == server.experiment(created)


def test_a_deleted_experiment_is_found(server: Server, experiment: str) -> None:
    name = server.experiment(experiment)["name"]
    server.post("experiments/delete", experiment_id=experiment).ok()
    found = server.get("experiments/get-by-name", experiment_name=name).ok()["experiment"]
    assert (found["experiment_id"], found["lifecycle_stage"]) == (experiment, "deleted")


def test_the_name_is_matched_as_a_whole_and_by_case(server: Server) -> None:
    name = server.unique("exact")
    server.new_experiment(name=name)
    for other in (name[:-1], name.upper(), name + " ", "%", name[:-1] + "_"):
        server.get("experiments/get-by-name", experiment_name=other).refused(
            MISSING, f"Could not find experiment with name '{other}'"
        )


@pytest.mark.parametrize("query", [{}, {"experiment_name": ""}])
def test_the_name_is_required(server: Server, query: dict[str, str]) -> None:
    server.get("experiments/get-by-name", query).refused(
        INVALID, "Missing value for required parameter 'experiment_name'"
    )
