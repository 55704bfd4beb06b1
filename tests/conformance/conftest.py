"""The stores that the suites of this folder hold to `kiseki.store.protocol`; a backend joins by a line in `BACKENDS`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiseki.store import Store, open_store
from tests.conformance.rows import ARTIFACT_ROOT

BACKENDS: dict[str, Callable[[Path], str]] = {
    "sqlite": lambda folder: f"sqlite:///{folder / 'kiseki.db'}",
}


@pytest.fixture(params=list(BACKENDS))
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    return BACKENDS[request.param](tmp_path)


@pytest.fixture
def store(uri: str) -> Iterator[Store]:
    """A store on an empty database."""
    opened = open_store(uri, ARTIFACT_ROOT)
    yield opened
    opened.close()


@pytest.fixture(scope="session", params=list(BACKENDS))
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for tests that make runs of their own, such as those of hypothesis."""
    opened = open_store(BACKENDS[request.param](tmp_path_factory.mktemp("shared")), ARTIFACT_ROOT)
    yield opened
    opened.close()
