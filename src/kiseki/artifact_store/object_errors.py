"""What an object store refuses, in kiseki's errors. Messages name the artifact, never the bucket; the log has the rest."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from kiseki.base.errors import (
    Conflict,
    InvalidParameter,
    KisekiError,
    NotFound,
    NotImplementedByKiseki,
    PermissionDenied,
    Unavailable,
)

_log = logging.getLogger("kiseki")


@contextmanager
def explained(path: str) -> Iterator[None]:
    """Turns the errors of obstore into kiseki's, naming `path`."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, OSError) as error:
        raise explain(error, path) from error


@contextmanager
def bucket_there() -> Iterator[None]:
    """For requests that only a missing bucket can answer with "not found"."""
    try:
        yield
    except FileNotFoundError as error:
        raise Unavailable(
            "The bucket or container of the artifact store does not exist. Create it, or correct the artifact location."
        ) from error


def explain(error: Exception, path: str) -> KisekiError:
    """The error for `error` at the relative path `path`."""
    from obstore import exceptions

    shown = repr(path or ".")
    match error:
        case FileNotFoundError():
            return NotFound(f"No such artifact: {shown}")
        case exceptions.PermissionDeniedError() | exceptions.UnauthenticatedError():
            _log.warning("The object store refuses access to the artifact %s: %s", shown, error)
            return PermissionDenied(
                f"The object store refuses this process's access to the artifact {shown}; check its credentials."
            )
        case exceptions.PreconditionError() | exceptions.NotModifiedError():
            return Conflict(f"The artifact {shown} was replaced while it was read. Read it again.")
        case exceptions.InvalidPathError():
            return InvalidParameter(f"Invalid path {shown}: the object store does not take this name.")
        case exceptions.NotSupportedError():
            return NotImplementedByKiseki(f"The object store can not do this with the artifact {shown}.")
        case _:
            _log.warning("The object store failed at the artifact %s: %s", shown, error)
            return Unavailable(
                f"The artifact {shown} can not be accessed now: the object store does not answer as it should. The log "
                "of this process has what it said."
            )
