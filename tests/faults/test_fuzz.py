"""Row 44 of the faults: random requests to every endpoint. None is a failure of the server, and all errors look alike.

The requests are the same in each run. `KISEKI_FUZZ_REQUESTS` makes more of them, `KISEKI_FUZZ_SEED` others.
"""

from __future__ import annotations

import http.client
import json
import math
import os
import random
import re
import string
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import pytest
from msgspec import inspect

from kiseki.wire.bundles import Member
from kiseki.wire.routes import ENDPOINTS, Endpoint
from tests.faults.server import Target, filled
from tests.wire.server import Response, metric

REQUESTS = int(os.environ.get("KISEKI_FUZZ_REQUESTS", "6000"))
SEED = int(os.environ.get("KISEKI_FUZZ_SEED", "1"))

TEXTS = [
    *("", "x", " ", "0", "1", "-1", "1.5", "NaN", "Infinity", "null", "true", "[]", "{}", "a/b", "a//b", "../x", "/", ".", "..", "%2e%2e"),
    *("\x00", "\n", "\x7f", "\x85", "é", "日本", "🎌", "\u202e", "\ufeff", "\ufffd", "'", '"', "`", "\\", "%", "_", ";", "--", "<b>", "{{7*7}}"),
    *("metrics.m > 1", "params.p = 'x' OR tags.t IS NULL", "metrics.m DESC", "start_time", "attributes.run_id IN ('a')", "metrics.`a b`.max ASC"),
    *("ACTIVE_ONLY", "ALL", "DELETED_ONLY", "RUNNING", "FINISHED", "step", "time", "relative", "mlflow.runName", "mlflow.log-model.history"),
    *("9" * 30, "x" * 300, "x" * 70_000, "é" * 40_000, "a" * 32, "0" * 32, "²", "１", "1e5", "0x10", "s3://b/x", "file:///etc", "runs:/x"),
]  # fmt: skip
NUMBERS = [
    0,
    1,
    -1,
    2,
    10,
    100,
    1000,
    50_000,
    50_001,
    2**31,
    2**53 + 1,
    2**63 - 1,
    2**63,
    -(2**63),
    2**64,
    10**40,
    10**400,
]
FLOATS = [0.0, -0.0, 0.5, -1.5, 1e308, -1e308, 5e-324, 1e-400, math.nan, math.inf, -math.inf, 1e18, 1e19]
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]


