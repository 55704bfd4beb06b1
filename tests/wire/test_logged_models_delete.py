"""DELETE /api/2.0/mlflow/logged-models/{model_id}, and what kiseki has beside it: restoring."""

from __future__ import annotations

import mlflow
import pytest
from mlflow.exceptions import RestException

from tests.wire.server import INVALID, MISSING, Server, metric

NOBODY = "m-" + "0" * 32


def test_the_client_deletes_a_model(client: mlflow.MlflowClient, experiment: str) -> None:
    model, other = client.create_logged_model(experiment, "x"), client.create_logged_model(experiment, "y")
    client.delete_logged_model(model.model_id)
    with pytest.raises(RestException, match="not found"):
        client.get_logged_model(model.model_id)
    assert [one.name for one in client.search_logged_models([experiment])] == ["y"]
    assert client.get_logged_model(other.model_id).name == "y"


@pytest.mark.differs(reason="MLflow changes the time of the last change")
def test_deleting_again_changes_nothing(server: Server, experiment: str) -> None:
    model_id = server.new_model(experiment)
    found = []
    for _ in range(2):
        assert server.delete(f"logged-models/{model_id}").ok() == {}
        found.append(server.get(f"logged-models/{model_id}", allow_deleted="true").ok())
    assert found[0] == found[1]


def test_an_unknown_model_is_not_found(server: Server) -> None:
    server.delete(f"logged-models/{NOBODY}").refused(MISSING, NOBODY)


@pytest.mark.differs(reason="MLflow stores it")
def test_a_deleted_model_takes_no_metrics(server: Server, experiment: str, run: str) -> None:
    model_id = server.new_model(experiment)
    server.delete(f"logged-models/{model_id}").ok()
    server.post("runs/log-metric", {"run_id": run, "model_id": model_id, **metric("m")}).refused(MISSING, model_id)
    assert server.metrics(run) == {}


def test_a_run_that_is_deleted_leaves_its_models(server: Server, experiment: str, run: str) -> None:
    model_id = server.new_model(experiment, source_run_id=run)
    server.post("runs/delete", run_id=run).ok()
    assert server.model(model_id)["info"]["source_run_id"] == run


@pytest.mark.differs(reason="MLflow leaves the models of a deleted experiment where they are")
def test_models_go_with_their_experiment_and_come_back_with_it(server: Server, experiment: str) -> None:
    model_id = server.new_model(experiment)
    server.post("experiments/delete", experiment_id=experiment).ok()
    server.get(f"logged-models/{model_id}").refused(MISSING, model_id, "trash")
    assert server.post("logged-models/search", experiment_ids=[experiment]).ok() == {}
    server.post("experiments/restore", experiment_id=experiment).ok()
    assert server.model(model_id)["info"]["model_id"] == model_id


@pytest.mark.differs(reason="MLflow has no way back")
def test_restoring(server: Server, experiment: str) -> None:
    model_id = server.new_model(experiment, name="x")
    server.delete(f"logged-models/{model_id}").ok()
    for _ in range(2):
        assert server.native("logged-models/restore", model_id=model_id).ok() == {}
        assert server.model(model_id)["info"]["name"] == "x"
    server.native("logged-models/restore", model_id=NOBODY).refused(MISSING, NOBODY)
    server.native("logged-models/restore", {}).refused(INVALID, "model_id")
    server.delete(f"logged-models/{model_id}").ok()
    server.post("experiments/delete", experiment_id=experiment).ok()
    server.native("logged-models/restore", model_id=model_id).refused(INVALID, "active", "deleted")
