"""GET and HEAD /api/2.0/mlflow-artifacts/artifacts/<path>."""

from __future__ import annotations

from pathlib import Path

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, PROXY, Server

BINARY = bytes(range(256)) * 5


@pytest.fixture
def root(server: Server, run: str) -> str:
    """The path of a run's artifacts, of which there are two."""
    path = server.artifact_path(run)
    server.put_artifact(f"{path}/a.txt", b"hello")
    server.put_artifact(f"{path}/deep/b.bin", BINARY)
    return f"{PROXY}/{path}"


def test_the_client_downloads_a_file_and_a_folder(
    client: mlflow.MlflowClient, root: str, run: str, tmp_path: Path
) -> None:
    assert root.endswith(f"/{run}/artifacts")
    assert Path(client.download_artifacts(run, "a.txt", str(tmp_path))).read_bytes() == b"hello"
    folder = Path(client.download_artifacts(run, "", str(tmp_path)))
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == {
        "a.txt",
        "deep/b.bin",
    }
    assert (folder / "deep" / "b.bin").read_bytes() == BINARY


def test_the_client_says_which_file_is_missing(client: mlflow.MlflowClient, root: str, run: str) -> None:
    assert root
    with pytest.raises(mlflow.exceptions.MlflowException, match=r"nothing\.txt"):
        client.download_artifacts(run, "nothing.txt")


@pytest.mark.parametrize("prefix", ["/api", "/ajax-api"])
def test_a_file_comes_as_an_attachment(server: Server, root: str, prefix: str) -> None:
    answer = server.request("GET", root.replace("/api", prefix, 1) + "/a.txt")
    assert (answer.status, answer.body) == (200, b"hello")
    assert answer.headers["content-length"] == "5"
    assert answer.headers["content-type"].split(";")[0] == "text/plain"
    assert answer.headers["content-disposition"].replace('"', "") == "attachment; filename=a.txt"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("asked", "start", "stop"), [("bytes=1-2", 1, 3), ("bytes=0-0", 0, 1), ("bytes=1000-", 1000, 1280)]
)
def test_a_part_of_a_file(server: Server, root: str, asked: str, start: int, stop: int) -> None:
    answer = server.request("GET", f"{root}/deep/b.bin", headers={"Range": asked})
    assert (answer.status, answer.body) == (206, BINARY[start:stop])
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/1280"
    assert answer.headers["content-length"] == str(stop - start)


def test_the_end_of_a_file(server: Server, root: str) -> None:
    answer = server.request("GET", f"{root}/deep/b.bin", headers={"Range": "bytes=-10"})
    assert (answer.status, answer.body) == (206, BINARY[-10:])


def test_a_part_beyond_the_end_is_not_satisfiable(server: Server, root: str) -> None:
    answer = server.request("GET", f"{root}/a.txt", headers={"Range": "bytes=100-200"})
    assert answer.status == 416
    assert answer.headers["content-range"] == "bytes */5"


def test_head_tells_what_get_would(server: Server, root: str) -> None:
    answer = server.request("HEAD", f"{root}/a.txt")
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "5")


def test_a_missing_file_is_not_found(server: Server, root: str) -> None:
    server.request("GET", f"{root}/nothing.txt").refused(MISSING, "No such artifact", "nothing.txt")
    server.request("GET", f"{root}/deep/nothing.txt").refused(MISSING, "No such artifact", "nothing.txt")


@pytest.mark.parametrize("path", ["/deep", "/deep/", ""])
def test_a_folder_is_no_file(server: Server, root: str, path: str) -> None:
    assert server.request("GET", root + path).status == 400


@pytest.mark.differs(reason="MLflow answers in another form")
@pytest.mark.parametrize("path", ["/deep", "/deep/", ""])
def test_a_folder_is_no_file_in_json(server: Server, root: str, path: str) -> None:
    server.request("GET", root + path).refused(INVALID)


@pytest.mark.parametrize(
    "path",
    ["../x", "a/../../x", "%2e%2e/x", "..%2fx", "%252e%252e%252fx", "/etc/passwd", "%2Fetc%2Fpasswd", "C:/x"],
)
def test_paths_that_lead_elsewhere_are_refused(server: Server, path: str) -> None:
    server.request("GET", f"{PROXY}/{path}").refused(INVALID, "Invalid path")
