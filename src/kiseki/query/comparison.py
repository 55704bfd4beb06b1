"""One comparison, `field op value`, from tokens."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from kiseki.base.errors import FilterError
from kiseki.query.fields import Entity, FieldType, ValueType
from kiseki.query.lexer import Part, Source, Token, TokenType, shown, tokenize
from kiseki.query.nodes import Aggregate, Comparison, Field, Kind, Op

MAX_LIST: Final = 5_000
"""The most texts in one IN list."""
MAX_LISTED: Final = 20_000
"""The most texts in all IN lists of one filter together, so that every database has parameters enough."""
MAX_PATTERN: Final = 10_000
"""The longest pattern of LIKE and ILIKE, repeated `%` counted once; SQLite refuses patterns over 50,000 bytes."""

_COMPARE: Final = {op.value: op for op in (Op.EQ, Op.NE, Op.LT, Op.LE, Op.GT, Op.GE)}
_RUN_OF_PERCENT: Final = re.compile("%{2,}")
_PLAIN_KEY: Final = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_INTEGER: Final = re.compile("[+-]?[0-9]+")
_MIN_INT64: Final = -(2**63)
_MAX_INT64: Final = 2**63 - 1

_SINGULAR: Final = {
    Kind.METRIC: "metric",
    Kind.PARAM: "parameter",
    Kind.TAG: "tag",
    Kind.ATTRIBUTE: "attribute",
    Kind.DATASET: "dataset",
}
# How MLflow's messages call what a text is compared with.
_TEXT_OF: Final = {
    Kind.PARAM: "parameter (e.g. 'my-value')",
    Kind.TAG: "tag (e.g. 'my-value')",
    Kind.ATTRIBUTE: "attributes",
    Kind.DATASET: "dataset attributes",
}

_EXAMPLES: Final = {
    ValueType.NUMBER: ("a number", "0.1"),
    ValueType.INTEGER: ("an integer", "1700000000000"),
    ValueType.TEXT: ("a text", "'my-value'"),
    ValueType.DECIMAL: ("a text", "'1'"),
}
"""What a field of each type is called, and what it may be compared with."""


class Reader:
    """The tokens of a source, one at a time."""

    def __init__(self, source: Source, entity: Entity) -> None:
        self.source = source
        self.entity = entity
        self.listed = 0
        """The texts in the IN lists so far."""
        self._tokens: Iterator[Token] = tokenize(source)
        self.token = next(self._tokens)
        """The token that comes next."""
        self.read_until = 0
        """Where the token before that ended."""

    def advance(self) -> Token:
        """Returns the token that comes next and goes behind it."""
        token = self.token
        self.read_until = token.end
        if token.type is not TokenType.END:
            self.token = next(self._tokens)
        return token

    def keyword(self, *words: str) -> str | None:
        """The keyword that comes next, in capitals, if it is one of `words`."""
        if self.token.type is TokenType.WORD and (word := self.token.text.upper()) in words:
            return word
        return None

    def at(self, *token_types: TokenType) -> bool:
        """Whether the token that comes next is of one of these types."""
        return self.token.type in token_types

    def touches(self, token_type: TokenType) -> bool:
        """Whether the next token is of this type and no space precedes it."""
        return self.token.type is token_type and self.token.start == self.read_until

    def unexpected(self, advice: str) -> FilterError:
        """An error about the token that comes next."""
        return self.source.syntax_error(self.token.text, self.token.start, advice)

    def over_limit(self, what: str) -> FilterError:
        """An error about a limit that is passed here."""
        return self.source.over_limit(what, self.token.start)


def read_comparison(reader: Reader) -> Comparison:
    """Reads one comparison; the operator is one that the field has and the value is of its type."""
    start = reader.token
    field = read_field(reader)
    field_type = reader.entity.type_of(field)
    operator = reader.token
    word = reader.keyword("IS", "IN", "NOT", "LIKE", "ILIKE")
    if word == "IS":
        return Comparison(field=field, op=_null_test(reader, field, field_type, start))
    if word in {"IN", "NOT"}:
        op = _list_operator(reader)
        if op not in field_type.ops:
            raise _no_comparator(reader, op, field, operator)
        texts = _texts(reader)
        return Comparison(
            field=field, op=op, value=tuple(dict.fromkeys(field_type.words.get(one, one) for one in texts))
        )
    if word is None and operator.type is not TokenType.OPERATOR:
        raise reader.unexpected(
            f"expected a comparator, one of {_comparators(field_type)}, as in: {reader.entity.example} "
            "(a key with spaces or other special characters is written in backticks)"
        )
    reader.advance()
    if word is None and operator.text not in _COMPARE:
        raise _no_comparator(reader, operator.text, field, operator)
    op = Op(word or operator.text)
    if field_type.value in {ValueType.NUMBER, ValueType.INTEGER}:
        token = _number_token(reader, field, field_type)
        if op not in field_type.ops:
            raise _no_comparator(reader, op, field, operator)
        if field_type.value is ValueType.NUMBER and field.aggregate is not Aggregate.COUNT:
            return Comparison(field=field, op=op, value=_double(reader, token))
        return Comparison(field=field, op=op, value=_integer(reader, token, op))
    text = _text(reader, _TEXT_OF[field.kind])
    if op not in field_type.ops:
        raise _no_comparator(reader, op, field, operator)
    if op in {Op.EQ, Op.NE}:
        text = field_type.words.get(text, text)
    if op in {Op.LIKE, Op.ILIKE}:
        text = _RUN_OF_PERCENT.sub("%", text)
        if len(text) > MAX_PATTERN:
            raise reader.over_limit(f"an {op} pattern has {len(text):,} characters; the limit is {MAX_PATTERN:,}")
    return Comparison(field=field, op=op, value=text)


def read_field(reader: Reader) -> Field:
    """Reads a field; spaces stand nowhere in it but within quotes."""
    start = reader.advance()
    prefix: str | None = None
    quoted = False
    if start.type is TokenType.WORD:
        key = start.text
        if "." in key:
            prefix, key, quoted = _key(reader, *key.split(".", 1))
    elif start.type is TokenType.QUOTED and start.text[0] != "'":
        key = start.value
        if reader.touches(TokenType.WORD) and reader.token.text.startswith("."):
            prefix, key, quoted = _key(reader, key, reader.advance().text[1:])
    else:
        advice = f"expected a field, as in: {_example(reader)}"
        if reader.source.part is not Part.FILTER or start.type not in {TokenType.NUMBER, TokenType.QUOTED}:
            raise reader.source.syntax_error(start.text, start.start, advice)
        what = f"Invalid comparison clause. Expected 'Identifier' found '{shown(start.text)}'."
        raise reader.source.error(what, start.start, advice)
    kind = Kind.ATTRIBUTE if prefix is None else reader.entity.prefixes.get(prefix)
    if kind is None:
        known = reader.entity.prefixes
        # Where the short words are known they are shown, as MLflow shows them.
        valid = list(dict.fromkeys(_SINGULAR[kind] if _SINGULAR[kind] in known else one for one, kind in known.items()))
        what = f"Invalid entity type '{shown(prefix or '')}'. Valid values are {valid}."
        raise reader.source.error(what, start.start, f"write the field like in: {_example(reader)}")
    aggregate = Aggregate.LAST
    if kind is Kind.METRIC:
        key, aggregate = _aggregate(reader, key, quoted=quoted)
    if quoted and reader.touches(TokenType.WORD) and reader.token.text.startswith("."):
        raise reader.unexpected(f"the quotes go round the whole key: {kind}.`{shown(key + reader.token.text)}`")
    if kind in reader.entity.fixed:
        key = reader.entity.aliases.get(kind, {}).get(key, key)
        if key not in reader.entity.fixed[kind]:
            valid = list(reader.entity.fixed[kind])
            what = f"Invalid {_SINGULAR[kind]} key '{shown(key)}' specified. Valid keys are {valid}."
            others = sorted({f"{kind}.<key>" for kind in reader.entity.open})
            raise reader.source.error(what, start.start, f"anything else is written as {' or '.join(others)}")
    elif not key:
        advice = f"the key is missing; write it directly behind the dot, in backticks if it has spaces: {kind}.`my key`"
        raise reader.source.syntax_error(start.text, start.start, advice)
    return Field(kind=kind, key=key, aggregate=aggregate)


def _key(reader: Reader, prefix: str, rest: str) -> tuple[str, str, bool]:
    """Prefix, key, and whether the key is quoted, when `rest` is what stands unquoted behind the prefix's dot."""
    if not rest and reader.touches(TokenType.QUOTED):
        return prefix, reader.advance().value, True
    return prefix, rest, False


