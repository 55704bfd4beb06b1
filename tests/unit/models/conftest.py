from __future__ import annotations

import pytest

from tests.unit.models.echo import Echo


@pytest.fixture(scope="session")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Echo:
    """A model of the real mlflow that answers its input."""
    pytest.importorskip("mlflow", reason="the real mlflow is not installed: no parity shown")
    return Echo(tmp_path_factory.mktemp("echo") / "model")
