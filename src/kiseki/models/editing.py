"""Changes of a model that is saved or logged: its signature, and its requirements."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from kiseki.artifact_store.locations import parse_location
from kiseki.artifacts import Place, place_of
from kiseki.base.errors import InvalidParameter, NotFound
from kiseki.base.yaml import format_yaml, read_yaml
from kiseki.client.artifacts import download, send
from kiseki.models.digests import DIGESTS_FILE, renew_digests
from kiseki.models.environment import CONDA_FILE, REQUIREMENTS_FILE
from kiseki.models.members import MLMODEL_FILE
from kiseki.models.mlmodel import Model
from kiseki.models.requirements import check_line, name_of
from kiseki.models.signature import ModelSignature


def set_signature(model_uri: str, signature: ModelSignature) -> None:
    """Sets the signature of a model, in place of the one that it has.

    Args:
        model_uri: `models:/m-…`, `runs:/<run id>/<path>`, a path, or the URI of a folder in a store.
        signature: What the model takes and gives.

    Raises:
        InvalidParameter: It is no signature.
        NotFound: There is no such model.
    """
    if not isinstance(signature, ModelSignature):
        raise InvalidParameter(
            f"signature is of type {type(signature).__name__}; expected a ModelSignature, which infer_signature() makes."
        )

    def change(folder: Path) -> None:
        model = Model.load(folder)
        model.signature = signature
        model.save(folder / MLMODEL_FILE)

    _edit(model_uri, [MLMODEL_FILE], change)


def update_model_requirements(
    model_uri: str, operation: Literal["add", "remove"], requirement_list: Sequence[str]
) -> None:
    """Adds lines to a model's requirements, or removes those of some packages, in requirements.txt and conda.yaml.

    A line that is added takes the place of the one that the model has for the same package.

    Args:
        model_uri: As for `set_signature`.
        operation: "add" or "remove".
        requirement_list: Lines such as "numpy==2.1.0"; to remove, names are enough.

    Raises:
        InvalidParameter: A line is no requirement, or the operation is neither.
        NotFound: There is no such model.
    """
    if operation not in {"add", "remove"}:
        raise InvalidParameter(f"operation is {operation!r}; expected 'add' or 'remove'.")
    for line in requirement_list:
        check_line(line, "requirement_list")
    edit = _added if operation == "add" else _removed

    def change(folder: Path) -> None:
        file = folder / REQUIREMENTS_FILE
        lines = edit(file.read_text(encoding="utf-8").splitlines(), requirement_list)
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
        conda_file = folder / CONDA_FILE
        if conda_file.is_file():
            conda: Any = read_yaml(conda_file, CONDA_FILE)
            for entry in conda.get("dependencies", []):
                if isinstance(entry, dict) and "pip" in entry:
                    entry["pip"] = edit(entry["pip"], requirement_list)
            conda_file.write_bytes(format_yaml(conda, CONDA_FILE))

    _edit(model_uri, [REQUIREMENTS_FILE, CONDA_FILE], change)


def _edit(model_uri: str, names: Sequence[str], change: Callable[[Path], None]) -> None:
    """Changes some files of a model where they are, their digests last."""
    location = parse_location(str(model_uri))
    if location.is_local:
        folder = Path(location.path)
        if not (folder / names[0]).is_file():
            raise NotFound(f"The model {str(model_uri)!r} has no {names[0]}.")
        change(folder)
        renew_digests(folder, {name for name in names if (folder / name).is_file()})
        return
    place = place_of(str(model_uri))
    with tempfile.TemporaryDirectory(prefix="kiseki-edit-") as temporary:
        folder = Path(temporary)
        found = [name for name in (*names, DIGESTS_FILE) if _fetched(place, name, folder)]
        if names[0] not in found:
            raise NotFound(f"The model {str(model_uri)!r} has no {names[0]}.")
        change(folder)
        renew_digests(folder, {*found} - {DIGESTS_FILE})
        for name in found:
            send(place.store, folder / name, _below(place, name))


def _fetched(place: Place, name: str, folder: Path) -> bool:
    try:
        download(place.store, _below(place, name), folder)
    except NotFound:
        return False
    return True


def _below(place: Place, name: str) -> str:
    return f"{place.path}/{name}" if place.path else name


def _added(lines: Sequence[str], further: Sequence[str]) -> list[str]:
    named = {name_of(line) for line in further} - {None}
    return [*(line for line in lines if name_of(line) is None or name_of(line) not in named), *further]


def _removed(lines: Sequence[str], away: Sequence[str]) -> list[str]:
    named = {name_of(line) for line in away} - {None}
    return [line for line in lines if line not in away and (name_of(line) is None or name_of(line) not in named)]
