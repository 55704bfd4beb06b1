"""POST /api/2.0/mlflow/logged-models/search, which MLflow's client asks at each download of artifacts."""

from __future__ import annotations

import mlflow
import pytest

from tests.wire.server import AJAX, API, Server


@pytest.mark.parametrize("prefix", [API, AJAX])
@pytest.mark.parametrize("fields", [{}, {"filter": "name = 'model'"}, {"max_results": 5}])
def test_an_experiment_without_models_is_an_empty_object(
    server: Server, experiment: str, prefix: str, fields: dict[str, object]
) -> None:
    request = {"experiment_ids": [experiment], **fields}
    assert server.request("POST", prefix + "logged-models/search", json=request).ok() == {}


def test_the_client_finds_none(client: mlflow.MlflowClient, experiment: str) -> None:
    assert list(client.search_logged_models(experiment_ids=[experiment])) == []


def test_the_client_lists_a_folder_of_a_run_for_which_it_asks(
    server: Server, client: mlflow.MlflowClient, run: str
) -> None:
    server.put_artifact(f"{server.artifact_path(run)}/deep/a.txt", b"x")
    assert [one.path for one in client.list_artifacts(run, "deep")] == ["deep/a.txt"]
    assert client.list_artifacts(run, "nothing") == []
