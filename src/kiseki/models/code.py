"""Code that belongs to a model: copied into its folder, and importable when the model is loaded."""

from __future__ import annotations

import logging
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from kiseki.base.errors import InvalidParameter
from kiseki.models.members import member

CODE_FOLDER: Final = "code"
_LEFT_OUT: Final = ("__pycache__", "*.pyc", ".git", ".venv", ".ipynb_checkpoints")

_log = logging.getLogger("kiseki")


def copy_code(code_paths: Sequence[str | Path] | None, folder: Path) -> str | None:
    """Copies files and folders into `code/` of a model, each under its own name.

    Returns:
        The name of that folder in the model; None when there is nothing to copy.

    Raises:
        InvalidParameter: One does not exist, two have one name, or a link in one leads out of it.
    """
    if not code_paths:
        return None
    if isinstance(code_paths, str | Path):
        raise InvalidParameter(f"code_paths is {code_paths!r}; expected a list of paths.")
    target = folder / CODE_FOLDER
    target.mkdir(exist_ok=True)
    for given in code_paths:
        path = Path(given).resolve()
        place = target / path.name
        if place.exists():
            raise InvalidParameter(f"code_paths has two files or folders of the name {path.name!r}.")
        if path.is_dir():
            _check_links(path)
            shutil.copytree(path, place, ignore=shutil.ignore_patterns(*_LEFT_OUT))
        elif path.is_file():
            shutil.copyfile(path, place)
        else:
            raise InvalidParameter(f"code_paths names {str(given)!r}, which does not exist.")
    return CODE_FOLDER


def add_code(folder: Path, name: str | None) -> None:
    """Makes the modules of a model's code importable in this process, before all others.

    Args:
        folder: The model's.
        name: The folder of its code in it, as its MLmodel says; None when it has none.
    """
    if not name:
        return
    code = str(member(folder, name, "its code").resolve())
    if code in sys.path:
        return
    # A module that is imported already stays what it is for the whole process.
    tops = {path.stem if path.suffix == ".py" else path.name for path in Path(code).iterdir()}
    taken = [top for top in sorted(tops) if top in sys.modules and not _is_below(sys.modules[top], code)]
    if taken:
        _log.warning(
            "The model brings its own %s, and this process has imported other modules of these names, which it goes on "
            "using. Load the model in a new process.",
            ", ".join(taken),
        )
    sys.path.insert(0, code)


def _is_below(module: object, folder: str) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and Path(file).is_relative_to(folder)


def _check_links(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_symlink() and not path.resolve().is_relative_to(folder):
            raise InvalidParameter(
                f"{str(path)!r} is a link out of the folder that code_paths names. Name what it leads to in code_paths."
            )
