"""A real server of S3's protocol, for what is read and written there by pyarrow."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from pyarrow import fs


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The host and port of a server that keeps objects in memory."""
    folder = tmp_path_factory.mktemp("s3")
    program = (
        "import time\n"
        "from pathlib import Path\n"
        "from moto.server import ThreadedMotoServer\n"
        "server = ThreadedMotoServer('127.0.0.1', 0)\n"
        "server.start()\n"
        "host, port = server.get_host_and_port()\n"
        "Path('new').write_text(f'{host}:{port}')\n"
        "Path('new').rename('address')\n"
        "time.sleep(3600)\n"
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-c", program], cwd=folder, stdout=log, stderr=log)
    try:
        end = time.monotonic() + 60
        while not (folder / "address").exists():
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < end
            time.sleep(0.05)
        yield (folder / "address").read_text()
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> fs.S3FileSystem:
    """The server, with an empty bucket, and the environment in which it is reached."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    made = fs.S3FileSystem(endpoint_override=endpoint, scheme="http", region="us-east-1", allow_bucket_creation=True)
    made.create_dir("exports")
    return made
