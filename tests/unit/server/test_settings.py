"""What a server is told when it starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiseki.base.errors import InvalidParameter
from kiseki.server.settings import ServerSettings, check_apart, check_prefix


def test_the_database_is_no_artifact(tmp_path: Path) -> None:
    below = ServerSettings(
        backend_store_uri=f"sqlite:///{tmp_path}/data/kiseki.db", artifacts_destination=str(tmp_path / "data")
    )
    with pytest.raises(InvalidParameter, match="below the artifacts destination"):
        check_apart(below)


@pytest.mark.parametrize("destination", ["artifacts", "data-artifacts"])
def test_a_folder_beside_the_database_is_apart(tmp_path: Path, destination: str) -> None:
    settings = ServerSettings(
        backend_store_uri=f"sqlite:///{tmp_path}/data/kiseki.db", artifacts_destination=str(tmp_path / destination)
    )
    check_apart(settings)
    assert settings.destination == str(tmp_path / destination)


@pytest.mark.parametrize("prefix", ["kiseki", "/kiseki/", "/"])
def test_a_prefix_begins_with_a_slash_and_does_not_end_with_one(prefix: str) -> None:
    with pytest.raises(InvalidParameter, match="static-prefix"):
        check_prefix(prefix)
