"""The web UI as it was built: one page, and the assets that it names."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Collection
from pathlib import Path
from typing import Final

import msgspec

STATIC: Final = Path(__file__).parent / "static"
"""Where `make ui` puts the build; the wheel has it."""

# No empty part, none that begins with a dot, and nothing that any system takes for the end of a part.
_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
_MAX_NAME_CHARS: Final = 200
# What a browser must be told exactly, whatever the system's own table says.
_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".ico": "image/vnd.microsoft.icon",
    ".png": "image/png",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
    ".txt": "text/plain; charset=utf-8",
    ".gz": "application/gzip",
}
_ENCODED: Final = (("br", ".br"), ("gzip", ".gz"))
"""The encodings in which an asset may lie beside itself, the best first."""


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the UI; `encoding` says how it is compressed, "" if it is not."""

    data: bytes
    media_type: str
    encoding: str
    etag: str


class Site:
    """The files below one folder, which may not be there. Its methods read the disk."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._folder = folder

    def page(self) -> str | None:
        """The page, None when the UI is not built."""
        try:
            return (self._folder / "index.html").read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None

    def asset(self, name: str, encodings: Collection[str] = ()) -> Asset | None:
        """The file of that name below the folder, in one of the encodings where it is there; None where no file is."""
        if len(name) > _MAX_NAME_CHARS or _NAME.fullmatch(name) is None:
            return None
        whole = self._folder / name
        for encoding, suffix in (*_ENCODED, ("", "")):
            path = whole.with_name(whole.name + suffix)
            if (not encoding or encoding in encodings) and self._is_inside(path):
                data = path.read_bytes()
                mark = f"-{encoding}" if encoding else ""
                return Asset(
                    data=data,
                    media_type=_media_type(whole),
                    encoding=encoding,
                    etag=f'"{path.stat().st_mtime_ns:x}-{len(data):x}{mark}"',
                )
        return None

    def _is_inside(self, path: Path) -> bool:
        """Whether a file is there, and no link leads out of the folder to it."""
        return path.is_file() and path.resolve().is_relative_to(self._folder.resolve())


def accepted_encodings(header: str) -> set[str]:
    """The encodings that an Accept-Encoding header names and does not refuse with `q=0`."""
    found = set()
    for item in header.lower().split(","):
        name, _, weight = item.replace(" ", "").partition(";")
        if not re.fullmatch(r"q=0(\.0*)?", weight):
            found.add(name)
    return found


def _media_type(path: Path) -> str:
    return _TYPES.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
