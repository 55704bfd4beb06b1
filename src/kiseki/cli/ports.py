"""Whether a server can listen on a port."""

from __future__ import annotations

import socket

from kiseki.base.errors import Unavailable


def check_port(host: str, port: int) -> int:
    """Returns the port on which a server can listen: the one that is given, or a free one for 0.

    Raises:
        Unavailable: It cannot; the message has the reason and what to do.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # As the server itself does: a port whose last connections are not forgotten yet is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            found: int = probe.getsockname()[1]
            return found
    except OSError as error:
        raise Unavailable(
            f"Cannot listen on {host}:{port}: {error.strerror or error}. Give another --port, or a --host that is an "
            "address of this machine."
        ) from error


def free_port(host: str, port: int) -> int:
    """The port itself when a server can listen on it, else one on which it can.

    Raises:
        Unavailable: There is none.
    """
    try:
        return check_port(host, port)
    except Unavailable:
        return check_port(host, 0)
