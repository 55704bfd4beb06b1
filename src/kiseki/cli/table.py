"""What commands print: aligned tables for people, JSON for programs.

Names, tags and values are other people's data. What would move the cursor, change colours or reorder the line (control
characters, line breaks, marks of text direction) is shown as an escape of Python or JSON, in tables and in JSON alike.
"""

from __future__ import annotations

import json
import math
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import click
import msgspec

GAP: Final = "  "
ELLIPSIS: Final = "…"
NARROW: Final = 8
"""No column is cut below so many cells of the terminal, unless it says otherwise."""

_JOINERS: Final = "\u200c\u200d"
"""Format characters that scripts and emoji need to be written at all."""
_UNSAFE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a table.

    `whole` is never cut, since it is what people copy into the next command. `optional` is left out where the terminal
    has no room for it, the last one first. `least` is how many cells it keeps.
    """

    title: str
    right: bool = False
    whole: bool = False
    optional: bool = False
    least: int = NARROW


def cell(value: object) -> str:
    """A value as text that is safe to print on one line; "-" for None and for empty text."""
    if value is None or value == "":
        return "-"
    if isinstance(value, float):
        return f"{value:.6g}"
    return safe(str(value))


def quoted(text: object) -> str:
    """A name in a sentence, in quotes."""
    return f"'{safe(str(text))}'"


def safe(text: str) -> str:
    """Text with what is no visible character as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(char) if _is_unsafe(char) else char for char in text)


def width(text: str) -> int:
    """How many cells of a terminal text takes: two for wide characters, none for marks over the one before."""
    if text.isascii():
        return len(text)
    return sum(_cells(char) for char in text)


def cut(text: str, cells: int) -> str:
    """Text that takes at most so many cells, with an ellipsis where something is missing."""
    if width(text) <= cells:
        return text
    room, kept = cells - 1, ""
    for char in text:
        room -= _cells(char)
        if room < 0:
            break
        kept += char
    return kept + ELLIPSIS


def moment(milliseconds: int | None) -> str:
    """A time of the wire as local time; "-" for none."""
    if not milliseconds:
        return "-"
    try:
        return datetime.fromtimestamp(milliseconds / 1000).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return str(milliseconds)


def duration(start: int | None, end: int | None) -> str:
    """The time between two moments, in the two units that matter."""
    if not start or end is None or end < start:
        return "-"
    seconds = (end - start) / 1000
    if seconds < 60:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    for unit, rest, size in (("d", "h", 86_400), ("h", "m", 3_600), ("m", "s", 60)):
        if whole >= size:
            below = {"h": 3_600, "m": 60, "s": 1}[rest]
            return f"{whole // size}{unit}{whole % size // below:02d}{rest}"
    return f"{whole}s"


def size(count: int | None) -> str:
    """A number of bytes in the unit that fits."""
    if count is None:
        return "-"
    if count < 1024:
        return f"{count} B"
    units = ("KiB", "MiB", "GiB", "TiB")
    power = next((i for i in range(1, len(units)) if count < 1024 ** (i + 1)), len(units))
    return f"{count / 1024**power:.1f} {units[power - 1]}"


def print_table(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> None:
    """Prints a table; on a terminal no line is longer than the terminal is wide, elsewhere nothing is cut."""
    titles = [safe(column.title) for column in columns]
    lines = [titles, *([cell(value) for value in row] for row in rows)]
    natural = [max(width(line[i]) for line in lines) for i in range(len(columns))]
    shown, widths = _fit(columns, natural, _terminal_width())
    for line in lines:
        parts = [_aligned(cut(line[i], wide), wide, columns[i].right) for i, wide in zip(shown, widths, strict=True)]
        click.echo(GAP.join(parts).rstrip())
    left_out = [titles[i] for i in range(len(columns)) if i not in shown]
    if left_out:
        click.echo(f"Not shown for want of room: {', '.join(left_out)}", err=True)


def print_fields(fields: Mapping[str, object] | Iterable[tuple[str, object]], indent: str = "") -> None:
    """Prints names and values, one pair a line, with the values below each other."""
    pairs = [(safe(name), value) for name, value in (fields.items() if isinstance(fields, Mapping) else fields)]
    wide = max((width(name) for name, _ in pairs), default=0)
    for name, value in pairs:
        click.echo(f"{indent}{_aligned(name, wide, right=False)}{GAP}{cell(value)}")


def print_json(value: object) -> None:
    """Prints a value as JSON, indented. NaN and infinities are the strings that the REST API has for them."""
    text = json.dumps(_plain(value), ensure_ascii=False, indent=2, allow_nan=False)
    # Inside a string of JSON an escape is the character that it names, so no program sees a difference.
    click.echo("".join(json.dumps(char)[1:-1] if char != "\n" and _must_escape(char) else char for char in text))


def one_line(message: str) -> str:
    """A message on one line, whatever was quoted in it."""
    return safe(" ".join(message.split("\n")).strip())


def _plain(value: object) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def _must_escape(char: str) -> bool:
    if char.isascii():
        return not char.isprintable()
    return _is_unsafe(char) or not _encodable(char)


def _encodable(char: str) -> bool:
    try:
        char.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _is_unsafe(char: str) -> bool:
    return char not in _JOINERS and unicodedata.category(char) in _UNSAFE


def _escape(char: str) -> str:
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char)
    if named is not None:
        return named
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _cells(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me"} or char in _JOINERS:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def _aligned(text: str, wide: int, right: bool) -> str:
    padding = " " * (wide - width(text))
    return padding + text if right else text + padding


def _terminal_width() -> int | None:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _fit(columns: Sequence[Column], natural: list[int], room: int | None) -> tuple[list[int], list[int]]:
    """The columns that are shown and how wide each is."""
    shown = list(range(len(columns)))
    if room is None:
        return shown, natural

    def least(i: int) -> int:
        return natural[i] if columns[i].whole else min(natural[i], columns[i].least)

    def needed(some: list[int]) -> int:
        return sum(least(i) for i in some) + len(GAP) * (len(some) - 1)

    while needed(shown) > room and (optional := [i for i in shown if columns[i].optional]):
        shown.remove(optional[-1])
    widths = {i: natural[i] for i in shown}
    excess = sum(widths.values()) + len(GAP) * (len(shown) - 1) - room
    while excess > 0:
        # The widest gives first, so that short columns stay readable.
        candidates = [i for i in shown if widths[i] > least(i)]
        if not candidates:
            break
        widest = max(candidates, key=lambda i: widths[i])
        widths[widest] -= 1
        excess -= 1
    return shown, [widths[i] for i in shown]
