"""The line that runs a command once more."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiseki.capture.capture import Capture
from kiseki.capture.command import Command
from kiseki.capture.host import this_host
from kiseki.capture.source import Source
from kiseki.projects.rerun import command_line
from kiseki.projects.restored import NotRunnable


def capture(script: str, *argv: str) -> Capture:
    return Capture(
        run_id="a",
        command=Command(kind="script", argv=argv, folder="/code/part", script=script),
        source=Source(root="/code"),
        packages=(),
        host=this_host(),
        variables={},
        seeds={},
    )


@pytest.mark.parametrize(
    ("script", "argv"),
    [
        ("/code/.venv/bin/my-train", ("/code/.venv/bin/python", "/code/.venv/bin/my-train")),
        ("/code/.venv/bin/my-train", ("/code/.venv/bin/python3", ".venv/bin/my-train")),
        ("/elsewhere/bin/my-train", ("/elsewhere/bin/python", "-I", "/elsewhere/bin/my-train")),
        # By a link, which the script's own path does not have.
        ("/real/bin/my-train", ("/link/bin/python", "/link/bin/my-train")),
    ],
)
def test_a_program_that_a_package_installed(script: str, argv: tuple[str, ...], tmp_path: Path) -> None:
    found = capture(script, *argv, "--lr", "a b", "--data=/code/data.csv")
    line, where = command_line(found, tmp_path, None)
    assert (line, where) == (f"my-train --lr 'a b' --data={tmp_path}/data.csv", tmp_path / "part")
    assert command_line(found, tmp_path, ["--lr", "2"])[0] == "my-train --lr 2"


def test_a_script_beside_an_interpreter_that_is_named_without_its_folder(tmp_path: Path) -> None:
    (tmp_path / "train.py").touch()
    found = capture("/code/train.py", "python", "train.py", "x")
    assert command_line(found, tmp_path, None)[0] == f"python {tmp_path}/train.py x"


def test_a_script_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotRunnable, match=r"'/code/train\.py' is not there"):
        command_line(capture("/code/train.py", "/usr/bin/python", "train.py"), tmp_path, None)
