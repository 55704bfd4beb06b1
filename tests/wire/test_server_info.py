"""GET /api/3.0/mlflow/server-info, by which MLflow's client learns what the server can do."""

from __future__ import annotations

import pytest

from tests.wire.server import Server


@pytest.mark.parametrize("prefix", ["/api", "/ajax-api"])
def test_it_tells_what_the_server_can_do(server: Server, prefix: str) -> None:
    info = server.request("GET", f"{prefix}/3.0/mlflow/server-info").ok()
    expected = {
        "store_type": "SqlStore",
        "workspaces_enabled": False,
        "trace_archival_enabled": False,
        "multipart_downloads_enabled": False,
    }
    assert info["multipart_uploads_enabled"] in (True, False)
    assert {name: info[name] for name in expected} == expected
    assert isinstance(info["features_enabled"], dict)


def test_it_belongs_to_version_3(server: Server) -> None:
    assert server.request("GET", "/api/2.0/mlflow/server-info").status == 404
