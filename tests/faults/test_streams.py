"""Streams of events that are left, not read, or held in great numbers; and a server that is told to stop with them."""

from __future__ import annotations

import contextlib
import signal
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiseki.asgi.run import STOP_SECONDS
from kiseki.server.live import MAX_STREAMS
from tests.faults.server import NATIVE, Target, head
from tests.wire.server import metric

EVENTS = head("GET", f"{NATIVE}events", close=False)


def is_open(connection: socket.socket) -> bool:
    """Whether a stream said hello."""
    received = b""
    with contextlib.suppress(TimeoutError):
        while b"event: hello" not in received and b"error_code" not in received:
            data = connection.recv(65_536)
            if not data:
                break
            received += data
    return b"event: hello" in received


@contextlib.contextmanager
def streams(server: Target, number: int) -> Iterator[list[socket.socket]]:
    """So many open streams."""
    with contextlib.ExitStack() as stack:
        opened = []
        for _ in range(number):
            connection = stack.enter_context(server.connect())
            connection.sendall(EVENTS)
            opened.append(connection)
        assert all(is_open(connection) for connection in opened)
        yield opened


def opens(server: Target) -> bool:
    """Whether the server takes one stream more."""
    with server.connect() as connection:
        connection.sendall(EVENTS)
        return is_open(connection)


def until(condition: bool, server: Target) -> None:
    """Waits until the server takes one stream more, or does not."""
    end = time.monotonic() + 10
    while opens(server) is not condition:
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("reset", [False, True])
def test_streams_are_limited_and_a_client_that_goes_away_makes_room(server: Target, reset: bool) -> None:
    with server.memory_within(64):
        with streams(server, MAX_STREAMS) as opened:
            (answer,) = server.send(head("GET", f"{NATIVE}events"))
            answer.refused("REQUEST_LIMIT_EXCEEDED", "500 streams", status=429)
            assert answer.headers["retry-after"] == "1"
            # Others are answered meanwhile.
            server.new_run(server.new_experiment())
            for connection in opened[:10]:
                if reset:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()
            until(True, server)
        until(True, server)
        with streams(server, MAX_STREAMS):
            until(False, server)


def test_a_client_that_does_not_read_costs_little(server: Target) -> None:
    experiment = server.new_experiment()
    runs = [server.new_run(experiment) for _ in range(40)]
    with streams(server, 20), server.memory_within(48):
        for step in range(10):
            for run in runs:
                server.post("runs/log-metric", {"run_id": run, **metric("m", 1.0, step, step)}).ok()


@pytest.mark.parametrize("behind", [EVENTS, EVENTS * 20, EVENTS + b"garbage", b"garbage", b"\r\n" * 1_000, b"GET"])
def test_what_is_sent_behind_a_request_keeps_no_stream_open(server: Target, behind: bytes) -> None:
    # More than there may be: one that stays open would be missed at the end.
    for _ in range(MAX_STREAMS // 10):
        with contextlib.ExitStack() as stack:
            for _ in range(11):
                stack.enter_context(server.connect()).sendall(EVENTS + behind)
            assert server.request("GET", "/health").status == 200
    until(True, server)


def test_a_client_that_says_that_it_is_done_has_no_stream(server: Target) -> None:
    with server.connect() as connection:
        connection.sendall(EVENTS)
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(5)
        received = b""
        while data := connection.recv(65_536):
            received += data
        # The server takes it for the end of the client, as Uvicorn does for every request.
        assert received == b"" or b"event: hello" in received
    until(True, server)


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("number", [1, 100])
def test_a_server_with_open_streams_stops_at_once(tmp_path: Path, signal_number: int, number: int) -> None:
    with Target(tmp_path) as server, streams(server, number) as opened:
        start = time.monotonic()
        assert server.end(signal_number) == 0
        assert time.monotonic() - start < STOP_SECONDS
        for connection in opened:
            # The stream has its end, after which a browser asks again.
            received = b""
            while data := connection.recv(65_536):
                received += data
            assert received.endswith(b"0\r\n\r\n")
        assert "Traceback" not in server.log()
        assert "without completing" not in server.log()


def test_a_server_stops_at_once_with_a_client_that_does_not_read(tmp_path: Path) -> None:
    with Target(tmp_path) as server, contextlib.ExitStack() as stack:
        experiment = server.new_experiment()
        connection = stack.enter_context(socket.socket())
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1_024)
        connection.connect(("127.0.0.1", server.port))
        connection.sendall(EVENTS)
        runs = [server.new_run(experiment, run_name="x") for _ in range(300)]
        end = time.monotonic() + 3
        step = 0
        while time.monotonic() < end:
            step += 1
            for run in runs:
                server.post("runs/log-metric", {"run_id": run, **metric("m", 1.0, step, step)}).ok()
        start = time.monotonic()
        assert server.end(signal.SIGTERM) == 0
        assert time.monotonic() - start < STOP_SECONDS
        assert "Traceback" not in server.log()


def test_several_workers_with_streams_stop_at_once_and_tell_what_the_others_store(tmp_path: Path) -> None:
    with Target(tmp_path, options=("--workers", "2")) as server:
        experiment = server.new_experiment()
        with streams(server, 12) as opened:
            server.new_run(experiment)
            for connection in opened:
                connection.settimeout(10)
                received = b""
                while b"event: changes" not in received:
                    received += connection.recv(65_536)
            start = time.monotonic()
            assert server.end(signal.SIGTERM) == 0
            assert time.monotonic() - start < STOP_SECONDS
