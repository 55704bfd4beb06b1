"""GET /api/2.0/mlflow/artifacts/list."""

from __future__ import annotations

from pathlib import Path

import mlflow
import pytest

from tests.wire.server import AJAX, API, INVALID, MISSING, Json, Server

ENDPOINT = "artifacts/list"


def file(path: str, size: int) -> Json:
    return {"path": path, "is_dir": False, "file_size": size}


def folder(path: str) -> Json:
    return {"path": path, "is_dir": True}


@pytest.fixture
def filled(server: Server, run: str) -> str:
    """A run with three files, in three folders."""
    root = server.artifact_path(run)
    for path, size in (("b.txt", 5), ("a/x.bin", 256), ("a/deep/軌 跡.txt", 1), ("c d.json", 2)):
        server.put_artifact(f"{root}/{path}", b"x" * size)
    return run


def test_the_client_lists_the_root_and_a_folder(client: mlflow.MlflowClient, filled: str) -> None:
    assert [(one.path, one.is_dir, one.file_size) for one in client.list_artifacts(filled)] == [
        ("a", True, None),
        ("b.txt", False, 5),
        ("c d.json", False, 2),
    ]
    assert [(one.path, one.is_dir, one.file_size) for one in client.list_artifacts(filled, "a")] == [
        ("a/deep", True, None),
        ("a/x.bin", False, 256),
    ]


def test_the_answer_field_for_field(server: Server, experiment: str, filled: str) -> None:
    root = f"mlflow-artifacts:/{experiment}/{filled}/artifacts"
    assert server.get(ENDPOINT, run_id=filled).ok() == {
        "root_uri": root,
        "files": [folder("a"), file("b.txt", 5), file("c d.json", 2)],
    }
    assert server.get(ENDPOINT, run_id=filled, path="a").ok() == {
        "root_uri": root,
        "files": [folder("a/deep"), file("a/x.bin", 256)],
    }
    assert server.get(ENDPOINT, run_id=filled, path="a/deep").ok() == {
        "root_uri": root,
        "files": [file("a/deep/軌 跡.txt", 1)],
    }


@pytest.mark.parametrize("path", ["", "a/"])
def test_a_slash_at_the_end_or_no_path_at_all(server: Server, filled: str, path: str) -> None:
    expected = server.get(ENDPOINT, {"run_id": filled, **({"path": "a"} if path else {})}).ok()
    assert server.get(ENDPOINT, run_id=filled, path=path).ok() == expected
    assert expected["files"]


@pytest.mark.parametrize("path", ["b.txt", "nothing", "a/nothing"])
def test_a_file_or_nothing_has_no_files(server: Server, filled: str, path: str) -> None:
    assert list(server.get(ENDPOINT, run_id=filled, path=path).ok()) == ["root_uri"]


def test_a_fresh_run_has_no_files(server: Server, run: str) -> None:
    assert list(server.get(ENDPOINT, run_id=run).ok()) == ["root_uri"]


def test_an_empty_file_is_listed(server: Server, run: str) -> None:
    server.put_artifact(f"{server.artifact_path(run)}/empty", b"")
    found = server.get(ENDPOINT, run_id=run).ok()["files"]
    # MLflow leaves the size of an empty file away.
    assert [{"file_size": 0, **one} for one in found] == [file("empty", 0)]


def test_run_uuid_is_another_word_for_run_id(server: Server, filled: str) -> None:
    assert server.get(ENDPOINT, run_uuid=filled).ok() == server.get(ENDPOINT, run_id=filled).ok()


def test_both_prefixes_answer(server: Server, filled: str) -> None:
    answers = [server.request("GET", prefix + ENDPOINT, query={"run_id": filled}).ok() for prefix in (API, AJAX)]
    assert answers[0] == answers[1]


def test_the_files_of_a_deleted_run_can_be_listed(server: Server, filled: str) -> None:
    server.post("runs/delete", run_id=filled).ok()
    assert len(server.get(ENDPOINT, run_id=filled).ok()["files"]) == 3


def test_a_folder_of_the_servers_own_outside_of_the_proxy_is_not_opened_by_its_path(
    server: Server, tmp_path: Path
) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    experiment = server.new_experiment(artifact_location="s3://bucket-that-does-not-exist/x")
    run = server.new_run(experiment)
    assert server.run(run)["info"]["artifact_uri"] == f"s3://bucket-that-does-not-exist/x/{run}/artifacts"
    answer = server.get(ENDPOINT, run_id=run, path=str(tmp_path))
    answer.rejected()
    assert b"secret.txt" not in answer.body


@pytest.mark.parametrize(
    "path", ["../x", "..", "/", "/etc", "a/../a", "a/../../x", "%2e%2e", "%252e%252e/x", "file:///etc", "C:/x"]
)
def test_paths_that_lead_elsewhere_are_refused(server: Server, filled: str, path: str) -> None:
    server.get(ENDPOINT, run_id=filled, path=path).refused(INVALID, "Invalid path")


@pytest.mark.parametrize("query", [{}, {"run_id": ""}, {"path": "a"}])
def test_the_id_is_required(server: Server, query: dict[str, str]) -> None:
    server.get(ENDPOINT, query).refused(INVALID, "Missing value for required parameter 'run_id'")


def test_an_unknown_run_is_not_found(server: Server) -> None:
    server.get(ENDPOINT, run_id="nope").refused(MISSING, "Run with id=nope not found")
