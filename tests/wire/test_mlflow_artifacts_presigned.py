"""The addresses by which clients reach an object store directly, which a local store does not have.

GET /api/2.0/mlflow-artifacts/presigned/<path>, POST /api/2.0/mlflow/artifacts/presigned-upload-url and
presigned-download-url.
"""

from __future__ import annotations

import pytest

from tests.wire.server import INVALID, MISSING, Json, Server

PRESIGNED = "/api/2.0/mlflow-artifacts/presigned"


def test_a_local_store_has_no_addresses_of_files(server: Server, run: str) -> None:
    path = server.artifact_path(run)
    server.put_artifact(f"{path}/a.txt", b"x")
    server.request("GET", f"{PRESIGNED}/{path}/a.txt").refused("NOT_IMPLEMENTED", "not supported")


@pytest.mark.parametrize("path", ["../x", "%2e%2e/x"])
def test_paths_that_lead_elsewhere_are_refused(server: Server, path: str) -> None:
    server.request("GET", f"{PRESIGNED}/{path}").refused(INVALID, "Invalid path")


@pytest.mark.parametrize("direction", ["upload", "download"])
def test_files_behind_the_proxy_have_no_addresses(server: Server, run: str, direction: str) -> None:
    server.post(f"artifacts/presigned-{direction}-url", run_id=run, path="a.txt").refused(
        INVALID, f"Presigned {direction} is not supported", "mlflow-artifacts"
    )


@pytest.mark.parametrize(
    ("direction", "fields", "field"),
    [("upload", {}, "path"), ("upload", {"run_id": "x"}, "path"), ("download", {}, "run_id")],
)
def test_required_fields(server: Server, direction: str, fields: Json, field: str) -> None:
    server.post(f"artifacts/presigned-{direction}-url", fields).refused(
        INVALID, f"Missing value for required parameter '{field}'"
    )


def test_an_unknown_run_is_not_found(server: Server) -> None:
    server.post("artifacts/presigned-download-url", run_id="nope", path="a.txt").refused(
        MISSING, "Run with id=nope not found"
    )


@pytest.mark.parametrize("seconds", [0, -1, 604801])
def test_an_address_lives_from_a_second_to_a_week(server: Server, run: str, seconds: int) -> None:
    server.post("artifacts/presigned-download-url", run_id=run, path="a.txt", expiration=seconds).refused(
        INVALID, "expiration", "604800", str(seconds)
    )
