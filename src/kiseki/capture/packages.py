"""The packages that are installed here, as requirements that pip and uv install."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from kiseki.__about__ import __version__
from kiseki.capture.secrets import recordable_address

_FOLDER: Final = re.compile(r"(?P<name>[^-]+)-(?P<version>[^-]+)(-[^-]+)?\.(dist|egg)-info")


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """A distribution that is installed."""

    name: str
    version: str
    url: str | None = None
    """Where it comes from when not from an index: `git+https://…@commit`, an archive, or a folder or file of this machine."""
    editable: bool = False

    @property
    def is_local(self) -> bool:
        """Whether it is installed from this machine, so that another one has no such thing."""
        return self.url is not None and self.url.startswith("file:")

    def place_in(self, root: str) -> str | None:
        """The folder or file below a folder, relative to it, that it is installed from; None where that is elsewhere.

        The machine need not be the one on which it was installed.
        """
        if self.url is None or not self.is_local:
            return None
        try:
            place = Path(os.path.relpath(_path_of(self.url), root))
        except ValueError:
            # No path at all.
            return None
        return None if os.pardir in place.parts else place.as_posix()

    @property
    def requirement(self) -> str:
        """The line that asks for it."""
        if self.url is None:
            # A local build such as 2.6.0+cu124 is in no index of the usual ones; this finds it where it is, too.
            return f"{self.name}=={self.version.partition('+')[0]}"
        return f"-e {self.url}" if self.editable else f"{self.name} @ {self.url}"


def installed_packages(places: Iterable[str] | None = None) -> tuple[Package, ...]:
    """What is installed on a path of Python, this process's when None; of two of one name, the one that is imported.

    Names and versions are those of the folders `name-version.dist-info`: reading the metadata in them takes
    forty times as long.
    """
    found: dict[str, Package] = {}
    for place in dict.fromkeys(sys.path if places is None else places):
        for package in _in_folder(Path(place)):
            found.setdefault(re.sub(r"[-_.]+", "-", package.name).lower(), package)
    if places is None:
        # An environment of a project or a model has it without metadata.
        found.setdefault("kiseki", Package(name="kiseki", version=__version__))
    return tuple(found[name] for name in sorted(found))


def requirements_text(packages: Iterable[Package]) -> str:
    """A requirements file; what only this machine has is in comments."""
    lines = ["# What was installed when the run started."]
    for package in packages:
        local = package.is_local
        lines.append(f"# only on that machine: {package.requirement}" if local else package.requirement)
    return "\n".join(lines) + "\n"


def _in_folder(place: Path) -> Iterator[Package]:
    try:
        folders = sorted(place.iterdir())
    except OSError:
        # A zip, or a folder that does not exist.
        return
    for folder in folders:
        match = _FOLDER.fullmatch(folder.name)
        if match is not None:
            url, editable = _origin(folder)
            yield Package(name=match["name"].replace("_", "-"), version=match["version"], url=url, editable=editable)


def _origin(folder: Path) -> tuple[str | None, bool]:
    """What `direct_url.json` says, as https://packaging.python.org/specifications/direct-url describes it."""
    try:
        facts = json.loads((folder / "direct_url.json").read_bytes())
        return _url(facts), bool(facts.get("dir_info", {}).get("editable"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None, False


def _url(facts: Any) -> str | None:
    url = recordable_address(str(facts["url"]))
    inside = f"subdirectory={facts['subdirectory']}" if facts.get("subdirectory") else ""
    if "vcs_info" in facts:
        vcs = facts["vcs_info"]
        return f"{vcs['vcs']}+{url}@{vcs['commit_id']}" + (f"#{inside}" if inside else "")
    if url.startswith("file:") and not Path(_path_of(url)).exists():
        # Of the machine on which conda or a distribution built it.
        return None
    archive = facts.get("archive_info") or {}
    hashes = archive.get("hashes") or {}
    digest = f"sha256={hashes['sha256']}" if "sha256" in hashes else ""
    fragment = "&".join(part for part in (digest, inside) if part)
    return f"{url}#{fragment}" if fragment else url


def _path_of(url: str) -> str:
    from urllib.parse import unquote, urlsplit
    from urllib.request import url2pathname

    return url2pathname(unquote(urlsplit(url).path))
