"""Object stores that speak the real protocols, started as processes of their own on free ports of the loopback.

S3 is moto, which does as Amazon does and keeps everything in memory, and SeaweedFS, which stores for real; Azure Blob Storage
is Microsoft's Azurite. Google Cloud Storage is moto too: no emulator that installs from a registry has the XML API through
which obstore speaks to Google, and S3's is the same where obstore uses it. So `gs:` is tested as far as obstore's client and
kiseki go, and without Google's credentials and signatures.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.client
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

import hatch_build
from kiseki.artifact_store import ObjectStore, resolve
from kiseki.artifact_store.buckets import Keys, S3Access
from kiseki.artifact_store.s3_parts import signed_url

NODE: Final = Path(__file__).parent / "node"
START_SECONDS: Final = 60
ACCESS_KEY: Final = "kiseki"
SECRET_KEY: Final = "kiseki-tests-secret"
# Known to everybody: the one that Azurite is delivered with.
AZURE_ACCOUNT: Final = "devstoreaccount1"
AZURE_KEY: Final = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


class ObjectServer:
    """An object store that runs.

    Attributes:
        kind: "s3", "seaweedfs", "gs" or "azure".
        endpoint: Its address.
        environment: The variables by which a process reaches it.
        bucket: The URI of a bucket.
    """

    bucket: str

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        folder.mkdir(parents=True)
        self._log = folder / "log"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        port = free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        self.environment = _ENVIRONMENTS[kind](self.endpoint)
        self._command = _COMMANDS[kind](folder, port)
        self.start()

    def start(self) -> None:
        """Starts it, with what it has stored."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException, AssertionError):
                self.bucket = self.new_bucket()
                return
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"{self._command} does not answer:\n{self._log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Ends it."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(15)

    def new_folder(self, name: str = "some folder") -> str:
        """The URI of an empty folder of the bucket."""
        return f"{self.bucket}/{uuid.uuid4().hex[:12]}/{name}"

    def new_bucket(self) -> str:
        """Makes an empty bucket and returns its URI."""
        name = f"bucket{uuid.uuid4().hex[:12]}"
        match self.kind:
            case "s3" | "seaweedfs" | "gs":
                access = S3Access(
                    keys=Keys(access_key=ACCESS_KEY, secret_key=SECRET_KEY),
                    region="us-east-1",
                    bucket_url=self.endpoint,
                )
                self._request("PUT", signed_url(access, "PUT", name, {}, 60, datetime.now(UTC)))
                return f"{'gs' if self.kind == 'gs' else 's3'}://{name}"
            case _:
                path = f"/{AZURE_ACCOUNT}/{name}"
                headers = _azure_headers(f"/{AZURE_ACCOUNT}{path}\nrestype:container")
                self._request("PUT", f"{self.endpoint}{path}?restype=container", headers=headers)
                return f"wasbs://{name}@{AZURE_ACCOUNT}.blob.core.windows.net"

    def _request(self, method: str, url: str, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=10)
        try:
            connection.request(method, f"{parts.path}?{parts.query}", body, headers or {})
            answer = connection.getresponse()
            assert answer.status < 300, (answer.status, answer.read()[:500])
        finally:
            connection.close()


