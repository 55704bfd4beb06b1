"""PUT /api/2.0/mlflow-artifacts/artifacts/<path>."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import mlflow
import pytest

from tests.wire.server import INVALID, PROXY, Server


def test_the_client_uploads_a_file(server: Server, client: mlflow.MlflowClient, run: str, tmp_path: Path) -> None:
    source = tmp_path / "軌 跡.bin"
    source.write_bytes(bytes(range(256)))
    client.log_artifact(run, str(source), artifact_path="deep/er")
    stored = server.request("GET", f"{PROXY}/{quote(server.artifact_path(run))}/deep/er/{quote(source.name)}")
    assert (stored.status, stored.body) == (200, bytes(range(256)))


def test_the_client_uploads_a_folder(server: Server, client: mlflow.MlflowClient, run: str, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "sub" / "b.txt").write_text("b")
    client.log_artifacts(run, str(tmp_path), artifact_path="all")
    root = f"{PROXY}/{server.artifact_path(run)}/all"
    assert server.request("GET", f"{root}/a.txt").body == b"a"
    assert server.request("GET", f"{root}/sub/b.txt").body == b"b"


@pytest.mark.parametrize("prefix", ["/api", "/ajax-api"])
def test_the_body_is_the_file(server: Server, run: str, prefix: str) -> None:
    path = f"{prefix}/2.0/mlflow-artifacts/artifacts/{server.artifact_path(run)}/a.txt"
    answer = server.request("PUT", path, body=b"hello")
    assert answer.status == 200
    assert answer.body in (b"", b"{}")
    assert server.request("GET", path).body == b"hello"


@pytest.mark.parametrize(
    ("size", "headers"),
    [(0, {}), (1, {}), (1_000_000, {}), (5, {"Content-Type": "text/plain"}), (5, {"Content-Type": "image/png"})],
)
def test_files_of_all_sizes_and_kinds(server: Server, run: str, size: int, headers: dict[str, str]) -> None:
    body = bytes(n % 251 for n in range(size))
    path = f"{PROXY}/{server.artifact_path(run)}/x"
    assert server.request("PUT", path, body=body, headers=headers).status == 200
    stored = server.request("GET", path)
    assert (stored.status, stored.headers["content-length"], stored.body) == (200, str(size), body)


def test_a_second_upload_replaces_the_first(server: Server, run: str) -> None:
    path = f"{PROXY}/{server.artifact_path(run)}/x"
    for body in (b"first, and longer", b"second"):
        assert server.request("PUT", path, body=body).status == 200
    assert server.request("GET", path).body == b"second"


@pytest.mark.parametrize("name", ["with space", "軌跡", "a+b=c&d", "a%b", "x" * 200, "~", "a'b", 'a"b', "a?b", "a:b"])
def test_names_of_all_kinds(server: Server, run: str, name: str) -> None:
    root = server.artifact_path(run)
    server.put_artifact(f"{root}/{name}", name.encode())
    assert server.request("GET", f"{PROXY}/{quote(f'{root}/{name}')}").body == name.encode()
    listed = server.get("artifacts/list", run_id=run).ok()["files"]
    assert listed == [{"path": name, "is_dir": False, "file_size": len(name.encode())}]


BAD = [
    "../x",
    "a/../../x",
    "%2e%2e/x",
    "..%2fx",
    "%252e%252e%252fx",
    "/etc/x",
    "%2Fetc%2Fx",
    "C:/x",
    "file:///x",
]


@pytest.mark.parametrize("path", BAD)
def test_paths_that_lead_elsewhere_are_refused(server: Server, path: str) -> None:
    server.request("PUT", f"{PROXY}/{path}", body=b"x").refused(INVALID, "Invalid path")


@pytest.mark.differs(reason="MLflow takes backslashes and NUL")
@pytest.mark.parametrize("path", ["a%5cb", "%5C..%5Cx", "a%00b"])
def test_more_paths_are_refused(server: Server, path: str) -> None:
    server.request("PUT", f"{PROXY}/{path}", body=b"x").rejected("path")


@pytest.mark.differs(reason="MLflow answers 500")
def test_a_folder_is_not_replaced_by_a_file(server: Server, run: str) -> None:
    root = server.artifact_path(run)
    server.put_artifact(f"{root}/deep/a.txt", b"x")
    server.request("PUT", f"{PROXY}/{root}/deep", body=b"y").rejected()
    server.request("PUT", f"{PROXY}/{root}/deep/a.txt/b", body=b"y").rejected()
    assert server.request("GET", f"{PROXY}/{root}/deep/a.txt").body == b"x"


def test_a_name_is_required(server: Server, run: str) -> None:
    root = f"{PROXY}/{server.artifact_path(run)}"
    assert server.request("PUT", f"{PROXY}/", body=b"x").status in (400, 404)
    assert server.request("PUT", f"{root}/", body=b"x").status == 400
    assert server.request("PUT", PROXY, body=b"x").status == 405


@pytest.mark.differs(reason="MLflow answers in another form")
def test_a_missing_name_is_told_in_json(server: Server, run: str) -> None:
    server.request("PUT", f"{PROXY}/{server.artifact_path(run)}/", body=b"x").refused(INVALID)


@pytest.mark.differs(reason="a '#' in a name is part of it, where MLflow refuses it")
def test_a_number_sign_is_part_of_the_name(server: Server) -> None:
    assert server.request("PUT", f"{PROXY}/signs/a%23b", body=b"1").status == 200
    assert server.request("GET", f"{PROXY}/signs/a%23b").body == b"1"
    assert server.request("GET", f"{PROXY}/signs/a").status == 404


@pytest.mark.differs(reason="a path that says the same in more letters is the same, where MLflow fails")
def test_dot_segments_are_no_other_path(server: Server) -> None:
    assert server.request("PUT", f"{PROXY}/dots/./a", body=b"1").status == 200
    assert server.request("GET", f"{PROXY}/dots/a").body == b"1"
