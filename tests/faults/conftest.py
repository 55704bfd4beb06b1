"""Attacks on a running server, and what becomes of its data when it or its disk fails.

Rounds of the tests that kill are few by default; `KISEKI_FAULT_ROUNDS=100` makes as many as a release needs, and
`KISEKI_FUZZ_REQUESTS=100000` as many random requests.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.faults.server import Target

ROUNDS = int(os.environ.get("KISEKI_FAULT_ROUNDS", "10"))


@pytest.fixture(scope="session")
def shared_target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """One server for all attacks that must leave it as it was."""
    with Target(tmp_path_factory.mktemp("target")) as running:
        yield running


@pytest.fixture
def server(shared_target: Target) -> Iterator[Target]:
    """The server under attack: it runs on afterwards, and has written no traceback."""
    yield shared_target
    shared_target.check()


@pytest.fixture
def rounds() -> int:
    """How many times to kill."""
    return ROUNDS
