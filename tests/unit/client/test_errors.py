import json

import pytest

from kiseki.base import errors
from kiseki.base.errors import KisekiError, RemoteError
from kiseki.client.errors import error_of


def told(code: str, message: str = "why", **more: object) -> bytes:
    return json.dumps({"error_code": code, "message": message, **more}).encode()


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (404, "RESOURCE_DOES_NOT_EXIST", errors.NotFound),
        (404, "ENDPOINT_NOT_FOUND", errors.EndpointNotFound),
        (405, "ENDPOINT_NOT_FOUND", errors.MethodNotAllowed),
        (400, "INVALID_PARAMETER_VALUE", errors.InvalidParameter),
        (400, "RESOURCE_ALREADY_EXISTS", errors.AlreadyExists),
        (400, "BAD_REQUEST", errors.BadRequest),
        (413, "BAD_REQUEST", errors.PayloadTooLarge),
        (403, "PERMISSION_DENIED", errors.PermissionDenied),
        (409, "RESOURCE_CONFLICT", errors.Conflict),
        (429, "REQUEST_LIMIT_EXCEEDED", errors.TooManyRequests),
        (501, "NOT_IMPLEMENTED", errors.NotImplementedByKiseki),
        (503, "TEMPORARILY_UNAVAILABLE", errors.Unavailable),
        (507, "TEMPORARILY_UNAVAILABLE", errors.StorageFull),
        (500, "DATA_LOSS", errors.IntegrityError),
        (500, "SOMETHING_NEW", KisekiError),
    ],
)
def test_an_answer_is_of_the_class_of_its_code(status: int, code: str, kind: type[KisekiError]) -> None:
    error = error_of(status, {}, told(code, sqlstate="x"), "GET /x")
    assert isinstance(error, kind)
    assert isinstance(error, RemoteError)
    assert (error.error_code, error.http_status, str(error)) == (code, status, "why")


def test_a_filter_error_keeps_its_position() -> None:
    error = error_of(400, {}, told("INVALID_PARAMETER_VALUE", position=7), "POST /x")
    assert isinstance(error, errors.FilterError)
    assert isinstance(error, RemoteError)
    assert (error.position, error.error_code, error.http_status) == (7, "INVALID_PARAMETER_VALUE", 400)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (404, b"<html>nothing here</html>", "tracking server"),
        (401, b"who are you", "KISEKI_TRACKING_USERNAME"),
        (502, b"bad gateway", "bad gateway"),
        (302, b"", "'https://elsewhere/'"),
        (418, b'{"error": "teapot"}', "418"),
    ],
)
def test_an_answer_of_another_program(status: int, body: bytes, words: str) -> None:
    headers = {"content-type": "text/html" if b"html" in body else "text/plain", "location": "https://elsewhere/"}
    error = error_of(status, headers, body, "GET http://h/x")
    assert words in str(error)
    assert "GET http://h/x" in str(error)
    assert "<html>" not in str(error)
