"""Projects as Jobs of Kubernetes, whose API and containers are emulated; the client is the real one."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import kiseki
from kiseki.base.errors import ExecutionFailed, Unavailable
from kiseki.client.client import KisekiClient
from kiseki.fluent.experiments import active_experiment_id
from kiseki.projects.job import PROGRAM
from kiseki.projects.kubernetes import _SHELL, job_manifest, read_template
from tests.kubernetes import Cluster, image_of, kubernetes
from tests.wire.server import Server

MLPROJECT = """
name: A project
docker_env:
  image: python:3.12
  environment: [[LEVEL, "$(PATH) $$"], FROM_HERE]
entry_points:
  main:
    parameters: {note: string}
    command: "python train.py {note} $(echo $LEVEL | wc -w) $$"
  fails: {command: "echo before; exit 3"}
  waits: {command: "echo started; sleep 600"}
"""
TRAIN = """
import os, sys
import kiseki

with kiseki.start_run():
    kiseki.log_metric("loss", 0.5)
    kiseki.set_tag("got", [*sys.argv[1:3], sys.argv[3].isdigit(), os.environ["LEVEL"], os.environ["FROM_HERE"]])
print("trained")
"""
# MLflow's own example has texts in braces for what is filled in.
TEMPLATE = """
apiVersion: batch/v1
kind: Job
metadata:
  name: "{replaced with MLflow Project name}"
  namespace: ml
  labels: {team: a}
spec:
  ttlSecondsAfterFinished: 100
  template:
    spec:
      containers:
      - name: "{replaced with MLflow Project name}"
        image: "{replaced with URI of Docker image created during Project execution}"
        command: ["{replaced with MLflow Project entry point command}"]
        env: ["{appended with MLFLOW_TRACKING_URI, MLFLOW_RUN_ID and MLFLOW_EXPERIMENT_ID}"]
        resources: {limits: {memory: 512Mi}}
      - {name: proxy, image: "proxy:1"}
