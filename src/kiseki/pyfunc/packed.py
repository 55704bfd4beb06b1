"""A model's folder as one file, with which it travels to the workers of an engine."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import IO

from kiseki.models.load import temporary_folder


def pack(folder: Path, target: Path | IO[bytes]) -> None:
    """Writes a model's folder as a zip without compression, which models do not get smaller by.

    A link that leads out of the folder is not followed, and not in it.
    """
    root = folder.resolve()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and file.resolve().is_relative_to(root):
                archive.write(file, file.relative_to(folder).as_posix())


def unpack(source: IO[bytes]) -> Path:
    """The folder of a packed model, which is removed when the process ends."""
    folder = temporary_folder()
    with zipfile.ZipFile(source) as archive:
        archive.extractall(folder)
    return folder
