"""GET /model-versions/get-artifact."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Response, Server


def get(server: Server, name: str, version: str, path: str) -> Response:
    query = {"name": name, "version": version, "path": path}
    return server.request("GET", "/model-versions/get-artifact", query=query)


def test_a_file_of_a_version(
    server: Server, client: mlflow.MlflowClient, run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = server.new_registered_model()
    root = server.artifact_path(run)
    server.put_artifact(f"{root}/model/a/軌跡.txt", b"content")
    client.create_model_version(name, f"{server.run(run)['info']['artifact_uri']}/model", run_id=run)
    answer = get(server, name, "1", "a/軌跡.txt")
    assert (answer.status, answer.body) == (200, b"content")
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)
    fetched = mlflow.artifacts.download_artifacts(f"models:/{name}/1", dst_path=str(tmp_path))
    assert (Path(fetched) / "a" / "軌跡.txt").read_bytes() == b"content"


@pytest.mark.differs(reason="MLflow answers 500 to some")
def test_paths(server: Server, client: mlflow.MlflowClient, run: str) -> None:
    name = server.new_registered_model()
    root = server.artifact_path(run)
    server.put_artifact(f"{root}/model/c", b"22")
    server.put_artifact(f"{root}/secret", b"3")
    client.create_model_version(name, f"{server.run(run)['info']['artifact_uri']}/model", run_id=run)
    assert get(server, name, "1", "c").body == b"22"
    for path in ("../secret", "a/../../secret", "%2e%2e/secret", "/secret", "a\\..\\x", "\x00", ".."):
        get(server, name, "1", path).rejected()
    get(server, name, "1", "").refused(INVALID, "path")
    get(server, name, "1", "nope").refused(MISSING, "nope")
    get(server, name, "9", "c").refused(MISSING, "version=9")


@pytest.mark.differs(reason="the table is kiseki's")
def test_rows_with_hostile_places_are_refused_when_they_are_used(server: Server) -> None:
    if not server.database_uri.startswith("sqlite"):
        pytest.skip("the row is written straight into the file")
    name = server.new_registered_model()
    server.new_version(name)
    for place in ("/etc", "file:///etc", "mlflow-artifacts:/../..", "http://127.0.0.1:1/x", "s3://b/../k", "", "x"):
        driver = sqlite3.connect(server.database_uri.removeprefix("sqlite:///"), timeout=30)
        with driver:
            driver.execute("UPDATE model_versions SET location = ? WHERE name = ?", (place, name))
        driver.close()
        get(server, name, "1", "passwd").rejected()
        if place not in ("/etc", "file:///etc"):
            server.get("model-versions/get-download-uri", name=name, version="1").rejected()
