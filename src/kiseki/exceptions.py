"""The errors of the Python API, under kiseki's names and under MLflow's.

`MlflowException` is `KisekiError`, the root of all; `RestException` is `RemoteError`, a server's answer. An error that a
server answers is also of the class that the same mistake raises in process, so `except NotFound` catches both.
"""

from __future__ import annotations

from kiseki.base.errors import (
    AlreadyExists,
    BadRequest,
    Conflict,
    DeadlineExceeded,
    ExecutionFailed,
    FilterError,
    IntegrityError,
    InvalidParameter,
    KisekiError,
    MissingDependency,
    NotFound,
    NotImplementedByKiseki,
    PermissionDenied,
    RemoteError,
    StorageFull,
    TooManyRequests,
    Unavailable,
)

ExecutionException = ExecutionFailed
MlflowException = KisekiError
RestException = RemoteError
MlflowNotImplementedException = NotImplementedByKiseki

INTERNAL_ERROR = "INTERNAL_ERROR"
INVALID_PARAMETER_VALUE = "INVALID_PARAMETER_VALUE"
RESOURCE_ALREADY_EXISTS = "RESOURCE_ALREADY_EXISTS"
RESOURCE_DOES_NOT_EXIST = "RESOURCE_DOES_NOT_EXIST"


class MissingConfigException(KisekiError):
    """A configuration file is missing; nothing in kiseki raises it yet."""


__all__ = [
    "INTERNAL_ERROR",
    "INVALID_PARAMETER_VALUE",
    "RESOURCE_ALREADY_EXISTS",
    "RESOURCE_DOES_NOT_EXIST",
    "AlreadyExists",
    "BadRequest",
    "Conflict",
    "DeadlineExceeded",
    "ExecutionException",
    "ExecutionFailed",
    "FilterError",
    "IntegrityError",
    "InvalidParameter",
    "KisekiError",
    "MissingConfigException",
    "MissingDependency",
    "MlflowException",
    "MlflowNotImplementedException",
    "NotFound",
    "NotImplementedByKiseki",
    "PermissionDenied",
    "RemoteError",
    "RestException",
    "StorageFull",
    "TooManyRequests",
    "Unavailable",
]
