"""The load generator and its connection, against a small server."""

import json
import math
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.connection import Connection, RequestFailed
from bench.ingest import LogStreams
from bench.load import quantile, run_load
from bench.points import Stream

HOST = "127.0.0.1"


class Recorder(ThreadingHTTPServer):
    """Keeps the bodies that were posted; refuses each step that is in `refused`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((HOST, 0), Handler)
        self.bodies: list[bytes] = []
        self.refused: set[int] = set()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Recorder

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if json.loads(body)["metrics"][0]["step"] in self.server.refused:
            self.reply(503, b'{"error_code": "TEMPORARILY_UNAVAILABLE"}')
            return
        self.server.bodies.append(body)
        self.reply(200, b"{}")

    def do_GET(self) -> None:
        if self.path == "/chunked":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for size in (1, 70_000, 12):
                self.wfile.write(f"{size:x}\r\n".encode() + b"x" * size + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")
        elif self.path == "/closing":
            self.reply(200, b'{"closing": true}', close=True)
        elif self.path == "/cut":
            self.reply(200, b"half", length=8, close=True)
        elif self.path == "/large":
            self.reply(200, json.dumps(["x" * 100] * 10_000).encode())
        else:
            self.reply(404, b'{"error_code": "RESOURCE_DOES_NOT_EXIST"}')

    def reply(self, status: int, body: bytes, *, length: int | None = None, close: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        if close:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        return


@contextmanager
def serving() -> Iterator[Recorder]:
    with Recorder() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def connected(server: Recorder) -> Iterator[Connection]:
    connection = Connection(HOST, server.port, timeout=10)
    try:
        yield connection
    finally:
        connection.close()


def script(*, clients: int, requests: int) -> LogStreams:
    series = tuple(((f"run-{client}", Stream(seed=client, keys=2, steps=3)),) for client in range(clients))
    return LogStreams(series=series, requests=requests)


def test_every_request_of_every_client_arrives_once_and_is_distinct() -> None:
    with serving() as server:
        outcome = run_load(HOST, [server.port], script(clients=2, requests=20), clients=2, seconds=None)
        bodies = list(server.bodies)
    assert (outcome.attempted, outcome.acknowledged, outcome.errors) == (40, 40, 0)
    assert len(set(bodies)) == 40
    for client in range(2):
        own = [json.loads(body) for body in bodies if f'"run-{client}"'.encode() in body]
        points = [point for body in own for point in body["metrics"] if point["key"] == "metric_01"]
        expected = Stream(seed=client, keys=2, steps=3).expected(1, range(20))
        assert [(point["step"], point["timestamp"], point["value"]) for point in points] == expected
    assert outcome.rate == pytest.approx(40 / outcome.seconds)
    assert 0 < outcome.latency(0.5) <= outcome.latency(0.95) <= outcome.seconds
    assert outcome.cpu_seconds > 0


def test_errors_are_counted_with_their_places_and_first_texts() -> None:
    with serving() as server:
        server.refused = {3, 9}
        outcome = run_load(HOST, [server.port], script(clients=1, requests=5), clients=1, seconds=None)
    (client,) = outcome.clients
    assert (client.attempted, client.acknowledged, client.failed) == (5, 3, (1, 3))
    assert outcome.errors == 2
    assert outcome.messages[0] == 'HTTP 503: {"error_code": "TEMPORARILY_UNAVAILABLE"}'


def test_a_client_stops_when_the_time_is_over() -> None:
    with serving() as server:
        outcome = run_load(HOST, [server.port], script(clients=1, requests=10_000_000), clients=1, seconds=0.2)
        assert outcome.acknowledged == len(server.bodies)
    assert not outcome.exhausted
    assert outcome.seconds >= 0.2


def test_running_out_of_requests_is_told() -> None:
    with serving() as server:
        outcome = run_load(HOST, [server.port], script(clients=1, requests=2), clients=1, seconds=60)
    assert outcome.exhausted
    assert outcome.acknowledged == 2


def test_a_script_that_breaks_ends_the_run() -> None:
    with serving() as server, pytest.raises(RuntimeError, match="IndexError"):
        run_load(HOST, [server.port], script(clients=1, requests=2), clients=2, seconds=1)


def test_a_server_that_is_gone_counts_as_errors() -> None:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    outcome = run_load(HOST, [port], script(clients=1, requests=2), clients=1, seconds=None)
    assert (outcome.acknowledged, outcome.errors) == (0, 2)
    assert outcome.messages[0].startswith("HTTP 0: ConnectionRefusedError")


def test_chunked_and_large_answers_are_read_whole_over_one_connection() -> None:
    with serving() as server, connected(server) as connection:
        for _ in range(2):
            chunked = connection.exchange(connection.encode("GET", "/chunked"))
            assert (chunked.status, len(chunked.body)) == (200, 70_013)
            assert connection.get("/large") == ["x" * 100] * 10_000


def test_a_connection_that_the_server_closes_is_opened_again() -> None:
    with serving() as server, connected(server) as connection:
        assert connection.get("/closing") == {"closing": True}
        assert connection.get("/closing") == {"closing": True}


def test_an_answer_that_is_cut_off_is_a_failure() -> None:
    with serving() as server, connected(server) as connection:
        response = connection.exchange(connection.encode("GET", "/cut"))
    assert response.status == 0
    assert b"closed the connection" in response.body
    assert connection.failures == 1


def test_errors_raise_outside_of_load_runs() -> None:
    with serving() as server, connected(server) as connection, pytest.raises(RequestFailed, match=r"404.*NOT_EXIST"):
        connection.get("/nothing", {"name": "ä b"})


def test_quantile() -> None:
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert [quantile(values, fraction) for fraction in (0.0, 0.2, 0.5, 0.95, 1.0)] == [1.0, 1.0, 3.0, 5.0, 5.0]
    assert math.isnan(quantile([], 0.5))
