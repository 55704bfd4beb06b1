"""Who asks for a change, on the wire."""

from __future__ import annotations

import msgspec

USER_HEADER = "X-Kiseki-User"
"""Names the user of a client that has no credentials, percent-encoded as UTF-8."""


class Acted(msgspec.Struct, kw_only=True):
    """A request of which is kept who sent it.

    `user_id` is that of the header `Authorization` (Basic), else that of `X-Kiseki-User`; what the body says does not count.
    """

    user_id: str = ""
