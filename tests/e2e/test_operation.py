"""What those need who look after a server: its readiness, its counts and its log, each on a server of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.wire.server import NATIVE, Server, metric


def told(server: Server) -> dict[str, float]:
    """How many points were logged, as /metrics of each worker that answers tells it."""
    counts = {}
    for _ in range(10):
        answer = server.request("GET", "/metrics")
        (value,) = [
            sample.value
            for family in text_string_to_metric_families(answer.body.decode())
            for sample in family.samples
            if sample.name == "kiseki_points_total"
        ]
        counts[answer.headers["x-request-id"].partition("-")[0]] = float(value)
    return counts


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_server_whose_database_was_upgraded_by_a_newer_one_is_not_ready(tmp_path: Path) -> None:
    with Server(tmp_path) as own:
        with sqlite3.connect(tmp_path / "wire.db") as database:
            database.execute("UPDATE alembic_version SET version_num = '9999_later'")
        database.close()
        until(lambda: own.request("GET", "/ready").status == 503)
        answer = own.request("GET", "/ready")
        assert answer.json()["error_code"] == "TEMPORARILY_UNAVAILABLE"
        assert "9999_later" in answer.json()["message"]
        assert own.request("GET", "/health").status == 200
        own.check()


def test_it_can_be_turned_off(tmp_path: Path) -> None:
    with Server(tmp_path, options=("--no-metrics",)) as own:
        own.request("GET", "/metrics").refused("ENDPOINT_NOT_FOUND", "--no-metrics")
        own.check()


def test_any_worker_tells_what_all_did(tmp_path: Path) -> None:
    with Server(tmp_path, options=("--workers", "2")) as own:
        run = own.new_run(own.new_experiment())
        for step in range(60):
            own.post("runs/log-metric", metric("loss", step=step) | {"run_id": run}).ok()
        # Each answer comes from one of the two, and a worker tells the others within a second.
        until(lambda: list(told(own).values()) == [60, 60])
        own.check()


def test_what_a_worker_did_is_kept_when_it_dies(tmp_path: Path) -> None:
    with Server(tmp_path, options=("--workers", "2")) as own:
        run = own.new_run(own.new_experiment())
        for step in range(60):
            own.post("runs/log-metric", metric("loss", step=step) | {"run_id": run}).ok()
        # Both know all of it, so that each has left its part for the other.
        until(lambda: list(told(own).values()) == [60, 60])
        log = tmp_path / "server.log"
        until(lambda: len(re.findall(r" started ", log.read_text())) == 2)
        first, second = re.findall(r" started .* process=(\d+)$", log.read_text(), flags=re.MULTILINE)
        os.kill(int(first), signal.SIGKILL)
        # Another one takes its place.
        until(lambda: len(re.findall(r" started ", log.read_text())) == 3)
        # It knows what the others did once it has read what they keep.
        until(lambda: list(told(own).values()) == [60, 60])
        os.kill(int(second), 0)
        own.check()


def test_each_request_is_one_line_of_json(tmp_path: Path) -> None:
    with Server(tmp_path / "server", options=("--log-format", "json")) as own:
        run = own.new_run(own.new_experiment())
        own.request("GET", "/api/2.0/mlflow/runs/get", query={"run_id": run}, headers={"X-Request-Id": "mine"}).ok()
        own.request("GET", "/nothing%0A%7B%22level%22:%22forged%22%7D%E2%80%A8x", headers={"X-Request-Id": "bad\x85id"})
        own.request("GET", f"{NATIVE}events")
    lines = (tmp_path / "server" / "server.log").read_text().splitlines()
    entries = [json.loads(line) for line in lines]
    (mine,) = [entry for entry in entries if entry.get("request_id") == "mine"]
    assert mine["ms"] > 0
    del mine["ms"], mine["time"]
    assert mine == {
        "level": "info",
        "logger": "kiseki.access",
        "message": "request",
        "method": "GET",
        "route": "/api/2.0/mlflow/runs/get",
        "status": 200,
        "request_bytes": 0,
        "bytes": mine["bytes"],
        "request_id": "mine",
    }
    assert mine["bytes"] > 100
    assert {"unknown", f"{NATIVE}events"} <= {entry.get("route") for entry in entries}
    assert all(entry["level"] != "forged" for entry in entries)
    started, *_, stopped = [entry for entry in entries if entry["logger"] == "kiseki.server"]
    places = {"address": f"http://localhost:{own.port}", "database": f"sqlite:///{own.folder / 'wire.db'}"}
    places["artifacts"] = str(own.artifacts)
    for entry, word in ((started, "started"), (stopped, "stopped")):
        assert re.fullmatch(rf"kiseki \S+ {word}", entry["message"])
        assert {name: entry[name] for name in places} == places


def test_text_has_no_line_for_a_request(tmp_path: Path) -> None:
    with Server(tmp_path / "server", options=("--log-level", "info")) as own:
        own.new_experiment()
    lines = (tmp_path / "server" / "server.log").read_text().splitlines()
    assert [re.sub(r"^\S+Z INFO    kiseki \S+ (\w+) .*", r"\1", line) for line in lines] == ["started", "stopped"]
