"""The example of nginx as a real reverse proxy in front of a real server: TLS, a password, events, large files, a sub-path."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.wire.server import NATIVE, PROXY, Server

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
KEPT = {name: value for name, value in os.environ.items() if not name.startswith(("KISEKI_", "MLFLOW_"))}
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
USER: Final = base64.b64encode(b"taro:secret").decode()
MEBIBYTE: Final = 2**20

pytestmark = [
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed: apt-get install nginx-light"),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed"),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Nginx:
    """nginx with one file of configuration, in a folder of its own.

    Args:
        folder: Where everything of it goes.
        configuration: What stands in the block `http`.
    """

    def __init__(self, folder: Path, configuration: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        temporary = "".join(
            f"{name}_temp_path {folder / name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        file = folder / "nginx.conf"
        file.write_text(
            f"daemon off;\nmaster_process off;\npid {folder / 'pid'};\nerror_log {folder / 'error.log'};\n"
            f"events {{}}\nhttp {{\n{temporary}access_log off;\n{configuration}}}\n",
            encoding="utf-8",
        )
        self._command = [str(NGINX), "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(file)]
        tested = subprocess.run([*self._command, "-t"], capture_output=True, text=True, check=False, timeout=30)
        assert tested.returncode == 0, tested.stderr
        assert "warn" not in tested.stderr
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Nginx:
        self._process = subprocess.Popen(self._command)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(15)


def until_listens(port: int) -> None:
    end = time.monotonic() + 20
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        assert time.monotonic() < end
        time.sleep(0.05)


class Site:
    """kiseki behind nginx."""

    def __init__(self, server: Server, nginx: Nginx, uri: str, certificate: Path | None) -> None:
        self.server = server
        self.nginx = nginx
        self.uri = uri
        self.certificate = certificate
        scheme, _, rest = uri.partition("://")
        self.host, _, path = rest.partition("/")
        self.prefix = f"/{path}" if path else ""
        self._is_tls = scheme == "https"

    def connect(self) -> http.client.HTTPConnection:
        if not self._is_tls:
            return http.client.HTTPConnection(self.host, timeout=60)
        return http.client.HTTPSConnection(
            self.host, timeout=60, context=ssl.create_default_context(cafile=str(self.certificate))
        )

    def request(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        connection = self.connect()
        try:
            connection.request(method, self.prefix + path, body, {"Authorization": f"Basic {USER}", **headers})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    @property
    def environment(self) -> dict[str, str]:
        """That of a client."""
        found = {**KEPT, "KISEKI_TRACKING_URI": self.uri, "NO_PROXY": "*"}
        found |= {"KISEKI_TRACKING_USERNAME": "taro", "KISEKI_TRACKING_PASSWORD": "secret"}
        if self.certificate:
            found["KISEKI_TRACKING_SERVER_CERT_PATH"] = str(self.certificate)
        return found


def made_for(folder: Path, upstream: int, plain: int, secure: int) -> str:
    """The example with what is marked CHANGE changed, and with free ports."""
    certificate, key, users = folder / "kiseki.crt", folder / "kiseki.key", folder / "users"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost,DNS:kiseki.example.org"),
            *("-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    users.write_text("taro:{PLAIN}secret\n", encoding="utf-8")
    text = EXAMPLE
    for before, after in {
        "127.0.0.1:5000;": f"127.0.0.1:{upstream};",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{secure} ssl http2;",
        "/etc/nginx/tls/kiseki.crt": str(certificate),
        "/etc/nginx/tls/kiseki.key": str(key),
        "auth_basic_user_file /etc/nginx/kiseki.users;": f"auth_basic_user_file {users};",
        "/var/log/nginx/kiseki.log": str(folder / "kiseki.log"),
    }.items():
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    # A machine that tests may have no IPv6.
    return re.sub(r"^    listen \[::\].*\n", "", text, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def ports() -> tuple[int, int]:
    return free_port(), free_port()


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory, ports: tuple[int, int]) -> Iterator[Site]:
    """The whole example."""
    folder = tmp_path_factory.mktemp("secure")
    plain, tls = ports
    with Server(folder / "server", options=("--allowed-hosts", "kiseki.example.org")) as server:
        text = made_for(folder, server.port, plain, tls)
        with Nginx(folder / "nginx", text) as nginx:
            until_listens(tls)
            yield Site(server, nginx, f"https://localhost:{tls}", folder / "kiseki.crt")
        server.check()


@pytest.fixture(scope="module")
def below(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The part of the example for a path of another site, in a site that has no TLS and no password."""
    folder = tmp_path_factory.mktemp("below")
    port = free_port()
    with Server(folder / "server", options=("--static-prefix", "/kiseki")) as server:
        _, found, part = EXAMPLE.partition("# Below a path of another site instead")
        assert found
        locations = "\n".join(
            line.removeprefix("#") for line in part.splitlines() if re.match(r"#  ", line) or line == "#"
        )
        start, end = EXAMPLE.index("    client_max_body_size"), EXAMPLE.index("    location / {")
        upstream = f"upstream kiseki {{ server 127.0.0.1:{server.port}; keepalive 64; }}\n"
        site = f"server {{ listen 127.0.0.1:{port};\n{EXAMPLE[start:end]}\n{locations}\n}}\n"
        with Nginx(folder / "nginx", upstream + site) as nginx:
            until_listens(port)
            yield Site(server, nginx, f"http://localhost:{port}/kiseki", None)
        server.check()


@pytest.fixture(params=["secure", "below"])
def site(request: pytest.FixtureRequest) -> Site:
    found: Site = request.getfixturevalue(request.param)
    return found


