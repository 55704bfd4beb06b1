"""URIs as they may be shown."""

from __future__ import annotations

import re

_USER_INFO = re.compile(r"(?<=://)[^/\s]+(?=@)")


def without_user(text: str) -> str:
    """The text with *** for user and password in each URI that it has: what is shown ends up in logs and bug reports."""
    return _USER_INFO.sub("***", text)
