"""The endpoints of the scoring server, and what it refuses."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pandas as pd
import pytest
from prometheus_client.parser import text_string_to_metric_families

from kiseki.models.signature import ModelSignature
from kiseki.serving.app import App
from kiseki.serving.model import Served
from kiseki.types import ColSpec, DataType, Schema
from tests.unit.serving.asgi import ask, running
from tests.wire.server import Response

SIGNATURE = ModelSignature(Schema([ColSpec(DataType.double, "x")]), Schema([ColSpec(DataType.double)]))
LONG = 30.0


class Doubles:
    """A model that doubles; it raises for negative numbers, and waits for 99 until it is told to go on."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.held = threading.Semaphore(0)

    def predict_checked(self, data: pd.DataFrame, params: dict[str, Any] | None = None) -> Any:
        if (data["x"] < 0).any():
            raise ArithmeticError("secret of the trace: negative")
        if (data["x"] == 99).any():
            self.held.release()
            assert self.go.wait(LONG)
        return data["x"].to_numpy() * 2


def body(*values: float) -> bytes:
    return json.dumps({"dataframe_split": {"columns": ["x"], "data": [[value] for value in values]}}).encode()


def run(test: Callable[[App, Doubles], Coroutine[Any, Any, Any]], **settings: Any) -> Any:
    model = Doubles()

    async def whole() -> Any:
        async with running(Served(model=model, signature=SIGNATURE, example=body(1.5).decode()), **settings) as app:
            try:
                return await test(app, model)
            finally:
                model.go.set()

    return asyncio.run(whole())


def answer(method: str, path: str, data: Any = b"", headers: dict[str, str] | None = None, **settings: Any) -> Response:
    """One request to a server of its own."""

    async def one(app: App, _: Doubles) -> Response:
        return await ask(app, method, path, data, headers)

    found = run(one, **settings)
    assert isinstance(found, Response)
    return found


def test_a_request_is_answered() -> None:
    found = answer("POST", "/invocations", body(1, 2.5))
    assert found.ok() == {"predictions": [2.0, 5.0]}
    assert found.headers["x-request-id"]
    assert found.headers["content-length"] == str(len(found.body))


@pytest.mark.parametrize("path", ["/ping", "/health"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_server_that_works_says_so(method: str, path: str) -> None:
    found = answer(method, path, headers={"host": "10.0.0.1.evil.example"})
    assert (found.status, found.body, found.headers["content-type"]) == (200, b"\n", "application/json")


def test_the_version_is_that_of_the_protocol() -> None:
    found = answer("GET", "/version")
    assert found.status == 200
    assert tuple(map(int, found.body.split(b"."))) >= (2, 0)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("POST", "/invocations/", 404),
        ("GET", "/invocations", 405),
        ("PUT", "/invocations", 405),
        ("POST", "/ping", 405),
        ("DELETE", "/", 405),
        ("POST", "/openapi.json", 405),
    ],
)
def test_what_is_not_there_is_told_as_json(method: str, path: str, status: int) -> None:
    answer(method, path).refused("ENDPOINT_NOT_FOUND", path, status=status)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "[::1]evil", ""])
def test_on_the_loopback_only_its_own_names_are_answered(host: str) -> None:
    answer("POST", "/invocations", body(1), {"host": host}).refused("PERMISSION_DENIED", "--allowed-hosts", status=403)
    answer("GET", "/", headers={"host": host}).refused("PERMISSION_DENIED", "Host", status=403)


@pytest.mark.parametrize(
    "settings", [{"host": "0.0.0.0"}, {"allowed_hosts": ("*",)}, {"allowed_hosts": ("model.example",)}]
)
def test_where_others_may_call_the_server_has_any_name(settings: dict[str, Any]) -> None:
    assert answer("POST", "/invocations", body(1), {"host": "model.example"}, **settings).status == 200


def test_pages_of_other_origins_are_refused_unless_they_are_allowed() -> None:
    headers = {"origin": "https://app.example"}
    answer("POST", "/invocations", body(1), headers).refused("PERMISSION_DENIED", "Cross-origin", status=403)
    allowed = answer("POST", "/invocations", body(1), headers, cors_allowed_origins=("https://app.example",))
    assert allowed.status == 200
    assert allowed.headers["access-control-allow-origin"] == "https://app.example"


@pytest.mark.parametrize(
    ("data", "headers"),
    [
        (b"", {"content-length": str(2**30)}),
        ([b" " * 600, b" " * 600], {}),
        (b" " * 1025, {"content-length": "1025"}),
    ],
    ids=["declared", "in parts", "at once"],
)
def test_a_body_that_is_too_long_is_refused(data: Any, headers: dict[str, str]) -> None:
    found = answer("POST", "/invocations", data, headers, max_body_bytes=1024)
    found.refused("BAD_REQUEST", "longer than 1024 bytes", status=413)
    assert found.headers["connection"] == "close"


def test_a_compressed_body_is_refused() -> None:
    headers = {"content-encoding": "gzip"}
    answer("POST", "/invocations", b"\x1f\x8b", headers).refused("BAD_REQUEST", "uncompressed", status=415)