TRAINING = """
import kiseki

kiseki.set_experiment("behind nginx")
with kiseki.start_run(run_name="trained") as run:
    kiseki.log_params({"lr": 0.1, "層": 3})
    for step in range(200):
        kiseki.log_metric("loss", 1 / (step + 1), step=step)
    kiseki.log_text("It went well: 軌跡", "notes/結果.txt")
client = kiseki.KisekiClient()
assert len(client.get_metric_history(run.info.run_id, "loss")) == 200
assert client.get_run(run.info.run_id).info.status == "FINISHED"
assert kiseki.artifacts.load_text(run.info.artifact_uri + "/notes/結果.txt") == "It went well: 軌跡"
print(run.info.run_id)
"""


def test_a_training_logs_through_it(site: Site) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", TRAINING],
        env=site.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    run_id = finished.stdout.split()[-1]
    assert site.server.run(run_id)["info"]["run_name"] == "trained"


def test_events_come_when_they_happen(site: Site) -> None:
    run = site.server.new_run(site.server.new_experiment())
    connection = site.connect()
    connection.request("GET", f"{site.prefix}{NATIVE}events", headers={"Authorization": f"Basic {USER}"})
    answer = connection.getresponse()
    assert answer.status == 200
    while answer.readline().strip() != b"data: {}":
        pass
    for step in range(3):
        started = time.monotonic()
        site.server.post("runs/log-metric", run_id=run, key="loss", value=1.0, timestamp=1, step=step).ok()
        while run.encode() not in answer.readline():
            pass
        assert time.monotonic() - started < 5
    connection.close()


def test_a_large_file_goes_up_and_down_whole(site: Site) -> None:
    data = os.urandom(MEBIBYTE) * 100
    status, _, body = site.request("PUT", f"{PROXY}/large/file.bin", data)
    assert status == 200, body
    status, headers, found = site.request("GET", f"{PROXY}/large/file.bin")
    assert (status, len(found)) == (200, len(data))
    digest = hashlib.sha256(data).hexdigest()
    assert hashlib.sha256(found).hexdigest() == digest == headers["x-kiseki-sha256"]
    status, headers, found = site.request("GET", f"{PROXY}/large/file.bin", Range=f"bytes={MEBIBYTE}-{MEBIBYTE + 9}")
    assert (status, found) == (206, data[MEBIBYTE : MEBIBYTE + 10])


def test_a_file_reaches_the_server_while_it_is_sent(site: Site) -> None:
    before = set(site.server.folder.rglob("*"))

    def fresh() -> set[Path]:
        return set(site.server.folder.rglob("*")) - before

    half = b"x" * (8 * MEBIBYTE)
    connection = site.connect()
    connection.putrequest("PUT", f"{site.prefix}{PROXY}/slow/file.bin")
    connection.putheader("Authorization", f"Basic {USER}")
    connection.putheader("Content-Length", str(2 * len(half)))
    connection.endheaders(half)
    end = time.monotonic() + 20
    # Where it lies is the server's own affair.
    while not any(len(half) // 2 <= path.stat().st_size <= len(half) for path in fresh()):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert [path for name in ("client_body", "proxy") for path in (site.nginx.folder / name).rglob("*")] == []
    connection.send(half)
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    connection.close()


def test_the_user_interface_is_served(site: Site) -> None:
    status, headers, body = site.request("GET", "/experiments", Accept="text/html")
    assert status == 200
    assert headers["content-type"].startswith("text/html")
    # Where the UI is built, its links lead below the path too.
    assert b'"/assets/' not in body or not site.prefix


def test_who_has_no_password_gets_no_further(secure: Site) -> None:
    for path in ("/", "/ready", "/api/2.0/mlflow/experiments/search?max_results=1"):
        assert secure.request("GET", path, Authorization="")[0] == 401
    assert secure.request("GET", "/health", Authorization="")[::2] == (200, b"OK")
    status, _, body = secure.request("GET", "/metrics", Authorization="")
    assert status == 200
    assert b"kiseki_http_requests_total" in body


def test_metrics_are_not_shown_below_a_path(below: Site) -> None:
    assert below.request("GET", "/metrics")[0] == 403


def test_the_name_of_the_site_is_the_servers(secure: Site) -> None:
    origin = "https://kiseki.example.org"
    body = json.dumps({"name": secure.server.unique("named")}).encode()
    create = "/api/2.0/mlflow/experiments/create"
    kind = {"Content-Type": "application/json"}
    found = secure.request("POST", create, body, Host="kiseki.example.org", Origin=origin, **kind)
    assert found[0] == 200, found
    assert secure.request("POST", create, body, Host="evil.example", **kind)[0] == 403
    assert (
        secure.request("POST", create, body, Host="kiseki.example.org", Origin="https://evil.example", **kind)[0] == 403
    )


def test_nginx_and_the_server_name_a_request_alike(secure: Site) -> None:
    _, headers, _ = secure.request("GET", "/version")
    request_id = headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{32}", request_id)
    secure.request("GET", "/%0Aforged%22%7D")
    end = time.monotonic() + 10
    while True:
        lines = (secure.nginx.folder.parent / "kiseki.log").read_text(encoding="utf-8").splitlines()
        entries = [json.loads(line) for line in lines]
        if {"/version", '/\nforged"}'} <= {entry["path"] for entry in entries}:
            break
        assert time.monotonic() < end
        time.sleep(0.05)
    (found,) = [entry for entry in entries if entry["request_id"] == request_id]
    assert (found["path"], found["user"], found["status"]) == ("/version", "taro", 200)


def test_plain_http_leads_to_tls(secure: Site, ports: tuple[int, int]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", ports[0], timeout=10)
    connection.request("GET", "/runs/x?y=1", headers={"Host": "kiseki.example.org"})
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("location")) == (301, "https://kiseki.example.org/runs/x?y=1")
    connection.close()
