"""A server that is attacked: raw bytes to it, its memory, and ways to end and start it again."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from kiseki.wire.routes import Endpoint
from tests.wire.server import NATIVE, Response, Server

__all__ = ["NATIVE", "Target", "chunk", "head"]

_SECONDS: Final = 60


class Target(Server):
    """kiseki's server, which may be ended and entered again on the same data."""

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def database(self) -> Path:
        return self.folder / "wire.db"

    @property
    def destination(self) -> str:
        """What its `--artifacts-destination` is."""
        return str(self.artifacts)

    def log(self) -> str:
        """What the server wrote so far."""
        return self._log_path.read_text(errors="replace")

    def end(self, signal_number: int) -> int:
        """Sends a signal and returns the exit code once the process has ended."""
        assert self._process is not None
        self._process.send_signal(signal_number)
        return self._process.wait(_SECONDS)

    def wait(self) -> int:
        """The exit code of a process that is about to end."""
        assert self._process is not None
        return self._process.wait(_SECONDS)

    # --- memory -------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def memory_within(self, mebibytes: int) -> Iterator[None]:
        """Fails when the block makes the server use so much more memory at any time."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        before = self._memory("VmRSS")
        yield
        grown = (self._memory("VmHWM") - before) / 1024
        assert grown <= mebibytes, f"the server used {grown:.0f} MiB more"

    def _memory(self, name: str) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text()
        match = re.search(rf"^{name}:\s*(\d+) kB", status, re.MULTILINE)
        assert match is not None
        return int(match[1])

    # --- raw bytes ----------------------------------------------------------------------------------------------------

    def connect(self) -> socket.socket:
        """A connection to the server."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=_SECONDS)

    def send(self, *parts: bytes) -> list[Response]:
        """Sends bytes on one connection and returns all answers that come before the server closes it, or pauses."""
        with self.connect() as connection:
            return self.exchange(connection, parts)

    def exchange(self, connection: socket.socket, parts: Iterable[bytes], pause: float = 0.5) -> list[Response]:
        """The same on a connection that is there already. Sending ends early when the server does not listen any more."""
        # That the server has closed the connection already is an answer too.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for part in parts:
                connection.sendall(part)
        received = b""
        deadline = time.monotonic() + _SECONDS
        connection.settimeout(pause)
        while time.monotonic() < deadline:
            try:
                data = connection.recv(65_536)
            except TimeoutError:
                if received:
                    break
                continue
            except ConnectionResetError:
                break
            if not data:
                break
            received += data
        return list(_answers(received))

    def is_closed(self, connection: socket.socket) -> bool:
        """Whether the server has closed the connection."""
        connection.settimeout(2)
        try:
            return connection.recv(1) == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False


def head(method: str, path: str, *headers: str, host: str | None = "127.0.0.1", close: bool = True) -> bytes:
    """The head of a request, which asks for the end of the connection unless others follow."""
    lines = [f"{method} {path} HTTP/1.1"]
    lines += [f"Host: {host}"] if host is not None else []
    lines += [*headers, *(["Connection: close"] if close else [])]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def filled(path: str, value: str) -> str:
    """The path of an endpoint with a value in the place of each name in it."""
    return re.sub(r"{\w+}", lambda _: value, path)


def of_body(endpoint: Endpoint) -> list[str]:
    """The methods with which an endpoint reads JSON."""
    if endpoint.request is None or endpoint.in_query:
        return []
    return [method for method in endpoint.methods if method in ("POST", "PATCH")]


def chunk(data: bytes) -> bytes:
    """A part of a body in chunks."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def _answers(data: bytes) -> Iterator[Response]:
    while data:
        top, found, rest = data.partition(b"\r\n\r\n")
        if not found:
            return
        first, *lines = top.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        size = int(headers.get("content-length", "0"))
        yield Response(status=int(first.split()[1]), headers=headers, body=rest[:size])
        data = rest[size:]
