"""Bodies of requests that are read as a whole."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from starlette.requests import Request

from kiseki.asgi.security import Headers
from kiseki.base.errors import InvalidParameter, PayloadTooLarge, UnsupportedMediaType

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

MAX_JSON_BYTES: Final = 64 * 2**20
"""The longest JSON body: a batch of params with the longest values fits several times."""


def check_json(headers: Headers) -> None:
    """Raises InvalidParameter for a body that does not say that it is JSON; a page of another site cannot say so."""
    kind = next((value for name, value in headers if name == b"content-type"), None)
    if kind is None:
        raise InvalidParameter(
            "Bad Request. Content-Type header is missing. Send JSON with 'Content-Type: application/json'."
        )
    if kind.partition(b";")[0].strip().lower() != b"application/json":
        raise InvalidParameter("Bad Request. Content-Type must be one of ['application/json'].")


async def read_body(receive: Receive, headers: Headers, max_bytes: int = MAX_JSON_BYTES) -> bytes | bytearray:
    """The whole body of a request; one that is longer than `max_bytes` is not read further.

    Raises:
        PayloadTooLarge: It is.
        UnsupportedMediaType: It is compressed.
        InvalidParameter: It ended before its end.
    """
    for name, value in headers:
        if name == b"content-length" and value.isdigit() and int(value) > max_bytes:
            raise _too_large(max_bytes)
        if name == b"content-encoding" and value.lower() not in (b"", b"identity"):
            raise UnsupportedMediaType(
                f"Bodies are read as they are, and this one has Content-Encoding {value.decode('latin-1')[:40]!r}. "
                "Send it uncompressed."
            )
    message = await receive()
    body: bytes = message.get("body", b"")
    if message["type"] == "http.request" and not message.get("more_body", False):
        return body
    whole = bytearray(body)
    while message.get("more_body", False):
        message = await receive()
        whole += message.get("body", b"")
        if len(whole) > max_bytes:
            raise _too_large(max_bytes)
    if message["type"] == "http.disconnect":
        raise InvalidParameter("The connection ended before the body did. Nothing was stored.")
    return whole


async def read_json(request: Request, max_bytes: int = MAX_JSON_BYTES) -> bytes | bytearray:
    """The whole body of a request that says that it is JSON."""
    headers: Headers = request.scope["headers"]
    check_json(headers)
    return await read_body(request.receive, headers, max_bytes)


def _too_large(max_bytes: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"The body is longer than {max_bytes} bytes. Split the request into several.")
