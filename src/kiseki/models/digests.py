"""SHA-256 of every file of a model, in the file SHA256SUMS of its folder: `sha256sum --check SHA256SUMS` reads it, too.

MLflow's tools change four files of a model in place and know nothing of digests: those may differ, which is logged.
Whatever else differs or is missing is an error. Files that are not listed are not looked at: a model that MLflow wrote
has no list, and downloads from a registry add a file of their own.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from kiseki.artifact_store.paths import check_path
from kiseki.base.errors import IntegrityError, InvalidParameter
from kiseki.base.settings import flag
from kiseki.domain.model_versions import FileDigest
from kiseki.models.members import MLMODEL_FILE

DIGESTS_FILE: Final = "SHA256SUMS"
MAX_LIST_BYTES: Final = 64 << 20
DESCRIPTIONS: Final = frozenset({MLMODEL_FILE, "conda.yaml", "python_env.yaml", "requirements.txt"})
"""What `mlflow.models.set_signature` and `update_model_requirements` write anew."""

_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")
_log = logging.getLogger("kiseki")


def write_digests(folder: Path) -> None:
    """Writes the digests of all files that the folder has now.

    Raises:
        InvalidParameter: A file's name cannot be that of an artifact.
    """
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    lines = [f"{_digest(folder / name)}  {check_path(name)}\n" for name in names if name != DIGESTS_FILE]
    (folder / DIGESTS_FILE).write_text("".join(lines), encoding="utf-8", newline="\n")


def renew_digests(folder: Path, names: set[str]) -> None:
    """Writes the digests of some files anew, where the model has digests at all."""
    if (folder / DIGESTS_FILE).is_file():
        known = {name: digest for digest, name in _listed(folder)}
        known |= {name: _digest(folder / name) for name in names}
        lines = [f"{digest}  {name}\n" for name, digest in sorted(known.items())]
        (folder / DIGESTS_FILE).write_text("".join(lines), encoding="utf-8", newline="\n")


def verify_digests(folder: Path) -> None:
    """Compares every file of a model with its digest, where the model has digests.

    KISEKI_VERIFY_MODELS=false leaves it out, where reading a very large model twice takes too long.

    Raises:
        IntegrityError: A file is missing or its bytes are not those that were saved; the message names it.
    """
    if not (folder / DIGESTS_FILE).is_file() or not flag("VERIFY_MODELS", True):
        return
    listed = list(_listed(folder))
    for _, name in listed:
        if not (folder / name).is_file():
            raise IntegrityError(
                f"The model in {str(folder)!r} has no {name!r}, with which it was saved. Fetch or save the model again."
            )
    with ThreadPoolExecutor(4, thread_name_prefix="kiseki-digests") as pool:
        found = list(pool.map(lambda entry: _digest(folder / entry[1]), listed))
    for (digest, name), now in zip(listed, found, strict=True):
        if now == digest:
            continue
        if name in DESCRIPTIONS:
            _log.warning("%s of the model in %s was changed after the model was saved.", name, folder)
        else:
            raise IntegrityError(
                f"{name!r} of the model in {str(folder)!r} is not what was saved: its SHA-256 is {now}, that of the "
                f"saved file is {digest}. Fetch or save the model again."
            )


def verify_files(folder: Path, files: Sequence[FileDigest], name: str) -> None:
    """Compares the files of a model with those that a version had when it was registered: none is missing, changed or new.

    What Python compiles while it loads a model does not count. KISEKI_VERIFY_MODELS=false leaves it out.

    Raises:
        IntegrityError: They are not the same; the message names the first file.
    """
    if not flag("VERIFY_MODELS", True):
        return
    found = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.parent.name != "__pycache__"
    }
    registered = {one.path: one for one in files if "__pycache__" not in one.path.split("/")}
    for path in sorted(found ^ set(registered)):
        what = "was not there when it was registered" if path in found else "is missing"
        raise IntegrityError(f"{path!r} of {name} {what}. Register the files that are there now as a new version.")

    def same(one: FileDigest) -> bool:
        file = folder / one.path
        return file.stat().st_size == one.size and (not one.sha256 or _digest(file) == one.sha256)

    with ThreadPoolExecutor(4, thread_name_prefix="kiseki-digests") as pool:
        checked = list(pool.map(same, registered.values()))
    for one, is_same in zip(registered.values(), checked, strict=True):
        if not is_same:
            raise IntegrityError(
                f"{one.path!r} of {name} is not what was registered: its SHA-256 was {one.sha256 or 'not known'}, of "
                f"{one.size} bytes. Register the files that are there now as a new version."
            )


def _listed(folder: Path) -> Iterator[tuple[str, str]]:
    file = folder / DIGESTS_FILE
    if file.stat().st_size > MAX_LIST_BYTES:
        raise InvalidParameter(
            f"{DIGESTS_FILE} of the model in {str(folder)!r} is larger than {MAX_LIST_BYTES:,} bytes."
        )
    for line in file.read_text(encoding="utf-8").splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            raise IntegrityError(
                f"{DIGESTS_FILE} of the model in {str(folder)!r} has the line {line[:200]!r}; expected a SHA-256 and the "
                "name of a file."
            )
        yield match[1], check_path(match[2])


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
