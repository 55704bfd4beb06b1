"""POST /api/2.0/mlflow/model-versions/create."""

from __future__ import annotations

from typing import Any

import mlflow
import pytest

from tests.wire.server import INVALID, MISSING, Json, Server, pairs

ENDPOINT = "model-versions/create"
NOBODY = "0" * 32


@pytest.fixture
def name(server: Server) -> str:
    return server.new_registered_model()


@pytest.fixture
def model(server: Server, experiment: str, run: str) -> Json:
    """A logged model of the run, as its info."""
    return dict(server.model(server.new_model(experiment, name="forest", source_run_id=run))["info"])


def artifacts(server: Server, run: str) -> str:
    uri: str = server.run(run)["info"]["artifact_uri"]
    return uri


def made(server: Server, name: str, **fields: Any) -> Json:
    answer: Json = server.post(ENDPOINT, name=name, **fields).ok()["model_version"]
    return answer


def uri_of(server: Server, name: str, version: str) -> str:
    uri: str = server.get("model-versions/get-download-uri", name=name, version=version).ok()["artifact_uri"]
    return uri


def test_the_client_registers_an_artifact_of_a_run(
    server: Server, client: mlflow.MlflowClient, name: str, run: str
) -> None:
    source = f"{artifacts(server, run)}/model"
    version = client.create_model_version(
        name, source, run_id=run, tags={"a": "1"}, run_link="http://elsewhere/1", description="軌跡"
    )
    assert (version.name, version.version, version.status, version.current_stage) == (name, "1", "READY", "None")
    assert (version.source, version.run_id, version.run_link) == (source, run, "http://elsewhere/1")
    assert (version.tags, version.description, version.aliases) == ({"a": "1"}, "軌跡", [])
    assert uri_of(server, name, "1") == source
    assert dict(client.get_model_version(name, "1")) == dict(version)


def test_the_answer_field_for_field(server: Server, name: str) -> None:
    version = made(server, name, source="s3://bucket/model", tags=pairs(b="2", a="1"))
    now = version["creation_timestamp"]
    assert version == {
        "name": name,
        "version": "1",
        "creation_timestamp": now,
        "last_updated_timestamp": now,
        "current_stage": "None",
        "description": "",
        "source": "s3://bucket/model",
        "run_id": "",
        "status": "READY",
        "tags": pairs(a="1", b="2"),
        "run_link": "",
    }
    assert server.registered_model(name)["last_updated_timestamp"] == now


def test_numbers_are_not_given_again(server: Server, client: mlflow.MlflowClient, name: str) -> None:
    assert [server.new_version(name) for _ in range(3)] == ["1", "2", "3"]
    client.delete_model_version(name, "3")
    client.delete_model_version(name, "1")
    assert server.new_version(name) == "4"


def test_a_logged_model(server: Server, client: mlflow.MlflowClient, name: str, model: Json) -> None:
    model_id = model["model_id"]
    version = client.create_model_version(name, f"models:/{model_id}", model_id=model_id)
    assert (version.source, version.run_id) == (f"models:/{model_id}", model["source_run_id"])
    assert uri_of(server, name, "1") == model["artifact_uri"]
    client.create_model_version(name, model["artifact_uri"], model_id=model_id)
    tags = {tag["key"]: tag["value"] for tag in server.model(model_id)["info"]["tags"]}
    assert '"version":1' in tags["mlflow.modelVersions"].replace(" ", "")
    assert '"version":2' in tags["mlflow.modelVersions"].replace(" ", "")
    server.post(ENDPOINT, name=name, source=f"models:/{model_id}").refused(INVALID, "model_id request parameter")
    server.post(ENDPOINT, name=name, source=f"models:/{model_id}", model_id=f"m-{NOBODY}").rejected()