def _aggregate(reader: Reader, key: str, *, quoted: bool) -> tuple[str, Aggregate]:
    known = reader.entity.aggregates
    if not quoted:
        stem, _, suffix = key.rpartition(".")
        return (stem, Aggregate(suffix)) if stem and suffix in known else (key, Aggregate.LAST)
    suffix = reader.token.text
    if reader.touches(TokenType.WORD) and suffix[:1] == "." and suffix[1:] in known:
        return key, Aggregate(reader.advance().text[1:])
    return key, Aggregate.LAST


def _null_test(reader: Reader, field: Field, field_type: FieldType, start: Token) -> Op:
    reader.advance()
    op = Op.IS_NULL
    if reader.keyword("NOT"):
        reader.advance()
        op = Op.IS_NOT_NULL
    if not reader.keyword("NULL"):
        raise reader.unexpected("expected NULL or NOT NULL after IS")
    reader.advance()
    if op not in field_type.ops:
        entity = reader.entity
        able = [kind.value for kind, open_type in entity.open.items() if op in open_type.ops]
        able += [key for keys in entity.fixed.values() for key, fixed_type in keys.items() if op in fixed_type.ops]
        what = (
            f"IS NULL / IS NOT NULL is only supported for {' and '.join(able)}, "
            f"not for '{_SINGULAR[field.kind]}' '{shown(field.key)}'."
        )
        raise reader.source.error(what, start.start, "leave this out, as the value is never absent")
    return op


