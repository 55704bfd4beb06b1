"""Images that serve a model: what Docker builds one from, and the call of Docker.

The image has the model, its requirements, and kiseki as it runs here; nothing is fetched when it starts. It answers what
SageMaker asks of a container: GET /ping and POST /invocations at port 8080, whatever arguments it is started with.
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from kiseki.__about__ import __version__
from kiseki.base.errors import InvalidParameter, Unavailable
from kiseki.models.environment import Environment, read_environment
from kiseki.models.isolation import copy_kiseki, requirement_lines
from kiseki.models.load import local_model
from kiseki.models.mlmodel import Model
from kiseki.models.requirements import Requirements

PLACE: Final = "/opt/ml/model"
"""Where the model is in the image, or is to be mounted."""
PORT: Final = 8080

_DOCKERFILE: Final = """\
# Serves {what} at port {port}: GET /ping, POST /invocations. Written by kiseki {version}.
#   docker build -t NAME .
#   docker run --rm -p 5001:{port} {mount}NAME
# KISEKI_MODELS_WORKERS and the other variables of `kiseki models serve` are set with -e.
ARG PYTHON={python}-slim-bookworm
FROM python:${{PYTHON}}
{java}\
RUN groupadd --gid 10001 kiseki && useradd --uid 10001 --gid kiseki --create-home kiseki
COPY requirements.txt constraints.txt /opt/kiseki/
RUN pip install --no-cache-dir --disable-pip-version-check \\
    --requirement /opt/kiseki/requirements.txt --constraint /opt/kiseki/constraints.txt
COPY kiseki /opt/kiseki/lib/kiseki
RUN python -m compileall -q /opt/kiseki/lib
{model}\
ENV PYTHONPATH=/opt/kiseki/lib PYTHONDONTWRITEBYTECODE=1 \\
    KISEKI_HOST=0.0.0.0 KISEKI_PORT={port} KISEKI_SERVER_LOG_FORMAT=json
