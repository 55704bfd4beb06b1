"""Type hints of `predict`: the schema that one says, and data as it asks for.

    list[str], list[int], list[float], list[bool], list[bytes], list[datetime.datetime]
    list[list[...]], list[dict[str, ...]], list[Any], list[int | str]
    list[Model], where Model is a Pydantic model or a dataclass

The list is of the rows that `predict` gets at once. Inside of models, `X | None` is a part that may be missing.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import types
from collections.abc import Mapping
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.types.casts import Refused
from kiseki.types.containers import is_a, is_array
from kiseki.types.data_types import AnyType, Array, DataType, Map, Object, Property, ValueType
from kiseki.types.schema import ColSpec, Schema
from kiseki.types.values import checked, class_name

TypeFromExample = TypeVar("TypeFromExample")
"""Hint of a `predict` whose types come from the input example; the data keeps the example's form."""

_SCALARS: Final[dict[Any, DataType]] = {
    bool: DataType.boolean,
    int: DataType.long,
    float: DataType.double,
    str: DataType.string,
    bytes: DataType.binary,
    dt.datetime: DataType.datetime,
}

_SUPPORTED: Final = (
    "Type hints that say a schema are list[...] of int, str, bool, float, bytes, datetime.datetime, lists and dictionaries of "
    "these, Pydantic models, dataclasses, or typing.Any"
)

_SILENT: Final = (
    "pandas.DataFrame",
    "pandas.Series",
    "polars.DataFrame",
    "numpy.ndarray",
    "scipy.sparse.csr_matrix",
    "scipy.sparse.csc_matrix",
)
"""Hints that are right and say nothing about columns."""


def schema_of_hint(hint: Any) -> Schema | None:
    """The schema that the hint of the first argument of `predict` says.

    Args:
        hint: The hint itself, not its text (`typing.get_type_hints` evaluates those).

    Returns:
        None when it says nothing about the data: a table, an array, `TypeFromExample`.

    Raises:
        InvalidParameter: It is no hint that predictions can have; the message says which are.
    """
    if hint is TypeFromExample or hint is None or _is_silent(hint):
        return None
    if get_origin(hint) is not list and hint is not list:
        raise InvalidParameter(
            f"Type hints must be wrapped in list[...], since predict() takes several rows at once. Write "
            f"`list[{_named(hint)}]` instead of `{_named(hint)}`. {_SUPPORTED}."
        )
    inner = _element(hint)
    if _is_optional(inner):
        raise InvalidParameter(
            f"A row cannot be missing: `{_named(hint)}`. Remove `None`, or use a Pydantic model with optional fields."
        )
    return Schema([ColSpec(type_of_hint(inner))])


def type_of_hint(hint: Any) -> ValueType:
    """The type of values of a hint; several types are any.

    Raises:
        InvalidParameter: No type holds them.
    """
    origin = get_origin(hint)
    if hint is Any:
        return AnyType()
    if origin in {Union, types.UnionType}:
        known = [part for part in get_args(hint) if part is not type(None)]
        return type_of_hint(known[0]) if len(known) == 1 else AnyType()
    if hint in _SCALARS:
        return _SCALARS[hint]
    if origin is list or hint is list:
        return Array(type_of_hint(_element(hint)))
    if origin is dict or hint is dict:
        arguments = get_args(hint)
        if len(arguments) != 2 or arguments[0] is not str:
            raise InvalidParameter(
                f"A dictionary has texts as keys: write `dict[str, ...]` instead of `{_named(hint)}`."
            )
        return Map(type_of_hint(arguments[1]))
    if fields := _fields(hint):
        return Object([
            Property(name, type_of_hint(kind), not _is_optional(kind)) for name, kind in fields.items()
        ])  # fmt: skip
    raise InvalidParameter(f"Unsupported type hint `{_named(hint)}`. {_SUPPORTED}.")


def dataclass_schema(given: type) -> Schema:
    """The columns of a dataclass: one for each field.

    Raises:
        InvalidParameter: It is no dataclass, or a field's hint is none that a column can have.
    """
    if not dataclasses.is_dataclass(given):
        raise InvalidParameter(f"Expected a dataclass, got {given!r}.")
    kinds = get_type_hints(given)
    return Schema([
        ColSpec(type_of_hint(kinds[field.name]), field.name, not _is_optional(kinds[field.name]))
        for field in dataclasses.fields(given)
    ])  # fmt: skip


def conform(data: Any, hint: Any, *, text: bool = False) -> Any:
    """The data as the hint of `predict` asks for it.

    Tables and arrays become lists: a table of one column that has no name of its own the list of its values, where rows
    are dictionaries or models the list of its rows. Dictionaries become models.

    Args:
        data: What a model is called with.
        hint: A hint of which `schema_of_hint` knows the schema.
        text: Whether the values come from JSON (see `kiseki.types.values.checked`).

    Raises:
        InvalidParameter: It is not; the message says which row, what was given and what is expected.
    """
    try:
        return _conformed(_as_list(data, hint), hint, text)
    except Refused as refused:
        raise InvalidParameter(
            f"Failed to validate data against type hint `{_named(hint)}`. {refused.told(f'`{_named(hint)}`')}."
        ) from None


