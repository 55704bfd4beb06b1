"""From the command of an entry point to a line for a shell in which no value is anything but a value.

The line is its author's; the values are whoever's. A value of letters and digits stands in the line as it is. Any other is handed
over in a variable, which a shell expands and does not read again, and `"${…}"` takes the place of its placeholder. Where a
variable is no argument, in a text that another program may read as a program (`bash -c "… {x} …"`), in a here-document, or behind
anything that is not known here, only the plain values are accepted.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from string import Formatter
from typing import Final

import msgspec

from kiseki.base.errors import ExecutionFailed

_PLAIN: Final = re.compile(r"[\w@%+=:,./-]*", re.ASCII)
_PLACE: Final = re.compile(r"\0(\d+)\0")
_OPEN_VARIABLE: Final = re.compile(r"\$\w*\Z", re.ASCII)
_BESIDE: Final = re.compile(r"[\w@%+=:,./-]|\0\d+\0|\$\{?\w+\}?", re.ASCII)
"""What may stand beside a place in quotes: a text of several words may be a program."""
_TOKEN: Final = re.compile(
    r"""
      (?P<place> \0\d+\0 )
    | (?P<known> \$\{\w+\} | \$\([\w\s@%+=:,./-]+\) | \\[^\0] )
    | (?P<single> '[^']*' )
    | (?P<double> "(?:[^"\\`$] | \\[^\0] | \$\w | \$\{\w+\} | \$\([\w\s@%+=:,./-]+\))*" )
    | (?P<unknown> [`'"\\] | \$[({\['"$] | (?<!<)<<(?!<) | \(\( | \[\[ | (?<![^\s;&|()])\# )
    | .
    """,
    re.ASCII | re.DOTALL | re.VERBOSE,
)
"""The parts of a line, where `\0` and a number stand for a place: known ones and quoted texts leave what follows readable."""


class Line(msgspec.Struct, frozen=True):
    """A line for a shell, and the variables in which it finds values."""

    text: str
    variables: dict[str, str]


def shell_line(command: str, values: Mapping[str, str], extra: Mapping[str, str]) -> Line:
    """The line that a shell runs.

    Args:
        command: The author's, with `{name}` where a value goes, and `{{` and `}}` for braces.
        values: By name, for the placeholders.
        extra: What follows the command as `--name value`.

    Raises:
        ExecutionFailed: A placeholder names no value; or a value stands where more than a value could be made of it.
    """
    for name, value in {**values, **extra}.items():
        if "\0" in name + value:
            raise ExecutionFailed(f"Parameter {name!r} has a character NUL, which no argument can have.")
    text, names = _places(command, values)
    placed = [(name, values[name]) for name in names]
    out: list[str] = []
    is_readable = True
    for token in _TOKEN.finditer(text):
        kind, part = token.lastgroup, token[0]
        if kind == "unknown":
            is_readable = False
        quote = {"place": "", "single": "'", "double": '"'}.get(kind or "") if is_readable else None
        if kind in {"single", "double"} and _BESIDE.sub("", part[1:-1]):
            quote = None
        out.append(_PLACE.sub(lambda place, quote=quote: _inserted(command, placed, int(place[1]), quote), part))  # type: ignore[misc]
    for name, value in extra.items():
        if not is_readable:
            raise ExecutionFailed(
                f"Parameter {name!r} is not declared, and it is not sure that it can follow the command {command!r}. Declare "
                "it, and name it in the command."
            )
        placed.append((name, value))
        out.append(f" {shlex.quote(f'--{name}')} {_inserted(command, placed, len(placed) - 1, '')}")
    variables = {_variable(number): value for number, (_, value) in enumerate(placed) if not _PLAIN.fullmatch(value)}
    return Line("".join(out), variables)


def _places(command: str, values: Mapping[str, str]) -> tuple[str, list[str]]:
    """The command with numbered places for its placeholders, and the name that each has."""
    names: list[str] = []
    text = ""
    try:
        for literal, name, spec, conversion in Formatter().parse(command.replace("\0", "")):
            text += literal
            if name is None:
                continue
            if name not in values or spec or conversion:
                shown = name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
                known = ", ".join(map(repr, values)) or "none"
                raise ExecutionFailed(
                    f"The command {command!r} has {{{shown}}}, and the entry point has no such parameter; it has: {known}. "
                    "Declare it, or write {{ and }} for braces."
                )
            if variable := _OPEN_VARIABLE.search(text):
                raise ExecutionFailed(
                    f"The command {command!r} has {variable[0]}{{{name}}}. Write {{{name}}} for the parameter, and "
                    "${{NAME}} for a variable of the shell."
                )
            text += f"\0{len(names)}\0"
            names.append(name)
    except ValueError as error:
        raise ExecutionFailed(
            f"The command {command!r} has a brace that is no parameter's ({error}). Write {{{{ and }}}} for braces."
        ) from None
    return text, names


def _inserted(command: str, placed: list[tuple[str, str]], number: int, quote: str | None) -> str:
    """What stands in the line for a value: itself, or its variable in double quotes, whatever quotes are around it."""
    name, value = placed[number]
    if quote == "" and not value:
        return "''"
    if _PLAIN.fullmatch(value):
        return value
    if quote is None:
        raise ExecutionFailed(
            f"Parameter {name!r} is {value[:200]!r}, and stands in the command {command!r} where it could be interpreted. Give a "
            "value of letters, digits and @%+=:,./-_, or have the command hand it over as an argument of its own: "
            f"bash -c 'echo \"$1\"' bash {{{name}}}"
        )
    before, after = {"": ('"', '"'), "'": ("'\"", "\"'"), '"': ("", "")}[quote]
    return f"{before}${{{_variable(number)}}}{after}"


def _variable(number: int) -> str:
    return f"KISEKI_VALUE_{number}"
