"""The rule for artifact paths that clients name.

A path has been URL-decoded once when it comes here. Names that a user may well choose are kept exactly: `a b`, `100%`,
`x%41`, `a#b`, `a?b`, `..x`, `CON`, a trailing dot. Refused is what another program could take for something else: what
is a separator, `..` or absolute after decoding once more, a backslash, a drive letter, control characters.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import unquote_to_bytes

from kiseki.base.errors import InvalidParameter

MAX_PATH_BYTES: Final = 4096
MAX_SEGMENT_BYTES: Final = 255
MAX_SEGMENTS: Final = 100
"""Removing a tree holds a descriptor and a frame of the stack for each level."""

RESERVED_NAME: Final = ".kiseki-uploads"
"""The folder in which a store on disk keeps unfinished uploads; no path may have it as a segment."""

_MAX_DECODINGS: Final = 8
_REFUSED_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\\\u2028\u2029\ud800-\udfff]")
_DRIVE_OR_SCHEME = re.compile(r"(?:[A-Za-z]|file):|[A-Za-z][A-Za-z0-9+.:\-]*:/", re.IGNORECASE)
_CODE_POINT = re.compile(r"%u([0-9a-f]{4})", re.IGNORECASE)
# A slash, a backslash, and the characters that look like one and are folded into one by some code pages.
_SEPARATORS = re.compile(r"[/\\\u2044\u2215\u2216]")
_SUFFIX = re.compile(r"[;#?]")


def check_path(path: str, *, folder: bool = False) -> str:
    """Checks a relative artifact path and returns it without empty and `.` segments.

    Args:
        path: URL-decoded once.
        folder: Whether a folder is meant, so that "" (the root) and a trailing `/` are allowed.

    Raises:
        InvalidParameter: With a message that starts with "Invalid path".
    """
    problem = _problem(path) or _problem_after_decoding(path)
    if problem is None and not folder and (path.endswith(("/", "/.")) or path in {"", "."}):
        problem = "it must end with the name of a file"
    if problem is None:
        segments = [segment for segment in path.split("/") if segment not in {"", "."}]
        problem = _problem_of_length(segments)
        if problem is None:
            return "/".join(segments)
    raise InvalidParameter(f"Invalid path {path[:200]!r}: {problem}.")


def is_valid_path(path: str) -> bool:
    """Whether `check_path` accepts `path` as it is."""
    try:
        return check_path(path) == path
    except InvalidParameter:
        return False


def file_name(text: str) -> str:
    """The last segment of a name that somebody else gave, such as a header's file name, safe to create a file with.

    Raises:
        InvalidParameter: No usable name is left.
    """
    name = _SEPARATORS.split(text)[-1]
    if name in {"", ".", ".."}:
        raise InvalidParameter(f"Invalid path {text[:200]!r}: it has no file name.")
    return check_path(name)


def _problem(path: str) -> str | None:
    if _REFUSED_CHARACTERS.search(path):
        return "control characters, line separators, backslashes and lone surrogates are not allowed"
    if path.startswith("/"):
        return "it must be relative"
    if _DRIVE_OR_SCHEME.match(path):
        return "it must be a relative path, not a drive or a URI"
    for segment in path.split("/"):
        if _climbs(segment):
            return "'..' is not allowed"
        if segment.casefold() == RESERVED_NAME:
            return f"{RESERVED_NAME!r} is reserved"
    return None


def _climbs(segment: str) -> bool:
    if "." not in segment and segment.isascii():
        return False
    # Some programs drop parameters, queries, fragments and spaces, or fold full-width characters, before they resolve.
    for part in _SEPARATORS.split(unicodedata.normalize("NFKC", segment)):
        bare = _SUFFIX.split(part, maxsplit=1)[0].strip()
        if bare == ".." or (bare == "." and segment != "."):
            return True
    return False


def _problem_after_decoding(path: str) -> str | None:
    form = path
    for _ in range(_MAX_DECODINGS):
        if "%" not in form:
            return None
        try:
            decoded = unquote_to_bytes(_CODE_POINT.sub(lambda code: chr(int(code[1], 16)), form)).decode()
        except UnicodeError:
            return "it is not UTF-8 after URL-decoding"
        if decoded == form:
            return None
        problem = _problem(decoded)
        if problem is None and _shape(decoded) != _shape(form):
            problem = "it has more separators"
        if problem is not None:
            return f"after URL-decoding, {problem}"
        form = decoded
    return "it is URL-encoded too many times"


def _shape(path: str) -> tuple[int, int]:
    segments = path.split("/")
    return len(segments), sum(segment in {"", "."} for segment in segments)


def _problem_of_length(segments: list[str]) -> str | None:
    if len(segments) > MAX_SEGMENTS:
        return f"a path may have at most {MAX_SEGMENTS} segments, this has {len(segments)}"
    sizes = [len(segment.encode()) for segment in segments]
    if any(size > MAX_SEGMENT_BYTES for size in sizes):
        return f"a name may have at most {MAX_SEGMENT_BYTES} bytes in UTF-8, this has {max(sizes)}"
    total = sum(sizes) + len(sizes) - 1
    if total > MAX_PATH_BYTES:
        return f"a path may have at most {MAX_PATH_BYTES} bytes in UTF-8, this has {total}"
    return None
