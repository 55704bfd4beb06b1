"""Whom the server trusts on the network: the Host and Origin headers, and headers that browsers obey.

A page on another site can make a browser send requests to a server on the user's machine or network. It cannot choose
the Host header, unless its own name resolves to that server (DNS rebinding), and it cannot hide its Origin.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from kiseki.base.errors import BadRequest, PermissionDenied

Headers = list[tuple[bytes, bytes]]

MAX_HEADERS: Final = 256
MAX_HEADER_BYTES: Final = 65_536
_UNCHECKED: Final = frozenset({"/health", "/ping", "/ready", "/version"})
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_PORT = re.compile(r"[0-9]{1,5}")
_SAME_SITE: Final = frozenset({"same-origin", "same-site", "none"})


class Guard:
    """The checks of one server. `allowed_hosts` and `origins` are exact; `*` allows any."""

    def __init__(self, allowed_hosts: Iterable[str], origins: Iterable[str], x_frame_options: str) -> None:
        self._hosts = frozenset(host.strip().lower() for host in allowed_hosts if host.strip())
        self._origins = frozenset(origin.strip().rstrip("/").lower() for origin in origins if origin.strip())
        self.host_allowed = lru_cache(maxsize=1024)(self._host_allowed)
        self.response_headers: Headers = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),
            (b"cross-origin-opener-policy", b"same-origin"),
        ]
        if x_frame_options.upper() != "NONE":
            self.response_headers.append((b"x-frame-options", x_frame_options.encode()))

    def check(self, method: str, path: str, headers: Headers) -> None:
        """Raises PermissionDenied or BadRequest for a request that a hostile page may have caused."""
        if len(headers) > MAX_HEADERS or sum(len(name) + len(value) for name, value in headers) > MAX_HEADER_BYTES:
            raise BadRequest(f"The request has over {MAX_HEADERS} headers or {MAX_HEADER_BYTES} bytes of them.")
        host: bytes | None = None
        origin = site = None
        for name, value in headers:
            if name == b"host":
                if host is not None:
                    raise BadRequest("The request has two Host headers. Send one.")
                host = value
            elif name == b"origin":
                origin = value
            elif name == b"sec-fetch-site":
                site = value
        if path in _UNCHECKED:
            return
        if host is None or not self.host_allowed(host.decode("latin-1")):
            raise PermissionDenied(
                "Invalid Host header - possible DNS rebinding attack detected. If this name is the server's, start it "
                "with --allowed-hosts NAME."
            )
        if method in _SAFE_METHODS:
            return
        if origin is not None:
            if not self.origin_allowed(origin.decode("latin-1"), host.decode("latin-1")):
                raise PermissionDenied(
                    "Cross-origin request blocked. If pages of that origin may write, start the server with "
                    "--cors-allowed-origins ORIGIN."
                )
        elif site is not None and site.decode("latin-1") not in _SAME_SITE:
            raise PermissionDenied("Cross-origin request blocked.")

    def _host_allowed(self, host: str) -> bool:
        """Whether a Host header names this server: loopback, a private address, or an allowed name."""
        host = host.lower()
        if "*" in self._hosts or host in self._hosts:
            return True
        name, port = _split(host)
        if name is None:
            return False
        if name in self._hosts and (port == "" or _PORT.fullmatch(port)):
            return True
        if name == "localhost":
            return True
        try:
            address = ipaddress.ip_address(name.strip("[]") if name.startswith("[") else name)
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) != name.startswith("["):
            return False
        return (
            address.is_loopback
            or address.is_unspecified
            or any(address in network for network in _PRIVATE if network.version == address.version)
        )

    def origin_allowed(self, origin: str, host: str) -> bool:
        """Whether pages of an origin may write: the server's own, a loopback one, or an allowed one."""
        origin = origin.lower()
        if "*" in self._origins or origin in self._origins:
            return True
        try:
            parts = urlsplit(origin)
            given = parts.netloc
            name = parts.hostname
        except ValueError:
            return False
        if parts.scheme not in ("http", "https") or not given or parts.path or parts.query or "@" in given:
            return False
        return given == host.lower() and name is not None

    def cors_headers(self, headers: Headers) -> Headers:
        """What tells a browser that pages of an allowed origin may read the response."""
        origin = next((value for name, value in headers if name == b"origin"), None)
        if origin is None or not self._origins:
            return []
        text = origin.decode("latin-1").lower()
        if text in self._origins:
            return [
                (b"access-control-allow-origin", origin),
                (b"access-control-allow-credentials", b"true"),
                (b"vary", b"Origin"),
            ]
        if "*" in self._origins:
            # Any origin, and so no credentials.
            return [(b"access-control-allow-origin", b"*")]
        return []


_PRIVATE: Final = tuple(
    ipaddress.ip_network(network)
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10")
)


def _split(host: str) -> tuple[str | None, str]:
    """Name and port of a Host header; the name is None if it does not parse."""
    if host.startswith("["):
        name, bracket, rest = host.partition("]")
        if not bracket or (rest and not (rest.startswith(":") and _PORT.fullmatch(rest[1:]))):
            return None, ""
        return f"{name}]", rest[1:]
    name, colon, port = host.partition(":")
    if (colon and not _PORT.fullmatch(port)) or not name:
        return None, ""
    return name, port
