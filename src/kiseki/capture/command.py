"""The command that started this process."""

from __future__ import annotations

import multiprocessing
import os
import sys
from pathlib import Path
from typing import Literal

import msgspec

from kiseki.capture.secrets import recordable, recordable_arguments

Kind = Literal["script", "module", "code", "stdin", "interactive", "notebook", "worker"]
"""`code` is `python -c`; `worker` a process that another one of Python started with multiprocessing.

From `stdin` on nothing says how to run it again: what ran is not among the arguments and in no file of its own.
"""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """How a process was started."""

    kind: Kind
    argv: tuple[str, ...]
    """The interpreter, its options, the script and its arguments; secrets are `***`."""
    folder: str
    """The absolute path in which it was started."""
    script: str | None = None
    """The absolute path of the file that runs; what names the notebook, if anything does."""

    @property
    def script_place(self) -> int | None:
        """Which argument names the script; None where none does."""
        if self.kind != "script" or self.script is None:
            return None
        # By its name alone, since the folder may be named by a link, which may be gone.
        name = Path(self.script).name
        return next((place for place, argument in enumerate(self.argv) if place and Path(argument).name == name), None)


def command_of_process(folder: Path, notebook: str | None) -> Command:
    """How this process was started.

    Args:
        folder: The current folder, absolute.
        notebook: The name of the notebook whose kernel this is; None for anything else.
    """
    # Asked by name: a notebook or a debugger may have put another module in place of `__main__`.
    main = sys.modules.get("__main__")
    file = getattr(main, "__file__", None)
    # The folder without links, as git tells the root that it is in; a link itself may be the name that a script knows.
    script = None if file is None else str((folder / file).parent.resolve() / Path(file).name)
    kind: Kind
    if notebook is not None:
        kind, script = "notebook", notebook
    elif multiprocessing.parent_process() is not None:
        kind = "worker"
    elif script is not None and Path(script).is_file():
        kind = "script" if getattr(main, "__spec__", None) is None else "module"
    elif hasattr(sys, "ps1"):
        kind, script = "interactive", None
    else:
        kind, script = ("code" if "-c" in sys.orig_argv else "stdin"), None
    started = folder if kind != "script" or script is None else _started_in(folder, Path(script))
    return Command(
        kind=kind,
        argv=tuple(recordable_arguments(sys.orig_argv)),
        folder=recordable(str(started)),
        script=None if script is None else recordable(script),
    )


def _started_in(folder: Path, script: Path) -> Path:
    """The folder in which the script was started: that of the shell, where the program has changed it by now."""
    name = next((argument for argument in sys.orig_argv[1:] if Path(argument).name == script.name), None)
    shell = os.environ.get("PWD")
    if name is None or shell is None:
        return folder

    def is_script(place: Path) -> bool:
        return place.parent.resolve() / place.name == script

    return Path(shell).resolve() if not is_script(folder / name) and is_script(Path(shell) / name) else folder
