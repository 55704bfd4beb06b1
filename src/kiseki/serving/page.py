"""The page on which people try the model: files of this package, told to browsers with a strict policy."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final

from kiseki.asgi.edge import WholeResponse

_FOLDER: Final = Path(__file__).parent / "site"
_FILES: Final = {
    "/": ("try.html", "text/html; charset=utf-8"),
    "/try.js": ("try.js", "text/javascript; charset=utf-8"),
    "/try.css": ("try.css", "text/css; charset=utf-8"),
}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


class Page:
    """The page and its two files. They hold nothing of the model: the page asks for /openapi.json."""

    def __init__(self) -> None:
        self._read: dict[str, bytes] = {}

    @property
    def paths(self) -> Collection[str]:
        """The paths under which they are found."""
        return _FILES.keys()

    def answer(self, path: str) -> WholeResponse:
        """One of the files."""
        name, media_type = _FILES[path]
        if path not in self._read:
            self._read[path] = (_FOLDER / name).read_bytes()
        headers = [
            (b"content-type", media_type.encode()),
            (b"content-security-policy", _POLICY.encode()),
            (b"cache-control", b"no-cache"),
        ]
        return WholeResponse(200, self._read[path], headers)
