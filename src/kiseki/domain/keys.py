"""The rules for keys and values of params, metrics and tags."""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from typing import Final

from kiseki.base.errors import InvalidParameter

MAX_KEY_CHARS: Final = 250
"""The longest key of a metric, param or tag, in characters."""

MAX_VALUE_BYTES: Final = 65_536
"""The longest value of a param or tag, in bytes of UTF-8. Nothing shorter is cut."""

_KEY = re.compile(r"[/\w.\- :]*")


def check_given(value: str, field: str) -> str:
    """Returns a text that must not be empty, or raises InvalidParameter naming `field`."""
    if not value:
        raise InvalidParameter(
            f"Missing value for required parameter '{field}'. "
            "See the API docs for more information about request parameters."
        )
    return value


@lru_cache(maxsize=65_536)
def check_key(key: str, field: str) -> str:
    """Returns a key, or raises InvalidParameter naming `field`.

    A key has 1 to 250 letters, digits, `_`, `-`, `.`, `/`, `:` or spaces, and is a normalised relative path, since
    MLflow's file store keeps it as one: no leading `/`, no `..`, no `//`.
    """
    check_given(key, field)
    if len(key) > MAX_KEY_CHARS:
        raise InvalidParameter(
            f"'{field}' exceeds the maximum length of {MAX_KEY_CHARS} characters: it has {len(key)}. Shorten it."
        )
    if _KEY.fullmatch(key) is None:
        raise InvalidParameter(
            f"Invalid value \"{key}\" for parameter '{field}' supplied: Names may only contain alphanumerics, "
            "underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/)."
        )
    if posixpath.normpath(key) != key or key == "." or key.startswith(("..", "/")):
        raise InvalidParameter(
            f"Invalid value \"{key}\" for parameter '{field}' supplied: Names may be treated as files in certain cases, "
            "and must not resolve to other names when treated as such. "
            f"This name would resolve to {posixpath.normpath(key)!r}."
        )
    return key


def check_value(value: str, field: str) -> str:
    """Returns the value of a param or tag, or raises InvalidParameter when it has over 65,536 bytes of UTF-8."""
    # A character takes at most four bytes, so most values need no encoding to be measured.
    if len(value) * 4 > MAX_VALUE_BYTES:
        size = len(value.encode("utf-8", "surrogatepass"))
        if size > MAX_VALUE_BYTES:
            raise InvalidParameter(
                f"'{field}' exceeds the maximum length of {MAX_VALUE_BYTES} bytes: it has {size}. "
                "Log it as an artifact instead."
            )
    return check_text(value, field)


def check_text(text: str, field: str) -> str:
    """Returns a text, or raises InvalidParameter when it has a NUL character."""
    if "\x00" in text:
        raise InvalidParameter(f"'{field}' contains a NUL character, which not every database stores. Remove it.")
    return text
