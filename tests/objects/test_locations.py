"""Experiments whose artifacts lie in buckets: what the server opens, and what clients open by themselves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest

import kiseki
from kiseki import KisekiClient
from kiseki.artifact_store import resolve
from kiseki.artifact_store.buckets import open_bucket
from kiseki.artifact_store.locations import parse_location
from kiseki.base.errors import InvalidParameter, NotFound, PermissionDenied, Unavailable
from kiseki.client.resolve import close_all
from tests.faults.server import Target
from tests.objects.servers import ACCESS_KEY, SECRET_KEY, ObjectServer, free_port


@pytest.fixture(params=["local", "server"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KisekiClient]:
    """A client whose experiments say themselves where their artifacts lie."""
    if request.param == "local":
        yield KisekiClient(f"sqlite:///{tmp_path}/kiseki.db")
    else:
        with Target(tmp_path / "server") as server:
            yield KisekiClient(server.uri)
    close_all()


@pytest.fixture
def run(client: KisekiClient, objects: ObjectServer) -> str:
    return client.create_run(client.create_experiment("e", artifact_location=objects.new_folder("own"))).info.run_id


def test_a_client_opens_the_bucket_by_itself(client: KisekiClient, run: str, tmp_path: Path) -> None:
    client.log_text(run, "some text", "deep/a.txt")
    client.log_dict(run, {"a": 1}, "b.json")
    root = str(client.get_run(run).info.artifact_uri)
    assert [info.path for info in resolve(root).walk("")] == ["b.json", "deep/a.txt"]
    assert [one.path for one in client.list_artifacts(run)] == ["b.json", "deep"]
    fetched = Path(client.download_artifacts(run, "deep/a.txt", str(tmp_path)))
    assert fetched.read_text() == "some text"
    kiseki.set_tracking_uri("")
    assert kiseki.artifacts.load_text(f"{root}/deep/a.txt") == "some text"


def test_what_a_client_stored_is_recorded(client: KisekiClient, run: str) -> None:
    client.log_text(run, "some text", "a.txt")
    root = parse_location(str(client.get_run(run).info.artifact_uri))
    store = client.backend.artifact_store(root.uri)
    with resolve(root).open_download("a.txt") as file:
        file_name = f"{open_bucket(root).name}{root.path}/a.txt"
        found = client.backend.find_digest(file_name, file.size, file.modified_ns)  # type: ignore[attr-defined]
    assert found == "b94f6f125c79e3a5ffaa826f584c10d52ada669e6762051b826b55776d05aed2"
    with store.open_download("a.txt") as checked:
        assert checked.read() == b"some text"


@pytest.mark.parametrize("objects", ["seaweedfs"], indirect=True)
def test_mlflow_and_kiseki_find_each_others_files(objects: ObjectServer, tmp_path: Path) -> None:
    folder = objects.new_folder("own")
    with Target(tmp_path / "server", options=("--default-artifact-root", folder)) as server:
        theirs, ours = mlflow.MlflowClient(server.uri), KisekiClient(server.uri)
        run = ours.create_run(ours.create_experiment("e")).info.run_id
        theirs.log_text(run, "of MLflow", "theirs.txt")
        ours.log_text(run, "of kiseki", "ours.txt")
        assert {one.path for one in theirs.list_artifacts(run)} == {"theirs.txt", "ours.txt"}
        for name, text in (("theirs.txt", "of MLflow"), ("ours.txt", "of kiseki")):
            assert server.request("GET", "/get-artifact", query={"run_id": run, "path": name}).body == text.encode()
        close_all()


def test_row_4_the_server_opens_its_own_roots_and_the_allow_list_alone(objects: ObjectServer, tmp_path: Path) -> None:
    own, allowed = objects.new_folder("own"), objects.new_folder("allowed")
    options = ("--default-artifact-root", own, "--allowed-artifact-locations", f"{allowed},{tmp_path / 'nas'}")
    with Target(tmp_path / "server", options=options) as server:
        places = {
            f"{own}/x": True,
            f"{allowed}": True,
            f"{allowed}/deeper/x": True,
            f"{tmp_path / 'nas'}/x": True,
            f"{allowed}-sibling/x": False,
            f"{allowed.rpartition('/')[0]}": False,
            f"{objects.new_folder('other')}": False,
            f"{tmp_path / 'other'}": False,
            f"{tmp_path / 'nas-sibling'}": False,
        }
        for location, opened in places.items():
            store = resolve(location)
            run = server.new_run(server.new_experiment(artifact_location=location))
            with store.open_upload(f"{run}/artifacts/canary.txt") as upload:
                upload.write(b"a secret")
                upload.commit()
            answer = server.request("GET", "/get-artifact", query={"run_id": run, "path": "canary.txt"})
            listed = server.get("artifacts/list", run_id=run)
            zipped = server.request("GET", "/api/kiseki/v1/artifacts/zip", query={"run_id": run})
            if opened:
                assert answer.body == b"a secret", location
                assert [one["path"] for one in listed.ok()["files"]] == ["canary.txt"], location
            else:
                assert {answer.status, listed.status, zipped.status} == {403}, location
                assert b"a secret" not in answer.body
                native = "/api/kiseki/v1/artifacts/transfers/"
                for step in ("upload", "complete", "abort"):
                    asked = {"run_id": run, "path": "x", "size": 1 << 24, "sha256": "0" * 64, "upload_id": "u"}
                    assert server.request("POST", native + step, json=asked).status == 403, location
                query = {"run_id": run, "path": "canary.txt"}
                assert server.request("GET", f"{native}download", query=query).status == 403, location


@pytest.mark.parametrize("objects", ["s3"], indirect=True)
def test_row_4_locations_that_are_none_are_not_stored(objects: ObjectServer, tmp_path: Path) -> None:
    with Target(tmp_path / "server") as server:
        for location in (f"{objects.bucket}/../other", f"{objects.bucket}/%2e%2e/x", "abfss://c@evil.example/x"):
            server.post("experiments/create", name="x", artifact_location=location).rejected()
        server.new_experiment(artifact_location="abfss://c@account.dfs.core.windows.net/x")


@pytest.mark.parametrize("objects", ["s3"], indirect=True)
def test_keys_of_a_profile(objects: ObjectServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    (tmp_path / "credentials").write_text(
        f"[team]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n"
    )
    (tmp_path / "config").write_text("[profile team]\nregion = us-east-1\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "team")
    assert list(resolve(objects.new_folder()).walk("")) == []
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(InvalidParameter, match="'nobody' has no access key"):
        resolve(objects.new_folder())


@pytest.mark.parametrize("objects", ["seaweedfs"], indirect=True)
def test_what_the_store_refuses_is_told_without_its_names(
    objects: ObjectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = resolve(objects.new_folder())
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(PermissionDenied, match="check its credentials") as refused:
        resolve(objects.new_folder()).stat("a")
    assert objects.bucket.partition("://")[2] not in refused.value.message
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    with pytest.raises(NotFound):
        store.open_download("a")


@pytest.mark.parametrize("objects", ["s3"], indirect=True)
def test_a_store_that_does_not_answer_is_unavailable(objects: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Unavailable, match="can not be accessed now"):
        resolve(objects.bucket).stat("a")
    assert os.environ["MLFLOW_S3_ENDPOINT_URL"] != objects.endpoint
