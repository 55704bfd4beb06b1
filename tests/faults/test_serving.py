"""Rows 17, 33-38 and 42 of the faults, against the scoring server."""

from __future__ import annotations

import contextlib
import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kiseki.models.arrow_tables import ARROW_FILE, ARROW_STREAM, PARQUET
from tests import models
from tests.faults.server import chunk, head
from tests.scoring import ScoringServer

JSON = ("Content-Type: application/json",)
PATH = "/invocations"
MEBIBYTE = 2**20
LIMIT = 64
COLUMNS = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]
GOOD = {"dataframe_split": {"columns": COLUMNS, "data": [[5.1, 3.5, 1.4, 0.2]]}}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.iris(tmp_path_factory.mktemp("model") / "iris")


@pytest.fixture(scope="module")
def shared(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScoringServer]:
    with ScoringServer(tmp_path_factory.mktemp("server"), model) as running:
        # What is imported with the first request is not the attack's.
        running.score(GOOD)
        yield running


@pytest.fixture
def server(shared: ScoringServer) -> Iterator[ScoringServer]:
    """The server under attack: afterwards it answers as before."""
    yield shared
    assert shared.score(GOOD).ok() == {"predictions": [0]}


def test_row_38_a_gigabyte_that_is_declared_is_not_read(server: ScoringServer) -> None:
    with server.memory_within(8), server.connect() as connection:
        (answer,) = server.exchange(connection, [head("POST", PATH, *JSON, f"Content-Length: {2**30}", close=False)])
        answer.refused("BAD_REQUEST", "longer than", status=413)
        assert server.is_closed(connection)


def test_row_38_a_gigabyte_in_chunks_is_read_up_to_the_limit(server: ScoringServer) -> None:
    def parts() -> Iterator[bytes]:
        yield head("POST", PATH, *JSON, "Transfer-Encoding: chunked", close=False)
        for _ in range(1_024):
            yield chunk(b" " * MEBIBYTE)

    with server.memory_within(LIMIT + 32), server.connect() as connection:
        answers = server.exchange(connection, parts())
        assert [answer.status for answer in answers] in ([413], [])
        assert server.is_closed(connection)


@pytest.mark.parametrize("content_type", [ARROW_STREAM, ARROW_FILE, PARQUET])
def test_row_38_a_gigabyte_in_a_few_kilobytes_is_not_decompressed(server: ScoringServer, content_type: str) -> None:
    table = pa.table(dict.fromkeys(COLUMNS, np.zeros(2**25)))
    sink = io.BytesIO()
    if content_type == PARQUET:
        pq.write_table(table, sink, compression="zstd")
    else:
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        of = pa.ipc.new_file if content_type == ARROW_FILE else pa.ipc.new_stream
        with of(sink, table.schema, options=options) as writer:
            writer.write_table(table)
    body = sink.getvalue()
    assert len(body) < MEBIBYTE
    with server.memory_within(64):
        server.score(body, content_type).refused("BAD_REQUEST", "when it is decompressed", status=413)


def test_row_38_many_large_bodies_at_once_are_limited_together(model: Path, tmp_path: Path) -> None:
    with ScoringServer(tmp_path / "server", model, options=("--max-body", "8")) as server:
        server.score(GOOD)
        # Their ends never come: what is read stays in memory.
        half = head("POST", PATH, *JSON, f"Content-Length: {8 * MEBIBYTE}", close=False) + b" " * (7 * MEBIBYTE)
        connections = [server.connect() for _ in range(12)]
        with server.memory_within(4 * 8 + 32), ThreadPoolExecutor(12) as pool:
            list(pool.map(lambda connection: _sent(connection, half), connections))
            readable, _, _ = select.select(connections, [], [], 60)
            assert readable
            first = readable[0].recv(65_536)
        for connection in connections:
            connection.close()
        assert b"429" in first.partition(b"\r\n")[0], first
        assert server.score(GOOD).ok() == {"predictions": [0]}


def _sent(connection: socket.socket, data: bytes) -> None:
    # A server that refuses does not read to the end.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        connection.sendall(data)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_row_38_a_compressed_body_is_refused(server: ScoringServer, coding: str) -> None:
    answer = server.score(b"\x1f\x8b", **{"Content-Encoding": coding})
    answer.refused("BAD_REQUEST", "Content-Encoding", status=415)


def in_data(value: bytes) -> bytes:
    return b'{"dataframe_split":{"columns":%s,"data":[[%s,1,1,1]]}}' % (json.dumps(COLUMNS).encode(), value)


