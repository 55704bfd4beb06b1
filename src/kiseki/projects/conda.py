"""Environments of conda, where it is installed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from kiseki.base.errors import ExecutionFailed
from kiseki.base.settings import setting
from kiseki.models.environment import conda_requirements
from kiseki.models.virtualenv import kept, run
from kiseki.projects.launch import Launch, inherited, shell

_ADVICE: Final = "Repair the project's conda.yaml, or use --env-manager uv, which installs what of it is Python's."
_COMMAND: Final = "PROJECT_COMMAND"


class CondaEnvironment(msgspec.Struct, frozen=True):
    """An environment that conda makes from a file, kept for the next time."""

    file: Path
    program: str
    kind: str = "conda"

    def launch(self, line: str, folder: Path, variables: Mapping[str, str]) -> Launch:
        # What pip installs may stand in files of its own.
        _, requirements = conda_requirements(self.file)
        facts = ["conda", self.file.read_text(encoding="utf-8"), requirements.lines]
        place = kept(facts, self._make)
        # Not as an argument: conda refuses some that have several lines.
        own = {**inherited(), **variables, _COMMAND: line}
        command = [
            self.program,
            "run",
            "--no-capture-output",
            "--prefix",
            str(place),
            shell(),
            "-c",
            f'eval "${_COMMAND}"',
        ]
        return Launch(arguments=command, variables=own, folder=folder)

    def _make(self, folder: Path) -> None:
        command = [self.program, "env", "create", "--quiet", "--prefix", str(folder), "--file", str(self.file)]
        run(command, self.file.parent, advice=_ADVICE)


def find_conda() -> str:
    """The program conda: that of KISEKI_CONDA_HOME, else the one on the path.

    Raises:
        ExecutionFailed: It is not installed; the message says what does without.
    """
    home = setting("CONDA_HOME")
    found = shutil.which(str(Path(home) / "bin" / "conda")) if home else shutil.which("conda")
    if found is None:
        raise ExecutionFailed(
            "The project asks for an environment of conda, which is not installed here"
            + (f" in {home}" if home else "")
            + ". Install it, or use --env-manager uv, which installs what of conda.yaml is Python's."
        )
    return found