class Fuzzer:
    """Random requests, shaped by the structs that the endpoints take."""

    def __init__(self, seed: int, known: list[str]) -> None:
        self.random = random.Random(seed)
        self.known = known
        """Ids and names that exist."""

    def text(self) -> str:
        kind = self.random.random()
        if kind < 0.45:
            return self.random.choice(self.known)
        if kind < 0.9:
            return self.random.choice(TEXTS)
        return "".join(self.random.choices(string.printable + "éあ🎌\x00\u2028", k=self.random.randrange(12)))

    def anything(self, depth: int = 0) -> Any:
        """A value of any type."""
        kinds: list[Callable[[], Any]] = [
            self.text,
            lambda: self.random.choice(NUMBERS),
            lambda: self.random.choice(FLOATS),
        ]
        kinds += [lambda: None, lambda: self.random.random() < 0.5]
        if depth < 3:
            kinds.append(lambda: [self.anything(depth + 1) for _ in range(self.random.randrange(4))])
            kinds.append(lambda: {self.text(): self.anything(depth + 1) for _ in range(self.random.randrange(4))})
        return self.random.choice(kinds)()

    def of(self, kind: inspect.Type, depth: int = 0) -> Any:
        """A value of the type that is wanted, most of the time."""
        if self.random.random() < 0.07:
            return self.anything(depth)
        match kind:
            case inspect.StructType():
                fields = {
                    self.spelled(field.encode_name): self.of(field.type, depth + 1)
                    for field in kind.fields
                    if self.random.random() < (0.95 if field.required else 0.6)
                }
                if self.random.random() < 0.1:
                    fields[self.text()] = self.anything()
                return fields
            case inspect.ListType():
                return [self.of(kind.item_type, depth + 1) for _ in range(self.random.choice([0, 1, 1, 2, 3, 120]))]
            case inspect.TupleType():
                return [self.of(item, depth + 1) for item in kind.item_types]
            case inspect.UnionType():
                return self.of(self.random.choice(kind.types), depth)
            case inspect.StrType():
                return self.text()
            case inspect.IntType():
                return self.number(self.random.choice(NUMBERS))
            case inspect.FloatType():
                return self.number(self.random.choice([*FLOATS, *NUMBERS]))
            case inspect.BoolType():
                return self.random.random() < 0.5
        return None

    def bytes_of(self, endpoint: Endpoint) -> bytes:
        """A body beside a query: for a bundle some files, most of them as long as they say."""
        if endpoint.name != "bundles.put":
            return b"x"
        members = [self.of(inspect.type_info(Member)) for _ in range(self.random.choice([0, 1, 3, 200]))]
        parts = []
        for member in members:
            size = self.random.choice([0, 1, 500])
            if isinstance(member, dict) and self.random.random() < 0.995:
                member["size"] = size
            parts.append(json.dumps(member).encode() + b"\n" + self.random.randbytes(size))
        return b"".join(parts)

    def number(self, value: float) -> Any:
        """A number as itself or as text."""
        return str(value) if self.random.random() < 0.2 else value

    def spelled(self, name: str) -> str:
        """A field in snake_case, or now and then in camelCase."""
        if self.random.random() < 0.9:
            return name
        first, *rest = name.split("_")
        return first + "".join(word.title() for word in rest)

    def named(self, _: re.Match[str]) -> str:
        """What a name in a path stands for."""
        return quote(self.text()[:2_000], safe="/" if self.random.random() < 0.5 else "")

    def request(self, endpoint: Endpoint) -> tuple[str, str, bytes | None, dict[str, str]]:
        """Method, target, body and headers."""
        method = self.random.choice(endpoint.methods) if self.random.random() < 0.95 else self.random.choice(METHODS)
        path = self.random.choice(endpoint.paths)
        path = re.sub(r"{\w+}", self.named, path)
        headers = {}
        if self.random.random() < 0.1:
            headers["Range"] = self.random.choice(
                ["bytes=0-1", "bytes=-1", "bytes=5-", "bytes=\xb2-1", "x", "bytes=1-0"]
            )
        if self.random.random() < 0.1:
            headers["If-None-Match"] = self.random.choice(["*", '"x"', "\xff"])
        if self.random.random() < 0.05:
            headers["Idempotency-Key"] = self.random.choice(["", "x", "\xff", "y" * 301, "z" * 200])
        if endpoint.request is None:
            size = self.random.choice([0, 1, 100, 70_000])
            return method, path, self.random.randbytes(size) if method in ("PUT", "POST") else None, headers
        fields = self.of(inspect.type_info(endpoint.request))
        if method == "GET" or endpoint.in_query:
            pairs = fields.items() if isinstance(fields, dict) else [("x", str(fields))]
            query = urlencode([(str(name)[:500], _short(value)) for name, value in pairs], doseq=True)
            if self.random.random() < 0.05:
                query = query[: len(query) // 2] + self.random.choice(["%", "%ff", "%zz", "&&&=", "%00", ";"])
            return method, f"{path}?{query}", self.bytes_of(endpoint) if endpoint.in_query else None, headers
        body = json.dumps(fields, ensure_ascii=self.random.random() < 0.5).encode("utf-8", "surrogatepass")
        if self.random.random() < 0.05:
            place = self.random.randrange(len(body) + 1)
            body = body[:place] + self.random.choice([b"\xff", b"", b"\\", b'"', b"}", b"\x00"]) + body[place + 1 :]
        headers["Content-Type"] = (
            "application/json" if self.random.random() < 0.97 else self.random.choice(["text/plain", ""])
        )
        return method, path, body, headers


def _short(value: Any) -> Any:
    """A value as a query can carry it, such that the head of the request is not too long."""
    if isinstance(value, list):
        return [str(item)[:300] for item in value[:40]]
    return str(value)[:3_000]


class Connection:
    """Requests on one connection, which is made anew when it was closed."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def send(self, method: str, target: str, body: bytes | None, headers: dict[str, str]) -> Response:
        for again in (True, False):
            try:
                self._connection.putrequest(method, target, skip_accept_encoding=True)
                for name, value in headers.items():
                    self._connection.putheader(name, value.encode("latin-1"))
                if body is not None:
                    self._connection.putheader("Content-Length", str(len(body)))
                self._connection.endheaders(body)
                answer = self._connection.getresponse()
                endless = (answer.getheader("content-type") or "").startswith("text/event-stream")
                content = answer.readline() if endless else answer.read()
                if endless:
                    self._connection.close()
            except (http.client.RemoteDisconnected, ConnectionError):
                self._connection.close()
                if not again and len(body or b"") > 2**20:
                    # The server closed the connection before the body was sent.
                    return Response(status=413, headers={}, body=b"")
                if not again:
                    raise AssertionError(f"no answer to {method} {target} {headers} {(body or b'')[:300]!r}") from None
            else:
                found = {name.lower(): value for name, value in answer.getheaders()}
                return Response(status=answer.status, headers=found, body=content)
        raise AssertionError

    def close(self) -> None:
        self._connection.close()


def known_of(server: Target) -> list[str]:
    """Ids of an experiment and of runs and logged models that have something of everything."""
    experiment = server.new_experiment(tags=[{"key": "t", "value": "x"}])
    runs = []
    for i in range(3):
        run = server.new_run(experiment)
        server.post(
            "runs/log-batch",
            run_id=run,
            metrics=[metric("m", value, step, step) for step, value in enumerate(["NaN", 1.5, "Infinity", -0.0, i])],
            params=[{"key": "p", "value": "x"}],
            tags=[{"key": "t", "value": "x"}],
        ).ok()
        server.put_artifact(f"{server.artifact_path(run)}/x", b"content")
        runs.append(run)
    models = [server.new_model(experiment, name="x", tags=[{"key": "t", "value": "x"}]) for _ in range(2)]
    server.post("runs/log-metric", {"run_id": runs[0], "model_id": models[0], **metric("m")}).ok()
    return [experiment, experiment, "0", *runs, *runs, *models, "m", "p", "t", "x"]


def check(answer: Response, sent: Any) -> None:
    """Fails for a failure of the server, and for an error that is not of the one shape."""
    assert answer.status < 500 or answer.status == 501, (sent, answer)
    if answer.status >= 400 and answer.body:
        assert answer.headers["content-type"] == "application/json", (sent, answer)
        error = answer.json()
        assert error.keys() <= {"error_code", "message", "position"}, (sent, answer)
        assert isinstance(error["error_code"], str), (sent, answer)
        assert isinstance(error["message"], str), (sent, answer)
        assert error["message"], (sent, answer)
        assert len(error["message"]) < 5_000, (sent, answer)
    if answer.headers.get("content-type") == "application/json" and answer.body:
        answer.json()


@pytest.mark.parametrize("part", range(4))
def test_row_44_random_requests_are_answered_without_a_failure(server: Target, part: int) -> None:
    fuzzer = Fuzzer(SEED * 100 + part, known_of(server))
    connection = Connection(server.port)
    statuses: Counter[int] = Counter()
    succeeded: Counter[str] = Counter()
    with server.memory_within(200):
        for _ in range(REQUESTS // 4):
            endpoint = fuzzer.random.choice(ENDPOINTS)
            sent = fuzzer.request(endpoint)
            answer = connection.send(*sent)
            check(answer, sent)
            statuses[answer.status] += 1
            succeeded[endpoint.name] += answer.status < 300
    connection.close()
    server.check()
    # The requests are random, but not so random that all are refused at the door.
    assert statuses[200] > REQUESTS / 4 / 20, statuses
    assert statuses[400] > REQUESTS / 4 / 20, statuses


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_the_errors_of_every_route_have_one_shape(server: Target, endpoint: Endpoint) -> None:
    connection = Connection(server.port)
    json_header = {"Content-Type": "application/json"}
    refused = 0
    for path in endpoint.paths:
        target = filled(path, "../x")
        for method in METHODS:
            for body, headers in (
                (None, {}),
                (b"", json_header),
                (b"[]", json_header),
                (b"{", json_header),
                (b'{"run_id": 5, "run_ids": 5, "experiment_id": [], "name": {}, "key": 1, "path": 0}', json_header),
                (b"x", {"Content-Type": "text/plain"}),
                (b"x", {"Content-Encoding": "gzip"}),
                (b"{}", {**json_header, "Origin": "http://evil.example"}),
            ):
                answer = connection.send(
                    method, target, None if method in ("GET", "HEAD", "OPTIONS") else body, headers
                )
                check(answer, (method, target, body))
                if answer.status >= 400:
                    refused += 1
                    assert answer.body or method == "HEAD", (method, target, answer)
    connection.close()
    assert refused > 10


def test_what_is_no_route_is_told_in_the_same_shape(server: Target) -> None:
    paths = [
        "/nothing",
        "/api/2.0/mlflow/runs/get/",
        "/api/2.0/mlflow/RUNS/get",
        "//health",
        "/api",
        "/api/9.0/mlflow/runs/get",
    ]
    for path in [*paths, "/%2e%2e/x", "/api/2.0/mlflow/runs%2fget", "/api/2.0/mlflow/runs/get;x", "/\ufffd", "/%ff"]:
        for method in METHODS[:-1]:
            answer = server.request(method, quote(path, safe="/%;"))
            check(answer, (method, path))
            # A slash that is encoded is one, and that route has other methods.
            assert answer.status in (400, 404) or (answer.status == 405 and "%2f" in path), (method, path, answer)


def test_every_struct_of_a_request_is_one_the_fuzzer_can_make() -> None:
    fuzzer = Fuzzer(0, ["x"])
    for endpoint in ENDPOINTS:
        if endpoint.request is not None:
            info = inspect.type_info(endpoint.request)
            assert isinstance(info, inspect.StructType)
            made = {name for _ in range(200) if isinstance(fields := fuzzer.of(info), dict) for name in fields}
            assert {field.name for field in msgspec.structs.fields(endpoint.request)} <= made
