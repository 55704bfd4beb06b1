"""HTTP to one server: connections, credentials, time limits and retries. The one module that imports urllib3."""

from __future__ import annotations

import logging
import os
import random
import threading
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, BinaryIO, Final, Self
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, SSLError

from kiseki.__about__ import __version__
from kiseki.base.errors import KisekiError, Unavailable
from kiseki.base.settings import flag, number, setting
from kiseki.client.credentials import authorization
from kiseki.client.deadline import seconds_left
from kiseki.client.errors import error_of

RETRIED: Final = frozenset({408, 429, 500, 502, 503, 504})
"""The answers after which the same request is sent again."""

MAX_WAIT_SECONDS: Final = 120.0
FIRST_CONTACT_RETRIES: Final = 2
"""How often a server that never answered this process is asked again: a wrong address is reported within seconds."""

MAX_ERROR_BYTES: Final = 1 << 20
_SENT_BYTES: Final = 1 << 18
"""So much of a file is read and sent at a time."""

_log = logging.getLogger("kiseki")


class Answer:
    """An answer with success status. A context manager that returns the connection.

    `headers` has names in lower case. `read` raises ConnectionError when the connection breaks before the end.
    """

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.status: int = raw.status
        self.headers: dict[str, str] = {name.lower(): value for name, value in raw.headers.items()}

    def read(self, max_bytes: int = -1) -> bytes:
        """Up to `max_bytes` bytes, all that is left for -1; empty at the end only."""
        try:
            # What has come is handed over at once: when the connection breaks later, it is not lost.
            data: bytes = self._raw.read() if max_bytes < 0 else self._raw.read1(max_bytes)
        except (HTTPError, OSError) as error:
            raise ConnectionError(str(error)) from error
        return data

    def close(self) -> None:
        """Returns the connection, or drops it when not all was read."""
        # A connection with an unread rest can not be used again; of chunks the last, which is empty, is such a rest.
        if self._raw.closed or self._raw.length_remaining == 0:
            self._raw.release_conn()
        self._raw.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class HttpClient:
    """Requests to the server at `base`, safe for use by several threads and after a fork.

    An answer of `RETRIED` and a broken connection are tried again, with growing waits that are partly random, or after
    the time that the server's Retry-After names, within the time that `deadline.within` gives. Redirects are not
    followed.

    Args:
        base: The tracking URI; a path in it is a prefix of all paths.
        credentials: Whether to send those of the environment.
    """

    def __init__(self, base: str, *, credentials: bool = True) -> None:
        self.base = base.rstrip("/")
        self._credentials = credentials
        self._prefix = urlsplit(self.base).path.rstrip("/")
        self._lock = threading.Lock()
        self._pool: Any = None
        self._pid = 0
        self._answered = False

    def request(
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes | BinaryIO | None = None,
    ) -> Answer:
        """Sends a request and returns the answer with its body still to be read.

        Args:
            method: In capitals.
            path: Absolute, URL-encoded, without the prefix that the base may have.
            query: URL-encoded, without the question mark.
            headers: In addition to those that every request has.
            body: Bytes, or an open file that is sent from its current position and can seek.

        Raises:
            KisekiError: The answer is an error; of the class that fits its code.
            Unavailable: The server does not answer; the message names its address.
        """
        url = self.base + path + (f"?{query}" if query else "")
        start = body.tell() if body is not None and not isinstance(body, bytes) else 0
        retries = int(number("HTTP_REQUEST_MAX_RETRIES", 7, high=10))
        attempt = 0
        while True:
            if attempt and body is not None and not isinstance(body, bytes):
                body.seek(start)
            try:
                raw = self._connections().urlopen(
                    method,
                    url,
                    body=body,
                    headers=self._headers(headers),
                    redirect=False,
                    retries=False,
                    preload_content=False,
                    decode_content=True,
                    timeout=min(number("HTTP_REQUEST_TIMEOUT", 120.0, low=0.001), max(0.001, seconds_left())),
                )
            except (HTTPError, OSError) as error:
                # A certificate does not become valid by asking again.
                hopeless = isinstance(error, SSLError) and "CERTIFICATE" in str(error).upper()
                limit = retries if self._answered else min(retries, FIRST_CONTACT_RETRIES)
                if attempt >= limit or hopeless or not seconds_left():
                    raise self._unreachable(error, attempt + 1) from error
                self._wait(attempt, None, f"{method} {url}: {error}")
                attempt += 1
                continue
            self._answered = True
            if raw.status < 300:
                return Answer(raw)
            if body is not None:
                # A server that refuses a body may not have read it, and takes the rest of it for another request.
                _abandon(raw.connection)
            if raw.status in RETRIED and attempt < retries and seconds_left():
                after = raw.headers.get("Retry-After")
                raw.drain_conn()
                self._wait(attempt, after, f"{method} {url}: status {raw.status}")
                attempt += 1
                continue
            raise self._error(method, url, raw)

    def close(self) -> None:
        """Drops all connections; the next request makes new ones."""
        with self._lock:
            if self._pool is not None and self._pid == os.getpid():
                self._pool.clear()
            self._pool = None

    def _headers(self, given: Mapping[str, str] | None) -> dict[str, str]:
        headers = {"User-Agent": f"kiseki-python-client/{__version__}", "Accept-Encoding": "gzip"}
        if self._credentials and (told := authorization()) is not None:
            headers["Authorization"] = told
        headers.update(given or {})
        return headers

    def _connections(self) -> Any:
        # After a fork the parent's sockets must not be shared with it.
        if self._pool is None or self._pid != os.getpid():
            with self._lock:
                if self._pool is None or self._pid != os.getpid():
                    self._pool, self._pid = _pool_for(self.base), os.getpid()
        return self._pool

    def _wait(self, attempt: int, retry_after: str | None, why: str) -> None:
        seconds = _seconds(retry_after) if flag("HTTP_RESPECT_RETRY_AFTER_HEADER", True) else None
        if seconds is None:
            seconds = number("HTTP_REQUEST_BACKOFF_FACTOR", 0.5) * 2.0**attempt
        # Many clients that lost the same server must not come back at the same moment.
        seconds += random.random() * number("HTTP_REQUEST_BACKOFF_JITTER", 1.0) * min(1.0, seconds)  # noqa: S311
        seconds = min(seconds, MAX_WAIT_SECONDS, seconds_left())
        _log.warning("%s. Trying again in %.1f s.", why, seconds)
        time.sleep(seconds)

    def _unreachable(self, error: Exception, attempts: int) -> Unavailable:
        shown = urlsplit(self.base)
        place = f"{shown.scheme}://{shown.hostname}{f':{shown.port}' if shown.port else ''}{shown.path}"
        reason = "it refuses connections" if isinstance(error, NewConnectionError) else str(error)
        return Unavailable(
            f"The tracking server at {place} does not answer after {attempts} attempts ({reason}). Start it with "
            f"'kiseki server --host {shown.hostname} --port {shown.port or 5000}', or set the tracking URI of one that "
            "runs: kiseki.set_tracking_uri(...) or KISEKI_TRACKING_URI."
        )

    def _error(self, method: str, url: str, raw: Any) -> KisekiError:
        try:
            body = raw.read(MAX_ERROR_BYTES)
        except (HTTPError, OSError):
            body = b""
        finally:
            raw.close()
        headers = {name.lower(): value for name, value in raw.headers.items()}
        return error_of(raw.status, headers, body, f"{method} {url.partition('?')[0]}")


