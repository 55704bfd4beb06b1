"""Servers whose artifacts are in an object store."""

from __future__ import annotations

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


@pytest.fixture
def server(objects: ObjectServer, tmp_path: Path) -> Iterator[Stored]:
    """A server of its own with an empty destination in an object store."""
    with Stored(tmp_path / "server", objects) as running:
        yield running
