"""From the command of an entry point to a line for a shell in which no value is anything but a value.

The line is a shell's and its author's; the values are whoever's. A value goes into the line between single quotes, and the
quotes in which the author put its placeholder are left before and entered again behind: that holds in every context that
a shell quotes in. Where quoting does not reach, in a text that another program reads as a program (`bash -c "… {x} …"`),
in arithmetic, backquotes and here-documents, only a value without a single character that means something is accepted.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from string import Formatter
from typing import Final

from kiseki.base.errors import ExecutionFailed

_PLAIN: Final = re.compile(r"[\w@%+=:,./-]*", re.ASCII)
_VARIABLE: Final = re.compile(r"\$\{\w+\}", re.ASCII)
_VALUE: Final = "\0"
"""Stands for a value in a word, as `$` stands for an expansion of the shell."""
_REDIRECTION: Final = "\0>"
"""Stands among the words of a command before what it is redirected to."""
_ENDS_WORD: Final = frozenset(" \t\n;&|()<>")
_ENDS_COMMAND: Final = frozenset("\n;&|()")
_INTERPRETING: Final = frozenset(
    {"eval", "let", "[[", "trap", "ssh", "declare", "typeset", "alias", "watch", "parallel"}
)
_INTERPRETERS: Final = re.compile(r"(?:.*/)?(?:(?:ba|da|z|k|a|tc|c|fi)?sh|su|python[\d.]*|perl|ruby|node|Rscript)")
_PROGRAM_FOLLOWS: Final = re.compile(r"-\w*[ce]|--command|--eval")
_EXPANSIONS: Final = re.compile(r"(?:\$\w*)+", re.ASCII)
"""A word that may be none."""
_SCRIPT: Final = re.compile(r"-m|.*\.(?:py|sh|pl|rb|js|R)")
"""What options that follow it belong to."""


def shell_line(command: str, values: Mapping[str, str], extra: Mapping[str, str]) -> str:
    """The line that a shell runs.

    Args:
        command: The author's, with `{name}` where a value goes, and `{{` and `}}` for braces.
        values: By name, for the placeholders.
        extra: What follows the command as `--name value`.

    Raises:
        ExecutionFailed: A placeholder names no value; or a value stands where a shell would interpret it.
    """
    try:
        parsed = list(Formatter().parse(command))
    except ValueError as error:
        raise ExecutionFailed(
            f"The command {command!r} has a brace that is no parameter's ({error}). Write {{{{ and }}}} for braces."
        ) from None
    scanner = _Scanner(command)
    text = ""
    for literal, name, spec, conversion in parsed:
        # Doubled braces end a literal, too, and what a character means may depend on the next.
        text += literal
        if name is not None:
            scanner.read(text)
            text = ""
            if name not in values or spec or conversion:
                shown = name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
                known = ", ".join(map(repr, values)) or "none"
                raise ExecutionFailed(
                    f"The command {command!r} has {{{shown}}}, and the entry point has no such parameter; it has: {known}. "
                    "Declare it, or write {{ and }} for braces."
                )
            scanner.insert(name, values[name])
    scanner.read(text)
    for name, value in extra.items():
        scanner.append(name, value)
    return scanner.line


class _Scanner:
    """Reads the author's line from left to right and knows what quotes it is in.

    It knows what shells share: quotes, escapes, `$(…)`, and words as far as they tell whether a program follows. Behind
    anything else that changes how a shell reads, it trusts nothing until the end of the line.
    """

    def __init__(self, command: str) -> None:
        self._command = command
        self._out: list[str] = []
        self._stack: list[str] = ["code"]
        self._words: list[list[str]] = [[]]
        """For each open code, the words of the command so far; the last is the one that is being read."""
        self._escaped = False
        self._opaque = ""
        """What makes the rest of the line one in which nothing can be quoted; "" as long as all can."""
        self._last = ""

    @property
    def line(self) -> str:
        """What was read and inserted."""
        return "".join(self._out)

    def read(self, text: str) -> None:
        """Reads a part of the author's own."""
        position = 0
        while position < len(text):
            length = 1 if self._opaque else self._step(text, position)
            piece = text[position : position + length]
            self._out.append(piece)
            self._last = piece[-1]
            position += length

    def insert(self, name: str, value: str) -> None:
        """Inserts a value where the author has its placeholder."""
        if "\0" in value:
            raise ExecutionFailed(f"Parameter {name!r} has a character NUL, which no argument can have.")
        if self._last == "$":
            raise ExecutionFailed(
                f"The command {self._command!r} has ${{{name}}}. Write {{{name}}} for the parameter, or ${{{{{name}}}}} for a "
                "variable of the shell."
            )
        reason = self._opaque or self._reason()
        if reason:
            if not _PLAIN.fullmatch(value):
                raise ExecutionFailed(
                    f"Parameter {name!r} is {value[:200]!r}, and stands in {reason} of the command {self._command!r}, where "
                    "it would be interpreted. Give a value of letters, digits and @%+=:,./-_, or hand it over as an "
                    "argument: bash -c 'echo \"$1\"' bash {" + name + "}"
                )
            self._out.append(value)
        else:
            mark = {"code": "", "single": "'", "double": '"'}[self._stack[-1]]
            self._out.append(f"{mark}{_quoted(value)}{mark}")
        self._add(_VALUE)
        self._last = "x"

    def append(self, name: str, value: str) -> None:
        """Adds an argument behind all."""
        if self._opaque or self._stack != ["code"] or self._escaped:
            raise ExecutionFailed(
                f"Parameter {name!r} is not declared, and cannot follow the command {self._command!r}, which ends within "
                "quotes, a comment or a here-document. Declare it and name it in the command."
            )
        if "\0" in name + value:
            raise ExecutionFailed(f"Parameter {name!r} has a character NUL, which no argument can have.")
        self.read(" ")
        reason = self._reason()
        if reason:
            raise ExecutionFailed(
                f"Parameter {name!r} is not declared, and would be {reason} behind the command {self._command!r}. Declare it."
            )
        self._out.append(f"{shlex.quote(f'--{name}')} {_quoted(value)}")
        self._add(_VALUE)
        self._last = "x"

    def _reason(self) -> str:
        """Why a value cannot be quoted here; "" when it can."""
        if self._escaped:
            return "the place behind a backslash"
        for words in self._words:
            *before, word = words or [""]
            shifted = zip(["", *before], before, strict=False)
            before = [one for last, one in shifted if _REDIRECTION not in {last, one}]
            # What is not known of a word may be nothing.
            named = _INTERPRETING.intersection(one.replace(_VALUE, "").replace("$", "") for one in before)
            if named:
                return f"an argument of {min(named)}"
            if not before and "[" in word:
                return "the index of an array"
            last = next((one for one in reversed(before) if not _EXPANSIONS.fullmatch(one)), "")
            if _PROGRAM_FOLLOWS.fullmatch(last):
                runs_script = any(map(_SCRIPT.fullmatch, before))
                if not runs_script and (before[0] == _VALUE or any(map(_is_interpreter, before))):
                    return "a program for another interpreter"
        return ""

    def _step(self, text: str, position: int) -> int:
        """Takes notice of the next character, and returns how many were read."""
        character, state = text[position], self._stack[-1]
        if self._escaped:
            self._escaped = False
            if character != "\n":
                self._add(character)
        elif state == "single":
            self._quote_or_add(character, "'")
        elif character == "\\":
            self._escaped = True
            if text.startswith("\n", position + 1) and self._last not in {" ", "\t", "\n"}:
                # What stands on both sides belongs together: `$` here and `(` there open a command.
                self._opaque = "a word that goes on in the next line"
        elif character == "`":
            self._opaque = "backquotes"
        elif character == "$":
            return self._dollar(text, position)
        elif state == "double":
            self._quote_or_add(character, '"')
        else:
            self._code(text, position)
        return 1

    def _quote_or_add(self, character: str, quote: str) -> None:
        if character == quote:
            self._stack.pop()
        else:
            self._add(character)

    def _dollar(self, text: str, position: int) -> int:
        variable = _VARIABLE.match(text, position)
        following = text[position + 1 : position + 3]
        if variable:
            self._add("$")
            return len(variable[0])
        if following.startswith("$"):
            # bash itself is of two minds: `"$$("` is the number of the shell when it expands, and `$(` when it looks for the quote.
            self._opaque = "the place behind $$"
        elif following == "((":
            self._opaque = "arithmetic"
        elif following.startswith("("):
            self._open()
            return 2
        elif following.startswith(("{", "[")):
            self._opaque = "an expansion"
        elif following.startswith("'") and self._stack[-1] == "code":
            self._opaque = "quotes of the form $'…'"
        else:
            self._add("$")
        return 1

    def _code(self, text: str, position: int) -> None:
        character = text[position]
        starts = self._last == "" or self._last in _ENDS_WORD
        if character in {"'", '"'}:
            self._stack.append("single" if character == "'" else "double")
            self._add("")
        elif character == "#" and starts:
            self._opaque = "a comment"
        elif text.startswith("<<", position) and not text.startswith("<<<", position) and self._last != "<":
            self._opaque = "a here-document"
        elif text.startswith("((", position):
            self._opaque = "arithmetic"
        elif character == "(":
            self._open()
        elif character == ")" and len(self._words) > 1:
            self._stack.pop()
            self._words.pop()
            self._add("$")
        elif character in "<>" or (character in "&|" and (self._last in {"<", ">"} or text.startswith("&>", position))):
            self._redirect()
        elif character in _ENDS_WORD:
            self._end_word(character)
        else:
            self._add(character)

    def _open(self) -> None:
        self._stack.append("code")
        self._words.append([])

    def _add(self, text: str) -> None:
        words = self._words[-1]
        if words:
            words[-1] += text
        else:
            words.append(text)

    def _redirect(self) -> None:
        """What follows is a file or a stream, and then the command goes on."""
        words = self._words[-1]
        if words and (not words[-1] or words[-1].isdigit()):
            words.pop()
        if not words or words[-1] != _REDIRECTION:
            words.append(_REDIRECTION)
        words.append("")

    def _end_word(self, character: str) -> None:
        words = self._words[-1]
        if words and words[-1] == "case":
            # Its patterns have parentheses of their own.
            self._opaque = "a case"
        if character in _ENDS_COMMAND:
            words.clear()
        elif words and words[-1]:
            words.append("")


def _is_interpreter(word: str) -> bool:
    bare = word.replace(_VALUE, "")
    return "$" in bare or _INTERPRETERS.fullmatch(bare) is not None


def _quoted(value: str) -> str:
    """A value between single quotes, whatever it is: also a word such as `a=b` or `if` is then no more than a word."""
    return "'" + value.replace("'", "'\"'\"'") + "'"
