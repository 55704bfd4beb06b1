"""Artifacts by URI: `runs:/<run id>/<path>`, `models:/…`, `mlflow-artifacts:/…`, `file:`, paths.

`models:/<id of a logged model>` has its files, `models:/<name>/<version>`, `@<alias>`, a stage or `latest` those of a version.

Of a run, `<path>` may also begin with the name of a logged model that the run made: a model's own files are found where
the run has none of that path.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kiseki.artifact_store.locations import parse_location
from kiseki.artifact_store.paths import check_path
from kiseki.artifact_store.protocol import ArtifactStore
from kiseki.base.errors import BadRequest, InvalidParameter, NotFound, NotImplementedByKiseki
from kiseki.client.artifacts import artifact_uri as artifact_uri_of
from kiseki.client.artifacts import download, list_files, read_bytes, store_of_model
from kiseki.client.backend import Backend
from kiseki.client.images import decoded
from kiseki.client.model_versions import find_version
from kiseki.client.resolve import backend_for, get_tracking_uri, registry_uri_beside
from kiseki.client.run_files import RunFiles, model_of_run
from kiseki.domain.artifacts import Owner
from kiseki.domain.model_uris import ModelUri, is_model_uri, parse_model_uri
from kiseki.entities import FileInfo

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["download_artifacts", "list_artifacts", "load_dict", "load_image", "load_text"]


class Place(NamedTuple):
    """Where an artifact is: its store, its path there, and the same on this machine where it is on it."""

    store: ArtifactStore
    path: str
    local: Path | None = None


def download_artifacts(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    dst_path: str | None = None,
    tracking_uri: str | None = None,
    registry_uri: str | None = None,
) -> str:
    """Fetches an artifact, a file or a folder, and returns where it is.

    What comes from a server is checked against the length and the SHA-256 that it announced. A broken connection is
    taken up again. What lies on this machine already is not copied unless `dst_path` is given.

    Args:
        artifact_uri: This or `run_id`.
        run_id: Of the run whose artifact it is.
        artifact_path: Below the run's artifacts; all of them when None.
        dst_path: The folder to put it into, made when missing; a new temporary one when None.
        tracking_uri: Another server or database than the one in use.
        registry_uri: Where models are registered, if not in the same place.

    Raises:
        NotFound: There is no such artifact.
        IntegrityError: What came is not what was stored.
        InvalidParameter: Both or none of `artifact_uri` and `run_id` are given, or the URI is of no place.
    """
    place = _place(artifact_uri, run_id, artifact_path, tracking_uri, registry_uri)
    if dst_path is None and place.local is not None:
        if not place.local.exists():
            raise NotFound(f"No such artifact: {artifact_uri or artifact_path!r}")
        return str(place.local)
    return str(download(place.store, place.path, None if dst_path is None else Path(dst_path)))


def list_artifacts(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    tracking_uri: str | None = None,
) -> list[FileInfo]:
    """Returns what is directly in a folder, with paths relative to the root of the run's artifacts.

    Args:
        artifact_uri: This or `run_id`.
        run_id: Of the run whose artifacts they are.
        artifact_path: A folder below the run's artifacts.
        tracking_uri: Another server or database than the one in use.
    """
    place = _place(artifact_uri, run_id, artifact_path, tracking_uri)
    return list_files(place.store, place.path)


def load_text(artifact_uri: str) -> str:
    """Returns the content of an artifact as text.

    Raises:
        BadRequest: It is not UTF-8.
    """
    place = place_of(artifact_uri)
    try:
        return read_bytes(place.store, place.path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest(f"The artifact {artifact_uri!r} is not text in UTF-8: {error}.") from error


def load_dict(artifact_uri: str) -> dict[str, Any]:
    """Returns the content of a JSON artifact as a dictionary.

    Raises:
        BadRequest: It is not JSON.
    """
    place = place_of(artifact_uri)
    try:
        found: dict[str, Any] = json.loads(read_bytes(place.store, place.path))
    except ValueError as error:
        raise BadRequest(f"Unable to form a JSON object from file content of {artifact_uri!r}: {error}.") from error
    return found


def load_image(artifact_uri: str) -> Image:
    """Returns the content of an artifact as a PIL image.

    Raises:
        BadRequest: It is not an image.
        MissingDependency: Pillow is not installed.
    """
    place = place_of(artifact_uri)
    try:
        image: Image = decoded(read_bytes(place.store, place.path), place.path)
    except InvalidParameter as error:
        raise BadRequest(f"Unable to form a PIL Image object from file content: {error}") from error
    return image


def place_of(artifact_uri: str) -> Place:
    """Where the artifact of a URI is, whether or not there is one."""
    return _place(artifact_uri, None, None, None)


def _place(
    artifact_uri: str | None,
    run_id: str | None,
    artifact_path: str | None,
    tracking_uri: str | None,
    registry_uri: str | None = None,
) -> Place:
    """The store of an artifact and its path there. A run's artifacts are looked at from their root."""
    if (artifact_uri is None) == (run_id is None):
        raise InvalidParameter("Exactly one of `run_id` or `artifact_uri` must be specified")
    backend = backend_for(tracking_uri or get_tracking_uri())
    if run_id is not None:
        return _place_of_run(backend, run_id, check_path(artifact_path, folder=True) if artifact_path else "")
    assert artifact_uri is not None
    if artifact_path is not None:
        raise InvalidParameter("`artifact_path` cannot be specified if `artifact_uri` is specified")
    uri = str(artifact_uri)
    if is_model_uri(uri):
        named = parse_model_uri(uri)
        path = check_path(named.path, folder=True) if named.path else ""
        if named.model_id:
            return _place_of_model(backend, named.model_id, path)
        return _place_of_version(
            backend_for(registry_uri or registry_uri_beside(tracking_uri or get_tracking_uri())), named, path
        )
    location = parse_location(uri)
    if location.scheme == "runs":
        of_run, _, below = location.path.lstrip("/").partition("/")
        if not of_run:
            raise InvalidParameter(f"Not a proper runs:/ URI: {uri!r}. Write runs:/<run id>/<path of the artifact>.")
        return _place(None, of_run, below or None, tracking_uri)
    if location.scheme == "prompts":
        raise NotImplementedByKiseki(f"{uri!r}: prompts:/ URIs need a prompt registry, which kiseki has not yet.")
    if location.is_local:
        absolute = Path(location.path).absolute()
        return Place(backend.artifact_store(str(absolute.parent)), absolute.name, absolute)
    head, _, name = location.path.rpartition("/")
    root_uri = f"{location.scheme}:{f'//{location.authority}' if location.authority else ''}/"
    return Place(backend.artifact_store(root_uri), f"{head}/{name}".lstrip("/"))


