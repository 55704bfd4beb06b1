"""The one way by which a server sends something to an address that a client has named.

Only `https:`, only to addresses of the public internet, and to hosts that the operator lets it. The address is looked up
once and looked at before it is connected to, and it is what is connected to, so that a name which changes its meaning
between two looks changes nothing. Redirects are not followed, and nothing of an answer's body is read.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.domain.webhooks import Outcome

SECONDS: Final = 30.0
"""So long may a receiver take in all."""
_CONNECT_SECONDS: Final = 10.0
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\uffff\\]")
_NAT64: Final = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
_PORTS: Final = {"https": 443, "http": 80}


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """An address, taken apart. `is_own` says that the operator lets the server send there whatever it is."""

    scheme: str
    host: str
    port: int
    path: str
    is_own: bool = False

    @property
    def authority(self) -> str:
        """What the header Host has."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == _PORTS[self.scheme] else f"{name}:{self.port}"


class Egress:
    """Sends messages.

    Args:
        allowed: What the operator lets the server send to besides: `host`, `host:port`, or with `http://` in front where
            the receiver has no TLS. Compared exactly.
    """

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        self._allowed = {_own(one) for one in allowed}

    def check(self, url: str) -> Target:
        """The target of a URL, whose text alone is looked at.

        Raises:
            InvalidParameter: It is none to which a server sends.
        """
        if _FORBIDDEN.search(url):
            raise _invalid(url, "it has spaces, backslashes, control characters or other letters than those of ASCII")
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise _invalid(url, str(error)) from None
        if parts.scheme not in _PORTS:
            raise InvalidParameter(f"Invalid webhook URL scheme: {parts.scheme[:32]!r}. Allowed schemes are: https.")
        if not host or parts.username is not None or parts.password is not None or parts.fragment or port == 0:
            raise _invalid(url, "write https://host/path, without credentials and without a fragment")
        port = port or _PORTS[parts.scheme]
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        own = not self._allowed.isdisjoint({(parts.scheme, host, port), (parts.scheme, host, None)})
        if parts.scheme != "https" and not own:
            raise InvalidParameter(f"Invalid webhook URL scheme: {parts.scheme!r}. Allowed schemes are: https.")
        return Target(scheme=parts.scheme, host=host, port=port, path=path, is_own=own)

    def check_reachable(self, url: str) -> None:
        """Looks a URL's host up, and raises InvalidParameter unless the server may send there."""
        target = self.check(url)
        try:
            _addresses(target)
        except OSError as error:
            raise InvalidParameter(f"Cannot resolve Webhook URL hostname {target.host[:255]!r}: {error}") from None

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """Sends a message, and returns what came of it: the status of the answer and nothing else of it."""
        try:
            target = self.check(url)
            return Outcome(status=_post(target, body, headers))
        except InvalidParameter as error:
            return Outcome(error=str(error))
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Outcome(error=f"{type(error).__name__}: {error}"[:500])


def _post(target: Target, body: bytes, headers: Mapping[str, str]) -> int:
    connection = _Connection(target)
    # A receiver that sends a byte now and then would hold a thread for ever.
    timer = threading.Timer(SECONDS, connection.cut)
    timer.daemon = True
    timer.start()
    try:
        connection.request(
            "POST", target.path, body=body, headers={**headers, "Host": target.authority, "Connection": "close"}
        )
        return connection.getresponse().status
    finally:
        timer.cancel()
        connection.close()


class _Connection(http.client.HTTPConnection):
    """A connection to an address that was looked at."""

    def __init__(self, target: Target) -> None:
        super().__init__(target.host, target.port, timeout=SECONDS)
        self._target = target

    def connect(self) -> None:
        error: OSError | None = None
        for family, address in _addresses(self._target):
            plain = socket.socket(family, socket.SOCK_STREAM)
            plain.settimeout(_CONNECT_SECONDS)
            try:
                plain.connect(address)
                _check_address(self._target, str(plain.getpeername()[0]))
                plain.settimeout(SECONDS)
                self.sock = plain
                if self._target.scheme == "https":
                    context = ssl.create_default_context()
                    self.sock = context.wrap_socket(plain, server_hostname=self._target.host)
                return
            except OSError as one:
                plain.close()
                error = one
        raise error or OSError(f"{self._target.host} has no address")

    def cut(self) -> None:
        """Ends what goes on, from another thread."""
        with suppress(OSError):
            if self.sock is not None:
                self.sock.shutdown(socket.SHUT_RDWR)


def _addresses(target: Target) -> list[tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int]]]:
    """The addresses of a host, all of which the server may send to.

    Raises:
        InvalidParameter: One of them is not public.
        OSError: It has none.
    """
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    addresses = []
    for family, _, _, _, address in found:
        if family in (socket.AF_INET, socket.AF_INET6):
            _check_address(target, str(address[0]))
            addresses.append((family, address))
    return addresses  # type: ignore[return-value] # of these two families


def _check_address(target: Target, address: str) -> None:
    if target.is_own or is_public(address):
        return
    raise InvalidParameter(
        f"Webhook URL must not resolve to a non-public IP address. {target.host[:255]!r} resolves to {address}. An operator "
        "lets the server send to a host of the own network with --webhook-allowed-hosts."
    )


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, by itself and not by what it stands for."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and (
        ip.ipv4_mapped or ip.sixtofour or ip.teredo or ip.is_site_local or any(ip in network for network in _NAT64)
    ):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


def _own(text: str) -> tuple[str, str, int | None]:
    """An entry of the operator's list."""
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidParameter(f"Invalid host {text[:255]!r} in --webhook-allowed-hosts: {error}.") from None
    if not host or parts.scheme not in _PORTS or parts.path.strip("/") or parts.query or "@" in parts.netloc:
        raise InvalidParameter(
            f"Invalid host {text[:255]!r} in --webhook-allowed-hosts: write host, host:port, or http://host:port."
        )
    return parts.scheme, host, port


def _invalid(url: str, reason: str) -> InvalidParameter:
    return InvalidParameter(f"Invalid webhook URL {url[:200]!r}: {reason}.")
