"""Rows 38-44 of the faults: requests that cost the server more than the client."""

from __future__ import annotations

import json
import re
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from kiseki.asgi.body import MAX_JSON_BYTES
from kiseki.wire.routes import ENDPOINTS
from tests.faults.server import NATIVE, Target, chunk, filled, head, of_body
from tests.wire.server import API, INVALID, PROXY, Response, metric, pairs

JSON = ("Content-Type: application/json",)
MEBIBYTE = 2**20


@pytest.fixture
def run(server: Target) -> str:
    """A fresh run."""
    return server.new_run(server.new_experiment())


def post(server: Target, path: str, body: bytes) -> Response:
    return server.request("POST", path, body=body, headers={"Content-Type": "application/json"})


def seconds_of(work: Any) -> float:
    start = time.monotonic()
    work()
    return time.monotonic() - start


# --- row 38: large bodies ---------------------------------------------------------------------------------------------

READS_BODY = sorted((filled(endpoint.paths[0], "x"), method) for endpoint in ENDPOINTS for method in of_body(endpoint))


@pytest.mark.parametrize(("path", "method"), READS_BODY)
def test_row_38_a_gigabyte_that_is_declared_is_not_read(server: Target, path: str, method: str) -> None:
    with server.memory_within(8), server.connect() as connection:
        (answer,) = server.exchange(connection, [head(method, path, *JSON, f"Content-Length: {2**30}", close=False)])
        answer.refused("BAD_REQUEST", "longer than", status=413)
        assert server.is_closed(connection)


@pytest.mark.parametrize("path", [f"{API}runs/log-batch", f"{NATIVE}metrics/chart", READS_BODY[0][0]])
def test_row_38_a_gigabyte_in_chunks_is_read_up_to_the_limit(server: Target, path: str) -> None:
    def parts() -> Iterator[bytes]:
        yield head("POST", path, *JSON, "Transfer-Encoding: chunked", close=False)
        yield chunk(b'{"run_id": "')
        for _ in range(1_024):
            yield chunk(b"x" * MEBIBYTE)

    # The limit, and what the socket holds.
    with server.memory_within(MAX_JSON_BYTES // MEBIBYTE + 32), server.connect() as connection:
        answers = server.exchange(connection, parts())
        assert [answer.status for answer in answers] in ([413], [])
        assert server.is_closed(connection)


@pytest.mark.parametrize("endpoint", ["get", "list", "zip"])
def test_row_38_a_body_where_none_is_read_costs_nothing(server: Target, endpoint: str) -> None:
    path = {"get": "/get-artifact", "list": f"{API}artifacts/list", "zip": f"{NATIVE}artifacts/zip"}[endpoint]
    parts = [
        head("GET", path, *JSON, f"Content-Length: {64 * MEBIBYTE}", close=False),
        *[b"x" * MEBIBYTE] * 64,
    ]
    with server.memory_within(16), server.connect() as connection:
        answers = server.exchange(connection, parts)
        assert [answer.status for answer in answers] in ([413], [])
        assert server.is_closed(connection)


def test_row_38_an_upload_of_any_size_takes_little_memory(server: Target) -> None:
    size = 160 * MEBIBYTE
    piece = bytes(range(256)) * 4096

    def parts() -> Iterator[bytes]:
        yield head("PUT", f"{PROXY}/large", f"Content-Length: {size}")
        for _ in range(size // len(piece)):
            yield piece

    with server.memory_within(40):
        (answer,) = server.send(*parts())
        assert answer.status == 200
    with server.memory_within(40), server.connect() as connection:
        connection.sendall(head("GET", f"{PROXY}/large"))
        received = 0
        while data := connection.recv(MEBIBYTE):
            received += len(data)
    assert size < received < size + 2_000
    assert server.request("DELETE", f"{PROXY}/large").status == 200


def test_row_38_an_upload_beyond_its_limit_is_refused(server: Target, run: str) -> None:
    path = f"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path=x"
    parts = [head("POST", path, f"Content-Length: {40 * MEBIBYTE}"), *[b"x" * MEBIBYTE] * 40]
    with server.memory_within(24):
        answers = server.send(*parts)
    assert [answer.status for answer in answers] in ([400], [])
    listed = server.get("artifacts/list", run_id=run).ok()
    assert "files" not in listed


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "GZIP", "gzip, identity", "identity, gzip", "x"])
def test_row_38_a_compressed_body_is_refused(server: Target, coding: str) -> None:
    bomb = zlib.compress(b'{"max_results": 1, "x": "' + b"x" * 30 * MEBIBYTE + b'"}', 9)
    assert len(bomb) < 40_000
    with server.memory_within(8):
        for path in (f"{API}experiments/search", f"{API}runs/log-batch", f"{NATIVE}metrics/chart"):
            answer = server.request(
                "POST", path, body=bomb, headers={"Content-Type": "application/json", "Content-Encoding": coding}
            )
            answer.refused("BAD_REQUEST", "Content-Encoding", status=415)
        answer = server.request("PUT", f"{PROXY}/x", body=bomb, headers={"Content-Encoding": coding})
        answer.refused("BAD_REQUEST", "Content-Encoding", status=415)