class ObjectServers:
    """The object stores of a test session, each started when the first test asks for it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, ObjectServer] = {}

    def get(self, kind: str) -> ObjectServer:
        """The server of a kind; skips the test where it is not installed, except in CI."""
        if kind not in self._running:
            missing = _MISSING[kind]()
            if missing:
                if os.environ.get("CI"):
                    pytest.fail(f"The {kind} server is not installed: {missing}")
                pytest.skip(f"The {kind} server is not installed: {missing}")
            self._running[kind] = ObjectServer(kind, self._folder / kind)
        return self._running[kind]

    def store(self, kind: str, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
        """A store in a new folder, its server named by the environment."""
        server = self.get(kind)
        reach(server, monkeypatch)
        opened = resolve(server.new_folder())
        assert isinstance(opened, ObjectStore)
        return opened

    def stop(self) -> None:
        """Ends all."""
        for server in self._running.values():
            server.stop()


def reach(server: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the environment name the server, and no other."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "AZURE_", "GOOGLE_", "STORAGE_EMULATOR_HOST", "MLFLOW_S3_")):
            monkeypatch.delenv(name)
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def object_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServers]:
    """The object stores of this session."""
    servers = ObjectServers(tmp_path_factory.mktemp("objects"))
    yield servers
    servers.stop()


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _seaweedfs(folder: Path, port: int) -> list[str]:
    identity = {
        "name": "tests",
        "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    (folder / "data").mkdir()
    ports = {
        f"{name}.port{kind}": free_port()
        for name in ("master", "volume", "filer", "s3")
        for kind in ("", ".grpc")
        if (name, kind) != ("s3", "")
    }
    return [
        *(str(Path(sys.executable).with_name("weed")), "server", "-ip=127.0.0.1", f"-dir={folder / 'data'}"),
        *("-master.telemetry=false", "-master.volumeSizeLimitMB=256", "-volume.max=200", "-filer", "-s3"),
        *("-s3.port.iceberg=0", "-s3.port.lance=0", f"-s3.port={port}", f"-s3.config={folder / 's3.json'}"),
        *(f"-{name}={number}" for name, number in ports.items()),
    ]


def _moto(folder: Path, port: int) -> list[str]:
    assert folder.exists()
    return [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)]


def _azurite(folder: Path, port: int) -> list[str]:
    node = hatch_build.find_node()
    assert node is not None
    program = NODE / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    return [
        *(
            node.program,
            str(program),
            "--blobHost",
            "127.0.0.1",
            "--blobPort",
            str(port),
            "--location",
            str(folder / "data"),
        ),
        *("--silent", "--disableTelemetry", "--skipApiVersionCheck"),
    ]


def _azure_headers(resource: str) -> dict[str, str]:
    """What the creation of a container is sent with, signed by the account's key ("Shared Key")."""
    given = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2023-11-03"}
    named = "".join(f"{name}:{value}\n" for name, value in sorted(given.items()))
    text = f"PUT\n{chr(10) * 11}{named}{resource}"
    digest = hmac.new(base64.b64decode(AZURE_KEY), text.encode(), hashlib.sha256).digest()
    return {**given, "Authorization": f"SharedKey {AZURE_ACCOUNT}:{base64.b64encode(digest).decode()}"}


def _s3_environment(endpoint: str) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "MLFLOW_S3_ENDPOINT_URL": endpoint,
    }


def _azure_environment(endpoint: str) -> dict[str, str]:
    return {
        "AZURE_STORAGE_CONNECTION_STRING": f"DefaultEndpointsProtocol=http;AccountName={AZURE_ACCOUNT};"
        f"AccountKey={AZURE_KEY};BlobEndpoint={endpoint}/{AZURE_ACCOUNT};"
    }


def _missing_seaweedfs() -> str:
    program = Path(sys.executable).with_name("weed")
    return "" if program.exists() else "`make test` installs it, on Linux with an x86-64 processor"


def _missing_moto() -> str:
    return "" if importlib.util.find_spec("moto") else "`make test` installs it"


def _missing_azurite() -> str:
    if hatch_build.find_node() is None or not (NODE / "node_modules" / "azurite").exists():
        return "`make test` installs it"
    return ""


_COMMANDS: Final[dict[str, Callable[[Path, int], list[str]]]] = {
    "s3": _moto,
    "seaweedfs": _seaweedfs,
    "gs": _moto,
    "azure": _azurite,
}
_ENVIRONMENTS: Final[dict[str, Callable[[str], dict[str, str]]]] = {
    "s3": _s3_environment,
    "seaweedfs": _s3_environment,
    "gs": lambda endpoint: {"STORAGE_EMULATOR_HOST": endpoint},
    "azure": _azure_environment,
}
_MISSING: Final[dict[str, Callable[[], str]]] = {
    "s3": _missing_moto,
    "seaweedfs": _missing_seaweedfs,
    "gs": _missing_moto,
    "azure": _missing_azurite,
}
