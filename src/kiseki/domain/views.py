"""Saved views: what a page of the UI shows, under a name."""

from __future__ import annotations

from typing import Final

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.domain.keys import check_given, check_text

MAX_SCOPE_CHARS: Final = 500
MAX_NAME_CHARS: Final = 200
MAX_STATE_BYTES: Final = 65_536


class SavedView(msgspec.Struct, frozen=True, kw_only=True):
    """A view. `state` is JSON as the UI wrote it; `update_time` is milliseconds since the epoch."""

    scope: str
    name: str
    state: str
    update_time: int


def check_scope(scope: str) -> str:
    """Returns what a view is a view of, or raises InvalidParameter unless it has 1 to 500 characters."""
    return _check_length(scope, "scope", MAX_SCOPE_CHARS)


def check_view_name(name: str) -> str:
    """Returns a view's name, or raises InvalidParameter unless it has 1 to 200 characters, not all of them spaces."""
    if name and not name.strip():
        raise InvalidParameter(f"Invalid value {name[:64]!r} for parameter 'name' supplied: it has nothing but spaces.")
    return _check_length(name, "name", MAX_NAME_CHARS)


def check_state(state: str) -> str:
    """Returns a view's state, or raises InvalidParameter unless it is JSON of at most 65,536 bytes."""
    data = check_given(state, "state").encode("utf-8", "surrogatepass")
    if len(data) > MAX_STATE_BYTES:
        raise InvalidParameter(
            f"'state' exceeds the maximum length of {MAX_STATE_BYTES} bytes: it has {len(data)}. Save less of the page."
        )
    try:
        # Nothing is made of it: the text is only looked through.
        msgspec.json.decode(data, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InvalidParameter(f"'state' is not JSON ({error}). Send what the UI wrote, as a string.") from None
    return check_text(state, "state")


def _check_length(text: str, field: str, limit: int) -> str:
    if len(check_given(text, field)) > limit:
        raise InvalidParameter(f"'{field}' exceeds the maximum length of {limit} characters: it has {len(text)}.")
    return check_text(text, field)
