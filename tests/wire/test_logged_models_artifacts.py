"""GET logged-models/{model_id}/artifacts/directories and files, and the files of models through the proxy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
import pytest

from tests.wire.server import AJAX, API, INVALID, MISSING, NATIVE, PROXY, Response, Server

NOBODY = "m-" + "0" * 32


@pytest.fixture
def filled(server: Server, experiment: str) -> str:
    """A model with three files, in two folders."""
    model_id = server.new_model(experiment)
    root = f"{experiment}/models/{model_id}/artifacts"
    for path, size in (("MLmodel", 5), ("code/a.py", 256), ("code/deep/軌 跡.txt", 1)):
        server.put_artifact(f"{root}/{path}", b"x" * size)
    return model_id


def listed(server: Server, model_id: str, **query: Any) -> Response:
    return server.get(f"logged-models/{model_id}/artifacts/directories", **query)


def file(server: Server, model_id: str, **query: Any) -> Response:
    return server.request("GET", f"{AJAX}logged-models/{model_id}/artifacts/files", query=query)


def test_the_client_stores_and_lists_files(client: mlflow.MlflowClient, experiment: str, tmp_path: Path) -> None:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "a.txt").write_text("a")
    (tmp_path / "in" / "deep" / "b.txt").write_text("bb")
    model_id = client.create_logged_model(experiment).model_id
    client.log_model_artifact(model_id, str(tmp_path / "in" / "a.txt"), "sub")
    client.log_model_artifacts(model_id, str(tmp_path / "in"))
    assert [(one.path, one.is_dir, one.file_size) for one in client.list_logged_model_artifacts(model_id)] == [
        ("a.txt", False, 1),
        ("deep", True, None),
        ("sub", True, None),
    ]
    assert [one.path for one in client.list_logged_model_artifacts(model_id, "sub")] == ["sub/a.txt"]


def test_the_client_downloads_a_model_and_its_files_by_the_name_in_its_run(
    server: Server, client: mlflow.MlflowClient, experiment: str, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model_id = server.new_model(experiment, name="forest", source_run_id=run)
    server.put_artifact(f"{experiment}/models/{model_id}/artifacts/code/a.py", b"x")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)
    place = Path(mlflow.artifacts.download_artifacts(f"models:/{model_id}"))
    assert (place / "code" / "a.py").read_bytes() == b"x"
    place = Path(mlflow.artifacts.download_artifacts(f"runs:/{run}/forest"))
    assert (place / "code" / "a.py").read_bytes() == b"x"
    assert [one.path for one in client.list_artifacts(run, "forest")] == ["forest/code"]


def test_folders_field_for_field(server: Server, experiment: str, filled: str) -> None:
    root = f"mlflow-artifacts:/{experiment}/models/{filled}/artifacts"
    assert listed(server, filled).ok() == {
        "root_uri": root,
        "files": [{"path": "MLmodel", "is_dir": False, "file_size": 5}, {"path": "code", "is_dir": True}],
    }
    assert listed(server, filled, artifact_directory_path="code").ok() == {
        "root_uri": root,
        "files": [{"path": "code/a.py", "is_dir": False, "file_size": 256}, {"path": "code/deep", "is_dir": True}],
    }
    for path in ("MLmodel", "nothing"):
        assert listed(server, filled, artifact_directory_path=path).ok() == {"root_uri": root}


def test_a_model_without_files(server: Server, experiment: str) -> None:
    model_id = server.new_model(experiment)
    assert listed(server, model_id).ok() == {"root_uri": f"mlflow-artifacts:/{experiment}/models/{model_id}/artifacts"}


def test_files(server: Server, filled: str) -> None:
    answer = file(server, filled, artifact_file_path="code/deep/軌 跡.txt")
    assert (answer.status, answer.body) == (200, b"x")
    assert answer.headers["content-disposition"].startswith("attachment")
    file(server, filled, artifact_file_path="nothing").refused(MISSING, "No such artifact", "nothing")
    file(server, filled, artifact_file_path="code").refused(INVALID, "directory, not a file")
    file(server, filled).refused("BAD_REQUEST", "artifact_file_path")


@pytest.mark.differs(reason="MLflow keeps no digests")
def test_digests_are_kept_and_compared(server: Server, experiment: str, filled: str) -> None:
    answer = file(server, filled, artifact_file_path="MLmodel")
    assert len(answer.headers["x-kiseki-sha256"]) == 64
    (server.artifacts / experiment / "models" / filled / "artifacts" / "code" / "a.py").write_bytes(b"changed")
    assert "x-kiseki-sha256" not in file(server, filled, artifact_file_path="code/a.py").headers


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "..",
        "/etc/passwd",
        "code/../../x",
        "%2e%2e/x",
        "%252e%252e/x",
        "C:\\x",
    ],
)
def test_paths_that_lead_out_are_refused(server: Server, filled: str, path: str) -> None:
    listed(server, filled, artifact_directory_path=path).rejected()
    file(server, filled, artifact_file_path=path).rejected()


@pytest.mark.differs(reason="MLflow looks for such a file, or lists the root")
@pytest.mark.parametrize("path", ["a\\..\\..\\x", "\x00", "x" * 5_000])
def test_paths_that_are_none_are_refused(server: Server, filled: str, path: str) -> None:
    listed(server, filled, artifact_directory_path=path).rejected()
    file(server, filled, artifact_file_path=path).rejected()


def test_an_unknown_model_is_not_found(server: Server) -> None:
    listed(server, NOBODY).refused(MISSING, NOBODY)
    file(server, NOBODY, artifact_file_path="x").refused(MISSING, NOBODY)


@pytest.mark.differs(reason="MLflow finds no files of what is in the trash")
def test_files_of_a_deleted_model_are_there_as_long_as_it_is(server: Server, filled: str) -> None:
    server.delete(f"logged-models/{filled}").ok()
    assert file(server, filled, artifact_file_path="MLmodel").body == b"xxxxx"
    assert len(listed(server, filled).ok()["files"]) == 2


@pytest.mark.differs(reason="MLflow takes files of models that never were")
def test_a_file_of_a_model_that_is_not_there_is_not_kept(server: Server, experiment: str) -> None:
    path = f"{experiment}/models/{NOBODY}/artifacts/MLmodel"
    answer = server.request("PUT", f"{PROXY}/{path}", body=b"x")
    answer.refused(MISSING, NOBODY)
    assert not (server.artifacts / path).exists()


@pytest.mark.differs(reason="MLflow has no such endpoint")
def test_a_model_as_a_zip_file(server: Server, filled: str) -> None:
    answer = server.request("GET", f"{NATIVE}artifacts/zip", query={"model_id": filled})
    assert (answer.status, answer.body[:2]) == (200, b"PK")
    assert f'filename="{filled}.zip"' in answer.headers["content-disposition"]
    server.request("GET", f"{NATIVE}artifacts/zip").refused(INVALID, "Exactly one of run_id and model_id")
    both = {"model_id": filled, "run_id": "x"}
    server.request("GET", f"{NATIVE}artifacts/zip", query=both).refused(INVALID, "Exactly one of run_id and model_id")


def test_the_path_of_the_interface_alone_has_files(server: Server, filled: str) -> None:
    answer = server.request(
        "GET", f"{API}logged-models/{filled}/artifacts/files", query={"artifact_file_path": "MLmodel"}
    )
    assert answer.status == 404
