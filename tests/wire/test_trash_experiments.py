"""GET /api/kiseki/v1/trash/experiments."""

from __future__ import annotations

import time

import pytest

from tests.wire.server import INVALID, NATIVE, Json, Server

pytestmark = pytest.mark.differs(reason="the endpoint is kiseki's own")


def listed(server: Server, **query: object) -> list[Json]:
    """All pages."""
    found: list[Json] = []
    token = ""
    while True:
        answer = server.request("GET", f"{NATIVE}trash/experiments", query={**query, "page_token": token}).ok()
        found += answer["experiments"]
        token = answer["next_page_token"]
        if not token:
            return found


def test_experiments_of_the_trash_are_listed(server: Server) -> None:
    start = time.time_ns() // 1_000_000
    experiment, active = server.new_experiment(), server.new_experiment()
    runs = [server.new_run(experiment) for _ in range(3)]
    server.new_model(experiment)
    server.post("experiments/delete", experiment_id=experiment).ok()
    server.post("runs/restore", run_id=runs[0]).ok()
    found = {one["experiment_id"]: one for one in listed(server, max_results=1)}
    assert active not in found
    one = found[experiment]
    assert start <= one.pop("deleted_time") <= time.time_ns() // 1_000_000
    assert one == {
        "experiment_id": experiment,
        "name": server.experiment(experiment)["name"],
        "runs": 2,
        "active_runs": 1,
        "logged_models": 1,
        "active_logged_models": 0,
    }
    assert experiment not in {one["experiment_id"] for one in listed(server, deleted_before=start - 1)}


@pytest.mark.parametrize("query", [{"max_results": 0}, {"max_results": 1_001}, {"page_token": "x"}])
def test_what_is_not_valid_is_refused(server: Server, query: dict[str, object]) -> None:
    server.request("GET", f"{NATIVE}trash/experiments", query=query).refused(INVALID)
