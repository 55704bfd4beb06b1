"""POST /api/2.0/mlflow/runs/restore."""

from __future__ import annotations

from typing import Any

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Server, metric


def test_the_client_restores_a_run(server: Server, client: mlflow.MlflowClient, run: str) -> None:
    client.log_metric(run, "m", 2.5)
    before = server.run(run)
    client.delete_run(run)
    client.restore_run(run)
    assert server.run(run) == before
    client.log_metric(run, "m", 3.5, step=1)
    assert server.metrics(run)["m"]["value"] == 3.5


def test_restoring_an_active_run_is_no_mistake(server: Server, run: str) -> None:
    before = server.run(run)
    assert server.post("runs/restore", run_id=run).ok() == {}
    assert server.run(run) == before


def test_a_run_of_a_deleted_experiment_can_be_restored(server: Server, experiment: str, run: str) -> None:
    server.post("experiments/delete", experiment_id=experiment).ok()
    server.post("runs/restore", run_id=run).ok()
    assert server.run(run)["info"]["lifecycle_stage"] == "active"
    server.post("runs/log-metric", {"run_id": run, **metric("m")}).ok()


@pytest.mark.parametrize("fields", [{}, {"run_id": ""}])
def test_the_id_is_required(server: Server, fields: dict[str, Any]) -> None:
    server.post("runs/restore", fields).refused(INVALID, "Missing value for required parameter 'run_id'")


def test_an_id_of_the_wrong_type_is_refused(server: Server) -> None:
    server.post("runs/restore", run_id=5).refused(INVALID, "Invalid value 5", "run_id")


def test_an_unknown_run_is_not_found(server: Server) -> None:
    server.post("runs/restore", run_id="nope").refused(MISSING, "Run with id=nope not found")


@pytest.mark.differs(reason="MLflow forgets the other word for run_id here")
def test_run_uuid_is_another_word_for_run_id(server: Server, run: str) -> None:
    server.post("runs/delete", run_id=run).ok()
    server.post("runs/restore", run_uuid=run).ok()
    assert server.run(run)["info"]["lifecycle_stage"] == "active"
