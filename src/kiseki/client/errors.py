"""A server's error answers as exceptions.

Each is a `RemoteError` and at the same time of the class that the same mistake raises in process: a 404 is caught by
`except NotFound`, by `except RemoteError` and by `except KisekiError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from kiseki.base import errors
from kiseki.base.errors import KisekiError, RemoteError
from kiseki.base.learned import learned
from kiseki.wire.server import Error

_LOCAL: Final[tuple[type[KisekiError], ...]] = (
    errors.InvalidParameter,
    errors.BadRequest,
    errors.AlreadyExists,
    errors.PermissionDenied,
    errors.NotFound,
    errors.EndpointNotFound,
    errors.Conflict,
    errors.TooManyRequests,
    errors.NotImplementedByKiseki,
    errors.Unavailable,
    errors.DeadlineExceeded,
    errors.IntegrityError,
)
_BY_STATUS: Final[dict[int, type[KisekiError]]] = {
    405: errors.MethodNotAllowed,
    413: errors.PayloadTooLarge,
    415: errors.UnsupportedMediaType,
    507: errors.StorageFull,
}
_CODE_OF_STATUS: Final = {
    400: "BAD_REQUEST",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "ENDPOINT_NOT_FOUND",
    405: "ENDPOINT_NOT_FOUND",
    409: "RESOURCE_CONFLICT",
    413: "BAD_REQUEST",
    415: "BAD_REQUEST",
    429: "REQUEST_LIMIT_EXCEEDED",
    501: "NOT_IMPLEMENTED",
    502: "TEMPORARILY_UNAVAILABLE",
    503: "TEMPORARILY_UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
    507: "TEMPORARILY_UNAVAILABLE",
}
MAX_SHOWN_CHARS: Final = 500


def _remote(local: type[KisekiError]) -> type[RemoteError]:
    return type(f"Remote{local.__name__}", (RemoteError, local), {"__doc__": local.__doc__, "__module__": __name__})


_REMOTE: Final[dict[type[KisekiError], type[RemoteError]]] = {
    local: _remote(local) for local in (*_LOCAL, *_BY_STATUS.values(), errors.FilterError)
}
_BY_CODE: Final = {local.code: _REMOTE[local] for local in _LOCAL}


def error_of(status: int, headers: Mapping[str, str], body: bytes, asked: str) -> RemoteError:
    """The exception for an answer that is an error.

    Args:
        status: The HTTP status.
        headers: The answer's headers, with names in lower case.
        body: As much of the body as was read.
        asked: Method and address, for answers that do not come from a tracking server.
    """
    try:
        told = msgspec.json.decode(body, type=learned(Error))
        code, message = told.error_code, told.message
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError):
        code = _CODE_OF_STATUS.get(status, "INTERNAL_ERROR")
        message = _of_another_program(status, headers, body, asked)
        told = None
    if told is not None and told.position is not None and code == errors.FilterError.code:
        return _filter_error(message, status, told.position)
    local = _BY_STATUS.get(status)
    kind = _REMOTE[local] if local is not None and local.code == code else _BY_CODE.get(code, RemoteError)
    return kind(message, code, status)


def _filter_error(message: str, status: int, position: int) -> RemoteError:
    error = _REMOTE[errors.FilterError](message, errors.FilterError.code, status)
    assert isinstance(error, errors.FilterError)
    error.position = position
    error.details = {"position": position}
    return error


def _of_another_program(status: int, headers: Mapping[str, str], body: bytes, asked: str) -> str:
    if 300 <= status < 400:
        return (
            f"{asked} was answered with a redirect ({status}) to {headers.get('location', 'nowhere')!r}. Redirects are "
            "not followed, since they would carry data and credentials elsewhere: set the tracking URI to the "
            "final address."
        )
    text = body.decode("utf-8", "replace").strip()
    shown = f": {text[:MAX_SHOWN_CHARS]}" if text and "html" not in headers.get("content-type", "") else ""
    if status in {401, 403}:
        return (
            f"{asked} was refused with status {status}{shown}. Give credentials in KISEKI_TRACKING_USERNAME and "
            "KISEKI_TRACKING_PASSWORD, or in KISEKI_TRACKING_TOKEN."
        )
    return f"{asked} was answered with status {status}{shown}. Is the tracking URI that of a tracking server?"