def test_a_version_of_a_model(server: Server, client: mlflow.MlflowClient, name: str, run: str) -> None:
    source = f"{artifacts(server, run)}/model"
    client.create_model_version(name, source, run_id=run)
    client.set_registered_model_alias(name, "champion", "1")
    other = server.new_registered_model()
    for given in (f"models:/{name}/1", f"models:/{name}@champion", f"models:/{name}/latest", f"models:/{name}/none"):
        version = made(server, other, source=given)
        assert (version["source"], version["run_id"]) == (f"models:/{name}/1", run)
        assert uri_of(server, other, version["version"]) == source
    # A copy of a copy has the files of the first.
    made(server, other, source=f"models:/{other}/1")
    assert uri_of(server, other, "5") == source
    server.post(ENDPOINT, name=other, source=f"models:/{name}/9").refused(MISSING, "version=9")
    server.post(ENDPOINT, name=other, source=f"models:/{name}@nope").refused(INVALID, "alias nope not found")
    server.post(ENDPOINT, name=other, source=f"models:/{name}/1", run_id=NOBODY).refused(INVALID, "must match")


def test_a_path_of_a_run(server: Server, name: str, run: str, model: Json) -> None:
    made(server, name, source=f"runs:/{run}/some/model", run_id=run)
    assert server.version(name, "1")["source"] == f"runs:/{run}/some/model"
    server.post(ENDPOINT, name=name, source=f"runs:/{run}/model").refused(INVALID, "run_id request parameter")
    server.post(ENDPOINT, name=name, source=f"runs:/{NOBODY}/model", run_id=run).refused(
        INVALID, "run_id request parameter"
    )


@pytest.mark.differs(reason="MLflow leaves it to its client to find out what a path of a run is")
def test_a_path_of_a_run_has_a_place(server: Server, name: str, run: str, model: Json) -> None:
    made(server, name, source=f"runs:/{run}/some/model", run_id=run)
    assert uri_of(server, name, "1") == f"{artifacts(server, run)}/some/model"
    made(server, name, source=f"runs:/{run}/forest", run_id=run)
    assert uri_of(server, name, "2") == model["artifact_uri"]
    assert server.version(name, "2")["model_id"] == model["model_id"]
    server.post(ENDPOINT, name=name, source=f"runs:/{NOBODY}/model", run_id=NOBODY).refused(MISSING, NOBODY)


@pytest.mark.parametrize("source", ["s3://bucket/key", "gs://bucket/a/b", "dbfs:/models/x"])
def test_buckets_may_be_any(server: Server, name: str, source: str) -> None:
    assert made(server, name, source=source)["source"] == source
    assert uri_of(server, name, "1") == source


def test_what_is_missing(server: Server, name: str) -> None:
    server.post(ENDPOINT, source="s3://b/k").refused(INVALID, "name")
    server.post(ENDPOINT, name=name).refused(INVALID, "source")
    server.post(ENDPOINT, name=name, source="").refused(INVALID, "source")
    server.post(ENDPOINT, name="nope", source="s3://b/k").refused(MISSING, "Registered Model with name=nope not found")
    server.post(ENDPOINT, name=name, source="s3://b/k", model_id=f"m-{NOBODY}").refused(MISSING, NOBODY)


def hostile(root: str, folder: str) -> list[str]:
    """Sources that lead out of a folder of artifacts, or nowhere."""
    local = [
        *("/etc/passwd", "/", folder, f"{folder}/../..", "relative", "./x", "~/x", "\\etc\\passwd", "C:\\x", "..", ""),
        *("file:/etc/passwd", "file:///etc/passwd", "FILE:///etc/passwd", "File:/etc", "file:etc", "file://host/etc"),
        *(
            "file://localhost/etc",
            "file:////etc",
            "file:///%65tc",
            "file:///%2e%2e/etc",
            "file:\\\\host\\x",
            "//host/x",
        ),
    ]
    below = [
        *(f"{root}/..", f"{root}/../x", f"{root}/%2e%2e/x", f"{root}/%252e%252e/x", f"{root}/a/..%2fx", f"{root}x"),
        *(
            f"{root}-other/model",
            f"{root}/x?y",
            f"{root}/x#y",
            f"{root}/x;y",
            f"{root}/%00",
            f"{root}/x%0ay",
            f"{root}/\\..\\x",
        ),
        *("mlflow-artifacts:/", "mlflow-artifacts:/0", "mlflow-artifacts://host/0/x", "mlflow-artifacts:x"),
    ]
    others = [
        *("http://localhost:1/x", "https://169.254.169.254/x", "ftp://h/x", "sftp://h/x", "hdfs://h/x", "viewfs://h/x"),
        *("gopher://h/x", "javascript:alert(1)", "data:,x", "r2://b/x", "b2://b/x", "s3://b/../k", "s3://b/%2e%2e/k"),
        *(
            "s3://b/k?x",
            "s3://b/k#x",
            "s3://u:p@b/k",
            "s3://b/a\nb",
            "prompts:/p/1",
            "models:",
            "models:/",
            "models:/x",
        ),
        *(
            "models://h/x/1",
            "models:/x/1/y",
            "models:/../1",
            "models:/x/-1",
            "models:/x/99999999999",
            "runs:/",
            "runs:/x",
        ),
        *("runs://h/x/y", f"runs:/{NOBODY}/../x", "dbfs://host/x", "abfss://c@evil.example/x", "unknown://x/y", "x:y"),
    ]
    return [*local, *below, *others]