def _place_of_run(backend: Backend, run_id: str, path: str) -> Place:
    """A path of a run, or of a logged model of the run whose name it begins with."""
    files = RunFiles(backend, run_id)
    root = parse_location(artifact_uri_of(backend, run_id))
    if not root.is_local:
        return Place(files, path)
    local = Path(root.path) / path
    name, _, rest = path.partition("/")
    model = None if local.exists() else model_of_run(backend, run_id, name)
    return Place(files, path, local if model is None else _place_of_model(backend, model.model_id, rest).local)


def _place_of_version(registry: Backend, named: ModelUri, path: str) -> Place:
    """A path below a version's files, wherever they are."""
    version = find_version(registry, named)
    uri = registry.download_uri(version.name, version.version)
    root = parse_location(uri)
    # Of a logged model's own files, large ones may go past the server.
    owner = Owner(model_id=version.model_id) if version.source == f"models:/{version.model_id}" else None
    local = Path(root.path) / path if root.is_local else None
    return Place(registry.artifact_store(uri, owner), path, local)


def _place_of_model(backend: Backend, model_id: str, path: str) -> Place:
    root = parse_location(backend.get_logged_model(model_id).artifact_uri)
    store = store_of_model(backend, model_id)
    return Place(store, path, Path(root.path) / path if root.is_local else None)
