"""The stores that the suites of this folder hold to `kiseki.store.protocol`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiseki.store import Store, open_store
from tests.conformance.rows import ARTIFACT_ROOT
from tests.databases import NAMES, passing
from tests.objects.servers import object_servers

__all__ = ["object_servers"]


@pytest.fixture(params=NAMES)
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database that is empty, or as a store leaves it where the test asks for `store`, which opens it."""
    with passing(
        request.param, tmp_path, artifact_root=ARTIFACT_ROOT if "store" in request.fixturenames else ""
    ) as uri:
        yield uri


@pytest.fixture
def store(uri: str) -> Iterator[Store]:
    """A store on an empty database."""
    opened = open_store(uri, ARTIFACT_ROOT)
    yield opened
    opened.close()