def _list_operator(reader: Reader) -> Op:
    if reader.advance().text.upper() == "IN":
        return Op.IN
    if word := reader.keyword("LIKE", "ILIKE"):
        advice = f"expected IN after NOT; NOT goes before the whole comparison: NOT tags.team {word} 'vis%'"
        raise reader.source.error(f"Invalid comparator 'NOT {word}'.", reader.token.start, advice)
    if not reader.keyword("IN"):
        raise reader.unexpected("expected IN after NOT")
    reader.advance()
    return Op.NOT_IN


def _texts(reader: Reader) -> tuple[str, ...]:
    example = "write it like in: tags.team IN ('vision', 'speech')"
    if not reader.at(TokenType.OPEN):
        raise reader.unexpected(f"expected a list in parentheses; {example}")
    reader.advance()
    texts: list[str] = []
    while not reader.at(TokenType.CLOSE):
        texts.append(_listed_text(reader, example))
        reader.listed += 1
        if len(texts) > MAX_LIST:
            raise reader.over_limit(f"an IN list has more than {MAX_LIST:,} values, which is the limit")
        if reader.listed > MAX_LISTED:
            raise reader.over_limit(f"its IN lists have more than {MAX_LISTED:,} values together, which is the limit")
        if reader.at(TokenType.COMMA):
            reader.advance()
        elif not reader.at(TokenType.CLOSE):
            raise reader.unexpected(f"expected a comma or a closing parenthesis; {example}")
    if not texts:
        what = "While parsing a list in the query, expected a non-empty list of string values, but got empty list."
        raise reader.source.error(what, reader.token.start, example)
    reader.advance()
    return tuple(dict.fromkeys(texts))


def _listed_text(reader: Reader, example: str) -> str:
    token = reader.token
    if token.type is TokenType.QUOTED and token.text[0] != "`":
        return reader.advance().value
    if token.type is TokenType.END:
        raise reader.unexpected(f"the list is not closed; {example}")
    if token.type is TokenType.COMMA:
        problem = "a non-empty list of string values, but got ill-formed list"
    else:
        problem = f"string value, punctuation, or whitespace, but got different type in list: {shown(token.text)}"
    what = f"While parsing a list in the query, expected {problem}."
    raise reader.source.error(what, token.start, f"every value of a list stands in quotes; {example}")