def test_bodies_together_are_limited_too() -> None:
    async def test(app: App, model: Doubles) -> tuple[Response, Response, Response]:
        padded = body(99).ljust(1000)
        waiting = [asyncio.create_task(ask(app, "POST", "/invocations", padded)) for _ in range(4)]
        assert await asyncio.to_thread(model.held.acquire, timeout=LONG)
        # Each is read, and a part of a fifth one is more than four of the longest may be.
        refused = await ask(app, "POST", "/invocations", [b" " * 50, b" " * 100, body(1)])
        model.go.set()
        first, *_ = await asyncio.gather(*waiting)
        return refused, first, await ask(app, "POST", "/invocations", body(1))

    refused, first, later = run(test, max_body_bytes=1024)
    refused.refused("REQUEST_LIMIT_EXCEEDED", "4096 bytes of requests", status=429)
    assert (refused.headers["retry-after"], refused.headers["connection"]) == ("1", "close")
    assert (first.status, later.status) == (200, 200)


def test_a_prediction_that_takes_too_long_is_answered_with_504() -> None:
    async def test(app: App, model: Doubles) -> tuple[Response, Response, bytes]:
        late = await ask(app, "POST", "/invocations", body(99))
        other = await ask(app, "POST", "/invocations", body(1))
        return late, other, (await ask(app, "GET", "/metrics")).body

    late, other, metrics = run(test, timeout_seconds=0.05)
    late.refused("DEADLINE_EXCEEDED", "0.05 seconds", "--timeout", status=504)
    assert other.status == 200
    found = samples(metrics)
    assert found["kiseki_model_timeouts_total"] == 1
    assert found["kiseki_lost_lanes"] == 1


def test_a_server_whose_predictions_do_not_end_is_not_healthy() -> None:
    async def test(app: App, model: Doubles) -> list[int]:
        statuses = []
        for _ in range(4):
            assert (await ask(app, "GET", "/ping")).status == 200
            statuses.append((await ask(app, "POST", "/invocations", body(99))).status)
        return [*statuses, (await ask(app, "GET", "/ping")).status]

    assert run(test, timeout_seconds=0.02) == [504, 504, 504, 504, 503]


def test_what_the_model_raises_is_told_and_its_trace_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        found = answer("POST", "/invocations", body(-1), {"x-request-id": "me-1"})
    found.refused("BAD_REQUEST", "ArithmeticError", "negative")
    assert b"Traceback" not in found.body
    assert b".py" not in found.body
    # What was read to its end leaves the connection as it was.
    assert "connection" not in found.headers
    (record,) = [record for record in caplog.records if record.name == "kiseki.serving"]
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], ArithmeticError)
    assert vars(record)["fields"] == {"request_id": "me-1"}


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("", 415),
        ("text/plain", 415),
        ("application/json; charset=utf-16", 415),
        ("application/json;charset=UTF-8", 200),
    ],
)
def test_only_what_can_be_read_is_taken(content_type: str, status: int) -> None:
    assert answer("POST", "/invocations", body(1), {"content-type": content_type}).status == status


def test_metrics_are_those_of_requests_and_predictions() -> None:
    async def test(app: App, model: Doubles) -> bytes:
        for value in (1, 2, -1):
            await ask(app, "POST", "/invocations", body(value))
        return (await ask(app, "GET", "/metrics")).body

    found = samples(run(test))
    assert found["kiseki_model_prediction_requests_count"] == 3
    assert found["kiseki_model_prediction_requests_sum"] == 3
    assert found["kiseki_model_failures_total"] == 1
    assert found["kiseki_http_requests_total"] == 1
    assert found["kiseki_requests_waiting"] == 0
    assert found["process_resident_memory_bytes"] > 2**20


def test_metrics_can_be_switched_off() -> None:
    answer("GET", "/metrics", metrics=False).refused("ENDPOINT_NOT_FOUND", "--no-metrics")


def test_workers_add_up(tmp_path: Any) -> None:
    async def test(app: App, model: Doubles) -> None:
        await ask(app, "POST", "/invocations", body(1))

    run(test, counts_folder=str(tmp_path))
    (file,) = tmp_path.iterdir()
    # As if another process that has ended had left it.
    file.rename(tmp_path / "999999999.counts")

    async def look(app: App, model: Doubles) -> bytes:
        await ask(app, "POST", "/invocations", body(1))
        return (await ask(app, "GET", "/metrics")).body

    assert samples(run(look, counts_folder=str(tmp_path)))["kiseki_model_prediction_requests_count"] == 2


def samples(text: bytes) -> dict[str, float]:
    """The last value of each metric."""
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


@pytest.mark.parametrize(
    ("path", "media_type", "word"),
    [
        ("/", "text/html", b"<!doctype html>"),
        ("/try.js", "text/javascript", b"fetch("),
        ("/try.css", "text/css", b":root"),
    ],
)
def test_the_page_is_there_under_a_strict_policy(path: str, media_type: str, word: bytes) -> None:
    found = answer("GET", path)
    assert found.status == 200
    assert found.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert word in found.body
    policy = found.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert found.headers["x-frame-options"] == "DENY"
    assert found.headers["x-content-type-options"] == "nosniff"
    # Nothing comes from elsewhere.
    assert b"http://" not in found.body.replace(b"http://www.w3.org", b"")
    assert b"https://" not in found.body


def test_what_is_no_http_is_left_alone() -> None:
    async def test(app: App, model: Doubles) -> list[Any]:
        sent: list[Any] = []
        await app({"type": "websocket", "path": "/"}, asyncio.Queue[Any]().get, sent.append)  # type: ignore[arg-type]
        return sent

    assert run(test) == []
