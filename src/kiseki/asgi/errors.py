"""Errors as responses: one shape, by class."""

from __future__ import annotations

import logging
from typing import Final

from kiseki.base.errors import KisekiError
from kiseki.wire import codec
from kiseki.wire.server import Error

log = logging.getLogger("kiseki.server")

MAX_MESSAGE_CHARS: Final = 4_000
"""A message repeats what was given, which may be long."""

Answer = tuple[int, bytes, list[tuple[bytes, bytes]]]
"""Status, JSON body and further headers."""


def answer(error: BaseException, path: str, request_id: bytes) -> Answer:
    """The response for whatever a handler raised. An error that is not ours is logged and told without detail."""
    if not isinstance(error, KisekiError):
        fields = {"request_id": request_id.decode("ascii")}
        log.error("failure in %s", path, exc_info=error, extra={"fields": fields})
        body = Error(
            error_code="INTERNAL_ERROR",
            message="The server failed to handle the request. Its log has the details; nothing is known to be stored.",
        )
        return 500, codec.encode(body), []
    headers = []
    if error.retry_after_seconds is not None:
        headers.append((b"retry-after", str(error.retry_after_seconds).encode()))
    position = error.details.get("position")
    body = Error(error_code=error.error_code, message=_text(error.message), position=position)
    return error.http_status, codec.encode(body), headers


def _text(message: str) -> str:
    """A message that any JSON reader takes: a client's half surrogate pairs are replaced, and what is long is cut."""
    if len(message) > MAX_MESSAGE_CHARS:
        message = f"{message[: MAX_MESSAGE_CHARS // 2]} … {message[-MAX_MESSAGE_CHARS // 2 :]}"
    return message.encode("utf-8", "replace").decode()
