"""POST /api/2.0/mlflow/model-versions/transition-stage."""

from __future__ import annotations

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Server

ENDPOINT = "model-versions/transition-stage"


@pytest.fixture
def name(server: Server) -> str:
    """A model with three versions."""
    made = server.new_registered_model()
    for _ in range(3):
        server.new_version(made)
    return made


def stages(server: Server, name: str) -> list[str]:
    return [str(server.version(name, str(i))["current_stage"]) for i in (1, 2, 3)]


def test_the_client_moves_versions(server: Server, client: mlflow.MlflowClient, name: str) -> None:
    moved = client.transition_model_version_stage(name, "1", "staging")
    assert moved.current_stage == "Staging"
    client.transition_model_version_stage(name, "2", "Staging")
    assert stages(server, name) == ["Staging", "Staging", "None"]
    client.transition_model_version_stage(name, "3", "STAGING", archive_existing_versions=True)
    assert stages(server, name) == ["Archived", "Archived", "Staging"]
    client.transition_model_version_stage(name, "1", "None")
    assert stages(server, name) == ["None", "Archived", "Staging"]


def test_again_is_no_change(server: Server, client: mlflow.MlflowClient, name: str) -> None:
    for _ in range(2):
        client.transition_model_version_stage(name, "1", "Production", archive_existing_versions=True)
    assert stages(server, name) == ["Production", "None", "None"]


def test_what_is_refused(server: Server, name: str) -> None:
    server.post(ENDPOINT, name=name, version="1", stage="bogus", archive_existing_versions=False).refused(
        INVALID, "Invalid Model Version stage: bogus", "None, Staging, Production, Archived"
    )
    server.post(ENDPOINT, name=name, version="1", archive_existing_versions=False).refused(INVALID, "stage")
    server.post(ENDPOINT, name=name, version="9", stage="Staging", archive_existing_versions=False).refused(
        MISSING, "version=9"
    )
    server.post(ENDPOINT, name=name, version="x", stage="Staging", archive_existing_versions=False).refused(
        INVALID, "x"
    )


@pytest.mark.differs(reason="MLflow answers 500")
@pytest.mark.parametrize("stage", ["None", "Archived"])
def test_only_active_stages_archive_others(server: Server, name: str, stage: str) -> None:
    server.post(ENDPOINT, name=name, version="1", stage=stage, archive_existing_versions=True).refused(
        INVALID, f"'{stage}' is not an Active stage"
    )


@pytest.mark.differs(reason="MLflow has no such rules")
def test_approval_and_checks(server: Server, client: mlflow.MlflowClient, name: str) -> None:
    rules = {"approved_stages": ["production"], "checks": [{"target": "Staging", "filter": "metrics.acc > 0.5"}]}
    server.native("registry/rules", name=name, rules=rules).ok()
    with pytest.raises(mlflow.MlflowException, match="needs approval by somebody else"):
        client.transition_model_version_stage(name, "1", "Production")
    with pytest.raises(mlflow.MlflowException, match="does not hold"):
        client.transition_model_version_stage(name, "1", "Staging")
    assert stages(server, name) == ["None", "None", "None"]
