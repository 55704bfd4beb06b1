"""Patches of git against the same commit, compared file by file, without the repository."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

GAP: Final = "…"
"""Stands for lines that no patch has."""

MAX_LINES: Final = 10_000
"""Of both contents of a file; comparing lines takes time."""

_HUNK: Final = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+\d+(?:,\d+)? @@.*", re.ASCII)
_INDEX: Final = re.compile(r"index ([0-9a-f]+)\.\.([0-9a-f]+).*")


class Hunk(msgspec.Struct, frozen=True):
    """Lines of a patch, with their sign, and the number that the first has in the old file."""

    first: int
    lines: tuple[str, ...]


class FilePatch(msgspec.Struct, frozen=True, kw_only=True):
    """What a patch says of one file."""

    old: str
    """The names of git for its content; zeros alone for none."""
    new: str
    hunks: tuple[Hunk, ...]
    """No hunks where it is binary."""


def read_patch(patch: bytes) -> dict[str, FilePatch]:
    """A patch that `git diff --full-index --no-renames` wrote, by path."""
    found: dict[str, FilePatch] = {}
    for section in re.split(r"^diff --git ", patch.decode("utf-8", "replace"), flags=re.MULTILINE)[1:]:
        # `\r` and others may stand inside of a line.
        head, *lines = section.split("\n")
        path = path_of(head)
        names = next((match for line in lines[:6] if (match := _INDEX.fullmatch(line))), None)
        if names is not None:
            found[path] = FilePatch(old=names[1], new=names[2], hunks=tuple(_hunks(lines)))
    return found


def path_of(head: str) -> str:
    """The path of a file, from what follows `diff --git `; in it, special characters stay as git writes them in quotes."""
    # Both halves are the same path, behind `a/` and `b/`; in quotes where it has special characters.
    return head[: (len(head) - 1) // 2].strip('"')[2:]


def compare_patched(path: str, before: FilePatch | None, after: FilePatch | None) -> list[str]:
    """A unified diff between what two patches make of a file; None for the file as the commit has it."""
    both = [patch for patch in (before, after) if patch is not None]
    if len({patch.old for patch in both}) > 1:
        images = [_image(patch, _old_lines([patch])) for patch in both]
    else:
        known = _old_lines(both)
        images = [_image(patch, known) for patch in (before, after)]
    return unified(path, *images, numbered=False)


def unified(path: str, before: Sequence[str], after: Sequence[str], *, numbered: bool = True) -> list[str]:
    """The lines of a unified diff between two contents of a file; none where they are the same, or have too many lines."""
    if len(before) + len(after) > MAX_LINES:
        return []
    lines = difflib.unified_diff(before, after, f"a/{path}", f"b/{path}", lineterm="")
    return [line if numbered or not line.startswith("@@ ") else "@@" for line in lines]


def _hunks(lines: Iterable[str]) -> Iterator[Hunk]:
    first, found = 0, list[str]()
    for line in lines:
        match = _HUNK.fullmatch(line)
        if match is not None:
            if found:
                yield Hunk(first, tuple(found))
            # Without old lines, the number is that of the line before.
            first, found = int(match[1]) + (match[2] == "0"), []
        elif first and line[:1] in {" ", "+", "-"}:
            found.append(line)
    if found:
        yield Hunk(first, tuple(found))


def _old_lines(patches: Iterable[FilePatch]) -> dict[int, str]:
    """What is known of the file in the commit, by number."""
    found: dict[int, str] = {}
    for patch in patches:
        for hunk in patch.hunks:
            old = (line[1:] for line in hunk.lines if line[0] != "+")
            found.update(enumerate(old, hunk.first))
    return found


def _image(patch: FilePatch | None, known: Mapping[int, str]) -> list[str]:
    """The file with a patch, as far as it is known."""
    added: dict[int, list[str]] = {}
    gone: set[int] = set()
    for hunk in () if patch is None else patch.hunks:
        number = hunk.first
        for line in hunk.lines:
            if line[0] == "+":
                # Before the old line of that number.
                added.setdefault(number, []).append(line[1:])
                continue
            if line[0] == "-":
                gone.add(number)
            number += 1
    out: list[str] = []
    last = 0
    for number in sorted({*known, *added}):
        if number > last + 1:
            out.append(GAP)
        out += added.get(number, ())
        if number in known:
            last = number
            if number not in gone:
                out.append(known[number])
    return out
