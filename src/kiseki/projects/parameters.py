"""Parameters of an entry point: their types, their defaults, and the values that a run is given."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from kiseki.base.errors import ExecutionFailed

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]+:")


class ParameterType(StrEnum):
    """What a parameter takes."""

    STRING = "string"
    FLOAT = "float"
    INT = "int"
    PATH = "path"
    """A file or folder of this machine; what a URI names is fetched first."""
    URI = "uri"
    """A URI, which the program opens itself; the path of something on this machine is made absolute."""


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter that an entry point declares."""

    name: str
    type: ParameterType = ParameterType.STRING
    default: str | None = None


class Values(msgspec.Struct, frozen=True, kw_only=True):
    """What the parameters of one run are, as texts."""

    declared: dict[str, str]
    """Those that the entry point declares, in its order."""
    extra: dict[str, str]
    """Those that it does not: they follow the command as `--key value`."""


Fetch = Callable[[str, int], Path]
"""Fetches what a URI names, for the parameter of a number, and returns where it is."""


def values_of(parameters: Mapping[str, Parameter], given: Mapping[str, str], fetch: Fetch) -> Values:
    """The values of a run's parameters: those given, else the defaults, checked and made absolute.

    Args:
        parameters: What the entry point declares.
        given: By name.
        fetch: How what a parameter of type `path` names by a URI comes to this machine.

    Raises:
        ExecutionFailed: One has neither value nor default, or a value is not of its type; the message names it.
    """
    missing = [one for one in parameters.values() if one.default is None and one.name not in given]
    if missing:
        names = ", ".join(repr(one.name) for one in missing)
        example = " ".join(f"-P {one.name}=<{one.type}>" for one in missing)
        raise ExecutionFailed(f"No value given for missing parameters: {names}. Give {example}.")
    declared = {
        one.name: _checked(one, given.get(one.name, one.default or ""), number, fetch)
        for number, one in enumerate(parameters.values())
    }
    return Values(declared=declared, extra={name: value for name, value in given.items() if name not in parameters})


def _checked(parameter: Parameter, value: str, number: int, fetch: Fetch) -> str:
    if parameter.type in {ParameterType.FLOAT, ParameterType.INT}:
        try:
            (float if parameter.type == ParameterType.FLOAT else int)(value)
        except ValueError:
            example = "0.5" if parameter.type == ParameterType.FLOAT else "3"
            raise ExecutionFailed(
                f"Parameter {parameter.name!r} is {value[:200]!r}; the project declares it as {parameter.type}, such as "
                f"{example}."
            ) from None
        return value
    if parameter.type == ParameterType.PATH:
        return str(fetch(value, number) if _is_remote(value) else _existing(parameter, value))
    if parameter.type == ParameterType.URI:
        return value if _SCHEME.match(value) else str(_existing(parameter, value))
    return value


def _is_remote(value: str) -> bool:
    return _SCHEME.match(value) is not None and not value.lower().startswith("file:")


def _existing(parameter: Parameter, value: str) -> Path:
    from kiseki.artifact_store.locations import parse_location

    path = Path(parse_location(value).path if value else "").absolute()
    if not value or not path.exists():
        raise ExecutionFailed(
            f"Parameter {parameter.name!r} is {value[:200]!r}; the project declares it as {parameter.type}, and there is no "
            f"file or folder {str(path)!r}. Give one that exists, or a URI such as s3://bucket/key."
        )
    return path
