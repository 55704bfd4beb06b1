"""POST /api/2.0/mlflow/runs/outputs."""

from __future__ import annotations

import pytest

from tests.wire.server import INVALID, MISSING, Json, Server

ENDPOINT = "runs/outputs"
MODEL = "m-" + "1" * 32
OTHER = "m-" + "2" * 32


def test_models_become_outputs_of_the_run(server: Server, experiment: str, run: str) -> None:
    models = [{"model_id": MODEL, "step": 3}, {"model_id": OTHER, "step": 0}]
    assert server.post(ENDPOINT, run_id=run, models=models).ok() == {}
    assert server.run(run)["outputs"] == {"model_outputs": models}
    found = server.post("runs/search", experiment_ids=[experiment]).ok()["runs"]
    assert found[0]["outputs"] == {"model_outputs": models}


def test_the_step_is_0_by_default(server: Server, run: str) -> None:
    server.post(ENDPOINT, run_id=run, models=[{"model_id": MODEL}]).ok()
    assert server.run(run)["outputs"] == {"model_outputs": [{"model_id": MODEL, "step": 0}]}


def test_no_model_is_no_mistake(server: Server, run: str) -> None:
    assert server.post(ENDPOINT, run_id=run, models=[]).ok() == {}
    assert server.run(run)["outputs"] == {}


@pytest.mark.differs(reason="MLflow refuses it, with the text of a database error")
def test_the_same_model_again_changes_nothing(server: Server, run: str) -> None:
    for _ in range(2):
        server.post(ENDPOINT, run_id=run, models=[{"model_id": MODEL, "step": 3}]).ok()
    assert server.run(run)["outputs"] == {"model_outputs": [{"model_id": MODEL, "step": 3}]}


def test_two_runs_may_have_the_same_model(server: Server, experiment: str, run: str) -> None:
    other = server.new_run(experiment)
    for one in (run, other):
        server.post(ENDPOINT, run_id=one, models=[{"model_id": MODEL, "step": 1}]).ok()
        assert server.run(one)["outputs"] == {"model_outputs": [{"model_id": MODEL, "step": 1}]}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"run_id": None}, ["Missing value for required parameter 'run_id'"]),
        ({"run_id": ""}, ["Missing value for required parameter 'run_id'"]),
        ({"models": None}, ["Missing value for required parameter 'models'"]),
        ({"run_id": 5}, ["run_id"]),
        ({"models": "x"}, ["Invalid value", "models"]),
    ],
)
def test_bad_fields_are_refused(server: Server, run: str, fields: Json, words: list[str]) -> None:
    request = {"run_id": run, "models": [{"model_id": MODEL}], **fields}
    request = {name: value for name, value in request.items() if value is not None}
    server.post(ENDPOINT, request).refused(INVALID, *words)
    assert server.run(run)["outputs"] == {}


@pytest.mark.differs(reason="MLflow drops entries of the wrong type")
@pytest.mark.parametrize("entry", [5, None, {"model_id": 5}, {"model_id": MODEL, "step": 1.5}])
def test_entries_of_the_wrong_type_are_refused(server: Server, run: str, entry: object) -> None:
    server.post(ENDPOINT, run_id=run, models=[{"model_id": OTHER}, entry]).refused(INVALID, "models")
    assert server.run(run)["outputs"] == {}


def test_an_unknown_run_is_not_found(server: Server) -> None:
    server.post(ENDPOINT, run_id="nope", models=[{"model_id": MODEL}]).refused(MISSING, "Run with id=nope not found")
