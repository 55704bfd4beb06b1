"""Large files between clients and the object store, past the server."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import io
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from kiseki import KisekiClient
from kiseki.artifact_store import resolve
from kiseki.artifacts import download_artifacts
from kiseki.base.errors import IntegrityError
from kiseki.client.resolve import close_all
from tests.objects.conftest import Stored
from tests.objects.servers import ObjectServer, ObjectServers, reach
from tests.objects.test_proxy import LARGE, content
from tests.wire.server import NATIVE, PROXY, Json, Response

TRANSFERS = f"{NATIVE}artifacts/transfers/"


@pytest.fixture(params=["seaweedfs", "azure"])
def objects(
    request: pytest.FixtureRequest, object_servers: ObjectServers, monkeypatch: pytest.MonkeyPatch
) -> ObjectServer:
    """Those that look at signatures."""
    server = object_servers.get(request.param)
    reach(server, monkeypatch)
    return server


def ask(server: Stored, step: str, **fields: Any) -> Response:
    return server.request("POST", TRANSFERS + step, json=fields)


def send(part: Json, body: bytes) -> str:
    """Sends a part as any program would; its ETag."""
    address = urlsplit(part["url"])
    with contextlib.closing(http.client.HTTPConnection(address.netloc, timeout=60)) as connection:
        connection.request(part["method"], f"{address.path}?{address.query}", body, part["headers"])
        answer = connection.getresponse()
        if answer.status >= 300:
            raise ConnectionRefusedError(answer.read())
        return str(answer.headers["ETag"])


class Gate:
    """Passes connections on to a server and counts their bytes in both directions."""

    def __init__(self, port: int) -> None:
        self.bytes = 0
        self._port = port
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.uri = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for one in (self._listener, *self._open):
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                inside, _ = self._listener.accept()
            except OSError:
                return
            outside = socket.create_connection(("127.0.0.1", self._port))
            self._open += [inside, outside]
            for source, target in ((inside, outside), (outside, inside)):
                threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                self.bytes += len(data)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


@pytest.fixture
def gate(server: Stored) -> Iterator[Gate]:
    """What the client takes for the server."""
    opened = Gate(server.port)
    yield opened
    close_all()
    opened.close()


@pytest.fixture
def client(gate: Gate) -> KisekiClient:
    return KisekiClient(gate.uri)


def new_run(server: Stored) -> str:
    return server.new_run(server.new_experiment())


def large_file(folder: Path, size: int = LARGE + 5) -> Path:
    file = folder / "large.bin"
    file.write_bytes(content(size))
    return file


def test_a_large_file_goes_past_the_server(server: Stored, gate: Gate, client: KisekiClient, tmp_path: Path) -> None:
    run = new_run(server)
    source = large_file(tmp_path)
    client.log_artifact(run, str(source), "deep")
    fetched = Path(client.download_artifacts(run, "deep/large.bin", str(tmp_path / "back")))
    assert fetched.read_bytes() == source.read_bytes()
    # The proxy's answer is opened once to learn that there is another way.
    assert gate.bytes < 12 << 20
    path = f"{server.artifact_path(run)}/deep/large.bin"
    answer = server.request("GET", f"{PROXY}/{path}")
    assert answer.body == source.read_bytes()
    assert answer.headers["x-kiseki-sha256"] == hashlib.sha256(answer.body).hexdigest()
    assert [info.path for info in resolve(server.destination).walk(server.artifact_path(run))] == [path]


def test_a_large_file_of_a_logged_model_goes_past_the_server(
    server: Stored, gate: Gate, client: KisekiClient, tmp_path: Path
) -> None:
    experiment = server.new_experiment()
    model = server.new_model(experiment)
    source = large_file(tmp_path)
    client.log_model_artifact(model, str(source), "deep")
    fetched = Path(download_artifacts(f"models:/{model}/deep/large.bin", tracking_uri=gate.uri))
    assert fetched.read_bytes() == source.read_bytes()
    assert gate.bytes < 12 << 20
    path = f"{experiment}/models/{model}/artifacts/deep/large.bin"
    answer = server.request("GET", f"{PROXY}/{path}")
    assert answer.headers["x-kiseki-sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()
    stored = [info.path for info in resolve(server.destination).walk("")]
    assert [name for name in stored if name.startswith(f"{experiment}/")] == [path]
    ask(server, "upload", model_id=model, run_id="0" * 32, path="x", size=LARGE).rejected("run_id", "model_id")
    ask(server, "upload", path="x", size=LARGE).rejected("run_id", "model_id")
    server.delete(f"logged-models/{model}").ok()
    ask(server, "upload", model_id=model, path="x", size=LARGE).rejected(model)


def test_a_small_file_goes_through_the_server(server: Stored, gate: Gate, client: KisekiClient, tmp_path: Path) -> None:
    run = new_run(server)
    source = large_file(tmp_path, 1 << 20)
    client.log_artifact(run, str(source))
    assert gate.bytes > 1 << 20


def test_what_is_written_piece_by_piece_goes_past_the_server_too(
    server: Stored, gate: Gate, client: KisekiClient
) -> None:
    run = new_run(server)
    body = content(LARGE)
    client.log_stream(run, io.BytesIO(body), "x.bin")
    assert gate.bytes < 1 << 20
    assert server.request("GET", f"{PROXY}/{server.artifact_path(run)}/x.bin").body == body


def test_without_the_option_everything_goes_through_the_server(objects: ObjectServer, tmp_path: Path) -> None:
    source = large_file(tmp_path)
    with Stored(tmp_path / "server", objects, options=("--no-direct-transfers",)) as server:
        run = new_run(server)
        gate = Gate(server.port)
        client = KisekiClient(gate.uri)
        client.log_artifact(run, str(source))
        fetched = Path(client.download_artifacts(run, "large.bin", str(tmp_path / "back")))
        close_all()
        gate.close()
        assert fetched.read_bytes() == source.read_bytes()
        assert gate.bytes > 2 * LARGE
        assert ask(server, "upload", run_id=run, path="x", size=LARGE).ok() == {"upload_id": "", "parts": []}


def test_where_the_object_store_is_out_of_reach_the_file_goes_through_the_server(
    server: Stored, gate: Gate, client: KisekiClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(server)
    source = large_file(tmp_path)
    connect = socket.create_connection

    def only_the_server(address: tuple[str, int], *arguments: Any, **options: Any) -> socket.socket:
        if server.objects.endpoint.endswith(f":{address[1]}"):
            raise ConnectionRefusedError
        return connect(address, *arguments, **options)

    monkeypatch.setattr(socket, "create_connection", only_the_server)
    client.log_artifact(run, str(source))
    fetched = Path(client.download_artifacts(run, "large.bin", str(tmp_path / "back")))
    assert fetched.read_bytes() == source.read_bytes()
    assert gate.bytes > 2 * LARGE


def test_bytes_that_are_not_those_that_were_recorded_are_not_handed_out(
    server: Stored, client: KisekiClient, tmp_path: Path
) -> None:
    run = new_run(server)
    body = content(LARGE)
    offer = ask(server, "upload", run_id=run, path="x.bin", size=LARGE).ok()
    parts = [
        {"part_number": part["number"], "etag": send(part, body[part["offset"] : part["offset"] + part["size"]])}
        for part in offer["parts"]
    ]
    told = {"run_id": run, "path": "x.bin", "upload_id": offer["upload_id"], "size": LARGE, "parts": parts}
    ask(server, "complete", **told, sha256="0" * 64).ok()
    with pytest.raises(IntegrityError):
        client.download_artifacts(run, "x.bin", str(tmp_path / "back"))
    assert not (tmp_path / "back" / "x.bin").exists()


def test_row_53_an_upload_that_is_cut_leaves_the_old_bytes(server: Stored) -> None:
    run = new_run(server)
    body = content(LARGE)
    path = f"{server.artifact_path(run)}/x.bin"
    server.put_artifact(path, b"old bytes")
    offer = ask(server, "upload", run_id=run, path="x.bin", size=LARGE).ok()
    for part in offer["parts"]:
        with contextlib.suppress(OSError), contextlib.closing(_begun(part)) as connection:
            connection.sendall(body[part["offset"] : part["offset"] + part["size"] * 99 // 100])
    parts = [{"part_number": part["number"], "etag": '"' + "0" * 32 + '"'} for part in offer["parts"]]
    told = {"run_id": run, "path": "x.bin", "upload_id": offer["upload_id"], "size": LARGE, "parts": parts}
    ask(server, "complete", **told, sha256=hashlib.sha256(body).hexdigest()).rejected()
    ask(server, "abort", run_id=run, path="x.bin", upload_id=offer["upload_id"]).ok()
    assert server.request("GET", f"{PROXY}/{path}").body == b"old bytes"
    assert [info.path for info in resolve(server.destination).walk(server.artifact_path(run))] == [path]


def _begun(part: Json) -> socket.socket:
    address = urlsplit(part["url"])
    connection = socket.create_connection((str(address.hostname), address.port or 80))
    headers = "".join(f"{name}: {value}\r\n" for name, value in part["headers"].items())
    head = f"PUT {address.path}?{address.query} HTTP/1.1\r\nHost: {address.netloc}\r\n{headers}"
    connection.sendall(f"{head}Content-Length: {part['size']}\r\n\r\n".encode())
    return connection


def test_a_signed_request_is_for_its_file_alone(server: Stored) -> None:
    run = new_run(server)
    offer = ask(server, "upload", run_id=run, path="x.bin", size=LARGE).ok()
    part = offer["parts"][0]
    for changed in (part["url"].replace("x.bin", "y.bin"), part["url"].replace(run, "0" * 32)):
        with pytest.raises(ConnectionRefusedError):
            send({**part, "url": changed}, b"x")
    link = server.request("GET", f"{TRANSFERS}download", query={"run_id": run, "path": "x.bin"})
    assert link.status == 404


@pytest.mark.parametrize("path", ["../x", "%2e%2e/x", "/etc/passwd", "a/../../x", "", "a/"])
def test_paths_that_lead_elsewhere_are_refused(server: Stored, path: str) -> None:
    run = new_run(server)
    ask(server, "upload", run_id=run, path=path, size=LARGE).rejected()
    ask(server, "complete", run_id=run, path=path, size=1, sha256="0" * 64).rejected()
    server.request("GET", f"{TRANSFERS}download", query={"run_id": run, "path": path}).rejected()


def test_what_can_not_be_stored_is_refused(server: Stored) -> None:
    run = new_run(server)
    server.put_artifact(f"{server.artifact_path(run)}/folder/x", b"x")
    ask(server, "upload", run_id=run, path="folder", size=LARGE).rejected("folder")
    ask(server, "upload", run_id=run, path="folder/x/y", size=LARGE).rejected("not a folder")
    ask(server, "upload", run_id=run, path="x", size=-1).rejected("size")
    ask(server, "upload", run_id=run, path="x", size=1 << 60).rejected("size")
    ask(server, "upload", run_id="0" * 32, path="x", size=LARGE).rejected("not found")
    ask(server, "complete", run_id=run, path="x", upload_id="none", size=1, sha256="0" * 64).rejected()
    ask(server, "complete", run_id=run, path="x", size=1, sha256="0" * 64).rejected("no such artifact")
    ask(server, "complete", run_id=run, path="folder/x", size=2, sha256="0" * 64).rejected("not the one")
    ask(server, "complete", run_id=run, path="folder/x", size=1, sha256="x").rejected("sha256")
    server.post("runs/delete", run_id=run)
    ask(server, "upload", run_id=run, path="x", size=LARGE).rejected()
