"""GET /api/2.0/mlflow/experiments/get."""

from __future__ import annotations

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Server


def test_the_client_reads_an_experiment(server: Server, client: mlflow.MlflowClient) -> None:
    name = server.unique("read")
    created = client.create_experiment(name, tags={"k": "v"})
    found = client.get_experiment(created)
    assert (found.experiment_id, found.name, found.lifecycle_stage, found.tags) == (created, name, "active", {"k": "v"})
    assert found.artifact_location == f"mlflow-artifacts:/{created}"
    assert found.creation_time == found.last_update_time


def test_the_default_experiment_exists_from_the_start(server: Server) -> None:
    stored = server.experiment("0")
    assert stored == {
        "experiment_id": "0",
        "name": "Default",
        "artifact_location": "mlflow-artifacts:/0",
        "lifecycle_stage": "active",
        "last_update_time": stored["last_update_time"],
        "creation_time": stored["creation_time"],
    }


def test_a_deleted_experiment_can_be_read(server: Server, experiment: str) -> None:
    server.post("experiments/delete", experiment_id=experiment).ok()
    assert server.experiment(experiment)["lifecycle_stage"] == "deleted"


@pytest.mark.parametrize("query", [{}, {"experiment_id": ""}])
def test_the_id_is_required(server: Server, query: dict[str, str]) -> None:
    server.get("experiments/get", query).refused(INVALID, "Missing value for required parameter 'experiment_id'")


def test_an_unknown_id_is_not_found(server: Server) -> None:
    server.get("experiments/get", experiment_id="99999999").refused(MISSING, "No Experiment with id=99999999 exists")
    server.get("experiments/get", experiment_id="-1").rejected("-1")


@pytest.mark.parametrize("text", ["abc", "0x1", "1.5", "1e3", "--1", "1;drop"])
def test_an_id_that_is_no_number_is_refused(server: Server, text: str) -> None:
    server.get("experiments/get", experiment_id=text).refused(INVALID, "Invalid experiment ID", text, "valid integer")


@pytest.mark.differs(reason="MLflow answers 500 to a number that does not fit into 64 bits")
def test_a_huge_id_is_a_mistake_of_the_caller(server: Server) -> None:
    server.get("experiments/get", experiment_id="1" * 64).rejected()