# --- row 38: hostile JSON ---------------------------------------------------------------------------------------------

N = 30 * MEBIBYTE
BOMBS = {
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep in a field": b'{"run_id":"x","metrics":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep in no field": b'{"run_id":"x","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep without end": b'{"tags":' + b"[{" * 1_000_000,
    "a million keys": b'{"run_id":"x",' + b",".join(b'"k%d":%d' % (i, i) for i in range(10**6)) + b"}",
    "empty lists": b'{"metrics":"x","x":[' + b"[]," * (N // 3) + b"1]}",
    "tags": b'{"tags":[' + b'{"key":""},' * (N // 11) + b"{}]}",
    "camelCase": b'{"runId":"x","metrics":[' + b"{}," * (N // 3) + b"{}]}",
    "numbers": b'{"metrics":"x","x":[' + b"1," * (N // 2) + b"1]}",
    "texts": b'{"experiment_ids":[' + b'"1",' * (N // 4) + b'"1"]}',
    "orders": b'{"experiment_ids":["1"],"order_by":[' + b'"start_time",' * (N // 13) + b'"run_id"]}',
    "quotes": b'{"run_id":"' + b'\\"' * (N // 2) + b'"}',
    "backslashes": b'{"run_id":"' + b"\\\\" * (N // 2) + b'"}',
    "a text without end": b'{"run_id":"' + b"\\x" * (N // 2),
    "in a text": b'"' + b"[]," * (N // 3) + b'1"',
    "a long key": b'{"run_id":"x","key":"' + b"a" * N + b'"}',
    "a long filter": b'{"experiment_ids":["1"],"filter":"' + b"(" * N + b'"}',
    "spaces": b'{"run_id":"x"' + b" " * N + b"}",
}


@pytest.mark.parametrize("name", BOMBS)
def test_row_38_a_json_bomb_is_refused_in_time_and_memory(server: Target, name: str) -> None:
    body = BOMBS[name]
    # The body, its text, the same for names that repeat, and one that was not yet freed; decoded it may be 20 times more.
    with server.memory_within(5 * len(body) // MEBIBYTE + 48):
        for endpoint in ("runs/log-batch", "runs/search"):
            answers: list[Response] = []
            took = seconds_of(lambda: answers.append(post(server, API + endpoint, body)))  # noqa: B023
            if answers[0].status != 200:
                answers[0].rejected()
            assert len(answers[0].body) < 3_000
            assert took < 10


def test_row_38_a_name_that_repeats_is_refused_and_nothing_stored(server: Target, run: str) -> None:
    point = b'{"key":"m","value":1,"timestamp":1,"step":1}'
    twice = b'{"key":"m","value":1,"value":2,"timestamp":1,"step":1}'
    for path, body in (
        ("runs/log-batch", b'{"run_id":"%s","metrics":[%s,%s]}' % (run.encode(), point, twice)),
        ("runs/log-metric", b'{"run_id":"%s",' % run.encode() + twice[1:]),
        ("runs/log-parameter", b'{"run_id":"%s","key":"m","value":"1","key":"n"}' % run.encode()),
        ("runs/set-tag", b'{"run_id":"%s","key":"m","value":"1","value":"1"}' % run.encode()),
    ):
        post(server, API + path, body).refused("INVALID_PARAMETER_VALUE", "twice in one object")
    stored = server.get("runs/get", run_id=run).ok()["run"]["data"]
    assert [tag["key"] for tag in stored["tags"]] == ["mlflow.runName"]
    assert sorted(stored) == ["tags"]


def test_row_38_while_a_large_body_is_decoded_others_are_answered(server: Target) -> None:
    body = BOMBS["quotes"]
    with ThreadPoolExecutor(2) as pool:
        large = [pool.submit(post, server, f"{API}runs/log-batch", body) for _ in range(2)]
        answered = 0
        while not all(future.done() for future in large):
            assert seconds_of(lambda: server.request("GET", "/health")) < 5
            answered += 1
        for future in large:
            future.result().rejected()
    assert answered >= 1


def test_row_38_a_batch_of_the_longest_values_is_taken(server: Target, run: str) -> None:
    params = {f"p{i}": chr(0x3042) * (65_536 // 3) for i in range(100)}
    tags = {f"t{i}": "\x01" * 65_536 for i in range(90)}
    metrics = [metric(f"m{i}", "NaN") for i in range(700)]
    server.post("runs/log-batch", run_id=run, params=pairs(**params), tags=pairs(**tags), metrics=metrics).ok()
    assert server.params(run) == params
    assert server.tags(run) == tags


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"[{}]",
        b"1",
        b'"x"',
        b"null",
        b"true",
        b"{",
        b"}",
        b"{}}",
        b"{} {}",
        b"\xef\xbb\xbf{}",
        b"{'a': 1}",
        b'{"a": 1,}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e400}',
        b'{"a": 01}',
        b'{"a": +1}',
        b'{"a": "\\x"}',
        b'{"a": "\n"}',
        b"\x00",
        b"\xff\xfe{\x00}\x00",
        "{}".encode("utf-16"),
        b"--",
        b"\x80",
        b'{"run_id": "\xff"}',
        b'{"run_id": "\xed\xa0\x80"}',
        b'{"run_id": "\xc0\xae"}',
        b'{"run_id": "\\ud800"}',
        b'{"run_id": "\\udc00\\ud800"}',
    ],
)
def test_row_38_what_is_no_object_of_json_is_refused(server: Target, body: bytes) -> None:
    for endpoint in ("runs/log-batch", "experiments/create", "runs/set-tag"):
        post(server, API + endpoint, body).refused(INVALID)
    answer = post(server, f"{NATIVE}metrics/chart", body)
    answer.refused(INVALID)


# --- row 39: values that cannot be kept -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("literal", "field"),
    [
        ('"value": 1e400', "body"),
        ('"value": -1e400', "body"),
        ('"value": "1e400"', "value"),
        ('"value": 1' + "0" * 5_000, "body"),
        ('"value": "' + "9" * 5_000 + '"', "value"),
        ('"value": true', "value"),
        ('"value": "0x10"', "value"),
        ('"value": "1_000"', "value"),
        ('"value": " 1"', "value"),
        ('"value": "１"', "value"),
        ('"value": null', "value"),
        ('"step": 9223372036854775808', "step"),
        ('"step": -9223372036854775809', "step"),
        ('"step": 1e30', "step"),
        ('"step": 1.5', "step"),
        ('"step": "9223372036854775808"', "step"),
        ('"step": 1' + "0" * 5_000, "body"),
        ('"timestamp": 9223372036854775808', "timestamp"),
        ('"timestamp": -1', "timestamp"),
        ('"timestamp": "NaN"', "timestamp"),
        ('"timestamp": [1]', "timestamp"),
    ],
)
def test_row_39_a_number_that_cannot_be_kept_is_refused(server: Target, run: str, literal: str, field: str) -> None:
    fields = {"run_id": json.dumps(run), "key": '"m"', "value": "1", "timestamp": "1", "step": "1"}
    name, _, value = literal.partition(": ")
    fields[name.strip('"')] = value
    body = "{" + ", ".join(f'"{name}": {value}' for name, value in fields.items()) + "}"
    answer = post(server, f"{API}runs/log-metric", body.encode())
    answer.refused(INVALID, field)
    assert len(answer.body) < 2_000
    entry = "{" + ", ".join(f'"{name}": {value}' for name, value in fields.items() if name != "run_id") + "}"
    batch = f'{{"run_id": "{run}", "metrics": [{{"key": "good", "value": 1, "timestamp": 1}}, {entry}]}}'
    answer = post(server, f"{API}runs/log-batch", batch.encode())
    answer.refused(INVALID, field if field == "body" else f"metrics[1].{field}")
    assert server.metrics(run) == {}


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("5e-324", 5e-324),
        ("-0.0", -0.0),
        ("1.7976931348623157e308", 1.7976931348623157e308),
        ("9223372036854775808", 2.0**63),
        ("0.1", 0.1),
        ('"1e3"', 1000.0),
        ("123456789012345678901234567890", 123456789012345678901234567890.0),
        ("0.10000000000000000555111512312578270211815834045410156250001", 0.1),
    ],
)
def test_row_39_a_number_that_can_be_kept_is(server: Target, run: str, literal: str, value: float) -> None:
    body = f'{{"run_id": "{run}", "key": "m", "value": {literal}, "timestamp": 9223372036854775807, "step": -9223372036854775808}}'
    post(server, f"{API}runs/log-metric", body.encode()).ok()
    (found,) = server.history(run, "m")
    assert (repr(float(found["value"])), found["timestamp"], found["step"]) == (repr(value), 2**63 - 1, -(2**63))


@pytest.mark.parametrize("character", ["a", "é", "字", "🎌", '"', "\x7f"])
def test_row_39_a_text_is_kept_whole_up_to_its_limit(server: Target, run: str, character: str) -> None:
    fits = character * (65_536 // len(character.encode()))
    for endpoint in ("runs/log-parameter", "runs/set-tag"):
        server.post(endpoint, run_id=run, key="fits", value=fits).ok()
        server.post(endpoint, run_id=run, key="not", value=fits + character).refused(INVALID, "65536")
    assert server.params(run) == {"fits": fits}
    assert server.tags(run) == {"fits": fits}


def test_row_39_a_nul_is_refused_everywhere(server: Target, run: str) -> None:
    text = "a\0b"
    requests: list[tuple[str, dict[str, Any]]] = [
        ("runs/set-tag", {"run_id": run, "key": "t", "value": text}),
        ("runs/set-tag", {"run_id": run, "key": text, "value": "x"}),
        ("runs/log-parameter", {"run_id": run, "key": "p", "value": text}),
        ("runs/log-metric", {"run_id": run, "key": text, "value": 1, "timestamp": 1}),
        ("runs/update", {"run_id": run, "run_name": text}),
        ("runs/create", {"experiment_id": "0", "run_name": text}),
        ("runs/create", {"experiment_id": "0", "user_id": text}),
        ("runs/create", {"experiment_id": "0", "tags": pairs(t=text)}),
        ("runs/create", {"experiment_id": "0", "tags": [{"key": text, "value": "x"}]}),
        ("experiments/create", {"name": text}),
        ("experiments/create", {"name": server.unique("e"), "artifact_location": f"/{text}"}),
        ("experiments/create", {"name": server.unique("e"), "tags": pairs(t=text)}),
        ("experiments/update", {"experiment_id": "0", "new_name": text}),
        ("experiments/set-experiment-tag", {"experiment_id": "0", "key": "t", "value": text}),
        ("runs/log-inputs", {"run_id": run, "datasets": [{"dataset": {"name": text, "digest": "1"}}]}),
        ("runs/log-inputs", {"run_id": run, "datasets": [{"dataset": {"name": "d", "digest": text}}]}),
        ("runs/log-inputs", {"run_id": run, "datasets": [{"dataset": {"name": "d", "source": text}}]}),
        ("runs/log-inputs", {"run_id": run, "datasets": [{"dataset": {"name": "d"}, "tags": pairs(t=text)}]}),
        ("runs/log-inputs", {"run_id": run, "models": [{"model_id": text}]}),
        ("runs/outputs", {"run_id": run, "models": [{"model_id": text}]}),
    ]
    before = server.run(run)
    for endpoint, fields in requests:
        answer = server.post(endpoint, fields)
        assert answer.status == 400, (endpoint, fields, answer)
        answer.rejected()
    assert server.run(run) == before


# --- row 40: searches -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "where",
    [
        " AND ".join(f"params.p{i} != '1'" for i in range(2_000)),
        " OR ".join(f"metrics.m{i} > 1" for i in range(500)),
        "(" * 500 + "params.a = '1'" + ")" * 500,
        "(" * 5_000 + "params.a = '1'" + ")" * 5_000,
        "NOT " * 20_000 + "params.a = '1'",
        "params.a = '" + "x" * 200_000 + "'",
        "params.a LIKE '" + "%" * 100_000 + "'",
        "params.a LIKE '" + "%a" * 4_900 + "'",
        "params.a IN (" + ",".join(f"'{i}'" for i in range(5_000)) + ")",
        "params.a IN (" + ",".join(f"'{i}'" for i in range(50_000)) + ")",
        "params.a = '1' OR 1=1",
        "params.a = '1'; DROP TABLE runs",
        "params.a = '1' UNION SELECT * FROM settings",
        "params.a = '1' -- x",
        "params.a = '1' /* x */",
        "params.a = '' OR ''=''",
        "params.`a` = '1' AND `x`",
        "params.a = '\\' OR 1=1 --'",
        "metrics.a > 1e999",
        "metrics.a = nan",
        "attributes.start_time > 99999999999999999999999",
    ],
    ids=lambda where: where[:24],
)
def test_row_40_a_hostile_filter_is_answered_or_refused(server: Target, run: str, where: str) -> None:
    server.post("runs/log-parameter", run_id=run, key="a", value="a" * 60_000).ok()
    experiment = server.run(run)["info"]["experiment_id"]
    answers: list[Response] = []
    took = seconds_of(
        lambda: answers.append(server.post("runs/search", experiment_ids=[experiment], filter=where, max_results=10))
    )
    assert answers[0].status in (200, 400), answers[0]
    if answers[0].status == 400:
        answers[0].refused(INVALID)
        assert len(answers[0].body) < 3_000
    assert took < 10
    assert server.get("experiments/get", experiment_id="0").status == 200


@pytest.mark.parametrize("count", [50, 51, 100, 5_000])
def test_row_40_many_orders(server: Target, run: str, count: int) -> None:
    experiment = server.run(run)["info"]["experiment_id"]
    for prefix in ("params.p", "metrics.m", "tags.t"):
        answer = server.post(
            "runs/search", experiment_ids=[experiment], order_by=[f"{prefix}{i}" for i in range(count)]
        )
        assert answer.status == (200 if count <= 50 else 400), answer


@pytest.mark.parametrize("count", [1_000, 30_000, 90_000])
def test_row_40_many_experiments(server: Target, run: str, count: int) -> None:
    experiment = int(server.run(run)["info"]["experiment_id"])
    answer = server.post("runs/search", experiment_ids=[str(experiment + i) for i in range(count)])
    assert answer.status in (200, 400), answer
    if answer.status == 200:
        assert run in [found["info"]["run_id"] for found in answer.json()["runs"]]
    else:
        answer.refused(INVALID)


def test_row_40_a_query_of_many_fields_is_refused(server: Target) -> None:
    for query in (
        "&".join(["run_ids=x"] * 5_000),
        "&" * 60_000,
        "a=" + "%41" * 20_000,
        "run_ids=%ff",
        "a=%zz",
        "=" * 999,
    ):
        answer = server.request("GET", f"/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?{query}")
        answer.rejected()


# --- row 41: pages ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("max_results", [0, -1, -(2**63), 50_001, 2**31, 2**63, 10**30, 1.5, "x", "", [1], {}, True])
def test_row_41_a_page_of_no_size_is_refused(server: Target, run: str, max_results: Any) -> None:
    for endpoint, fields in (("experiments/search", {}), ("runs/search", {"experiment_ids": ["0"]})):
        server.post(endpoint, {**fields, "max_results": max_results}).refused(INVALID, "max_results")
    if not isinstance(max_results, dict | list | bool) and not (isinstance(max_results, int) and max_results > 50_000):
        answer = server.get("metrics/get-history", run_id=run, metric_key="m", max_results=max_results)
        answer.refused(INVALID, "max_results")


TOKENS = [
    "x",
    "-1",
    "1e9",
    "9" * 40,
    "%00",
    "AAAA",
    "bnVsbA==",
    "[]",
    "null",
    "../x",
    "é",
    "A" * 60_000,
    "\u0000",
    " ",
    "１",
]


@pytest.mark.parametrize("token", TOKENS, ids=lambda token: repr(token[:12]))
def test_row_41_a_forged_token_is_refused(server: Target, run: str, token: str) -> None:
    server.post("runs/search", experiment_ids=["0"], page_token=token).refused(INVALID, "page token")
    server.post("experiments/search", max_results=5, page_token=token).refused(INVALID, "page token")
    if len(token) < 1_000:
        answer = server.get("metrics/get-history", run_id=run, metric_key="m", page_token=token)
        answer.refused(INVALID, "page token")


def test_row_41_the_tokens_of_another_search_and_of_another_server_are_refused(
    server: Target, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for _ in range(3):
        server.new_experiment()
    token = server.post("experiments/search", max_results=1).ok()["next_page_token"]
    server.post("experiments/search", max_results=1, page_token=token).ok()
    server.post("experiments/search", max_results=1, page_token=token, filter="name != ''").refused(INVALID)
    server.post("runs/search", experiment_ids=["0"], page_token=token).refused(INVALID)
    with Target(tmp_path_factory.mktemp("other")) as other:
        other.new_experiment()
        foreign = other.post("experiments/search", max_results=1).ok()["next_page_token"]
    server.post("experiments/search", max_results=1, page_token=foreign).refused(INVALID, "page token")


# --- rows 42 and 43: slow and busy clients ----------------------------------------------------------------------------


def test_row_42_slow_clients_do_not_keep_others_waiting(server: Target, run: str) -> None:
    with server.memory_within(48):
        slow = []
        for i in range(200):
            connection = server.connect()
            connection.sendall(
                [
                    b"",
                    b"GET /health HTTP/1.1\r\nHost: local",
                    head("POST", f"{API}runs/log-batch", *JSON, "Content-Length: 1000", close=False) + b'{"run',
                    head("PUT", f"{PROXY}/slow{i}", "Content-Length: 1000", close=False) + b"x",
                ][i % 4]
            )
            slow.append(connection)
        for i in range(20):
            server.post("runs/log-metric", run_id=run, **metric("m", i, i, i)).ok()
            assert seconds_of(lambda: server.request("GET", "/health")) < 2
        for connection in slow:
            connection.close()
    assert len(server.history(run, "m")) == 20
    assert server.request("GET", PROXY, query={"path": ""}).status == 200


def test_row_43_heavy_reads_leave_health_and_writes_alive(server: Target, run: str) -> None:
    for start in range(0, 40_000, 1_000):
        server.post(
            "runs/log-batch", run_id=run, metrics=[metric("m", i, i, i) for i in range(start, start + 1_000)]
        ).ok()
    where = " AND ".join(f"params.p{i} IS NULL" for i in range(300))

    def heavy(i: int) -> int:
        if i % 2:
            return server.post("runs/search", experiment_ids=[str(i) for i in range(100)], filter=where).status
        return server.get("metrics/get-history", run_id=run, metric_key="m").status

    with ThreadPoolExecutor(16) as pool:
        reading = [pool.submit(heavy, i) for i in range(32)]
        while not all(future.done() for future in reading):
            assert seconds_of(lambda: server.request("GET", "/health")) < 5
            assert seconds_of(lambda: server.post("runs/set-tag", run_id=run, key="t", value="x").ok()) < 10
        statuses = {future.result() for future in reading}
    assert statuses <= {200, 429, 503}
    assert 200 in statuses


def test_what_the_log_says_of_attacks_is_short(server: Target) -> None:
    """No traceback, no request body, nothing but a line for what the parser of HTTP refused."""
    expected = re.compile(r"\S+Z (INFO    kiseki \S+ started |WARNING Invalid HTTP request received\.$)")
    assert [line for line in server.log().splitlines() if not expected.match(line)] == []
