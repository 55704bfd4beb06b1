"""Measures artifacts beside MLflow's, on a disk and on an S3 server: ``python -m bench.artifacts``.

Clients and servers share the machine, and so does SeaweedFS, which is the S3 server. A large file and a folder are sent and fetched by
the client of each, and compared; kiseki's takes large files to S3 past the server, which signs the requests. The same goes by
plain connections to both servers, through them; then what comes back is counted and its end compared, small files whole.
"""

import argparse
import contextlib
import dataclasses
import http.client
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from bench import machine
from bench.command import CACHE, commit, publish
from bench.figures import SUBJECT, Figure, Measurement, Target
from bench.peers import HOST, PEERS, Peer, Server
from bench.report import Report
from bench.settings import FULL
from tests.objects.servers import ObjectServer

PLACES: Final = ("disk", "s3")
PATH: Final = "/api/2.0/mlflow-artifacts/artifacts"
THREADS: Final = 8
_BLOCK: Final = bytes(range(256)) * 4096


def main() -> int:
    """Runs the benchmark and returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.artifacts", description=__doc__)
    parser.add_argument("--peers", default="kiseki,mlflow", help="default: %(default)s")
    parser.add_argument("--places", default=",".join(PLACES), help="default: %(default)s")
    parser.add_argument("--large", type=int, default=1024, help="MiB of the large file (default: %(default)s)")
    parser.add_argument("--huge", type=int, default=5120, help="MiB of the file for the memory (default: %(default)s)")
    parser.add_argument("--small", type=int, default=10_000, help="how many small files (default: %(default)s)")
    parser.add_argument("--dry", action="store_true", help="print the table, write nothing to bench/results")
    options = parser.parse_args()
    # MLflow opens S3 by boto3, which the tests' environment has.
    beside = Path(sys.executable).with_name("mlflow")
    if beside.exists():
        os.environ.setdefault("BENCH_MLFLOW", str(beside))
    peers = {name: PEERS[name](CACHE) for name in options.peers.split(",")}
    measured: dict[tuple[str, str], dict[str, Measurement]] = {}
    CACHE.mkdir(exist_ok=True)
    facts = machine.observe(CACHE)
    for place in options.places.split(","):
        for name, peer in peers.items():
            for key, value in _measure(peer, place, options).items():
                measured.setdefault((place, key), {})[name] = value
                print(f"{place} {name} {key}: {value.value} {value.problem}", file=sys.stderr)
    result = Report(
        name="artifacts",
        date=time.strftime("%Y-%m-%d %H:%M"),
        commit=commit(),
        settings={**dataclasses.asdict(FULL), "quick": False, "rounds": 1, "clients": THREADS},
        machine=dataclasses.asdict(facts),
        versions={name: peer.version for name, peer in peers.items()},
        durability={name: peer.durability for name, peer in peers.items()},
        notes=(f"{options.large:,} MiB, {options.small:,} files of 4 KiB; s3 is SeaweedFS on the same machine",),
        figures=tuple(_figures(measured, options)),
    )
    publish(result, dry=options.dry)
    return 0


def _measure(peer: Peer, place: str, options: argparse.Namespace) -> dict[str, Measurement]:
    # Not where tests make and remove files: ext4 looks at each inode that was freed in the last minutes before it takes one.
    folder = Path(tempfile.mkdtemp(prefix="artifacts-", dir=CACHE))
    try:
        with _served(peer, place, folder) as server:
            found = _attempt("large", lambda: _large(server, options.large))
            found |= _attempt("small", lambda: _small(server, options.small))
            found |= _attempt("large by client", lambda: _large_by_client(server, folder / "large.bin", options.large))
            found |= _attempt("folder", lambda: _folder(server, folder / "small", options.small))
            if options.huge:
                found |= _attempt("huge", lambda: _huge(server, options.huge))
            return found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _served(peer: Peer, place: str, folder: Path) -> Iterator[Server]:
    with contextlib.ExitStack() as stack:
        if place == "s3":
            objects = ObjectServer("seaweedfs", folder / "objects")
            stack.callback(objects.stop)
            arguments = (*peer.arguments, "--artifacts-destination", objects.new_folder("files"))
            environment = {**peer.environment, **objects.environment}
            peer = dataclasses.replace(peer, arguments=arguments, environment=environment)
        server = Server(peer, folder / "server")
        stack.callback(server.stop)
        server.start()
        yield server


def _attempt(name: str, work: Callable[[], dict[str, float]]) -> dict[str, Measurement]:
    try:
        return {key: Measurement(value=value) for key, value in work().items()}
    except (OSError, http.client.HTTPException, AssertionError, subprocess.SubprocessError) as error:
        return {name: Measurement(value=None, problem=f"{type(error).__name__}: {error}"[:200])}


def _large(server: Server, mebibytes: int) -> dict[str, float]:
    put = _timed(lambda: _put_blocks(server, "1/large.bin", mebibytes))
    get = _timed(lambda: _get_blocks(server, "1/large.bin", mebibytes))
    return {"put": mebibytes / put, "get": mebibytes / get}


def _small(server: Server, files: int) -> dict[str, float]:
    def put(connection: http.client.HTTPConnection, number: int) -> None:
        connection.request("PUT", f"{PATH}/1/small/{number}.bin", _content(number))
        _finished(connection)

    def get(connection: http.client.HTTPConnection, number: int) -> None:
        connection.request("GET", f"{PATH}/1/small/{number}.bin")
        assert _finished(connection) == _content(number)

    return {
        "small put": files / _timed(lambda: _each(server, put, files)),
        "small get": files / _timed(lambda: _each(server, get, files)),
    }


def _folder(server: Server, folder: Path, files: int) -> dict[str, float]:
    folder.mkdir()
    for number in range(files):
        (folder / f"{number}.bin").write_bytes(_content(number))
    put, get = _by_client(server, folder)
    return {"folder put": files / put, "folder get": files / get}


def _large_by_client(server: Server, file: Path, mebibytes: int) -> dict[str, float]:
    with file.open("wb") as target:
        for _ in range(mebibytes):
            target.write(_BLOCK)
    put, get = _by_client(server, file)
    return {"large by client put": mebibytes / put, "large by client get": mebibytes / get}


def _by_client(server: Server, path: Path) -> list[float]:
    """The seconds in which the client of the peer sends and fetches a file or folder."""
    program = str(Path(__file__).with_name("artifact_client.py"))
    command = [str(server.peer.python), program, server.peer.name, f"http://{HOST}:{server.port}", str(path)]
    environment = {**os.environ, **server.peer.environment, "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"}
    told = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=3600).stdout
    return [float(seconds) for seconds in told.split()]


def _content(number: int) -> bytes:
    return number.to_bytes(8, "big") * 512


def _huge(server: Server, mebibytes: int) -> dict[str, float]:
    server.settle()
    with _peak(server) as peak:
        _put_blocks(server, "1/huge.bin", mebibytes)
        _get_blocks(server, "1/huge.bin", mebibytes)
    return {"memory": peak[0]}


@contextlib.contextmanager
def _peak(server: Server) -> Iterator[list[float]]:
    """How many MiB the server's processes have more at a time than before."""
    ended = threading.Event()
    peak = [0.0]
    before = server.memory()

    def watch() -> None:
        while not ended.wait(0.05):
            now = server.memory()
            if now is not None and before is not None:
                peak[0] = max(peak[0], now.rss - before.rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        ended.set()
        watcher.join()


def _put_blocks(server: Server, path: str, mebibytes: int) -> None:
    connection = http.client.HTTPConnection(HOST, server.port, timeout=1800)
    with contextlib.closing(connection):
        blocks = (_BLOCK for _ in range(mebibytes))
        connection.request("PUT", f"{PATH}/{path}", blocks, {"Content-Length": str(mebibytes << 20)})
        _finished(connection)


def _get_blocks(server: Server, path: str, mebibytes: int) -> None:
    connection = http.client.HTTPConnection(HOST, server.port, timeout=1800)
    with contextlib.closing(connection):
        connection.request("GET", f"{PATH}/{path}")
        answer = connection.getresponse()
        assert answer.status == 200, answer.read(300)
        size, last = 0, b""
        while chunk := answer.read(1 << 20):
            # Comparing all of it would be most of the client's work.
            size += len(chunk)
            last = chunk
        assert size == mebibytes << 20, f"{size} bytes came"
        assert _BLOCK.endswith(last[-4096:])


def _each(server: Server, work: Callable[[http.client.HTTPConnection, int], None], files: int) -> None:
    def some(first: int) -> None:
        connection = http.client.HTTPConnection(HOST, server.port, timeout=120)
        with contextlib.closing(connection):
            for number in range(first, files, THREADS):
                work(connection, number)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(some, range(THREADS)))