def test_hostile_sources_are_refused_and_nothing_is_kept(
    server: Server, name: str, experiment: str, run: str, model: Json
) -> None:
    root = artifacts(server, run)
    other = server.new_run(experiment)
    folder = str(server.artifacts)
    sources = [
        *hostile(root, folder),
        f"{artifacts(server, other)}/model",
        f"{folder}/{experiment}/{run}/artifacts/model",
    ]
    named: list[Json] = [{}, {"run_id": run}, {"model_id": model["model_id"]}]
    named.append({"run_id": run, "model_id": model["model_id"], "tags": pairs(**{"mlflow.source": "x"})})
    for source in sources:
        for fields in named:
            answer = server.post(ENDPOINT, name=name, source=source, **fields)
            assert answer.status in (400, 404), (source, fields, answer)
            assert answer.json()["error_code"] in (INVALID, MISSING), (source, fields)
            assert "Traceback" not in answer.json()["message"]
    assert server.get("model-versions/search", filter=f"name = '{name}'").ok() == {}
    server.check()


@pytest.mark.differs(reason="MLflow stores it")
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"source": f"s3://b/{'k' * 2100}"}, ["2048"]),
        ({"run_id": "../x"}, ["run_id"]),
        ({"run_id": "x" * 300}, ["run_id"]),
        ({"model_id": "../x"}, ["model_id"]),
        ({"run_link": "x" * 2049}, ["run_link", "2048"]),
        ({"run_link": "\x00"}, ["run_link", "NUL"]),
        ({"description": "x" * 65_537}, ["description"]),
        ({"tags": pairs(**{"a$": "1"})}, ["tags[0].key"]),
        ({"tags": [*pairs(a="1"), *pairs(a="2")]}, ["twice"]),
        ({"source": 5}, ["source"]),
    ],
)
def test_what_cannot_be_kept_is_refused(server: Server, name: str, fields: Json, words: list[str]) -> None:
    server.post(ENDPOINT, {"name": name, "source": "s3://b/k", **fields}).refused(INVALID, *words)


@pytest.mark.differs(reason="MLflow makes a second version")
def test_a_request_that_is_sent_again_makes_one_version(server: Server, name: str) -> None:
    def send(mark: str) -> str:
        headers = {"Idempotency-Key": mark}
        body = {"name": name, "source": "s3://b/k"}
        answer = server.request("POST", f"/api/2.0/mlflow/{ENDPOINT}", json=body, headers=headers)
        return str(answer.ok()["model_version"]["version"])

    mark = server.unique("mark")
    assert [send(mark), send(mark), send(server.unique("mark"))] == ["1", "1", "2"]


@pytest.mark.differs(reason="MLflow does not keep who did it")
def test_who_did_it_is_kept(server: Server, name: str) -> None:
    made = server.ask("POST", ENDPOINT, user="ann", name=name, source="s3://b/k").ok()["model_version"]
    assert made["user_id"] == "ann"
    assert server.version(name, made["version"])["user_id"] == "ann"
