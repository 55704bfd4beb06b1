"""POST /api/2.0/mlflow/runs/delete."""

from __future__ import annotations

from typing import Any

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Server, metric, pairs


def test_the_client_deletes_a_run(server: Server, client: mlflow.MlflowClient, experiment: str, run: str) -> None:
    server.post("runs/log-batch", run_id=run, metrics=[metric("m", 2.5)], params=pairs(p="1"), tags=pairs(t="x")).ok()
    before = server.run(run)
    client.delete_run(run)
    assert server.run(run) == {**before, "info": {**before["info"], "lifecycle_stage": "deleted"}}
    assert server.post("runs/search", experiment_ids=[experiment]).ok() == {}
    assert client.get_run(run).info.lifecycle_stage == "deleted"


def test_deleting_twice_is_no_mistake(server: Server, run: str) -> None:
    assert server.post("runs/delete", run_id=run).ok() == {}
    assert server.post("runs/delete", run_id=run).ok() == {}


DATASET = {"name": "n", "digest": "d", "source_type": "t", "source": "s"}


@pytest.mark.parametrize(
    ("endpoint", "fields"),
    [
        ("log-metric", metric("m")),
        ("log-parameter", {"key": "p", "value": "1"}),
        ("set-tag", {"key": "t", "value": "1"}),
        ("delete-tag", {"key": "mlflow.runName"}),
        ("log-batch", {}),
        ("log-batch", {"metrics": [metric("m")]}),
        ("log-batch", {"params": pairs(p="1")}),
        ("log-batch", {"tags": pairs(t="1")}),
        ("log-inputs", {"datasets": [{"dataset": DATASET}]}),
        ("log-model", {"model_json": '{"artifact_path":"m","flavors":{},"utc_time_created":"x","run_id":"r"}'}),
        ("outputs", {"models": [{"model_id": "m-1"}]}),
        ("update", {"run_name": "n"}),
    ],
)
def test_a_deleted_run_takes_nothing(server: Server, run: str, endpoint: str, fields: dict[str, Any]) -> None:
    server.post("runs/delete", run_id=run).ok()
    before = server.run(run)
    server.post(f"runs/{endpoint}", {"run_id": run, **fields}).refused(
        INVALID, f"The run {run} must be in the 'active' state. Current state is deleted."
    )
    assert server.run(run) == before


def test_a_deleted_run_can_be_read(server: Server, run: str) -> None:
    server.post("runs/log-metric", {"run_id": run, **metric("m", 2.5)}).ok()
    server.put_artifact(f"{server.artifact_path(run)}/a.txt", b"a")
    server.post("runs/delete", run_id=run).ok()
    assert [point["value"] for point in server.history(run, "m")] == [2.5]
    files = server.get("artifacts/list", run_id=run).ok()["files"]
    assert [file["path"] for file in files] == ["a.txt"]


@pytest.mark.parametrize("fields", [{}, {"run_id": ""}])
def test_the_id_is_required(server: Server, fields: dict[str, Any]) -> None:
    server.post("runs/delete", fields).refused(INVALID, "Missing value for required parameter 'run_id'")


def test_an_id_of_the_wrong_type_is_refused(server: Server) -> None:
    server.post("runs/delete", run_id=5).refused(INVALID, "Invalid value 5", "run_id")


def test_an_unknown_run_is_not_found(server: Server) -> None:
    server.post("runs/delete", run_id="nope").refused(MISSING, "Run with id=nope not found")


@pytest.mark.differs(reason="MLflow forgets the other word for run_id here")
def test_run_uuid_is_another_word_for_run_id(server: Server, run: str) -> None:
    server.post("runs/delete", run_uuid=run).ok()
    assert server.run(run)["info"]["lifecycle_stage"] == "deleted"