def _finished(connection: http.client.HTTPConnection) -> bytes:
    answer = connection.getresponse()
    data = answer.read()
    assert answer.status == 200, (answer.status, data[:300])
    return data


def _timed(work: Callable[[], None]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _figures(measured: dict[tuple[str, str], dict[str, Measurement]], options: argparse.Namespace) -> Iterator[Figure]:
    twice, tenfold = (Target(bound=2, peer="mlflow"),), (Target(bound=10, peer="mlflow"),)
    large, small = f"upload of {options.large:,} MiB", f"upload of a folder of {options.small:,} files of 4 KiB"
    lines: list[tuple[str, str, str, bool, tuple[Target, ...]]] = [
        ("large by client put", f"{large} by the client", "MiB/s", True, twice),
        ("large by client get", "download of it by the client", "MiB/s", True, twice),
        ("put", f"{large} through the server", "MiB/s", True, twice),
        ("get", "download of it through the server", "MiB/s", True, twice),
        ("folder put", small, "files/s", True, tenfold),
        ("folder get", "download of it", "files/s", True, tenfold),
        ("small put", f"upload of {options.small:,} files of 4 KiB, a request each", "files/s", True, ()),
        ("small get", "download of them, a request each", "files/s", True, ()),
        ("memory", f"memory for {options.huge:,} MiB up and down, at most", "MiB", False, ()),
    ]
    for place in PLACES:
        for key, name, unit, higher, targets in lines:
            found = measured.get((place, key))
            if found and SUBJECT in found:
                yield Figure(
                    scenario=f"artifacts, {place}",
                    name=f"{place}: {name}",
                    unit=unit,
                    higher_is_better=higher,
                    measurements=found,
                    targets=targets,
                )


if __name__ == "__main__":
    sys.exit(main())