def _abandon(connection: Any) -> None:
    """Takes its socket from a connection; an answer that is being read from it keeps it open until it has been read.

    The connection itself goes back to the pool then and opens another socket, before anybody could use the old one.
    """
    if connection is not None and connection.sock is not None:
        sock, connection.sock = connection.sock, None
        sock.close()


def _pool_for(base: str) -> Any:
    options: dict[str, Any] = {
        "maxsize": int(number("HTTP_POOL_MAXSIZE", 10, low=1)),
        "num_pools": int(number("HTTP_POOL_CONNECTIONS", 10, low=1)),
        "blocksize": _SENT_BYTES,
    }
    if base.startswith("https:"):
        insecure = flag("TRACKING_INSECURE_TLS", False)
        options["cert_reqs"] = "CERT_NONE" if insecure else "CERT_REQUIRED"
        if insecure:
            _log.warning("TLS certificates are not checked, as KISEKI_TRACKING_INSECURE_TLS says.")
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        if (authorities := setting("TRACKING_SERVER_CERT_PATH")) is not None:
            options["ca_certs"] = authorities
        if (own := setting("TRACKING_CLIENT_CERT_PATH")) is not None:
            options["cert_file"] = own
    proxy = _proxy_for(base)
    return urllib3.PoolManager(**options) if proxy is None else urllib3.ProxyManager(proxy, **options)


def _proxy_for(base: str) -> str | None:
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(base)
    if proxy_bypass(parts.hostname or ""):
        return None
    return getproxies().get(parts.scheme)


def _seconds(retry_after: str | None) -> float | None:
    if retry_after is None:
        return None
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (TypeError, ValueError):
        return None
