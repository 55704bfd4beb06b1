"""Between bytes and wire structs, by the rules of protobuf's JSON mapping that MLflow's clients rely on.

Fields are snake_case; camelCase is read too. `null` is the same as absent. Integers and floats may come as strings,
which is how NaN and infinities travel ("NaN", "Infinity", "-Infinity"). Unknown fields are ignored. What does not fit
raises InvalidParameter naming the field; nothing is changed to make it fit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs

import msgspec
import msgspec.inspect

from kiseki.base.errors import InvalidParameter
from kiseki.base.learned import learned

T = TypeVar("T", bound=msgspec.Struct)

_SEE: Final = "See the API docs for more information about request parameters."
_encode = msgspec.json.Encoder().encode
_PATH = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>.*)`)?$", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<field>.*)`")
_FIRST_OF_CAMEL = re.compile(r"_([a-z])")
MAX_QUERY_FIELDS: Final = 10_000
LARGE_BYTES: Final = 2**20
"""A body that is longer is counted before it is decoded, and takes long enough to be decoded in a thread."""
MAX_VALUES: Final = 100_000
"""The most values in a large body. Decoded, an empty list of three bytes takes sixty."""
# Does not go back over what it has read, so that a string without an end costs no more than one with it.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)


def encode(answer: msgspec.Struct) -> bytes:
    """The JSON of a wire struct."""
    return _encode(answer)


def decode_body(body: bytes | bytearray, kind: type[T], *, asked: bool = False) -> T:
    """The struct in a JSON body; an empty body is an empty object.

    `asked` is for requests: an object of theirs that has a name twice is refused.

    Raises:
        InvalidParameter: The body is not JSON, or a field is missing or of the wrong type.
    """
    body = body or b"{}"
    decoder, camel_names = _decoder(kind)
    try:
        if not any(name in body for name in camel_names):
            decoded: T = decoder.decode(body)
            # Each name has a colon, so with no more colons than names no name is there twice.
            if asked and not _has_names(decoded, body.count(b":")):
                _check_repeats(body)
            return decoded
    except msgspec.ValidationError:
        pass  # A spelling that only the lenient way below reads, or an error that it words better.
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _malformed(error) from None
    try:
        given = msgspec.json.decode(body)
        if isinstance(given, str):  # Some clients encode the body twice.
            inner = given.encode()
            if len(inner) > LARGE_BYTES:
                _check_values(inner)
            body = inner
            given = msgspec.json.decode(body)
        if asked:
            _check_repeats(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise _malformed(error) from None
    return _convert(given, kind)


def decode_request(body: bytes | bytearray, kind: type[T]) -> T:
    """The same of a body that anybody may have sent, so that decoding it takes no more memory than a large body does.

    Raises:
        InvalidParameter: Also for a large body with over 100,000 values.
    """
    if len(body) > LARGE_BYTES:
        _check_values(body)
    return decode_body(body, kind, asked=True)


def decode_query(query: str, kind: type[T]) -> T:
    """The struct in a query string; a list field takes a key that repeats.

    Raises:
        InvalidParameter: A field is missing or of the wrong type, or a single field repeats.
    """
    try:
        pairs = parse_qs(query, keep_blank_values=True, errors="strict", max_num_fields=MAX_QUERY_FIELDS)
    except (ValueError, UnicodeError) as error:
        raise InvalidParameter(f"The query string does not parse: {error}. Percent-encode it as UTF-8.") from None
    lists = _list_fields(kind)
    given: dict[str, Any] = {}
    for key, values in pairs.items():
        name = _snake(key)
        if name in lists:
            given[key] = values
        elif len(set(values)) == 1:
            given[key] = values[0]
        else:
            raise InvalidParameter(f"Parameter {key!r} was given {len(values)} different values. Give one.")
    return _convert(given, kind)


def _convert(given: object, kind: type[T]) -> T:
    if given is None:
        given = {}
    if not isinstance(given, Mapping):
        name = type(given).__name__
        raise InvalidParameter(f"The request body must be a JSON object, and is of type '{name}'. {_SEE}")
    try:
        return msgspec.convert(_normalise(given, kind), learned(kind), strict=False)
    except msgspec.ValidationError as error:
        raise _invalid(error, given) from None


def _normalise(given: object, kind: Any) -> object:
    """`given` with snake_case names and without nulls, wherever `kind` has structs."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and isinstance(given, Mapping):
        fields = _fields(kind)
        normal: dict[str, object] = {}
        for key, value in given.items():
            name = _snake(key) if key not in fields else key
            if value is None or name not in fields:
                continue
            if name in normal:
                raise InvalidParameter(
                    f"Request specifies both '{name}' and '{_camel(name)}'; provide only one of them."
                )
            normal[name] = _normalise(value, fields[name])
        return normal
    if isinstance(kind, list) and isinstance(given, list):
        return [_normalise(item, kind[0]) for item in given]
    return given


