"""Who sends a request, and requests that are answered by hand after a transaction.

There are no accounts yet: a user is whoever a client says that it is, in the header `Authorization` (Basic; the password is
not looked at) or in `X-Kiseki-User`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from hashlib import sha256
from typing import Final, TypeVar
from urllib.parse import unquote

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from kiseki.asgi.body import check_json, read_body
from kiseki.asgi.security import Headers
from kiseki.base.errors import InvalidParameter
from kiseki.domain.keys import check_text
from kiseki.wire import codec
from kiseki.wire.actors import USER_HEADER, Acted

T = TypeVar("T", bound=msgspec.Struct)

MAX_USER_CHARS: Final = 256
MAX_REQUEST_BYTES: Final = 2**22
_USER: Final = USER_HEADER.lower().encode()


def user_of(headers: Headers) -> str:
    """Who the headers of a request say that sends it; "" when they do not.

    Raises:
        InvalidParameter: The name is too long or not UTF-8.
    """
    named = ""
    for name, value in headers:
        if name == b"authorization":
            kind, _, told = value.partition(b" ")
            if kind.lower() == b"basic":
                named = _decoded(told)
                break
        elif name == _USER:
            named = unquote(value.decode("latin-1"), errors="strict") if value.isascii() else ""
    if len(named) > MAX_USER_CHARS:
        raise InvalidParameter(f"The name of the user has {len(named)} characters; the limit is {MAX_USER_CHARS}.")
    return check_text(named, USER_HEADER)


def _decoded(told: bytes) -> str:
    try:
        return base64.b64decode(told, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        raise InvalidParameter(
            "The header Authorization is not Basic: it does not decode as base64 and UTF-8."
        ) from None


def acted(request: T, headers: Headers) -> T:
    """A request with who sent it, where that is kept."""
    return msgspec.structs.replace(request, user_id=user_of(headers)) if isinstance(request, Acted) else request


async def asked(request: Request, kind: type[T]) -> tuple[T, bytes | bytearray]:
    """What the body of a request asks for, and the body."""
    headers: Headers = request.scope["headers"]
    check_json(headers)
    body = await read_body(request.receive, headers, MAX_REQUEST_BYTES)
    return acted(codec.decode_request(body, kind), headers), body


def answered(answer: msgspec.Struct) -> Response:
    """The answer of a request."""
    return Response(codec.encode(answer), media_type="application/json")


def mark_of(headers: Headers, endpoint: str, names: Mapping[str, str], body: bytes | bytearray) -> str | None:
    """What makes a request the same as one that was sent before; None when its client does not mark it.

    The same mark with another body or on another endpoint is another request, and must not be lost.
    """
    mark = next((value for name, value in headers if name == b"idempotency-key"), None)
    if mark is None:
        return None
    return f"{endpoint} {sha256(repr(dict(names)).encode() + body).hexdigest()} {mark.decode('latin-1')}"
