"""The command lines of Docker, and what an image is built from."""

from pathlib import Path

import pytest

from kiseki.base.errors import ExecutionFailed
from kiseki.projects.docker import PLACE, DockerEnvironment, write_context
from kiseki.projects.environment import environment_of
from kiseki.projects.launch import options
from kiseki.projects.mlproject import DockerEnv, MLproject

ENV = DockerEnv(image="python:3.12", volumes=("/data:/data",), environment=(("TOKEN_X", None), ("A", "b c")))


def test_the_project_is_mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KISEKI_TRACKING_PASSWORD", "secret")
    project = MLproject(folder=tmp_path, name="A project", docker_env=ENV)
    given = options({"gpus": "all", "t": None, "network": "host", "init": True, "u": 3}, "Docker")
    environment = environment_of(project, None, None, docker_args=given, commit="0123456789")
    variables = {"KISEKI_TRACKING_URI": "http://localhost:5000", "MLFLOW_RUN_ID": "1"}
    launch = environment.launch("echo 'a b'; true", tmp_path, variables)
    assert launch.arguments == [
        *("docker", "run", "--rm", f"--volume={tmp_path}:{PLACE}", f"--workdir={PLACE}", "--volume=/data:/data"),
        *("--env=TOKEN_X", "--env=KISEKI_TRACKING_PASSWORD"),
        *("--env=KISEKI_TRACKING_URI=http://localhost:5000", "--env=MLFLOW_RUN_ID=1", "--env=A=b c"),
        *("--gpus=all", "-t", "--network=host", "--init", "-u", "3"),
        *("python:3.12", "bash", "-c", "echo 'a b'; true"),
    ]
    assert launch.variables["KISEKI_TRACKING_PASSWORD"] == "secret"
    assert environment.kind == "docker"


@pytest.mark.parametrize(("uri", "folder"), [("sqlite:////x/y/k.db", "/x/y"), ("/x/store", "/x/store")])
def test_where_runs_are_kept_is_mounted(uri: str, folder: str, tmp_path: Path) -> None:
    launch = DockerEnvironment(ENV, "").launch("true", tmp_path, {"KISEKI_TRACKING_URI": uri})
    assert f"--volume={folder}:{folder}" in launch.arguments


def test_an_image_of_its_own(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    (project / "train.py").write_text("print()")
    (project / "link").symlink_to("/etc")
    context = tmp_path / "context"
    context.mkdir()
    write_context(context, "python:3.12", project)
    assert (context / "Dockerfile").read_text() == f"FROM python:3.12\nCOPY project/ {PLACE}/\nWORKDIR {PLACE}\n"
    assert sorted(path.name for path in (context / "project").iterdir()) == ["link", "train.py"]
    assert (context / "project" / "link").is_symlink()
    assert DockerEnvironment(ENV, "A project!", (), "0123456789", True).image == "a-project:0123456"
    assert DockerEnvironment(ENV, "", (), None, True).image == "docker-project:latest"
    assert DockerEnvironment(ENV, "A project!").image == "python:3.12"


@pytest.mark.parametrize("name", ["", "-v", "a b", "a=b", "日"])
def test_names_of_arguments(name: str) -> None:
    with pytest.raises(ExecutionFailed, match="no name of an option"):
        options({name: "x"}, "Docker")
