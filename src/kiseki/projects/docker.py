"""Projects that run in containers: the command lines of Docker, and what an image is built from."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from kiseki.base.errors import ExecutionFailed
from kiseki.base.settings import PREFIXES
from kiseki.models.image import run_docker_build
from kiseki.projects.launch import Launch, inherited
from kiseki.projects.mlproject import DockerEnv

PLACE: Final = "/mlflow/projects/code"
"""Where the project is in a container."""

_TRACKING: Final = tuple(f"{prefix}TRACKING_" for prefix in PREFIXES)
_SECRET: Final = re.compile("PASSWORD|TOKEN|SECRET|KEY")
_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9]+")
_LEFT_OUT: Final = (".git", ".venv", "__pycache__")


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
        name = _NOT_IN_NAMES.sub("-", self.project.lower()).strip("-") or "docker-project"
        return f"{name}:{(self.commit or 'latest')[:7]}"

    def launch(self, line: str, folder: Path, variables: Mapping[str, str]) -> Launch:
        if self.builds:
            context = Path(tempfile.mkdtemp(prefix="kiseki-image-"))
            write_context(context, self.env.image, folder)
            run_docker_build(context, self.image)
            shutil.rmtree(context)
        mounts = [] if self.builds else [f"--volume={folder}:{PLACE}", f"--workdir={PLACE}"]
        arguments = ["docker", "run", "--rm", *mounts, *_store_mounts(variables)]
        arguments += [f"--volume={one}" for one in self.env.volumes]
        # By name alone where the value is here or secret: what stands on a command line, every process of the machine reads.
        named = dict.fromkeys(name for name, value in self.env.environment if value is None)
        named |= dict.fromkeys(name for name in {**inherited(), **variables} if _is_credential(name))
        arguments += [f"--env={name}" for name in named]
        given = {**variables, **{name: value for name, value in self.env.environment if value is not None}}
        arguments += [f"--env={name}={value}" for name, value in given.items() if name not in named]
        arguments += [*self.arguments, self.image, "bash", "-c", line]
        return Launch(arguments=arguments, variables={**inherited(), **variables}, folder=folder)


def write_context(context: Path, image: str, project: Path) -> None:
    """Writes what an image is built from that has a project in it.

    Args:
        context: Where; empty.
        image: What it is based on.
        project: The folder of the project, which is copied without its repository.
    """
    # Links stay links: what they lead to is not the project's.
    shutil.copytree(project, context / "project", symlinks=True, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    (context / "Dockerfile").write_text(f"FROM {image}\nCOPY project/ {PLACE}/\nWORKDIR {PLACE}\n", encoding="utf-8")


def docker_arguments(given: Mapping[str, Any] | None) -> list[str]:
    """The arguments of `docker run` that a caller gives, by name; with None or True, the name alone is an option.

    Raises:
        ExecutionFailed: A name is none of an option.
    """
    found = []
    for name, value in (given or {}).items():
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9\-]*", name):
            raise ExecutionFailed(f"The argument of Docker {name[:100]!r} is no name of an option, such as gpus=all.")
        dashes = "-" if len(name) == 1 else "--"
        if value is None or value is True:
            found.append(f"{dashes}{name}")
        else:
            found += [f"{dashes}{name}={value}"] if len(name) > 1 else [f"{dashes}{name}", str(value)]
    return found


def _is_credential(name: str) -> bool:
    return name.startswith(_TRACKING) and _SECRET.search(name) is not None


def _store_mounts(variables: Mapping[str, str]) -> list[str]:
    """Where a tracking URI is a database or folder of this machine, its folder, at the same place."""
    uri = variables.get(f"{PREFIXES[0]}TRACKING_URI", "")
    if uri.startswith("sqlite"):
        folder = Path(uri.partition(":///")[2]).parent
    elif "://" not in uri and uri:
        folder = Path(uri)
    else:
        return []
    return [f"--volume={folder}:{folder}"]
