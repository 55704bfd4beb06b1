"""What the stores behind a server need of HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import BinaryIO, Protocol, Self


class HttpAnswer(Protocol):
    """An answer whose body is still to be read; a context manager."""

    status: int
    headers: dict[str, str]

    def read(self, max_bytes: int = -1) -> bytes:
        """Up to `max_bytes` bytes, empty at the end; raises ConnectionError when the connection breaks."""
        ...

    def close(self) -> None:
        """Gives the connection back."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class HttpTransport(Protocol):
    """What sends requests to one server, with its credentials and retries."""

    def request(
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes | BinaryIO | None = None,
    ) -> HttpAnswer:
        """Sends a request; raises a KisekiError for an answer that is an error."""
        ...
