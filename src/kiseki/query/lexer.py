"""A filter's text as tokens with their positions, in linear time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, StrEnum, auto
from typing import Final

import msgspec

from kiseki.base.errors import FilterError

MAX_TEXT: Final = 200_000
"""The most characters that a filter, or one item of an `order_by`, or a column, may have."""


class TokenType(Enum):
    """What a token is."""

    WORD = auto()
    """A keyword or an unquoted name with its dots: `AND`, `metrics.loss.min`; begins with a dot after a quoted name."""
    NUMBER = auto()
    QUOTED = auto()
    """A text in ' or " or `; `value` is it without the quotes."""
    OPERATOR = auto()
    OPEN = auto()
    CLOSE = auto()
    COMMA = auto()
    END = auto()


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of the text: `text` as written, from `start` to `end`; `value` has quotes taken off."""

    type: TokenType
    text: str
    value: str
    start: int
    end: int


# Every repetition is possessive (`++`, `*+`), so that no text makes the expression go back.
_TOKEN: Final = re.compile(
    r"""
    \s*+
    (?: (?P<WORD>     \.?+ [^\W\d] (?: [\w.:/@\[\]] | -(?!-) )*+ | \. (?=["'`]) )
      | (?P<NUMBER>   [+-]?+ (?: [0-9]++ (?: \. [0-9]*+ )?+ | \. [0-9]++ ) (?: [eE] [+-]?+ [0-9]++ )?+ )
      | (?P<QUOTED>   ' (?: [^']++ | '' )*+ ' | " (?: [^"]++ | "" )*+ " | ` (?: [^`]++ | `` )*+ ` )
      | (?P<OPERATOR> [=<>!&|]++ )
      | (?P<OPEN>     \( )
      | (?P<CLOSE>    \) )
      | (?P<COMMA>    , )
      | (?P<END>      \Z )
    )
    """,
    re.VERBOSE,
)
_TYPES: Final = {token_type.name: token_type for token_type in TokenType}
_FORBIDDEN: Final = re.compile("[\x00\ud800-\udfff]")
_NUMBER_TAIL: Final = re.compile(r"[\w.]++")
_SPACE: Final = re.compile(r"\s*+")


def shown(text: str) -> str:
    """`text` for a message: at most 60 characters, control characters escaped."""
    cut = text if len(text) <= 60 else f"{text[:57]}..."
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in cut)


class Part(StrEnum):
    """What a text is of a search; the value is what messages call it."""

    FILTER = "filter"
    ORDER_BY = "order_by"
    COLUMN = "column"


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A filter, an item of an `order_by` or a column, and how to complain about it."""

    text: str
    part: Part = Part.FILTER

    def error(self, what: str, position: int, advice: str) -> FilterError:
        """An error that says what was found, where, and what to write."""
        return FilterError(f"{what} At position {position}: {advice}.", position)

    def syntax_error(self, found: str, position: int, advice: str) -> FilterError:
        """An error about `found`, a piece of the text that does not belong where it stands."""
        if self.part is Part.FILTER:
            what = f"Invalid clause(s) in filter string: '{shown(found or self.text)}'."
        else:
            what = f"Invalid {self.part} clause '{shown(self.text)}'. Could not be parsed."
        return self.error(what, position, advice)

    def over_limit(self, what: str, position: int) -> FilterError:
        """An error about a limit."""
        return self.error(f"The {self.part} is too large: {what}.", position, "split the search into several")


def tokenize(source: Source) -> Iterator[Token]:
    """Yields the tokens, the last one of type END.

    A quote character inside a quoted text is written twice, as in SQL: `'it''s'`. Nothing else is an escape.

    Raises:
        FilterError: The text is longer than `MAX_TEXT`, or a character begins no token.
    """
    text = source.text
    if len(text) > MAX_TEXT:
        raise source.over_limit(f"it has {len(text):,} characters; the limit is {MAX_TEXT:,}", MAX_TEXT)
    if forbidden := _FORBIDDEN.search(text):
        advice = (
            f"the character U+{ord(forbidden[0]):04X} cannot be stored, so nothing can be equal to it; leave it out"
        )
        raise source.syntax_error(forbidden[0], forbidden.start(), advice)
    position = 0
    while True:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise _no_token(source, position)
        token_type = _TYPES[match.lastgroup]
        raw = match[match.lastgroup]
        position = match.end()
        start = position - len(raw)
        value = raw
        if token_type is TokenType.QUOTED:
            value = raw[1:-1].replace(raw[0] * 2, raw[0])
        elif token_type is TokenType.NUMBER and (tail := _NUMBER_TAIL.match(text, position)):
            advice = "this is no number; write it like 0.1, -3 or 1e-5, and a text in quotes"
            raise source.syntax_error(raw + tail[0], start, advice)
        yield Token(type=token_type, text=raw, value=value, start=start, end=position)
        if token_type is TokenType.END:
            return


def _no_token(source: Source, position: int) -> FilterError:
    text = source.text
    if space := _SPACE.match(text, position):
        position = space.end()
    char = text[position]
    if char in "'\"`":
        advice = f"the closing {char} of this quoted text is missing; a {char} inside it is written twice: {char * 2}"
        return source.syntax_error(text[position:], position, advice)
    if char in "\u2018\u2019\u201c\u201d":
        return source.syntax_error(char, position, "this is a typographic quote; write straight ones: ' or \"")
    found = text[position : position + 2] if text.startswith(("--", "/*"), position) else char
    advice = (
        "no part of the language begins like this (there are no comments, semicolons or further statements in it); "
        "a name with special characters is written in backticks: params.`my key`"
    )
    return source.syntax_error(found, position, advice)
