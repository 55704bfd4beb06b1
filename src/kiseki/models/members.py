"""Files in a model's folder: the MLmodel, and what it names; what leads out of the folder is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from kiseki.artifact_store.paths import check_path
from kiseki.base.errors import InvalidParameter, NotFound

MLMODEL_FILE: Final = "MLmodel"
"""What makes a folder a model."""


def member(folder: Path, name: object, role: str) -> Path:
    """The file or folder `name` of a model.

    Args:
        folder: The model's.
        name: As the MLmodel has it: relative, with `/` between segments.
        role: What the MLmodel names it for, for messages.

    Raises:
        NotFound: The model does not have it.
        InvalidParameter: The name, or a link of that name, leads out of the model's folder.
    """
    if not isinstance(name, str):
        raise InvalidParameter(f"The MLmodel names {name!r} as {role}; expected the path of a file of the model.")
    path = folder / check_path(name, folder=True)
    if not path.exists():
        raise NotFound(
            f"The model in {str(folder)!r} has no {name!r}, which its MLmodel names as {role}. Fetch the model again."
        )
    if not path.resolve().is_relative_to(folder.resolve()):
        raise InvalidParameter(f"{name!r}, which the MLmodel names as {role}, is a link out of the model's folder.")
    return path
