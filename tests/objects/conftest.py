"""Servers whose artifacts are in an object store."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.server import Target
from tests.objects.servers import ObjectServer, ObjectServers, object_servers, reach

__all__ = ["object_servers"]


class Stored(Target):
    """A server whose proxy keeps files in a bucket, reached by the environment of the test."""

    def __init__(self, folder: Path, objects: ObjectServer, *, options: tuple[str, ...] = ()) -> None:
        self.objects = objects
        self._destination = objects.new_folder("plain")
        super().__init__(folder, options=("--artifacts-destination", self._destination, *options))

    @property
    def destination(self) -> str:
        return self._destination


@pytest.fixture(params=["s3", "azure"])
def objects(
    request: pytest.FixtureRequest, object_servers: ObjectServers, monkeypatch: pytest.MonkeyPatch
) -> ObjectServer:
    """An object store, which the environment names. What all of them must do is in `tests/conformance`."""
    server = object_servers.get(request.param)
    reach(server, monkeypatch)
    return server


@pytest.fixture(scope="session")
def running_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Stored]]:
    """The servers that tests share, by the kind of their object store; each starts when the first test asks for it."""
    running: dict[str, Stored] = {}
    yield running
    for server in running.values():
        server.__exit__()


@pytest.fixture
def server(
    objects: ObjectServer, running_servers: dict[str, Stored], tmp_path_factory: pytest.TempPathFactory
) -> Stored:
    """A server that others have used: a test has a folder (`top`) or a run of its own in its destination."""
    if objects.kind not in running_servers:
        running_servers[objects.kind] = Stored(tmp_path_factory.mktemp("server"), objects).__enter__()
    return running_servers[objects.kind]


@pytest.fixture
def top() -> str:
    """A folder that nobody else has."""
    return uuid.uuid4().hex[:12]


@pytest.fixture
def own_server(objects: ObjectServer, tmp_path: Path) -> Iterator[Stored]:
    """A server of its own with an empty destination, which may be ended."""
    with Stored(tmp_path / "server", objects) as running:
        yield running
