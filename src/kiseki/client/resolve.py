"""From a tracking URI to its backend, and which URI this process uses."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from kiseki.artifact_store.locations import absolute_location, parse_location
from kiseki.base.errors import InvalidParameter
from kiseki.base.settings import export, setting, withdraw
from kiseki.client.backend import Backend

DEFAULT_DATABASE: Final = "kiseki.db"
ARTIFACTS_FOLDER: Final = "kiseki-artifacts"
"""The folder beside a database file in which its artifacts lie."""

_DATABASES: Final = frozenset({"sqlite", "postgresql", "postgres", "mysql", "mariadb"})
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9.\-]*)(?:\+[A-Za-z0-9_]+)?:")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")

_lock = threading.Lock()
_chosen: str | None = None
_chosen_registry: str | None = None
_backends: dict[str, Backend] = {}


def set_tracking_uri(uri: str | Path) -> None:
    """Chooses where runs are kept, for this process and those that it starts.

    Args:
        uri: `http(s)://host:port` of a server, `sqlite:///file`, or a folder, which then holds database and artifacts.
            "" goes back to the environment and the default.

    Raises:
        InvalidParameter: It is none of these.
    """
    global _chosen
    text = str(uri.expanduser()) if isinstance(uri, Path) else uri
    if not isinstance(text, str):
        raise InvalidParameter(f"The tracking URI is of type {type(uri).__name__}; expected a string or a path.")
    if not text.strip():
        _chosen = None
        withdraw("TRACKING_URI")
        return
    absolute = absolute_uri(text)
    _chosen = text
    # A child process may start in another folder.
    export("TRACKING_URI", absolute)


def get_tracking_uri() -> str:
    """The URI in use: the one set, else that of the environment, else `sqlite:///<this folder>/kiseki.db`."""
    return _chosen or setting("TRACKING_URI") or f"sqlite:///{Path(DEFAULT_DATABASE).absolute()}"


def is_tracking_uri_set() -> bool:
    """Whether a tracking URI was set, in this process or in its environment."""
    return bool(_chosen or setting("TRACKING_URI"))


def set_registry_uri(uri: str) -> None:
    """Chooses where models are registered, for this process and those that it starts; "" goes back to the tracking URI.

    Raises:
        InvalidParameter: It is no server, no database and no folder.
    """
    global _chosen_registry
    if not uri:
        _chosen_registry = None
        withdraw("REGISTRY_URI")
        return
    absolute = absolute_uri(uri)
    _chosen_registry = uri
    export("REGISTRY_URI", absolute)


def get_registry_uri() -> str:
    """The registry URI that was set, else that of the environment, else the tracking URI."""
    return registry_uri_beside(get_tracking_uri())


def registry_uri_beside(tracking_uri: str) -> str:
    """The registry URI that was set, else that of the environment, else `tracking_uri`."""
    return _chosen_registry or setting("REGISTRY_URI") or tracking_uri


def absolute_uri(uri: str) -> str:
    """A tracking URI that means the same in every folder and to every process.

    Raises:
        InvalidParameter: It is no tracking URI.
    """
    scheme = _scheme_of(uri)
    if scheme in {"http", "https"}:
        return _checked_address(uri)
    if scheme == "sqlite":
        return f"{uri[: uri.index(':')]}:///{_database_file(uri)}"
    if scheme in _DATABASES:
        return uri
    return str(_folder(uri, scheme))


def backend_for(uri: str) -> Backend:
    """The backend of a tracking URI; the same one for the same place.

    Raises:
        InvalidParameter: It is no tracking URI.
    """
    absolute = absolute_uri(uri)
    with _lock:
        backend = _backends.get(absolute)
        if backend is None:
            backend = _backends[absolute] = _open(absolute)
        return backend


def shared_artifact_root() -> str | None:
    """Where KISEKI_DEFAULT_ARTIFACT_ROOT says that artifacts go, absolute.

    A database of many machines says nothing about a place that all of them see.
    """
    root = setting("DEFAULT_ARTIFACT_ROOT")
    return None if root is None else absolute_location(root)


def written_paths(uri: str) -> tuple[Path, ...]:
    """The files and folders of this machine, absolute, in which the place of a tracking URI keeps what it has."""
    scheme = _scheme_of(uri)
    if scheme == "sqlite":
        file = _database_file(uri)
        return (file, file.parent / ARTIFACTS_FOLDER)
    return () if scheme in {"http", "https"} | _DATABASES else (_folder(uri, scheme),)


def close_all() -> None:
    """Closes every backend of this process; the next use opens them again."""
    with _lock:
        backends = list(_backends.values())
        _backends.clear()
    for backend in backends:
        backend.close()


def _open(uri: str) -> Backend:
    scheme = _scheme_of(uri)
    if scheme in {"http", "https"}:
        from kiseki.client.remote import RemoteBackend

        return RemoteBackend(uri)
    from kiseki.client.local import LocalBackend

    if scheme == "sqlite":
        return LocalBackend(uri, uri, str(_database_file(uri).parent / ARTIFACTS_FOLDER))
    if scheme in _DATABASES:
        return LocalBackend(uri, uri, shared_artifact_root() or str(Path(ARTIFACTS_FOLDER).absolute()))
    folder = Path(uri)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return LocalBackend(uri, f"sqlite:///{folder / DEFAULT_DATABASE}", str(folder / "artifacts"))


def _scheme_of(uri: str) -> str:
    match = _SCHEME.match(uri)
    if match is None or _DRIVE.match(uri):
        return ""
    return match[1].lower()


def _checked_address(uri: str) -> str:
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError as error:
        raise InvalidParameter(f"The tracking URI {uri!r} is not an address: {error}.") from None
    if not parts.hostname or port == 0:
        raise InvalidParameter(f"The tracking URI {uri!r} names no host; expected http://host:port.")
    if parts.username is not None or parts.password is not None:
        raise InvalidParameter(
            f"The tracking URI for {parts.hostname} has credentials in it, which would end up in logs. Give them in "
            "KISEKI_TRACKING_USERNAME and KISEKI_TRACKING_PASSWORD, or KISEKI_TRACKING_TOKEN."
        )
    if parts.query or parts.fragment:
        raise InvalidParameter(f"The tracking URI {uri!r} has a query or fragment; expected http://host:port.")
    return uri.rstrip("/")


def _database_file(uri: str) -> Path:
    path = uri[uri.index(":") + 1 :]
    if not path.startswith("///") or path in {"///", "///:memory:"}:
        raise InvalidParameter(
            f"The tracking URI {uri!r} names no file; expected sqlite:///relative/file or sqlite:////absolute/file."
        )
    return Path(os.path.normpath(Path(path[3:]).expanduser().absolute()))


def _folder(uri: str, scheme: str) -> Path:
    if scheme not in {"", "file"}:
        raise InvalidParameter(
            f"The tracking URI {uri!r} is of the unknown kind {scheme!r}; expected http://host:port, sqlite:///file "
            "or a folder."
        )
    folder = Path(os.path.normpath(Path(parse_location(uri).path).expanduser().absolute()))
    if folder.is_file():
        raise InvalidParameter(f"The tracking URI {uri!r} is a file. For a database write sqlite:///{folder}.")
    if any(folder.glob("*/meta.yaml")):
        raise InvalidParameter(
            f"The folder {str(folder)!r} holds runs of MLflow's file store, which kiseki does not read. "
            "Choose another folder."
        )
    return folder
