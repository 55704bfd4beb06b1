"""POST /api/2.0/mlflow-artifacts/mpu/{create,complete,abort}/<folder>: a large file in parts.

MLflow's own local store has no parts: its client then falls back to one piece.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, PROXY, Json, Response, Server

MPU = "/api/2.0/mlflow-artifacts/mpu"
BODIES: dict[str, Json] = {
    "create": {"path": "x.bin", "num_parts": 2},
    "complete": {"path": "x.bin", "upload_id": "u", "parts": [{"part_number": 1, "etag": "e"}]},
    "abort": {"path": "x.bin", "upload_id": "u"},
}
PARTS = [b"a" * 1000, b"b" * 1000, b"c" * 10]


class Upload:
    """A file on its way in three parts."""

    def __init__(self, server: Server, run: str, prefix: str = "/api") -> None:
        self.server = server
        self.root = server.artifact_path(run)
        self.mpu = MPU.replace("/api", prefix, 1)
        answer = server.request(
            "POST", f"{self.mpu}/create/{self.root}", json={"path": "x.bin", "num_parts": len(PARTS)}
        ).ok()
        self.id: str = answer["upload_id"]
        self.credentials: list[Json] = answer["credentials"]
        self.parts: list[Json] = []

    def send(self, index: int, body: bytes | None = None) -> Response:
        credential = self.credentials[index]
        address = urlsplit(credential["url"])
        assert f"{address.scheme}://{address.netloc}" == self.server.uri
        path = address.path + (f"?{address.query}" if address.query else "")
        answer = self.server.request(
            "PUT", path, body=PARTS[index] if body is None else body, headers=credential.get("headers", {})
        )
        if answer.status == 200:
            part = {"part_number": credential["part_number"], "etag": answer.headers["etag"]}
            self.parts = [*(one for one in self.parts if one["part_number"] != part["part_number"]), part]
        return answer

    def end(self, step: str, **fields: Any) -> Response:
        body = {"path": "x.bin", "upload_id": self.id, **fields}
        return self.server.request("POST", f"{self.mpu}/{step}/{self.root}", json=body)

    def file(self) -> Response:
        return self.server.request("GET", f"{PROXY}/{self.root}/x.bin")

    def names(self) -> list[str]:
        listed = self.server.request("GET", PROXY, query={"path": self.root}).ok()
        return [one["path"] for one in listed.get("files", [])]


def test_the_client_uploads_a_large_file(
    server: Server, client: mlflow.MlflowClient, run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", "true")
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", str(2**20))
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", str(5 * 2**20))
    source = tmp_path / "large.bin"
    source.write_bytes(b"".join(number.to_bytes(4, "big") for number in range(3 * 2**20)))
    client.log_artifact(run, str(source), artifact_path="deep/er")
    target = tmp_path / "target"
    target.mkdir()
    assert Path(client.download_artifacts(run, "deep/er/large.bin", str(target))).read_bytes() == source.read_bytes()
    listed = server.get("artifacts/list", run_id=run, path="deep/er").ok()["files"]
    assert listed == [{"path": "deep/er/large.bin", "is_dir": False, "file_size": 12 * 2**20}]


@pytest.mark.differs(reason="MLflow's local store takes no parts")
@pytest.mark.parametrize("prefix", ["/api", "/ajax-api"])
@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1]])
def test_the_parts_become_the_file_when_it_is_complete(server: Server, run: str, prefix: str, order: list[int]) -> None:
    upload = Upload(server, run, prefix)
    assert [one["part_number"] for one in upload.credentials] == [1, 2, 3]
    for index in order:
        assert upload.send(index).status == 200
    assert upload.names() == []
    assert upload.end("complete", parts=upload.parts).ok() == {}
    assert upload.file().body == b"".join(PARTS)
    assert upload.names() == ["x.bin"]


@pytest.mark.differs(reason="MLflow's local store takes no parts")
def test_a_part_can_be_sent_again(server: Server, run: str) -> None:
    upload = Upload(server, run)
    for index in range(3):
        upload.send(index)
    upload.send(1, b"changed")
    assert upload.end("complete", parts=upload.parts).ok() == {}
    assert upload.file().body == PARTS[0] + b"changed" + PARTS[2]


@pytest.mark.differs(reason="MLflow's local store takes no parts")
def test_what_is_aborted_leaves_nothing(server: Server, run: str) -> None:
    upload = Upload(server, run)
    for index in range(3):
        upload.send(index)
    assert upload.end("abort").ok() == {}
    upload.end("complete", parts=upload.parts).rejected()
    upload.send(0).rejected()
    assert upload.names() == []


@pytest.mark.differs(reason="MLflow's local store takes no parts")
def test_a_wrong_or_missing_part_makes_no_file(server: Server, run: str) -> None:
    upload = Upload(server, run)
    for index in range(2):
        upload.send(index)
    upload.end("complete", parts=[*upload.parts, {"part_number": 3, "etag": "0" * 64}]).rejected()
    upload.send(2)
    wrong = [{**one, "etag": "0" * 64} if one["part_number"] == 2 else one for one in upload.parts]
    upload.end("complete", parts=wrong).rejected()
    assert upload.names() == []
    assert upload.end("complete", parts=upload.parts).ok() == {}
    assert upload.names() == ["x.bin"]


@pytest.mark.differs(reason="MLflow's local store takes no parts")
def test_an_upload_belongs_to_its_file(server: Server, run: str, experiment: str) -> None:
    upload = Upload(server, run)
    for index in range(3):
        upload.send(index)
    upload.end("complete", path="other.bin", parts=upload.parts).rejected()
    elsewhere = server.artifact_path(server.new_run(experiment))
    body = {"path": "x.bin", "upload_id": upload.id, "parts": upload.parts}
    server.request("POST", f"{MPU}/complete/{elsewhere}", json=body).rejected()
    assert upload.names() == []


@pytest.mark.differs(reason="MLflow's local store takes no parts")
@pytest.mark.parametrize("step", ["complete", "abort"])
@pytest.mark.parametrize("upload_id", ["u", "0" * 32, "../x", "/etc", "", "a/b"])
def test_an_unknown_upload_is_not_found(server: Server, run: str, step: str, upload_id: str) -> None:
    body = {**BODIES[step], "upload_id": upload_id}
    answer = server.request("POST", f"{MPU}/{step}/{server.artifact_path(run)}", json=body)
    if upload_id in {"u", "0" * 32}:
        answer.refused(MISSING, upload_id)
    else:
        answer.rejected()


@pytest.mark.differs(reason="MLflow's local store takes no parts")
@pytest.mark.parametrize("number", [0, -1, 10_001, 2**63, "x", 1.5])
def test_the_number_of_parts_is_limited(server: Server, run: str, number: Any) -> None:
    body = {"path": "x.bin", "num_parts": number}
    server.request("POST", f"{MPU}/create/{server.artifact_path(run)}", json=body).refused(INVALID, "num_parts")


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
