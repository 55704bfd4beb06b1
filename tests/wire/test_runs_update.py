"""POST /api/2.0/mlflow/runs/update."""

from __future__ import annotations

from typing import Any

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Server, metric

ENDPOINT = "runs/update"


def test_the_client_ends_and_renames_a_run(server: Server, client: mlflow.MlflowClient, run: str) -> None:
    before = server.run(run)
    client.set_terminated(run, status="FAILED", end_time=1234)
    client.update_run(run, status="FINISHED", name="renamed")
    after = server.run(run)
    assert after["info"] == {**before["info"], "status": "FINISHED", "end_time": 1234, "run_name": "renamed"}
    assert after["data"] == {"tags": [{"key": "mlflow.runName", "value": "renamed"}]}


def test_the_answer_is_the_info_of_the_run(server: Server, run: str) -> None:
    answer = server.post(ENDPOINT, run_id=run, status="FINISHED", end_time=5, run_name="new").ok()
    assert answer == {"run_info": server.run(run)["info"]}
    assert (answer["run_info"]["status"], answer["run_info"]["end_time"]) == ("FINISHED", 5)


@pytest.mark.parametrize("fields", [{}, {"run_name": ""}, {"status": None, "end_time": None, "run_name": None}])
def test_what_is_not_given_stays(server: Server, run: str, fields: dict[str, Any]) -> None:
    server.post("runs/log-metric", {"run_id": run, **metric("m")}).ok()
    server.post(ENDPOINT, run_id=run, status="KILLED", end_time=7, run_name="n").ok()
    before = server.run(run)
    assert server.post(ENDPOINT, {"run_id": run, **fields}).ok() == {"run_info": before["info"]}
    assert server.run(run) == before


@pytest.mark.parametrize(
    ("status", "stored"),
    [
        ("RUNNING", "RUNNING"),
        ("SCHEDULED", "SCHEDULED"),
        ("FINISHED", "FINISHED"),
        ("FAILED", "FAILED"),
        ("KILLED", "KILLED"),
        (1, "RUNNING"),
        (2, "SCHEDULED"),
        (3, "FINISHED"),
        (4, "FAILED"),
        (5, "KILLED"),
    ],
)
def test_a_status_is_a_name_or_a_number(server: Server, run: str, status: Any, stored: str) -> None:
    assert server.post(ENDPOINT, run_id=run, status=status).ok()["run_info"]["status"] == stored
    assert server.run(run)["info"]["status"] == stored


@pytest.mark.parametrize("end", [7, "7", 7.0, -1, 2**62])
def test_end_times(server: Server, run: str, end: Any) -> None:
    assert server.post(ENDPOINT, run_id=run, end_time=end).ok()["run_info"]["end_time"] == int(end)


@pytest.mark.parametrize("name", ["軌跡 α", "x" * 1000, " "])
def test_a_new_name_is_the_tag_too(server: Server, run: str, name: str) -> None:
    assert server.post(ENDPOINT, run_id=run, run_name=name).ok()["run_info"]["run_name"] == name
    assert server.run(run)["data"]["tags"] == [{"key": "mlflow.runName", "value": name}]


def test_run_uuid_is_another_word_for_run_id(server: Server, run: str) -> None:
    assert server.post(ENDPOINT, run_uuid=run, status="KILLED").ok()["run_info"]["status"] == "KILLED"


@pytest.mark.differs(reason="MLflow looks for required fields in snake_case alone")
def test_camel_case_works_for_the_id_too(server: Server, run: str) -> None:
    assert server.post(ENDPOINT, runId=run, endTime=8).ok()["run_info"]["end_time"] == 8


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"run_id": None}, ["Missing value for required parameter 'run_id'"]),
        ({"run_id": ""}, ["Missing value for required parameter 'run_id'"]),
        ({"run_id": 5}, ["run_id"]),
        ({"status": 99}, ["Invalid value 99", "status"]),
        ({"run_name": 5}, ["run_name"]),
        ({"end_time": "x"}, ["end_time"]),
    ],
)
def test_bad_fields_are_refused(server: Server, run: str, fields: dict[str, Any], words: list[str]) -> None:
    before = server.run(run)
    request = {"run_id": run, **fields}
    request = {name: value for name, value in request.items() if value is not None}
    server.post(ENDPOINT, request).refused(INVALID, *words)
    assert server.run(run) == before


@pytest.mark.differs(reason="MLflow ignores what it cannot read and answers 200")
@pytest.mark.parametrize(
    ("field", "value"),
    [("status", "BOGUS"), ("status", "running"), ("status", []), ("end_time", 1.5), ("end_time", 2**63)],
)
def test_values_that_mean_nothing_are_refused(server: Server, run: str, field: str, value: Any) -> None:
    before = server.run(run)
    server.post(ENDPOINT, {"run_id": run, "run_name": "never", field: value}).refused(INVALID, field)
    assert server.run(run) == before


def test_a_deleted_run_does_not_change(server: Server, run: str) -> None:
    server.post("runs/delete", run_id=run).ok()
    before = server.run(run)
    server.post(ENDPOINT, run_id=run, status="FINISHED").refused(
        INVALID, f"The run {run} must be in the 'active' state", "Current state is deleted"
    )
    assert server.run(run) == before


def test_an_unknown_run_is_not_found(server: Server) -> None:
    server.post(ENDPOINT, run_id="nope", status="FINISHED").refused(MISSING, "Run with id=nope not found")
