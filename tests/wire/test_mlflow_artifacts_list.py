"""GET /api/2.0/mlflow-artifacts/artifacts?path=<folder>."""

from __future__ import annotations

from urllib.parse import urlsplit

import mlflow
import pytest

from tests.wire.server import INVALID, PROXY, Server


@pytest.fixture
def root(server: Server, run: str) -> str:
    path = server.artifact_path(run)
    for name, size in (("b.txt", 5), ("a/x.bin", 256), ("a/deep/軌 跡.txt", 1), ("c d.json", 2)):
        server.put_artifact(f"{path}/{name}", b"x" * size)
    return path


def test_the_client_lists_through_the_proxy(server: Server, root: str) -> None:
    uri = f"mlflow-artifacts://{urlsplit(server.uri).netloc}/{root}/a"
    found = mlflow.artifacts.list_artifacts(artifact_uri=uri, tracking_uri=server.uri)
    assert [(one.path.rsplit("/")[-1], one.is_dir, one.file_size) for one in found] == [
        ("deep", True, None),
        ("x.bin", False, 256),
    ]


@pytest.mark.parametrize("prefix", ["/api", "/ajax-api"])
@pytest.mark.parametrize("end", ["", "/"])
def test_names_are_told_without_their_folder_and_in_order(server: Server, root: str, prefix: str, end: str) -> None:
    path = PROXY.replace("/api", prefix, 1)
    assert server.request("GET", path, query={"path": root + end}).ok() == {
        "files": [
            {"path": "a", "is_dir": True},
            {"path": "b.txt", "is_dir": False, "file_size": 5},
            {"path": "c d.json", "is_dir": False, "file_size": 2},
        ]
    }
    assert server.request("GET", path, query={"path": f"{root}/a/deep{end}"}).ok() == {
        "files": [{"path": "軌 跡.txt", "is_dir": False, "file_size": 1}]
    }


def test_without_a_path_the_root_is_listed(server: Server, experiment: str, root: str) -> None:
    assert root.startswith(f"{experiment}/")
    for query in ({}, {"path": ""}):
        assert {"path": experiment, "is_dir": True} in server.request("GET", PROXY, query=query).ok()["files"]


@pytest.mark.parametrize("path", ["nothing", "b.txt", "a/nothing"])
def test_a_file_or_nothing_is_an_empty_object(server: Server, root: str, path: str) -> None:
    assert server.request("GET", PROXY, query={"path": f"{root}/{path}"}).ok() == {}


@pytest.mark.parametrize("path", ["../x", "..", "/etc", "a/../../x", "%2e%2e", "%252e%252e/x", "file:///etc"])
def test_paths_that_lead_elsewhere_are_refused(server: Server, path: str) -> None:
    server.request("GET", PROXY, query={"path": path}).refused(INVALID, "Invalid path")