HOSTILE = {
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep data": in_data(b"[" * 100_000 + b"]" * 100_000),
    "deep without end": b'{"inputs":' + b"[{" * 500_000,
    "a million keys": b"{" + b",".join(b'"k%d":%d' % (number, number) for number in range(10**6)) + b"}",
    "a million columns": b'{"inputs":{' + b",".join(b'"k%d":[1]' % number for number in range(10**5)) + b"}}",
    "a top-level array": b"[" + b"1," * 10**6 + b"1]",
    "a number beyond doubles": in_data(b"1e400"),
    "many digits": in_data(b"1" * 5000),
    "not UTF-8": in_data(b'"\xff"'),
    "a lone surrogate": in_data(b'"\\ud800"'),
    "NUL": in_data(b'"\\u0000"'),
    "an object": in_data(b'{"__class__": "os.system"}'),
    "code": in_data(b"\"__import__('os').system('touch canary')\""),
    "a pickle": b"\x80\x04\x95\x1c\x00\x00\x00",
    "an empty table": b'{"dataframe_split":{"columns":[],"data":[]}}',
    "ragged rows": b'{"dataframe_split":{"data":[[1],[1,2]]}}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_row_38_hostile_json_is_a_400(server: ScoringServer, name: str) -> None:
    with server.memory_within(256):
        answer = server.score(HOSTILE[name])
    answer.rejected()
    assert answer.status == 400
    assert len(answer.body) < 10_000


@pytest.mark.parametrize("literal", [b"NaN", b"Infinity", b"-Infinity"])
def test_row_38_what_json_does_not_have_is_never_another_value(server: ScoringServer, literal: bytes) -> None:
    """The model refuses what is not finite; nothing has made a number of it."""
    server.score(in_data(literal)).rejected()


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/vnd.apache.arrow.stream", b"\xff\xff\xff\xff\xff\xff\xff\x7f" + b"\x00" * 64),
        ("application/vnd.apache.arrow.file", b"ARROW1\x00\x00" + b"\xff" * 256 + b"ARROW1"),
        ("application/vnd.apache.parquet", b"PAR1" + b"\xff" * 256 + b"\xff\xff\xff\x7fPAR1"),
        ("text/csv", b'"' + b"x" * 10**6),
        ("text/csv", b"\x00" * 10**5),
        ("text/csv", b"," * 10**5 + b"\n" + b"," * 10**5),
    ],
)
def test_row_38_broken_tables_are_a_400(server: ScoringServer, content_type: str, body: bytes) -> None:
    with server.memory_within(256):
        server.score(body, content_type).rejected()


def test_row_42_half_requests_keep_nobody_waiting(server: ScoringServer) -> None:
    open_ = [server.connect() for _ in range(100)]
    try:
        for number, connection in enumerate(open_):
            whole = head("POST", PATH, *JSON, "Content-Length: 1000", close=False) + b'{"dataframe_split"'
            connection.sendall(whole[: 10 + number])
        assert server.score(GOOD).ok() == {"predictions": [0]}
        assert server.request("GET", "/ping").status == 200
    finally:
        for connection in open_:
            connection.close()


def test_row_17_two_lengths_are_refused(server: ScoringServer) -> None:
    both = head("POST", PATH, *JSON, "Content-Length: 5", "Content-Length: 6") + b"{}   "
    assert {answer.status for answer in server.send(both)} <= {400}


def test_a_body_that_ends_early_is_no_request(server: ScoringServer) -> None:
    with server.connect() as connection:
        connection.sendall(head("POST", PATH, *JSON, "Content-Length: 1000", close=False) + b'{"dataframe_split"')
    assert server.score(GOOD).ok() == {"predictions": [0]}


def test_a_worker_that_is_killed_is_replaced(model: Path, tmp_path: Path) -> None:
    with ScoringServer(tmp_path / "server", model, options=("--workers", "2")) as server:
        deadline = time.monotonic() + 120
        while server.log().count("serving started") < 2:
            assert time.monotonic() < deadline, server.log()
            time.sleep(0.1)
        (victim, _) = _workers(server)
        os.kill(victim, signal.SIGKILL)
        while server.log().count("serving started") < 3:
            assert time.monotonic() < deadline, server.log()
            time.sleep(0.1)
        assert server.score(GOOD).ok() == {"predictions": [0]}
        assert server.end(signal.SIGTERM) == 0


def _workers(server: ScoringServer) -> list[int]:
    """The processes that have told of their start."""
    lines = [line for line in server.log().splitlines() if "serving started" in line]
    return [int(line.rpartition("process=")[2]) for line in lines]


def test_row_33_what_a_command_is_given_is_never_run(tmp_path: Path) -> None:
    """Names and URIs with a shell's characters are names and URIs."""
    canary = tmp_path / "canary"
    attack = f"$(touch {canary}); touch {canary} #"
    for arguments in (
        ("serve", "-m", attack, "--env-manager", "local"),
        ("predict", "-m", attack, "--env-manager", "local", "-i", attack),
        ("prepare-env", "-m", attack),
        ("generate-dockerfile", "-m", attack, "-d", str(tmp_path / "image")),
        ("build-docker", "-m", attack, "-n", attack),
        ("update-requirements", "-m", attack, "add", attack),
    ):
        finished = subprocess.run(
            [sys.executable, "-m", "kiseki", "models", *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            timeout=60,
        )
        assert finished.returncode == 1, (arguments, finished)
        assert finished.stderr.splitlines()[-1].startswith("Error: "), finished.stderr
    assert not canary.exists()