def _text(reader: Reader, expected_by: str) -> str:
    token = reader.token
    if token.type is TokenType.QUOTED and token.text[0] != "`":
        return reader.advance().value
    if reader.entity.bare_texts and token.type in {TokenType.WORD, TokenType.NUMBER} and not reader.keyword("NULL"):
        return reader.advance().value
    if token.type is TokenType.END:
        raise reader.unexpected("expected a text in quotes: 'my-value'")
    if reader.keyword("NULL"):
        what = f"Expected a quoted string value for {expected_by}. Got value {token.text}."
        raise reader.source.error(what, token.start, "to look for what is absent, write IS NULL or IS NOT NULL")
    if token.type in {TokenType.WORD, TokenType.QUOTED}:
        what = (
            "Parameter value is either not quoted or unidentified quote types used for string value "
            f"{shown(token.text)}. Use either single or double quotes."
        )
    else:
        what = f"Expected a quoted string value for {expected_by}. Got value {shown(token.text)}."
    plain = token.type in {TokenType.WORD, TokenType.QUOTED, TokenType.NUMBER}
    raise reader.source.error(what, token.start, f"write it in quotes: '{shown(token.value) if plain else 'my-value'}'")


def _number_token(reader: Reader, field: Field, field_type: FieldType) -> Token:
    token = reader.token
    if token.type is TokenType.NUMBER:
        return reader.advance()
    if token.type is TokenType.QUOTED and field_type.quoted and _INTEGER.fullmatch(token.value):
        return msgspec.structs.replace(reader.advance(), type=TokenType.NUMBER, text=token.value)
    if token.type is TokenType.END:
        raise reader.unexpected("expected a number: 0.1")
    attribute = field_type.value is ValueType.INTEGER
    whose = f"numeric attribute: {field.key}" if attribute else "metric"
    what = f"Expected numeric value type for {whose}. Found {shown(token.text)}"
    example = "1700000000000 (milliseconds since 1970)" if attribute else "0.1"
    raise reader.source.error(f"{what}.", token.start, f"write a number without quotes: {example}")


def _double(reader: Reader, token: Token) -> float:
    number = float(token.text)
    if not math.isfinite(number):
        what = f"Invalid value for metric: {shown(token.text)}."
        raise reader.source.error(
            what, token.start, "the largest number that a metric can be compared with is 1.79e308"
        )
    return number


def _integer(reader: Reader, token: Token, op: Op) -> int:
    """The integer that says the same with this operator as the number that was written."""
    number = float(token.text)
    # The double decides about the range first, as Python refuses to convert very many digits.
    if not _MIN_INT64 <= number <= _MAX_INT64 + 1:
        raise _beyond_int64(reader, token)
    if _INTEGER.fullmatch(token.text):
        digits = int(token.text.lstrip("+-0") or "0")
        integer = -digits if token.text.startswith("-") else digits
    elif op in {Op.GT, Op.LE} or number.is_integer():
        integer = math.floor(number)
    elif op in {Op.LT, Op.GE}:
        integer = math.ceil(number)
    else:
        what = f"Invalid value {shown(token.text)}: an integer is never equal to it."
        raise reader.source.error(what, token.start, f"write an integer: {math.floor(number)}")
    if not _MIN_INT64 <= integer <= _MAX_INT64:
        raise _beyond_int64(reader, token)
    return integer


def _beyond_int64(reader: Reader, token: Token) -> FilterError:
    what = f"Invalid value {shown(token.text)}: it does not fit into 64 bits."
    return reader.source.error(what, token.start, f"write an integer between {_MIN_INT64} and {_MAX_INT64}")


def _no_comparator(reader: Reader, found: str, field: Field, operator: Token) -> FilterError:
    field_type = reader.entity.type_of(field)
    what = f"Invalid comparator '{shown(found)}' not one of {_comparators(field_type)}."
    instead = {"==": "write =", "<>": "write !=", "=>": "write >=", "=<": "write <="}
    kind, example = _EXAMPLES[field_type.value]
    name = _name(field)
    advice = instead.get(found, f"{name} is {kind}, compared as in: {name} = {example}")
    return reader.source.error(what, operator.start, advice)


def _name(field: Field) -> str:
    """The field as a filter has it."""
    key = shown(field.key)
    if not _PLAIN_KEY.fullmatch(key):
        key = f"`{key.replace('`', '``')}`"
    last = field.kind is not Kind.METRIC or field.aggregate is Aggregate.LAST
    return f"{field.kind}.{key}" if last else f"{field.kind}.{key}.{field.aggregate}"


def _comparators(field_type: FieldType) -> str:
    return ", ".join(f"'{op}'" for op in field_type.ops)


def _example(reader: Reader) -> str:
    match reader.source.part:
        case Part.FILTER:
            return reader.entity.example
        case Part.ORDER_BY:
            return reader.entity.order_example
        case Part.COLUMN:
            return reader.entity.column_example
