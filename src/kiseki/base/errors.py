"""The errors that kiseki raises, each with the code and HTTP status it has on the wire.

    KisekiError                    INTERNAL_ERROR             500
    ├── InvalidParameter           INVALID_PARAMETER_VALUE    400
    │   └── FilterError            INVALID_PARAMETER_VALUE    400   with the position in the filter
    ├── BadRequest                 BAD_REQUEST                400
    │   ├── UnsupportedMediaType   BAD_REQUEST                415
    │   └── PayloadTooLarge        BAD_REQUEST                413
    ├── AlreadyExists              RESOURCE_ALREADY_EXISTS    400
    ├── PermissionDenied           PERMISSION_DENIED          403
    ├── NotFound                   RESOURCE_DOES_NOT_EXIST    404
    │   └── EndpointNotFound       ENDPOINT_NOT_FOUND         404
    │       └── MethodNotAllowed   ENDPOINT_NOT_FOUND         405
    ├── Conflict                   RESOURCE_CONFLICT          409
    ├── TooManyRequests            REQUEST_LIMIT_EXCEEDED     429
    ├── NotImplementedByKiseki     NOT_IMPLEMENTED            501
    ├── Unavailable                TEMPORARILY_UNAVAILABLE    503
    ├── StorageFull                TEMPORARILY_UNAVAILABLE    507
    ├── DeadlineExceeded           DEADLINE_EXCEEDED          504
    ├── IntegrityError             DATA_LOSS                  500   stored bytes do not match their digest
    ├── ExecutionFailed            (client only)              a project that cannot run, or whose command failed
    ├── MissingDependency          (client only)              names the `pip install` line
    └── RemoteError                (client only)              the server's answer, with its code

Raise them anywhere; `kiseki.asgi.errors` turns them into responses by class.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

HTTP_STATUS: Final[dict[str, int]] = {
    "INTERNAL_ERROR": 500,
    "INVALID_STATE": 500,
    "DATA_LOSS": 500,
    "NOT_IMPLEMENTED": 501,
    "TEMPORARILY_UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
    "REQUEST_LIMIT_EXCEEDED": 429,
    "RESOURCE_EXHAUSTED": 429,
    "CANCELLED": 499,
    "ABORTED": 409,
    "RESOURCE_CONFLICT": 409,
    "ALREADY_EXISTS": 409,
    "NOT_FOUND": 404,
    "ENDPOINT_NOT_FOUND": 404,
    "RESOURCE_DOES_NOT_EXIST": 404,
    "PERMISSION_DENIED": 403,
    "CUSTOMER_UNAUTHORIZED": 401,
    "UNAUTHENTICATED": 401,
    "BAD_REQUEST": 400,
    "RESOURCE_ALREADY_EXISTS": 400,
    "INVALID_PARAMETER_VALUE": 400,
}
"""MLflow's error codes and their HTTP status; any other code is answered with 500."""


class KisekiError(Exception):
    """The root of all errors that kiseki raises on purpose.

    Args:
        message: What was given, what was expected, what to do.
        error_code: One of `HTTP_STATUS`; the class's own code when left out.
        **details: Further facts for programs, kept in `details`.

    `error_code` is the name as a string, as in MLflow's `MlflowException`, under which name this class can be
    imported from `kiseki.exceptions`.
    """

    code: ClassVar[str] = "INTERNAL_ERROR"
    status: ClassVar[int | None] = None
    retry_after_seconds: ClassVar[int | None] = None

    def __init__(self, message: object = "", error_code: str | None = None, **details: Any) -> None:
        super().__init__(str(message))
        self.message = str(message)
        self.error_code = error_code or self.code
        self.details = details

    def __reduce__(self) -> tuple[Any, ...]:
        # Engines hand the errors of their workers on, whatever arguments made them.
        return _again, (type(self), self.message), self.__dict__

    @property
    def http_status(self) -> int:
        """The HTTP status with which a server answers this error."""
        if self.status is not None and self.error_code == self.code:
            return self.status
        return HTTP_STATUS.get(self.error_code, 500)

    def get_http_status_code(self) -> int:
        """The HTTP status, under the name that MLflow's exception gives it."""
        return self.http_status

    @classmethod
    def invalid_parameter_value(cls, message: str, **details: Any) -> KisekiError:
        """An error with the code INVALID_PARAMETER_VALUE, as MLflow's constructor of that name makes it."""
        return InvalidParameter(message, **details)


def _again(cls: type[KisekiError], message: str) -> KisekiError:
    """An error that was pickled, without what it has beside its message."""
    return cls.__new__(cls, message)


class InvalidParameter(KisekiError):
    """A value that was given is not acceptable."""

    code = "INVALID_PARAMETER_VALUE"


class FilterError(InvalidParameter):
    """A filter or an `order_by` that does not parse; `position` is the offset of the offending character."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message, position=position)
        self.position = position


class BadRequest(KisekiError):
    """The request as a whole is not acceptable."""

    code = "BAD_REQUEST"


class UnsupportedMediaType(BadRequest):
    """The body's content type is not one that the endpoint reads."""

    status = 415


class PayloadTooLarge(BadRequest):
    """The body is larger than the endpoint accepts."""

    status = 413


class AlreadyExists(KisekiError):
    """Something of that name exists."""

    code = "RESOURCE_ALREADY_EXISTS"


class PermissionDenied(KisekiError):
    """The caller may not do this."""

    code = "PERMISSION_DENIED"


class NotFound(KisekiError):
    """What was asked for does not exist."""

    code = "RESOURCE_DOES_NOT_EXIST"


class EndpointNotFound(NotFound):
    """No endpoint has this path."""

    code = "ENDPOINT_NOT_FOUND"


class MethodNotAllowed(EndpointNotFound):
    """The path exists, with other methods."""

    status = 405


class Conflict(KisekiError):
    """The state of the resource does not allow this now."""

    code = "RESOURCE_CONFLICT"


class TooManyRequests(KisekiError):
    """The queue is full; ask again after the time given."""

    code = "REQUEST_LIMIT_EXCEEDED"
    retry_after_seconds = 1


class NotImplementedByKiseki(KisekiError):
    """MLflow has this and kiseki does not have it yet."""

    code = "NOT_IMPLEMENTED"


class Unavailable(KisekiError):
    """The service cannot answer now; ask again."""

    code = "TEMPORARILY_UNAVAILABLE"
    retry_after_seconds = 1


class StorageFull(Unavailable):
    """No space is left where the data would go. Nothing was written."""

    status = 507
    retry_after_seconds = 30


class DeadlineExceeded(KisekiError):
    """The answer was not there within the time that it may take."""

    code = "DEADLINE_EXCEEDED"


class IntegrityError(KisekiError):
    """Stored bytes do not match the digest that was recorded when they were stored."""

    code = "DATA_LOSS"


class ExecutionFailed(KisekiError):
    """A project cannot be run as it was asked for, or its command failed."""


class MissingDependency(KisekiError, ImportError):
    """An optional package is not installed; the message has the `pip install` line."""

    def __init__(self, package: str, needed_for: str) -> None:
        KisekiError.__init__(
            self, f"{needed_for} needs the package {package!r}, which is not installed: pip install {package}"
        )


class RemoteError(KisekiError):
    """A server's answer that is an error; `error_code` is the server's, `http_status` the answer's status."""

    def __init__(self, message: str, error_code: str, http_status: int) -> None:
        super().__init__(message, error_code)
        self._http_status = http_status

    @property
    def http_status(self) -> int:
        return self._http_status