def _as_list(data: Any, hint: Any) -> Any:
    if is_a(data, "pandas.DataFrame", "polars.DataFrame"):
        columns = list(data.columns)
        inner = _element(hint) if get_origin(hint) is list else Any
        rows = get_origin(inner) is dict or bool(_fields(inner))
        if rows and columns != [0]:
            return data.to_dict("records") if is_a(data, "pandas.DataFrame") else data.to_dicts()
        if len(columns) != 1:
            raise InvalidParameter(f"The hint `{_named(hint)}` takes one column, and the data has {columns[:20]}.")
        return (data.iloc[:, 0] if is_a(data, "pandas.DataFrame") else data.to_series()).to_list()
    if is_a(data, "pandas.Series", "polars.Series"):
        return data.to_list()
    return data.tolist() if is_array(data) and is_a(data, "numpy.ndarray") else data


def _conformed(value: Any, hint: Any, text: bool) -> Any:
    origin = get_origin(hint)
    if hint is Any:
        return value
    if origin in {Union, types.UnionType}:
        known = [part for part in get_args(hint) if part is not type(None)]
        if value is None and len(known) < len(get_args(hint)):
            return None
        return _conformed(value, known[0], text) if len(known) == 1 else value
    if hint in _SCALARS:
        if value is None:
            raise Refused("None")
        return checked(_SCALARS[hint], value, text=text)
    if origin is list:
        if not isinstance(value, list | tuple):
            raise Refused(class_name(value), "expected a list")
        return [_part(item, _element(hint), text, f"row {row}") for row, item in enumerate(value)]
    if origin is dict:
        if not isinstance(value, Mapping):
            raise Refused(class_name(value), "expected a dictionary")
        return {key: _part(item, get_args(hint)[1], text, f"key {key!r}") for key, item in value.items()}
    if _fields(hint):
        return _model(value, hint, text)
    return value


def _part(value: Any, hint: Any, text: bool, where: str) -> Any:
    try:
        return _conformed(value, hint, text)
    except Refused as refused:
        raise refused.inside(where) from None


def _model(value: Any, hint: Any, text: bool) -> Any:
    if isinstance(value, hint):
        return value
    if not isinstance(value, Mapping):
        raise Refused(class_name(value), f"expected a dictionary or a {hint.__name__}")
    if dataclasses.is_dataclass(hint):
        fields = _fields(hint)
        if unknown := [name for name in value if name not in fields]:
            raise Refused("dict", f"its key {unknown[0]!r} is not one of {list(fields)[:20]}")
        make: Any = hint
        try:
            return make(**{name: _part(item, fields[name], text, f"key {name!r}") for name, item in value.items()})
        except TypeError as error:
            raise Refused("dict", str(error)) from None
    try:
        # JSON has neither dates nor bytes, and Pydantic reads its texts for them only where it is told that it is JSON.
        return (
            hint.model_validate_json(msgspec.json.encode(value), strict=True)
            if text
            else hint.model_validate(value, strict=True)
        )
    except ValueError as error:
        raise Refused("dict", str(error).replace("\n", " ")) from None


def _fields(hint: Any) -> dict[str, Any]:
    """The fields of a Pydantic model or dataclass with their hints; nothing for any other class."""
    if not isinstance(hint, type):
        return {}
    if dataclasses.is_dataclass(hint):
        kinds = get_type_hints(hint)
        return {field.name: kinds[field.name] for field in dataclasses.fields(hint)}
    found = getattr(hint, "__pydantic_fields__", None)
    return {name: field.annotation for name, field in found.items()} if isinstance(found, dict) else {}


def _element(hint: Any) -> Any:
    arguments = get_args(hint)
    if len(arguments) != 1:
        raise InvalidParameter(f"`{_named(hint)}` does not say of what: write list[str], for example. {_SUPPORTED}.")
    return arguments[0]


def _is_optional(hint: Any) -> bool:
    return hint is type(None) or (get_origin(hint) in {Union, types.UnionType} and type(None) in get_args(hint))


def _is_silent(hint: Any) -> bool:
    module, name = getattr(hint, "__module__", ""), getattr(hint, "__name__", "")
    return any(module.partition(".")[0] == known.partition(".")[0] and known.endswith(f".{name}") for known in _SILENT)


def _named(hint: Any) -> str:
    return hint.__name__ if isinstance(hint, type) and not get_args(hint) else str(hint).replace("typing.", "")
