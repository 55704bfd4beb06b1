"""From the URI of a model to its folder on this machine, checked against its digests."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from kiseki.artifact_store.locations import parse_location
from kiseki.artifacts import download_artifacts
from kiseki.base.errors import InvalidParameter, NotFound
from kiseki.client.client import KisekiClient
from kiseki.client.model_versions import find_version
from kiseki.domain.model_uris import is_model_uri, parse_model_uri
from kiseki.domain.model_versions import FileDigest
from kiseki.models.digests import verify_digests, verify_files
from kiseki.models.members import MLMODEL_FILE

_owner: int | None = None
_fetched: list[Path] = []


def local_model(model_uri: str | Path, dst_path: str | Path | None = None) -> Path:
    """The folder of a model, fetched where it is not on this machine.

    Args:
        model_uri: `models:/m-…`, `models:/<name>/<version>` or with `@<alias>`, a stage or `latest`, `runs:/<run id>/<path>`, a
            path, or the URI of a folder in any store that kiseki knows.
        dst_path: Where to put what is fetched; a temporary folder, removed when the process ends, when None.

    Raises:
        NotFound: There is no such model.
        IntegrityError: A file is missing or is not what was saved, or registered; the message names it.
    """
    uri, files = _registered(str(model_uri))
    folder = Path(_fetch(uri, None, dst_path))
    if not (folder / MLMODEL_FILE).is_file():
        raise NotFound(
            f'Could not find an "MLmodel" configuration file at {str(model_uri)!r}. Give the folder that save_model() '
            "wrote, or the model_uri that log_model() returned."
        )
    verify_digests(folder)
    if files is not None:
        verify_files(folder, files, uri)
    return folder


def _registered(uri: str) -> tuple[str, list[FileDigest] | None]:
    """A URI of a model; of a registered one with its version, and the files of that when it was registered.

    The version is looked up once: an alias that moves meanwhile does not mix two of them.
    """
    if not is_model_uri(uri):
        return uri, None
    named = parse_model_uri(uri)
    if named.model_id or named.path:
        return uri, None
    registry = KisekiClient().registry
    version = find_version(registry, named)
    return f"models:/{version.name}/{version.version}", registry.version_files(version.name, version.version)


def fetch_file(model_uri: str | Path, name: str) -> Path:
    """One file of a model, fetched without the others where the model is not on this machine.

    Args:
        model_uri: As for `local_model`; or the file itself.
        name: The file's path in the model.

    Raises:
        NotFound: The model has no such file.
    """
    location = parse_location(str(model_uri))
    if location.is_local:
        path = Path(location.path)
        file = path if path.name == name and path.is_file() else path / name
        if not file.is_file():
            raise NotFound(f'Could not find an "{name}" configuration file at {str(model_uri)!r}.')
        return file
    return Path(_fetch(model_uri, name, None))


def _fetch(model_uri: str | Path, name: str | None, dst_path: str | Path | None) -> str:
    uri = str(model_uri)
    if not uri:
        raise InvalidParameter("The URI of the model is empty; give a path, runs:/… or models:/m-….")
    if name is not None:
        uri = f"{uri.rstrip('/')}/{name}"
    if dst_path is None and not parse_location(uri).is_local:
        dst_path = temporary_folder()
    return download_artifacts(uri, dst_path=None if dst_path is None else str(dst_path))


def temporary_folder() -> Path:
    """A new folder of this process, readable by its user alone, and gone when it ends."""
    global _owner
    if _owner != os.getpid():
        # What a parent process fetched is the parent's to remove.
        _owner = os.getpid()
        _fetched.clear()
        atexit.register(_remove, _owner)
    folder = Path(tempfile.mkdtemp(prefix="kiseki-model-"))
    _fetched.append(folder)
    return folder


def _remove(owner: int) -> None:
    if os.getpid() == owner:
        for folder in _fetched:
            shutil.rmtree(folder, ignore_errors=True)
