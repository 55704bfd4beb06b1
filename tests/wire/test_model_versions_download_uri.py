"""GET /api/2.0/mlflow/model-versions/get-download-uri."""

from __future__ import annotations

import mlflow

from tests.wire.server import INVALID, MISSING, Server

ENDPOINT = "model-versions/get-download-uri"


def test_the_client_asks_where_files_are(server: Server, client: mlflow.MlflowClient, run: str) -> None:
    name = server.new_registered_model()
    source = f"{server.run(run)['info']['artifact_uri']}/a/b"
    client.create_model_version(name, source, run_id=run)
    client.copy_model_version(f"models:/{name}/1", f"{name}-copy")
    assert client.get_model_version_download_uri(name, "1") == source
    assert client.get_model_version_download_uri(f"{name}-copy", "1") == source


def test_what_is_not_there(server: Server) -> None:
    name = server.new_registered_model()
    server.get(ENDPOINT, name=name, version="1").refused(MISSING, f"(name={name}, version=1) not found")
    server.get(ENDPOINT, name=name, version="x").refused(INVALID, "'x'")
    server.get(ENDPOINT, name=name).refused(INVALID, "version")