USER 10001:10001
EXPOSE {port}
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \\
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['KISEKI_PORT'] + '/ping', timeout=4)"]
# By a shell, which leaves out the argument "serve" with which SageMaker starts a container.
ENTRYPOINT ["sh", "-c", "exec python -m kiseki models serve --model-uri {place} --env-manager {manager}"]
"""
_JAVA: Final = """\
RUN apt-get update && apt-get install -y --no-install-recommends default-jre-headless && rm -rf /var/lib/apt/lists/*
"""
_COPY_MODEL: Final = f"COPY --chown=10001:10001 model {PLACE}\n"


def write_context(folder: Path, model_uri: str | None, *, java: bool = False) -> None:
    """Writes what an image is built from: the Dockerfile, the model, its requirements and kiseki.

    Args:
        folder: Where; missing or empty.
        model_uri: The model; None for an image that serves whatever is mounted at /opt/ml/model, in an environment that it
            makes when it starts.
        java: Whether the image has Java.

    Raises:
        InvalidParameter: The folder has something in it, or the model's requirements are none.
        NotFound: There is no such model.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidParameter(f"There is something in {str(folder)!r}. Name a folder that is missing or empty.")
    model = None if model_uri is None else local_model(model_uri)
    if model is None:
        environment = Environment(python=platform.python_version(), requirements=Requirements(lines=("uv",)))
        further = []
    else:
        environment = read_environment(model)
        inputs = Model.load(model).get_input_schema()
        further = ["pandas"] if inputs is None or not inputs.is_tensor_spec() else []
    lines = requirement_lines(environment, further=further)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "requirements.txt").write_text(_text(lines), encoding="utf-8")
    (folder / "constraints.txt").write_text(_text(environment.requirements.constraints), encoding="utf-8")
    copy_kiseki(folder / "kiseki")
    if model is not None:
        # A link stays one: it may lead anywhere on this machine, and what is there is not the model's.
        shutil.copytree(model, folder / "model", symlinks=True)
    dockerfile = _DOCKERFILE.format(
        what="a model" if model is not None else f"the model that is mounted at {PLACE}",
        port=PORT,
        version=__version__,
        mount="" if model is not None else f"-v FOLDER:{PLACE} ",
        python=".".join(environment.python.split(".")[:2]),
        java=_JAVA if java else "",
        model=_COPY_MODEL if model is not None else "",
        place=PLACE,
        manager="local" if model is not None else "uv",
    )
    (folder / "Dockerfile").write_text(dockerfile, encoding="utf-8")


def build_docker(
    model_uri: str | None = None,
    name: str = "mlflow-pyfunc",
    env_manager: str | None = "virtualenv",
    mlflow_home: str | None = None,
    install_java: bool = False,
    install_mlflow: bool = False,
    base_image: str | None = None,
) -> None:
    """Builds an image that serves a model at port 8080.

    Args:
        model_uri: The model; None for an image that serves whatever is mounted at /opt/ml/model.
        name: What the image is called.
        env_manager: Accepted for MLflow's sake: the image is the model's environment.
        mlflow_home: Accepted for MLflow's sake: kiseki is copied from this installation.
        install_java: Whether the image has Java.
        install_mlflow: Accepted for MLflow's sake: kiseki stands in for MLflow.
        base_image: What stands behind `FROM`, in place of Python's own image.

    Raises:
        InvalidParameter: The name of the base image is none.
        NotFound: There is no such model.
        Unavailable: No Docker engine answers, or it failed; what it would build from is kept, and the message says where.
    """
    del env_manager, mlflow_home, install_mlflow
    folder = Path(tempfile.mkdtemp(prefix="kiseki-image-"))
    write_context(folder, model_uri, java=install_java)
    if base_image is not None:
        _replace_base(folder / "Dockerfile", base_image)
    run_docker_build(folder, name)
    shutil.rmtree(folder)


def run_docker_build(folder: Path, name: str) -> None:
    """Has Docker build an image from what is in a folder.

    Raises:
        Unavailable: No Docker engine answers, or it failed; the message has the command, for where one answers.
    """
    # One argument: a name cannot be an option.
    command = ["docker", "build", f"--tag={name}", str(folder)]
    kept = f"What it would build from is in {folder}: run `{' '.join(command)}` where an engine answers."
    if shutil.which("docker") is None:
        raise Unavailable(f"Docker is not installed here. {kept}")
    asked = subprocess.run(["docker", "version"], capture_output=True, text=True, check=False)  # noqa: S607
    if asked.returncode != 0:
        raise Unavailable(f"No Docker engine answers: {asked.stderr.strip()[-300:]}. {kept}")
    if subprocess.run(command, check=False).returncode != 0:  # noqa: S603 - a list
        raise Unavailable(f"Docker could not build the image; what it wrote says why. {kept}")


def push_image(name: str) -> str:
    """Has Docker send an image to its registry, and returns the name that means this very image: `repository@sha256:…`.

    Raises:
        Unavailable: Docker could not send it; what it wrote says why.
    """
    repository = name.rpartition(":")[0]
    if subprocess.run(["docker", "push", name], check=False).returncode != 0:  # noqa: S603, S607 - a list
        raise Unavailable(f"Docker could not push {name}; what it wrote says why. `docker login` gives it a password.")
    command = ["docker", "image", "inspect", "--format={{json .RepoDigests}}", name]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    found = json.loads(asked.stdout) if asked.returncode == 0 else []
    digests = [one for one in found if one.startswith(f"{repository}@")]
    if not digests:
        raise Unavailable(f"Docker does not say under which digest {name} was pushed: {asked.stderr.strip()[-300:]}")
    return str(digests[0])


def _replace_base(dockerfile: Path, image: str) -> None:
    text = dockerfile.read_text(encoding="utf-8")
    if not image or image != "".join(image.split()):
        raise InvalidParameter(f"base_image is {image!r}; expected the name of an image, such as 'python:3.12-slim'.")
    dockerfile.write_text(text.replace("FROM python:${PYTHON}", f"FROM {image}"), encoding="utf-8")


def _text(lines: tuple[str, ...] | list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