"""


@pytest.fixture
def cluster(tmp_path: Path, tracking: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    folder = tmp_path / "cluster"
    folder.mkdir()
    with kubernetes(folder) as started:
        monkeypatch.setenv("KUBECONFIG", str(folder / "kubeconfig"))
        monkeypatch.setenv("PATH", f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("FROM_HERE", "here")
        yield started


@pytest.fixture
def config(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    return {
        "kube-context": "here",
        "repository-uri": "registry.example:5000/team/project",
        "kube-job-template-path": str(tmp_path / "template.yaml"),
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    found = tmp_path / "project"
    found.mkdir()
    (found / "MLproject").write_text(MLPROJECT)
    (found / "train.py").write_text(TRAIN)
    return found


@pytest.fixture
def place(server: Server) -> str:
    return server.uri


def submit(project: Path, entry_point: str, config: dict[str, str], **given: Any) -> kiseki.projects.SubmittedRun:
    return kiseki.run(project, entry_point, backend="kubernetes", backend_config=config, **given)


def test_a_job(client: KisekiClient, cluster: Cluster, config: dict[str, str], project: Path) -> None:
    note = 'a "b" $HOME $$ $(KISEKI_RUN_ID) $(touch canary) \'; touch canary #'
    submitted = submit(project, "main", config, parameters={"note": note})
    run = client.get_run(submitted.run_id)
    tags = run.data.tags
    assert (run.info.status, run.data.metrics) == ("FINISHED", {"loss": 0.5})
    assert tags["got"] == str([note, "2", True, "$(PATH) $$", "here"])
    assert tags["mlflow.docker.image.uri"] == image_of(f"registry.example:5000/team/project:{run.info.run_id}")
    (name,) = cluster.jobs
    assert tags["kiseki.project.job"] == f"kubernetes ml/{name}"
    assert [*submitted.logs()].count("trained") == 1
    ((path, manifest),) = [(path, body) for verb, path, body in cluster.requests if verb == "POST"]
    assert path == "/apis/batch/v1/namespaces/ml/jobs?fieldValidation=Strict"
    assert manifest["metadata"]["labels"] == {"team": "a", "kiseki-run-id": run.info.run_id}


def test_a_job_that_fails(client: KisekiClient, cluster: Cluster, config: dict[str, str], project: Path) -> None:
    with pytest.raises(ExecutionFailed, match=r"Run \(ID '\w+'\) failed"):
        submit(project, "fails", config)
    (run,) = client.search_runs([active_experiment_id(client)])
    assert run.info.status == "FAILED"


def test_cancelled(client: KisekiClient, cluster: Cluster, config: dict[str, str], project: Path) -> None:
    submitted = submit(project, "waits", config, synchronous=False)
    assert next(submitted.logs(follow=True)) == "started"
    submitted.cancel()
    assert (submitted.get_status(), submitted.wait(), cluster.jobs) == ("KILLED", False, {})
    (path,) = [path for verb, path, _ in cluster.requests if verb == "DELETE"]
    assert path.endswith("?propagationPolicy=Foreground")
    assert client.get_run(submitted.run_id).info.status == "KILLED"


def test_a_job_that_somebody_deletes(
    client: KisekiClient, cluster: Cluster, config: dict[str, str], project: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cluster.is_full = True
    with caplog.at_level(logging.WARNING, "kiseki"):
        submitted = submit(project, "waits", config, synchronous=False)
        end = time.monotonic() + 60
        while "ImagePullBackOff: no such image" not in caplog.text:
            assert time.monotonic() < end
            time.sleep(0.05)
        assert submitted.get_status() == "SCHEDULED"
        cluster.jobs.clear()
        assert not submitted.wait()
    assert "is not known there any more" in caplog.text
    assert client.get_run(submitted.run_id).info.status == "KILLED"


def escaped(text: str) -> str:
    return text.replace("$", "$$")


def test_the_manifest(config: dict[str, str]) -> None:
    template = read_template(Path(config["kube-job-template-path"]))
    made = job_manifest(
        template, project="a" * 49 + "-b", image="i@sha256:0", line="echo $A", variables={"A": "$(B)"}, run_id="r"
    )
    name = made["metadata"].pop("name")
    assert name.startswith("a" * 49 + "-")
    assert len(name) <= 63
    assert made == {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"namespace": "ml", "labels": {"team": "a", "kiseki-run-id": "r"}},
        "spec": {
            "ttlSecondsAfterFinished": 100,
            "backoffLimit": 0,
            "template": {
                "spec": {
                    "containers": [
                        {
                            "name": "a" * 49,
                            "image": "i@sha256:0",
                            "command": ["bash", "-c", escaped(_SHELL), "echo $$A", escaped(PROGRAM)],
                            "env": [{"name": "A", "value": "$$(B)"}],
                            "resources": {"limits": {"memory": "512Mi"}},
                        },
                        {"name": "proxy", "image": "proxy:1"},
                    ],
                    "restartPolicy": "Never",
                }
            },
        },
    }
    container = template["spec"]["template"]["spec"]["containers"][0]
    container["env"] = [
        {"name": "A", "value": "1"},
        {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
    ]
    again = job_manifest(template, project="p", image="i", line="", variables={"A": "2"}, run_id="r")
    assert again["spec"]["template"]["spec"]["containers"][0]["env"] == [
        container["env"][1],
        {"name": "A", "value": "2"},
    ]


def test_what_is_refused(
    client: KisekiClient,
    cluster: Cluster,
    config: dict[str, str],
    project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "pod.yaml").write_text("apiVersion: v1\nkind: Pod\n")
    for given, message in [
        ({"repository-uri": ""}, "Look at: repository-uri"),
        ({"x": "y"}, "Look at: x"),
        ({"kube-job-template-path": "none.yaml"}, "is no file"),
        ({"kube-job-template-path": str(tmp_path / "pod.yaml")}, "no template of a Job"),
    ]:
        with pytest.raises(ExecutionFailed, match=message):
            submit(project, "fails", {**config, **given})
    monkeypatch.delenv("FROM_HERE")
    with pytest.raises(ExecutionFailed, match="takes FROM_HERE from here"):
        submit(project, "fails", config)
    monkeypatch.setenv("FROM_HERE", "")
    with pytest.raises(ExecutionFailed, match=r"Say in the template"):
        submit(project, "fails", config, docker_args={"gpus": "all"})
    (tmp_path / "plain.py").touch()
    with pytest.raises(ExecutionFailed, match="give the project a docker_env"):
        submit(tmp_path / "plain.py", "main", config)
    assert client.search_runs([active_experiment_id(client)]) == []
    for given, expected in [
        ({"kube-context": "there"}, "(?i)there in .*contexts.*Set KUBECONFIG"),
        ({"repository-uri": "refused"}, "could not push refused:"),
    ]:
        with pytest.raises((ExecutionFailed, Unavailable), match=expected):
            submit(project, "fails", {**config, **given})
    template = yaml.safe_load(TEMPLATE)
    template["metadata"]["namespace"] = "forbidden"
    (tmp_path / "template.yaml").write_text(yaml.safe_dump(template))
    with pytest.raises(Unavailable, match=r"403 Forbidden: .*jobs\.batch is forbidden"):
        submit(project, "fails", config)
    template["spec"]["backoffLimit"] = "many"
    (tmp_path / "template.yaml").write_text(yaml.safe_dump(template))
    with pytest.raises(ExecutionFailed, match=r"(?s)The template is no Job: .*backoffLimit"):
        submit(project, "fails", config)
    runs = client.search_runs([active_experiment_id(client)])
    assert [run.info.status for run in runs] == ["FAILED"] * 4
