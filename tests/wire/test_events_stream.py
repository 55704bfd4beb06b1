"""GET /api/kiseki/v1/events."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from typing import Any, Self
from urllib.parse import urlencode

import pytest

from tests.wire.server import INVALID, NATIVE, Json, Server, metric, pairs

pytestmark = pytest.mark.differs(reason="the endpoint is kiseki's own")


class Stream:
    """An open stream of events."""

    def __init__(self, server: Server, *experiments: str) -> None:
        query = urlencode([("experiment_ids", one) for one in experiments])
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        self._connection.request("GET", f"{NATIVE}events?{query}")
        self.answer = self._connection.getresponse()
        assert self.answer.status == 200
        assert self.read() == {"retry": "2000", "event": "hello", "data": "{}"}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.answer.close()
        self._connection.close()

    def read(self) -> dict[str, str]:
        """The fields of the next event."""
        fields = {}
        while line := self.answer.readline().decode().removesuffix("\n"):
            name, _, value = line.partition(": ")
            assert name not in fields
            fields[name] = value
        return fields

    def changes(self) -> Json:
        """The next changes."""
        found = self.read()
        assert list(found) == ["event", "data"]
        assert found["event"] == "changes"
        changes: Json = json.loads(found["data"])
        assert list(changes) == ["runs", "logged_models", "experiments", "registered_models", "everything"]
        return changes

    def until(self, *wanted: str) -> dict[str, set[str]]:
        """What changed of each run and model, by what is read until each of these has changed."""
        found: dict[str, set[str]] = {}
        while not found.keys() >= set(wanted):
            changes = self.changes()
            assert not changes["everything"], changes
            for one in (*changes["runs"], *changes["logged_models"]):
                found.setdefault(one.get("run_id") or one["model_id"], set()).update(one["what"])
                assert one["experiment_id"].isdecimal()
        return found


@pytest.fixture
def stream(server: Server, experiment: str) -> Iterator[Stream]:
    """A stream of the fresh experiment."""
    with Stream(server, experiment) as opened:
        yield opened


def test_the_head(stream: Stream) -> None:
    headers = {name.lower(): value for name, value in stream.answer.getheaders()}
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert headers["cache-control"] == "no-cache"
    assert headers["x-content-type-options"] == "nosniff"
    assert "content-length" not in headers


def test_what_is_done_with_a_run_is_told(server: Server, experiment: str, stream: Stream) -> None:
    run = server.new_run(experiment)
    assert stream.until(run)[run] >= {"created"}
    works: list[tuple[str, Json, str]] = [
        ("log-batch", {"metrics": [metric("m")]}, "metrics"),
        ("log-metric", metric("m", 2.0, 5), "metrics"),
        ("log-parameter", {"key": "p", "value": "1"}, "params"),
        ("set-tag", {"key": "t", "value": "1"}, "tags"),
        ("update", {"status": "FINISHED"}, "info"),
        ("outputs", {"models": [{"model_id": "m", "step": 1}]}, "inputs"),
        ("delete", {}, "lifecycle"),
    ]
    for endpoint, fields, what in works:
        server.post(f"runs/{endpoint}", {"run_id": run, **fields}).ok()
        assert stream.until(run) == {run: {what}}, endpoint
    server.native("runs/edit", run_ids=[run], lifecycle_stage="active", set_tags=pairs(t="2")).ok()
    assert stream.until(run) == {run: {"lifecycle", "tags"}}


def test_what_is_done_with_a_logged_model_is_told(server: Server, experiment: str, run: str, stream: Stream) -> None:
    model_id = server.new_model(experiment)
    assert stream.until(model_id) == {model_id: {"created"}}
    path = f"logged-models/{model_id}"

    def told(*whats: str) -> None:
        assert stream.until(model_id)[model_id] == set(whats)

    server.post(f"{path}/params", params=pairs(p="1")).ok()
    told("params")
    server.patch(f"{path}/tags", tags=pairs(t="1")).ok()
    told("tags")
    server.delete(f"{path}/tags/t").ok()
    told("tags")
    server.patch(path, status="LOGGED_MODEL_READY").ok()
    told("info")
    server.post("runs/log-metric", {"run_id": run, "model_id": model_id, **metric("m")}).ok()
    assert stream.until(run, model_id) == {run: {"metrics"}, model_id: {"metrics"}}
    server.delete(path).ok()
    told("lifecycle")
    server.native("logged-models/restore", model_id=model_id).ok()
    told("lifecycle")


def test_a_stream_is_of_its_experiments(server: Server, experiment: str, stream: Stream) -> None:
    other = server.new_experiment()
    with Stream(server) as everything, Stream(server, other, experiment) as both:
        hidden, shown = server.new_model(other), server.new_model(experiment)
        assert stream.until(shown).keys() == {shown}
        assert everything.until(hidden, shown).keys() >= {hidden, shown}
        assert both.until(hidden, shown).keys() == {hidden, shown}
        hidden, shown = server.new_run(other), server.new_run(experiment)
        assert stream.until(shown).keys() == {shown}
        assert everything.until(hidden, shown).keys() >= {hidden, shown}
        assert both.until(hidden, shown).keys() == {hidden, shown}


def test_what_is_done_with_a_registered_model_is_told(server: Server, experiment: str, stream: Stream) -> None:
    with Stream(server) as everything:

        def told(*names: str) -> None:
            found: set[str] = set()
            while not found >= set(names):
                found |= set(everything.changes()["registered_models"])

        name = server.new_registered_model()
        told(name)
        version = {"name": name, "version": server.new_version(name)}
        told(name)
        works: list[tuple[str, str, Json]] = [
            ("PATCH", "registered-models/update", {"name": name, "description": "d"}),
            ("POST", "registered-models/set-tag", {"name": name, "key": "k", "value": "v"}),
            ("DELETE", "registered-models/delete-tag", {"name": name, "key": "k"}),
            ("POST", "registered-models/alias", {**version, "alias": "a"}),
            ("DELETE", "registered-models/alias", {"name": name, "alias": "a"}),
            ("PATCH", "model-versions/update", {**version, "description": "d"}),
            ("POST", "model-versions/set-tag", {**version, "key": "k", "value": "v"}),
            ("DELETE", "model-versions/delete-tag", {**version, "key": "k"}),
            (
                "POST",
                "model-versions/transition-stage",
                {**version, "stage": "Staging", "archive_existing_versions": False},
            ),
            ("DELETE", "model-versions/delete", version),
        ]
        for method, endpoint, fields in works:
            server.ask(method, endpoint, **fields).ok()
            told(name)
        new = server.unique("registered")
        server.ask("POST", "registered-models/rename", name=name, new_name=new).ok()
        told(name, new)
        server.ask("DELETE", "registered-models/delete", name=new).ok()
        told(new)
    # A stream of experiments is not told of them.
    run = server.new_run(experiment)
    changes = stream.changes()
    assert [one["run_id"] for one in changes["runs"]] == [run]
    assert changes["registered_models"] == []


def test_experiments_are_told(server: Server, experiment: str, stream: Stream) -> None:
    with Stream(server) as everything:
        new = server.new_experiment()
        found: set[str] = set()
        while new not in found:
            found |= set(everything.changes()["experiments"])
        server.post("experiments/set-experiment-tag", experiment_id=experiment, key="k", value="v").ok()
        nothing: Json = {"runs": [], "logged_models": [], "experiments": [], "registered_models": []}
        assert stream.changes() == {**nothing, "experiments": [experiment], "everything": False}
        # All its runs go with it.
        server.post("experiments/delete", experiment_id=experiment).ok()
        assert stream.changes() == {**nothing, "everything": True}


def test_an_event_comes_every_half_second_at_most(server: Server, experiment: str, stream: Stream) -> None:
    run = server.new_run(experiment)
    times = []
    end = time.monotonic() + 2.2
    step = 0
    while time.monotonic() < end:
        for _ in range(20):
            step += 1
            server.post("runs/log-metric", {"run_id": run, **metric("m", 1.0, step, step)}).ok()
        stream.until(run)
        times.append(time.monotonic())
    assert 3 <= len(times) <= 7


def test_refusals(server: Server) -> None:
    def ask(*experiments: str) -> Any:
        return server.request("GET", f"{NATIVE}events", query=[("experiment_ids", one) for one in experiments])

    ask("x").refused(INVALID, "x")
    ask(*map(str, range(1_001))).refused(INVALID, "experiment_ids", "1001", "1000")
    server.request("POST", f"{NATIVE}events", json={}).refused("ENDPOINT_NOT_FOUND", status=405)
    server.request("GET", f"{NATIVE}events", headers={"Host": "evil.example"}).refused("PERMISSION_DENIED", status=403)
