"""Projects that run in containers: the command lines of Docker, and what an image is built from."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from kiseki.base.settings import PREFIXES
from kiseki.models.image import run_docker_build
from kiseki.projects.launch import Launch, inherited
from kiseki.projects.mlproject import DockerEnv

PLACE: Final = "/mlflow/projects/code"
"""Where the project is in a container."""

_TRACKING: Final = tuple(f"{prefix}TRACKING_" for prefix in PREFIXES)
_SECRET: Final = re.compile("PASSWORD|TOKEN|SECRET|KEY")
_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9]+")
LEFT_OUT: Final = (".git", ".venv", "__pycache__")


class DockerEnvironment(msgspec.Struct, frozen=True):
    """A container of an image that the project names, or of one that is built from it and has the project in it."""

    env: DockerEnv
    project: str
    """The project's name, "" when it has none."""
    arguments: tuple[str, ...] = ()
    """Further arguments of `docker run`."""
    commit: str | None = None
    builds: bool = False
    kind: str = "docker"

    @property
    def image(self) -> str:
        """The image that runs."""
        if not self.builds:
            return self.env.image
        return f"{self.name}:{(self.commit or 'latest')[:7]}"

    @property
    def name(self) -> str:
        """The project's, as Docker and Kubernetes have names."""
        return _NOT_IN_NAMES.sub("-", self.project.lower()).strip("-") or "docker-project"

    def launch(self, line: str, folder: Path, variables: Mapping[str, str]) -> Launch:
        if self.builds:
            build_image(self.env.image, folder, self.image)
        mounts = [] if self.builds else [f"--volume={folder}:{PLACE}", f"--workdir={PLACE}"]
        arguments = ["docker", "run", "--rm", *mounts, *_store_mounts(variables)]
        arguments += [f"--volume={one}" for one in self.env.volumes]
        # By name alone where the value is here or secret: what stands on a command line, every process of the machine reads.
        named = dict.fromkeys(name for name, value in self.env.environment if value is None)
        named |= dict.fromkeys(name for name in {**inherited(), **variables} if is_credential(name))
        arguments += [f"--env={name}" for name in named]
        given = {**variables, **{name: value for name, value in self.env.environment if value is not None}}
        arguments += [f"--env={name}={value}" for name, value in given.items() if name not in named]
        arguments += [*self.arguments, self.image, "bash", "-c", line]
        return Launch(arguments=arguments, variables={**inherited(), **variables}, folder=folder)


def build_image(base: str, project: Path, name: str) -> None:
    """Has Docker build an image of that name with a project in it.

    Raises:
        Unavailable: No Docker engine answers, or it failed; what it would build from is kept, and the message says where.
    """
    context = Path(tempfile.mkdtemp(prefix="kiseki-image-"))
    write_context(context, base, project)
    run_docker_build(context, name)
    shutil.rmtree(context)


def write_context(context: Path, image: str, project: Path) -> None:
    """Writes what an image is built from that has a project in it.

    Args:
        context: Where; empty.
        image: What it is based on.
        project: The folder of the project, which is copied without its repository.
    """
    # Links stay links: what they lead to is not the project's.
    shutil.copytree(project, context / "project", symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (context / "Dockerfile").write_text(f"FROM {image}\nCOPY project/ {PLACE}/\nWORKDIR {PLACE}\n", encoding="utf-8")


def is_credential(name: str) -> bool:
    """Whether a variable of that name is what a server of runs knows its caller by."""
    return name.startswith(_TRACKING) and _SECRET.search(name) is not None


def _store_mounts(variables: Mapping[str, str]) -> list[str]:
    """Where a tracking URI is a database or folder of this machine, its folder, at the same place."""
    folder = folder_of_store(variables.get(f"{PREFIXES[0]}TRACKING_URI", ""))
    return [] if folder is None else [f"--volume={folder}:{folder}"]


def folder_of_store(tracking_uri: str) -> Path | None:
    """The folder of this machine in which runs are kept; None where a server or another database keeps them."""
    if tracking_uri.startswith("sqlite"):
        return Path(tracking_uri.partition(":///")[2]).parent
    return Path(tracking_uri) if tracking_uri and "://" not in tracking_uri else None