@cache
def _fields(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """Field name -> the struct in it, `[struct]` for a list of them, None for the rest."""
    return {field.encode_name: _struct_in(field.type) for field in _struct_type(kind).fields}


def _struct_type(kind: type[msgspec.Struct]) -> msgspec.inspect.StructType:
    info = msgspec.inspect.type_info(kind)
    assert isinstance(info, msgspec.inspect.StructType)
    return info


def _struct_in(info: msgspec.inspect.Type) -> Any:
    if isinstance(info, msgspec.inspect.StructType):
        return info.cls
    if isinstance(info, msgspec.inspect.ListType):
        return [_struct_in(info.item_type)]
    if isinstance(info, msgspec.inspect.UnionType):
        return next((found for member in info.types if (found := _struct_in(member)) is not None), None)
    return None


@cache
def _list_fields(kind: type[msgspec.Struct]) -> frozenset[str]:
    return frozenset(name for name, inner in _fields(kind).items() if isinstance(inner, list))


@cache
def _decoder(kind: type[msgspec.Struct]) -> tuple[msgspec.json.Decoder[Any], tuple[bytes, ...]]:
    """The decoder of a struct, and the camelCase names, quoted, that it would pass over as unknown.

    A struct that forbids unknown fields refuses such a name, and then the lenient way reads it. The structs of the
    longest bodies do, for looking for each name in a long body takes as long as half of its decoding.
    """
    names: set[str] = set()
    todo: list[Any] = [kind]
    while todo:
        one = todo.pop()
        one = one[0] if isinstance(one, list) else one
        if one is not None:
            if not one.__struct_config__.forbid_unknown_fields:
                names.update(_fields(one))
            todo.extend(_fields(one).values())
    camel = tuple(f'"{_camel(name)}"'.encode() for name in sorted(names) if "_" in name)
    return msgspec.json.Decoder(learned(kind)), camel


@lru_cache(maxsize=4096)
def _camel(name: str) -> str:
    return _FIRST_OF_CAMEL.sub(lambda match: match[1].upper(), name)


@lru_cache(maxsize=4096)
def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


@cache
def _optional(kind: type[msgspec.Struct]) -> tuple[int, list[tuple[str, object]]]:
    """How many fields a struct requires, and the others' names and defaults."""
    fields = msgspec.structs.fields(kind)
    others = [(field.name, field.default) for field in fields if not field.required]
    return len(fields) - len(others), others


def _has_names(given: msgspec.Struct, wanted: int) -> bool:
    """Whether the JSON of a struct has at least so many names: those without which it would be another struct."""
    required, others = _optional(type(given))
    names = required + sum(_given([getattr(given, name)], default) for name, default in others)
    for name in given.__struct_fields__:
        value = getattr(given, name)
        if isinstance(value, list) and value and isinstance(value[0], msgspec.Struct):
            required, others = _optional(type(value[0]))
            names += required * len(value)
            for field, default in others:
                if names >= wanted:
                    return True
                names += _given(list(map(attrgetter(field), value)), default)
    return names >= wanted


def _given(values: list[object], default: object) -> int:
    """How many of the values are not what a field has that is absent."""
    if default is msgspec.NODEFAULT:  # A list, made anew for each struct.
        return sum(map(bool, values))
    return len(values) - values.count(default)


def _check_repeats(body: bytes | bytearray) -> None:
    """Raises InvalidParameter for an object with a name that is there twice: of its values only one would be stored."""

    def one(pairs: list[tuple[str, object]]) -> None:
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            twice = next(name for i, name in enumerate(names) if name in names[:i])
            raise InvalidParameter(f"The request body has the field {twice[:100]!r} twice in one object. Give it once.")

    json.loads(body, object_pairs_hook=one)


def _check_values(body: bytes | bytearray) -> None:
    """Raises InvalidParameter for a body with too many values: what starts with a comma or a bracket outside of texts."""
    values = end = 0
    for text in _STRING.finditer(body):
        start = text.start()
        values += sum(body.count(mark, end, start) for mark in (b",", b"[", b"{"))
        end = text.end()
        if values > MAX_VALUES:
            break
    values += sum(body.count(mark, end) for mark in (b",", b"[", b"{"))
    if values > MAX_VALUES:
        raise InvalidParameter(
            f"The request body has {len(body)} bytes and over {MAX_VALUES} values. Split the request into several."
        )


def _malformed(error: Exception) -> InvalidParameter:
    return InvalidParameter(
        f"The request body is not JSON that can be read: {error}. Send a JSON object in UTF-8; NaN and infinities are "
        'written as the strings "NaN", "Infinity" and "-Infinity".'
    )


def _invalid(error: msgspec.ValidationError, given: object) -> InvalidParameter:
    match = _PATH.match(str(error))
    assert match is not None
    path = (match["path"] or "$").removeprefix("$").removeprefix(".")
    missing = _MISSING.match(match["what"])
    if missing:
        field = f"{path}.{missing['field']}" if path else missing["field"]
        return InvalidParameter(f"Missing value for required parameter '{field}'. {_SEE}")
    value = _at(given, path)
    shown = msgspec.json.encode(value).decode() if value is not None else "null"
    if len(shown) > 100:
        shown = f"{shown[:100]}…"
    return InvalidParameter(
        f"Invalid value {shown} for parameter '{path}' supplied:  Hint: Value was of type "
        f"'{type(value).__name__}'. {match['what']}. {_SEE}"
    )


def _at(given: object, path: str) -> object:
    """The value at a path such as `metrics[0].key`, None where there is none."""
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        if name:
            if not isinstance(given, Mapping):
                return None
            given = next((value for key, value in given.items() if _snake(key) == name or key == name), None)
        elif isinstance(given, list) and int(index) < len(given):
            given = given[int(index)]
        else:
            return None
    return given
