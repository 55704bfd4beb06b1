"""The one way by which a server sends something to an address that a client has named."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from kiseki.base.errors import InvalidParameter
from kiseki.service import egress as module
from kiseki.service.egress import Egress, is_public

PRIVATE = [
    *(
        "127.0.0.1",
        "127.1.2.3",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.0.1",
        "169.254.169.254",
    ),
    *("100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1"),
    *("255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00::1", "ff02::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:808:808::1"),
    *("2001:0:4136:e378:8000:63bf:3fff:fdd2", "::127.0.0.1", "fec0::1"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "172.32.0.1", "100.128.0.1"])
def test_addresses_that_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://8.8.8.8/",
            "ftp://8.8.8.8/",
            "file:///etc/passwd",
            "gopher://8.8.8.8/",
            "sftp://h/",
            "hdfs://h/",
            "r2://h/",
        ),
        *(
            "b2://h/",
            "abfss://h/",
            "javascript:x",
            "//8.8.8.8/",
            "8.8.8.8",
            "",
            "https:",
            "https://",
            "https:///x",
            "https:/x",
        ),
        *(
            "https://u:p@8.8.8.8/",
            "https://u@8.8.8.8/",
            "https://@8.8.8.8/",
            "https://8.8.8.8:99999/",
            "https://8.8.8.8:x/",
        ),
        *(
            "https://8.8.8.8:0/",
            "https://8.8.8.8\\@127.0.0.1/",
            "https://8.8.8.8/\r\nX: y",
            "https://8.8.8.8/ x",
            "https://é/",
        ),
        *("https://8.8.8.8/#x", "https://[::1/", " https://8.8.8.8/", "https://8.8.8.8/\x00", "HTTPS\t://8.8.8.8/"),
    ],
)
def test_urls_that_are_none(url: str) -> None:
    with pytest.raises(InvalidParameter):
        Egress().check(url)
    assert Egress().post(url, b"", {}).status is None


@pytest.mark.parametrize(
    "host",
    [
        *(
            "127.0.0.1",
            "localhost",
            "[::1]",
            "0",
            "0.0.0.0",
            "2130706433",
            "0x7f000001",
            "017700000001",
            "127.1",
            "0x7f.1",
        ),
        *(
            "169.254.169.254",
            "10.0.0.1",
            "192.168.1.1",
            "172.16.0.1",
            "100.64.0.1",
            "[::ffff:127.0.0.1]",
            "[64:ff9b::7f00:1]",
        ),
        *("[2002:7f00:1::]", "[fd00::1]", "LOCALHOST", "[::]"),
    ],
)
def test_hosts_that_lead_inside(host: str, listener: "Listener") -> None:
    for url in (f"https://{host}:{listener.port}/", f"https://{host}/"):
        with pytest.raises(InvalidParameter):
            Egress().check_reachable(url)
        assert Egress().post(url, b"x", {}).status is None
    assert listener.connections == 0


def test_a_host_that_is_not_there() -> None:
    with pytest.raises(InvalidParameter, match=r"Cannot resolve Webhook URL hostname 'nope\.invalid'"):
        Egress().check_reachable("https://nope.invalid/")


class Listener:
    """Counts who connects."""

    def __init__(self) -> None:
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


class Receiver(BaseHTTPRequestHandler):
    """Answers with what its path says."""

    seen: list[tuple[str, dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        status = int(self.path.strip("/").partition("?")[0] or 200)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/200")  # type: ignore[attr-defined]
        self.end_headers()
        self.wfile.write(b"a secret of the receiver")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[HTTPServer]:
    Receiver.seen = []
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_what_the_operator_allows_is_sent(receiver: HTTPServer) -> None:
    place = f"http://127.0.0.1:{receiver.server_port}"
    for allowed in (place, "http://127.0.0.1"):
        outcome = Egress([allowed]).post(f"{place}/201?a=b", b"body", {"X-A": "1"})
        assert (outcome.status, outcome.error, outcome.is_success) == (201, "", True)
    path, headers, body = Receiver.seen[0]
    assert (path, headers["x-a"], headers["host"], body) == (
        "/201?a=b",
        "1",
        f"127.0.0.1:{receiver.server_port}",
        b"body",
    )
    # Another spelling, port or scheme is another host.
    for allowed in (
        "127.0.0.1",
        f"http://localhost:{receiver.server_port}",
        "http://127.0.0.1:1",
        "http://10.127.0.0.1",
    ):
        assert Egress([allowed]).post(f"{place}/200", b"", {}).status is None
    assert len(Receiver.seen) == 2


def test_redirects_are_not_followed(receiver: HTTPServer) -> None:
    place = f"http://127.0.0.1:{receiver.server_port}"
    outcome = Egress([place]).post(f"{place}/302", b"", {})
    assert (outcome.status, outcome.is_success, outcome.is_worth_another_try) == (302, False, False)
    assert len(Receiver.seen) == 1


@pytest.mark.parametrize(("status", "again"), [(429, True), (500, True), (503, True), (400, False), (404, False)])
def test_what_is_worth_another_try(receiver: HTTPServer, status: int, again: bool) -> None:
    place = f"http://127.0.0.1:{receiver.server_port}"
    assert Egress([place]).post(f"{place}/{status}", b"", {}).is_worth_another_try is again


def test_nobody_is_there(listener: Listener) -> None:
    outcome = Egress(["http://127.0.0.1"]).post(f"http://127.0.0.1:{listener.port}/", b"", {})
    assert (outcome.status, outcome.is_worth_another_try) == (None, True)
    assert outcome.error


def test_a_receiver_that_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        ended = threading.Event()

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                while not ended.wait(0.05):
                    try:
                        connection.sendall(b"H")
                    except OSError:
                        return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        outcome = Egress(["http://127.0.0.1"]).post(f"http://127.0.0.1:{port}/", b"", {})
        ended.set()
        thread.join()
    assert outcome.status is None
    assert outcome.error


def test_a_name_that_changes_its_meaning_leads_nowhere(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver that tells a public address when the URL is stored, and a private one when it is used."""
    answers = iter([("8.8.8.8", 443), *[("127.0.0.1", listener.port)] * 5])

    def resolve(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", next(answers))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    url = f"https://rebinding.example:{listener.port}/"
    Egress().check_reachable(url)
    outcome = Egress().post(url, b"", {})
    assert outcome.status is None
    assert "non-public" in outcome.error
    assert listener.connections == 0


@pytest.mark.parametrize(
    "given", ["", "http://", "ftp://host", "http://u@host", "host/path", "host:x", "http://host/?q"]
)
def test_entries_that_are_none(given: str) -> None:
    with pytest.raises(InvalidParameter, match="--webhook-allowed-hosts"):
        Egress([given])
