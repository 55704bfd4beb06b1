"""Environments that are made without a network."""

import os
from pathlib import Path

import pytest

from tests.wheels import pack


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with wheels of packaging, click and hatchling."""
    folder = tmp_path_factory.mktemp("wheels")
    pack(["packaging", "click", "hatchling", "editables"], folder)
    return folder


@pytest.fixture
def environments(tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where environments are made, of those wheels alone."""
    for name in list(os.environ):
        if name.startswith(("KISEKI_", "MLFLOW_", "UV_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("KISEKI_ENV_ROOT", str(tmp_path / "environments"))
    (tmp_path / "uv.toml").write_text(f"no-index = true\nfind-links = [{str(wheels)!r}]\n")
    monkeypatch.setenv("UV_CONFIG_FILE", str(tmp_path / "uv.toml"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "environments"
