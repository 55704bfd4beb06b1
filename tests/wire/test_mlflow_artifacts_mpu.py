"""POST /api/2.0/mlflow-artifacts/mpu/{create,complete,abort}/<folder>.

A local store takes files in one piece: MLflow's client reads that from the beginning of the message, and falls back.
"""

from __future__ import annotations

from pathlib import Path

import mlflow
import pytest

from tests.wire.server import INVALID, Json, Server

MPU = "/api/2.0/mlflow-artifacts/mpu"
BODIES: dict[str, Json] = {
    "create": {"path": "x.bin", "num_parts": 2},
    "complete": {"path": "x.bin", "upload_id": "u", "parts": [{"part_number": 1, "etag": "e"}]},
    "abort": {"path": "x.bin", "upload_id": "u"},
}


@pytest.mark.parametrize("step", list(BODIES))
@pytest.mark.parametrize("prefix", ["/api", "/ajax-api"])
def test_a_local_store_has_no_uploads_in_parts(server: Server, run: str, step: str, prefix: str) -> None:
    path = f"{MPU.replace('/api', prefix, 1)}/{step}/{server.artifact_path(run)}"
    answer = server.request("POST", path, json=BODIES[step])
    answer.refused("NOT_IMPLEMENTED")
    assert answer.json()["message"].startswith(
        "Multipart upload is not supported for the current artifact repository"
    )


def test_the_client_falls_back_to_one_piece(
    server: Server, client: mlflow.MlflowClient, run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", "true")
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", "100")
    source = tmp_path / "x.bin"
    source.write_bytes(bytes(200))
    client.log_artifact(run, str(source))
    assert Path(client.download_artifacts(run, "x.bin", str(tmp_path / ".."))).read_bytes() == bytes(200)
    assert [one["path"] for one in server.get("artifacts/list", run_id=run).ok()["files"]] == ["x.bin"]


@pytest.mark.parametrize("step", list(BODIES))
def test_the_name_is_required(server: Server, run: str, step: str) -> None:
    server.request("POST", f"{MPU}/{step}/{server.artifact_path(run)}", json={}).refused(
        INVALID, "Missing value for required parameter 'path'"
    )


@pytest.mark.parametrize("step", list(BODIES))
@pytest.mark.parametrize("folder", ["../x", "%2e%2e/x", "a/../../x"])
def test_folders_that_lead_elsewhere_are_refused(server: Server, step: str, folder: str) -> None:
    server.request("POST", f"{MPU}/{step}/{folder}", json=BODIES[step]).refused(INVALID, "Invalid path")


@pytest.mark.parametrize("step", list(BODIES))
def test_a_folder_is_required(server: Server, step: str) -> None:
    assert server.request("POST", f"{MPU}/{step}", json=BODIES[step]).status == 404
