"""DELETE /api/2.0/mlflow-artifacts/artifacts/<path>."""

from __future__ import annotations

import pytest

from tests.wire.server import INVALID, PROXY, Server


@pytest.fixture
def root(server: Server, run: str) -> str:
    path = server.artifact_path(run)
    for name in ("a.txt", "b.txt", "deep/x", "deep/er/y"):
        server.put_artifact(f"{path}/{name}", b"x")
    return path


def names(server: Server, root: str) -> list[str]:
    return [one["path"] for one in server.request("GET", PROXY, query={"path": root}).ok().get("files", [])]


@pytest.mark.parametrize("prefix", ["/api", "/ajax-api"])
def test_a_file_goes(server: Server, root: str, prefix: str) -> None:
    path = f"{PROXY.replace('/api', prefix, 1)}/{root}/a.txt"
    assert server.request("DELETE", path).ok() == {}
    assert names(server, root) == ["b.txt", "deep"]
    assert server.request("GET", path).status == 404


def test_a_folder_goes_with_all_that_is_in_it(server: Server, root: str) -> None:
    assert server.request("DELETE", f"{PROXY}/{root}/deep").ok() == {}
    assert names(server, root) == ["a.txt", "b.txt"]
    assert names(server, f"{root}/deep") == []


@pytest.mark.parametrize("path", ["a.txt", "nothing", "nothing/x"])
def test_what_is_gone_may_be_deleted(server: Server, root: str, path: str) -> None:
    for _ in range(2):
        assert server.request("DELETE", f"{PROXY}/{root}/{path}").ok() == {}


def test_a_file_can_come_back(server: Server, root: str) -> None:
    server.request("DELETE", f"{PROXY}/{root}/a.txt").ok()
    server.put_artifact(f"{root}/a.txt", b"again")
    assert server.request("GET", f"{PROXY}/{root}/a.txt").body == b"again"


@pytest.mark.parametrize("path", ["", "/"])
def test_the_root_itself_is_never_deleted(server: Server, root: str, path: str) -> None:
    assert server.request("DELETE", PROXY + path).status in (400, 404, 405)
    assert names(server, root) == ["a.txt", "b.txt", "deep"]


@pytest.mark.parametrize("path", ["../x", "a/../../x", "%2e%2e/x", "..%2fx", "%252e%252e%252fx", "C:/x", "file:///x"])
def test_paths_that_lead_elsewhere_are_refused(server: Server, path: str) -> None:
    server.request("DELETE", f"{PROXY}/{path}").refused(INVALID, "Invalid path")


@pytest.mark.differs(reason="MLflow redirects")
@pytest.mark.parametrize("path", ["/etc/passwd", "%2Fetc%2Fpasswd", "a%5cb", "a%00b", ".", "%2e"])
def test_more_paths_are_refused(server: Server, root: str, path: str) -> None:
    server.request("DELETE", f"{PROXY}/{path}").rejected()
    assert names(server, root) == ["a.txt", "b.txt", "deep"]
