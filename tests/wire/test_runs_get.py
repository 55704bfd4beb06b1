"""GET /api/2.0/mlflow/runs/get."""

from __future__ import annotations

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Server, metric, pairs


def test_the_client_reads_a_whole_run(server: Server, client: mlflow.MlflowClient, experiment: str, run: str) -> None:
    client.log_metric(run, "loss", 0.5, timestamp=10, step=1)
    client.log_metric(run, "loss", 0.25, timestamp=20, step=2)
    client.log_param(run, "lr", 0.1)
    client.set_tag(run, "k", "v")
    client.set_terminated(run, status="FINISHED", end_time=99)
    found = client.get_run(run)
    assert found.data.metrics == {"loss": 0.25}
    assert found.data.params == {"lr": "0.1"}
    assert found.data.tags == {"k": "v", "mlflow.runName": found.info.run_name}
    assert (found.info.status, found.info.end_time, found.info.experiment_id) == ("FINISHED", 99, experiment)
    assert (found.info.lifecycle_stage, found.info.run_id) == ("active", run)


def test_the_answer_field_for_field(server: Server, experiment: str) -> None:
    run = server.new_run(experiment, run_name="n", user_id="u", start_time=5, tags=pairs(k="v"))
    dataset = {"name": "d", "digest": "1", "source_type": "local", "source": "{}", "schema": "{}", "profile": "{}"}
    server.post("runs/log-batch", run_id=run, metrics=[metric("m", 1.5, 7, 2)], params=pairs(p="1")).ok()
    server.post("runs/log-inputs", run_id=run, datasets=[{"dataset": dataset, "tags": pairs(t="x")}]).ok()
    server.post("runs/update", run_id=run, status="KILLED", end_time=9).ok()
    answer = server.get("runs/get", run_id=run).ok()
    assert list(answer) == ["run"]
    assert server.run(run) == {
        "info": {
            "run_uuid": run,
            "run_id": run,
            "run_name": "n",
            "experiment_id": experiment,
            "user_id": "u",
            "status": "KILLED",
            "start_time": 5,
            "end_time": 9,
            "artifact_uri": f"mlflow-artifacts:/{experiment}/{run}/artifacts",
            "lifecycle_stage": "active",
        },
        "data": {
            "metrics": [{"key": "m", "value": 1.5, "timestamp": 7, "step": 2}],
            "params": [{"key": "p", "value": "1"}],
            "tags": [{"key": "k", "value": "v"}, {"key": "mlflow.runName", "value": "n"}],
        },
        "inputs": {"dataset_inputs": [{"tags": [{"key": "t", "value": "x"}], "dataset": dataset}]},
        "outputs": {},
    }


def test_a_deleted_run_can_be_read(server: Server, run: str) -> None:
    server.post("runs/delete", run_id=run).ok()
    assert server.run(run)["info"]["lifecycle_stage"] == "deleted"


def test_run_uuid_is_another_word_for_run_id(server: Server, run: str) -> None:
    expected = server.get("runs/get", run_id=run).ok()
    assert server.get("runs/get", run_uuid=run).ok() == expected
    assert server.get("runs/get", run_id=run, run_uuid="other").ok() == expected
    server.get("runs/get", run_id="other", run_uuid=run).refused(MISSING, "Run with id=other not found")


@pytest.mark.parametrize("run_id", ["x", "0" * 32, "0" * 300, "../x", "a b", "軌跡", "'; --", "%00"])
def test_an_unknown_run_is_not_found(server: Server, run_id: str) -> None:
    server.get("runs/get", run_id=run_id).refused(MISSING, f"Run with id={run_id} not found")


@pytest.mark.parametrize("query", [{}, {"run_id": ""}, {"run_uuid": ""}])
def test_the_id_is_required(server: Server, query: dict[str, str]) -> None:
    server.get("runs/get", query).refused(INVALID, "Missing value for required parameter 'run_id'")


def test_an_id_matches_by_case_and_as_a_whole(server: Server, run: str) -> None:
    for other in (run.upper() + "A", run[:-1], run + "0"):
        server.get("runs/get", run_id=other).refused(MISSING)
