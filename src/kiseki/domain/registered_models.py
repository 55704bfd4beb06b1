"""Registered models: names under which versions are kept, and aliases that point to one of them."""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import unquote

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.base.ids import is_own_model_id
from kiseki.domain.keys import check_given
from kiseki.domain.model_versions import ModelVersion

MAX_NAME_CHARS: Final = 256
MAX_ALIAS_CHARS: Final = 255

_ALIAS = re.compile(r"[\w\-]+")
_VERSION_ALIAS = re.compile(r"[vV]\d+")
LATEST: Final = "latest"
"""The alias that everybody has and nobody sets: the version of the greatest number."""
_CONTROL: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class RegisteredModel(msgspec.Struct, frozen=True, kw_only=True):
    """A name with versions. Times are milliseconds since the epoch.

    `aliases` has the version of each alias, `latest_versions` the version of the greatest number in each stage.
    """

    name: str
    creation_time: int
    last_update_time: int
    description: str = ""
    user_id: str = ""
    tags: dict[str, str] = {}
    aliases: dict[str, int] = {}
    latest_versions: list[ModelVersion] = []


def check_name(name: str, field: str = "name") -> str:
    """Returns the name of a registered model, or raises InvalidParameter when it cannot be one.

    A name is part of `models:/` URIs and of paths, and is read by people. So it has 1 to 256 characters, is not blank, has
    no `/`, `:` or `@`, nothing that is URL-encoded and no character that cannot be seen, is no `.` or `..`, is not the id of a
    logged model, and is in Unicode's form NFC: two names never look the same and differ.
    """
    if not check_given(name, field).strip():
        raise InvalidParameter(f"Missing value for required parameter '{field}'. It has nothing but spaces.")
    if len(name) > MAX_NAME_CHARS:
        raise InvalidParameter(
            f"'{field}' exceeds the maximum length of {MAX_NAME_CHARS} characters: it has {len(name)}. Shorten it."
        )
    if any(one in name for one in "/:@"):
        raise _bad(name, "Names cannot contain '/' or ':', nor '@', behind which models:/ URIs have an alias.")
    if any(unicodedata.category(char) in _CONTROL for char in name):
        raise _bad(name, "Names cannot contain characters that are not visible.")
    if name in (".", ".."):
        raise _bad(name, f"This name would resolve to {name!r} in a path.")
    if unquote(name) != name:
        raise _bad(name, "Names cannot contain what URL-decoding changes, such as '%2F'.")
    if unicodedata.normalize("NFC", name) != name:
        raise _bad(name, f"Write it in Unicode's form NFC: {unicodedata.normalize('NFC', name)!a}.")
    if is_own_model_id(name):
        raise _bad(name, "It is the id of a logged model, and models:/ URIs would mean that.")
    return name


def check_alias(alias: str) -> str:
    """Returns an alias, or raises InvalidParameter unless it is 1 to 255 letters, digits, `_` and `-`.

    `latest` and versions such as `v1` are reserved. As names, aliases are in Unicode's form NFC.
    """
    if len(check_given(alias, "alias")) > MAX_ALIAS_CHARS:
        raise InvalidParameter(
            f"'Registered model alias name' exceeds the maximum length of {MAX_ALIAS_CHARS} characters: it has "
            f"{len(alias)}. Shorten it."
        )
    if _ALIAS.fullmatch(alias) is None or unicodedata.normalize("NFC", alias) != alias:
        raise InvalidParameter(
            f"Invalid alias name: {alias[:64]!r}. Names may only contain alphanumerics, underscores (_), and dashes (-), "
            "in Unicode's form NFC."
        )
    if alias.lower() == LATEST:
        raise InvalidParameter(f"'{LATEST}' alias name (case insensitive) is reserved.")
    if _VERSION_ALIAS.fullmatch(alias):
        raise InvalidParameter(f"Version alias name '{alias}' is reserved.")
    return alias


def _bad(name: str, reason: str) -> InvalidParameter:
    return InvalidParameter(f"Invalid model name {name[:64]!r}. {reason}")
