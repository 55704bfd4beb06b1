import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kiseki.cli import cli
from kiseki.client import KisekiClient
from kiseki.client.resolve import close_all

Call = Callable[..., Result]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, and no settings."""
    for name in list(os.environ):
        if name.startswith(("KISEKI_", "MLFLOW_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def uri(folder: Path) -> str:
    return f"sqlite:///{folder / 'kiseki.db'}"


@pytest.fixture
def client(uri: str) -> Iterator[KisekiClient]:
    """What the commands find in the current folder; a database that has the experiment Default."""
    found = KisekiClient(uri)
    found.search_experiments()
    yield found
    close_all()


@pytest.fixture
def call() -> Call:
    """Runs a command of kiseki and returns what came of it; the code must be as expected."""

    def run(*arguments: str, code: int = 0, typed: str = "") -> Result:
        result = CliRunner().invoke(cli, list(arguments), input=typed)
        assert result.exit_code == code, (result.output, result.exception)
        return result

    return run
