"""Where a project comes from: a folder, a script, a repository of git or a zip; and its folder on this machine."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from kiseki.artifact_store.archive import safe_extract
from kiseki.artifact_store.locations import parse_location
from kiseki.base.errors import ExecutionFailed, InvalidParameter, Unavailable
from kiseki.base.uris import without_user
from kiseki.projects import git

MAX_ZIP_BYTES: Final = 1 << 30
"""The largest zip that is fetched, and what it may unpack to."""

_SECONDS: Final = 60.0
_BLOCK_BYTES: Final = 1 << 20
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]+)://")
_SCP: Final = re.compile(r"(?:[\w.\-]+@)?[\w.\-]+:(?!//)\S+", re.ASCII)
_GIT_SCHEMES: Final = frozenset({"http", "https", "ssh", "git", "git+ssh", "git+https", "git+http"})


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A project on this machine."""

    name: str
    """What a run of it says it comes from, as in MLflow: the URI without what is secret in it, the absolute path of a
    folder, the `file:` URI of a repository on this machine."""
    folder: Path
    script: str | None = None
    """The one file that is the project."""
    repository: str | None = None
    """The URI of the repository that it was fetched from."""
    checkout: git.Checkout | None = None
    is_fetched: bool = False
    """Whether the folder was made for this run."""


def fetch_source(uri: str, version: str | None, folder: Path) -> Source:
    """Brings a project to this machine.

    Args:
        uri: A folder or script, `file:` URI, address of a repository or of a zip; `#folder` behind it names one inside.
        version: A branch, tag or commit, of a repository alone.
        folder: Where what is fetched goes; a folder is left where it is.

    Raises:
        ExecutionFailed: There is no such project or version.
        InvalidParameter: The zip is none, or one that is not unpacked.
        Unavailable: Whoever has it does not answer.
    """
    if not uri or any(ord(character) < 32 for character in uri):
        raise ExecutionFailed(f"The project {uri!r} is no folder, repository or zip.")
    address, inside = _parts(uri)
    scheme = _SCHEME.match(address)
    if scheme is None and not _is_here(address) and _SCP.fullmatch(address):
        return _of_repository(address, inside, version, folder, uri)
    if scheme is not None and scheme[1].lower() != "file":
        if scheme[1].lower() not in _GIT_SCHEMES:
            raise ExecutionFailed(
                f"The project {without_user(uri)!r} is of the kind {scheme[1]!r}; expected a folder, a zip, or a repository of "
                "git: https://, ssh:// or user@host:path."
            )
        if urlsplit(address).path.lower().endswith(".zip"):
            _refuse_version(version, uri)
            folder.mkdir(parents=True)
            return _of_zip(_fetch_zip(address, folder.with_suffix(".zip")), inside, folder, uri)
        return _of_repository(address.removeprefix("git+"), inside, version, folder, uri)
    place = Path(address if scheme is None else parse_location(address).path).expanduser().absolute()
    if not place.exists():
        raise ExecutionFailed(
            f"The project {uri!r} does not exist: there is no folder {str(place)!r}. Give a folder, the address of a git "
            "repository, or a zip."
        )
    if place.is_file():
        _refuse_version(version, uri)
        if place.suffix == ".zip":
            return _of_zip(place, inside, folder, uri)
        if place.suffix in {".py", ".sh"}:
            return Source(name=str(place), folder=place.parent, script=place.name)
        raise ExecutionFailed(f"The project {uri!r} is a file; expected a folder, a script (.py, .sh) or a zip.")
    is_repository = git.is_repository(place)
    name = f"{place}#{inside}" if inside else place.as_uri() if is_repository else str(place)
    if is_repository and (version is not None or git.is_bare(place)):
        return _of_repository(place.as_uri(), inside, version, folder, uri if scheme is not None else name)
    _refuse_version(version, uri)
    found = _inside(place, inside, uri)
    git.check_submodules(found)
    return Source(name=name, folder=found)


def _parts(uri: str) -> tuple[str, str]:
    """The URI, and the folder that it names inside of what is there."""
    if "#" not in uri or Path(uri).exists():
        return uri, ""
    address, _, inside = uri.rpartition("#")
    if inside.startswith("/") or ".." in inside.split("/"):
        raise ExecutionFailed(f"The project {without_user(uri)!r} names the folder {inside!r}, which leads out of it.")
    return address, inside.strip("/")


def _is_here(address: str) -> bool:
    return Path(address).expanduser().exists()


def _inside(root: Path, inside: str, uri: str) -> Path:
    folder = root / inside
    if not folder.is_dir():
        raise ExecutionFailed(f"The project {without_user(uri)!r} has no folder {inside!r}.")
    if not folder.resolve().is_relative_to(root.resolve()):
        raise ExecutionFailed(f"The project {without_user(uri)!r} has a link {inside!r}, which leads out of it.")
    return folder


def _refuse_version(version: str | None, uri: str) -> None:
    if version is not None:
        raise ExecutionFailed(
            f"Setting a version is only supported for Git project URIs; {without_user(uri)!r} is none, and the version is "
            f"{version!r}."
        )


def _of_repository(address: str, inside: str, version: str | None, folder: Path, uri: str) -> Source:
    checkout = git.fetch_version(address, version, folder)
    name = without_user(uri)
    return Source(
        name=name,
        folder=_inside(folder, inside, uri),
        repository=name.removesuffix(f"#{inside}") if inside else name,
        checkout=checkout,
        is_fetched=True,
    )


def _of_zip(file: Path, inside: str, folder: Path, uri: str) -> Source:
    safe_extract(file, folder, max_bytes=MAX_ZIP_BYTES)
    entries = [*folder.iterdir()]
    # Archives of repositories have one folder, with the name of the version, around everything.
    root = entries[0] if len(entries) == 1 and entries[0].is_dir() and not inside else folder
    return Source(name=without_user(uri), folder=_inside(root, inside, uri), is_fetched=True)


def _fetch_zip(address: str, file: Path) -> Path:
    # The scheme was looked at, and urllib follows redirects to http and https alone, but for ftp, which fails here.
    try:
        with urllib.request.urlopen(address, timeout=_SECONDS) as answer, file.open("wb") as target:  # noqa: S310
            while block := answer.read(_BLOCK_BYTES):
                target.write(block)
                if target.tell() > MAX_ZIP_BYTES:
                    raise InvalidParameter(
                        f"The zip at {without_user(address)} is larger than {MAX_ZIP_BYTES:,} bytes."
                    )
    except urllib.error.HTTPError as error:
        with error:
            raise Unavailable(
                f"The zip at {without_user(address)} cannot be fetched: {error.code} {error.reason}."
            ) from None
    except OSError as error:
        reason = getattr(error, "reason", error)
        raise Unavailable(
            f"The zip at {without_user(address)} cannot be fetched: {reason}. Check the address."
        ) from None
    return file
