"""GET /ready, GET /metrics and X-Request-Id: what those need who look after a server."""

from __future__ import annotations

import json
import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.wire.server import Server, metric

pytestmark = pytest.mark.differs(reason="MLflow has neither /ready nor request ids, and its /metrics is another")

ROUTE = "/api/2.0/mlflow/runs/log-batch"


def told(server: Server, name: str, **labels: str) -> float:
    """The value of a sample, 0 where there is none."""
    answer = server.request("GET", "/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    for family in text_string_to_metric_families(answer.body.decode()):
        for sample in family.samples:
            if (sample.name, sample.labels) == (name, labels):
                return float(sample.value)
    return 0.0


# --- /ready -----------------------------------------------------------------------------------------------------------


def test_a_server_is_ready(server: Server) -> None:
    answer = server.request("GET", "/ready", headers={"Host": "load-balancer.example"})
    assert (answer.status, answer.body) == (200, b"READY")
    assert server.request("HEAD", "/ready").status == 200
    assert server.request("POST", "/ready", json={}).status == 405


# --- /metrics ---------------------------------------------------------------------------------------------------------


def test_what_a_client_logs_is_counted(server: Server, run: str) -> None:
    labels = {"method": "POST", "route": ROUTE}
    before = {
        name: told(server, name, **found)
        for name, found in {
            "kiseki_points_total": {},
            "kiseki_commits_total": {},
            "kiseki_http_requests_total": {**labels, "status": "2xx"},
            "kiseki_http_request_duration_seconds_count": labels,
            "kiseki_http_request_bytes_total": labels,
        }.items()
    }
    body = {"run_id": run, "metrics": [metric("loss", step=step) for step in range(30)]}
    server.post("runs/log-batch", body).ok()
    server.request("POST", ROUTE.replace("/api", "/ajax-api"), json=body).ok()
    assert told(server, "kiseki_points_total") == before["kiseki_points_total"] + 60
    assert told(server, "kiseki_commits_total") == before["kiseki_commits_total"] + 2
    counted = told(server, "kiseki_http_requests_total", **labels, status="2xx")
    assert counted == before["kiseki_http_requests_total"] + 2
    timed = told(server, "kiseki_http_request_duration_seconds_count", **labels)
    assert timed == before["kiseki_http_request_duration_seconds_count"] + 2
    grown = told(server, "kiseki_http_request_bytes_total", **labels) - before["kiseki_http_request_bytes_total"]
    assert grown == 2 * len(json.dumps(body))


def test_a_batch_that_is_refused_or_repeated_adds_no_points(server: Server, run: str) -> None:
    before = told(server, "kiseki_points_total")
    server.post("runs/log-batch", run_id=run, metrics=[metric("a"), metric("b" * 1000)]).rejected()
    server.post("runs/log-batch", run_id="0" * 32, metrics=[metric("a")]).rejected()
    assert told(server, "kiseki_points_total") == before
    for _ in range(3):
        body = {"run_id": run, "metrics": [metric("a")]}
        server.request("POST", ROUTE, json=body, headers={"Idempotency-Key": f"once-{run}"}).ok()
    assert told(server, "kiseki_points_total") == before + 1


def test_no_name_of_a_user_becomes_a_label(server: Server, run: str) -> None:
    server.request("GET", f"/secret-{run}")
    server.request(f"M{run[:8]}", "/health")
    server.request("GET", f"/runs/{run}")
    server.put_artifact(f"secret-{run}/file", b"x" * 1000)
    text = server.request("GET", "/metrics").body.decode()
    assert run not in text
    assert run[:8] not in text
    assert 'route="/runs/{path}"' in text
    assert 'route="unknown"' in text


def test_bytes_of_files_are_counted(server: Server, run: str) -> None:
    path = "/api/2.0/mlflow-artifacts/artifacts/{path}"
    size = 3 * 2**20
    up = told(server, "kiseki_http_request_bytes_total", method="PUT", route=path)
    down = told(server, "kiseki_http_response_bytes_total", method="GET", route=path)
    server.put_artifact(f"{run}/file", b"x" * size)
    assert len(server.request("GET", f"{path.removesuffix('{path}')}{run}/file").body) == size
    assert told(server, "kiseki_http_request_bytes_total", method="PUT", route=path) == up + size
    assert told(server, "kiseki_http_response_bytes_total", method="GET", route=path) == down + size


def test_it_is_behind_the_check_of_the_host(server: Server) -> None:
    assert server.request("GET", "/metrics", headers={"Host": "evil.example"}).status == 403


# --- X-Request-Id -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["a", "0af7651916cd43dd8448eb211c80319c", "A.b_c:d/e+f=-9", "x" * 128])
def test_the_id_of_a_request_comes_back(server: Server, given: str) -> None:
    for path in ("/health", "/api/2.0/mlflow/experiments/get?experiment_id=0", "/nothing"):
        assert server.request("GET", path, headers={"X-Request-Id": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "a\tb", "a\"b", "<a>", "\xe9", "a;b", "{}"])  # fmt: skip
def test_an_id_that_is_none_is_replaced(server: Server, given: str) -> None:
    answer = server.request("GET", "/health", headers={"X-Request-Id": given})
    assert re.fullmatch(r"[0-9a-f]{12}-[0-9a-f]+", answer.headers["x-request-id"])


def test_every_request_has_an_id_of_its_own(server: Server) -> None:
    ids = [server.request("GET", "/health").headers["x-request-id"] for _ in range(20)]
    assert len(set(ids)) == 20
